# SPDX-License-Identifier: Apache-2.0
"""A small made-up catalogue, so that tests of decisions do not change with the facts."""

from dataclasses import replace
from datetime import date

from azure_model_endpoints.catalog import (
    Catalog,
    Dtype,
    Gpu,
    GpuSku,
    ManagedOffer,
    Model,
    ModelShape,
    Price,
    Prices,
)
from azure_model_endpoints.planning.deployment import Surroundings

TODAY = date(2026, 6, 1)
YESTERDAY = date(2026, 5, 31)
TOMORROW = date(2026, 6, 2)
REVISION = "0123456789abcdef0123456789abcdef01234567"
REGION = "eastus"

SMALL, BIG, GONE, GOING = "Standard_Small", "Standard_Big", "Standard_Gone", "Standard_Going"
COSTS = {SMALL: 0.5, GOING: 4.0, GONE: 4.0, BIG: 12.0}

SHAPE = ModelShape(
    layers=16,
    hidden_size=2048,
    heads=32,
    kv_heads=8,
    head_dim=64,
    ffn_size=8192,
    vocabulary=32000,
)
"""1.1 billion weights; a token takes 32 KiB of cache."""

OLD_GPU = Gpu(
    name="Old",
    visible_memory_gib=16,
    memory_bandwidth_gb_per_s=320,
    fp16_tflops=65,
    compute_capability=7.5,
    source="tests",
    read_on=TODAY,
)
NEW_GPU = Gpu(
    name="New",
    visible_memory_gib=80,
    memory_bandwidth_gb_per_s=2000,
    fp16_tflops=312,
    compute_capability=8.0,
    source="tests",
    read_on=TODAY,
)


def sku(  # noqa: PLR0913  (each is a column)
    name: str,
    *,
    gpu: Gpu = NEW_GPU,
    gpus: int = 1,
    memory_gib: int = 220,
    opt_in: str | None = None,
    retires: date | None = None,
    skips_quota_reserve: bool = False,
) -> GpuSku:
    """A size with eight cores."""
    return GpuSku(
        name=name,
        vcpus=8,
        memory_gib=memory_gib,
        temporary_disk_gib=64,
        gpu=gpu,
        gpus=gpus,
        interconnect="NVLink" if gpus > 1 else None,
        interconnect_gb_per_s=300 if gpus > 1 else None,
        quota_family="family",
        skips_quota_reserve=skips_quota_reserve,
        catalogue_listed=opt_in is None,
        opt_in=opt_in,
        retires=retires,
        source="tests",
        read_on=TODAY,
    )


def model(  # noqa: PLR0913  (each is a column)
    name: str,
    retires: date | None = None,
    successor: str | None = None,
    *,
    offered: bool = True,
    gated: bool = False,
    shape: ModelShape = SHAPE,
    dtype: Dtype = Dtype.BF16,
    context_length: int = 4096,
) -> Model:
    """A model, offered on every size unless said otherwise."""
    offer = ManagedOffer(
        asset_id=f"azureml://registries/azureml/models/{name}/versions/7",
        skus=(SMALL, BIG, GONE, GOING),
        retires=retires,
        successor=successor,
    )
    return Model(
        name=name,
        title=name.title(),
        hugging_face_id=f"publisher/{name}",
        gated=gated,
        revision=REVISION,
        shape=shape,
        dtype=dtype,
        context_length=context_length,
        license="MIT",
        managed=offer if offered else None,
        source="tests",
        read_on=TODAY,
    )


def prices(**usd_per_hour: float) -> Prices:
    """Prices in the one region of the tests."""
    return Prices(
        {REGION: {name: Price(usd, TODAY, "tests") for name, usd in usd_per_hour.items()}}
    )


CATALOG = Catalog(
    models={
        row.name: row
        for row in (
            model("plain-model"),
            model("gated-model", gated=True),
            model("own-model", offered=False),
            model("ended-model", retires=TODAY, successor="plain-model"),
            model("lapsed-model", retires=YESTERDAY),
            model("ending-model", retires=TOMORROW, successor="plain-model"),
        )
    },
    gpu_skus={
        row.name: row
        for row in (
            sku(SMALL, gpu=OLD_GPU, memory_gib=28),
            sku(BIG, gpus=4),
            sku(GONE, retires=TODAY),
            sku(GOING, retires=TOMORROW),
        )
    },
    prices=prices(**COSTS),
    token_prices={},
    regions=(REGION,),
)
AROUND = Surroundings(CATALOG, TODAY, REGION)


def with_skus(*rows: GpuSku, **usd_per_hour: float) -> Catalog:
    """The catalogue with other sizes, and their prices."""
    return replace(CATALOG, gpu_skus={row.name: row for row in rows}, prices=prices(**usd_per_hour))
