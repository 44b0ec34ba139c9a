# SPDX-License-Identifier: Apache-2.0
"""How a problem reaches the user of the engine as one paragraph instead of a stack."""

import pulumi

from azure_model_endpoints.errors import AmeError

__all__ = ["Paragraph", "refuse"]


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
