# SPDX-License-Identifier: Apache-2.0
"""The program written by hand, kept from Python's garbage collector as the dev stack's own is."""

import gc
from pathlib import Path
from runpy import run_path

gc.disable()
run_path(str(Path(__file__).parents[1] / "by_hand" / "__main__.py"))
gc.freeze()
gc.enable()
