# SPDX-License-Identifier: Apache-2.0
"""``pulumi-language-python``: serves one engine until it says goodbye or is gone."""

import sys
from concurrent.futures import ThreadPoolExecutor

from azure_sandbox.plugin_process import Ending, import_messages_only

# A running plugin holds a thread for as long as it lives, so there are more than a program needs.
THREADS = 64


def serve(engine_address: str) -> None:
    """Serves until the engine interrupts this process, or has ended without doing so."""
    ending = Ending()
    import_messages_only()

    import grpc
    from pulumi.runtime.proto import language_pb2_grpc

    from azure_sandbox.language.host import LanguageHost
    from azure_sandbox.language.processes import Processes

    processes = Processes()
    server = grpc.server(
        ThreadPoolExecutor(THREADS),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(
        LanguageHost(engine_address, processes), server
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    ending.wait()
    processes.interrupt_all()
    server.stop(grace=None)


def main() -> int:
    """Runs with the arguments of the official helper: flags, then the engine's address."""
    if len(sys.argv) < 2:  # noqa: PLR2004  # the program's own name and the address
        print("usage: python -m azure_sandbox.language [FLAGS] ENGINE_ADDRESS", file=sys.stderr)
        return 2
    serve(sys.argv[-1])
    return 0


if __name__ == "__main__":
    sys.exit(main())
