# SPDX-License-Identifier: Apache-2.0
"""The errors of the sandbox.

SandboxError
├── ArmError            refuses one request, in Azure's error envelope
├── OperationFailedError  ends a long-running operation as Failed
└── StoreCorruptError   the state database cannot be read
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from azure_sandbox.arm.wire import Answer, JsonObject


class SandboxError(Exception):
    """Anything the sandbox raises on purpose."""


class ArmError(SandboxError):
    """A request Azure refuses: HTTP status, error code and text as Azure gives them."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: Sequence[JsonObject] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = tuple(details)
        self.headers = dict(headers or {})

    def envelope(self) -> JsonObject:
        """The body ``{"error": {code, message, details?}}`` of every ARM error."""
        return {"error": error_body(self.code, self.message, self.details)}

    def answer(self) -> Answer:
        """The response that carries this error; clients look for the code in a header too."""
        headers = {"x-ms-failure-cause": "gateway", "x-ms-error-code": self.code, **self.headers}
        return Answer(self.status, self.envelope(), headers)


class OperationFailedError(SandboxError):
    """Raised while a long-running operation ends: it ends as Failed with this code and text."""

    def __init__(self, code: str, message: str, details: Sequence[JsonObject] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = tuple(details)

    def body(self) -> JsonObject:
        """The ``error`` object shown by the operation's status."""
        return error_body(self.code, self.message, self.details)


class StoreCorruptError(SandboxError):
    """The state database is damaged, or was not written by the sandbox."""

    def __init__(self, path: Path, cause: str) -> None:
        super().__init__(
            f"The sandbox's state database {path} cannot be read ({cause}). It is damaged or was "
            "written by something else. Run `ame sandbox reset` to start again with an empty "
            "sandbox, or move the file away to keep it."
        )
        self.path = path


def error_body(code: str, message: str, details: Sequence[JsonObject] = ()) -> JsonObject:
    """ARM's inner error object; ``details`` only when there are any."""
    body: JsonObject = {"code": code, "message": message}
    if details:
        body["details"] = list(details)
    return body
