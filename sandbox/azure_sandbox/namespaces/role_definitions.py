# SPDX-License-Identifier: Apache-2.0
"""The built-in roles an Azure ML set-up meets (Azure docs, RBAC built-in roles)."""

import re

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType, Scope

_NAMESPACE = "Microsoft.Authorization"

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ML_DATA_SCIENTIST = "f6c7c914-8db3-469d-8ca1-694a8f32e121"

BUILT_IN_ROLES: dict[str, str] = {
    OWNER: "Owner",
    CONTRIBUTOR: "Contributor",
    "acdd72a7-3385-48ef-bd42-f606fba81ae7": "Reader",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "8311e382-0749-4cb8-b61a-304f252e45ec": "AcrPush",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "69566ab7-960f-475b-8e7c-b3118f30c6bd": "Storage File Data Privileged Contributor",
    "00482a5a-887f-4fb3-b363-3b7fe8e74483": "Key Vault Administrator",
    "14b46e9e-c2b7-41b4-b07b-48a6ebf60603": "Key Vault Crypto Officer",
    "e147488a-f6f5-4113-8e2d-b22465e65bf6": "Key Vault Crypto Service Encryption User",
    "12338af0-0e69-4776-bea7-57ae8d297424": "Key Vault Crypto User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "635dd51f-9968-44d3-b7fb-6d9a6bd613ae": "AzureML Metrics Writer (preview)",
    "ea01e6af-a1c1-4350-9563-ad00f8c72ec5": (
        "Azure Machine Learning Workspace Connection Secrets Reader"
    ),
    ML_DATA_SCIENTIST: "AzureML Data Scientist",
    "e503ece1-11d0-4e8e-8e2c-7a6c3bf38815": "AzureML Compute Operator",
    "1823dd4f-9b8c-4ab6-ab4e-7397a3684615": "AzureML Registry User",
    "64702f94-c441-49e6-a78b-ef80e0188fee": "Azure AI Developer",
    "b78c5d69-af96-48a3-bf8d-a8b4d589de94": "Azure AI Administrator",
    "3afb7f49-54cb-416e-8c09-6dc049efa503": "Azure AI Inference Deployment Operator",
    "b556d68e-0be0-4f35-a333-ad7ee1ce17ea": "Azure AI Enterprise Network Connection Approver",
    "f58310d9-a9f6-439a-9e8d-f62e7b41a168": "Role Based Access Control Administrator",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
}
"""Role name by the GUID of its definition."""


class RoleDefinitions(ResourceType):
    """The built-in role definitions, the same at every scope."""

    namespace = _NAMESPACE
    path = "roleDefinitions"
    api_versions = ("2022-05-01-preview", "2022-04-01", "2018-01-01-preview", "2015-07-01")
    scope = Scope.ANY
    tracked = False
    shows_state = False
    shows_system_data = False
    methods = frozenset({"GET"})

    def find(self, call: Call) -> Resource | None:
        """A built-in role, by its GUID."""
        role_id = call.target.name.lower()
        if role_id not in BUILT_IN_ROLES:
            return None
        return _definition(call.target.subscription, role_id)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """All built-in roles, or the one of ``$filter=roleName eq '…'``."""
        del parent_id
        found = re.fullmatch(r"\s*roleName\s+eq\s+'(.*)'\s*", call.query.get("$filter", ""))
        return [
            _definition(call.target.subscription, role_id)
            for role_id, name in BUILT_IN_ROLES.items()
            if found is None or found[1] == name
        ]


def _definition(subscription: str, role_id: str) -> Resource:
    scope = f"/subscriptions/{subscription}" if subscription else ""
    properties = {
        "roleName": BUILT_IN_ROLES[role_id],
        "type": "BuiltInRole",
        "description": "",
        "assignableScopes": ["/"],
        "permissions": [],
    }
    return Resource(
        id=definition_id(subscription, role_id),
        type=f"{_NAMESPACE}/roleDefinitions",
        name=role_id,
        parent=scope,
        body={"properties": properties},
    )


def definition_id(subscription: str, role_id: str) -> str:
    """The id by which a role is known in a subscription, or in the tenant when there is none."""
    scope = f"/subscriptions/{subscription}" if subscription else ""
    return f"{scope}/providers/{_NAMESPACE}/roleDefinitions/{role_id}"
