# SPDX-License-Identifier: Apache-2.0
"""What a region or a registry does not have, as it is met at preview."""

import pytest

from tests.engine.project import AME, Azure, Project

T4 = "Standard_NC4as_T4_v3"
STACK = """
config:
  azure-model-endpoints:region: eastus
  azure-model-endpoints:public_network_access: true
  azure-model-endpoints:endpoints:
    chat:
      model: phi-2
      deployments: {deployments}
      traffic: {{blue: 100}}
"""
UNOFFERED = (
    f"endpoints.chat.deployments.blue.sku: given {T4}, which is not offered in eastus; allowed: "
    "Standard_NC8as_T4_v3 (16 cores), where there is quota."
)
UNKNOWN = (
    "endpoints.chat.deployments.blue.version: given version '999', which registry azureml does not "
    "have of microsoft-phi-2; allowed: 22, 21, 20, 19, 18 and older ones. Name one of them, or "
    "leave `version` out for 22, which this package knows;"
)
VERSIONS = "/microsoft-phi-2/versions/"


def declare(project: Project, blue: str = "", more: str = "") -> None:
    """Write the stack's settings."""
    deployments = f"{{blue: {{{blue}}}{more}}}"
    (project.directory / "stacks" / "Pulumi.dev.yaml").write_text(
        STACK.format(deployments=deployments)
    )


def withdraw(azure: Azure) -> None:
    """Let the region lack the size that the planner would choose."""
    offer = {"location": "eastus", "size": T4, "offered": False}
    azure.admin.send("PUT", "quota/offer", offer)


def requests(azure: Azure, since: int = 0) -> list[str]:
    """Return what registries were asked, in order."""
    paths = [entry["path"] for entry in azure.log(since)]
    return [path.rpartition("registries/")[2] for path in paths if "registries/azureml" in path]


def test_size_that_the_region_lacks_is_known_at_preview(azure: Azure, project: Project) -> None:
    """What Azure would refuse; a choice that is written down is another one."""
    withdraw(azure)
    declare(project, f"sku: {T4}")
    named = project.pulumi("preview")
    declare(project)

    chosen = project.ame("sandbox", "exec", "--", *AME, "plan", "--stack", "dev", "--write")
    project.done("preview")

    assert 255 == named.returncode
    assert UNOFFERED in named.stdout
    assert f"not {T4}: it is not offered in eastus" in chosen.stdout, chosen.stderr
    assert [] == azure.writes()


def test_version_that_does_not_exist_is_known_at_preview(azure: Azure, project: Project) -> None:
    """With those that do."""
    declare(project, "version: '999'")

    preview = project.pulumi("preview")

    assert 255 == preview.returncode
    assert UNKNOWN in preview.stdout
    assert "Traceback" not in preview.stdout
    assert [] == azure.writes()


def test_what_serves_is_not_looked_up_again(azure: Azure, project: Project) -> None:
    """A registry that is slow holds up what is new, and what names a version of its own."""
    declare(project)
    project.done("up", "--yes", "--skip-preview")
    azure.admin.send("POST", "faults", {"status": 403, "path": VERSIONS})

    serving = project.done("preview")
    declare(project, "version: '21'")
    moved = project.done("preview")

    told = "whether microsoft-phi-2 21 exists in Azure's catalogue is not known: "
    assert ("is not known" in serving, told in moved) == (False, True)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("vmSizes", "which VM sizes are offered in eastus is not known: "),
        ("/discovery", "whether microsoft-phi-2 22 exists in Azure's catalogue is not known: "),
    ],
)
def test_silence_about_it_stops_nobody(
    azure: Azure, project: Project, path: str, told: str
) -> None:
    """It is a warning, where everything else is known and fine."""
    declare(project)
    azure.admin.send("POST", "faults", {"status": 403, "code": "Forbidden", "path": path})

    preview = project.done("preview")

    assert told in preview
    assert "(403 Forbidden)" in preview


def test_everything_is_asked_once(azure: Azure, project: Project) -> None:
    """Three deployments of one model: sizes once for the region, and its version once."""
    declare(project, more=", green: {}, red: {version: '21'}")
    before = max((entry["seq"] for entry in azure.log()), default=0)

    project.pulumi("preview")

    log = [entry["path"] for entry in azure.log(before)]
    assert 1 == sum(path.endswith("/vmSizes") for path in log)
    assert [
        "azureml/discovery",
        "azureml/models/microsoft-phi-2/versions/21",
        "azureml/models/microsoft-phi-2/versions/22",
    ] == sorted(requests(azure, before))
