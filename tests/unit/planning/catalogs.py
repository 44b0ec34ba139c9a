# SPDX-License-Identifier: Apache-2.0
"""A small made-up catalogue, so that tests of decisions do not change with the facts."""

from datetime import date

from azure_model_endpoints.catalog import Catalog, GpuSku, ManagedOffer, Model, VllmOffer
from azure_model_endpoints.planning.deployment import Surroundings

TODAY = date(2026, 6, 1)
YESTERDAY = date(2026, 5, 31)
TOMORROW = date(2026, 6, 2)
REVISION = "0123456789abcdef0123456789abcdef01234567"

SMALL, BIG, GONE, GOING = "Standard_Small", "Standard_Big", "Standard_Gone", "Standard_Going"


def sku(
    name: str,
    *,
    gpu: str = "A100",
    compute_capability: float = 8.0,
    gpus: int = 1,
    retires: date | None = None,
) -> GpuSku:
    """A size with eight cores."""
    return GpuSku(
        name=name,
        vcpus=8,
        memory_gib=64,
        gpu=gpu,
        compute_capability=compute_capability,
        gpus=gpus,
        quota_family="family",
        retires=retires,
        source="tests",
        read_on=TODAY,
    )


def model(
    name: str,
    retires: date | None = None,
    successor: str | None = None,
    *,
    offered: bool = True,
    gated: bool = False,
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
        parameters=10**9,
        weights_gib=1.86,
        context_length=4096,
        license="MIT",
        managed=offer if offered else None,
        vllm=VllmOffer(revision=REVISION, skus=(SMALL, BIG)),
        source="tests",
        read_on=TODAY,
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
            sku(SMALL, gpu="T4", compute_capability=7.5),
            sku(BIG, gpus=4),
            sku(GONE, retires=TODAY),
            sku(GOING, retires=TOMORROW),
        )
    },
)
AROUND = Surroundings(CATALOG, TODAY)
