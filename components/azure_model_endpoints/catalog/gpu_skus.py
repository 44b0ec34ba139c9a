# SPDX-License-Identifier: Apache-2.0
"""GPU SKUs that managed online endpoints accept, as rows of ``gpu_skus.yaml``."""

from collections.abc import Mapping
from datetime import date

from azure_model_endpoints.catalog._rows import CatalogRow, read_rows
from azure_model_endpoints.catalog.gpus import Gpu


class GpuSku(CatalogRow):
    """One virtual machine size with GPUs."""

    vcpus: int
    """Cores per instance; quota is counted in these."""
    memory_gib: int
    """Host memory, in GiB."""
    temporary_disk_gib: int | None
    """Local temporary disk, in GiB; None where it is not published."""
    gpu: Gpu
    """The GPU; the file names it."""
    gpus: int
    """GPUs per instance."""
    gpu_fraction: float = 1.0
    """The part of a GPU that the instance gets; below 1 only with one GPU."""
    interconnect: str | None = None
    """What connects the GPUs with each other; None with one GPU."""
    interconnect_gb_per_s: float | None = None
    """Its bandwidth per GPU in one direction, in 10^9 bytes per second; None with one GPU."""
    quota_family: str
    """The quota family verbatim, stray spaces included, as the usages API names it."""
    skips_quota_reserve: bool = False
    """True where Azure does not ask for a fifth more quota than the instances use."""
    catalogue_listed: bool
    """Whether the Azure model catalogue's own list of inference SKUs has it."""
    opt_in: str | None = None
    """Why it is taken only where it is asked for by name; None when it may be chosen."""
    retires: date | None = None
    """The day the size is withdrawn; None when no retirement is announced."""

    @property
    def gpu_memory_gib(self) -> float:
        """Memory that CUDA reports, per GPU."""
        return self.gpu.visible_memory_gib * self.gpu_fraction

    @property
    def memory_bandwidth_gb_per_s(self) -> float:
        """Memory bandwidth per GPU."""
        return self.gpu.memory_bandwidth_gb_per_s * self.gpu_fraction

    @property
    def fp16_tflops(self) -> float:
        """Dense half-precision tensor throughput per GPU."""
        return self.gpu.fp16_tflops * self.gpu_fraction


def load_gpu_skus(gpus: Mapping[str, Gpu]) -> dict[str, GpuSku]:
    """Return every GPU SKU of the catalogue by its Azure name."""
    rows = read_rows("gpu_skus.yaml")
    return {
        name: GpuSku.model_validate({"name": name, **fields, "gpu": gpus[fields["gpu"]]})
        for name, fields in rows.items()
    }
