# SPDX-License-Identifier: Apache-2.0
"""The scrubbed copy of a stack file."""

import base64

import pytest
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from azure_sandbox.errors import CommandError
from azure_sandbox.stack_file import PLACEHOLDER, SALT, scrubbed

TRACKED = """\
# The development environment.
secretsprovider: azurekeyvault://vault.example/keys/k
encryptedkey: QUFB
environment: [company/base]
config:
  shop:colour: on   # a word, and not true
  shop:opens: 08:30
  shop:password:
    secure: QkJC
  shop:nested:
    list:
      - secure: Q0ND
      - secure: [not, a, secret]
  azure-native:subscriptionId: 11111111-1111-1111-1111-111111111111
  azure-native:location: eastus2
"""


def test_copy_keeps_settings_and_drops_what_the_sandbox_must_not_need() -> None:
    """Secrets become placeholders; the secrets provider and the real subscription are gone."""
    copy = yaml.load(scrubbed(TRACKED, source="x"), Loader=yaml.BaseLoader)  # noqa: S506  (text)

    assert {
        "config": {
            "shop:colour": "on",
            "shop:opens": "08:30",
            "shop:password": {"secure": PLACEHOLDER},
            "shop:nested": {"list": [{"secure": PLACEHOLDER}, {"secure": ["not", "a", "secret"]}]},
            "azure-native:location": "eastus2",
        },
        "encryptionsalt": SALT,
    } == copy


def test_copy_keeps_the_spelling_of_scalars() -> None:
    """What Python takes for a boolean or a number is written as it was, for Go to read."""
    copy = scrubbed(TRACKED, source="x")

    assert "shop:colour: on\n" in copy
    assert "shop:opens: 08:30\n" in copy


@pytest.mark.parametrize("text", ["", "# only a comment\n", "config:\n", "config: {}\n", "~\n"])
def test_empty_files_are_stacks_without_settings(text: str) -> None:
    """A stack may have nothing to say."""
    copy = yaml.safe_load(scrubbed(text, source="x"))

    assert SALT == copy["encryptionsalt"]
    assert not copy.get("config")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("config:\n  a: b\n bad: c\n", "Pulumi.dev.yaml, line 3, column 2: this is not YAML"),
        ("config: [1, 2\n", "Pulumi.dev.yaml, line 2, column 1: this is not YAML"),
        ("config: \0\n", "Pulumi.dev.yaml, line 1: this is not YAML"),
        ("- config\n", "Pulumi.dev.yaml, line 1: given a list; allowed: settings"),
        ("\nconfig: 3\n", "Pulumi.dev.yaml: config, line 2: given a single value; allowed:"),
    ],
)
def test_what_is_not_a_stack_file_is_refused_with_its_place(text: str, place: str) -> None:
    """The message names the file and the line, says what is allowed, and is one paragraph."""
    with pytest.raises(CommandError) as refusal:
        scrubbed(text, source="Pulumi.dev.yaml")

    assert str(refusal.value).startswith(place)
    assert "\n" not in str(refusal.value)


def test_constants_are_what_pulumi_makes_of_an_empty_passphrase() -> None:
    """The engine can decrypt the placeholder, by the rules of its passphrase provider."""
    _, salt, check = SALT.split(":", 2)
    key = PBKDF2HMAC(SHA256(), 32, base64.b64decode(salt), 1_000_000).derive(b"")

    def decrypted(text: str) -> bytes:
        _, nonce, ciphertext = text.split(":")
        return AESGCM(key).decrypt(base64.b64decode(nonce), base64.b64decode(ciphertext), None)

    assert b"pulumi" == decrypted(check)
    assert b"sandbox-secret" == decrypted(PLACEHOLDER)
