# SPDX-License-Identifier: Apache-2.0
"""``pulumi-resource-pulumi-python``: hosts the dynamic providers of a Python program."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from azure_sandbox.language.interpreter import InterpreterError, become, find_interpreter

# The engine passes the runtime options of the program as environment variables.
OPTION_PREFIX = "PULUMI_RUNTIME_"


def main() -> NoReturn:
    """Becomes ``python -m pulumi.dynamic`` of the program's virtual environment."""
    options = {
        name.removeprefix(OPTION_PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(OPTION_PREFIX)
    }
    try:
        interpreter = find_interpreter(options, _project_root())
    except InterpreterError as error:
        sys.exit(str(error))
    become(interpreter, ["-u", "-m", "pulumi.dynamic", *sys.argv[1:]])


def _project_root() -> Path:
    # The engine starts a provider in the program's directory, which `main:` may put below the root.
    here = Path.cwd()
    return next((d for d in (here, *here.parents) if (d / "Pulumi.yaml").is_file()), here)


if __name__ == "__main__":
    main()
