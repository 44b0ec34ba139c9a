# SPDX-License-Identifier: Apache-2.0
"""What the provider is told by its configuration and by the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from azure_sandbox.provider.errors import ConfigurationError

_DEFAULT_SPEED = 600.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where the cloud is, and who asks. `speed` divides every wait of the real provider."""

    metadata_url: str
    subscription_id: str
    tenant_id: str
    client_id: str
    client_secret: str | None = field(repr=False)
    use_msi: bool
    location: str | None
    skips_read_after_write: bool
    user_agent: str
    speed: float


def read_configuration(config: Mapping[str, str], environment: Mapping[str, str]) -> Configuration:
    """Combines configuration keys (first) with ARM_* and AZURE_* variables.

    Raises:
        ConfigurationError: no sandbox, no subscription or no credential is given.
    """

    def setting(key: str, *variables: str) -> str:
        given = (config.get(key), *(environment.get(variable) for variable in variables))
        return next((value for value in given if value), "")

    host = setting("metadataHost", "ARM_METADATA_HOSTNAME")
    if not host:
        raise ConfigurationError(
            "This azure-native plugin is the sandbox's stand-in and never talks to Azure itself, "
            "but neither azure-native:metadataHost nor ARM_METADATA_HOSTNAME says where the "
            "sandbox is. Run the command with `ame sandbox exec -- …`, or remove the stand-in "
            "from PATH to use the real provider."
        )
    subscription = setting("subscriptionId", "ARM_SUBSCRIPTION_ID")
    if not subscription:
        raise ConfigurationError(
            "No Azure subscription is configured. Set azure-native:subscriptionId with "
            "`pulumi config set azure-native:subscriptionId <id>`, or ARM_SUBSCRIPTION_ID in the "
            "environment."
        )
    secret = setting("clientSecret", "ARM_CLIENT_SECRET")
    use_msi = setting("useMsi", "ARM_USE_MSI") == "true"
    client = setting("clientId", "ARM_CLIENT_ID")
    tenant = setting("tenantId", "ARM_TENANT_ID")
    if not use_msi:
        _require_client_secret(setting("useOidc", "ARM_USE_OIDC"), client, tenant, secret)
    return Configuration(
        metadata_url=_metadata_url(host),
        subscription_id=subscription,
        tenant_id=tenant,
        client_id=client,
        client_secret=secret or None,
        use_msi=use_msi,
        location=config.get("location"),
        skips_read_after_write=setting("skipReadOnUpdate", "ARM_SKIP_READ_ON_UPDATE") == "true",
        user_agent=_user_agent(setting("partnerId", "ARM_PARTNER_ID")),
        speed=float(environment.get("AZURE_SANDBOX_SPEED") or _DEFAULT_SPEED),
    )


def _require_client_secret(use_oidc: str, client: str, tenant: str, secret: str) -> None:
    if use_oidc == "true" and not secret:
        raise ConfigurationError(
            "azure-native:useOidc is set, but the provider takes OIDC tokens to the public login "
            "host whatever metadataHost says, so they cannot work in a sandbox. Set a client "
            "secret (ARM_CLIENT_SECRET) instead."
        )
    given = {
        "clientId (ARM_CLIENT_ID)": client,
        "tenantId (ARM_TENANT_ID)": tenant,
        "clientSecret (ARM_CLIENT_SECRET)": secret,
    }
    missing = [name for name, value in given.items() if not value]
    if missing:
        raise ConfigurationError(
            f"No Azure credential is configured: {' and '.join(missing)} is not set. Set "
            "azure-native:clientId, azure-native:tenantId and azure-native:clientSecret or the "
            "variables in parentheses, or azure-native:useMsi for a managed identity."
        )


def _metadata_url(host: str) -> str:
    base = host if "://" in host else f"https://{host}"
    return f"{base.rstrip('/')}/metadata/endpoints"


def _user_agent(partner_id: str) -> str:
    return f"pid-{partner_id}" if partner_id else ""
