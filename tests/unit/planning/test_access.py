# SPDX-License-Identifier: Apache-2.0
"""Who may call an endpoint, and how."""

from typing import Any

import pytest

from azure_model_endpoints.planning.access import access_problems, key_secret_name, other_key
from azure_model_endpoints.settings import EndpointSettings

ANN = "00000000-0000-4000-8000-00000000000a"
BOB = "00000000-0000-4000-8000-00000000000b"


def problems(**said: Any) -> list[str]:
    """The paths of what is wrong with an endpoint."""
    settings = EndpointSettings.model_validate({"model": "phi-2", **said})
    return [problem.path for problem in access_problems("endpoints.chat", settings)]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"keys_in_vault": True},
        {"keys_in_vault": True, "invokers": [ANN, BOB]},
        {"auth_mode": "aml_token", "invokers": [ANN]},
        {"auth_mode": "entra_token", "invokers": [ANN.upper()]},
        {"auth_mode": "entra_token"},
    ],
)
def test_every_mode_has_its_way_in(said: dict[str, Any]) -> None:
    """By the key in the vault, or by a token."""
    assert [] == problems(**said)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        # A key serves whoever holds it.
        ({"invokers": [ANN]}, "invokers"),
        ({"auth_mode": "entra_token", "keys_in_vault": True}, "keys_in_vault"),
        ({"auth_mode": "aml_token", "keys_in_vault": True}, "keys_in_vault"),
        ({"auth_mode": "entra_token", "invokers": ["ann@example.com"]}, "invokers"),
        ({"auth_mode": "entra_token", "invokers": [ANN.replace("-", "")]}, "invokers"),
        ({"auth_mode": "entra_token", "invokers": [ANN, ANN.upper()]}, "invokers"),
    ],
)
def test_what_lets_nobody_in_is_refused(said: dict[str, Any], path: str) -> None:
    """At preview, by the setting that does not fit."""
    assert [f"endpoints.chat.{path}"] == problems(**said)


def test_all_problems_are_told_together() -> None:
    """One per invoker that is none."""
    assert ["endpoints.chat.invokers"] * 3 == problems(invokers=["ann", "bob"])


@pytest.mark.parametrize(
    ("held", "other"),
    [("Primary", "Secondary"), ("Secondary", "Primary"), ("primary", "Secondary")],
)
def test_keys_take_turns(held: str, other: str) -> None:
    """The one that callers hold stays as it is while the other is made anew."""
    assert other == other_key(held)


def test_key_of_each_endpoint_has_a_secret_of_its_own() -> None:
    """Names of endpoints are names of secrets, too: letters, digits and dashes."""
    assert "chat-1a2b3c-key" == key_secret_name("chat-1a2b3c")
