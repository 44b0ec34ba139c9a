# SPDX-License-Identifier: Apache-2.0
"""Finding the Pulumi CLI, with stand-ins for `pulumi` and `go` on a PATH of their own."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from azure_model_endpoints.cli import engine
from azure_model_endpoints.errors import EngineError

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def path_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only directory on PATH; the cache is empty and the network is out of reach."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for command in ("sh", "mkdir", "touch", "sleep"):
        target = next(
            Path(p) / command for p in ("/bin", "/usr/bin") if (Path(p) / command).exists()
        )
        (directory / command).symlink_to(target)
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setenv("AME_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return directory


def script(file: Path, body: str) -> None:
    """Writes an executable."""
    file.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    file.chmod(0o755)


def go(directory: Path, version: str = "1.26.0") -> None:
    """A Go whose build writes the last-but-one argument, noting each build in `builds`."""
    script(
        directory / "go",
        f"""
        if [ "$1" = env ]; then echo go{version}; exit; fi
        while [ "$1" != -o ]; do shift; done
        sleep 0.2
        echo "$GOMODCACHE $GOCACHE $GOPATH $TMPDIR $XDG_CONFIG_HOME" >> {directory}/builds
        mkdir -p "${{2%/*}}" "$GOMODCACHE"
        touch "$2" "$GOMODCACHE/downloaded"
        """,
    )


def test_a_new_enough_cli_on_path_is_used(path_directory: Path) -> None:
    """A `pulumi` on PATH that is new enough is taken, and nothing is fetched."""
    script(path_directory / "pulumi", "echo v3.231.0")
    said: list[str] = []

    found = engine.find_engine(said.append)

    expected = engine.Engine(path_directory / "pulumi", "3.231.0", "PATH")
    assert expected == found
    assert said == []
    assert not engine.cache_directory().exists()


def test_the_cached_cli_is_used_when_path_has_none(path_directory: Path) -> None:
    """Without a `pulumi` on PATH the cached one is taken without a word."""
    del path_directory
    cached = engine.cache_directory() / "pulumi" / engine.PINNED_VERSION / "bin" / "pulumi"
    cached.parent.mkdir(parents=True)
    cached.touch()
    said: list[str] = []

    found = engine.find_engine(said.append)

    assert engine.Engine(cached, engine.PINNED_VERSION, "cache") == found
    assert said == []


def test_a_cli_on_path_that_is_too_old_is_passed_over_audibly(path_directory: Path) -> None:
    """A `pulumi` that is too old gives way to the cached one, and the user is told why."""
    script(path_directory / "pulumi", "echo v3.99.0")
    cached = engine.cache_directory() / "pulumi" / engine.PINNED_VERSION / "bin" / "pulumi"
    cached.parent.mkdir(parents=True)
    cached.touch()
    said: list[str] = []

    found = engine.find_engine(said.append)

    assert cached == found.path
    reason = "is 3.99.0, older than the 3.220.0 that is needed."
    told = f"The Pulumi CLI on PATH, {path_directory}/pulumi, {reason} Using {cached}."
    assert [told] == said


def test_the_cli_is_built_once_with_go_and_leaves_no_scratch_files(path_directory: Path) -> None:
    """Where the installer is out of reach, Go builds the CLI, and nothing else stays behind."""
    go(path_directory)

    first = engine.find_engine(lambda _line: None)
    second = engine.find_engine(lambda _line: None)

    root = engine.cache_directory() / "pulumi"
    builds = (path_directory / "builds").read_text(encoding="utf-8").splitlines()
    assert ["go", "cache"] == [first.source, second.source]
    assert first.path == second.path == root / engine.PINNED_VERSION / "bin" / "pulumi"
    assert len(builds) == 1
    assert all(Path(written).is_relative_to(root) for written in builds[0].split())
    assert {engine.PINNED_VERSION, f"{engine.PINNED_VERSION}.lock"} == {
        entry.name for entry in root.iterdir()
    }


def test_two_runs_at_once_build_the_cli_once(path_directory: Path) -> None:
    """A run that finds another one building waits for it and takes what it built."""
    go(path_directory)

    with ThreadPoolExecutor(2) as runs:
        found = list(runs.map(lambda _run: engine.find_engine(lambda _line: None), range(2)))

    builds = (path_directory / "builds").read_text(encoding="utf-8").splitlines()
    assert {"go", "cache"} == {engine.source for engine in found}
    assert len(builds) == 1


def test_a_failed_build_says_what_go_said_and_keeps_nothing(path_directory: Path) -> None:
    """A build that fails shows Go's last words in one paragraph; the next run starts afresh."""
    script(
        path_directory / "go",
        '[ "$1" = env ] && echo go1.26.0 && exit\necho "dial tcp: no route to host" >&2\nexit 1',
    )

    with pytest.raises(EngineError) as raised:
        engine.find_engine(lambda _line: None)

    message = str(raised.value)
    assert "`go build` said: dial tcp: no route to host." in message
    assert "\n" not in message
    assert [] == list((engine.cache_directory() / "pulumi").glob("*/"))


@pytest.mark.parametrize(
    ("version", "reason"),
    [(None, "there is no Go on PATH"), ("1.22.3", "Go 1.22.3 is too old for it")],
)
def test_a_machine_that_can_get_no_cli_is_told_what_to_install(
    path_directory: Path, version: str | None, reason: str
) -> None:
    """Offline and without a sufficient Go, one paragraph says what is missing and what helps."""
    if version:
        go(path_directory, version)

    with pytest.raises(EngineError) as raised:
        engine.find_engine(lambda _line: None)

    message = str(raised.value)
    assert message.startswith("There is no Pulumi CLI on PATH. It cannot be downloaded here: ")
    assert reason in message
    assert "Install Pulumi 3.220.0 or newer" in message
    assert "Go 1.24" in message


def test_a_cache_that_cannot_be_written_is_named(
    path_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache directory that cannot be made is an error that names the variable to set."""
    blocked = path_directory / "sh" / "cache"
    monkeypatch.setenv("AME_CACHE_DIR", str(blocked))

    with pytest.raises(EngineError, match="AME_CACHE_DIR"):
        engine.find_engine(lambda _line: None)


def test_the_go_module_pins_the_version_that_is_cached() -> None:
    """The version the cache is named after is the one the Go module builds."""
    module = (REPOSITORY / "tools" / "pulumi" / "go.mod").read_text(encoding="utf-8")

    pinned = re.search(r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)", module)

    assert pinned is not None
    assert engine.PINNED_VERSION == pinned.group(1)
