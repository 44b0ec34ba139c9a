# SPDX-License-Identifier: Apache-2.0
"""How far a deployment can be scaled."""

from azure_sandbox.arm import refusals
from azure_sandbox.arm.call import Call
from azure_sandbox.arm.wire import Answer
from azure_sandbox.namespaces.machine_learning.routing import DEPLOYMENT_TYPE


def skus(call: Call) -> Answer:
    """`GET …/deployments/{d}/skus`."""
    if call.tx.get(call.target.parent) is None:
        raise refusals.resource_not_found(call.target)
    sku = {
        "resourceType": DEPLOYMENT_TYPE,
        "sku": {"name": "Default", "tier": "Standard"},
        "capacity": {"minimum": 1, "maximum": 50, "default": 1, "scaleType": "Automatic"},
    }
    return Answer(200, {"value": [sku]})
