# SPDX-License-Identifier: Apache-2.0
"""References to secrets in environment variables, which Azure resolves when a deployment starts.

Azure docs, concept-secret-injection and how-to-deploy-online-endpoint-with-secret-injection.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from azure_sandbox.arm.errors import OperationFailedError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces.key_vault import soft_deletion, vault_secrets
from azure_sandbox.namespaces.key_vault.access import Access, SecretRight
from azure_sandbox.namespaces.key_vault.addresses import SecretAddress, parse_secret_uri
from azure_sandbox.namespaces.machine_learning.egress import Egress
from azure_sandbox.namespaces.machine_learning.endpoint_roles import principals_of

_KEY_VAULT = re.compile(r"\$\{\{keyvault:(?P<uri>[^}]+)\}\}")
_FORM = "${{keyvault:https://<vault>.vault.azure.net/secrets/<name>/<version>}}"


@dataclass(frozen=True, slots=True)
class Injection:
    """The secrets of one start of a deployment, at one moment (epoch seconds)."""

    tx: Transaction
    endpoint: Resource
    egress: Egress
    at: float

    def check(self, variables: Mapping[str, str]) -> None:
        """Raise OperationFailedError for the first reference that cannot be resolved."""
        for name, value in variables.items():
            if "${{" in value:
                self._check(name, value)

    def _check(self, name: str, value: str) -> None:
        match = _KEY_VAULT.fullmatch(value.strip())
        address = parse_secret_uri(match["uri"].strip()) if match else None
        if address is None:
            raise _failed(
                f"The environment variable {name} has an invalid secret reference: {value}. The "
                f"form is {_FORM}."
            )
        what = f"version {address.version} of secret {address.secret} in key vault {address.vault}"
        vault = self._vault(address)
        secret = self.tx.get(f"{vault.id}/secrets/{address.secret}") if vault else None
        version = vault_secrets.version_of(secret, address.version) if secret else None
        if not vault or not secret or not version or soft_deletion.is_deleted(secret):
            raise _failed(
                f"The environment variable {name} refers to {what}, which does not exist."
            )
        if not self.egress.reaches(vault, "vault", f"{vault.name.lower()}.vault.azure.net"):
            raise _failed(
                f"The environment variable {name} refers to {what}, and the vault cannot be "
                "reached from the workspace's network. Add an outbound rule of type "
                "PrivateEndpoint for it."
            )
        if not self._may_read(vault, secret):
            raise _failed(
                f"The identity of endpoint {self.endpoint.name} is not authorized to read {what}, "
                f"to which the environment variable {name} refers: it does not have the role Key "
                f"Vault Secrets User on {secret.id}. Assign the role, wait until it has "
                "propagated, delete the failed deployment and create it again."
            )
        if not version.attributes["enabled"]:
            raise _failed(f"The environment variable {name} refers to {what}, which is disabled.")

    def _vault(self, address: SecretAddress) -> Resource | None:
        found = self.tx.named("Microsoft.KeyVault/vaults", address.vault)
        return found[0] if found else None

    def _may_read(self, vault: Resource, secret: Resource) -> bool:
        access = Access(self.tx, vault, secret.id, self.at)
        return any(
            access.has(principal, SecretRight.GET) for principal in principals_of(self.endpoint)
        )


def _failed(message: str) -> OperationFailedError:
    return OperationFailedError("SecretsInjectionError", message)
