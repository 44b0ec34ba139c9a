# SPDX-License-Identifier: Apache-2.0
"""An engine that records what a program registers, and answers like Azure."""

import pytest

from tests.components.engine import Engine


@pytest.fixture
def engine() -> Engine:
    """A fresh engine, as Pulumi's mocks understand it: no transforms and no hooks run."""
    return Engine()
