# SPDX-License-Identifier: Apache-2.0
"""How commands write files, and say why one could not be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from azure_model_endpoints.errors import AmeError

__all__ = ["writing"]


@contextmanager
def writing(
    what: str,
    path: Path,
    remedy: str = "Name a file in a directory that exists and that you may write to.",
) -> Iterator[None]:
    """Write a file within this.

    Args:
        what: what the file holds, as a sentence about it begins.
        path: where it is.
        remedy: what to do when it cannot be written.

    Raises:
        AmeError: it could not be written.
    """
    try:
        yield
    except OSError as error:
        raise AmeError(
            f"{what} could not be written to {path}: {error.strerror}. {remedy}"
        ) from error
