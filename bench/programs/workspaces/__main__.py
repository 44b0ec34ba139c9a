# SPDX-License-Identifier: Apache-2.0
"""A workspace in a resource group of its own in each of BENCH_REGIONS."""

import os

from pulumi_azure_native.resources import ResourceGroup

from azure_model_endpoints import ModelWorkspace

for region in os.environ["BENCH_REGIONS"].split(","):
    group = ResourceGroup(region, resource_group_name=f"rg-{region}", location=region)
    ModelWorkspace(
        f"workspace-{region}",
        {
            "workload": "bench",
            "resource_group_name": group.name,
            "region": region,
            "public_network_access": True,
        },
    )
