# SPDX-License-Identifier: Apache-2.0
"""GPU SKUs that managed online endpoints accept, as rows of ``gpu_skus.yaml``."""

from datetime import date

from azure_model_endpoints.catalog._rows import CatalogRow, load_rows


class GpuSku(CatalogRow):
    """One virtual machine size with GPUs."""

    vcpus: int
    """Cores per instance; quota is counted in these."""
    memory_gib: int
    """Host memory, in GiB."""
    gpu: str
    """The GPU's model."""
    compute_capability: float
    """NVIDIA's; bfloat16 needs 8.0."""
    gpus: int
    """GPUs per instance."""
    quota_family: str
    """The quota family verbatim, stray spaces included, as the usages API names it."""
    skips_quota_reserve: bool = False
    """True where Azure does not ask for a fifth more quota than the instances use."""
    retires: date | None = None
    """The day the size is withdrawn; None when no retirement is announced."""


def load_gpu_skus() -> dict[str, GpuSku]:
    """Return every GPU SKU of the catalogue by its Azure name."""
    return load_rows("gpu_skus.yaml", GpuSku)
