# SPDX-License-Identifier: Apache-2.0
"""The Hugging Face Hub, asked for a revision of a model."""

import pytest

from tests.sandbox.conftest import Azure

GATED = "meta-llama/Llama-3.1-8B-Instruct"
COMMIT = "0e9e39f249a16976918f6564b8830bc894c89659"


@pytest.mark.parametrize(
    ("resource", "token", "status"),
    [
        (f"{GATED}/revision/{COMMIT}", "", 200),
        (f"{GATED}/revision/main", "hf_x", 200),
        (f"{GATED}/revision/{'0' * 40}", "hf_x", 404),
        (f"nobody/nothing/revision/{COMMIT}", "hf_x", 404),
        (f"nobody/nothing/revision/{COMMIT}", "", 401),
    ],
)
def test_revisions_are_those_that_containers_can_pull(
    azure: Azure, resource: str, token: str, status: int
) -> None:
    """What does not exist is only said to those who show who they are."""
    headers = {"authorization": f"Bearer {token}"} if token else {}

    answer = azure.http.request("GET", f"/api/models/{resource}", headers=headers)

    assert status == answer.status_code
    if status == 200:
        seen = answer.json()
        assert (GATED, COMMIT, "manual") == (seen["id"], seen["sha"], seen["gated"])
