# SPDX-License-Identifier: Apache-2.0
"""`python -m azure_sandbox.provider [engine-address]`: the plugin as the engine starts it."""

import os
import sys

from azure_sandbox.plugin_process import Ending, import_messages_only

_GRACE_SECONDS = 0.5


def main(arguments: list[str]) -> None:
    """Serves until a signal comes or the process that started it is gone."""
    ending = Ending()
    import_messages_only()

    from azure_sandbox.provider.engine import Engine
    from azure_sandbox.provider.server import start_server

    server, port = start_server(Engine(arguments[0] if arguments else None))
    print(port, flush=True)
    ending.wait()
    server.stop(_GRACE_SECONDS).wait()
    os._exit(0)  # threads that wait for ARM would keep the process alive until it answers


if __name__ == "__main__":
    main(sys.argv[1:])
