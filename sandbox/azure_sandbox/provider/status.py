# SPDX-License-Identifier: Apache-2.0
"""Errors as the engine's protocol carries them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, status_pb2

from azure_sandbox.provider.errors import InitFailedError, ProviderError
from azure_sandbox.provider.values import to_struct


@contextmanager
def told(context: grpc.ServicerContext, inputs: Struct | None = None) -> Iterator[None]:
    """Turns errors into a status that the engine shows, with the state of a half-made resource."""
    try:
        yield
    except InitFailedError as error:
        _abort_init_failed(context, error, inputs)
    except (ProviderError, LookupError, ValueError) as error:
        context.abort(grpc.StatusCode.UNKNOWN, str(error))


def _abort_init_failed(
    context: grpc.ServicerContext, error: InitFailedError, inputs: Struct | None
) -> NoReturn:
    detail = AnyMessage()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=error.resource_id,
            properties=None if error.outputs is None else to_struct(error.outputs),
            reasons=[str(error)],
            inputs=inputs,
        )
    )
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=str(error), details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, str(error))
    raise AssertionError  # abort has raised; its stub does not say so


def unimplemented(context: grpc.ServicerContext, message: str) -> NoReturn:
    """Ends a call that the provider does not offer."""
    context.abort(grpc.StatusCode.UNIMPLEMENTED, message)
    raise AssertionError  # as above
