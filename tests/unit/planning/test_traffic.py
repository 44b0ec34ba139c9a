# SPDX-License-Identifier: Apache-2.0
"""Who gets which share of the requests."""

from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.planning.traffic import decide_traffic, effective

NAMES = st.text("abcxyz", min_size=1, max_size=4)


def problems_of(declared: dict[str, int] | None, *deployments: str) -> list[str]:
    """What Azure would have against some traffic."""
    return [str(problem) for problem in decide_traffic("e.traffic", declared, deployments)[1]]


def test_only_deployment_gets_everything_by_default() -> None:
    """One line is enough for the simplest case."""
    assert ({"blue": 100}, []) == decide_traffic("e.traffic", None, ("blue",))


def test_endpoint_without_deployments_has_no_traffic() -> None:
    """It can be made before its deployments are decided on."""
    assert ({}, []) == decide_traffic("e.traffic", None, ())


def test_several_deployments_have_no_default() -> None:
    """Guessing here would send users to the wrong model."""
    assert [
        (
            "e.traffic: given nothing; allowed: percentages for blue, green that add up to 100. "
            "Say who gets the traffic: with several deployments there is no safe default."
        )
    ] == problems_of(None, "green", "blue")


def test_unknown_deployment_is_refused() -> None:
    """Azure accepts traffic for deployments that exist only."""
    assert [
        (
            "e.traffic.gren: given the unknown deployment 'gren'; allowed: blue, green. Declare "
            "the deployment, or take it out of the traffic."
        )
    ] == problems_of({"gren": 100}, "blue", "green")


def test_sum_must_be_100_or_0() -> None:
    """Azure refuses anything in between."""
    assert [
        (
            "e.traffic: given percentages that add up to 90; allowed: a sum of 100, or of 0 to "
            "turn the endpoint off. Adjust the percentages."
        )
    ] == problems_of({"blue": 80, "green": 10}, "blue", "green")


def test_negative_share_is_refused_even_in_a_sum_of_100() -> None:
    """Each share is a percentage of its own."""
    assert [
        "e.traffic.blue: given -10; allowed: 0 to 100. Choose a percentage.",
        "e.traffic.green: given 110; allowed: 0 to 100. Choose a percentage.",
    ] == problems_of({"blue": -10, "green": 110}, "blue", "green")


def test_endpoint_can_be_turned_off() -> None:
    """A sum of 0 is a choice, not a mistake."""
    assert ({}, []) == decide_traffic("e.traffic", {"blue": 0}, ("blue",))


@given(
    st.none() | st.dictionaries(NAMES, st.integers(-200, 200), max_size=4),
    st.lists(NAMES, max_size=4, unique=True).map(tuple),
)
def test_traffic_without_problems_is_what_azure_accepts(
    declared: dict[str, int] | None, deployments: tuple[str, ...]
) -> None:
    """Whatever was declared: existing deployments, percentages, and a sum of 0 or 100."""
    traffic, problems = decide_traffic("e.traffic", declared, deployments)

    if not problems:
        assert traffic.keys() <= set(deployments)
        assert all(0 < share <= 100 for share in traffic.values())
        assert sum(traffic.values()) in {0, 100}


@given(
    st.lists(NAMES, min_size=1, max_size=4, unique=True).flatmap(
        lambda names: st.tuples(
            st.just(tuple(names)),
            st.lists(st.integers(0, 100), min_size=len(names) - 1, max_size=len(names) - 1)
            .map(sorted)
            .map(lambda cuts: [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]),
        )
    )
)
def test_what_azure_accepts_has_no_problems(
    split: tuple[tuple[str, ...], list[int]],
) -> None:
    """Every way to split 100 % between the deployments is taken as it is."""
    deployments, shares = split
    declared = dict(zip(deployments, shares, strict=True))

    traffic, problems = decide_traffic("e.traffic", declared, deployments)

    assert [] == problems
    assert {name: share for name, share in declared.items() if share} == traffic


def test_equal_routing_is_equal() -> None:
    """Azure names idle deployments and counts in floats; neither is a difference."""
    assert effective({"blue": 100}) == effective({"blue": 100.0, "green": 0})  # type: ignore[dict-item]


def test_no_traffic_is_none_at_all() -> None:
    """Azure leaves it out, or says null."""
    assert {} == effective(None)
