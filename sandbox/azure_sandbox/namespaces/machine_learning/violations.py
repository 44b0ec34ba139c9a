# SPDX-License-Identifier: Apache-2.0
"""What a request breaks, in the form in which the inferencing service reports it."""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from azure_sandbox.arm.errors import ArmError


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule.

    `field` is the name under which the service lists it (`VmSize`, `Traffic`); the empty string
    stands for the request as a whole.
    """

    field: str
    message: str


def problem_text(violations: Iterable[Violation], trace_id: str = "") -> str:
    """Return the JSON text of the validation problem that the service wraps in its error.

    The shape is the one seen in public reports of refused deployments, for example
    MicrosoftLearning/mslearn-azure-ml issue 30.
    """
    errors: dict[str, list[str]] = {}
    for violation in violations:
        errors.setdefault(violation.field, []).append(violation.message)
    problem = {
        "errors": errors,
        "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
        "title": "One or more validation errors occurred.",
        "status": 400,
        "traceId": trace_id,
    }
    return json.dumps(problem, separators=(",", ":"))


def refuse(violations: Sequence[Violation]) -> None:
    """Refuse a request that breaks rules: 400, with all of them in one validation problem."""
    if violations:
        raise _refusal("InferencingClientCallFailed", problem_text(violations, _trace_id()))


def refuse_workspace(violations: Sequence[Violation]) -> None:
    """Refuse a workspace or a part of one: 400 with one detail for each violation."""
    if violations:
        details = [{"code": "Invalid", "message": one.message} for one in violations]
        raise ArmError(400, "ValidationError", violations[0].message, details)


def refuse_quota(violations: Sequence[Violation]) -> None:
    """Refuse a deployment for want of quota, in the words of mslearn-azure-ml issue 30."""
    if violations:
        problem = problem_text(violations, _trace_id())
        text = f"InferencingClient HttpRequest error, error detail: {problem}"
        raise _refusal("InferencingClientCreateDeploymentFailed", text)


def _refusal(code: str, message: str) -> ArmError:
    details = [{"code": code, "message": message}]
    return ArmError(400, "BadRequest", "The request is invalid.", details)


def _trace_id() -> str:
    return f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-01"
