# SPDX-License-Identifier: Apache-2.0
"""How the image for vLLM finds what it shall serve."""

import os
import subprocess
from pathlib import Path

import pytest

START = Path(__file__).parents[2] / "images" / "vllm" / "start.sh"


def started(directory: Path, model: str, *, args: str = "") -> subprocess.CompletedProcess[str]:
    """Start the image's server; it prints, one a line, what it is called with."""
    vllm = directory / "bin" / "vllm"
    vllm.parent.mkdir()
    vllm.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    vllm.chmod(0o755)
    variables = {"MODEL_NAME": model, "VLLM_ARGS": args}
    return subprocess.run(
        [START],
        env={"PATH": f"{vllm.parent}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def with_weights(mount: Path, *folders: str) -> Path:
    """Put weights into folders below a mount path, and return where Azure documents them."""
    for folder in folders:
        (mount / folder).mkdir(parents=True)
        (mount / folder / "config.json").touch()
    return mount / "tuned" / "3"


def test_a_repository_is_served_by_its_name(tmp_path: Path) -> None:
    """The arguments are the words of the variable."""
    run = started(tmp_path, "acme/chat", args="--dtype half  --port 8000")

    command = ["serve", "acme/chat", "--dtype", "half", "--port", "8000"]
    assert command == run.stdout.splitlines(), run.stderr


@pytest.mark.parametrize(
    "folder", ["tuned/3", "tuned/3/weights", "tuned/3/runs/7/final weights", "weights"]
)
def test_weights_are_found_wherever_the_model_holds_them(tmp_path: Path, folder: str) -> None:
    """Below name and version, or directly below the mount path."""
    mount = tmp_path / "models"

    run = started(tmp_path, str(with_weights(mount, folder)))

    assert ["serve", str(mount / folder)] == run.stdout.splitlines(), run.stderr


def test_parts_of_a_model_are_not_models_of_their_own(tmp_path: Path) -> None:
    """Some have a config.json too."""
    model = with_weights(tmp_path / "models", "tuned/3/weights", "tuned/3/weights/1_Pooling")

    run = started(tmp_path, str(model))

    assert ["serve", str(model / "weights")] == run.stdout.splitlines(), run.stderr


def test_of_several_one_is_to_be_named(tmp_path: Path) -> None:
    """All of them are told; the one that is named is served."""
    mount = tmp_path / "models"
    model = with_weights(mount, "tuned/3/base", "tuned/3/final")

    run = started(tmp_path, str(model))
    named = started(tmp_path / "models", f"{model}/final")

    assert (1, "") == (run.returncode, run.stdout)
    assert (
        f"Several directories below {model} hold a config.json: {model}/base {model}/final. Name "
        "one as `folder`.\n"
    ) == run.stderr
    assert ["serve", f"{model}/final"] == named.stdout.splitlines()


def test_without_weights_nothing_starts(tmp_path: Path) -> None:
    """A file that was registered alone is none; nor is there anything where nothing is mounted."""
    model = tmp_path / "models" / "tuned" / "3"
    model.mkdir(parents=True)
    (model / "model.safetensors").touch()

    run = started(tmp_path, str(model))
    unmounted = started(tmp_path / "models", "/no-such-mount/tuned/3")

    assert (1, "", 1, "") == (run.returncode, run.stdout, unmounted.returncode, unmounted.stdout)
    assert (
        f"There is no config.json at or below {model}. Register the folder of the weights.\n"
    ) == run.stderr
    assert (
        "There is no directory /no-such-mount/tuned/3: no model is mounted there.\n"
    ) == unmounted.stderr
