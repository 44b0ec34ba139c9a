# SPDX-License-Identifier: Apache-2.0
"""Every row of the catalogue: complete, consistent with the others, and traceable."""

import re
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from azure_model_endpoints.catalog import GpuSku, ManagedOffer, Model, load_catalog
from azure_model_endpoints.catalog._rows import CatalogRow, load_rows

CATALOG = load_catalog()
MODELS = list(CATALOG.models.values())
SKUS = list(CATALOG.gpu_skus.values())
OFFERS = [(model, model.managed) for model in MODELS if model.managed]

# SPDX identifiers, and licences of publishers that have no identifier.
LICENCES = {"MIT", "Apache-2.0", "Llama 3.1 Community License"}
BYTES_PER_WEIGHT = 2


def name_of(row: object) -> str:
    """How a row is called in the test's name."""
    return str(getattr(row, "name", ""))


@pytest.mark.parametrize("row", [*MODELS, *SKUS], ids=name_of)
def test_row_says_where_it_was_read(row: CatalogRow) -> None:
    """A fact that nobody can look up again is a rumour."""
    assert row.source
    assert row.read_on <= datetime.now(UTC).date()


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_model_is_named_as_settings_name_it(model: Model) -> None:
    """Lower case, so that nobody has to remember a spelling."""
    assert re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", model.name)
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", model.hugging_face_id)
    assert model.title


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_weights_follow_from_the_parameters(model: Model) -> None:
    """Two bytes each at 16 bits."""
    assert model.weights_gib == pytest.approx(model.parameters * BYTES_PER_WEIGHT / 2**30, rel=0.01)


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_context_is_a_power_of_two(model: Model) -> None:
    """A slip of the finger would not be."""
    assert model.context_length >= 2048
    assert 1 == model.context_length.bit_count()


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_licence_is_a_known_one(model: Model) -> None:
    """A misspelt licence would be a new one."""
    assert model.license in LICENCES


@pytest.mark.parametrize(("model", "offer"), OFFERS, ids=name_of)
def test_offer_is_pinned_to_a_version(model: Model, offer: ManagedOffer) -> None:
    """A new version never arrives by itself."""
    assert re.fullmatch(r"azureml://registries/[a-z-]+/models/[\w.-]+/versions/\d+", offer.asset_id)
    assert model.version == offer.asset_id.rpartition("/")[2]


@pytest.mark.parametrize(("model", "offer"), OFFERS, ids=name_of)
def test_skus_of_an_offer_are_in_the_catalogue(model: Model, offer: ManagedOffer) -> None:
    """Once each, and at least one, unless the offer has ended."""
    assert set(offer.skus) <= CATALOG.gpu_skus.keys()
    assert len(offer.skus) == len(set(offer.skus))
    assert offer.skus or offer.retires


@pytest.mark.parametrize(("model", "offer"), OFFERS, ids=name_of)
def test_ended_offer_names_a_successor(model: Model, offer: ManagedOffer) -> None:
    """Whoever is refused is told where to go."""
    assert (offer.retires is None) == (offer.successor is None)


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_skus_for_vllm_are_in_the_catalogue(model: Model) -> None:
    """Once each, and at least one."""
    assert set(model.vllm.skus) <= CATALOG.gpu_skus.keys()
    assert len(model.vllm.skus) == len(set(model.vllm.skus)) > 0


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_default_skus_are_the_smallest(model: Model) -> None:
    """The first is what costs least to try."""
    for skus in (model.vllm.skus, model.managed.skus if model.managed else ()):
        cores = [CATALOG.gpu_skus[name].vcpus for name in skus]
        assert cores[:1] == sorted(cores)[:1]


@pytest.mark.parametrize("sku", SKUS, ids=name_of)
def test_sku_is_named_as_azure_names_it(sku: GpuSku) -> None:
    """With the number of its cores in the name, which is a check on the row."""
    found = re.fullmatch(r"Standard_N[CDV](\d+)[a-z]+(_[A-Z0-9]+)?_v\d", sku.name)

    assert found
    assert sku.vcpus == int(found[1])


@pytest.mark.parametrize("sku", SKUS, ids=name_of)
def test_sku_has_plausible_hardware(sku: GpuSku) -> None:
    """Azure sells one, two, four or eight GPUs in a machine."""
    assert sku.gpus in {1, 2, 4, 8}
    assert sku.memory_gib > sku.vcpus
    assert sku.gpu
    assert "family" in sku.quota_family.lower()


def test_sizes_of_a_family_share_its_rules() -> None:
    """Quota and its exemption are a family's, and so is the GPU."""
    rules: dict[str, set[tuple[str, bool]]] = {}
    for sku in SKUS:
        rules.setdefault(sku.quota_family, set()).add((sku.gpu, sku.skips_quota_reserve))

    assert {1} == {len(of_family) for of_family in rules.values()}


def test_row_with_an_unknown_field_is_refused() -> None:
    """A misspelt field would otherwise be a missing one."""
    [first, *_] = SKUS

    with pytest.raises(ValidationError):
        GpuSku.model_validate({**first.model_dump(), "vcpu": 4})


def test_rows_are_frozen() -> None:
    """The catalogue is shared by everything that plans."""
    [first, *_] = SKUS

    with pytest.raises(ValidationError):
        first.vcpus = 1


def test_rows_keep_the_order_of_their_file() -> None:
    """Which is that of their size, for those who list them."""
    assert list(CATALOG.gpu_skus) == list(load_rows("gpu_skus.yaml", GpuSku))


def test_catalogue_is_read_once() -> None:
    """It cannot change under a run."""
    assert load_catalog() is load_catalog()
