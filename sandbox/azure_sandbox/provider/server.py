# SPDX-License-Identifier: Apache-2.0
"""The gRPC server that the engine dials."""

from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from azure_sandbox.provider.engine import Engine
from azure_sandbox.provider.metadata import load_table
from azure_sandbox.provider.service import Provider

_WORKERS = 64
"""The engine may run as many operations at once as it likes; polling ones hold a thread each."""
_MAX_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit."""


def start_server(engine: Engine) -> tuple[grpc.Server, int]:
    """Starts serving on a free port of the loopback interface; returns the server and the port."""
    limits = [
        ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ]
    server = grpc.server(ThreadPoolExecutor(max_workers=_WORKERS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(load_table(), engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
