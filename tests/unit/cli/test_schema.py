# SPDX-License-Identifier: Apache-2.0
"""`ame schema`: what editors know of stack files."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from azure_model_endpoints.cli.schema import FILE_NAME, stack_file_schema
from azure_model_endpoints.settings import parse_settings
from azure_model_endpoints.vocabulary import Profile
from tests.unit.cli.running import Ame

STACKS = Path(__file__).parents[3] / "stacks"
VALIDATOR = Draft202012Validator(stack_file_schema())
TOKEN = "azure-model-endpoints:hugging_face_token"


def stack_file(**settings: Any) -> dict[str, Any]:
    """A stack file that says the least, and more."""
    said = {"region": "eastus", "endpoints": {}, **settings}
    return {"config": {f"azure-model-endpoints:{name}": value for name, value in said.items()}}


def complaints(document: dict[str, Any]) -> list[str]:
    """Where an editor would draw a line below a stack file."""
    return [error.json_path for error in VALIDATOR.iter_errors(document)]


def undescribed(part: Any, path: str = "$") -> Iterator[str]:
    """The settings in a schema of which nothing is said."""
    if isinstance(part, dict):
        for name, setting in part.get("properties", {}).items():
            if "$defs" in path or name.startswith("azure-model-endpoints:"):
                yield from () if "description" in setting else (f"{path}.{name}",)
        for name, inner in part.items():
            yield from undescribed(inner, f"{path}.{name}")


def test_the_lock_is_no_part_of_a_stack_file() -> None:
    """It is made of sections too, in a file of its own."""
    from azure_model_endpoints.planning.lock import Lock

    assert Lock.__name__ not in stack_file_schema()["$defs"]


def test_schema_is_printed(ame: Ame) -> None:
    """For whoever keeps it somewhere else."""
    run = ame("schema")

    assert (0, "") == (run.status, run.err)
    assert stack_file_schema() == run.document()


def test_schema_is_written_beside_the_stack_files(ame: Ame, tmp_path: Path) -> None:
    """From anywhere in the project; the answer says how a stack file refers to it."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()

    run = ame("schema", "--write")

    assert stack_file_schema() == json.loads((tmp_path / "stacks" / FILE_NAME).read_text())
    assert run.out.endswith(f"# yaml-language-server: $schema={FILE_NAME}\n")


def test_schema_that_cannot_be_written_is_told(ame: Ame, tmp_path: Path) -> None:
    """With the file, the reason and what to do."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    (tmp_path / FILE_NAME).mkdir()

    run = ame("schema", "--write")

    told = (
        f"ame: The schema could not be written to {tmp_path / FILE_NAME}: Is a directory. "
        "It has to be a file that you may write, in a directory that exists.\n"
    )
    assert (1, "", told) == (run.status, run.out, run.err)


def test_kept_schema_is_current() -> None:
    """`ame schema --write` renews it after a change of the settings."""
    assert stack_file_schema() == json.loads((STACKS / FILE_NAME).read_text())


@pytest.mark.parametrize("profile", Profile)
def test_stack_files_refer_to_the_schema_and_follow_it(profile: Profile) -> None:
    """So that editors check them as they are written."""
    text = (STACKS / f"Pulumi.{profile}.yaml").read_text()

    assert f"# yaml-language-server: $schema={FILE_NAME}" == text.splitlines()[0]
    assert [] == complaints(yaml.safe_load(text))


def test_schema_is_one() -> None:
    """By the rules of JSON Schema itself."""
    Draft202012Validator.check_schema(stack_file_schema())


def test_every_setting_is_described() -> None:
    """The text is what an editor shows."""
    assert [] == list(undescribed(stack_file_schema()))


@pytest.mark.parametrize(
    "settings",
    [
        {"isolation": {"outbound_rules": {"hub": {"type": "fqdn", "destination": "a.b"}}}},
        {"workspace": {"customer_managed_key": True, "diagnostics": "/subscriptions/1"}},
        {"workspace": {"customer_managed_key": {"key_vault_id": "/a", "key_uri": "https://k"}}},
        {"profile": "prod", "endpoints": {"chat": {"auth_mode": "entra_token"}}},
    ],
)
def test_what_is_read_is_not_complained_about(settings: dict[str, Any]) -> None:
    """The editor and the program agree on what is right."""
    _, problems = parse_settings({"region": "eastus", "endpoints": {}, **settings})

    assert ([], []) == (problems, complaints(stack_file(**settings)))


@pytest.mark.parametrize(
    "settings",
    [
        {"profil": "prod"},
        {"profile": "production"},
        {"isolation": {"outbound_rules": {"hub": {"type": "fqdn", "service_tag": "a"}}}},
        {"isolation": {"outbound_rules": {"hub": {"type": "host", "destination": "a.b"}}}},
        {"workspace": {"customer_managed_key": "yes"}},
        {"endpoints": {"chat": {"deployments": {"blue": {"instances": 51}}}}},
    ],
)
def test_what_is_refused_is_complained_about(settings: dict[str, Any]) -> None:
    """And on what is wrong."""
    _, problems = parse_settings({"region": "eastus", "endpoints": {}, **settings})

    assert problems
    assert [] != complaints(stack_file(**settings))


def test_misplaced_settings_are_complained_about() -> None:
    """The engine would ignore them."""
    assert ["$"] == complaints(stack_file() | {"endpoints": {}})


def test_secret_in_plain_text_is_complained_about() -> None:
    """Before it is committed."""
    assert [f"$.config['{TOKEN}']"] == complaints(stack_file(hugging_face_token="hf_x"))
    assert [] == complaints(stack_file(hugging_face_token={"secure": "v1:x"}))


def test_engines_own_keys_are_left_alone() -> None:
    """Providers and encryption are configured in the same file."""
    document = stack_file() | {"encryptionsalt": "v1:x", "secretsprovider": "passphrase"}
    document["config"]["azure-native:location"] = "eastus"

    assert [] == complaints(document)
