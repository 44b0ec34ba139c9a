# SPDX-License-Identifier: Apache-2.0
"""The engine's encoding of values."""

import json
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from azure_sandbox.provider.values import UNKNOWN, from_struct, has_unknowns, to_struct

SIGNATURE = "4dabf18193072939515e22adb298388d"
VALUES = st.recursive(
    st.text() | st.integers(-(2**53), 2**53) | st.booleans() | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_values_survive_the_way_to_the_engine_and_back(values: dict[str, Any]) -> None:
    """Nothing is lost, unknown values and empty lists included."""
    assert values == from_struct(to_struct(values))


def test_secrets_and_outputs_are_unwrapped() -> None:
    """The provider works on plain values, whatever the engine wraps around them."""
    secret = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": "s"}
    known = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": [secret]}
    unknown = {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}

    values = from_struct(ParseDict({"a": secret, "b": known, "c": unknown}, Struct()))

    assert values == {"a": "s", "b": ["s"], "c": UNKNOWN}


def test_whole_numbers_are_integers_in_a_body() -> None:
    """The engine knows floats only; ARM would not take `100.0` for `100`."""
    values = from_struct(ParseDict({"traffic": {"blue": 100}, "rate": 0.5}, Struct()))

    assert json.dumps(values, sort_keys=True) == '{"rate": 0.5, "traffic": {"blue": 100}}'


def test_nulls_are_left_out() -> None:
    """A property that is null is a property that is not there."""
    values = from_struct(ParseDict({"a": None, "b": {"c": None}}, Struct()))

    assert values == {"b": {}}


def test_assets_are_refused() -> None:
    """No resource of the table takes one."""
    asset = {SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"}

    with pytest.raises(ValueError, match="asset"):
        from_struct(ParseDict({"a": asset}, Struct()))


def test_unknowns_are_found_at_any_depth() -> None:
    """One unknown part makes the whole value unknown."""
    assert has_unknowns({"a": [{"b": UNKNOWN}]})
    assert not has_unknowns({"a": [{"b": None}]})
