# SPDX-License-Identifier: Apache-2.0
"""GPU sizes: what Azure's pages say of them, figure by figure."""

import re
from datetime import date

import pytest

from azure_model_endpoints.catalog import GpuSku, load_catalog

SKUS = load_catalog().gpu_skus

T4 = "standard NCASv3_T4 Family"
A10 = "standardNVADSA10v5Family"
A100 = "standardNCADSA100v4Family"
H100 = "standardNCADSH100v5Family"
V100 = "standardNCSv3Family"
P100 = "standardNCSv2Family"
ND_H100 = "standardNDv5H100Family"

# Azure docs, reference-managed-online-endpoints-vm-sku-list.md (10/18/2025) and the sizes' pages:
# quota family, cores, memory and temporary disk in GiB, GPUs, GB on the box, skips the reserve.
TABLE = {
    "NC6s_v2": (P100, 6, 112, 736, 1, 16, False),
    "NC12s_v2": (P100, 12, 224, 1474, 2, 16, False),
    "NC24s_v2": (P100, 24, 448, 2948, 4, 16, False),
    "NC6s_v3": (V100, 6, 112, 736, 1, 16, False),
    "NC12s_v3": (V100, 12, 224, 1474, 2, 16, False),
    "NC24s_v3": (V100, 24, 448, 2948, 4, 16, False),
    "NC4as_T4_v3": (T4, 4, 28, 176, 1, 16, False),
    "NC8as_T4_v3": (T4, 8, 56, 352, 1, 16, False),
    "NC16as_T4_v3": (T4, 16, 110, 352, 1, 16, False),
    "NC64as_T4_v3": (T4, 64, 440, 2816, 4, 16, False),
    "NV6ads_A10_v5": (A10, 6, 55, 180, 1, 4, False),
    "NV12ads_A10_v5": (A10, 12, 110, 360, 1, 8, False),
    "NV18ads_A10_v5": (A10, 18, 220, 720, 1, 12, False),
    "NV36ads_A10_v5": (A10, 36, 440, 1440, 1, 24, False),
    "NV36adms_A10_v5": (A10, 36, 880, 2880, 1, 24, False),
    "NV72ads_A10_v5": (A10, 72, 880, 2880, 2, 24, False),
    "NC24ads_A100_v4": (A100, 24, 220, 64, 1, 80, True),
    "NC48ads_A100_v4": (A100, 48, 440, 128, 2, 80, True),
    "NC96ads_A100_v4": (A100, 96, 880, 256, 4, 80, True),
    "NC40ads_H100_v5": (H100, 40, 320, 3576, 1, 94, True),
    "NC80adis_H100_v5": (H100, 80, 640, 7152, 2, 94, True),
    "ND40rs_v2": ("standardNDSv2Family", 40, 672, 2948, 8, 32, True),
    "ND96asr_v4": ("standard NDASv4_A100 Family", 96, 900, 6000, 8, 40, True),
    "ND96amsr_A100_v4": ("standard NDAMSv4_A100Family", 96, 1900, 6400, 8, 80, True),
    "ND96is_H100_v5": (ND_H100, 96, 1900, None, 8, 80, True),
    "ND96isr_H100_v5": (ND_H100, 96, 1900, 1024, 8, 80, True),
}

# NVIDIA's data sheets: GB/s, dense fp16 TFLOPS, compute capability.
CARDS = {
    "P100 PCIe 16GB": (732, 18.7, 6.0),
    "V100 PCIe 16GB": (900, 112, 7.0),
    "V100 SXM2 32GB": (900, 125, 7.0),
    "T4": (320, 65, 7.5),
    "A10": (600, 125, 8.6),
    "A100 SXM 40GB": (1555, 312, 8.0),
    "A100 PCIe 80GB": (1935, 312, 8.0),
    "A100 SXM 80GB": (2039, 312, 8.0),
    "H100 NVL 94GB": (3938, 835, 9.0),
    "H100 SXM 80GB": (3350, 989, 9.0),
}


def name_of(row: object) -> str:
    """How a row is called in the test's name."""
    return str(getattr(row, "name", row))


def test_every_size_of_azures_list_is_there() -> None:
    """And none that Azure Machine Learning does not list, such as those with H200."""
    assert {f"Standard_{name}" for name in TABLE} == SKUS.keys()


@pytest.mark.parametrize("name", TABLE)
def test_size_is_as_azures_pages_say(name: str) -> None:
    """Cores and family decide on quota, to the letter."""
    family, vcpus, memory_gib, disk_gib, gpus, _, skips_reserve = TABLE[name]

    sku = SKUS[f"Standard_{name}"]

    assert (family, vcpus, memory_gib, disk_gib, gpus, skips_reserve) == (
        sku.quota_family,
        sku.vcpus,
        sku.memory_gib,
        sku.temporary_disk_gib,
        sku.gpus,
        sku.skips_quota_reserve,
    )


@pytest.mark.parametrize("name", TABLE)
def test_visible_memory_is_a_little_less_than_on_the_box(name: str) -> None:
    """Error correction and the driver take their part; more than a box holds would be a promise."""
    on_the_box = TABLE[name][5]

    visible = SKUS[f"Standard_{name}"].gpu_memory_gib

    assert 0.9 * on_the_box < visible < on_the_box


@pytest.mark.parametrize("sku", SKUS.values(), ids=name_of)
def test_card_is_as_its_data_sheet_says(sku: GpuSku) -> None:
    """Speed follows from these."""
    gpu = sku.gpu

    assert CARDS[gpu.name] == (
        gpu.memory_bandwidth_gb_per_s,
        gpu.fp16_tflops,
        gpu.compute_capability,
    )


def test_part_of_a_gpu_has_that_part_of_everything() -> None:
    """Memory, bandwidth and throughput of a sixth of an A10."""
    sixth, whole = SKUS["Standard_NV6ads_A10_v5"], SKUS["Standard_NV36ads_A10_v5"]

    assert sixth.gpu is whole.gpu
    assert sixth.gpu_memory_gib == pytest.approx(whole.gpu_memory_gib / 6, rel=1e-3)
    assert sixth.memory_bandwidth_gb_per_s == pytest.approx(100, rel=1e-3)
    assert sixth.fp16_tflops == pytest.approx(125 / 6, rel=1e-3)


@pytest.mark.parametrize("sku", SKUS.values(), ids=name_of)
def test_part_of_a_gpu_is_that_of_its_cores(sku: GpuSku) -> None:
    """Azure cuts an A10 into as many parts as its 36 cores; and never promises more than is cut."""
    if "A10_v5" in sku.name:
        share = min(1, sku.vcpus / 36)
        assert share * 0.999 < sku.gpu_fraction <= share
    else:
        assert 1 == sku.gpu_fraction


@pytest.mark.parametrize("sku", SKUS.values(), ids=name_of)
def test_gpus_are_connected_where_there_are_several(sku: GpuSku) -> None:
    """At no more than NVLink's rate in one direction, and no less than PCI Express 3.0's."""
    several = sku.gpus > 1

    assert several == (sku.interconnect is not None) == (sku.interconnect_gb_per_s is not None)
    if sku.interconnect_gb_per_s:
        fastest = 450 if sku.interconnect and "NVLink" in sku.interconnect else 63
        assert 15 < sku.interconnect_gb_per_s <= fastest


@pytest.mark.parametrize("sku", SKUS.values(), ids=name_of)
def test_size_is_named_as_azure_names_it(sku: GpuSku) -> None:
    """With the number of its cores in the name, which is a check on the row."""
    found = re.fullmatch(r"Standard_N[CDV](\d+)[a-z]+(_[A-Z0-9]+)?_v\d", sku.name)

    assert found
    assert sku.vcpus == int(found[1])


def test_sizes_of_a_family_share_its_rules() -> None:
    """Quota and its exemption are a family's, and so are the GPU and the end."""
    rules: dict[str, set[tuple[str, bool, date | None]]] = {}
    for sku in SKUS.values():
        rule = (sku.gpu.name, sku.skips_quota_reserve, sku.retires)
        rules.setdefault(sku.quota_family, set()).add(rule)

    assert {1} == {len(of_family) for of_family in rules.values()}


def test_withdrawn_sizes_have_their_day() -> None:
    """Azure still lists them for endpoints."""
    assert {
        date(2022, 8, 31): {"NC6s_v2", "NC12s_v2", "NC24s_v2"},
        date(2025, 9, 30): {"NC6s_v3", "NC12s_v3", "NC24s_v3"},
    } == {
        day: {name for name in TABLE if SKUS[f"Standard_{name}"].retires == day}
        for day in {sku.retires for sku in SKUS.values() if sku.retires}
    }


@pytest.mark.parametrize("sku", SKUS.values(), ids=name_of)
def test_size_that_no_list_has_is_taken_only_by_name(sku: GpuSku) -> None:
    """A10s and the H100s without InfiniBand."""
    assert ("A10_v5" in sku.name or "96is_" in sku.name) == (sku.opt_in is not None)
    assert sku.catalogue_listed == (sku.opt_in is None)
