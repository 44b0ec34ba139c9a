# SPDX-License-Identifier: Apache-2.0
"""What the provider needs to be told."""

import pytest

from azure_sandbox.provider.configuration import read_configuration
from azure_sandbox.provider.errors import ConfigurationError

ENVIRONMENT = {
    "ARM_METADATA_HOSTNAME": "localhost:8443",
    "ARM_SUBSCRIPTION_ID": "sub",
    "ARM_TENANT_ID": "tenant",
    "ARM_CLIENT_ID": "client",
    "ARM_CLIENT_SECRET": "made-up",
}


def test_configuration_comes_before_the_environment() -> None:
    """An explicit provider is obeyed; the environment fills in the rest."""
    configuration = read_configuration(
        {"subscriptionId": "other", "location": "westeurope"}, ENVIRONMENT
    )

    assert configuration.subscription_id == "other"
    assert configuration.tenant_id == "tenant"
    assert configuration.location == "westeurope"
    assert configuration.metadata_url == "https://localhost:8443/metadata/endpoints"


def test_a_scheme_in_the_metadata_host_is_kept() -> None:
    """Only the metadata may be plain http, and then says so itself."""
    configuration = read_configuration({"metadataHost": "http://localhost:80"}, ENVIRONMENT)

    assert configuration.metadata_url == "http://localhost:80/metadata/endpoints"


def test_the_secret_is_not_shown() -> None:
    """A configuration in a log gives nothing away."""
    assert "made-up" not in repr(read_configuration({}, ENVIRONMENT))


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        ("ARM_METADATA_HOSTNAME", "ame sandbox exec"),
        ("ARM_SUBSCRIPTION_ID", "azure-native:subscriptionId"),
        ("ARM_TENANT_ID", r"tenantId \(ARM_TENANT_ID\) is not set"),
        ("ARM_CLIENT_ID", r"clientId \(ARM_CLIENT_ID\) is not set"),
        ("ARM_CLIENT_SECRET", r"clientSecret \(ARM_CLIENT_SECRET\) is not set"),
    ],
)
def test_what_is_missing_is_named_with_its_remedy(missing: str, remedy: str) -> None:
    """Without a cloud, a subscription or a credential there is nothing to work with."""
    environment = {name: value for name, value in ENVIRONMENT.items() if name != missing}

    with pytest.raises(ConfigurationError, match=remedy):
        read_configuration({}, environment)


def test_a_managed_identity_needs_no_secret() -> None:
    """The platform knows who it is."""
    environment = {**ENVIRONMENT, "ARM_CLIENT_SECRET": "", "ARM_USE_MSI": "true"}

    assert read_configuration({}, environment).use_msi


def test_oidc_is_refused_with_the_reason() -> None:
    """The real provider would ask the public login host, out of a sandbox's reach."""
    environment = {**ENVIRONMENT, "ARM_CLIENT_SECRET": "", "ARM_USE_OIDC": "true"}

    with pytest.raises(ConfigurationError, match="public login host"):
        read_configuration({}, environment)
