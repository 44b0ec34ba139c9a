# SPDX-License-Identifier: Apache-2.0
"""The settings as editors see them."""

from azure_model_endpoints.settings import Settings
from tests.contract.snapshot import agreed


def test_settings_are_what_was_agreed() -> None:
    """A stack file that was right stays right."""
    found = Settings.model_json_schema()

    assert agreed("settings.schema.json", found) == found
