# SPDX-License-Identifier: Apache-2.0
"""Threads of their own for what transforms and hooks wait for.

A program has four threads for each worker of the engine (Pulumi 3.220), and every registration
holds one until the engine is done with the resource. With more endpoints than threads, transforms
and hooks that waited for one of the same threads would wait for each other, and the run would never
end (pulumi/pulumi, pull request 20362).
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

__all__ = ["begin", "in_thread"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_THREADS = ThreadPoolExecutor(100, thread_name_prefix="azure-model-endpoints")
"""Started as they are needed. More than the engine has workers, whose hooks may each hold one for
minutes; what is left is for reads, which take milliseconds."""


def begin(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Future[Result]:
    """Begin to call a function; what it returns or raises comes later."""
    return _THREADS.submit(partial(copy_context().run, function, *args, **kwargs))


async def in_thread(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Return what a function returns that blocks, as `asyncio.to_thread` does."""
    return await asyncio.wrap_future(begin(function, *args, **kwargs))
