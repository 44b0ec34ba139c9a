# SPDX-License-Identifier: Apache-2.0
"""Runs of `ame` in this process, with a small catalogue on a day that stays."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from azure_model_endpoints.catalog import (
    Catalog,
    FineTuningOffer,
    ServerlessOffer,
    TokenPrice,
    TokenPriceKind,
)
from tests.unit.planning.catalogs import CATALOG, REGION, TODAY, model, sku

__all__ = ["BY_NAME", "NOW", "OTHER_REGION", "SMALL_CATALOG", "Ame", "Run"]

NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
OTHER_REGION = "westus"
BY_NAME = "Standard_ByName"


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended."""

    status: int
    out: str
    err: str

    def document(self) -> Any:
        """Return the JSON that was printed."""
        assert self.out, self.err
        return json.loads(self.out)

    def row(self, start: str) -> str:
        """Return what follows a text at the beginning of a line, with single spaces."""
        lines = [" ".join(line.lstrip(" →").split()) for line in self.out.splitlines()]
        [rest] = [line.removeprefix(f"{start} ") for line in lines if line.startswith(f"{start} ")]
        return rest


Ame = Callable[..., Run]


def _token_price(name: str, kind: TokenPriceKind, usd: float, model: str | None) -> TokenPrice:
    return TokenPrice(
        name=name,
        kind=kind,
        model=model,
        usd_per_million_input_tokens=usd,
        usd_per_million_output_tokens=usd,
        source="tests",
        read_on=date(2026, 5, 1),
    )


_SERVED = model("served-model").model_copy(
    update={
        "serverless": ServerlessOffer(
            asset_id="azureml://registries/azureml/models/served", regions=(REGION,)
        ),
        "fine_tuning": FineTuningOffer(skus=("Standard_Big",), retires=TODAY),
        "aliases": ("Served/Model",),
    }
)

SMALL_CATALOG: Catalog = replace(
    CATALOG,
    models={**CATALOG.models, _SERVED.name: _SERVED},
    gpu_skus={**CATALOG.gpu_skus, BY_NAME: sku(BY_NAME, opt_in="no list has it")},
    token_prices={
        row.name: row
        for row in (
            _token_price("dear-closed", TokenPriceKind.CLOSED, 100.0, None),
            _token_price("cheap-closed", TokenPriceKind.CLOSED, 0.0001, None),
            _token_price("served", TokenPriceKind.SERVERLESS, 1.0, "served-model"),
        )
    },
    regions=(REGION, OTHER_REGION, "northeurope"),
)
"""The catalogue of the planner's tests, with offers, prices by the token, and other regions."""
