# SPDX-License-Identifier: Apache-2.0
"""What Azure Resource Manager's answers say, and whether they are its answers at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError
from azure.core.rest import HttpResponse

from azure_model_endpoints.errors import AmeError, ArmError, CredentialError
from azure_model_endpoints.subscription.patience import asked_pause

__all__ = ["document", "refusal", "rows", "shaped_as_azure_does", "unlike_azure"]

_FIRST_ERROR = 400


def document(response: HttpResponse) -> dict[str, Any]:
    """Return a response's body, or raise what Azure says of it.

    Raises:
        ArmError: Azure refused, or somebody else answered.
    """
    try:
        response.raise_for_status()
        found = response.json() if response.content else {}
    except HttpResponseError as error:
        raise refusal(error) from error
    except ValueError as error:  # a proxy or a sign-in page answered in its place
        raise unlike_azure(response.url, str(error), response.status_code) from error
    if found is None:  # how some actions say that they have nothing to say
        return {}
    if not isinstance(found, dict):
        raise unlike_azure(response.url, "its answer is no object", response.status_code)
    return found


def rows(page: dict[str, Any], where: str) -> list[dict[str, Any]]:
    """Return what one page of a collection lists.

    Raises:
        ArmError: it lists nothing, or something else than objects.
    """
    found = page.get("value")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise unlike_azure(where, "its answer is no list of objects")
    return found


@contextmanager
def shaped_as_azure_does(what: str) -> Iterator[None]:
    """Take what lacks in an answer, or has another type, for an answer of somebody else.

    Args:
        what: was asked for, for example ``quota in eastus``.

    Raises:
        ArmError: what is read here is not shaped as it is documented.
    """
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error)
        raise unlike_azure(f"The service that was asked for {what}", reason) from error


def unlike_azure(who: str, reason: str, status: int | None = None) -> ArmError:
    """Return the error of an answer that Azure Resource Manager would not give."""
    return ArmError(f"{who} did not answer as Azure Resource Manager does: {reason}", status=status)


def refusal(error: AzureError) -> AmeError:
    """Return Azure's refusal in its own words, on one line."""
    if isinstance(error, ClientAuthenticationError):
        # azure-identity says first what is wrong, and then a page of why.
        reason = error.message.partition("\n")[0].rstrip(".")
        return CredentialError(
            f"Azure gave no token: {reason}. Sign in, for example with `az login`."
        )
    if not isinstance(error, HttpResponseError):
        return ArmError(f"Azure Resource Manager could not be reached: {error.message}")
    code = error.error.code if error.error else None
    text = error.error.message if error.error else error.message
    status = error.status_code
    told = " ".join((text or str(error)).split())
    known = " ".join(str(each) for each in (status, code) if each is not None)
    what = f"refused ({known}){asked_pause(getattr(error.response, 'headers', {}))}"
    if status is not None and status < _FIRST_ERROR:  # an operation that ended badly
        what = f"accepted the request, but could not carry it out ({code})"
    return ArmError(f"Azure Resource Manager {what}: {told}", status=status, code=code)
