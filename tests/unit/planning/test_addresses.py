# SPDX-License-Identifier: Apache-2.0
"""Where an endpoint is asked, whatever its scoring URI ends in."""

import pytest

from azure_model_endpoints.planning.addresses import openai_base_url, score_address

ROOT = "https://chat.eastus.inference.ml.azure.com"


@pytest.mark.parametrize("ending", ["/score", "/v1/chat/completions", "/", ""])
def test_addresses_do_not_follow_from_the_scoring_route(ending: str) -> None:
    """It is that of the deployment created last, which need not be the one that answers."""
    uri = ROOT + ending

    assert (f"{ROOT}/v1", f"{ROOT}/score") == (openai_base_url(uri), score_address(uri))


def test_endpoint_without_a_uri_has_no_base() -> None:
    """As long as Azure has given it none."""
    assert "" == openai_base_url("")
