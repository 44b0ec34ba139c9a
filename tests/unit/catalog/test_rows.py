# SPDX-License-Identifier: Apache-2.0
"""Every row of the catalogue: complete, consistent with the others, and traceable."""

import re
from datetime import UTC, date, datetime
from importlib import resources
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from azure_model_endpoints.catalog import (
    Catalog,
    FineTuningOffer,
    Gpu,
    GpuSku,
    ManagedOffer,
    Model,
    ServerlessOffer,
    TokenPrice,
    TokenPriceKind,
    load_catalog,
)
from azure_model_endpoints.catalog._rows import CatalogRow
from azure_model_endpoints.catalog.gpus import load_gpus

CATALOG = load_catalog()
MODELS = list(CATALOG.models.values())
SKUS = list(CATALOG.gpu_skus.values())
GPUS = list(load_gpus().values())
TOKEN_PRICES = list(CATALOG.token_prices.values())
MANAGED = [(model, model.managed) for model in MODELS if model.managed]
SERVERLESS = [(model, model.serverless) for model in MODELS if model.serverless]
FINE_TUNING = [(model, model.fine_tuning) for model in MODELS if model.fine_tuning]

# Licences by the start of the model's name.
LICENCES = {
    "phi": "MIT",
    "mistral": "Apache-2.0",
    "mixtral": "Apache-2.0",
    "llama-2": "Llama 2 Community License",
    "llama-3-": "Llama 3 Community License",
    "llama-3.1": "Llama 3.1 Community License",
    "llama-3.2": "Llama 3.2 Community License",
    "llama-3.3": "Llama 3.3 Community License",
}
SPDX = {"MIT", "Apache-2.0"}


def name_of(row: object) -> str:
    """How a row is called in the test's name."""
    return str(getattr(row, "name", ""))


def file_of(name: str) -> Any:
    """What a file of the catalogue says."""
    text = resources.files("azure_model_endpoints.catalog").joinpath(name).read_text("utf-8")
    return yaml.safe_load(text)


@pytest.mark.parametrize("row", [*MODELS, *SKUS, *GPUS, *TOKEN_PRICES], ids=name_of)
def test_row_says_where_and_when_it_was_read(row: CatalogRow) -> None:
    """A fact that nobody can look up again is a rumour."""
    assert len(row.source) > len("a repository")
    assert date(2016, 1, 1) < row.read_on <= datetime.now(UTC).date()


def test_prices_and_regions_say_where_and_when_they_were_read() -> None:
    """They are kept by region, and as one list."""
    for row in [*file_of("prices.yaml").values(), file_of("regions.yaml")]:
        assert len(row["source"]) > len("a repository")
        assert row["read_on"] <= datetime.now(UTC).date()


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_model_is_named_as_settings_name_it(model: Model) -> None:
    """Lower case, so that nobody has to remember a spelling."""
    for name in (model.name, *model.aliases):
        assert re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", name)
    assert model.title


def test_no_name_or_alias_is_taken_twice() -> None:
    """A name that means two models means none."""
    names = [name for model in MODELS for name in (model.name, *model.aliases)]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_model_is_pinned_on_the_hub(model: Model) -> None:
    """New weights never arrive by themselves, and no two models share a repository."""
    assert model.revision
    assert [model] == [other for other in MODELS if other.hugging_face_id == model.hugging_face_id]
    assert [model] == [other for other in MODELS if other.revision == model.revision]


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_llama_and_mistral_are_gated(model: Model) -> None:
    """The Hub asks for an account that has accepted the licence; Microsoft's are free to take."""
    assert (not model.name.startswith("phi")) == model.gated


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_context_is_a_power_of_two(model: Model) -> None:
    """A slip of the finger would not be."""
    assert model.context_length >= 2048
    assert 1 == model.context_length.bit_count()


@pytest.mark.parametrize("model", MODELS, ids=name_of)
def test_licence_is_its_familys(model: Model) -> None:
    """And can be read where no identifier says what is in it."""
    [licence] = [text for start, text in LICENCES.items() if model.name.startswith(start)]

    assert licence == model.license
    assert (model.license in SPDX) == (model.license_url is None)


@pytest.mark.parametrize(("model", "offer"), MANAGED, ids=name_of)
def test_managed_offer_is_pinned_to_a_version(model: Model, offer: ManagedOffer) -> None:
    """A new version never arrives by itself."""
    registry = "azureml-meta" if model.name.startswith("llama") else "azureml"

    assert offer.asset_id.startswith(f"azureml://registries/{registry}/models/")
    assert model.version == offer.asset_id.rpartition("/")[2]
    assert int(str(model.version)) >= 1


@pytest.mark.parametrize(("model", "offer"), SERVERLESS, ids=name_of)
def test_serverless_offer_is_of_the_managed_asset(model: Model, offer: ServerlessOffer) -> None:
    """Azure keeps one asset for both, and chooses the version of the serverless one."""
    assert model.managed is not None
    assert model.managed.asset_id.startswith(f"{offer.asset_id}/versions/")


@pytest.mark.parametrize(("model", "offer"), [*SERVERLESS, *FINE_TUNING], ids=name_of)
def test_regions_of_an_offer_are_azures(
    model: Model, offer: ServerlessOffer | FineTuningOffer
) -> None:
    """In their short names, once each."""
    assert set(offer.regions) <= set(CATALOG.regions)
    assert len(offer.regions) == len(set(offer.regions))
    assert offer.regions or getattr(offer, "skus", ())


@pytest.mark.parametrize(("model", "offer"), [*MANAGED, *FINE_TUNING], ids=name_of)
def test_skus_of_an_offer_are_in_the_catalogue(
    model: Model, offer: ManagedOffer | FineTuningOffer
) -> None:
    """Once each, smallest first."""
    skus = offer.skus or ()
    cores = [CATALOG.gpu_skus[name].vcpus for name in skus]

    assert len(skus) == len(set(skus))
    assert sorted(cores) == cores


@pytest.mark.parametrize(("model", "offer"), MANAGED, ids=name_of)
def test_list_with_a_withdrawn_size_is_stale(model: Model, offer: ManagedOffer) -> None:
    """Whoever compares a choice with the list is told that it proves nothing."""
    withdrawn = [name for name in offer.skus or () if CATALOG.gpu_skus[name].retires]

    assert not withdrawn or offer.stale
    assert offer.skus or not offer.stale


def test_stale_lists_are_those_that_azure_forgot() -> None:
    """All others can be compared with."""
    assert {
        "mistral-7b-instruct-v0-3",
        "phi-3-mini-4k-instruct",
        "llama-2-7b",
        "llama-2-7b-chat",
        "llama-2-13b",
        "llama-2-13b-chat",
        "llama-2-70b",
        "llama-2-70b-chat",
    } == {model.name for model, offer in MANAGED if offer.stale}


@pytest.mark.parametrize(("model", "offer"), [*MANAGED, *SERVERLESS, *FINE_TUNING], ids=name_of)
def test_ended_offer_names_a_living_successor(
    model: Model, offer: ManagedOffer | ServerlessOffer | FineTuningOffer
) -> None:
    """Whoever is refused is told where to go, and is not refused there."""
    assert (offer.retires is None) == (offer.successor is None)
    if offer.successor:
        successor = CATALOG.models[offer.successor]
        assert successor.managed is not None
        assert successor.managed.retires is None


def test_retirements_are_those_that_azure_announced() -> None:
    """Mistral 7B and Phi-2 have none."""
    assert {
        date(2025, 6, 30): {
            *(f"llama-2-{size}{chat}" for size in ("7b", "13b", "70b") for chat in ("", "-chat")),
            "llama-3-8b-instruct",
            "llama-3-70b-instruct",
            "llama-3.1-70b-instruct",
        },
        date(2025, 8, 30): {"phi-3-mini-4k-instruct", "phi-3-mini-128k-instruct"},
        date(2026, 6, 13): {"llama-3.1-8b-instruct", "llama-3.1-405b-instruct"},
    } == {
        day: {model.name for model, offer in MANAGED if offer.retires == day}
        for day in {offer.retires for _, offer in MANAGED if offer.retires}
    }


def test_models_that_azure_fine_tunes_on_ones_own_compute_are_those_of_its_catalogue() -> None:
    """Phi-3 until it was retired, as Llama 2 was."""
    on_compute = {model.name: offer for model, offer in FINE_TUNING if offer.skus}

    assert {
        "phi-2",
        "mistral-7b-v0-1",
        "mixtral-8x7b",
        "llama-2-7b",
        "llama-2-7b-chat",
        "llama-2-13b",
        "llama-2-70b",
        "phi-3-mini-4k-instruct",
        "phi-3-mini-128k-instruct",
        "phi-4",
    } == set(on_compute)
    assert {date(2025, 8, 30)} == {
        offer.retires for name, offer in on_compute.items() if name.startswith("phi-3")
    }


@pytest.mark.parametrize("price", TOKEN_PRICES, ids=name_of)
def test_token_price_is_plausible(price: TokenPrice) -> None:
    """An answer costs no less than a prompt; lists that say otherwise have swapped the two."""
    assert 0 < price.usd_per_million_input_tokens <= price.usd_per_million_output_tokens


@pytest.mark.parametrize("price", TOKEN_PRICES, ids=name_of)
def test_only_serverless_prices_are_of_a_model_of_the_catalogue(price: TokenPrice) -> None:
    """Nobody can host the closed ones."""
    if price.kind is TokenPriceKind.SERVERLESS:
        model = CATALOG.models[str(price.model)]
        assert price.superseded == bool(model.managed and model.managed.retires)
    else:
        assert price.model is None


def test_closed_models_of_the_gpt_3_and_4_class_have_a_price() -> None:
    """They are what one's own endpoint is compared with."""
    assert {
        "gpt-35-turbo-0125": (0.5, 1.5),
        "gpt-4-8k-0613": (30, 60),
        "gpt-4-turbo": (10, 30),
    } == {
        price.name: (price.usd_per_million_input_tokens, price.usd_per_million_output_tokens)
        for price in TOKEN_PRICES
        if price.kind is TokenPriceKind.CLOSED
    }


def test_model_is_found_by_its_name_and_aliases_in_any_case() -> None:
    """As people write it."""
    assert "phi-2" == name_of(CATALOG.model("Phi-2"))
    assert "llama-3.3-70b-instruct" == name_of(CATALOG.model("Llama-3.3-70B"))
    assert "phi-4-mini-instruct" == name_of(CATALOG.model("phi-4-mini"))
    assert "mixtral-8x7b" == name_of(CATALOG.model("mixtral-8x7b-v0-1"))
    assert CATALOG.model("gpt-4") is None


def test_region_is_named_as_azure_names_it() -> None:
    """In lower case without spaces, sorted, once."""
    assert sorted(set(CATALOG.regions)) == list(CATALOG.regions)
    assert all(re.fullmatch(r"[a-z]+\d?", region) for region in CATALOG.regions)
    assert {"eastus", "westeurope", "swedencentral"} <= set(CATALOG.regions)


@pytest.mark.parametrize("row", [MODELS[0], SKUS[0], GPUS[0], TOKEN_PRICES[0]], ids=name_of)
def test_row_with_an_unknown_field_is_refused(row: CatalogRow) -> None:
    """A misspelt field would otherwise be a missing one."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        type(row).model_validate({**dict(row), "nmae": 4})


@pytest.mark.parametrize("row", [MODELS[0], SKUS[0], GPUS[0], TOKEN_PRICES[0]], ids=name_of)
def test_rows_are_frozen(row: CatalogRow) -> None:
    """The catalogue is shared by everything that plans."""
    with pytest.raises(ValidationError, match="frozen_instance"):
        row.source = "hearsay"


@pytest.mark.parametrize(
    ("rows", "file_name"),
    [
        (MODELS, "models.yaml"),
        (SKUS, "gpu_skus.yaml"),
        (GPUS, "gpus.yaml"),
        (TOKEN_PRICES, "token_prices.yaml"),
    ],
)
def test_rows_keep_the_order_of_their_file(
    rows: list[Model] | list[GpuSku] | list[Gpu] | list[TokenPrice], file_name: str
) -> None:
    """Which is that of their size, for those who list them; and no row is lost."""
    assert list(file_of(file_name)) == [row.name for row in rows]


def test_catalogue_is_read_once() -> None:
    """It cannot change under a run."""
    assert load_catalog() is load_catalog()
    assert isinstance(load_catalog(), Catalog)
