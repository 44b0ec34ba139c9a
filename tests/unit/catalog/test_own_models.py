# SPDX-License-Identifier: Apache-2.0
"""Models and fine-tunes of one's own: from a shape, a config.json or a model of the catalogue."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from azure_model_endpoints.catalog import Model, load_catalog
from azure_model_endpoints.catalog.own import own_models, read_own_models, with_own
from azure_model_endpoints.catalog.prices import Prices
from azure_model_endpoints.errors import CatalogError, Problem
from azure_model_endpoints.vocabulary import Dtype

CATALOG = load_catalog()
SHAPE = {
    "layers": 32,
    "hidden_size": 4096,
    "heads": 32,
    "kv_heads": 8,
    "head_dim": 128,
    "ffn_size": 14336,
    "vocabulary": 32000,
}
ROW: dict[str, Any] = {
    "shape": SHAPE,
    "dtype": "bf16",
    "context_length": 8192,
    "license": "proprietary",
}
# The Hub's file of mistralai/Mistral-7B-v0.1.
MISTRAL = {
    "architectures": ["MistralForCausalLM"],
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "max_position_embeddings": 32768,
    "model_type": "mistral",
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "sliding_window": 4096,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": 32000,
}
CONFIG_ROW = {"config": "config.json", "license": "Apache-2.0"}


def read(tmp_path: Path, document: object, config: object = None) -> dict[str, Model]:
    """Read a file of models, with a config.json beside it."""
    path = tmp_path / "models.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return read_own_models(path)


def problems_of(call: Callable[[], object]) -> list[str]:
    """What is wrong, without the name of the file before it."""
    with pytest.raises(CatalogError) as error:
        call()
    return [str(problem).partition("models.yaml: ")[2] for problem in error.value.problems]


def problems_in(document: dict[Any, Any]) -> list[str]:
    """What is said of a document."""
    return problems_of(lambda: own_models(document, "models.yaml"))


def test_shape_is_enough_for_a_model(tmp_path: Path) -> None:
    """With what no default can know: how the weights are kept, the context and the licence."""
    own = read(tmp_path, {"acme": ROW})

    [model] = own.values()
    assert 7_241_732_096 == model.parameters
    assert ("acme", "acme", Dtype.BF16, 8192) == (
        model.name,
        model.title,
        model.dtype,
        model.context_length,
    )
    assert (None, None, False, None) == (
        model.hugging_face_id,
        model.revision,
        model.gated,
        model.managed,
    )
    assert str(tmp_path / "models.yaml") == model.source
    assert datetime.now(UTC).date() == model.read_on


def test_everything_of_a_row_may_be_said(tmp_path: Path) -> None:
    """As the catalogue's own rows do."""
    phi = CATALOG.models["phi-2"]
    row = phi.model_dump(mode="json", exclude={"name", "hugging_face_id"}) | {
        "hugging_face_id": "acme/phi",
        "aliases": ["acme-phi"],
    }

    own = read(tmp_path, {"acme-phi-2": row})

    expected = phi.model_copy(
        update={
            "name": "acme-phi-2",
            "hugging_face_id": "acme/phi",
            "aliases": ("acme-phi",),
        }
    )
    assert {"acme-phi-2": expected} == own


def test_own_model_is_found_like_one_of_the_catalogue(tmp_path: Path) -> None:
    """Beside the shipped ones, which stay as they are."""
    catalog = with_own(CATALOG, read(tmp_path, {"Acme": {**ROW, "aliases": ["A1"]}}), Prices())

    assert "Acme" == getattr(catalog.model("acme"), "name", None)
    assert "Acme" == getattr(catalog.model("a1"), "name", None)
    assert CATALOG.models.items() <= catalog.models.items()
    assert CATALOG.prices == catalog.prices


def test_fine_tune_is_as_large_as_its_base(tmp_path: Path) -> None:
    """And may be used for as much context and under the same licence."""
    base = CATALOG.models["llama-3.3-70b-instruct"]

    [model] = read(tmp_path, {"tuned": {"base": "Llama-3.3-70B", "title": "Ours"}}).values()

    assert "Ours" == model.title
    for field in ("shape", "dtype", "context_length", "license", "license_url"):
        assert getattr(base, field) == getattr(model, field)


def test_fine_tune_is_offered_nowhere_by_itself(tmp_path: Path) -> None:
    """Its base's offers and repository hold the base's weights, which would be served instead."""
    [model] = read(tmp_path, {"tuned": {"base": "llama-3.3-70b-instruct"}}).values()

    assert ((), None, None, False) == (
        model.aliases,
        model.hugging_face_id,
        model.revision,
        model.gated,
    )
    assert (None, None, None) == (model.managed, model.serverless, model.fine_tuning)


def test_fine_tune_may_differ_from_its_base(tmp_path: Path) -> None:
    """In a dimension, for example a longer vocabulary, and in anything else."""
    row = {"base": "phi-2", "shape": {"vocabulary": 51300}, "dtype": "int8", "license": "ours"}

    [model] = read(tmp_path, {"tuned": row}).values()

    base = CATALOG.models["phi-2"]
    assert base.shape.model_copy(update={"vocabulary": 51300}) == model.shape
    assert (Dtype.INT8, "ours", 2048) == (model.dtype, model.license, model.context_length)
    # A row of both tables, and a bias of the head, for each of the hundred more.
    assert 100 * (2 * 2560 + 1) == model.parameters - base.parameters


def test_fine_tune_may_have_a_base_of_ones_own() -> None:
    """One that stands above it."""
    own = own_models({"acme": ROW, "tuned": {"base": "acme"}}, "models.yaml")

    assert own["acme"].shape == own["tuned"].shape


def test_config_says_shape_context_and_dtype(tmp_path: Path) -> None:
    """As the catalogue has them; its path is relative to the file that names it."""
    [model] = read(tmp_path, {"acme": CONFIG_ROW}, MISTRAL).values()

    shipped = CATALOG.models["mistral-7b-v0-1"]
    for field in ("shape", "context_length", "dtype"):
        assert getattr(shipped, field) == getattr(model, field)


def test_config_wins_over_the_base_and_the_row_over_both(tmp_path: Path) -> None:
    """The nearer, the stronger."""
    row = {**CONFIG_ROW, "base": "phi-2", "context_length": 4096, "shape": {"vocabulary": 32768}}

    [model] = read(tmp_path, {"acme": row}, MISTRAL).values()

    assert 7_248_023_552 == model.parameters
    assert (4096, Dtype.BF16, "Apache-2.0") == (
        model.context_length,
        model.dtype,
        model.license,
    )


def test_settings_may_have_models_too(tmp_path: Path) -> None:
    """With the directory that paths are relative to."""
    (tmp_path / "config.json").write_text(json.dumps(MISTRAL))

    [model] = own_models({"acme": CONFIG_ROW}, "endpoints", tmp_path).values()

    assert ("endpoints", 4096) == (model.source, model.shape.sliding_window)


def test_source_and_date_may_be_said() -> None:
    """For a row that was copied from somewhere."""
    row = {**ROW, "source": "the model card", "read_on": "2026-01-31"}

    [model] = own_models({"acme": row}, "models.yaml").values()

    assert ("the model card", date(2026, 1, 31)) == (model.source, model.read_on)


@pytest.mark.parametrize("text", ["", "# none yet\n", "{}\n"])
def test_empty_file_has_no_models(tmp_path: Path, text: str) -> None:
    """Such as one with comments alone."""
    path = tmp_path / "models.yaml"
    path.write_text(text)

    assert {} == read_own_models(path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"acme: [", "While parsing a flow node did not find expected node content at line 2"),
        (b"- acme", "given ['acme']; allowed: a mapping in YAML. Write a name, a colon"),
        (b"3", "given 3; allowed: a mapping in YAML. Write a name, a colon"),
        (b"\xff\xfe", "given something else; allowed: a mapping in YAML. "),
        (b"a: !!python/name:os.system", "Could not determine a constructor for the tag"),
        (b"2026-13-45: x", "as timestamp: month must be in 1..12 at line 1, column 1."),
        (b"acme: !!timestamp x", "It cannot be read as timestamp at line 1, column 7."),
        (b"acme: !!bool x", "It cannot be read as bool at line 1, column 7."),
        (b"acme: !!int ''", "It cannot be read as int at line 1, column 7."),
        (b"acme: {n: 0x%s}" % (b"f" * 5000), "It cannot be read as int: Exceeds the limit"),
        (b"? [1, 2]\n: 3", "found unhashable key at line 1, column 3."),
        (b"acme: {? {a: b} : 3}", "found unhashable key at line 1, column 10."),
        (b"acme: {base: phi-2}\nacme: {base: phi-4}", "'acme' is there twice at line 2, column 1."),
        (b"acme: {base: phi-2, base: phi-4}", "'base' is there twice at line 1, column 21."),
    ],
)
def test_file_that_is_no_mapping_is_refused_in_one_paragraph(
    tmp_path: Path, text: bytes, problem: str
) -> None:
    """With the place, and without a traceback."""
    path = tmp_path / "models.yaml"
    path.write_bytes(text)

    with pytest.raises(CatalogError) as error:
        read_own_models(path)

    [found] = error.value.problems
    assert str(path) == found.path
    assert problem in str(found)


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Saying why."""
    with pytest.raises(CatalogError, match=r"given Is a directory; allowed: a mapping in YAML\."):
        read_own_models(tmp_path)


def test_everything_wrong_with_a_document_is_told_at_once() -> None:
    """By row and field, so that one run is enough to correct it."""
    document = {
        "wrong-types": {**ROW, "context_length": "8192", "gated": "maybe", "title": 3, "dtype": 16},
        "negative": {**ROW, "context_length": -1, "shape": {**SHAPE, "layers": 0}},
        "huge": {**ROW, "context_length": 10**12 + 1, "shape": {**SHAPE, "layers": 10**320}},
        "missing": {"shape": {k: v for k, v in SHAPE.items() if k != "vocabulary"}},
        "impossible": {**ROW, "shape": {**SHAPE, "kv_heads": 5, "experts_per_token": 2}},
        "misspelt": {**ROW, "licence": "MIT", "shape": {**SHAPE, "layer": 2}},
        "forms": {**ROW, "revision": "main", "hugging_face_id": "acme", "aliases": "a1"},
        "offer": {**ROW, "managed": {"asset_id": "azureml://registries/azureml/models/acme"}},
        "list": [1],
        "nothing": None,
        "no-size": {"license": "MIT"},
        "no base": {"base": "phi-9"},
        7: {},
    }

    problems = problems_in(document)

    catalogue = ", ".join(sorted(CATALOG.models))
    fields = ", ".join(sorted({*Model.model_fields, "base", "config"} - {"name"}))
    shape = ", ".join(sorted(type(CATALOG.models["phi-2"].shape).model_fields))
    no_default = "given nothing; allowed: a value. Add it: this setting has no default."
    in_range = "allowed: 1 to 1000000000000. Choose a number in that range."
    assert [
        "7: given the key 7; allowed: a text. Put it in quotes.",
        "wrong-types.title: given 3; allowed: a text. Put it in quotes.",
        "wrong-types.gated: given 'maybe'; allowed: true or false. Write it without quotes.",
        (
            "wrong-types.dtype: given 16; allowed: fp16, bf16, fp8, int8, int4-awq. Choose one of "
            "them."
        ),
        (
            "wrong-types.context_length: given '8192'; allowed: a whole number. Write it without "
            "quotes or a fraction."
        ),
        f"negative.shape.layers: given 0; {in_range}",
        f"negative.context_length: given -1; {in_range}",
        f"huge.shape.layers: given {10**320}; {in_range}",
        f"huge.context_length: given 1000000000001; {in_range}",
        f"missing.shape.vocabulary: {no_default}",
        f"missing.dtype: {no_default}",
        f"missing.context_length: {no_default}",
        f"missing.license: {no_default}",
        "impossible.shape.kv_heads: given 5; allowed: a divisor of `heads`, 32. Correct the value.",
        (
            "impossible.shape.experts_per_token: given 2; allowed: at most `experts`, 1. "
            "Correct the value."
        ),
        (
            f"misspelt.licence: given the unknown field 'licence'; allowed: {fields}. Did you mean "
            "'license'?"
        ),
        (
            f"misspelt.shape.layer: given the unknown setting 'layer'; allowed: {shape}. Did "
            "you mean 'layers'?"
        ),
        "forms.aliases: given 'a1'; allowed: a list. Write it in brackets.",
        (
            "forms.hugging_face_id: given 'acme'; allowed: OWNER/NAME of a repository on the "
            "Hugging Face Hub. Correct the value."
        ),
        (
            "forms.revision: given 'main'; allowed: 40 hexadecimal digits, a commit of the "
            "repository on the Hugging Face Hub. Correct the value."
        ),
        (
            "offer.managed.asset_id: given 'azureml://registries/azureml/models/acme'; allowed: "
            "azureml://registries/REGISTRY/models/NAME/versions/V (serverless: no version). "
            "Correct the value."
        ),
        "list: given [1]; allowed: a mapping of fields. Indent its fields below it.",
        "nothing: given nothing; allowed: a mapping of fields. Indent its fields below it.",
        (
            "no-size: given no size; allowed: `shape`, `config` or `base`. Add one of them: "
            "nothing else says how large the model is."
        ),
        f"no base.base: given 'phi-9'; allowed: {catalogue}. Did you mean 'phi-4'?",
        (
            "no base: given 'no base'; allowed: letters, digits, dots, dashes and underscores. "
            "Rename it."
        ),
    ] == problems


@pytest.mark.parametrize(
    ("name", "aliases", "problem"),
    [
        ("phi-2", [], "phi-2: given 'phi-2', which is a name of phi-2; "),
        ("PHI-2", [], "PHI-2: given 'PHI-2', which is a name of phi-2; "),
        ("phi-4-mini", [], "phi-4-mini: given 'phi-4-mini', which is a name of phi-4-mini-in"),
        ("ours", ["Phi-4"], "ours.aliases: given 'Phi-4', which is a name of phi-4; "),
        ("ACME", [], "ACME: given 'ACME', which is a name of acme; "),
        ("ours", ["a1"], "ours.aliases: given 'a1', which is a name of acme; "),
    ],
)
def test_name_of_another_model_is_refused(name: str, aliases: list[str], problem: str) -> None:
    """Settings that name a model must mean the same one before and after."""
    document = {"acme": {**ROW, "aliases": ["a1"]}, name: {**ROW, "aliases": aliases}}

    [found] = problems_in(document)

    assert found.startswith(problem)
    assert "allowed: a name that no other model has. Rename it; a fine-tune names" in found


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "config.json: No such file or directory."),
        (b"{", "It is not JSON: Expecting property name enclosed in double quotes"),
        (b"\xff", "It is not JSON: "),
        (b"[]", "It has no mapping of settings in it."),
    ],
)
def test_config_that_cannot_be_read_is_one_problem(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    """What it would have said is not missed as well."""
    if content is not None:
        (tmp_path / "config.json").write_bytes(content)

    [found] = problems_of(lambda: read(tmp_path, {"acme": CONFIG_ROW}))

    assert found.startswith("acme.config: given ")
    assert "allowed: a Hugging Face config.json, by its path from the file" in found
    assert problem in found


def test_base_that_does_not_exist_excuses_only_what_it_would_have_said() -> None:
    """A dimension that is not there is not missed; a wrong dtype is still wrong."""
    row = {"base": "phi-9", "shape": {"vocabulary": 0}, "dtype": 16}

    paths = [problem.partition(":")[0] for problem in problems_in({"acme": row})]

    assert ["acme.base", "acme.shape.vocabulary", "acme.dtype"] == paths


def test_path_of_a_config_is_a_text() -> None:
    """Whatever else it is."""
    assert ["acme.config: given 3; allowed: a path. Put it in quotes."] == problems_in(
        {"acme": {"config": 3, "license": "MIT"}}
    )


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
rows = st.dictionaries(
    st.sampled_from([*Model.model_fields, "base"]), json_values, max_size=6
) | st.builds(
    lambda row, field, value: {**row, field: value},
    st.just(ROW),
    st.sampled_from([*ROW, "base", "config", "managed", "aliases", "read_on"]),
    json_values,
)


@given(document=st.dictionaries(st.text() | st.integers() | st.none(), rows | json_values))
def test_no_document_ends_in_a_traceback(document: dict[Any, Any]) -> None:
    """Whatever is wrong with it is told as problems."""
    problems: tuple[Problem, ...] = ()
    models: dict[str, Model] = {}
    try:
        models = own_models(document, "models.yaml")
    except CatalogError as error:
        problems = error.problems

    assert bool(problems) == (list(document) != list(models))
    assert all(problem.path.startswith("models.yaml: ") for problem in problems)
