# SPDX-License-Identifier: Apache-2.0
"""The client in the README, as it stands there, against both ways of serving a model."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from tests.engine.project import REPOSITORY
from tests.engine.world import Stack, World

IN_A_CONTAINER = {"blue": {"vllm": {"image": "docker.io/contoso/vllm:v0.20.2"}}}


@pytest.mark.parametrize("deployments", [{"blue": {}}, IN_A_CONTAINER], ids=["catalogue", "vllm"])
def test_the_readmes_client_gets_an_answer(
    world: World, tmp_path: Path, deployments: dict[str, Any]
) -> None:
    """Phi-2 answers OpenAI's client, whoever serves it."""
    stack = world.endpoint_stack(deployments=deployments)
    stack.program = _with_key
    outputs = stack.up().outputs

    question = tmp_path / "question.py"
    question.write_text(
        "import sys\n"
        "scoring_uri, key = sys.argv[1:]\n"
        f"{_client_of_the_readme()}"
        "print(answer.choices[0].message.content)\n"
    )
    command = [sys.executable, question, outputs["scoring_uri"].value, outputs["key"].value]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert "I am phi-2, served by blue.\n" == run.stdout, run.stderr


def _with_key(stack: Stack) -> None:
    pulumi.export("key", stack.endpoint().primary_key())


def _client_of_the_readme() -> str:
    readme = (REPOSITORY / "README.md").read_text()
    (snippet,) = re.findall(r"```python\n(from openai .*?)```", readme, re.DOTALL)
    return str(snippet)
