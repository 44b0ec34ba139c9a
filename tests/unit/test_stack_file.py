# SPDX-License-Identifier: Apache-2.0
"""Where the settings of a stack are written, and what may be written beside them."""

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints._wording import listed
from azure_model_endpoints.errors import SettingsError
from azure_model_endpoints.settings import Settings
from azure_model_endpoints.stack_file import document_of, find_stack_file, read_stack_file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose stack files have a directory of their own."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "stacks" / "Pulumi.production.yaml").write_text("config: {}\n")
    return tmp_path


def refusal_of(path: Path) -> list[str]:
    """What is said of a stack file that is refused."""
    with pytest.raises(SettingsError) as error:
        read_stack_file(path)
    return [str(problem) for problem in error.value.problems]


def written(directory: Path, content: str | bytes) -> Path:
    """A stack file with some content."""
    path = directory / "Pulumi.dev.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_stack_file_is_found_from_below(project: Path) -> None:
    """`ame` works anywhere inside a project."""
    below = project / "infra" / "deep"
    below.mkdir(parents=True)

    found = find_stack_file("dev", below)

    assert project / "stacks" / "Pulumi.dev.yaml" == found


def test_stack_file_is_beside_the_project_unless_it_says_otherwise(tmp_path: Path) -> None:
    """As the engine looks for it."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("")

    assert tmp_path / "Pulumi.dev.yaml" == find_stack_file("dev", tmp_path)


def test_words_are_read_as_the_engine_reads_them(tmp_path: Path) -> None:
    """`off` is a text, for one; only true and false are not."""
    words = "[off, on, yes, no, Yes, true, False]"
    path = written(tmp_path, f"config: {{azure-model-endpoints:preflight: {words}}}")

    found = read_stack_file(path)

    assert ["off", "on", "yes", "no", "Yes", True, False] == found["preflight"]


def test_unknown_stack_is_refused_with_the_known_ones(project: Path) -> None:
    """A slip of the pen is answered with the nearest name."""
    with pytest.raises(SettingsError) as error:
        find_stack_file("prodution", project)

    assert ["stack: given 'prodution'; allowed: dev, production. Did you mean 'production'?"] == [
        str(problem) for problem in error.value.problems
    ]


def test_stack_like_no_other_is_told_which_file_to_write(project: Path) -> None:
    """A new environment begins with its file."""
    with pytest.raises(SettingsError) as error:
        find_stack_file("qa", project)

    [problem] = error.value.problems
    assert f"Write {project / 'stacks' / 'Pulumi.qa.yaml'}." == problem.remedy


@pytest.mark.parametrize("stack", ["", "../dev", "a b", "a" * 101])
def test_name_that_no_stack_can_have_is_told(project: Path, stack: str) -> None:
    """And no file of that name is looked for, or proposed."""
    with pytest.raises(SettingsError) as error:
        find_stack_file(stack, project)

    [problem] = error.value.problems
    assert (
        f"stack: given {stack!r}; allowed: dev, production. "
        "A stack's name has letters, digits, dots, dashes and underscores." == str(problem)
    )


def test_project_without_stacks_is_told_so(tmp_path: Path) -> None:
    """There is no name to propose."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")

    with pytest.raises(SettingsError) as error:
        find_stack_file("dev", tmp_path)

    [problem] = error.value.problems
    assert "a stack that has a file" == problem.allowed


def test_directory_in_the_place_of_a_stack_file_is_told(project: Path) -> None:
    """As what it is, and not as a stack that is not there."""
    directory = project / "stacks" / "Pulumi.qa.yaml"
    directory.mkdir()

    [problem] = refusal_of(find_stack_file("qa", project))
    assert (
        f"{directory}: given no readable file (Is a directory); allowed: a YAML file. "
        "Make it readable." == problem
    )


def test_no_project_is_told(tmp_path: Path) -> None:
    """Outside a project there are no stacks."""
    with pytest.raises(SettingsError) as error:
        find_stack_file("dev", tmp_path)

    [problem] = error.value.problems
    assert (
        f"Pulumi.yaml: given no such file in {tmp_path} or above; allowed: a directory inside a "
        "Pulumi project. Run the command from your project." == str(problem)
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("- p\n", "Pulumi.yaml: given ['p']; allowed: a mapping. Write the project's `name:`"),
        ("stackConfigDir: [a]\n", "stackConfigDir: given ['a']; allowed: a directory."),
    ],
)
def test_project_file_that_says_something_else_is_told(
    project: Path, content: str, told: str
) -> None:
    """In the project's own words."""
    (project / "Pulumi.yaml").write_text(content)

    with pytest.raises(SettingsError, match=re.escape(told)):
        find_stack_file("dev", project)


def test_project_file_that_is_not_yaml_is_told(project: Path) -> None:
    """The file that leads to the stacks can be broken too."""
    (project / "Pulumi.yaml").write_text("name: [p\n")

    with pytest.raises(SettingsError) as error:
        find_stack_file("dev", project)

    [problem] = error.value.problems
    assert "Pulumi.yaml, line 2, column 1" == problem.path


def test_settings_are_what_is_in_the_namespace(tmp_path: Path) -> None:
    """Provider configuration stands beside them."""
    content = (
        "encryptionsalt: v1:abc\n"
        "config:\n"
        "  azure-native:location: eastus\n"
        "  azure-model-endpoints:region: eastus\n"
        "  azure-model-endpoints:endpoints:\n"
        "    chat: {model: phi-2}\n"
    )

    document = read_stack_file(written(tmp_path, content))

    assert {"region": "eastus", "endpoints": {"chat": {"model": "phi-2"}}} == document


@pytest.mark.parametrize("content", ["", "# nothing yet\n", "config:\n"])
def test_empty_file_says_nothing(tmp_path: Path, content: str) -> None:
    """What is missing in it is for the settings to tell."""
    assert {} == read_stack_file(written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (
            "endpoints:\n  chat: {}\n",
            (
                "endpoints: given a key at the top of the file; allowed: config, encryptedkey, "
                "encryptionsalt, environment, secretsprovider. Move it under `config:` as "
                "`azure-model-endpoints:endpoints:`; outside, it means nothing."
            ),
        ),
        (
            "azure-model-endpoints:endpoints: {}\n",
            (
                "azure-model-endpoints:endpoints: given a key at the top of the file; allowed: "
                "config, encryptedkey, encryptionsalt, environment, secretsprovider. Move it "
                "under `config:` as `azure-model-endpoints:endpoints:`; outside, it means nothing."
            ),
        ),
        (
            "confg: {}\n",
            (
                "confg: given a key at the top of the file; allowed: config, encryptedkey, "
                "encryptionsalt, environment, secretsprovider. Did you mean 'config'?"
            ),
        ),
        (
            "1: {}\n",
            (
                "1: given a key at the top of the file; allowed: config, encryptedkey, "
                "encryptionsalt, environment, secretsprovider. Remove it."
            ),
        ),
        (
            "config:\n  azure-model-endpoint:region: eastus\n",
            (
                "config.azure-model-endpoint:region: given the namespace 'azure-model-endpoint'; "
                "allowed: azure-model-endpoints, azure-native, pulumi. Did you mean "
                "'azure-model-endpoints'?"
            ),
        ),
        (
            "config:\n  regoin: eastus\n",
            (
                "config.regoin: given a key without a namespace; allowed: "
                f"{listed(f'azure-model-endpoints:{name}' for name in Settings.model_fields)}. "
                "Did you mean 'azure-model-endpoints:region'?"
            ),
        ),
        (
            "config:\n  azure-model-endpoints:hugging_face_token: hf_s3cret\n",
            (
                "config.azure-model-endpoints:hugging_face_token: given a text that anybody can "
                "read; allowed: an encrypted value. Take it out, regard it as leaked, and run "
                "`pulumi config set --secret azure-model-endpoints:hugging_face_token`."
            ),
        ),
        (
            "config:\n  a: {b: 1, b: 2}\n",
            (
                "Pulumi.dev.yaml, line 2, column 13: given no YAML ('b' is there twice); allowed: "
                "YAML. Correct the file."
            ),
        ),
        (
            "config: [1]\n",
            "config: given [1]; allowed: a mapping of settings. Indent the settings below it.",
        ),
        (
            "- config\n",
            (
                "Pulumi.dev.yaml: given ['config']; allowed: a mapping. Write the settings under "
                "`config:`."
            ),
        ),
        (
            "config:\n  a: 1: 2\n",
            (
                "Pulumi.dev.yaml, line 2, column 7: given no YAML (mapping values are not allowed "
                "here); allowed: YAML. Correct the file."
            ),
        ),
        (
            "config:\n\tname: x\n",
            (
                "Pulumi.dev.yaml, line 2, column 1: given no YAML (found character '\\t' that "
                "cannot start any token); allowed: YAML. Correct the file."
            ),
        ),
        (
            "config: {a: 2026-13-45}\n",
            (
                "Pulumi.dev.yaml, line 1, column 13: given no YAML (it cannot be read as "
                "timestamp: month must be in 1..12); allowed: YAML. Correct the file."
            ),
        ),
        (
            b"config: \xff\n",
            "Pulumi.dev.yaml: given no YAML (invalid start byte); allowed: YAML. Correct the file.",
        ),
        (
            b"config: \x00\n",
            (
                "Pulumi.dev.yaml: given no YAML (special characters are not allowed); allowed: "
                "YAML. Correct the file."
            ),
        ),
    ],
)
def test_what_the_engine_would_ignore_or_choke_on_is_told(
    tmp_path: Path, content: str | bytes, problem: str
) -> None:
    """With where it stands and what to do, since the engine would silently mean 'none'."""
    assert [problem] == refusal_of(written(tmp_path, content))


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A path given to the engine may lead nowhere."""
    path = tmp_path / "nowhere.yaml"

    [problem] = refusal_of(path)
    assert (
        f"{path}: given no readable file (No such file or directory); allowed: a YAML file. "
        "Make it readable." == problem
    )


def test_brackets_without_an_end_are_told(tmp_path: Path) -> None:
    """They would take the reader deeper than Python goes."""
    [problem] = refusal_of(written(tmp_path, "[" * 10_000))

    assert problem.startswith("Pulumi.dev.yaml: given no YAML (maximum recursion depth exceeded")


def test_misplaced_keys_are_told_together(tmp_path: Path) -> None:
    """All of them, under the file's name."""
    with pytest.raises(SettingsError) as error:
        read_stack_file(written(tmp_path, "endpoints: {}\nregion: eastus\n"))

    assert "Pulumi.dev.yaml" == error.value.source
    assert ["endpoints", "region"] == [problem.path for problem in error.value.problems]


def test_foreign_namespaces_are_told_together() -> None:
    """What nothing reads was meant for something else."""
    with pytest.raises(SettingsError) as error:
        document_of({"aws:region": "x", "gcp:project": "y"})

    assert ["config.aws:region", "config.gcp:project"] == [
        problem.path for problem in error.value.problems
    ]


@given(
    st.binary(max_size=64) | st.text(max_size=64).map(lambda text: text.encode(errors="replace"))
)
def test_no_file_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """Whatever is in it, there is either a document or a paragraph."""
    path = written(tmp_path_factory.getbasetemp(), content)

    with suppress(SettingsError):
        assert isinstance(read_stack_file(path), dict)
