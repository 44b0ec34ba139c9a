# SPDX-License-Identifier: Apache-2.0
"""How many cores of quota a deployment takes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.catalog import load_catalog
from azure_model_endpoints.planning.quota import quota_cores

SKUS = load_catalog().gpu_skus


@pytest.mark.parametrize(
    ("name", "instances", "cores"),
    [
        ("Standard_NC4as_T4_v3", 1, 8),
        ("Standard_NC4as_T4_v3", 5, 24),
        ("Standard_NC24ads_A100_v4", 1, 24),
        ("Standard_NC24ads_A100_v4", 3, 72),
        ("Standard_NV36ads_A10_v5", 1, 72),
        ("Standard_ND40rs_v2", 2, 80),
    ],
)
def test_reserve_is_a_fifth_of_the_instances_rounded_up(
    name: str, instances: int, cores: int
) -> None:
    """Except for the families that are exempt."""
    assert cores == quota_cores(SKUS[name], instances)


@given(st.integers(1, 500))
def test_rounding_is_exact(instances: int) -> None:
    """Without the error of floating point."""
    exact = -(-instances * 12 // 10)

    assert exact * 4 == quota_cores(SKUS["Standard_NC4as_T4_v3"], instances)
    assert exact >= math.floor(1.2 * instances)
