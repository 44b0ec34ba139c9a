# SPDX-License-Identifier: Apache-2.0
"""Who may call an endpoint with a token of Microsoft Entra.

Azure docs, concept-endpoints-online-auth: whoever has a role with the action
`Microsoft.MachineLearningServices/workspaces/onlineEndpoints/score/action`. Keys and tokens of
Azure Machine Learning need none.
"""

from azure_sandbox import identity
from azure_sandbox.arm.call import Caller
from azure_sandbox.arm.records import Resource
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.namespaces import authorization
from azure_sandbox.namespaces.role_definitions import CONTRIBUTOR, ML_DATA_SCIENTIST, OWNER

_AI_DEVELOPER = "64702f94-c441-49e6-a78b-ef80e0188fee"
_SCORING = (OWNER, CONTRIBUTOR, ML_DATA_SCIENTIST, _AI_DEVELOPER)


def may_score(tx: Transaction, caller: Caller, endpoint: Resource, at: float) -> bool:
    """Whether a caller may score at a moment; the sandbox's own principal may do everything."""
    return caller.object_id == identity.OBJECT_ID or any(
        authorization.is_effective(tx, caller.object_id, role, endpoint.id, at) for role in _SCORING
    )
