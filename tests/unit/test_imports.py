# SPDX-License-Identifier: Apache-2.0
"""What importing costs, told by what it loads."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("statement", "packages"),
    [
        ("from azure_model_endpoints import ModelEndpoint", {"azure", "pydantic"}),
        ("import azure_model_endpoints.cli", {"azure", "pulumi", "pydantic"}),
    ],
)
def test_importing_loads_nothing_that_is_not_needed_yet(statement: str, packages: set[str]) -> None:
    """Importing a component loads Pulumi alone, and the command line not even that."""
    program = (
        f"import sys\n{statement}\n"
        f"print(*sorted({packages!r} & {{name.partition('.')[0] for name in sys.modules}}))"
    )

    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "" == run.stdout.strip()
