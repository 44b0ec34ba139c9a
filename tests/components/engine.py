# SPDX-License-Identifier: Apache-2.0
"""Pulumi's mocks with a memory: every registration as it went over the wire."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

SUBSCRIPTION = "00000000-0000-4000-8000-000000000001"
TENANT = "00000000-0000-4000-8000-00000000000a"
PRINCIPAL = "00000000-0000-4000-8000-0000000000b1"
SCORING_URI = "https://chat.eastus.inference.ml.azure.com/score"

# What Azure adds to the inputs of a resource, by the end of its type.
_ADDED: dict[str, dict[str, Any]] = {
    ":UserAssignedIdentity": {"principalId": PRINCIPAL, "clientId": "c1"},
    ":Key": {"keyUriWithVersion": f"https://kv.vault.azure.net/keys/workspace/{'0' * 32}"},
    ":Registry": {"loginServer": "crmodels.azurecr.io"},
    ":Secret": {"properties": {"secretUriWithVersion": "https://kv/secrets/t/1"}},
}
_NAMES = (
    "workspaceName",
    "resourceName",
    "vaultName",
    "endpointName",
    "virtualNetworkName",
    "privateEndpointName",
)


@dataclass(frozen=True, slots=True)
class Registered:
    """One resource as the program registered it."""

    type_: str
    name: str
    inputs: dict[str, Any]
    request: Any
    """The engine's protocol message, with parent, provider, hooks and the rest."""

    @property
    def parent(self) -> str:
        """Name of the parent; the stack's is that of the project and the stack."""
        return str(self.request.parent.rpartition("::")[2])

    @property
    def provider(self) -> str:
        """Name of the explicit provider; nothing for the default one."""
        return str(self.request.provider.rpartition("::")[0].rpartition("::")[2])

    @property
    def waits_for(self) -> set[str]:
        """Names of the resources that must be there before."""
        return {urn.rpartition("::")[2] for urn in self.request.dependencies}

    def is_secret(self, *way: str) -> bool:
        """Whether the input at a path is encrypted in the state."""
        value: Any = self.request.object
        for key in way:
            value = value[key]
            if rpc._special_sig_key in value:  # noqa: SLF001  (the wire's mark has no public name)
                return bool(value[rpc._special_sig_key] == rpc._special_secret_sig)  # noqa: SLF001
        return False


class Engine:
    """Runs programs and remembers what they registered and asked."""

    def __init__(self) -> None:
        self.resources: dict[str, Registered] = {}
        self.calls: list[MockCallArgs] = []
        self.answers: dict[str, dict[str, Any]] = {}
        """What Azure says when it is asked, by the token of the function."""

    def run(self, program: Callable[[], Any]) -> None:
        """Run a program, and wait for what it returns; raises what it raises."""
        azure = _Azure(self)
        monitor = _Monitor(azure, self)
        pulumi.runtime.set_mocks(azure, project="models", stack="dev", monitor=monitor)

        @pulumi.runtime.test  # type: ignore[untyped-decorator]
        def run() -> Any:
            result = program()
            return result if isinstance(result, pulumi.Output) else None

        run()

    def of_type(self, type_: str) -> list[Registered]:
        """Return the resources of a type, by its end."""
        return [found for found in self.resources.values() if found.type_.endswith(type_)]

    def children(self, parent: str) -> dict[str, str]:
        """Return name and type of every child of a resource."""
        return {
            found.name: found.type_ for found in self.resources.values() if found.parent == parent
        }


def _readable(value: Any) -> Any:
    """Return a value without the wire's marks of secrets."""
    value = rpc.unwrap_rpc_secret(value)
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    return [_readable(item) for item in value] if isinstance(value, list) else value


class _Monitor(MockMonitor):
    def __init__(self, mocks: Mocks, engine: Engine) -> None:
        super().__init__(mocks)
        self._engine = engine

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  (the engine's protocol)
        if request.type != "pulumi:pulumi:Stack":
            inputs = _readable(rpc.deserialize_properties(request.object))
            found = Registered(request.type, request.name, inputs, request)
            self._engine.resources[request.name] = found
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


class _Azure(Mocks):
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        state = deepcopy(args.inputs)
        for ending, added in _ADDED.items():
            if args.typ.endswith(ending):
                state |= added
        for key in _NAMES:
            if key in state:
                state["name"] = state[key]
        if args.typ.endswith(":OnlineEndpoint"):
            state["properties"]["scoringUri"] = SCORING_URI
            if state["identity"]["type"] == "SystemAssigned":
                state["identity"]["principalId"] = "own"
        if identities := (state.get("identity") or {}).get("userAssignedIdentities"):
            state["identity"]["userAssignedIdentities"] = {name: {} for name in identities}
        return f"/subscriptions/{SUBSCRIPTION}/{args.name}", state

    def call(self, args: MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
        self._engine.calls.append(args)
        match args.token:
            case "azure-native:authorization:getClientConfig":
                return {"subscriptionId": SUBSCRIPTION, "tenantId": TENANT}
            case "azure-native:machinelearningservices:listOnlineEndpointKeys":
                return {"primaryKey": "k3y"}
            case token if token in self._engine.answers:
                return self._engine.answers[token]
            case "azure-native:machinelearningservices:getWorkspace":
                return {"name": args.args["workspaceName"]}
            case token:
                raise AssertionError(f"the program asked for {token}")
