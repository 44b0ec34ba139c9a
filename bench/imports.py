# SPDX-License-Identifier: Apache-2.0
"""What importing a component costs, beside importing what it is made of."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Comparison, Run, Series, in_turn, run

LIMIT = 1.15
_OURS = "from azure_model_endpoints import ModelEndpoint"
_THEIRS = "import pulumi; from pulumi_azure_native.machinelearningservices import OnlineEndpoint"


def compare(rounds: int) -> Iterator[Comparison]:
    """Import each in a process of its own."""
    ours, theirs = in_turn(rounds, lambda: _imported(_OURS), lambda: _imported(_THEIRS))
    yield Comparison(
        "import of ModelEndpoint",
        Series("azure_model_endpoints", ours),
        Series("pulumi and azure-native's module", theirs),
        LIMIT,
    )


def _imported(statement: str) -> Run:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return run((sys.executable, "-c", statement), Path.cwd(), environment)
