# SPDX-License-Identifier: Apache-2.0
"""Make a workspace, and try a change on a tenth of the traffic; with a provider of one's own."""

import pulumi
from pulumi_azure_native import Provider
from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import ModelEndpoint, ModelWorkspace

config = pulumi.Config()
region = config.require("region")
provider = Provider("azure", subscription_id=config.get("subscription_id"))
with_provider = pulumi.ResourceOptions(provider=provider)

group = ResourceGroup("chat", location=region, opts=with_provider)
workspace = ModelWorkspace(
    "chat",
    {"resource_group_name": group.name, "region": region, "public_network_access": True},
    with_provider,
)
endpoint = ModelEndpoint(
    "chat",
    {
        "resource_group_name": group.name,
        "workspace_name": workspace.workspace_name,
        "identity_id": workspace.identity_id,
        "region": region,
        "public_network_access": True,
        "model": "phi-2",
        "deployments": {"blue": {}, "green": {"workload": {"context_length": 1024}}},
        "traffic": {"blue": 90, "green": 10},
    },
    with_provider,
)
pulumi.export("openai_base_url", endpoint.openai_base_url)
pulumi.export("key", endpoint.primary_key())
