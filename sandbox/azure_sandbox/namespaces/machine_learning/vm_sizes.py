# SPDX-License-Identifier: Apache-2.0
"""VM sizes: which exist, which managed online endpoints offer, and the `vmSizes` listing."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import yaml

from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.namespaces.machine_learning.violations import Violation

DEFAULT_INSTANCE_TYPE = "Standard_F4s_v2"
"""What a deployment without `instanceType` gets (REST specification)."""


@dataclass(frozen=True, slots=True)
class Family:
    """A quota family; `name` is Azure's own spelling, stray spaces included."""

    name: str
    label: str
    default_limit_vcpus: int
    skips_reserve: bool
    online_endpoints: bool
    retired: date | None
    gpu: str
    """The model of its GPUs, such as T4; empty for a CPU family."""

    @property
    def key(self) -> str:
        """The name as it is compared: lower case, without spaces and underscores."""
        return family_key(self.name)


@dataclass(frozen=True, slots=True)
class VmSize:
    """One VM size; `price_usd_per_hour` is East US, pay as you go, None when not known."""

    name: str
    family: Family
    vcpus: int
    memory_gib: float
    gpus: int
    gpu_memory_gib: float
    temporary_disk_gib: float
    price_usd_per_hour: float | None

    @property
    def total_gpu_memory_gib(self) -> float:
        """Memory of all GPUs as CUDA reports it."""
        return self.gpus * self.gpu_memory_gib


def family_key(name: str) -> str:
    """Return a family name in the form in which two spellings compare equal."""
    return "".join(name.split()).replace("_", "").lower()


def find_vm_size(name: str) -> VmSize | None:
    """Return the size of that name, in any casing."""
    return _sizes().get(name.lower())


def find_family(name: str) -> Family | None:
    """Return the family of that name, in any casing and spacing."""
    return _families().get(family_key(name))


def all_families() -> list[Family]:
    """Return every family, in the order of the data."""
    return list(_families().values())


def check_instance_type(name: object, today: date) -> list[Violation]:
    """Check that managed online endpoints offer a VM size on that day."""
    size = find_vm_size(name) if isinstance(name, str) else None
    if size is None:
        return [Violation("VmSize", f"The VM size {name} does not exist. {_SKU_LIST}")]
    if not size.family.online_endpoints:
        return [
            Violation(
                "VmSize", f"Managed online endpoints do not support the VM size {name}. {_SKU_LIST}"
            )
        ]
    if size.family.retired and size.family.retired <= today:
        return [
            Violation(
                "VmSize",
                f"The VM size {name} was retired on {size.family.retired:%Y-%m-%d}. {_SKU_LIST}",
            )
        ]
    return []


def vm_sizes_listing(location: str, withdrawn: Collection[str] = ()) -> JsonObject:
    """Return the answer to `GET locations/{location}/vmSizes`, without what the region lacks.

    Retired sizes stay listed, as on Azure's own page of sizes; an unknown price is left out.
    """
    there = [size for size in _sizes().values() if size.name not in withdrawn]
    return {"value": [_listing_entry(size, location) for size in there]}


def _listing_entry(size: VmSize, location: str) -> JsonObject:
    price = _data()["regional_prices"].get(location, {}).get(size.name, size.price_usd_per_hour)
    entry: JsonObject = {
        "name": size.name,
        "family": size.family.name,
        "vCPUs": size.vcpus,
        "gpus": size.gpus,
        "osVhdSizeMB": 1047552,
        "maxResourceVolumeMB": int(size.temporary_disk_gib * 1024),
        "memoryGB": size.memory_gib,
        "lowPriorityCapable": True,
        "premiumIO": True,
        "supportedComputeTypes": ["AmlCompute", "ComputeInstance"],
    }
    if price is not None:
        entry["estimatedVMPrices"] = {
            "billingCurrency": "USD",
            "unitOfMeasure": "OneHour",
            "values": [{"retailPrice": price, "osType": "Linux", "vmTier": "Standard"}],
        }
    return entry


_SKU_LIST = (
    "Azure's page 'Managed online endpoints SKU list' names the sizes that can be deployed to."
)


@cache
def _data() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("vm_sizes.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


@cache
def _families() -> dict[str, Family]:
    families = [_family(row) for row in _data()["families"]]
    return {family.key: family for family in families}


@cache
def _sizes() -> dict[str, VmSize]:
    return {size.name.lower(): size for row in _data()["families"] for size in _sizes_of(row)}


def _family(row: dict[str, Any]) -> Family:
    return Family(
        name=row["name"],
        label=row["label"],
        default_limit_vcpus=row["limit"],
        skips_reserve=row.get("skips_reserve", False),
        online_endpoints=row.get("online_endpoints", True),
        retired=row.get("retired"),
        gpu=row.get("gpu", {}).get("name", ""),
    )


def _sizes_of(row: dict[str, Any]) -> Iterator[VmSize]:
    family = _family(row)
    gpu_memory_gib = row.get("gpu", {}).get("memory_gib", 0)
    for name, shape in row["sizes"].items():
        yield _size(name, family, shape, gpu_memory_gib)
    for name, size in row.get("fractional_sizes", {}).items():
        yield _size(name, family, size["shape"], size["gpu_memory_gib"])


def _size(name: str, family: Family, shape: list[Any], gpu_memory_gib: float) -> VmSize:
    vcpus, memory_gib, gpus, disk_gib, price = shape
    return VmSize(name, family, vcpus, memory_gib, gpus, gpu_memory_gib, disk_gib, price)
