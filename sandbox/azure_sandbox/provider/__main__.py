# SPDX-License-Identifier: Apache-2.0
"""`python -m azure_sandbox.provider [engine-address]`: the plugin as the engine starts it."""

import importlib.util
import os
import signal
import sys
import threading
import types

_PARENT_CHECK_SECONDS = 1.0
_GRACE_SECONDS = 0.5


def main(arguments: list[str]) -> None:
    """Serves until a signal comes or the process that started it is gone."""
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    parent = os.getppid()
    _import_messages_only()

    from azure_sandbox.provider.engine import Engine
    from azure_sandbox.provider.server import start_server

    server, port = start_server(Engine(arguments[0] if arguments else None))
    print(port, flush=True)
    while not stopped.wait(_PARENT_CHECK_SECONDS):
        if os.getppid() != parent:  # a killed engine closes nothing
            break
    server.stop(_GRACE_SECONDS).wait()
    os._exit(0)  # threads that wait for ARM would keep the process alive until it answers


def _import_messages_only() -> None:
    """Makes `pulumi.runtime.proto` importable without the SDK around it.

    The SDK takes most of a second to load, at every start of the plugin, for nothing.
    """
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The pulumi package is missing; install azure-sandbox with its needs.")
    root = spec.submodule_search_locations[0]
    for name, path in (("pulumi", root), ("pulumi.runtime", f"{root}/runtime")):
        package = types.ModuleType(name)
        package.__path__ = [path]
        sys.modules[name] = package


if __name__ == "__main__":
    main(sys.argv[1:])
