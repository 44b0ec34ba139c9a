# SPDX-License-Identifier: Apache-2.0
"""``pulumi-analyzer-policy-python``: runs the policy pack in the working directory."""

import sys
from pathlib import Path
from typing import NoReturn

from azure_sandbox.language.interpreter import InterpreterError, become, find_interpreter


def main() -> NoReturn:
    """Becomes ``python -m pulumi.policy`` of the pack's own virtual environment.

    The engine passes each of the pack's runtime options as ``-name=value``.
    """
    passed = [argument.lstrip("-").split("=", 1) for argument in sys.argv[1:] if "=" in argument]
    options = {name: value for name, value in passed if name in {"virtualenv", "toolchain"}}
    others = [a for a in sys.argv[1:] if a.lstrip("-").split("=", 1)[0] not in options]
    try:
        interpreter = find_interpreter(options, Path.cwd())
    except InterpreterError as error:
        sys.exit(str(error))
    become(interpreter, ["-u", "-m", "pulumi.policy", *others])


if __name__ == "__main__":
    main()
