# SPDX-License-Identifier: Apache-2.0
"""The options of the commands that ask the planner, and the question they make together."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from azure_model_endpoints.cli.lookup import find_model, find_region, find_sku
from azure_model_endpoints.cli.project import today
from azure_model_endpoints.cli.serving import unservable
from azure_model_endpoints.vocabulary import Dtype

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.question import Question

__all__ = ["Asked"]


class Objective(StrEnum):
    """The planner's objectives, spelled out here so that `ame --help` need not load it."""

    HOURLY = "hourly"
    TOKEN = "token"  # noqa: S105  (a unit of text)


Model = Annotated[str | None, typer.Option("--model", "-m", help="What to serve.")]
Region = Annotated[str | None, typer.Option("--region", "-r", help="Where, for example eastus.")]
Stack = Annotated[str | None, typer.Option("--stack", "-s", help="A stack, instead of a model.")]
Context = Annotated[
    int | None, typer.Option("--context", min=2, help="Most tokens of a request and its answer.")
]
Concurrency = Annotated[
    int | None, typer.Option("--concurrency", min=1, help="Requests answered at the same time.")
]
InputTokens = Annotated[
    int | None, typer.Option("--input-tokens", min=1, help="Tokens of a usual prompt.")
]
OutputTokens = Annotated[
    int | None, typer.Option("--output-tokens", min=1, help="Tokens of a usual answer.")
]
MaxTtftMs = Annotated[
    int | None, typer.Option("--max-ttft-ms", min=1, help="Longest wait for the first token.")
]
HighAvailability = Annotated[
    bool, typer.Option("--high-availability", help="At least three instances, and one to spare.")
]
ObjectiveOption = Annotated[
    Objective | None, typer.Option("--objective", help="Cheapest per hour (default) or per token.")
]
Sku = Annotated[str | None, typer.Option("--sku", help="Only this VM size.")]
DtypeOption = Annotated[
    Dtype | None, typer.Option("--dtype", help="How the weights run; default: as published.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked on the command line, as it was typed."""

    model: str | None
    region: str | None
    stack: str | None
    context: int | None
    concurrency: int | None
    input_tokens: int | None
    output_tokens: int | None
    max_ttft_ms: int | None
    high_availability: bool
    objective: Objective | None
    sku: str | None
    dtype: Dtype | None

    def check(self) -> None:
        """Check that the options make sense together.

        Raises:
            typer.BadParameter: they do not.
        """
        if (self.model is None) == (self.stack is None):
            raise typer.BadParameter("say one of the two", param_hint="--model or --stack")
        if self.model is not None and self.region is None:
            text = "say where, since prices depend on it"
            raise typer.BadParameter(text, param_hint="--region")
        if self.stack is not None and self._about_a_model():
            text = f"its settings say it already; leave out {', '.join(self._about_a_model())}"
            raise typer.BadParameter(text, param_hint="--stack")

    def question(self, catalog: "Catalog") -> "Question":
        """Return the question about a model.

        Raises:
            typer.BadParameter: a name is not known.
            PlanError: the model cannot do what is asked.
        """
        from azure_model_endpoints.errors import PlanError
        from azure_model_endpoints.planning.question import Objective as PlannersObjective
        from azure_model_endpoints.planning.question import Question
        from azure_model_endpoints.planning.workload import resolve_workload
        from azure_model_endpoints.settings import WorkloadSettings

        model = find_model(catalog, self.model or "")
        given = WorkloadSettings(
            context_length=self.context,
            concurrency=self.concurrency,
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            max_time_to_first_token_ms=self.max_ttft_ms,
            high_availability=self.high_availability,
        )
        region = find_region(catalog, self.region or "")
        sku = find_sku(catalog, self.sku) if self.sku else None
        workload, problems = resolve_workload("workload", given, model)
        if problems:
            raise PlanError(problems, source="the question")
        question = Question(
            model=model,
            workload=workload,
            region=region,
            today=today(),
            objective=PlannersObjective(self.objective or Objective.HOURLY),
            dtype=self.dtype,
            sku=sku,
        )
        excluded = unservable(question, catalog)
        return replace(
            question, excluded={name: why for name, why in excluded.items() if name != sku}
        )

    def _about_a_model(self) -> list[str]:
        said = {
            "--region": self.region,
            "--context": self.context,
            "--concurrency": self.concurrency,
            "--input-tokens": self.input_tokens,
            "--output-tokens": self.output_tokens,
            "--max-ttft-ms": self.max_ttft_ms,
            "--high-availability": self.high_availability or None,
            "--objective": self.objective,
            "--sku": self.sku,
            "--dtype": self.dtype,
        }
        return [option for option, value in said.items() if value is not None]
