# SPDX-License-Identifier: Apache-2.0
"""As many endpoints as BENCH_ENDPOINTS says, in the workspaces of BENCH_REGIONS in turn."""

import os

from azure_model_endpoints import ModelEndpoint

regions = os.environ["BENCH_REGIONS"].split(",")
count = int(os.environ["BENCH_ENDPOINTS"])
for number in range(count):
    region = regions[number % len(regions)]
    ModelEndpoint(
        f"chat-{number}",
        {
            "model": "phi-2",
            "deployments": {"blue": {"sku": "Standard_NC4as_T4_v3"}},
            "endpoint_name": f"chat-{number}-of-{count}",
            "resource_group_name": f"rg-{region}",
            "workspace_name": "mlw-bench",
            "region": region,
            "public_network_access": True,
        },
    )
