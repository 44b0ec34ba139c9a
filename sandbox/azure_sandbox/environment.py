# SPDX-License-Identifier: Apache-2.0
"""The environment of a command in the sandbox: nothing in it leads to the real Azure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from azure_sandbox.certificates import Certificates
from azure_sandbox.home import HOME_VARIABLE, Home
from azure_sandbox.identity import (
    CLIENT_ID,
    CLIENT_SECRET,
    IDENTITY_HEADER,
    SUBSCRIPTION_ID,
    TENANT_ID,
)
from azure_sandbox.prices import api as prices

LEADING_TO_AZURE = (
    "ARM_*",  # the azure-native provider's own settings
    "AZURE_ADDITIONALLY_ALLOWED_TENANTS",
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_*",
    "AZURE_CLOUD",
    "AZURE_CONFIG_DIR",
    "AZURE_ENVIRONMENT",
    "AZURE_FEDERATED_TOKEN*",
    "AZURE_IDENTITY_*",
    "AZURE_KEYVAULT_*",
    "AZURE_PASSWORD",
    "AZURE_POD_IDENTITY_*",
    "AZURE_REGIONAL_AUTHORITY_NAME",
    "AZURE_RETAIL_PRICES_URL",
    "AZURE_STORAGE_*",
    "AZURE_SUBSCRIPTION_ID",
    "AZURE_TENANT_ID",
    "AZURE_TOKEN_CREDENTIALS",
    "AZURE_USERNAME",
    "AZUREML_CURRENT_CLOUD",  # azure-ai-ml asks it before the metadata
    "REGISTRY_DISCOVERY_ENDPOINT_*",
    "ACTIONS_ID_TOKEN_REQUEST_*",  # federated credentials of GitHub and Azure Pipelines
    "AZURESUBSCRIPTION_*",
    "SYSTEM_ACCESSTOKEN",
    "SYSTEM_OIDCREQUESTURI",
    "IDENTITY_*",  # managed identities
    "IMDS_ENDPOINT",
    "MSI_*",
)
LEADING_TO_OTHER_STATES = (
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE*",
    "PULUMI_IGNORE_AMBIENT_PLUGINS",  # the stand-ins are ambient plugins
    "PULUMI_OPTION_CONFIG_FILE",
    "PULUMI_STACK",
)
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "::1")
HUB_TOKEN = "sandbox-secret"  # noqa: S105  (nothing checks it)
"""What stands for a token of the Hugging Face Hub; that of the sandbox takes any."""
CLOUD_LIST_API_VERSION = "2019-05-01"


@dataclass(frozen=True, slots=True)
class SelectedStack:
    """A stack that a command works on, and the copy of its settings."""

    name: str
    config_file: Path


def environment(
    outer: Mapping[str, str],
    *,
    home: Home,
    url: str,
    stand_in_provider: bool = True,
    stack: SelectedStack | None = None,
) -> dict[str, str]:
    """Return what a command's environment has to be for it to meet the sandbox instead of Azure.

    Args:
        outer: the environment of the caller; what would lead to Azure is left out.
        home: where the sandbox keeps its files.
        url: the base address of the running server.
        stand_in_provider: whether azure-native is the sandbox's stand-in or the real plugin.
        stack: the stack the command works on, where that is known.
    """
    certificates = Certificates(home.certificates)
    unwanted = LEADING_TO_AZURE + LEADING_TO_OTHER_STATES
    inner = {
        name: value
        for name, value in outer.items()
        if not any(fnmatchcase(name, pattern) for pattern in unwanted)
    }
    inner |= {
        "ARM_METADATA_HOSTNAME": urlsplit(url).netloc,
        "ARM_DISABLE_INSTANCE_DISCOVERY": "true",
        "ARM_CLOUD_METADATA_URL": f"{url}/metadata/endpoints?api-version={CLOUD_LIST_API_VERSION}",
        "ARM_SUBSCRIPTION_ID": SUBSCRIPTION_ID,
        "ARM_TENANT_ID": TENANT_ID,
        "ARM_CLIENT_ID": CLIENT_ID,
        "ARM_CLIENT_SECRET": CLIENT_SECRET,
        "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION_ID,
        "REGISTRY_DISCOVERY_ENDPOINT_URL": f"{url}/",
        "AZURE_CONFIG_DIR": str(home.azure_config),
        "IDENTITY_ENDPOINT": f"{url}/msi/token",
        "IDENTITY_HEADER": IDENTITY_HEADER,
        "SSL_CERT_FILE": str(certificates.bundle),
        "REQUESTS_CA_BUNDLE": str(certificates.bundle),
        "CURL_CA_BUNDLE": str(certificates.bundle),
        "NODE_EXTRA_CA_CERTS": str(certificates.bundle),
        "HF_ENDPOINT": url,
        "HF_TOKEN": HUB_TOKEN,
        "AZURE_RETAIL_PRICES_URL": f"{url}{prices.PATH}",
        "AZURE_SANDBOX_URL": url,
        HOME_VARIABLE: str(home.root),
        "PULUMI_HOME": str(home.pulumi),
        "PULUMI_BACKEND_URL": f"file://{home.backend}",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": _path(outer, home, stand_in_provider=stand_in_provider),
    }
    for name in ("NO_PROXY", "no_proxy"):
        inner[name] = _without_proxy(outer.get(name, ""))
    if stack is not None:
        inner["PULUMI_STACK"] = stack.name
        inner["PULUMI_OPTION_CONFIG_FILE"] = str(stack.config_file)
    return inner


def _path(outer: Mapping[str, str], home: Home, *, stand_in_provider: bool) -> str:
    ours = [str(home.provider_scripts), str(home.scripts)]
    theirs = [entry for entry in outer.get("PATH", "").split(":") if entry and entry not in ours]
    return ":".join([*(ours if stand_in_provider else ours[1:]), *theirs])


def _without_proxy(given: str) -> str:
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    return ",".join(hosts + [host for host in LOOPBACK_HOSTS if host not in hosts])
