# SPDX-License-Identifier: Apache-2.0
"""The refusals of Azure Resource Manager itself, before any resource provider is asked."""

from collections.abc import Iterable

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.ids import Target

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}


def missing_api_version() -> ArmError:
    """No ``api-version`` in the query."""
    return ArmError(
        400,
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.",
    )


def unsupported_api_version(
    version: str, type_path: str, supported: Iterable[str], locations: Iterable[str], location: str
) -> ArmError:
    """A version the resource type does not have."""
    return ArmError(
        400,
        "NoRegisteredProviderFound",
        f"No registered resource provider found for location '{location}' and API version "
        f"'{version}' for type '{type_path}'. The supported api-versions are "
        f"'{', '.join(supported)}'. The supported locations are '{', '.join(locations)}'.",
    )


def invalid_api_version(version: str, supported: Iterable[str]) -> ArmError:
    """A version Azure Resource Manager's own operations do not have."""
    return ArmError(
        400,
        "InvalidApiVersionParameter",
        f"The api-version '{version}' is invalid. The supported versions are "
        f"'{','.join(supported)}'.",
    )


def unknown_namespace(namespace: str) -> ArmError:
    """A resource provider Azure (or the sandbox) does not have."""
    return ArmError(
        404,
        "InvalidResourceNamespace",
        f"The resource namespace '{namespace}' is invalid.",
    )


def unknown_type(target: Target, version: str) -> ArmError:
    """A resource type its provider does not have."""
    return ArmError(
        404,
        "InvalidResourceType",
        f"The resource type '{target.type_path}' could not be found in the namespace "
        f"'{target.namespace}' for api version '{version}'. The supported api-versions are ''.",
    )


def method_not_supported(method: str, target: Target) -> ArmError:
    """A verb the resource type does not have."""
    return ArmError(
        405,
        "HttpMethodNotSupported",
        f"The HTTP method '{method}' is not supported at scope '{target.path}'.",
    )


def subscription_not_found(subscription: str) -> ArmError:
    """No such subscription, or none the caller may see."""
    return ArmError(
        404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found."
    )


def not_registered(namespace: str) -> ArmError:
    """The resource provider is not registered in the subscription."""
    return ArmError(
        409,
        "MissingSubscriptionRegistration",
        f"The subscription is not registered to use namespace '{namespace}'. See "
        "https://aka.ms/rps-not-found for how to register subscriptions.",
    )


def resource_group_not_found(name: str) -> ArmError:
    """No such resource group."""
    return ArmError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")


def resource_group_being_deleted(name: str) -> ArmError:
    """The resource group is on its way out."""
    return ArmError(
        409,
        "ResourceGroupBeingDeleted",
        f"The resource group '{name}' is in deprovisioning state and cannot perform this "
        "operation.",
    )


def resource_not_found(target: Target) -> ArmError:
    """No such resource."""
    names = "/".join(target.names)
    return ArmError(
        404,
        "ResourceNotFound",
        f"The Resource '{target.namespace}/{target.type_path}/{names}' under resource group "
        f"'{target.resource_group}' was not found. For more details please go to "
        "https://aka.ms/ARMResourceNotFoundFix",
    )


def parent_not_found(method: str, type_name: str, parent_id: str) -> ArmError:
    """The resource this one would be a child of does not exist."""
    return ArmError(
        404,
        "ParentResourceNotFound",
        f"Failed to perform '{_VERBS.get(method, 'action')}' on resource(s) of type "
        f"'{type_name}', because the parent resource '{parent_id}' could not be found.",
    )


def parent_being_deleted(parent_id: str) -> ArmError:
    """The parent is on its way out."""
    return ArmError(
        409,
        "Conflict",
        f"The parent resource '{parent_id}' is being deleted and cannot perform this operation.",
    )


def invalid_location(name: str, resource_group: str, location: str, wanted: str) -> ArmError:
    """The location of a resource can never change."""
    return ArmError(
        409,
        "InvalidResourceLocation",
        f"The resource '{name}' already exists in location '{location}' in resource group "
        f"'{resource_group}'. A resource with the same name cannot be created in location "
        f"'{wanted}'. Please select a new resource name.",
    )


def precondition_failed(etag: str) -> ArmError:
    """If-Match or If-None-Match does not hold."""
    return ArmError(
        412,
        "PreconditionFailed",
        f"The condition '{etag}' specified by the HTTP conditional header(s) is not met.",
    )


def invalid_content(reason: str) -> ArmError:
    """The body is not the JSON object it has to be."""
    return ArmError(
        400,
        "InvalidRequestContent",
        f"The request content was invalid and could not be deserialized: '{reason}'.",
    )
