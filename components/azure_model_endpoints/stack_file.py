# SPDX-License-Identifier: Apache-2.0
"""The stack file: ``stacks/Pulumi.<stack>.yaml``, where the settings of an environment are written.

The engine ignores what it does not know in it, so ``endpoints:`` written outside ``config:`` would
mean "no endpoints" and delete everything. Here it is a mistake.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from azure_model_endpoints._wording import did_you_mean, listed
from azure_model_endpoints.catalog.user_files import UniqueKeys
from azure_model_endpoints.errors import Problem, SettingsError
from azure_model_endpoints.settings import SECRETS, Settings

__all__ = [
    "NAMESPACE",
    "document_of",
    "find_stack_file",
    "project_name",
    "read_stack_file",
    "stack_directory",
]

NAMESPACE = "azure-model-endpoints"
"""The configuration namespace of the settings, in whatever project they are used."""

# What the engine keeps in a stack file besides the configuration.
_ENGINE_KEYS = ("config", "environment", "encryptedkey", "encryptionsalt", "secretsprovider")
# Namespaces of configuration that this program or the engine reads.
_NAMESPACES = (NAMESPACE, "azure-native", "pulumi")
# Pulumi docs, "Stacks": names of stacks.
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_BOOL = "tag:yaml.org,2002:bool"


class _AsTheEngine(UniqueKeys, yaml.SafeLoader):
    """Reads YAML as the engine does: a key is there once; `off`, `on`, `yes`, `no` are texts."""


_AsTheEngine.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_AsTheEngine.add_implicit_resolver(
    _BOOL, re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def find_stack_file(stack: str, start: Path) -> Path:
    """Return the file of a stack of the project that a directory is in.

    Raises:
        SettingsError: there is no project, or none that can be read, or it has no such stack.
    """
    directory = stack_directory(start)
    path = directory / f"Pulumi.{stack}.yaml"
    if not _NAME.fullmatch(stack) or not path.exists():
        raise SettingsError([_unknown(stack, directory)])
    return path


def _unknown(stack: str, directory: Path) -> Problem:
    stacks = [
        one.name.removeprefix("Pulumi.").removesuffix(".yaml")
        for one in directory.glob("Pulumi.*.yaml")
        if one.is_file()
    ]
    remedy = did_you_mean(stack, stacks) or f"Write {directory / f'Pulumi.{stack}.yaml'}."
    if not _NAME.fullmatch(stack):
        remedy = "A stack's name has letters, digits, dots, dashes and underscores."
    allowed = listed(stacks) if stacks else "a stack that has a file"
    return Problem("stack", repr(stack), allowed, remedy)


def stack_directory(start: Path) -> Path:
    """Return where the stack files are of the project that a directory is in.

    Raises:
        SettingsError: there is no project, or none that can be read.
    """
    root = _project_root(start)
    directory = _load(root / "Pulumi.yaml").get("stackConfigDir") or "."
    if not isinstance(directory, str):
        remedy = "Write its path from the project's directory."
        raise SettingsError([Problem("stackConfigDir", repr(directory), "a directory", remedy)])
    return root / directory


def read_stack_file(path: Path) -> dict[str, Any]:
    """Return the settings written in a stack file.

    Raises:
        SettingsError: the file cannot be read, is not YAML, or says something that means nothing
            where it stands.
    """
    content = _load(path)
    unknown = [key for key in content if key not in _ENGINE_KEYS]
    if unknown:
        raise SettingsError([_misplaced(str(key)) for key in unknown], source=path.name)
    config = content.get("config") or {}
    if not isinstance(config, Mapping):
        problem = Problem(
            "config", repr(config), "a mapping of settings", "Indent the settings below it."
        )
        raise SettingsError([problem], source=path.name)
    if readable := _plain_secrets(config):
        raise SettingsError(readable, source=path.name)
    return document_of(config, source=path.name)


def document_of(config: Mapping[Any, Any], *, source: str = "the configuration") -> dict[str, Any]:
    """Return the settings among configuration keys like ``azure-model-endpoints:region``.

    Raises:
        SettingsError: a key is in no namespace, or in one that nothing reads.
    """
    document, problems = {}, []
    for key, value in config.items():
        namespace, colon, name = str(key).partition(":")
        if not colon:
            problems.append(_without_namespace(namespace))
        elif namespace == NAMESPACE:
            document[name] = _decided(value)
        elif namespace not in _NAMESPACES:
            hint = did_you_mean(namespace, _NAMESPACES) or "Remove it."
            problems.append(
                Problem(f"config.{key}", f"the namespace {namespace!r}", listed(_NAMESPACES), hint)
            )
    if problems:
        raise SettingsError(problems, source=source)
    return document


def _decided(value: Any) -> Any:
    """Return a value of the file; what is encrypted stays so, but is not a mapping."""
    return value["secure"] if isinstance(value, Mapping) and set(value) == {"secure"} else value


def _plain_secrets(config: Mapping[Any, Any]) -> list[Problem]:
    """Return the problems of secrets that anybody can read in the file."""
    return [
        Problem(
            f"config.{key}",
            "a text that anybody can read",
            "an encrypted value",
            f"Take it out, regard it as leaked, and run `pulumi config set --secret {key}`.",
        )
        for key in (f"{NAMESPACE}:{name}" for name in SECRETS)
        if isinstance(config.get(key), str)
    ]


def project_name(start: Path) -> str:
    """Return the name of the project that a directory is in.

    Raises:
        SettingsError: there is no project, or none that can be read.
    """
    return str(_load(_project_root(start) / "Pulumi.yaml").get("name"))


def _project_root(start: Path) -> Path:
    root = next((d for d in (start, *start.parents) if (d / "Pulumi.yaml").is_file()), None)
    if root is None:
        raise SettingsError(
            [
                Problem(
                    "Pulumi.yaml",
                    f"no such file in {start} or above",
                    "a directory inside a Pulumi project",
                    "Run the command from your project.",
                )
            ]
        )
    return root


def _load(path: Path) -> dict[Any, Any]:
    """Return the mapping in a YAML file; there is nothing in an empty one."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _AsTheEngine)  # noqa: S506  (it is safe)
    except OSError as error:
        problem = Problem(
            str(path), f"no readable file ({error.strerror})", "a YAML file", "Make it readable."
        )
        raise SettingsError([problem]) from None
    # A ValueError comes from a text that is not UTF-8, or a date or number that cannot be; a
    # RecursionError from brackets without an end.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}, column {where.column + 1}" if where else ""
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or error
        raise SettingsError(
            [Problem(f"{path.name}{line}", f"no YAML ({reason})", "YAML", "Correct the file.")]
        ) from None
    if content is not None and not isinstance(content, dict):
        remedy = "Write the settings under `config:`."
        if path.name == "Pulumi.yaml":
            remedy = "Write the project's `name:` and `runtime:`."
        raise SettingsError([Problem(path.name, repr(content), "a mapping", remedy)])
    return content or {}


def _without_namespace(key: str) -> Problem:
    known = [f"{NAMESPACE}:{name}" for name in Settings.model_fields]
    remedy = did_you_mean(f"{NAMESPACE}:{key}", known) or "Remove it."
    return Problem(f"config.{key}", "a key without a namespace", listed(known), remedy)


def _misplaced(key: str) -> Problem:
    name = key.removeprefix(f"{NAMESPACE}:")
    if name in Settings.model_fields:
        remedy = f"Move it under `config:` as `{NAMESPACE}:{name}:`; outside, it means nothing."
    else:
        remedy = did_you_mean(key, _ENGINE_KEYS) or "Remove it."
    return Problem(key, "a key at the top of the file", listed(_ENGINE_KEYS), remedy)
