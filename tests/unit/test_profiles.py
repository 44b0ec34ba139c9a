# SPDX-License-Identifier: Apache-2.0
"""What environments differ in, and how a stack is told where its settings come from."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from azure_model_endpoints.profiles import (
    PROFILES,
    Explained,
    effective_document,
    explained,
    with_locked,
)
from azure_model_endpoints.settings import Settings, parse_settings
from azure_model_endpoints.vocabulary import Profile

SAID: dict[str, Any] = {"region": "eastus", "endpoints": {"chat": {"model": "phi-2"}}}


def origins(stack: str, said: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    """Every setting of a stack that holds, with its value and where that comes from."""
    effective, problem = effective_document(stack, said)
    settings, malformed = parse_settings(effective.document)
    assert (problem, malformed) == (None, [])
    assert settings is not None
    rows = explained(settings, said, effective.origins)
    return {row.path: (row.value, row.origin) for row in rows}


def settings_of(profile: Profile) -> Settings:
    """The settings of a stack that says the least."""
    effective, _ = effective_document(profile, SAID)
    settings, _ = parse_settings(effective.document)
    assert settings is not None
    return settings


@pytest.mark.parametrize("profile", Profile)
def test_every_profile_is_made_of_settings(profile: Profile) -> None:
    """A slip of the pen in one would be ignored by nobody."""
    effective, _ = effective_document(profile, SAID)

    assert [] == parse_settings(effective.document)[1]


def test_environments_differ_in_what_they_protect() -> None:
    """From dev, where anybody works, to prod, where nobody shall slip."""
    found = {
        profile: (
            settings.public_network_access,
            str(settings.isolation.mode),
            settings.workspace.customer_managed_key,
            str(settings.workspace.lock),
            settings.workspace.diagnostics,
            settings.endpoints["chat"].workload.high_availability,
        )
        for profile in Profile
        for settings in [settings_of(profile)]
    }

    assert {
        Profile.DEV: (True, "disabled", False, "none", False, False),
        Profile.STAGING: (False, "allow_internet_outbound", False, "none", True, False),
        Profile.PROD: (
            False,
            "allow_only_approved_outbound",
            True,
            "can_not_delete",
            True,
            True,
        ),
    } == found


def test_what_the_stack_says_wins() -> None:
    """A profile is what holds otherwise."""
    found = origins("prod", {**SAID, "workspace": {"lock": "none"}})

    assert ("none", "stack file") == found["workspace.lock"]
    assert (True, "profile prod") == found["workspace.diagnostics"]


def test_origin_of_every_setting_is_known() -> None:
    """File, profile, default, or the name of the stack."""
    found = origins("prod", SAID)

    assert ("eastus", "stack file") == found["region"]
    assert ("phi-2", "stack file") == found["endpoints.chat.model"]
    assert (False, "profile prod") == found["public_network_access"]
    assert (True, "profile prod") == found["endpoints.chat.workload.high_availability"]
    assert ("prod", "stack name") == found["profile"]
    assert ("models", "default") == found["name"]
    assert ("auto", "default") == found["endpoints.chat.deployments.blue.sku"]


def test_secret_is_not_explained() -> None:
    """Whoever asks where it comes from does not see it."""
    found = origins("dev", {**SAID, "hugging_face_token": "hf_s3cret"})

    assert ("**********", "stack file") == found["hugging_face_token"]


def test_reason_for_few_instances_is_the_origin_of_them() -> None:
    """It stands in the file for that."""
    blue = {"single_instance_reason": "batch"}
    chat = {"model": "phi-2", "deployments": {"blue": blue}}

    found = origins("prod", {**SAID, "endpoints": {"chat": chat}})

    path = "endpoints.chat.deployments.blue.workload.high_availability"
    assert (False, "single_instance_reason") == found[path]


def test_profile_is_said_where_the_name_is_none() -> None:
    """A stack of another name says what it is like."""
    found = origins("feature-1", {**SAID, "profile": "staging"})

    assert ("staging", "stack file") == found["profile"]
    assert (False, "profile staging") == found["public_network_access"]


def test_stack_that_is_like_none_is_refused() -> None:
    """Nobody guesses whether it is production."""
    _, problem = effective_document("production", SAID)

    assert (
        "profile: given nothing, and the stack is called 'production'; allowed: dev, staging, "
        "prod. Say which kind of environment it is: that decides its defaults."
    ) == str(problem)


def test_existing_workspace_keeps_its_own_protection() -> None:
    """The profile's keys and locks are for a workspace of one's own."""
    existing = {"name": "mlw", "resource_group_name": "rg"}

    found = origins("prod", {**SAID, "workspace": {"existing": existing}})

    assert ("none", "default") == found["workspace.lock"]
    assert ("disabled", "default") == found["isolation.mode"]
    assert (False, "profile prod") == found["public_network_access"]


def test_what_was_said_stays_as_it_was() -> None:
    """Explaining a stack does not change it."""
    said = {**SAID, "workspace": {}}

    effective_document("prod", said)

    assert {} == said["workspace"]
    assert {"model": "phi-2"} == SAID["endpoints"]["chat"]


def test_profiles_cover_all_kinds() -> None:
    """One that was forgotten would have no defaults."""
    assert set(Profile) == set(PROFILES)


def test_guide_says_what_the_profiles_say() -> None:
    """Its table is read before the code."""
    guide = (Path(__file__).parents[2] / "docs" / "environments.md").read_text()
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in guide.splitlines()
        if line.startswith("| `")
    ]
    told = {
        "endpoints.*.workload.high_availability" if "high_avail" in name else name: values
        for name, *values in rows
        if len(values) == len(Profile) and name != "network"
    }

    paths = {path for said in PROFILES.values() for path in said}
    assert paths == set(told)
    for path, values in told.items():
        for profile, value in zip(Profile, values, strict=True):
            said = PROFILES[profile].get(path)
            assert said is None or value.partition(":")[0] == str(said).lower()


def test_what_was_locked_says_so() -> None:
    """Whoever wonders why a SKU stays finds the lock."""
    sku = Explained("endpoints.chat.deployments.blue.sku", "auto", "default")
    region = Explained("region", "eastus", "stack file")
    network = Explained("network.address_space", [], "default")
    locked = replace(sku, value="Standard_NC4as_T4_v3")

    assert (replace(locked, origin="lock"), region, network) == with_locked(
        [locked, region, network], [sku, region]
    )
