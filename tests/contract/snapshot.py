# SPDX-License-Identifier: Apache-2.0
"""What was agreed, kept in files: a change of the public surface is a change of one of them.

After a change that is meant, run the tests once with UPDATE_SNAPSHOTS=1 and review what they wrote.
"""

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["agreed"]


def agreed(name: str, found: dict[str, Any]) -> Any:
    """Return what was agreed under a name."""
    path = Path(__file__).with_name(name)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))
