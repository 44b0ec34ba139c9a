# SPDX-License-Identifier: Apache-2.0
"""Every decision, as pure functions from frozen values to frozen values: no I/O, no Pulumi."""

from azure_model_endpoints.planning.deployment import DeploymentPlan, Surroundings
from azure_model_endpoints.planning.endpoint import EndpointPlan, plan_endpoint

__all__ = [
    "DeploymentPlan",
    "EndpointPlan",
    "Surroundings",
    "plan_endpoint",
]
