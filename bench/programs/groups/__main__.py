# SPDX-License-Identifier: Apache-2.0
"""As many resource groups as BENCH_GROUPS says."""

import os

from pulumi_azure_native.resources import ResourceGroup

for number in range(int(os.environ.get("BENCH_GROUPS", "0"))):
    ResourceGroup(f"group-{number}", resource_group_name=f"engine-{number}", location="eastus")
