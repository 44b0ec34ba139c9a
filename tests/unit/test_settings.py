# SPDX-License-Identifier: Apache-2.0
"""The shape of a stack's settings: what is accepted, and how everything else is told."""

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from azure_model_endpoints._wording import listed
from azure_model_endpoints.settings import (
    DeploymentSettings,
    EndpointSettings,
    Settings,
    parse_settings,
)

MINIMAL: dict[str, Any] = {"region": "eastus", "endpoints": {}}
NO_ENDPOINTS = (
    "endpoints: given nothing; allowed: a mapping of endpoints by name. Add at least one endpoint "
    "under the stack file's `config:`, or write `endpoints: {}` to say that there are none, which "
    "deletes every live endpoint of this stack."
)


def problems_in(document: dict[Any, Any]) -> list[str]:
    """What is said of a document."""
    return [str(problem) for problem in parse_settings(document)[1]]


def with_endpoint(**endpoint: Any) -> dict[str, Any]:
    """Settings with one endpoint called chat."""
    return {**MINIMAL, "endpoints": {"chat": endpoint}}


def with_deployment(**deployment: Any) -> dict[str, Any]:
    """Settings with one endpoint called chat and its deployment blue."""
    return with_endpoint(deployments={"blue": deployment})


def test_one_line_is_enough_for_a_model() -> None:
    """Everything but the region and the model has a default."""
    settings, problems = parse_settings(with_endpoint(model="phi-2"))

    assert [] == problems
    assert settings is not None
    assert {"blue": DeploymentSettings()} == settings.endpoints["chat"].deployments


def test_private_and_planned_is_the_default() -> None:
    """What is not said is closed to the internet, and its size left to the planner."""
    settings, _ = parse_settings(with_deployment())

    assert settings is not None
    deployment = settings.endpoints["chat"].deployments["blue"]
    assert (False, "auto", None) == (
        settings.public_network_access,
        deployment.sku,
        deployment.instances,
    )


def test_no_endpoints_must_be_said() -> None:
    """An empty stack deletes what is live, so nothing does not mean none."""
    assert [NO_ENDPOINTS] == problems_in({"region": "eastus"})


def test_endpoints_with_nothing_below_are_not_said() -> None:
    """`endpoints:` whose entries were commented out is no explicit `{}` either."""
    assert [NO_ENDPOINTS] == problems_in({"region": "eastus", "endpoints": None})


def test_none_at_all_can_be_said() -> None:
    """`endpoints: {}` is the explicit way to say none."""
    settings, problems = parse_settings(MINIMAL)

    assert [] == problems
    assert settings == Settings(region="eastus", endpoints={})


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            {"endpoints": {}},
            "region: given nothing; allowed: a value. Add it: this setting has no default.",
        ),
        (
            {**MINIMAL, "endpoint": {}},
            (
                "endpoint: given the unknown setting 'endpoint'; allowed: "
                f"{listed(Settings.model_fields)}. Did you mean 'endpoints'?"
            ),
        ),
        (
            with_endpoint(modle="phi-2"),
            (
                "endpoints.chat.modle: given the unknown setting 'modle'; allowed: "
                f"{listed(EndpointSettings.model_fields)}. Did you mean 'model'?"
            ),
        ),
        (
            with_deployment(zzz=1),
            (
                "endpoints.chat.deployments.blue.zzz: given the unknown setting 'zzz'; allowed: "
                f"{listed(DeploymentSettings.model_fields)}. Remove it."
            ),
        ),
        (
            with_deployment(instances=-1),
            (
                "endpoints.chat.deployments.blue.instances: given -1; allowed: 1 to 50. Choose a "
                "number in that range."
            ),
        ),
        (
            with_deployment(instances=51),
            (
                "endpoints.chat.deployments.blue.instances: given 51; allowed: 1 to 50. Choose a "
                "number in that range."
            ),
        ),
        (
            with_deployment(instances="2"),
            (
                "endpoints.chat.deployments.blue.instances: given '2'; allowed: a whole number. "
                "Write it without quotes or a fraction."
            ),
        ),
        (
            with_deployment(instances=1.5),
            (
                "endpoints.chat.deployments.blue.instances: given 1.5; allowed: a whole number. "
                "Write it without quotes or a fraction."
            ),
        ),
        (
            with_deployment(environment_variables={"DEBUG": True}),
            (
                "endpoints.chat.deployments.blue.environment_variables.DEBUG: given True; "
                "allowed: a text. Put it in quotes."
            ),
        ),
        (
            with_deployment(workload={"context_length": 0}),
            (
                "endpoints.chat.deployments.blue.workload.context_length: given 0; allowed: 2 or "
                "more. Choose a number in that range."
            ),
        ),
        (
            with_deployment(vllm={}),
            (
                "endpoints.chat.deployments.blue.vllm.image: given nothing; allowed: a value. Add "
                "it: this setting has no default."
            ),
        ),
        (
            {**MINIMAL, "hugging_face_token": 12345678},
            (
                "hugging_face_token: given something that is not shown, for it may be a secret; "
                "allowed: a text. Put it in quotes."
            ),
        ),
        (
            {**MINIMAL, "public_network_access": "yes"},
            "public_network_access: given 'yes'; allowed: true or false. Write it without quotes.",
        ),
        (
            {**MINIMAL, "tags": ["a"]},
            (
                "tags: given ['a']; allowed: a mapping of names to values. Indent its entries "
                "below it."
            ),
        ),
        (
            {**MINIMAL, "endpoints": {"chat": "phi-2"}},
            (
                "endpoints.chat: given 'phi-2'; allowed: a mapping of settings. Indent its "
                "settings below it."
            ),
        ),
        (
            {**MINIMAL, "endpoints": {"chat": None}},
            (
                "endpoints.chat: given nothing; allowed: a mapping of settings. Indent its "
                "settings below it."
            ),
        ),
        (
            {**MINIMAL, "endpoints": {1: {}}},
            "endpoints.1: given the key 1; allowed: a text. Put it in quotes.",
        ),
        (
            {**MINIMAL, "tags": {True: "x"}},
            "tags.True: given the key True; allowed: a text. Put it in quotes.",
        ),
        (
            with_endpoint(traffic={date(2026, 1, 1): 100}),
            (
                "endpoints.chat.traffic.2026-01-01: given the key datetime.date(2026, 1, 1); "
                "allowed: a text. Put it in quotes."
            ),
        ),
    ],
)
def test_what_is_wrong_is_told_with_path_value_allowed_values_and_remedy(
    document: dict[Any, Any], problem: str
) -> None:
    """A reader can mend the file from the message alone."""
    assert [problem] == problems_in(document)


def test_problems_of_a_document_are_told_at_once() -> None:
    """Not one per run."""
    document = {
        "endpoints": {"chat": {"modle": "phi-2", "deployments": {"blue": {"instances": 0}}}},
        "public_network_access": 1,
        1: 2,
    }

    paths = [problem.path for problem in parse_settings(document)[1]]

    assert sorted(paths) == sorted(
        [
            "1",
            "region",
            "public_network_access",
            "endpoints.chat.modle",
            "endpoints.chat.deployments.blue.instances",
        ]
    )


def test_what_is_well_formed_is_kept_beside_what_is_not() -> None:
    """So that the planner can tell what else is wrong in the same run."""
    settings, _ = parse_settings(with_endpoint(model="phi-9", endpoint_name=5, traffic="all"))

    assert settings is not None
    assert "phi-9" == settings.endpoints["chat"].model


def test_token_is_masked() -> None:
    """Whoever prints the settings does not print it."""
    settings, _ = parse_settings({**MINIMAL, "hugging_face_token": "hf_s3cret"})

    assert "hf_s3cret" not in f"{settings!r} {settings}"


def test_a_document_that_contains_itself_is_refused() -> None:
    """YAML's aliases can write one; it does not hang the reader."""
    endpoints: dict[str, Any] = {}
    endpoints["chat"] = {"deployments": endpoints}

    problems = problems_in({**MINIMAL, "endpoints": endpoints})

    assert [] != problems


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.text(min_size=1, max_size=8)
)
KEYS = SCALARS | st.sampled_from(
    [*Settings.model_fields, "model", "deployments", "traffic", "blue", "instances", "sku", "tags"]
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


@pytest.mark.parametrize("name", ["(", "(fqdn)", "[0]"])
def test_a_setting_may_be_called_anything(name: str) -> None:
    """Also what alternatives of a setting are called inside; it is told from the known ones."""
    [unknown] = problems_in({**MINIMAL, name: 1})
    [below] = problems_in(with_endpoint(**{name: 1}))

    assert unknown.startswith(f"{name}: given the unknown setting {name!r}")
    assert below.startswith(f"endpoints.chat.{name}: given the unknown setting {name!r}")


def test_alternatives_of_a_setting_are_no_part_of_its_path() -> None:
    """What is wrong with an outbound rule, and with its name, is told by where it is written."""
    rules = {"(fqdn)": {"type": "fqdn", "destination": 1}}

    [problem] = problems_in({**MINIMAL, "isolation": {"outbound_rules": rules}})

    assert problem.startswith("isolation.outbound_rules.(fqdn).destination: given 1")


@given(st.dictionaries(KEYS, VALUES, max_size=6))
@example({"(": None})
def test_no_document_breaks_the_reader(document: dict[Any, Any]) -> None:
    """Whatever was written, there are either settings or problems with paths."""
    settings, problems = parse_settings(document)

    assert settings is not None or problems
    assert all(problem.path for problem in problems)


DEPLOYMENTS = st.fixed_dictionaries(
    {},
    optional={
        "model": SCALARS,
        "sku": SCALARS,
        "instances": SCALARS,
        "tags": VALUES,
        "environment_variables": VALUES,
    },
)
ENDPOINTS = st.fixed_dictionaries(
    {},
    optional={
        "model": SCALARS,
        "endpoint_name": SCALARS,
        "deployments": st.dictionaries(KEYS, DEPLOYMENTS | SCALARS, max_size=3) | SCALARS,
        "traffic": st.dictionaries(KEYS, SCALARS, max_size=3) | SCALARS,
    },
)


@given(st.dictionaries(KEYS, ENDPOINTS | SCALARS, max_size=3))
def test_no_almost_right_endpoint_breaks_the_reader(endpoints: dict[Any, Any]) -> None:
    """Likewise for documents that are wrong only deep down."""
    settings, problems = parse_settings({**MINIMAL, "endpoints": endpoints})

    assert settings is not None or problems


@pytest.mark.parametrize("sku", ["auto", ["Standard_A", "Standard_B"]])
@pytest.mark.filterwarnings("error")
def test_one_sku_or_several_are_written_as_they_were_read(sku: str | list[str]) -> None:
    """Without a word about it."""
    settings = DeploymentSettings.model_validate({"sku": sku})

    assert sku == settings.model_dump(mode="json")["sku"]
