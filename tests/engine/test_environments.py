# SPDX-License-Identifier: Apache-2.0
"""The environments of the repository: each comes, stays, changes and goes as its file says."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from azure_sandbox.home import Home
from azure_sandbox.identity import SUBSCRIPTION_ID
from tests.engine.callers import answers, endpoints_of, resolved, services_of
from tests.engine.project import REPOSITORY, Azure, Project, changes, copied, served

WORKSPACES = "Microsoft.MachineLearningServices/workspaces"
NETWORK = "vnet:vnet-models"
SUBNETS = {"staging": "10.61.0.0/27", "prod": "10.62.0.0/27"}
"""Where the private endpoints are."""
PUBLIC_ADDRESSES = "203.0.113.0/24"
"""Of everything in the sandbox that is reached from the internet."""
OPEN, SHUT = {"enabled"}, {"disabled"}
"""Public access of everything that can have it."""

PROTECTION: dict[str, dict[str, Any]] = {
    "dev": {
        "access": OPEN,
        "isolation": "Disabled",
        "own key": False,
        "locks": set(),
        "instances": [1, 1, 1],
    },
    "staging": {
        "access": SHUT,
        "isolation": "AllowInternetOutbound",
        "own key": False,
        "locks": set(),
        "instances": [1, 1],
    },
    "prod": {
        "access": SHUT,
        "isolation": "AllowOnlyApprovedOutbound",
        "own key": True,
        "locks": {"CanNotDelete"},
        "instances": [1, 3],
    },
}


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_an_environment_comes_stays_changes_and_goes(tmp_path: Path, stack: str) -> None:
    """Applied twice it changes nothing; a change reaches what is there; nothing is left over."""
    tree = copied(REPOSITORY, tmp_path / "tree", "Pulumi.yaml", "infra", "stacks")
    project = Project(tree, Home(tree / ".sandbox"), stack=stack)

    with served(project.home) as azure:
        created = changes(project.done("up", "--yes", "--skip-preview"))
        assert {"created"} == created.keys()
        assert PROTECTION[stack] == protection(azure, stack)
        assert_reached_as_it_says(azure, stack)

        last = azure.log()[-1]["seq"]
        assert {} == changes(project.done("up", "--yes", "--skip-preview"))
        assert [] == azure.writes(last)
        project.done("refresh", "--yes")
        project.done("preview", "--expect-no-changes")

        project.edit(f"stacks/Pulumi.{stack}.yaml", f"environment: {stack}", "environment: other")
        assert {"updated"} == changes(project.done("up", "--yes", "--skip-preview")).keys()
        project.done("preview", "--expect-no-changes")

        project.done("destroy", "--yes", "--skip-preview")
        assert [] == azure.resources()


def protection(azure: Azure, stack: str) -> dict[str, Any]:
    """What protects the live environment."""
    subscription = f"/subscriptions/{SUBSCRIPTION_ID}"
    group = f"{subscription}/resourceGroups/rg-models-{stack}/providers"
    workspace = azure.get(f"{group}/{WORKSPACES}/mlw-models", "2025-12-01")["properties"]
    endpoints = azure.get(f"{group}/{WORKSPACES}/mlw-models/onlineEndpoints", "2025-12-01")["value"]
    closable = [
        workspace,
        *(endpoint["properties"] for endpoint in endpoints),
        azure.get(workspace["storageAccount"], "2024-01-01")["properties"],
        azure.get(workspace["keyVault"], "2024-11-01")["properties"],
        azure.get(workspace["containerRegistry"], "2023-07-01")["properties"],
    ]
    deployments = [
        deployment
        for endpoint in endpoints
        for deployment in azure.get(f"{endpoint['id']}/deployments", "2025-12-01")["value"]
    ]
    locks = azure.get(f"{subscription}/providers/Microsoft.Authorization/locks", "2020-05-01")
    return {
        "access": {properties["publicNetworkAccess"].lower() for properties in closable},
        "isolation": (workspace.get("managedNetwork") or {}).get("isolationMode", "Disabled"),
        "own key": "encryption" in workspace,
        "locks": {lock["properties"]["level"] for lock in locks["value"]},
        "instances": sorted(deployment["sku"]["capacity"] for deployment in deployments),
    }


def assert_reached_as_it_says(azure: Azure, stack: str) -> None:
    """A public environment serves the internet; a private one its own network alone.

    Of both, everything: what the endpoints stand on as well as they.
    """
    services = services_of(azure, f"rg-models-{stack}")
    endpoints = [what for what in services if what.startswith("endpoint ")]
    assert len(PROTECTION[stack]["instances"]) == len(endpoints)
    outside = {what: resolved(azure, each, "internet") for what, each in services.items()}
    from_internet = 200 if stack == "dev" else 403
    assert dict.fromkeys(services, from_internet) == answers(azure, services, "internet")
    assert {""} == {zone for _, zone in outside.values()}
    assert all(is_in(address, PUBLIC_ADDRESSES) for address, _ in outside.values())
    if stack != "dev":
        inside = {what: resolved(azure, each, NETWORK) for what, each in services.items()}
        zones = {what: each.zone for what, each in services.items()}
        assert dict.fromkeys(services, 200) == answers(azure, services, NETWORK)
        assert zones == {what: zone for what, (_, zone) in inside.items()}
        assert all(is_in(address, SUBNETS[stack]) for address, _ in inside.values())


def is_in(address: str, range_: str) -> bool:
    """Whether an address belongs to a range."""
    return ip_address(address) in ip_network(range_)


REACHED_BY_ALL = """
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:allow_public_in_prod: true
"""


def test_production_may_answer_the_internet(tmp_path: Path) -> None:
    """Its instances still reach approved hosts alone, for which its registry has an endpoint."""
    tree = copied(REPOSITORY, tmp_path / "tree", "Pulumi.yaml", "infra", "stacks")
    project = Project(tree, Home(tree / ".sandbox"), stack="prod")
    project.edit("stacks/Pulumi.prod.yaml", "config:\n", f"config:{REACHED_BY_ALL}")

    with served(project.home) as azure:
        project.done("up", "--yes", "--skip-preview")
        assert PROTECTION["prod"] | {"access": OPEN} == protection(azure, "prod")
        assert {200} == set(
            answers(azure, endpoints_of(azure, "rg-models-prod"), "internet").values()
        )
        project.done("preview", "--expect-no-changes")


def test_what_azure_has_fixed_is_refused_in_the_words_of_the_file(tmp_path: Path) -> None:
    """All of it at once; and the workspace is not written, even without a preview."""
    tree = copied(REPOSITORY, tmp_path / "tree", "Pulumi.yaml", "infra", "stacks")
    project = Project(tree, Home(tree / ".sandbox"), stack="staging")

    with served(project.home) as azure:
        project.done("up", "--yes", "--skip-preview")
        last = azure.log()[-1]["seq"]
        project.edit("stacks/Pulumi.staging.yaml", "config:\n", PROFILE.format("prod"))
        to_prod = refused(project, "preview")
        project.edit("stacks/Pulumi.staging.yaml", PROFILE.format("prod"), PROFILE.format("dev"))
        to_dev = refused(project, "preview")
        refused(project, "up", "--yes", "--skip-preview")

        written = [*azure.writes(last), *azure.deletions(last)]
    assert "2 problems in the settings" in to_prod
    assert "isolation.mode: given 'allow_only_approved_outbound', by profile prod" in to_prod
    assert "workspace.customer_managed_key: given a key in /" in to_prod
    assert "1 problem in the settings" in to_dev
    assert "isolation.mode: given 'disabled', by default" in to_dev
    assert "cannot ignore changes" not in to_prod + to_dev
    assert [] == [path for path in written if path.endswith("/workspaces/mlw-models")]


PROFILE = "config:\n  azure-model-endpoints:profile: {}\n"


def refused(project: Project, *arguments: str) -> str:
    """What a run says that does not get through."""
    run = project.pulumi(*arguments)
    assert 0 != run.returncode
    return run.stdout + run.stderr


HOST = "rg-models-staging"
LOGS = (
    f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{HOST}/providers"
    "/Microsoft.OperationalInsights/workspaces/log-models"
)
GUEST = f"""
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:profile: staging
  azure-model-endpoints:workspace:
    existing: {{name: mlw-models, resource_group_name: {HOST}}}
    diagnostics: {LOGS}
  azure-model-endpoints:endpoints:
    guest: {{model: phi-2}}
"""


def test_an_existing_workspace_is_used_and_left_alone(tmp_path: Path) -> None:
    """Another stack's endpoints live in it, in its own network; nothing else is ever written."""
    tree = copied(REPOSITORY, tmp_path / "tree", "Pulumi.yaml", "infra", "stacks")
    (tree / "stacks" / "Pulumi.guest.yaml").write_text(GUEST)
    host = Project(tree, Home(tree / ".sandbox"), stack="staging")
    guest = Project(tree, host.home, stack="guest")

    with served(host.home) as azure:
        host.done("up", "--yes", "--skip-preview")
        before, last = azure.resources(), azure.log()[-1]["seq"]
        guest.done("up", "--yes", "--skip-preview")
        endpoints = endpoints_of(azure, HOST)
        assert 403 == answers(azure, endpoints, "internet")["endpoint guest"]
        assert 200 == answers(azure, endpoints, NETWORK)["endpoint guest"]
        assert {"managed"} == marks_of(azure)
        assert [LOGS] == reported_to(azure)
        assert "has got a managed network" not in guest.done("preview", "--expect-no-changes")
        host.done("preview", "--expect-no-changes")

        guest.done("destroy", "--yes", "--skip-preview")
        changed = [*azure.writes(last), *azure.deletions(last)]
        assert [] == [path for path in changed if "/onlineEndpoints/guest-" not in path]
        assert before == azure.resources()


def marks_of(azure: Azure) -> set[str]:
    """What the endpoints of the host's workspace say of the network that they were made in."""
    group = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{HOST}/providers"
    path = f"{group}/{WORKSPACES}/mlw-models/onlineEndpoints"
    found = azure.get(path, "2025-12-01")["value"]
    return {endpoint["tags"].get("ame-network", "") for endpoint in found}


def reported_to(azure: Azure) -> list[str]:
    """Where the guest's endpoint sends its logs."""
    group = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{HOST}/providers"
    path = f"{group}/{WORKSPACES}/mlw-models/onlineEndpoints"
    [endpoint] = [
        found["id"]
        for found in azure.get(path, "2025-12-01")["value"]
        if found["name"].startswith("guest-")
    ]
    path = f"{endpoint}/providers/Microsoft.Insights/diagnosticSettings"
    settings = azure.get(path, "2021-05-01-preview")["value"]
    return [setting["properties"]["workspaceId"] for setting in settings]
