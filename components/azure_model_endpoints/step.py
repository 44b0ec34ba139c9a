# SPDX-License-Identifier: Apache-2.0
"""A step of a run for which Azure has no resource: a value in the state, with hooks that act.

The step runs when its value is new, and whenever what is live is not what the value says.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import uuid4

import pulumi

from azure_model_endpoints.engine_errors import hooked, refusing
from azure_model_endpoints.foreign_fields import UNKNOWN, plain

__all__ = ["step"]

Value = Mapping[str, Any]


def step(  # noqa: PLR0913  (each is a different noun)
    name: str,
    value: Value,
    *,
    instead: Callable[[Value], Awaitable[object]],
    run: Callable[[Value], Awaitable[None]],
    opts: pulumi.ResourceOptions,
    runs_when_redeclared: bool = False,
) -> pulumi.Stash:
    """Do something while a program runs, and nothing as long as it is done.

    Args:
        name: the step's name in the program.
        value: what shall be, of strings, numbers, lists and mappings.
        instead: returns what is live instead of a value: None where that is as it shall be, and
            ``UNKNOWN`` where it cannot be told before the run.
        run: makes what is live as a value says, before the value is stored.
        opts: the parent, and what the step comes after.
        runs_when_redeclared: whether it runs for another value also where what is live is as that
            says already.
    """

    async def against_live(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        declared = await plain(args.props["input"])
        found = UNKNOWN if declared is UNKNOWN else await instead(declared)
        if found is UNKNOWN:
            return None
        if found is None:
            ignored = "input.instead_of" if runs_when_redeclared else "input"
            args.opts.ignore_changes = [*(args.opts.ignore_changes or []), ignored]
            return pulumi.ResourceTransformResult(args.props, args.opts)
        # Whatever was declared or found before, this makes the value a new one: the step runs.
        moved = {**declared, "instead_of": {"live": found, "run": uuid4().hex}}
        return pulumi.ResourceTransformResult({**args.props, "input": moved}, args.opts)

    async def act(args: pulumi.ResourceHookArgs) -> None:
        await run((args.new_inputs or {})["input"])

    acting = pulumi.ResourceOptions.merge(
        hooked(before_create=[act], before_update=[act]),
        pulumi.ResourceOptions(transforms=[refusing(against_live)]),
    )
    return pulumi.Stash(name, input=dict(value), opts=pulumi.ResourceOptions.merge(opts, acting))
