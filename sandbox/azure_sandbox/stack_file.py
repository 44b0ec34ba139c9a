# SPDX-License-Identifier: Apache-2.0
"""The copy of a stack's settings that the sandbox works with.

The engine writes into stack files, and reads secrets with a provider the sandbox must not need. So
it is pointed at a copy, made anew from the tracked file for each command: without the secrets
provider, without what would lead to the real Azure, and with a placeholder for each secret.
"""

from pathlib import Path

import yaml

from azure_sandbox.errors import CommandError

SALT = "v1:kijwI43zTQY=:v1:7ETQW7OuWevzzsu9:+s/cboVP33oCrsS3YT0lc6xHpIwLag=="
"""What Pulumi's passphrase provider stores of a passphrase; this one is empty."""
PLACEHOLDER = "v1:xJeB7UlxA118/PeY:KDN3pA7MFT7ya3G05uQ0m2qhb3a5p53anaj0jGno"
"""The value `sandbox-secret` as that passphrase encrypts it; every secret becomes this one."""

DROPPED = frozenset({"encryptionsalt", "encryptedkey", "secretsprovider", "environment"})
"""Top-level keys that only the user's own secrets provider and Pulumi Cloud can serve."""
DROPPED_CONFIG = frozenset(
    f"azure-native:{name}"
    for name in (
        "auxiliaryTenantIds",
        "clientCertificatePassword",
        "clientCertificatePath",
        "clientId",
        "clientSecret",
        "disableInstanceDiscovery",
        "environment",
        "metadataHost",
        "msiEndpoint",
        "oidcRequestToken",
        "oidcRequestUrl",
        "oidcToken",
        "oidcTokenFilePath",
        "subscriptionId",
        "tenantId",
        "useDefaultAzureCredential",
        "useMsi",
        "useOidc",
    )
)
"""Settings of the azure-native provider that would win over the sandbox's environment."""


def scrubbed(text: str, *, source: str) -> str:
    """Return the text of a stack file as the sandbox may use it.

    Works on YAML nodes, not on values, so that every scalar keeps its spelling: what Python and Go
    make of ``on`` or ``12:30`` differs.

    Args:
        text: the tracked stack file.
        source: its name, for messages.

    Raises:
        CommandError: it is not YAML, or not the mapping that a stack file is.
    """
    root = _mapping(compose(text, source=source), source)
    kept = [pair for pair in root.value if pair[0].value not in DROPPED]
    for key, value in kept:
        if key.value == "config":
            config = _mapping(value, f"{source}: config")
            config.value = [pair for pair in config.value if pair[0].value not in DROPPED_CONFIG]
            _replace_secrets(config)
    salt = (_scalar("encryptionsalt"), _scalar(SALT))
    return yaml.serialize(yaml.MappingNode(root.tag, [*kept, salt]), allow_unicode=True)


def compose(text: str, *, source: str) -> yaml.Node | None:
    """Parse YAML into nodes; a mistake becomes one paragraph with its place."""
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise CommandError(
            f"{source}{place}: this is not YAML ({problem.problem or problem.context}). Correct "
            "the indentation, colons and quotes around that place; nothing was created."
        ) from problem
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        raise CommandError(
            f"{source}, line {line}: this is not YAML (it holds the unprintable character "
            f"{problem.character!r}). Remove it; nothing was created."
        ) from problem


def read(path: Path, *, source: str) -> str:
    """Return a file's text; one that is not text becomes one paragraph."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise CommandError(
            f"{source}: this is not text in UTF-8 (byte {problem.start + 1} is "
            f"0x{problem.object[problem.start]:02x}). Save it as UTF-8; nothing was created."
        ) from problem


def _mapping(node: yaml.Node | None, where: str) -> yaml.MappingNode:
    if isinstance(node, yaml.MappingNode):
        return node
    if node is None or node.tag == "tag:yaml.org,2002:null":
        return yaml.MappingNode("tag:yaml.org,2002:map", [])
    kind = "a list" if isinstance(node, yaml.SequenceNode) else "a single value"
    raise CommandError(
        f"{where}, line {node.start_mark.line + 1}: given {kind}; allowed: settings written as "
        "`key: value`. Correct it; nothing was created."
    )


def _replace_secrets(node: yaml.Node) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _replace_secrets(item)
    elif isinstance(node, yaml.MappingNode):
        for index, (key, value) in enumerate(node.value):
            if (
                key.value == "secure"
                and isinstance(value, yaml.ScalarNode)
                and len(node.value) == 1
            ):
                node.value[index] = (key, _scalar(PLACEHOLDER))
            else:
                _replace_secrets(value)


def _scalar(value: str) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", value)
