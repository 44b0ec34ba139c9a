# SPDX-License-Identifier: Apache-2.0
"""How paths of Azure Resource Manager are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_sandbox.arm.ids import Target, parse

GROUP = "/subscriptions/s1/resourceGroups/rg"
WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/ws"
SEGMENTS = st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,8}", fullmatch=True).filter(
    lambda text: text.lower() != "providers"
)


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/subscriptions", Target("", "Microsoft.Resources", ("subscriptions",), ())),
        ("/subscriptions/s1", Target("", "Microsoft.Resources", ("subscriptions",), ("s1",))),
        (
            "/subscriptions/s1/resourcegroups/rg",
            Target("/subscriptions/s1", "Microsoft.Resources", ("resourceGroups",), ("rg",)),
        ),
        (f"{GROUP}/resources", Target(GROUP, "", ("resources",), ())),
        ("/subscriptions/s1/providers", Target("/subscriptions/s1", "", ("providers",), ())),
        (
            "/subscriptions/s1/providers/Microsoft.Cdn/register",
            Target("/subscriptions/s1", "Microsoft.Cdn", ("register",), ()),
        ),
        (
            f"{WORKSPACE}/onlineEndpoints/chat/listKeys",
            Target(
                GROUP,
                "Microsoft.MachineLearningServices",
                ("workspaces", "onlineEndpoints", "listKeys"),
                ("ws", "chat"),
            ),
        ),
        (
            f"{WORKSPACE}/providers/Microsoft.Authorization/roleAssignments/one",
            Target(WORKSPACE, "Microsoft.Authorization", ("roleAssignments",), ("one",)),
        ),
        (
            "/providers/Microsoft.Authorization/roleDefinitions/one",
            Target("", "Microsoft.Authorization", ("roleDefinitions",), ("one",)),
        ),
    ],
)
def test_path_is_read(path: str, target: Target) -> None:
    """Scopes, nested types, actions and extension resources are told apart."""
    assert target == parse(path)


def test_parts_of_a_nested_resource() -> None:
    """Subscription, group, parent and name are where Azure has them."""
    target = parse(f"{WORKSPACE}/onlineEndpoints/chat")

    assert target is not None
    assert ("s1", "rg", "chat") == (target.subscription, target.resource_group, target.name)
    assert WORKSPACE == target.parent
    assert target.is_item


@given(st.lists(st.tuples(SEGMENTS, SEGMENTS), min_size=1, max_size=4))
def test_path_of_a_target_is_the_path_it_was_read_from(pairs: list[tuple[str, str]]) -> None:
    """Reading a path and writing it again gives the same path."""
    tail = "".join(f"/{kind}/{name}" for kind, name in pairs)
    path = f"{GROUP}/providers/Microsoft.Test{tail}"

    target = parse(path)

    assert target is not None
    assert path == target.path
