# SPDX-License-Identifier: Apache-2.0
"""Tags: Azure's limits, and whose is whose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.planning.tags import (
    OWNED,
    OWNER,
    carried_tags,
    owned_tags,
    tags_problems,
)

NAME_RULE = "names without < > % & \\ ? / or commas that do not begin with 'ame-'"

NAMES = st.text(st.characters(blacklist_characters="<>%&\\?/,"), min_size=1, max_size=6).filter(
    lambda name: not name.lower().startswith("ame-")
)
TAGS = st.dictionaries(NAMES, st.text(max_size=6), max_size=5)


def test_ordinary_tags_pass() -> None:
    """The common case."""
    assert [] == tags_problems("tags", {"cost centre": "42", "env": ""})


@pytest.mark.parametrize(
    "name", ["", "a<b", "a>b", "a%b", "a&b", "a\\b", "a?b", "a/b", "a,b", "ame-owner", "AME-x"]
)
def test_names_that_azure_or_the_marks_exclude_are_refused(name: str) -> None:
    """A comma would break the list of names that a later run relies on."""
    assert [f"tags: given a tag named {name!r}; allowed: {NAME_RULE}. Rename the tag."] == [
        str(problem) for problem in tags_problems("tags", {name: "x"})
    ]


def test_long_values_are_refused() -> None:
    """Azure takes 256 characters."""
    assert [] == tags_problems("tags", {"a": "x" * 256})
    assert ["tags: given a value of 257 characters for 'a'; allowed: at most 256. Shorten it."] == [
        str(problem) for problem in tags_problems("tags", {"a": "x" * 257})
    ]


def test_too_many_tags_are_refused() -> None:
    """Azure takes 50, three of which are the library's."""
    assert [] == tags_problems("tags", {f"t{n}": "" for n in range(47)})
    assert [
        (
            "tags: given 48 tags; allowed: at most 47 tags whose names together have 256 "
            "characters. Remove tags or shorten their names."
        )
    ] == [str(problem) for problem in tags_problems("tags", {f"t{n}": "" for n in range(48)})]


def test_names_must_fit_into_the_mark_that_lists_them() -> None:
    """Which is itself a tag, of at most 256 characters."""
    [problem] = tags_problems("tags", {"a" * 129: "", "b" * 129: ""})

    assert "2 tags" == problem.given


def test_every_wrong_tag_is_told() -> None:
    """Not only the first."""
    problems = tags_problems("tags", {"a/b": "", "c": "x" * 300, "d?": ""})

    assert 3 == len(problems)


@given(TAGS, TAGS)
def test_foreign_tags_survive_and_declared_ones_hold(
    declared: dict[str, str], foreign: dict[str, str]
) -> None:
    """Azure Policy's tags stay; where both say something, the stack wins."""
    live = {**foreign, **owned_tags({}, "p/dev")}

    written = carried_tags(owned_tags(declared, "p/dev"), live)

    assert {**foreign, **owned_tags(declared, "p/dev")} == written


@given(TAGS, TAGS)
def test_tags_that_are_no_longer_declared_go(before: dict[str, str], after: dict[str, str]) -> None:
    """The mark tells a tag that was taken out of the stack from one that others put."""
    live = owned_tags(before, "p/dev")

    written = carried_tags(owned_tags(after, "p/dev"), live)

    assert owned_tags(after, "p/dev") == written


def test_marks_name_the_owner_and_the_tags() -> None:
    """What a later run recognises its own by."""
    assert {"b": "1", "a": "2", OWNER: "p/dev", OWNED: "a,b"} == owned_tags(
        {"b": "1", "a": "2"}, "p/dev"
    )
