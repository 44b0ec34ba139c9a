# SPDX-License-Identifier: Apache-2.0
"""The engine's ResourceProvider service: protocol in, protocol out, decisions elsewhere."""
# ruff: noqa: ARG002 - the protocol gives every method a request and a context

import json
import threading
from typing import Any, NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from azure_sandbox.provider.autonaming import Mode, Proposal
from azure_sandbox.provider.check import Defaults, completed, failures
from azure_sandbox.provider.client import Address
from azure_sandbox.provider.deadline import Deadline
from azure_sandbox.provider.diff import difference
from azure_sandbox.provider.engine import Engine
from azure_sandbox.provider.errors import ConfigurationError, ProviderError
from azure_sandbox.provider.invokes import Invoker, client_config, client_token
from azure_sandbox.provider.lifecycle import Lifecycle
from azure_sandbox.provider.metadata import PACKAGE, VERSION, Table
from azure_sandbox.provider.outputs import preview_of
from azure_sandbox.provider.session import Session, open_session
from azure_sandbox.provider.status import told, unimplemented
from azure_sandbox.provider.values import from_struct, to_struct

_GROUPS_API_VERSION = "2020-10-01"
_STABLE_OUTPUTS = ("name", "location")


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine."""

    def __init__(self, table: Table, engine: Engine) -> None:
        self._table = table
        self._engine = engine
        self._cancelled = threading.Event()
        self._session: Session | None = None
        self._group_locations: dict[str, str] = {}

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Announces what the real plugin announces: neither secrets nor resources nor outputs."""
        return provider_pb2.ProviderHandshakeResponse(supports_autonaming_configuration=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tells the version that the stand-in imitates."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Gives a schema without types; programs use the SDK, which brings its own."""
        schema = json.dumps({"name": PACKAGE, "version": VERSION})
        return provider_pb2.GetSchemaResponse(schema=schema)

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Takes any configuration; Configure judges it."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Never replaces a provider."""
        return provider_pb2.DiffResponse()

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Finds the cloud and the credential."""
        with told(context):
            if not (request.sends_old_inputs and request.sends_old_inputs_to_delete):
                raise ConfigurationError(
                    "Azure Native provider requires Pulumi CLI v3.74.0 or later"
                )
            self._session = open_session(
                {
                    name.removeprefix(f"{PACKAGE}:config:"): value
                    for name, value in request.variables.items()
                }
            )
        return provider_pb2.ConfigureResponse(
            supportsPreview=True, supports_autonaming_configuration=True
        )

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Completes and validates inputs."""
        with told(context):
            resource = self._table.resource_of(request.urn)
            defaults = Defaults(
                logical_name=request.urn.split("::", 3)[-1],
                random_seed=request.randomSeed,
                proposal=_proposal(request),
                location=self._open.configuration.location,
                group_location=self._group_location,
            )
            old_inputs = from_struct(request.olds)
            inputs = completed(resource, old_inputs, from_struct(request.news), defaults)
            found = [
                provider_pb2.CheckFailure(reason=reason)
                for reason in failures(resource, self._table.types, inputs)
            ]
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=found)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Compares old inputs with new ones."""
        with told(context):
            resource = self._table.resource_of(request.urn)
            old_outputs = from_struct(request.olds)
            old_inputs = from_struct(request.old_inputs)
            if "azureApiVersion" in old_outputs:  # what was imported has it in its outputs only
                old_inputs.setdefault("azureApiVersion", old_outputs["azureApiVersion"])
            found = difference(resource, old_inputs, from_struct(request.news), old_outputs)
        changed = provider_pb2.DiffResponse.DIFF_SOME
        unchanged = provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=changed if found.changes else unchanged,
            replaces=found.replaces,
            deleteBeforeReplace=found.deletes_before_replace,
            diffs=found.changes,
            detailedDiff={
                path: provider_pb2.PropertyDiff(
                    kind=provider_pb2.PropertyDiff.Kind.Value(kind), inputDiff=True
                )
                for path, kind in found.kinds.items()
            },
            hasDetailedDiff=True,
        )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Creates a resource, or says what is known of it before."""
        with told(context, request.properties):
            resource = self._table.resource_of(request.urn)
            inputs = from_struct(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(
                    properties=to_struct(preview_of(resource.response, self._table.types, inputs))
                )
            created_id, outputs = self._lifecycle(request.urn).create(
                resource, inputs, self._deadline(request.timeout)
            )
        return provider_pb2.CreateResponse(id=created_id, properties=to_struct(outputs))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Reads a resource for a refresh or an import."""
        with told(context):
            live = self._lifecycle(request.urn).read(
                self._table.resource_of(request.urn),
                request.id,
                from_struct(request.inputs) if request.HasField("inputs") else None,
                from_struct(request.properties),
                self._deadline(0),
            )
        if live is None:
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(
            id=live.id, properties=to_struct(live.outputs), inputs=to_struct(live.inputs)
        )

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Updates a resource, or says what is known of it before."""
        with told(context, request.news):
            resource = self._table.resource_of(request.urn)
            inputs, old_outputs = from_struct(request.news), from_struct(request.olds)
            if request.preview:
                outputs = preview_of(resource.response, self._table.types, inputs)
                stable = {
                    name: old_outputs[name] for name in _STABLE_OUTPUTS if name in old_outputs
                }
                return provider_pb2.UpdateResponse(properties=to_struct({**outputs, **stable}))
            outputs = self._lifecycle(request.urn).update(
                resource,
                from_struct(request.old_inputs),
                inputs,
                old_outputs,
                self._deadline(request.timeout),
            )
        return provider_pb2.UpdateResponse(properties=to_struct(outputs))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Deletes a resource."""
        with told(context):
            resource = self._table.resource_of(request.urn)
            self._lifecycle(request.urn).delete(
                resource, request.id, self._deadline(request.timeout)
            )
        return Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Runs a function."""
        with told(context):
            session, args = self._open, from_struct(request.args)
            match request.tok.removeprefix(f"{PACKAGE}:"):
                case "authorization:getClientConfig":
                    result = client_config(session.credential, session.cloud, session.configuration)
                case "authorization:getClientToken":
                    result = client_token(session.credential, session.cloud, args.get("endpoint"))
                case _:
                    function = self._table.invoke_of(request.tok)
                    invoker = Invoker(
                        session.client, self._table, session.configuration.subscription_id
                    )
                    result = invoker.invoke(function, args, self._deadline(0))
        return provider_pb2.InvokeResponse(**{"return": to_struct(result)})

    def Construct(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        """The provider has no components."""
        unimplemented(context, "Construct is not yet implemented")

    def Call(self, request: Any, context: grpc.ServicerContext) -> NoReturn:
        """The provider has no methods."""
        unimplemented(context, "Call is not yet implemented")

    def GetMapping(self, request: Any, context: grpc.ServicerContext) -> Any:
        """The provider maps nothing from other ecosystems."""
        return provider_pb2.GetMappingResponse()

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Ends every operation that is under way, with an error."""
        self._cancelled.set()
        return Empty()

    @property
    def _open(self) -> Session:
        if self._session is None:
            raise ConfigurationError("The provider was used before it was configured.")
        return self._session

    def _deadline(self, timeout_seconds: float) -> Deadline:
        return Deadline.after(timeout_seconds, self._cancelled)

    def _lifecycle(self, urn: str) -> Lifecycle:
        session = self._open
        return Lifecycle(
            client=session.client,
            vaults=session.vaults,
            table=self._table,
            subscription_id=session.configuration.subscription_id,
            reads_after_write=not session.configuration.skips_read_after_write,
            warn=lambda message: self._engine.warn(urn, message),
        )

    def _group_location(self, group: str) -> str | None:
        if group not in self._group_locations:
            session = self._open
            group_id = (
                f"/subscriptions/{session.configuration.subscription_id}/resourceGroups/{group}"
            )
            try:
                address = Address(group_id, _GROUPS_API_VERSION)
                found = session.client.get(address, self._deadline(0))
            except ProviderError:
                return None
            if "location" in found:
                self._group_locations[group] = found["location"]
        return self._group_locations.get(group)


def _proposal(request: Any) -> Proposal | None:
    if not request.HasField("autonaming"):
        return None
    return Proposal(request.autonaming.proposed_name, Mode(request.autonaming.mode))
