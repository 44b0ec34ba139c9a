# SPDX-License-Identifier: Apache-2.0
"""Creating, reading, updating and deleting one resource."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from azure_sandbox.provider.body import (
    lookup,
    maintained_paths,
    place,
    request_body,
    resource_path,
)
from azure_sandbox.provider.client import AcceptedThenFailedError, Address, ArmClient
from azure_sandbox.provider.deadline import Deadline
from azure_sandbox.provider.errors import (
    ArmError,
    CancelledError,
    InitFailedError,
    ProviderError,
    TimedOutError,
)
from azure_sandbox.provider.metadata import Resource, Table
from azure_sandbox.provider.outputs import outputs_of
from azure_sandbox.provider.refresh import imported_inputs, refreshed_inputs
from azure_sandbox.provider.values import Json
from azure_sandbox.provider.vaults import Vaults

Outputs = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Live:
    """A resource as it is: its id and outputs, and the inputs that would make it so."""

    id: str
    outputs: Outputs
    inputs: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What the provider does to resources; `warn` is told of failed reads after writes."""

    client: ArmClient
    vaults: Vaults
    table: Table
    subscription_id: str
    reads_after_write: bool
    warn: Callable[[str], None]

    def create(
        self, resource: Resource, inputs: Mapping[str, Json], deadline: Deadline
    ) -> tuple[str, Outputs]:
        """Makes a resource that must not exist yet; returns its id and outputs.

        Raises:
            InitFailedError: it was accepted, and failed later.
        """
        wanted_id = self._id(resource, inputs)
        body = request_body(resource, self.table.types, inputs, wanted_id).content
        self.client.check_absent(_address(resource, wanted_id), deadline)
        for path in maintained_paths(resource, self.table.types, sdk_names=False):
            if lookup(body, path) is None:
                place(body, path, [])
        written = self._created(resource, wanted_id, body, deadline)
        actual_id = written.get("id") or wanted_id
        return actual_id, self._outputs(resource, actual_id, written, deadline)

    def update(
        self,
        resource: Resource,
        old_inputs: Mapping[str, Json],
        new_inputs: Mapping[str, Json],
        old_outputs: Mapping[str, Json],
        deadline: Deadline,
    ) -> Outputs:
        """Writes the whole resource anew from its inputs; nothing is merged with what is live.

        Raises:
            InitFailedError: the update was accepted, and failed later.
        """
        reset = {
            name: value
            for name, value in resource.reset_to.items()
            if name not in new_inputs and name in old_outputs
        }
        inputs = {**new_inputs, **reset}
        resource_id = self._id(resource, inputs)
        shaped = request_body(resource, self.table.types, inputs, resource_id, old_inputs)
        body = shaped.content
        paths = maintained_paths(resource, self.table.types, sdk_names=False)
        unset = [path for path in paths if lookup(body, path) is None]
        if unset:
            live = self.client.get(_address(resource, resource_id), deadline)
            for path in unset:
                if (kept := lookup(live, path)) is not None:
                    place(body, path, kept)
        method = "PATCH" if shaped.removes_identities else "PUT"
        written = self._put(resource, resource_id, body, deadline, method)
        return self._outputs(resource, resource_id, written, deadline)

    def delete(self, resource: Resource, resource_id: str, deadline: Deadline) -> None:
        """Deletes a resource and waits until it is gone."""
        if resource.in_vault:
            self.vaults.delete(resource_id, deadline)
            return
        self.client.delete(
            _address(resource, resource_id),
            deadline,
            long_running="DELETE" in resource.long_running,
        )

    def read(
        self,
        resource: Resource,
        resource_id: str,
        old_inputs: Mapping[str, Json] | None,
        old_outputs: Mapping[str, Json],
        deadline: Deadline,
    ) -> Live | None:
        """Reads a resource, for a refresh when there are old inputs, else for an import.

        Returns None when it does not exist.
        """
        types = self.table.types
        try:
            response = self.client.get(_address(resource, resource_id), deadline)
        except ArmError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        outputs = outputs_of(resource.response, types, response)
        if old_inputs is None:
            inputs = imported_inputs(resource, types, resource_id, response)
        else:
            inputs = refreshed_inputs(resource, types, old_inputs, old_outputs, outputs)
        return Live(resource_id, _with_version(resource, outputs), inputs)

    def _id(self, resource: Resource, inputs: Mapping[str, Json]) -> str:
        return resource_path(resource.path, resource.parameters, inputs, self.subscription_id)

    def _created(
        self, resource: Resource, resource_id: str, body: Mapping[str, Any], deadline: Deadline
    ) -> dict[str, Any]:
        def put() -> dict[str, Any]:
            return self._put(resource, resource_id, body, deadline)

        if resource.in_vault:
            return self.vaults.create(resource_id, deadline, put)
        return put()

    def _put(
        self,
        resource: Resource,
        resource_id: str,
        body: Mapping[str, Any],
        deadline: Deadline,
        method: str = "PUT",
    ) -> dict[str, Any]:
        try:
            return self.client.put(
                _address(resource, resource_id),
                deadline,
                body,
                long_running="PUT" in resource.long_running,
                method=method,
            )
        except AcceptedThenFailedError as failure:
            try:
                deadline.check()
                live = self.client.get(_address(resource, resource_id), deadline)
            except (TimedOutError, CancelledError) as error:
                raise InitFailedError(str(error), resource_id, None) from failure
            except ProviderError as error:
                reason = f"resource created but read failed {error}: {failure}"
                raise InitFailedError(reason, resource_id, None) from failure
            outputs = outputs_of(resource.response, self.table.types, live)
            state = _with_version(resource, outputs)
            raise InitFailedError(str(failure), resource_id, state) from failure

    def _outputs(
        self, resource: Resource, resource_id: str, written: Mapping[str, Any], deadline: Deadline
    ) -> Outputs:
        response = written
        if self.reads_after_write:
            try:
                response = self.client.get(_address(resource, resource_id), deadline)
            except ProviderError as error:
                self.warn(f"Failed to read resource {resource_id} after writing it: {error}")
        return _with_version(resource, outputs_of(resource.response, self.table.types, response))


def _address(resource: Resource, resource_id: str) -> Address:
    return Address(resource_id, resource.api_version)


def _with_version(resource: Resource, outputs: Outputs) -> Outputs:
    return {**outputs, "azureApiVersion": resource.api_version}
