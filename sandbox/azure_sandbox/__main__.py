# SPDX-License-Identifier: Apache-2.0
"""``python -m azure_sandbox``."""

import sys

from azure_sandbox.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
