# SPDX-License-Identifier: Apache-2.0
"""One server for all transforms and hooks of a run.

The SDK (3.272) keeps the server that the engine calls back in a context variable and sets it in the
task that registers a resource, where no other task sees it: every resource with a transform or a
hook starts a server of its own, and hundreds of endpoints take thousands of ports.
"""

__all__ = ["share_callback_server"]


def share_callback_server() -> None:
    """Start the server where the program itself runs, since tasks inherit what is set there.

    The SDK's names for it are private. Where a release has others, nothing is shared and nothing
    breaks.
    """
    try:
        from pulumi.runtime._callbacks import _CallbackServicer
        from pulumi.runtime.settings import SETTINGS
        from pulumi.runtime.sync_await import _sync_await
    except ImportError:
        return
    if SETTINGS.callbacks is not None or SETTINGS.monitor is None:
        return
    servicer = _CallbackServicer(SETTINGS.monitor)
    _sync_await(servicer.serve())  # type: ignore[no-untyped-call]
    SETTINGS.callbacks = servicer
