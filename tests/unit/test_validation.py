# SPDX-License-Identifier: Apache-2.0
"""Pydantic's findings, told in this library's words."""

from enum import StrEnum
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from azure_model_endpoints._validation import problems_of, with_text_keys
from azure_model_endpoints._wording import did_you_mean, listed


class Leaf(BaseModel):
    """A section of a section."""

    model_config = ConfigDict(extra="forbid", strict=True)

    size: Annotated[int, Field(ge=1)] = 1
    most: Annotated[int, Field(le=9)] | None = None


class Season(StrEnum):
    """A setting that is one of several words."""

    DRY = "dry"
    RAINY = "rainy"


def _refuse_cats(value: str) -> str:
    if value == "cat":
        raise ValueError("no cats")
    return value


class Tree(BaseModel):
    """Settings with everything that messages have to find their way through."""

    model_config = ConfigDict(extra="forbid", strict=True)

    leaves: dict[str, Leaf] | None = None
    animal: Annotated[str, AfterValidator(_refuse_cats)] = "dog"
    season: Annotated[Season, Field(strict=False)] = Season.DRY


def problems_in(document: object) -> list[str]:
    """What is said of a document."""
    with pytest.raises(ValidationError) as error:
        Tree.model_validate(document)
    return [str(problem) for problem in problems_of(error.value, Tree)]


@pytest.mark.parametrize(
    ("given_name", "hint"),
    [("phi2", "Did you mean 'phi-2'?"), ("PHI-2", "Did you mean 'phi-2'?"), ("gpt", "")],
)
def test_nearest_name_is_a_hint_only_when_it_is_near(given_name: str, hint: str) -> None:
    """A far-fetched guess would mislead."""
    assert hint == did_you_mean(given_name, ["phi-2", "llama-3"])


def test_hint_keeps_the_spelling_that_is_known() -> None:
    """Case is forgiven in the question, not in the answer."""
    assert "Did you mean 'Standard_NC4as_T4_v3'?" == did_you_mean(
        "standard_nc4as_t4_v2", ["Standard_NC4as_T4_v3"]
    )


def test_names_are_listed_in_order() -> None:
    """The same problem always reads the same."""
    assert "a, b" == listed(["b", "a"])


def test_no_names_are_nothing() -> None:
    """A sentence does not end in the air."""
    assert "nothing" == listed([])


def test_known_settings_are_found_through_optional_mappings() -> None:
    """The list of what is allowed is that of the very section."""
    assert [
        "leaves.a.siez: given the unknown setting 'siez'; allowed: most, size. Did you mean 'size'?"
    ] == problems_in({"leaves": {"a": {"siez": 1}}})


def test_one_sided_range_names_its_side() -> None:
    """There is no made-up upper bound."""
    assert [
        "leaves.a.size: given 0; allowed: 1 or more. Choose a number in that range."
    ] == problems_in({"leaves": {"a": {"size": 0}}})


def test_range_of_an_optional_number_is_found() -> None:
    """It is written differently, and reads the same."""
    assert [
        "leaves.a.most: given 10; allowed: 9 or less. Choose a number in that range."
    ] == problems_in({"leaves": {"a": {"most": 10}}})


def test_other_findings_keep_pydantics_words() -> None:
    """A rule without words of its own is still told."""
    assert [
        "animal: given 'cat'; allowed: Value error, no cats. Correct the value."
    ] == problems_in({"animal": "cat"})


def test_nearest_word_is_one_that_can_be_written() -> None:
    """Not the name it has in this library."""
    assert ["season: given 'Rainy'; allowed: dry, rainy. Did you mean 'rainy'?"] == problems_in(
        {"season": "Rainy"}
    )


def test_keys_that_are_no_text_are_left_out_and_told() -> None:
    """YAML makes numbers, dates and truth values of what looks like a name."""
    kept, problems = with_text_keys({"a": {1: "x", "b": "y"}, None: "z"})

    assert {"a": {"b": "y"}} == kept
    assert ["a.1", "None"] == [problem.path for problem in problems]


DOCUMENTS = st.recursive(
    st.integers(), lambda inner: st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


@given(st.dictionaries(st.text(max_size=3), DOCUMENTS, max_size=3))
def test_keys_that_are_text_are_never_touched(document: dict[str, object]) -> None:
    """A document without such keys comes back as it was."""
    assert (document, []) == with_text_keys(document)
