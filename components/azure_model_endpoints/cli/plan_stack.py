# SPDX-License-Identifier: Apache-2.0
"""``ame plan --stack``: what every deployment of a stack runs on, and why."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import typer

from azure_model_endpoints.cli.answer import candidate_json
from azure_model_endpoints.cli.planned import PlannedDeployment, PlannedStack, planned_stack
from azure_model_endpoints.cli.price_age import warn_of_age
from azure_model_endpoints.cli.tables import number, paragraphs, show, table, usd

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.measure import Measurement
    from rich.table import Table

__all__ = ["show_stack"]

_NAMES = ("deployment", "model", "SKU")
_FIGURES = ("%", "inst", "TP", "streams", "USD/h", "cores")
_CONTINUED = "  "
"""Before the rest of what takes several lines."""


def show_stack(stack: str, *, as_json: bool) -> None:
    """Show the plan of a stack.

    Raises:
        SettingsError: there is no such stack, or its settings are malformed.
        PlanError: Azure would refuse its settings.
    """
    planned = planned_stack(stack)
    if as_json:
        typer.echo(json.dumps(_json(planned), indent=2))
    else:
        _show(planned)
    warn_of_age(planned.price_age)


def _json(planned: PlannedStack) -> dict[str, Any]:
    return {
        "stack": planned.stack,
        "region": planned.region,
        "deployments": [_deployment_json(each) for each in planned.deployments],
        "settings": [asdict(each) for each in planned.settings],
        "notices": list(planned.notices),
    }


def _deployment_json(planned: PlannedDeployment) -> dict[str, Any]:
    return {
        "endpoint": planned.endpoint,
        "deployment": planned.deployment,
        "model": planned.model.name,
        "served_by": "vllm" if planned.by_vllm else "catalogue",
        "dtype": planned.sizing.dtype,
        "traffic_percent": planned.traffic_percent,
        "workload": asdict(planned.sizing.workload),
        "reason": planned.reason(),
        "warnings": planned.candidate.warnings,
        "chosen": candidate_json(planned.candidate),
    }


def _show(planned: PlannedStack) -> None:
    shown = table(*_NAMES, *_FIGURES, right=_FIGURES)
    _fold(shown, *_NAMES)
    for each in planned.deployments:
        chosen = each.candidate
        shown.add_row(
            each.name,
            each.model.name,
            chosen.sku,
            str(each.traffic_percent),
            str(chosen.instances),
            str(chosen.tensor_parallel),
            number(chosen.max_concurrency),
            usd(chosen.price_usd_per_hour),
            number(chosen.quota_cores),
        )
    parts: list[RenderableType] = [f"Stack {planned.stack} in {planned.region}\n", shown, ""]
    notes = [(each.name, note) for each in planned.deployments for note in _notes(each)]
    parts.append(paragraphs(notes))
    parts += ["\nSettings that hold, and where each comes from:\n", _origins(planned)]
    parts += [f"\n{notice}" for notice in planned.notices]
    if planned.price_age:
        parts.append(f"\n{planned.price_age}")
    show(*parts)


def _origins(planned: PlannedStack) -> "RenderableType":
    shown = table("setting", "value", "from")
    _fold(shown, "setting", "value")
    for each in planned.settings:
        if each.value not in (None, {}, []):
            shown.add_row(_Path(each.path), _as_written(each.value), each.origin)
    return shown


@dataclass(frozen=True, slots=True)
class _Path:
    """The path of a setting, which takes several lines where it must: broken behind a dot."""

    text: str

    def __rich_measure__(self, _console: "Console", _options: "ConsoleOptions") -> "Measurement":
        from rich.measure import Measurement

        return Measurement(len(_CONTINUED) + max(map(len, self._parts)), len(self.text))

    def __rich_console__(
        self, _console: "Console", options: "ConsoleOptions"
    ) -> Iterator["RenderableType"]:
        from rich.text import Text

        lines = [""]
        for part in self._parts:
            if lines[-1] and len(lines[-1] + part) > options.max_width:
                lines.append(_CONTINUED)
            lines[-1] += part
        yield Text("\n".join(lines), overflow="fold")

    @property
    def _parts(self) -> list[str]:
        return re.findall(r"[^.]+\.?", self.text)


def _fold(shown: "Table", *headings: str) -> None:
    """Let cells of some columns take several lines where a screen is too narrow for one."""
    for column in shown.columns:
        if column.header in headings:
            column.no_wrap, column.overflow = False, "fold"


def _as_written(value: object) -> str:
    """Return a value as a stack file has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _notes(planned: PlannedDeployment) -> tuple[str, ...]:
    return (planned.reason(), *planned.candidate.warnings)
