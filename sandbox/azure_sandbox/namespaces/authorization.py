# SPDX-License-Identifier: Apache-2.0
"""Microsoft.Authorization: role assignments at any scope, and the built-in role definitions."""

import re
import uuid
from dataclasses import replace

from azure_sandbox.arm.call import Call
from azure_sandbox.arm.clock import Clock, timestamp
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.ids import parse
from azure_sandbox.arm.namespace import Namespace
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.resource_type import ResourceType, Scope
from azure_sandbox.arm.rules import member, one_of
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.locks import Locks
from azure_sandbox.namespaces.role_definitions import (
    BUILT_IN_ROLES,
    RoleDefinitions,
    definition_id,
)

PROPAGATION_SECONDS = 60.0
"""How long an assignment takes to be felt; Microsoft's samples wait a minute."""

_NAMESPACE = "Microsoft.Authorization"
_ASSIGNMENTS = f"{_NAMESPACE}/roleAssignments"
_PRINCIPAL_TYPES = ("User", "Group", "ServicePrincipal", "ForeignGroup", "Device")
_FIXED = ("principalId", "roleDefinitionId", "scope")


class RoleAssignments(ResourceType):
    """Role assignments: principal, role and scope never change."""

    namespace = _NAMESPACE
    path = "roleAssignments"
    api_versions = (
        "2022-04-01",
        "2021-04-01-preview",
        "2020-10-01-preview",
        "2020-08-01-preview",
        "2020-04-01-preview",
        "2020-03-01-preview",
        "2018-09-01-preview",
        "2015-07-01",
    )
    scope = Scope.ANY
    tracked = False
    shows_state = False
    shows_system_data = False
    methods = frozenset({"GET", "PUT", "DELETE"})

    def check_name(self, call: Call) -> None:
        """The name of an assignment is a GUID."""
        if _guid(call.target.name) is None:
            raise ArmError(
                400,
                "InvalidRoleAssignmentId",
                f"The role assignment ID '{call.target.name}' is not valid. The role assignment "
                "ID must be a GUID.",
            )

    def missing(self, call: Call) -> ArmError:
        """Assignments have an error of their own."""
        text = f"The role assignment '{call.target.name}' is not found."
        return ArmError(404, "RoleAssignmentNotFound", text)

    def listed(self, call: Call, parent_id: str) -> list[Resource]:
        """At, above and below the scope; ``$filter`` narrows."""
        narrowed = _filter(call.query.get("$filter", ""))
        return [row for row in call.tx.of_type(_ASSIGNMENTS) if narrowed.matches(row, parent_id)]

    def desired(self, call: Call, existing: Resource | None) -> JsonObject:
        """The assignment; refuses unknown roles and principals, and a second equal one."""
        sent = call.body.get("properties") or {}
        principal_id = _guid(str(sent.get("principalId", "")))
        if principal_id is None:
            text = "A valid principal ID must be provided for role assignment."
            raise ArmError(400, "InvalidPrincipalId", text)
        role_id = _role_id(str(sent.get("roleDefinitionId", "")))
        scope = call.target.scope or "/"
        properties: JsonObject = {
            "roleDefinitionId": definition_id(call.target.subscription, role_id),
            "principalId": principal_id,
            "principalType": _principal_type(call, principal_id),
            "scope": scope,
            "condition": sent.get("condition"),
            "conditionVersion": sent.get("conditionVersion"),
            "createdOn": timestamp(existing.created_at if existing else call.at),
            "updatedOn": timestamp(call.at),
            "createdBy": existing.properties["createdBy"] if existing else call.caller.object_id,
            "updatedBy": call.caller.object_id,
            "delegatedManagedIdentityResourceId": sent.get("delegatedManagedIdentityResourceId"),
            "description": sent.get("description"),
        }
        if existing and any(
            str(existing.properties[name]).lower() != str(properties[name]).lower()
            for name in _FIXED
        ):
            text = (
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated."
            )
            raise ArmError(400, "RoleAssignmentUpdateNotPermitted", text)
        _check_only(call, properties)
        return {"properties": properties}

    def written(self, call: Call, resource: Resource, existing: Resource | None) -> Resource:
        """An assignment is felt only after a while."""
        if existing:
            return resource
        effective_at = call.at + call.clock.real_seconds(PROPAGATION_SECONDS)
        return replace(resource, internal={"effectiveAt": effective_at})


def is_effective(
    tx: Transaction, principal_id: str, role_id: str, scope_id: str, at: float
) -> bool:
    """Whether a principal has a role on ``scope_id``, at ``at`` (epoch seconds).

    The assignment may be at the scope or above it, and must be older than the propagation time.
    """
    for assignment in tx.of_type(_ASSIGNMENTS):
        properties = assignment.properties
        if (
            properties["principalId"] == principal_id.lower()
            and properties["roleDefinitionId"].endswith(role_id.lower())
            and _covers(properties["scope"], scope_id)
            and assignment.internal["effectiveAt"] <= at
        ):
            return True
    return False


def assign(  # noqa: PLR0913, PLR0917  (who, what, where, when)
    tx: Transaction,
    clock: Clock,
    caller_id: str,
    principal_id: str,
    role_id: str,
    scope_id: str,
    at: float,
) -> Resource:
    """Assigns a role on behalf of a service, as Azure ML does for system-assigned identities."""
    target = parse(scope_id)
    subscription = target.subscription if target else ""
    name = str(uuid.uuid4())
    properties = {
        "roleDefinitionId": definition_id(subscription, role_id.lower()),
        "principalId": principal_id.lower(),
        "principalType": "ServicePrincipal",
        "scope": scope_id,
        "createdOn": timestamp(at),
        "updatedOn": timestamp(at),
        "createdBy": caller_id,
        "updatedBy": caller_id,
    }
    return tx.save(
        Resource(
            id=f"{scope_id}/providers/{_ASSIGNMENTS}/{name}",
            type=_ASSIGNMENTS,
            name=name,
            parent=scope_id,
            subscription=subscription,
            resource_group=target.resource_group if target else "",
            body={"properties": properties},
            internal={"effectiveAt": at + clock.real_seconds(PROPAGATION_SECONDS)},
            created_at=at,
            created_by=caller_id,
            modified_at=at,
            modified_by=caller_id,
        )
    )


class _Filter:
    """``$filter`` of a list of role assignments."""

    def __init__(self, *, at_scope: bool, principal_id: str) -> None:
        self.at_scope = at_scope
        self.principal_id = principal_id

    def matches(self, row: Resource, scope: str) -> bool:
        properties = row.properties
        if self.principal_id and properties["principalId"] != self.principal_id:
            return False
        above = _covers(properties["scope"], scope)
        below = not self.at_scope and _covers(scope, properties["scope"])
        return above or below


def _filter(expression: str) -> _Filter:
    pattern = r"(?:principalId\s+eq\s+|assignedTo\()\s*'?\{?([0-9a-fA-F-]{36})"
    principal = re.search(pattern, expression)
    known = "atScope()" in expression or principal or not expression.strip()
    if not known:
        raise ArmError(
            400,
            "InvalidFilter",
            f"The filter '{expression}' is not supported. Supported filters are 'atScope()', "
            "'principalId eq '{id}'' and 'assignedTo('{id}')'.",
        )
    return _Filter(
        at_scope="atScope()" in expression,
        principal_id=principal[1].lower() if principal else "",
    )


def _covers(scope: str, scope_id: str) -> bool:
    above = scope.rstrip("/").lower()
    return scope_id.lower() == above or scope_id.lower().startswith(f"{above}/")


def _principal_type(call: Call, principal_id: str) -> str:
    """Everything in this directory is a service principal."""
    given = one_of(call.body, "properties.principalType", _PRINCIPAL_TYPES)
    known = call.tx.principal_exists(principal_id)
    if known and given not in {None, "ServicePrincipal"}:
        raise ArmError(
            400,
            "UnmatchedPrincipalType",
            f"The PrincipalId '{principal_id}' has type 'ServicePrincipal' , which is different "
            f"from specified PrinciaplType '{given}'.",
        )
    if not known and given is None:
        tenant = call.caller.tenant_id.replace("-", "")
        raise ArmError(
            400,
            "PrincipalNotFound",
            f"Principal {principal_id.replace('-', '')} does not exist in the directory {tenant}. "
            "Check that you have the correct principal ID. If you are creating this principal "
            "and then immediately assigning a role, this error might be related to a replication "
            "delay. In this case, set the role assignment principalType property to a value, "
            "such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
        )
    return given or "ServicePrincipal"


def _check_only(call: Call, properties: JsonObject) -> None:
    """Refuses a second assignment of the same role to the same principal at the same scope."""
    for other in call.tx.children(call.target.scope, _ASSIGNMENTS):
        same = all(
            str(member(other.body, f"properties.{name}")).lower() == str(properties[name]).lower()
            for name in _FIXED
        )
        if same and other.key != call.target.path.lower():
            raise ArmError(
                409,
                "RoleAssignmentExists",
                "The role assignment already exists. The ID of the existing role assignment is "
                f"{other.name.replace('-', '')}.",
            )


def _role_id(role: str) -> str:
    role_id = role.rpartition("/")[2].lower()
    if role_id not in BUILT_IN_ROLES:
        raise ArmError(
            400,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{role_id}' does not exist.",
        )
    return role_id


def _guid(text: str) -> str | None:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return None


NAMESPACE = Namespace(_NAMESPACE, (RoleAssignments(), RoleDefinitions(), Locks()))
