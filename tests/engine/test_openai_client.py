# SPDX-License-Identifier: Apache-2.0
"""The client in the README, as it stands there, against the models of the development stack."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from tests.engine.project import REPOSITORY
from tests.engine.world import Stack, World

DEV = yaml.safe_load((REPOSITORY / "stacks" / "Pulumi.dev.yaml").read_text())["config"]
ENDPOINTS: dict[str, dict[str, Any]] = DEV["azure-model-endpoints:endpoints"]


@pytest.mark.parametrize("key", ENDPOINTS)
def test_the_readmes_client_gets_an_answer(world: World, tmp_path: Path, key: str) -> None:
    """Every model answers OpenAI's client, whoever serves it."""
    stack = world.endpoint_stack(
        **{"deployments": {"blue": {}}, **ENDPOINTS[key]},
        registry_login_server="docker.io/contoso",
        key_vault_name="kv-existing",
    )
    stack.program = _with_secrets
    outputs = stack.up().outputs

    question = tmp_path / "question.py"
    question.write_text(
        "import sys\n"
        "openai_base_url, key = sys.argv[1:]\n"
        f"{_client_of_the_readme(ENDPOINTS[key]['model'])}"
        "print(answer.choices[0].message.content)\n"
    )
    command = [sys.executable, question, outputs["openai_base_url"].value, outputs["key"].value]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert re.fullmatch(r"I am \S+, served by blue\.\n", run.stdout), run.stderr


def _with_secrets(stack: Stack) -> None:
    endpoint = stack.endpoint(hugging_face_token=pulumi.Output.secret("hf_" + "a" * 34))
    pulumi.export("key", endpoint.primary_key())


def _client_of_the_readme(model: str) -> str:
    readme = (REPOSITORY / "README.md").read_text()
    (snippet,) = re.findall(r"```python\n(from openai .*?)```", readme, re.DOTALL)
    assert '"phi-2"' in snippet
    return str(snippet).replace('"phi-2"', f'"{model}"')
