# SPDX-License-Identifier: Apache-2.0
"""What docs/catalogue.md shows is what the files take."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from azure_model_endpoints.catalog import Model, load_catalog
from azure_model_endpoints.catalog.own import read_own_models, read_prices
from azure_model_endpoints.errors import CatalogError
from azure_model_endpoints.vocabulary import Dtype

GUIDE = (Path(__file__).parents[3] / "docs" / "catalogue.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```yaml\n# (\S+)\n(.*?)```", GUIDE, re.DOTALL)
MODELS = [text for name, text in SNIPPETS if name == "models.yaml"]
[PRICES] = [text for name, text in SNIPPETS if name == "prices.yaml"]
CONFIG: dict[str, Any] = {
    "architectures": ["MistralForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "max_position_embeddings": 32768,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "torch_dtype": "bfloat16",
    "vocab_size": 32000,
}


def models_of(tmp_path: Path, text: str) -> dict[str, Model]:
    """The models of a snippet, beside the config.json that one of them names."""
    (tmp_path / "acme-7b").mkdir()
    (tmp_path / "acme-7b" / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "models.yaml").write_text(text)
    return read_own_models(tmp_path / "models.yaml")


def test_every_snippet_is_tried() -> None:
    """None is left out for being marked otherwise."""
    assert GUIDE.count("```yaml") == len(SNIPPETS) == len(MODELS) + 1


@pytest.mark.parametrize("text", MODELS[:2])
def test_model_from_a_shape_and_from_a_config_are_the_same(tmp_path: Path, text: str) -> None:
    """As large as Mistral 7B, which both describe."""
    [model] = models_of(tmp_path, text).values()

    assert 7_241_732_096 == model.parameters
    assert ("Apache-2.0", Dtype.BF16) == (model.license, model.dtype)


def test_fine_tunes_are_as_large_as_their_bases(tmp_path: Path) -> None:
    """Also one of another, with other weights."""
    models = models_of(tmp_path, MODELS[2])

    base = load_catalog().models["llama-3.3-70b-instruct"]
    assert base.shape == models["acme-support"].shape == models["acme-support-awq"].shape
    assert Dtype.INT4_AWQ == models["acme-support-awq"].dtype
    assert 51300 == models["acme-phi"].shape.vocabulary


def test_prices_of_several_days_are_read(tmp_path: Path) -> None:
    """One region with one source, another with two."""
    (tmp_path / "prices.yaml").write_text(PRICES)

    prices = read_prices(tmp_path / "prices.yaml")

    assert {
        ("eastus", "Standard_NC24ads_A100_v4", 3.1),
        ("westeurope", "Standard_NC24ads_A100_v4", 3.4),
        ("westeurope", "Standard_NC4as_T4_v3", 0.61),
    } == {(region, sku, price.usd_per_hour) for region, sku, price in prices}


def test_mistakes_read_as_shown(tmp_path: Path) -> None:
    """To the letter, but for the names that the guide leaves out."""
    text = f"{MODELS[0]}\nacme-support:\n  base: phi2\n".replace("kv_heads: 8", "kv_heads: 5")

    with pytest.raises(CatalogError) as error:
        models_of(tmp_path, text)

    said = str(error.value).replace(str(tmp_path), "…/stacks")
    [shown] = re.findall(r"    2 problems in .*?\n(?=\S|\Z)", GUIDE, re.DOTALL)
    pattern = "\n".join(line[4:] for line in shown.rstrip().split("\n"))
    assert re.fullmatch(re.escape(pattern).replace("…", "[^.]*.*"), said, re.DOTALL)


def test_guide_tells_of_every_file() -> None:
    """Whoever adds one says what is in it."""
    folder = Path(__file__).parents[3] / "components" / "azure_model_endpoints" / "catalog"

    assert {path.name for path in folder.glob("*.yaml")} == set(
        re.findall(r"`(\w+\.yaml)`", GUIDE.partition("## What the figures mean")[0])
    )
