# SPDX-License-Identifier: Apache-2.0
"""What a preview of the dev stack costs, beside the same resources written by hand."""

from collections.abc import Iterator

import yaml

from bench.measure import Comparison, Series, in_turn
from bench.sandbox import PROGRAMS, ROOT, STACK, Project, sandbox

LIMIT = 1.10


def compare(rounds: int) -> Iterator[Comparison]:
    """Preview both before anything exists, and again once everything does."""
    settings = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())["config"]
    with sandbox() as azure:
        ours = azure.project("library", ROOT / "infra", settings)
        theirs = azure.project("by-hand", PROGRAMS / "by_hand")
        tuned = azure.project("by-hand-tuned", PROGRAMS / "by_hand_uncollected")
        yield _compared("preview of a new stack", rounds, ours, theirs)
        # By how much the library itself is slower: no limit, since nobody writes that by hand.
        yield _tuned("preview of a new stack, beside one without collections", rounds, ours, tuned)
        ours.up()
        theirs.up()
        if ours.resource_types() != theirs.resource_types():
            raise SystemExit(
                "bench/programs/by_hand does not create what the dev stack creates:\n"
                f"  dev stack: {ours.resource_types()}\n  by hand:   {theirs.resource_types()}"
            )
        yield _compared("preview of a stack that exists", rounds, ours, theirs)


def _compared(title: str, rounds: int, ours: Project, theirs: Project) -> Comparison:
    subject, reference = in_turn(rounds, ours.preview, theirs.preview)
    return Comparison(title, Series("dev stack", subject), Series("by hand", reference), LIMIT)


def _tuned(title: str, rounds: int, ours: Project, theirs: Project) -> Comparison:
    subject, reference = in_turn(rounds, ours.preview, theirs.preview)
    return Comparison(
        title, Series("dev stack", subject), Series("by hand, no collections", reference)
    )
