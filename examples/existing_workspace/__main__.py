# SPDX-License-Identifier: Apache-2.0
"""Serve Phi-2 from a workspace that is already there, named in the stack's configuration."""

import pulumi

from azure_model_endpoints import ModelEndpoint

config = pulumi.Config()
endpoint = ModelEndpoint(
    "chat",
    {
        "resource_group_name": config.require("resource_group"),
        "workspace_name": config.require("workspace"),
        "region": config.require("region"),
        "model": "phi-2",
        "public_network_access": True,
    },
)
pulumi.export("openai_base_url", endpoint.openai_base_url)
