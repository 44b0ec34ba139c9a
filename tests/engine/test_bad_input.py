# SPDX-License-Identifier: Apache-2.0
"""Mistakes as their maker meets them: a paragraph that says what to do, and nothing created."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from azure_model_endpoints.planning.names import WorkspaceNames
from azure_sandbox.home import Home
from azure_sandbox.identity import SUBSCRIPTION_ID, TENANT_ID
from tests.engine.project import OUTER, REPOSITORY, Azure, Project, copied, served

STACK = "stacks/Pulumi.dev.yaml"

MANY_MISTAKES = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:regoin: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    phi-2:
      model: phi2
      trafic: {blue: 100}
    9lives-:
      model: phi-2
      deployments:
        blue: {instances: -1, skew: Standard_NC4as_T4_v3}
"""
TOLD = [
    "endpoints.phi-2.model: given 'phi2'; allowed: ",
    "Did you mean 'phi-2'?",
    "endpoints.phi-2.trafic: given the unknown setting 'trafic'; allowed: ",
    "Did you mean 'traffic'?",
    "endpoints.9lives-: given '9lives-'; allowed: 3 to 32 letters, digits and single dashes",
    "endpoints.9lives-.deployments.blue.instances: given -1; allowed: 1 to 50.",
    "endpoints.9lives-.deployments.blue.skew: given the unknown setting 'skew'; allowed: ",
    "regoin: given the unknown setting 'regoin'; allowed: ",
    "Did you mean 'region'?",
    "6 problems",
]

WRONG_SIZES = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    small:
      model: mistral-7b-instruct-v0-2
      deployments:
        blue: {sku: Standard_NC24ads_A100_v4, instances: 1, workload: {concurrency: 500}}
    long:
      model: phi-2
      workload: {context_length: 4096}
    fast:
      model: phi-4
      workload: {max_time_to_first_token_ms: 1}
    tuned:
      model: support-phi
      deployments:
        blue: {vllm: {image: "docker.io/acme/vllm:v0.20.2", registered_model: "tuned:1"}}
"""
OWN_MODELS = """
support-phi:
  base: phi-2
"""
SIZES_TOLD = [
    "endpoints.small.deployments.blue.sku: given 'Standard_NC24ads_A100_v4'; allowed: no SKU ",
    "500 streams need ",
    "endpoints.long.deployments.blue.workload.context_length: given 4096; allowed: at most 2048, ",
    "endpoints.fast.deployments.blue.workload: given 8 streams of 8192 tokens for phi-4; allowed: ",
    "max_time_to_first_token_ms binds: with ",
]

WRONG_WEIGHTS = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    known:
      model: phi-2
      deployments:
        blue:
          vllm:
            image: "docker.io/acme/vllm:v0.20.2"
            revision: 810d367871c1d460086d9f82db8696f2e0a0fcd0
    wrong:
      model: phi-2
      deployments:
        blue:
          vllm:
            image: "docker.io/acme/vllm:v0.20.2"
            revision: "0000000000000000000000000000000000000000"
    tuned:
      model: phi-2
      deployments:
        blue: {vllm: {image: "docker.io/acme/vllm:v0.20.2", registered_model: "tuned:1"}}
"""
WEIGHTS_TOLD = [
    f"endpoints.wrong.deployments.blue.vllm.revision: given '{'0' * 40}', which the Hub does not ",
    "allowed: a commit of microsoft/phi-2. Copy one from https://huggingface.co/microsoft/phi-2",
    "endpoints.tuned.deployments.blue.vllm.registered_model: given 'tuned:1'; allowed: nothing ",
    "Run `pulumi up` without this deployment, register the model with ",
]

OUTSIDE_CONFIG = """
config:
  azure-model-endpoints:region: eastus
endpoints:
  phi-2: {model: phi-2}
"""
NO_ENDPOINTS = """
config:
  azure-model-endpoints:region: eastus
"""

WRONG_ENVIRONMENT = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:profile: prod
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:network:
    address_space: [10.0.0.0/22, 10.0.0.300/24]
    private_endpoints_subnet: 10.0.0.0/29
    peers: [10.0.2.0/24]
    private_dns_zone_ids: {privatelink.azurecr.com: /subscriptions/1}
  azure-model-endpoints:isolation:
    mode: allow_internet_outbound
    outbound_rules:
      hub: {type: fqdn, destination: huggingface.co}
  azure-model-endpoints:workspace:
    diagnostics: logs
  azure-model-endpoints:endpoints:
    phi-2:
      model: phi-2
      workload: {high_availability: false}
"""
ENVIRONMENT_TOLD = [
    "public_network_access: given true, in prod; allowed: false.",
    "network.address_space[1]: given '10.0.0.300/24'; allowed: an IPv4 range in CIDR notation",
    "network.address_space[0]: given '10.0.0.0/22', which overlaps '10.0.2.0/24' of network.peers",
    "network.private_endpoints_subnet: given '10.0.0.0/29', 8 addresses; allowed: a range of at ",
    "network.private_dns_zone_ids.privatelink.azurecr.com: given the zone ",
    "Did you mean 'privatelink.azurecr.io'?",
    "isolation.outbound_rules.hub: given a rule of type fqdn with the mode allow_internet_outbound",
    "workspace.diagnostics: given 'logs'; allowed: true, or /subscriptions/",
    "endpoints.phi-2.deployments.blue: given 1 instance, in prod; allowed: 3 or more.",
    "8 problems",
]

NOBODY = {"AZURE_TOKEN_CREDENTIALS": "EnvironmentCredential"}
"""Whoever may be signed in on this machine is none of the tests' business."""


@pytest.fixture(scope="module")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azure]:
    """A sandbox that nothing is to be created in."""
    home = Home(tmp_path_factory.mktemp("bad") / "home")
    with served(home) as azure:
        yield azure


@pytest.fixture
def project(azure: Azure, tmp_path: Path) -> Project:
    """The repository's own program, to be spoilt."""
    tree = copied(REPOSITORY, tmp_path, "Pulumi.yaml", "infra", "stacks")
    return Project(tree, Home(azure.admin.certificates.directory.parent))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (MANY_MISTAKES, TOLD),
        (WRONG_ENVIRONMENT, ENVIRONMENT_TOLD),
        (OUTSIDE_CONFIG, ["endpoints: given a key at the top of the file", "under `config:`"]),
        (NO_ENDPOINTS, ["endpoints: given nothing; allowed: ", "or write `endpoints: {}`"]),
    ],
    ids=["many mistakes", "wrong environment", "outside config", "no endpoints"],
)
def test_wrong_settings(azure: Azure, project: Project, settings: str, told: list[str]) -> None:
    """All of them are told at once, by the engine at preview as by `ame`."""
    (project.directory / STACK).write_text(settings)

    preview = project.pulumi("preview")
    smoke = project.ame("smoke", "--stack", "dev")

    for said in (preview.stdout, smoke.stderr):
        assert [] == [text for text in told if text not in said], said
        assert "Traceback" not in said
    assert 255 == preview.returncode
    assert (1, "") == (smoke.returncode, smoke.stdout)
    assert [] == azure.writes()


def test_weights_that_are_not_there(azure: Azure, project: Project) -> None:
    """Neither a revision that the Hub lacks nor a model of a workspace to come is waited for."""
    (project.directory / STACK).write_text(WRONG_WEIGHTS)

    preview = project.pulumi("preview")

    assert [] == [text for text in WEIGHTS_TOLD if text not in preview.stdout], preview.stdout
    assert "endpoints.known" not in preview.stdout
    assert "Traceback" not in preview.stdout
    assert 255 == preview.returncode
    assert [] == azure.writes()


def test_sizes_that_cannot_work(azure: Azure, project: Project) -> None:
    """The limit that binds is named, beside a model of one's own that is in order."""
    (project.directory / STACK).write_text(WRONG_SIZES)
    (project.directory / "stacks" / "models.yaml").write_text(OWN_MODELS)

    preview = project.pulumi("preview")

    assert [] == [text for text in SIZES_TOLD if text not in preview.stdout], preview.stdout
    assert "support-phi" not in preview.stdout
    assert "Traceback" not in preview.stdout
    assert 255 == preview.returncode
    assert [] == azure.writes()


def test_own_model_that_is_malformed(azure: Azure, project: Project) -> None:
    """File, row and field are named."""
    (project.directory / "stacks" / "models.yaml").write_text("mine: {base: phi2, layers: x}\n")

    preview = project.pulumi("preview")
    smoke = project.ame("smoke", "--stack", "dev")

    for said in (preview.stdout, smoke.stderr):
        assert "models.yaml: mine.base: given 'phi2'; allowed: " in said, said
        assert "models.yaml: mine.layers: given " in said, said
        assert "Traceback" not in said
    assert [] == azure.writes()


def test_stack_file_that_is_not_yaml(azure: Azure, project: Project) -> None:
    """The place is named, and no engine is started."""
    (project.directory / STACK).write_text("config:\n  region: [eastus\n")

    preview = project.pulumi("preview")
    smoke = project.ame("smoke", "--stack", "dev")

    for run in (preview, smoke):
        assert (1, "") == (run.returncode, run.stdout)
        assert "Pulumi.dev.yaml, line " in run.stderr
        assert "Traceback" not in run.stderr
    assert [] == azure.writes()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "No subscription was named: set ARM_SUBSCRIPTION_ID"),
        (
            {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION_ID} | NOBODY,
            "Sign in, for example with `az login`.",
        ),
        (
            {"ARM_SUBSCRIPTION_ID": SUBSCRIPTION_ID, "ARM_METADATA_HOSTNAME": "localhost:1"},
            "ARM_METADATA_HOSTNAME names 'localhost:1', which did not answer as an Azure cloud",
        ),
    ],
    ids=["nothing set", "not signed in", "no such cloud"],
)
def test_without_sandbox_and_credential(
    project: Project, environment: dict[str, str], said: str
) -> None:
    """`ame smoke` outside the sandbox says in one paragraph what it lacks."""
    outside = replace(project, environment=OUTER | environment)

    run = outside.ame("smoke", "--stack", "dev")

    assert (1, "") == (run.returncode, run.stdout)
    assert said in run.stderr
    assert 1 == len(run.stderr.splitlines()), run.stderr


def test_cli_that_is_too_old(azure: Azure, project: Project, tmp_path: Path) -> None:
    """Where no newer one can be had, it is told what is there, what is needed and how to get it."""
    programs = tmp_path / "programs"
    programs.mkdir()
    old = programs / "pulumi"
    old.write_text("#!/bin/sh\necho v3.99.0\n")
    old.chmod(0o755)
    for needed in ("sh", "env"):
        (programs / needed).symlink_to(shutil.which(needed) or "")
    unreachable = {"https_proxy": "http://127.0.0.1:9", "no_proxy": "localhost"}
    alone = {"PATH": str(programs), "AME_CACHE_DIR": str(tmp_path / "cache")}
    lonely = replace(project, environment=OUTER | unreachable | alone)

    run = lonely.pulumi("preview")

    assert (1, "") == (run.returncode, run.stdout)
    *_, told = run.stderr.splitlines()
    for text in (str(old), "is 3.99.0, older than the 3.220.0", "no Go on PATH", "Install Pulumi"):
        assert text in told
    assert "Traceback" not in run.stderr
    assert [] == azure.writes()


HUB = f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/rg-hub"
BLOB = "privatelink.blob.core.windows.net"
IN_A_HUB = f"""
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:profile: staging
  azure-model-endpoints:network:
    existing_subnet_id: {HUB}/providers/Microsoft.Network/virtualNetworks/spoke/subnets/endpoints
    private_dns_zone_ids:
      {BLOB}: {HUB}/providers/Microsoft.Network/privateDnsZones/{BLOB}
  azure-model-endpoints:endpoints:
    phi-2: {{model: phi-2}}
"""


def test_everything_azure_would_refuse_is_told_at_once(azure: Azure, project: Project) -> None:
    """Registrations, a name that a deleted vault holds, a zone whose names nobody would find."""
    (project.directory / STACK).write_text(IN_A_HUB)
    vault = WorkspaceNames.of("models", SUBSCRIPTION_ID, "rg-models-dev").key_vault
    unregistered = ("Microsoft.Cdn", "Microsoft.PolicyInsights")
    build_hub(azure, vault)
    for namespace in unregistered:
        register(azure, namespace, "unregister")
    last = azure.log()[-1]["seq"]

    preview = project.pulumi("preview")
    for namespace in unregistered:
        register(azure, namespace, "register")

    told = [
        "4 problems",
        *(f"az provider register --namespace {namespace}" for namespace in unregistered),
        f"name: given a key vault called '{vault}', which somebody else has",
        f"az keyvault purge --name {vault}",
        f"network.private_dns_zone_ids.{BLOB}: given",
        "which is not linked to the network spoke",
    ]
    said = " ".join(preview.stdout.split())
    assert [] == [text for text in told if text not in said], said
    assert "Traceback" not in said
    assert 255 == preview.returncode
    assert [] == azure.writes(last)


def test_wrong_settings_do_not_hide_what_azure_would_refuse(azure: Azure, project: Project) -> None:
    """A range that is none, and a service that is not registered, are told at once."""
    wrong = "address_space: [10.0.0]"
    text = IN_A_HUB.replace("  existing_subnet_id:", f"  {wrong}\n    existing_subnet_id:")
    (project.directory / STACK).write_text(text)
    register(azure, "Microsoft.Cdn", "unregister")
    last = azure.log()[-1]["seq"]

    preview = project.pulumi("preview")
    register(azure, "Microsoft.Cdn", "register")

    told = [
        "problems in the settings, and in what Azure has room for",
        "network.address_space: given a value beside network.existing_subnet_id",
        "az provider register --namespace Microsoft.Cdn",
        f"network.private_dns_zone_ids.{BLOB}: given",
    ]
    said = " ".join(preview.stdout.split())
    assert [] == [text for text in told if text not in said], said
    assert 255 == preview.returncode
    assert [] == azure.writes(last)


def build_hub(azure: Azure, vault: str) -> None:
    """Make a network, a zone that is not linked to it, and a vault that was deleted there."""
    network = f"{HUB}/providers/Microsoft.Network"
    subnet = {"name": "endpoints", "properties": {"addressPrefix": "10.9.0.0/27"}}
    space = {"addressSpace": {"addressPrefixes": ["10.9.0.0/24"]}, "subnets": [subnet]}
    properties = {
        "tenantId": TENANT_ID,
        "sku": {"family": "A", "name": "standard"},
        "enableRbacAuthorization": True,
    }
    address = f"{HUB}/providers/Microsoft.KeyVault/vaults/{vault}"
    azure.send("PUT", HUB, "2024-03-01", {"location": "eastus"})
    for path, version, location, body in (
        (f"{network}/virtualNetworks/spoke", "2024-05-01", "eastus", space),
        (f"{network}/privateDnsZones/{BLOB}", "2024-06-01", "global", {}),
        (address, "2024-11-01", "eastus", properties),
    ):
        azure.send("PUT", path, version, {"location": location, "properties": body})
        while azure.get(path, version)["properties"]["provisioningState"] != "Succeeded":
            time.sleep(0.05)
    azure.send("DELETE", address, "2024-11-01")


def register(azure: Azure, namespace: str, action: str) -> None:
    """Register or unregister a service."""
    path = f"/subscriptions/{SUBSCRIPTION_ID}/providers/{namespace}/{action}"
    azure.send("POST", path, "2021-04-01")
