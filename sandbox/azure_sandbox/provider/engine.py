# SPDX-License-Identifier: Apache-2.0
"""The engine that started the plugin, as far as the plugin talks to it."""

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class Engine:
    """Tells the user things; without an address it tells nobody, as in a test."""

    def __init__(self, address: str | None) -> None:
        self._address = address

    def warn(self, urn: str, message: str) -> None:
        """Shows a warning under a resource."""
        if self._address is None:
            return
        with grpc.insecure_channel(self._address) as channel:
            engine_pb2_grpc.EngineStub(channel).Log(
                engine_pb2.LogRequest(severity=engine_pb2.WARNING, message=message, urn=urn)
            )
