# SPDX-License-Identifier: Apache-2.0
"""How a problem reaches the user of the engine as one paragraph instead of a stack."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import pulumi

from azure_model_endpoints.errors import AmeError

__all__ = ["Paragraph", "explaining", "hooked", "refuse", "refusing"]

Transform = Callable[
    [pulumi.ResourceTransformArgs], Awaitable[pulumi.ResourceTransformResult | None]
]
Hook = Callable[[pulumi.ResourceHookArgs], Awaitable[None]]
ErrorHook = Callable[[pulumi.ErrorHookArgs], Awaitable[bool]]
Args = TypeVar("Args")
Result = TypeVar("Result")


class Paragraph(Exception):  # noqa: N818  (read by users, never caught by code)
    """What a hook raises: the engine prints the stack of whatever has one."""

    __traceback__ = None


def refuse(problem: AmeError) -> None:
    """Fail the program with one paragraph, from inside a transform.

    What a transform raises reaches the user wrapped in the stack of the engine's callback; an
    output of the program may fail with a plain message.
    """

    async def fail() -> str:
        raise pulumi.RunError(str(problem))

    failing: pulumi.Output[str] = pulumi.Output.from_input(fail())
    del failing  # the program waits for every output, held or not


def refusing(transform: Transform) -> Transform:
    """Return a transform whose problems fail the program, each with one paragraph.

    A resource that exists is not written then.
    """

    async def refusing_transform(
        args: pulumi.ResourceTransformArgs,
    ) -> pulumi.ResourceTransformResult | None:
        try:
            return await transform(args)
        except AmeError as problem:
            refuse(problem)
            args.opts.ignore_changes = [*(args.opts.ignore_changes or []), *args.props]
            return pulumi.ResourceTransformResult(args.props, args.opts)

    return refusing_transform


def hooked(
    *,
    before_create: Sequence[Hook] = (),
    before_update: Sequence[Hook] = (),
    on_error: Mapping[str, ErrorHook] | None = None,
) -> pulumi.ResourceOptions:
    """Return the options of a resource with hooks whose problems stop it, each with one paragraph.

    A preview runs no hook, so it is told of none: that takes three round trips each.

    Args:
        before_create: run before it is created, in this order.
        before_update: run before it is changed, in this order.
        on_error: decide whether to try again what has failed; by their names in the whole stack.
    """
    if pulumi.runtime.is_dry_run():
        return pulumi.ResourceOptions()
    return pulumi.ResourceOptions(
        hooks=pulumi.ResourceHookBinding(
            before_create=[*map(explaining, before_create)],
            before_update=[*map(explaining, before_update)],
            on_error=[
                pulumi.ErrorHook(name, explaining(hook)) for name, hook in (on_error or {}).items()
            ],
        )
    )


def explaining(
    hook: Callable[[Args], Awaitable[Result]],
) -> Callable[[Args], Awaitable[Result]]:
    """Return a hook that says its problem in one paragraph."""

    async def explaining_hook(args: Args) -> Result:
        try:
            return await hook(args)
        except AmeError as problem:
            raise Paragraph(str(problem)) from None

    return explaining_hook
