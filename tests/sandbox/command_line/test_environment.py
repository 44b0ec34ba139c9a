# SPDX-License-Identifier: Apache-2.0
"""The environment of a command in the sandbox."""

from pathlib import Path

import pytest

from azure_sandbox.environment import SelectedStack, environment
from azure_sandbox.home import Home

HOME = Home(Path("/project/.sandbox"))
URL = "https://localhost:8443"


@pytest.mark.parametrize(
    "name",
    [
        "ARM_CLIENT_CERTIFICATE_PATH",
        "ARM_ENVIRONMENT",
        "ARM_OIDC_TOKEN",
        "ARM_USE_MSI",
        "ARM_USE_OIDC",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "AZURE_AUTHORITY_HOST",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_STORAGE_KEY",
        "AZURE_TENANT_ID",
        "AZURE_TOKEN_CREDENTIALS",
        "AZUREML_CURRENT_CLOUD",
        "MSI_ENDPOINT",
        "MSI_SECRET",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        "PULUMI_IGNORE_AMBIENT_PLUGINS",
        "PULUMI_OPTION_CONFIG_FILE",
        "PULUMI_STACK",
    ],
)
def test_what_leads_to_azure_or_other_states_is_left_out(name: str) -> None:
    """No credential of the user and no other backend is within a command's reach."""
    inner = environment({name: "real"}, home=HOME, url=URL)

    assert name not in inner


@pytest.mark.parametrize(
    "name",
    [
        "ARM_CLIENT_SECRET",
        "ARM_SUBSCRIPTION_ID",
        "AZURE_CONFIG_DIR",
        "AZURE_RETAIL_PRICES_URL",
        "AZURE_SUBSCRIPTION_ID",
        "IDENTITY_ENDPOINT",
        "PULUMI_BACKEND_URL",
        "PULUMI_HOME",
        "REGISTRY_DISCOVERY_ENDPOINT_URL",
        "SSL_CERT_FILE",
    ],
)
def test_what_the_user_has_set_is_replaced(name: str) -> None:
    """The sandbox's own values win."""
    inner = environment({name: "real"}, home=HOME, url=URL)

    assert "real" != inner[name]


def test_the_rest_passes_through() -> None:
    """Everything that has nothing to do with Azure or Pulumi's state is the user's own."""
    outer = {"EDITOR": "vi", "AZURE_SANDBOX_SPEED": "60", "PULUMI_OPTION_PARALLEL": "4"}

    inner = environment(outer, home=HOME, url=URL)

    assert outer == {name: inner[name] for name in outer}


def test_addresses_name_the_server() -> None:
    """Each client finds the server through the variable it reads."""
    inner = environment({}, home=HOME, url=URL)

    assert "localhost:8443" == inner["ARM_METADATA_HOSTNAME"]
    assert f"{URL}/metadata/endpoints?api-version=2019-05-01" == inner["ARM_CLOUD_METADATA_URL"]
    assert f"{URL}/msi/token" == inner["IDENTITY_ENDPOINT"]
    assert f"{URL}/api/retail/prices" == inner["AZURE_RETAIL_PRICES_URL"]
    assert URL == inner["AZURE_SANDBOX_URL"]


def test_loopback_is_reached_without_a_proxy() -> None:
    """A company's proxy stays in use for everything else, in both spellings of the variable."""
    outer = {"NO_PROXY": "intra.example, localhost", "https_proxy": "http://proxy:3128"}

    inner = environment(outer, home=HOME, url=URL)

    assert "intra.example,localhost,127.0.0.1,::1" == inner["NO_PROXY"]
    assert "localhost,127.0.0.1,::1" == inner["no_proxy"]
    assert "http://proxy:3128" == inner["https_proxy"]


def test_path_begins_with_the_stand_ins() -> None:
    """The engine finds the stand-ins first."""
    inner = environment({"PATH": "/usr/bin:/bin"}, home=HOME, url=URL)

    assert f"{HOME.provider_scripts}:{HOME.scripts}:/usr/bin:/bin" == inner["PATH"]


def test_real_plugin_is_not_hidden() -> None:
    """With the real plugin wanted, its stand-in is not on PATH, even inside another `exec`."""
    outer = environment({"PATH": "/bin"}, home=HOME, url=URL)

    inner = environment(outer, home=HOME, url=URL, stand_in_provider=False)

    assert f"{HOME.scripts}:/bin" == inner["PATH"]


def test_being_inside_already_changes_nothing() -> None:
    """A nested `exec` makes the same environment again."""
    once = environment({"PATH": "/bin", "NO_PROXY": "x"}, home=HOME, url=URL)

    assert once == environment(once, home=HOME, url=URL)


def test_known_stack_is_selected() -> None:
    """The engine works on the stack, with the copy of its settings."""
    stack = SelectedStack("dev", Path("/project/.sandbox/stacks/shop/Pulumi.dev.yaml"))

    inner = environment({"PULUMI_STACK": "prod"}, home=HOME, url=URL, stack=stack)

    assert "dev" == inner["PULUMI_STACK"]
    assert str(stack.config_file) == inner["PULUMI_OPTION_CONFIG_FILE"]
