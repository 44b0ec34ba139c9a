# SPDX-License-Identifier: Apache-2.0
"""`ame models`."""

import pytest

from tests.unit.cli.running import Ame

pytestmark = pytest.mark.usefixtures("small_catalog")


def test_table_shows_size_licence_and_offers(ame: Ame) -> None:
    """What is offered, until when, and what is offered no more."""
    run = ame("models")

    assert 0 == run.status
    assert "1.10 B 4096 MIT yes – –" == run.row("plain-model")
    assert "1.10 B 4096 MIT – – –" == run.row("own-model")
    assert "1.10 B 4096 MIT 2026-06-02 – –" == run.row("ending-model")
    assert "1.10 B 4096 MIT 2026-06-01 † – –" == run.row("ended-model")
    assert "1.10 B 4096 MIT yes yes 2026-06-01 †" == run.row("served-model")


def test_tables_fit_in_a_hundred_columns_without_colour(ame: Ame) -> None:
    """Wherever they are printed but on a terminal."""
    run = ame("models")

    assert max(map(len, run.out.splitlines())) <= 100
    assert "\x1b" not in run.out
    assert not any(line.endswith(" ") for line in run.out.splitlines())


@pytest.mark.parametrize("name", ["served-model", "Served-Model", "SERVED/model"])
def test_one_model_is_shown_in_detail(ame: Ame, name: str) -> None:
    """By its name or an alias, in any case."""
    run = ame("models", name)

    assert 0 == run.status
    assert "served-model (Served-Model)" in run.out
    assert "32 heads of 64, 8 with keys and values" in run.out
    assert "ended on 2026-06-01" in run.out
    assert "SKUs listed: Standard_Small" in run.out


def test_unknown_model_names_the_nearest(ame: Ame) -> None:
    """Which is wrong usage."""
    run = ame("models", "ownmodel", "--json")

    assert (2, "") == (run.status, run.out)
    assert "given 'ownmodel', which is not known; nearest: own-model" in run.err


def test_json_of_one_model_is_its_entry_in_the_list(ame: Ame) -> None:
    """So that scripts read both alike."""
    every = ame("models", "--json").document()
    one = ame("models", "served-model", "--json").document()

    [entry] = [each for each in every if each["name"] == "served-model"]
    assert entry == one
