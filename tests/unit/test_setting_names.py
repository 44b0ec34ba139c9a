# SPDX-License-Identifier: Apache-2.0
"""How messages call the settings of a component."""

from azure_model_endpoints.setting_names import SettingName, calling_settings, names_of_settings


def test_settings_are_called_as_arguments_unless_the_program_says_otherwise() -> None:
    """A stack's program has them from a file; what it does not name keeps its own name."""
    with calling_settings({"isolation_mode": SettingName("isolation.mode", "profile prod")}):
        inside = names_of_settings("models")
    outside = names_of_settings("models")

    assert ("isolation.mode", "the settings") == (inside["isolation_mode"].path, inside.source)
    assert "models.identity" == inside["identity"].path
    assert ("models.isolation_mode", "models") == (outside["isolation_mode"].path, outside.source)


def test_what_nobody_wrote_is_told_with_what_it_follows_from() -> None:
    """Else one would look for it in the file."""
    assert "'x', by profile prod" == SettingName("a", "profile prod").given("'x'")
    assert "'x'" == SettingName("a").given("'x'")
