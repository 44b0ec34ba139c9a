# SPDX-License-Identifier: Apache-2.0
"""``ame skus``: the GPU SKUs that managed online endpoints take."""

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.cli.lookup import find_region
from azure_model_endpoints.cli.price_age import PriceAge, oldest_price, warn_of_age
from azure_model_endpoints.cli.project import catalog_here, today
from azure_model_endpoints.cli.tables import show, table, usd

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog, GpuSku

_FIGURES = ("GiB/GPU", "vCPU", "RAM", "USD/h")
_WITHDRAWN = "ended"
"""As ``ame models`` calls it; a longer word takes the table beyond 100 columns."""


def skus(
    region: Annotated[str | None, typer.Option("--region", "-r", help="Show prices there.")] = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the GPU SKUs: memory, cores, quota family, price and state."""
    catalog, day = catalog_here(), today()
    where = find_region(catalog, region) if region else None
    offered = [sku for sku in catalog.gpu_skus.values() if not _withdrawn(sku, day)]
    age = oldest_price(catalog, where, [sku.name for sku in offered], day) if where else None
    if as_json:
        found = [_json(sku, catalog, where) for sku in catalog.gpu_skus.values()]
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _show(catalog, where, age, day)
    warn_of_age(age)


def _withdrawn(sku: "GpuSku", day: date) -> bool:
    return sku.retires is not None and sku.retires <= day


def _show(catalog: "Catalog", region: str | None, age: PriceAge | None, day: date) -> None:
    headings = ["SKU", "GPUs", *_FIGURES[:3], "quota family"]
    shown = table(*headings, *["USD/h"] * bool(region), "state", right=_FIGURES)
    notes: dict[str, list[str]] = {}
    for sku in catalog.gpu_skus.values():
        state = _WITHDRAWN if _withdrawn(sku, day) else "opt-in" if sku.opt_in else "ok"
        shown.add_row(
            sku.name,
            _gpus(sku),
            f"{sku.gpu_memory_gib:.1f}",
            str(sku.vcpus),
            str(sku.memory_gib),
            sku.quota_family,
            *([usd(_price(sku, catalog, region))] if region else []),
            state,
            style="dim" if state == _WITHDRAWN else "",
        )
        if note := _note(sku, day):
            notes.setdefault(note, []).append(sku.name)
    parts: list[Any] = [shown]
    if notes:
        rows = [(f"{note[0].upper()}{note[1:]}:", names) for note, names in notes.items()]
        parts += ["", *(f"{note} {', '.join(names)}." for note, names in rows)]
    show(*parts, *([f"\n{age}"] if age else []))


def _gpus(sku: "GpuSku") -> str:
    share = f"1/{1 / sku.gpu_fraction:.0f}" if sku.gpu_fraction < 1 else str(sku.gpus)
    name, _, size = sku.gpu.name.rpartition(" ")  # the memory has a column of its own
    return f"{share} × {name if size.endswith('GB') else sku.gpu.name}"


def _note(sku: "GpuSku", day: date) -> str:
    if _withdrawn(sku, day):
        return f"retired on {sku.retires}"
    ends = f"will be retired on {sku.retires}" if sku.retires else ""
    named = f"taken only by name, since {sku.opt_in}" if sku.opt_in else ""
    return "; ".join(filter(None, [ends, named]))


def _price(sku: "GpuSku", catalog: "Catalog", region: str | None) -> float | None:
    price = catalog.prices.of(sku.name, region) if region else None
    return price.usd_per_hour if price else None


def _json(sku: "GpuSku", catalog: "Catalog", region: str | None) -> dict[str, Any]:
    price = catalog.prices.of(sku.name, region) if region else None
    return {
        "sku": sku.name,
        "gpu": sku.gpu.name,
        "gpus": sku.gpus,
        "gpu_fraction": round(sku.gpu_fraction, 4),
        "gpu_memory_gib": round(sku.gpu_memory_gib, 2),
        "memory_bandwidth_gb_per_s": round(sku.memory_bandwidth_gb_per_s, 1),
        "fp16_tflops": round(sku.fp16_tflops, 1),
        "compute_capability": sku.gpu.compute_capability,
        "vcpus": sku.vcpus,
        "memory_gib": sku.memory_gib,
        "temporary_disk_gib": sku.temporary_disk_gib,
        "interconnect": sku.interconnect,
        "quota_family": sku.quota_family,
        "skips_quota_reserve": sku.skips_quota_reserve,
        "catalogue_listed": sku.catalogue_listed,
        "opt_in": sku.opt_in,
        "retires": sku.retires.isoformat() if sku.retires else None,
        "region": region,
        "price_usd_per_hour": price.usd_per_hour if price else None,
        "price_read_on": price.read_on.isoformat() if price else None,
    }
