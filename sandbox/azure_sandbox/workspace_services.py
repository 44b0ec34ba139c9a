# SPDX-License-Identifier: Apache-2.0
"""The services of a workspace beside Resource Manager, as far as to tell whether a caller gets in.

Azure's are at `https://{guid}.workspace.{region}.api.azureml.ms/`, here they are at
`/workspaces/{guid}/`. All that is answered is what the workspace is.
"""

from azure_sandbox import identity
from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import NO_ANSWER, Answer, Exchange
from azure_sandbox.namespaces.network.link_targets import WORKSPACES, fqdns_of
from azure_sandbox.network_paths import Path, is_public, path_to


def answer(sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Answer `GET /workspaces/{guid}/…`."""
    guid = exchange.path.split("/")[2]
    with sandbox.store.read() as tx:
        workspace = _workspace(tx, guid)
        way = path_to(tx, exchange.place, fqdns_of(workspace)[0], workspace)
        if way is Path.NONE:
            return NO_ANSWER
        if way is Path.PUBLIC and not is_public(workspace):
            text = "Access to workspace was denied based on workspace private link configuration."
            raise ArmError(403, "UserError", text)
        audiences = identity.arm_audiences(sandbox.base_url)
        authorization = exchange.headers.get("authorization")
        identity.verify(tx, authorization, sandbox.clock.now(), audiences)
    return Answer(200, {"workspaceId": guid, "id": workspace.id})


def _workspace(tx: Transaction, guid: str) -> Resource:
    for workspace in tx.of_type(WORKSPACES):
        if workspace.properties.get("workspaceId") == guid.lower():
            return workspace
    raise ArmError(404, "NotFound", f"There is no workspace {guid}.")
