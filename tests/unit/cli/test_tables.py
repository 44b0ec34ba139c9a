# SPDX-License-Identifier: Apache-2.0
"""What commands print on a terminal: all of it, and every text as it is."""

from pathlib import Path

import pytest

from tests.unit.cli.running import Ame

MODEL = """
{name}:
  base: phi-2
  license: "{text}"
  title: "{text}"
  source: "{text}"
"""


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of a hundred columns or less, without colours."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A file for the models of a project."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    return tmp_path / "models.yaml"


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    "command",
    [
        "skus",
        "skus --region eastus",
        "skus --region westus3",
        "models",
        "models phi-2",
        "plan --region eastus --model phi-2",
        "plan --region eastus --model mistral-7b-instruct-v0-2 --concurrency 2000",
        "plan --region eastus --model llama-3.1-405b-instruct --dtype int4-awq",
        "cost --region eastus --model phi-2",
        "cost --region eastus --model llama-3.3-70b --concurrency 500",
    ],
)
def test_nothing_of_the_catalogue_is_cut_on_a_terminal_of_a_hundred_columns(
    ame: Ame, command: str
) -> None:
    """Nor wrapped by the terminal in the middle of a row."""
    run = ame(*command.split())

    assert 0 == run.status
    assert "…" not in run.out
    assert max(map(len, run.out.splitlines())) <= 100


@pytest.mark.usefixtures("terminal")
def test_what_is_too_long_for_the_terminal_is_wrapped_by_it(ame: Ame, models: Path) -> None:
    """Rather than cut: a user's own names may be as long as they like."""
    name, text = "a" * 90, "b" * 60
    models.write_text(MODEL.format(name=name, text=text))

    [row] = [line for line in ame("models").out.splitlines() if line.startswith(name)]

    assert text in row


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("text", ["[/x]", "[bold]", "[0]", "(", ":smile:", "[link=x]y[/link]"])
def test_texts_of_users_are_printed_as_they_are(ame: Ame, models: Path, text: str) -> None:
    """Brackets and colons mean something to the library that prints tables, not to users."""
    models.write_text(MODEL.format(name="acme", text=text))

    listed, detailed = ame("models"), ame("models", "acme")

    assert text in listed.row("acme")
    assert f"acme ({text})" == detailed.row("model")
