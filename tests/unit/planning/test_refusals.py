# SPDX-License-Identifier: Apache-2.0
"""Which of Azure's refusals waiting may cure."""

import pytest

from azure_model_endpoints.planning.refusals import may_be_late_role, may_be_missing_role


@pytest.mark.parametrize(
    ("error", "may_be"),
    [
        ("Code=SecretsInjectionError Message=…", True),
        ("ImageBuildFailure: unauthorized: authentication required", True),
        ("BadArgument: the identity has no permission on the registry", True),
        ("BadArgument: the caller is Forbidden", True),
        ("BadArgument: status 403", True),
        ("BadArgument: maxConcurrentRequests 4031 is too many", False),
        ("ImageBuildFailure: no space left on device", False),
        ("OutOfQuota: access to more cores", False),
        ("NotBadArgumentAtAll: access", False),
        ("", False),
    ],
)
def test_only_refusals_that_a_role_explains_are_tried_again(error: str, *, may_be: bool) -> None:
    """Anything else would fail again, minutes later."""
    assert may_be is may_be_missing_role(error)


@pytest.mark.parametrize(
    ("error", "may_be"),
    [
        ('Status=403 Code="KeyVaultAuthenticationFailure" Message="Something is wrong"', True),
        ("Code=KeyVaultAuthenticationFailure authentication issue on the keyvault", True),
        ("The identity of workspace mlw does not have authorization to perform action", True),
        ("Status=400 Code=BadRequest Message=The location is not available", False),
        ("Code=AuthorizationFailed The client 'a' does not have authorization to perform", False),
    ],
)
def test_only_other_identities_are_waited_for(error: str, *, may_be: bool) -> None:
    """Whoever runs the program does not get a role by waiting."""
    assert may_be is may_be_late_role(error)
