# SPDX-License-Identifier: Apache-2.0
"""GPUs, as rows of ``gpus.yaml``."""

from azure_model_endpoints.catalog._rows import CatalogRow, load_rows


class Gpu(CatalogRow):
    """One model of GPU."""

    visible_memory_gib: float
    """The least memory CUDA is known to report as total, in GiB. It is less than the number on the
    box: error correction and the driver take their part."""
    memory_bandwidth_gb_per_s: float
    """Memory bandwidth, in 10^9 bytes per second."""
    fp16_tflops: float
    """Dense half-precision tensor throughput, in 10^12 operations per second."""
    compute_capability: float
    """NVIDIA's; bfloat16 needs 8.0."""


def load_gpus() -> dict[str, Gpu]:
    """Return every GPU of the catalogue by name."""
    return load_rows("gpus.yaml", Gpu)
