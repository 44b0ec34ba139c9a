# SPDX-License-Identifier: Apache-2.0
"""Quota as it is met at preview, and as it would have been met without."""

import subprocess
import uuid
from collections import Counter, defaultdict

import pytest

from azure_sandbox.identity import SUBSCRIPTION_ID
from tests.engine.project import AME, Azure, Project

STACK = "stacks/Pulumi.dev.yaml"
T4, A100 = "standard NCASv3_T4 Family", "standardNCADSA100v4Family"
PHI_2 = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:preflight: {preflight}
  azure-model-endpoints:endpoints:
    chat:
      model: phi-2
      deployments: {deployments}
      traffic: {traffic}
"""
SHORT = (
    "endpoints.chat.deployments.blue: given 8 cores more of quota family `standard NCASv3_T4 "
    "Family` in eastus; allowed: 0, as 0 of 0 are in use; short by 8. Request them with `ame quota "
    "--stack dev --request`; or serve endpoints.chat.deployments.blue on Standard_NC24ads_A100_v4 "
    "(24 cores), where there is quota: `ame plan --stack dev --write` takes that."
)


def declare(
    project: Project, preflight: str = "enforce", deployments: str = "{blue: {}}", blue: int = 100
) -> None:
    """Write the stack's settings."""
    traffic = f"{{blue: {blue}}}" if blue == 100 else f"{{blue: {blue}, green: {100 - blue}}}"
    (project.directory / STACK).write_text(
        PHI_2.format(preflight=preflight, deployments=deployments, traffic=traffic)
    )


def test_no_quota_is_known_at_preview(azure: Azure, project: Project) -> None:
    """What is needed, what there is, what would do instead, and how to ask for more."""
    azure.limit(T4, 0)
    declare(project)

    preview = project.pulumi("preview")

    assert 255 == preview.returncode
    assert SHORT in preview.stdout
    assert "Traceback" not in preview.stdout
    assert [] == azure.writes()


def test_without_preflight_azure_refuses_after_everything_else_exists(
    azure: Azure, project: Project
) -> None:
    """With a 400 that does not say why; a warning would have."""
    azure.limit(T4, 0)
    declare(project, "off")

    silent = project.pulumi("up", "--yes", "--skip-preview")
    declare(project, "warn")
    warned = project.pulumi("preview")

    assert 255 == silent.returncode
    assert 'Status=400 Code="BadRequest"' in silent.stdout
    assert "NCASv3_T4" not in silent.stdout
    assert azure.named("Microsoft.MachineLearningServices/workspaces")
    assert 0 == warned.returncode
    assert SHORT in warned.stdout


def test_running_stack_needs_only_what_it_adds(azure: Azure, project: Project) -> None:
    """At full quota a tag passes, and a second deployment beside the first does not."""
    azure.limit(T4, 8)
    azure.limit(A100, 0)
    declare(project)
    project.done("up", "--yes", "--skip-preview")

    declare(project, deployments="{blue: {tags: {team: a}}}")
    project.done("up", "--yes", "--skip-preview")
    declare(project, deployments="{blue: {}, green: {}}", blue=90)
    swap = project.pulumi("preview")

    assert 255 == swap.returncode
    assert (
        "endpoints.chat.deployments.blue, endpoints.chat.deployments.green: given 8 cores more of "
        "quota family `standard NCASv3_T4 Family` in eastus; allowed: 0, as 8 of 8 are in use; "
        "short by 8."
    ) in swap.stdout
    assert "no other SKU that holds the workload has quota there" in swap.stdout


def test_unsteady_service_is_asked_again(azure: Azure, project: Project) -> None:
    """Throttling, failures and slow answers do not change what is found."""
    azure.limit(T4, 0)
    declare(project)
    azure.admin.send("POST", "faults", {"status": 429, "times": 1, "path": "usages"})
    azure.admin.send("POST", "faults", {"status": 503, "times": 1, "path": "usages"})
    azure.admin.send("POST", "faults", {"latency_ms": 200})

    preview = project.pulumi("preview")

    assert SHORT in preview.stdout


def test_what_is_not_there_is_told_with_what_is_short(azure: Azure, project: Project) -> None:
    """And a question that has no answer hides nothing of what the others have found."""
    azure.limit(T4, 0)
    declare(project)
    hub = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/rg-hub/providers/Microsoft.Network"
    with (project.directory / STACK).open("a") as file:
        file.write(IN_HUB.format(hub=hub))
    azure.admin.send(
        "POST",
        "faults",
        {"status": 403, "code": "AuthorizationFailed", "path": "locations/eastus/deletedVaults"},
    )

    preview = project.pulumi("preview")

    assert 255 == preview.returncode
    assert "4 problems in what Azure has room for" in preview.stdout
    assert SHORT in preview.stdout
    assert (
        f"network.existing_subnet_id: given a subnet of {hub}/virtualNetworks/spoke"
        in preview.stdout
    )
    zone = f"{hub}/privateDnsZones/{VAULTS}"
    assert f"network.private_dns_zone_ids.{VAULTS}: given '{zone}', which does" in preview.stdout
    assert "preflight: given no answer about names and registrations (" in preview.stdout
    assert [] == azure.writes()


VAULTS = "privatelink.vaultcore.azure.net"
IN_HUB = """
  azure-model-endpoints:network:
    existing_subnet_id: {hub}/virtualNetworks/spoke/subnets/endpoints
    private_dns_zone_ids:
      privatelink.vaultcore.azure.net: {hub}/privateDnsZones/privatelink.vaultcore.azure.net
"""
EVERYTHING = "/subscriptions/"
REGIONS = ("eastus", "westus", "southcentralus")
MANY = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:fallback_regions: [westus, southcentralus]
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
""" + "".join(f"    chat-{number}: {{model: phi-2}}\n" for number in range(20))


# What the seeds strike is known.
@pytest.mark.parametrize(
    ("share", "seeds", "struck"),
    [(0.01, (16, 51), {429: 1, 503: 1}), (0.2, (49, 8), {429: 2, 503: 1})],
)
def test_unsteady_service_changes_no_choice(
    azure: Azure, project: Project, share: float, seeds: tuple[int, int], struck: dict[int, int]
) -> None:
    """Of twenty endpoints in three regions, each of which tells its quota once."""
    (project.directory / STACK).write_text(MANY)
    azure.limit(A100, 0)
    azure.limit(T4, 8)
    azure.admin.send("PUT", "quota", {"location": "southcentralus", "family": T4, "limit": 160})
    lock = project.directory / "stacks" / "dev.lock.yaml"
    steady, calm = answered(azure, project), lock.read_text()
    azure.admin.send("POST", "faults", {"latency_ms": 200, "path": EVERYTHING})
    for status, seed in zip(struck, seeds, strict=True):
        rule = {"status": status, "probability": share, "seed": seed, "path": EVERYTHING}
        azure.admin.send("POST", "faults", rule)

    unsteady = answered(azure, project)

    assert calm == lock.read_text()
    assert 20 == calm.count(", in southcentralus")
    assert steady[200] == unsteady[200]
    assert dict.fromkeys(REGIONS, 1) == {
        path.split("/")[-2]: times
        for path, times in unsteady[200].items()
        if path.endswith("/quotas")
    }
    assert struck == {status: unsteady[status].total() for status in struck}


def answered(azure: Azure, project: Project) -> dict[int, Counter[str]]:
    """Choose anew; return by status which requests to Resource Manager were answered how often."""
    before = max((entry["seq"] for entry in azure.log()), default=0)
    run = inside(project, *AME, "plan", "--stack", "dev", "--write")
    assert 0 == run.returncode, run.stderr
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for entry in azure.log(before):
        if entry["path"].startswith(EVERYTHING):
            found[entry["status"]][entry["path"]] += 1
    return found


FAILING = {"status": 503, "path": EVERYTHING}
DROPPING = {"drop": True, "path": EVERYTHING}
SILENT = {"latency_ms": 5000, "path": EVERYTHING}
HURRIED = """
from azure_model_endpoints.preflight import preflight

preflight.__kwdefaults__["deadline_seconds"] = 1.0
"""


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (FAILING, "refused (503 InternalServerError)"),
        (DROPPING, "could not be reached"),
        (SILENT, ""),
    ],
)
@pytest.mark.parametrize("mode", ["enforce", "warn"])
def test_service_that_is_down_is_told(
    azure: Azure, project: Project, rule: dict[str, object], reason: str, mode: str
) -> None:
    """Once, and within the deadline: `enforce` stops, `warn` goes on as far as it can."""
    declare(project, mode)
    azure.admin.send("POST", "faults", rule)
    if rule is SILENT:
        project.edit("infra/__main__.py", "def main(", f"{HURRIED}\n\ndef main(")

    preview = project.pulumi("preview")

    what = "quota, names and registrations"
    told = f"preflight: given no answer about {what} (Azure Resource Manager {reason}"
    assert 1 == preview.stdout.count(told)
    assert "Traceback" not in preview.stdout
    goes_on = "+ 17 to create" in preview.stdout
    expected = (0, True, 0) if mode == "warn" else (255, False, 1)
    assert expected == (preview.returncode, goes_on, preview.stdout.count("`preflight: warn`"))
    assert [] == azure.writes()


READER = "Give whoever runs this the role Reader on the subscription"


@pytest.mark.parametrize(("mode", "returncode"), [("enforce", 255), ("warn", 0)])
def test_missing_role_is_told(azure: Azure, project: Project, mode: str, returncode: int) -> None:
    """`enforce` stops, `warn` goes on; a command that asks for quota says the same."""
    declare(project, mode)
    azure.admin.send(
        "POST", "faults", {"status": 403, "code": "AuthorizationFailed", "path": "usages"}
    )

    preview = project.pulumi("preview")
    quota = inside(project, *AME, "quota", "--stack", "dev")

    assert (returncode, 1) == (preview.returncode, quota.returncode)
    assert "preflight: given no answer about quota (" in preview.stdout
    assert READER in preview.stdout
    assert "ame: Azure Resource Manager refused (403 AuthorizationFailed)" in quota.stderr
    assert f" {READER}.\n" == quota.stderr[-len(READER) - 3 :]


SIGN_IN = "Sign in, or correct what the credential is taken from, or say `preflight: warn`"
NOBODY = ["-u", "ARM_CLIENT_ID", "-u", "ARM_CLIENT_SECRET", "-u", "IDENTITY_ENDPOINT"]
ELSEWHERE = "Name a subscription in ARM_SUBSCRIPTION_ID or `azure-native:subscriptionId` that"


@pytest.mark.parametrize(
    ("environment", "told", "said"),
    [
        ([*NOBODY, "AZURE_TOKEN_CREDENTIALS=EnvironmentCredential"], SIGN_IN, "`az login`."),
        (["ARM_CLIENT_SECRET=wrong"], SIGN_IN, "AADSTS7000215"),
        ([f"ARM_SUBSCRIPTION_ID={uuid.UUID(int=15)}"], ELSEWHERE, ELSEWHERE),
    ],
    ids=["no credential", "wrong secret", "wrong subscription"],
)
def test_who_may_not_ask_is_told(
    azure: Azure, project: Project, environment: list[str], told: str, said: str
) -> None:
    """In one paragraph by the run, and in one line by the command."""
    declare(project)

    preview = inside(project, "env", *environment, "pulumi", "preview", "--stack", "dev")
    quota = inside(project, "env", *environment, *AME, "quota", "--stack", "dev")

    assert (255, 1) == (preview.returncode, quota.returncode)
    told_once = "preflight: given no answer about quota, names and registrations ("
    assert 1 == preview.stdout.count(told_once)
    assert told in preview.stdout
    assert said in quota.stderr
    assert 1 == len(quota.stderr.splitlines()), quota.stderr
    assert "Traceback" not in preview.stdout
    assert [] == azure.writes()


def inside(project: Project, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the sandbox."""
    return project.ame("sandbox", "exec", "--stack", "dev", "--", *command)
