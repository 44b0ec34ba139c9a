# SPDX-License-Identifier: Apache-2.0
"""``python -m azure_model_endpoints.cli``, the same as ``ame``."""

import sys

from azure_model_endpoints.cli import main

if __name__ == "__main__":
    sys.exit(main())
