# SPDX-License-Identifier: Apache-2.0
"""Managed identities of resources: the ``identity`` member of a body."""

import uuid
from dataclasses import replace

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.wire import JsonObject

_TYPES = ("None", "SystemAssigned", "SystemAssigned,UserAssigned", "UserAssigned")


def with_identity(call: Call, resource: Resource, existing: Resource | None) -> Resource:
    """``resource`` with its identity resolved.

    A system-assigned principal is made on first use and kept as long as it is asked for; each
    user-assigned identity must exist and is shown with its ids. A PUT or PATCH without
    ``identity`` leaves the identity as it is.
    """
    if "identity" not in call.body:
        kept = (existing.body if existing else {}).get("identity")
        return replace(resource, body=_with(resource.body, kept))
    wanted: JsonObject = call.body.get("identity") or {"type": "None"}
    kind = ",".join(part.strip() for part in str(wanted.get("type", "None")).split(","))
    if kind not in _TYPES:
        raise ArmError(
            400,
            "InvalidIdentityType",
            f"The identity type '{wanted.get('type')}' is invalid. Allowed: {', '.join(_TYPES)}.",
        )
    identity: JsonObject = {"type": kind}
    if "SystemAssigned" in kind:
        identity |= _system_assigned(call, resource, existing)
    else:
        call.tx.drop_principals(resource.id)
    if "UserAssigned" in kind.split(","):
        identity["userAssignedIdentities"] = _user_assigned(call, resource, wanted)
    return replace(resource, body=_with(resource.body, None if kind == "None" else identity))


def _with(body: JsonObject, identity: JsonObject | None) -> JsonObject:
    rest = {key: value for key, value in body.items() if key != "identity"}
    return {**rest, "identity": identity} if identity else rest


def _system_assigned(call: Call, resource: Resource, existing: Resource | None) -> JsonObject:
    before: JsonObject = (existing.body.get("identity") or {}) if existing else {}
    principal_id = before.get("principalId") or str(uuid.uuid4())
    call.tx.add_principal(principal_id, str(uuid.uuid4()), resource.name, resource.id)
    return {"principalId": principal_id, "tenantId": call.caller.tenant_id}


def _user_assigned(call: Call, resource: Resource, wanted: JsonObject) -> JsonObject:
    shown: JsonObject = {}
    for identity_id, value in (wanted.get("userAssignedIdentities") or {}).items():
        if value is None:
            continue
        found = call.tx.get(identity_id)
        if found is None:
            raise ArmError(
                400,
                "FailedIdentityOperation",
                f"Identity operation for resource '{resource.id}' failed with error 'Failed to "
                "perform resource identity operation. Status: 'BadRequest'. Response: "
                '\'{"error":{"code":"BadRequest","message":"Resource '
                f"'{identity_id}' was not found.\"}}}}''.",
            )
        shown[identity_id] = {
            "principalId": found.properties["principalId"],
            "clientId": found.properties["clientId"],
        }
    if not shown:
        raise ArmError(
            400,
            "InvalidIdentityValues",
            "The identity type includes 'UserAssigned', but 'userAssignedIdentities' names none.",
        )
    return shown
