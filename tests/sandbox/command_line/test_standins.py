# SPDX-License-Identifier: Apache-2.0
"""The scripts that stand in for a plugin and for helpers of the Pulumi CLI."""

import os
import subprocess
from pathlib import Path

import pytest

from azure_sandbox import standins
from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home without scripts, on a machine without Pulumi."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    return Home(tmp_path / "home")


def pulumi(directory: Path, *, helpers: bool) -> Path:
    """A Pulumi CLI, as the official distribution or Go makes it."""
    directory.mkdir()
    names = ["pulumi", *(standins.HELPERS if helpers else ())]
    for name in names:
        (directory / name).write_text("#!/bin/sh\necho v3.220.0\n")
        (directory / name).chmod(0o755)
    return directory / "pulumi"


def test_cli_built_with_go_gets_its_helpers_beside_it(home: Home, tmp_path: Path) -> None:
    """The engine looks where its own file is, so it is no symbolic link that lies beside them."""
    built = pulumi(tmp_path / "built", helpers=False)

    engine = standins.install(home, built)

    assert home.scripts / "pulumi" == engine
    assert not engine.is_symlink()
    assert built.read_bytes() == engine.read_bytes()
    for name in standins.HELPERS:
        assert os.access(home.scripts / name, os.X_OK)


def test_official_cli_keeps_its_own_helpers(home: Home, tmp_path: Path) -> None:
    """Where the real helpers are, there are no stand-ins, not even those of an earlier CLI."""
    standins.install(home, pulumi(tmp_path / "built", helpers=False))

    engine = standins.install(home, pulumi(tmp_path / "official", helpers=True))

    assert engine
    assert (tmp_path / "official" / "pulumi") == engine.resolve()
    assert not any((home.scripts / name).exists() for name in standins.HELPERS)


def test_cli_used_last_is_used_again(home: Home, tmp_path: Path) -> None:
    """A command that names no CLI finds the one of the command before, with its helpers."""
    engine = standins.install(home, pulumi(tmp_path / "built", helpers=False))

    assert engine == standins.install(home, None)
    assert all((home.scripts / name).exists() for name in standins.HELPERS)


def test_other_cli_takes_the_place_of_the_last(home: Home, tmp_path: Path) -> None:
    """An upgrade is noticed."""
    standins.install(home, pulumi(tmp_path / "old", helpers=False))
    new = pulumi(tmp_path / "new", helpers=False)
    new.write_text("#!/bin/sh\necho v3.999.0\n")

    engine = standins.install(home, new)

    assert engine
    assert (
        "v3.999.0\n" == subprocess.run([engine], capture_output=True, text=True, check=True).stdout
    )


def test_machine_without_pulumi_gets_the_scripts_all_the_same(home: Home) -> None:
    """A command that needs no engine runs without one."""
    assert standins.install(home, None) is None
    assert (home.provider_scripts / "pulumi-resource-azure-native").exists()


def test_missing_cli_is_refused(home: Home) -> None:
    """A path that leads nowhere is told as it was given."""
    with pytest.raises(CommandError) as refused:
        standins.install(home, Path("/no/pulumi"))

    assert "--pulumi /no/pulumi: this is not a program." in str(refused.value)


def test_script_is_replaced_by_its_module(home: Home, tmp_path: Path) -> None:
    """The engine is the plugin's parent, not the shell's: a plugin watches its parent."""
    standins.install(home, None)

    script = (home.scripts / "pulumi-language-python").read_text()

    assert script.startswith("#!/bin/sh\nexec ")
    assert ' -P -m azure_sandbox.language "$@"\n' in script


def test_real_plugins_are_shared_with_the_users_own(home: Home, tmp_path: Path) -> None:
    """A plugin of some hundred megabytes is downloaded once for all projects."""
    user = tmp_path / "user"

    for _ in range(2):
        standins.share_plugins(home, user)

    (user / "plugins" / "resource-azure-native-v3.29.0").mkdir()
    assert (home.pulumi / "plugins" / "resource-azure-native-v3.29.0").is_dir()
