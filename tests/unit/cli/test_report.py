# SPDX-License-Identifier: Apache-2.0
"""`ame plan --html`: one page that needs nothing else."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from azure_model_endpoints.cli import report
from azure_model_endpoints.planning.candidates import choose, rank
from azure_model_endpoints.planning.cost import most_per_day
from azure_model_endpoints.planning.question import Question
from azure_model_endpoints.planning.workload import Workload
from tests.unit.cli.running import BY_NAME, NOW, SMALL_CATALOG, Ame
from tests.unit.planning.catalogs import BIG, GOING, GONE, REGION, SMALL

pytestmark = pytest.mark.usefixtures("small_catalog")

ASK = ("plan", "--model", "plain-model", "--region", REGION, "--html", "report.html")


class Page(HTMLParser):
    """What a reader, with eyes or without, finds in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[str] = []
        self._open = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take down a tag."""
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        """Go on after it."""
        del tag
        self._open = ""

    def handle_data(self, data: str) -> None:
        """Take down the text of cells and lists."""
        if self._open in {"th", "td", "li"}:
            self.cells.append(data)

    def attributes(self, name: str) -> list[str | None]:
        """Return the values of an attribute, wherever it stands."""
        return [attributes[name] for _, attributes in self.tags if name in attributes]


def page() -> Page:
    """The report that was written."""
    return Page(Path("report.html").read_text())


def test_report_has_every_candidate_with_its_reasons(ame: Ame) -> None:
    """As the table on the terminal has, which is printed too."""
    run = ame(*ASK)

    cells = page().cells
    assert 0 == run.status
    assert "The report is in report.html." in run.out
    for sku in (SMALL, BIG, GOING, GONE, BY_NAME):
        assert sku in cells
    assert "withdrawn on 2026-06-01" in cells
    assert f"no price is known in {REGION}" in cells


def test_report_takes_nothing_from_the_network(ame: Ame) -> None:
    """Neither now nor when a browser runs it, which is told to fetch nothing."""
    ame(*ASK)

    shown = page()
    [policy] = [
        attributes["content"] for tag, attributes in shown.tags if "http-equiv" in attributes
    ]
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert [] == [*shown.attributes("src"), *shown.attributes("href")]


def test_plots_are_described_in_words(ame: Ame) -> None:
    """For those who do not see them."""
    ame(*ASK)

    shown = page()
    images = [attributes for _, attributes in shown.tags if attributes.get("role") == "img"]
    frontier, break_evens = (str(image["aria-label"]) for image in images)
    assert f"Unbeaten in both: {SMALL}, 0.50 USD" in frontier
    assert "Cheaper than dear-closed from 40,000 tokens a day on." in break_evens
    assert ["en"] == shown.attributes("lang")
    assert {"row", "col"} == set(shown.attributes("scope"))


@pytest.mark.parametrize("concurrency", [1, 8])
def test_line_of_the_deployment_ends_at_what_it_can_answer_in_a_day(
    ame: Ame, concurrency: int
) -> None:
    """Whatever load was asked for: it is the same instance."""
    question = Question(
        SMALL_CATALOG.models["plain-model"],
        Workload(4096, concurrency, 512, 256),
        REGION,
        NOW.date(),
    )
    chosen = choose(rank(question, SMALL_CATALOG))
    assert chosen
    ame(*ASK, "--concurrency", concurrency)

    break_even = Path("report.html").read_text().rpartition('id="break-even"')[2]
    line = re.findall(r'"x":\[([^]]*)\]', break_even)[0]

    assert pytest.approx(most_per_day(chosen)) == float(line.split(",")[1])


def test_report_is_the_same_every_time(ame: Ame) -> None:
    """So that a changed one is a changed answer."""
    ame(*ASK)
    first = Path("report.html").read_bytes()
    ame(*ASK)

    assert first == Path("report.html").read_bytes()


def test_names_are_text_and_not_markup(ame: Ame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever they come from."""
    name = "<img src=x onerror=alert(1)></script>"
    price = SMALL_CATALOG.token_prices["dear-closed"].model_copy(update={"name": name})
    catalog = replace(SMALL_CATALOG, token_prices={name: price})
    monkeypatch.setattr("azure_model_endpoints.project_catalog.load_catalog", lambda: catalog)

    ame(*ASK)

    assert "<img" not in Path("report.html").read_text()
    assert name in page().cells


def test_report_says_so_when_nothing_fits(ame: Ame) -> None:
    """It has the reasons, and the command fails all the same."""
    run = ame(*ASK, "--concurrency", 1_000_000)

    text = Path("report.html").read_text()
    assert 1 == run.status
    assert "concurrency binds" in text
    assert "<figure>" not in text


def test_missing_library_is_one_paragraph(ame: Ame, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install."""
    monkeypatch.setattr(report, "find_spec", lambda _: None)

    run = ame(*ASK)

    assert (1, "") == (run.status, run.out)
    assert "pip install 'azure-model-endpoints[report]'" in run.err
    assert not Path("report.html").exists()


def test_unwritable_file_is_one_paragraph(ame: Ame) -> None:
    """Its directory does not exist."""
    run = ame(*ASK[:-1], "nowhere/report.html")

    assert (1, "") == (run.status, run.out)
    assert "could not be written to nowhere/report.html" in run.err
