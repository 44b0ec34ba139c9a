# SPDX-License-Identifier: Apache-2.0
"""``ame smoke``: does every endpoint of a stack answer?"""

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.tables import console

if TYPE_CHECKING:
    from azure_model_endpoints.subscription.scoring import Answer

DEFAULT_QUESTION = "What is the capital of France?"


def smoke(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack whose endpoints to ask.")],
    question: Annotated[str, typer.Option(help="What to ask.")] = DEFAULT_QUESTION,
    as_json: options.AsJson = False,
) -> None:
    """Ask every endpoint of a stack a question.

    Shows the answers, which deployments gave them and how fast; exit 1 when one gave none.
    """
    from azure_model_endpoints import credentials
    from azure_model_endpoints.cli.stack import plan_of_stack
    from azure_model_endpoints.planning.endpoint_ids import endpoint_ids
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.concurrently import begun
    from azure_model_endpoints.subscription.scoring import ask

    plan = plan_of_stack(stack)
    ids = endpoint_ids(plan, credentials.subscription_id())
    client = ArmClient.signed_in()
    asked = begun(
        {
            endpoint.key: partial(
                ask,
                client,
                ids[endpoint.key],
                question,
                credential=client.credential,
                chat_model=endpoint.chat_model,
            )
            for endpoint in plan.endpoints
        }
    )
    answers = {key: answer.result() for key, answer in asked.items()}
    if as_json:
        shown = [_json(answer) for answer in answers.values()]
        typer.echo(json.dumps({"question": question, "answers": shown}))
    else:
        _print(question, answers)
    if not all(answer.succeeded for answer in answers.values()):
        raise typer.Exit(1)


def _json(answer: "Answer") -> dict[str, object]:
    return {**asdict(answer), "latency_ms": round(answer.latency_ms, 1)}


def _print(question: str, answers: "dict[str, Answer]") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("endpoint", "deployment", "latency", "answer", title=f"“{question}”")
    for key, answer in answers.items():
        table.add_row(
            key,
            answer.deployment or "–",
            f"{answer.latency_ms:.0f} ms",
            Text(answer.text, style="" if answer.succeeded else "red"),
        )
    console().print(table)
