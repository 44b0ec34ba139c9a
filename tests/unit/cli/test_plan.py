# SPDX-License-Identifier: Apache-2.0
"""`ame plan`: the answer for a model."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from azure_model_endpoints.catalog import Price, Prices
from azure_model_endpoints.cli import options
from azure_model_endpoints.planning.question import Objective
from tests.unit.cli.running import BY_NAME, NOW, OTHER_REGION, SMALL_CATALOG, Ame
from tests.unit.planning.catalogs import BIG, GOING, GONE, REGION, SMALL

ASK = ("plan", "--model", "plain-model", "--region", REGION)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project; where its own files go."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nstackConfigDir: stacks\n")
    stacks = tmp_path / "stacks"
    stacks.mkdir()
    return stacks


@pytest.mark.usefixtures("small_catalog")
def test_json_has_exactly_the_agreed_keys(ame: Ame) -> None:
    """Scripts rely on the names, and on every SKU being there."""
    run = ame(*ASK, "--context", 2048, "--max-ttft-ms", 60000, "--json")

    document = run.document()
    assert (0, "") == (run.status, run.err)
    assert ["model", "region", "workload", "chosen", "candidates"] == list(document)
    assert {
        "context_length": 2048,
        "concurrency": 8,
        "input_tokens": 512,
        "output_tokens": 256,
        "max_time_to_first_token_ms": 60000,
        "high_availability": False,
    } == document["workload"]
    assert ("plain-model", REGION, SMALL) == (
        document["model"],
        document["region"],
        document["chosen"],
    )
    assert [
        "sku",
        "fits",
        "tensor_parallel",
        "instances",
        "gpu_memory_needed_gib",
        "gpu_memory_available_gib",
        "kv_cache_tokens",
        "max_concurrency",
        "decode_tokens_per_second",
        "time_to_first_token_ms",
        "price_usd_per_hour",
        "usd_per_million_output_tokens",
        "quota_family",
        "quota_cores",
        "catalogue_listed",
        "retires",
        "rejected",
    ] == list(document["candidates"][0])
    assert {SMALL, BIG, GONE, GOING, BY_NAME} == {row["sku"] for row in document["candidates"]}


@pytest.mark.usefixtures("small_catalog")
def test_table_shows_what_fits_and_every_reason_against_the_rest(ame: Ame) -> None:
    """The cheapest first, with what was chosen and why below."""
    run = ame(*ASK)

    assert 0 == run.status
    assert run.row(SMALL).startswith("1 1 ")
    assert run.out.index(f"→ {SMALL}") < run.out.index(GOING) < run.out.index(BIG)
    assert "withdrawn on 2026-06-01" == run.row(GONE)
    assert run.row(BY_NAME).endswith(f"no list has it; no price is known in {REGION}")
    assert f"Chosen: 1 × {SMALL}, the cheapest per hour of 3 SKUs that hold this." in run.out
    assert "16 cores of quota family `family` and 0.50 USD an hour" in run.out
    table = run.out.partition("Not possible")[0]
    assert max(map(len, table.splitlines())) <= 100
    assert "\x1b" not in run.out


@pytest.mark.usefixtures("small_catalog")
@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        (["--sku", "standard_BIG"], BIG),
        (["--sku", "big"], BIG),
        (["--sku", BY_NAME], BY_NAME),
        (["--high-availability"], SMALL),
        (["--objective", "token"], SMALL),
        (["--dtype", "bf16"], GOING),
    ],
)
def test_options_reach_the_planner(ame: Ame, given: list[str], chosen: str) -> None:
    """A named SKU needs no price; bfloat16 needs a newer GPU."""
    document = ame(*ASK, *given, "--json").document()

    assert chosen == document["chosen"]
    instances = {row["sku"]: row["instances"] for row in document["candidates"]}
    assert (3 if "--high-availability" in given else 1) == instances[chosen]


@pytest.mark.usefixtures("small_catalog")
def test_gpus_that_nothing_serves_the_model_on_are_out(ame: Ame) -> None:
    """Where Azure does not offer a model, vLLM is left, which needs a newer GPU."""
    ask = ("plan", "--model", "own-model", "--region", REGION)
    run = ame(*ask)
    named = ame(*ask, "--sku", SMALL)

    assert "vLLM of today needs compute capability" in run.row(SMALL)
    assert f"Chosen: 1 × {GOING}" in run.out
    assert "does not offer own-model: a stack needs a `vllm` section." in run.out
    assert f"Chosen: 1 × {SMALL}, as you named it." in named.out
    assert "a stack needs a `vllm` section and an older image." in named.out
    assert f"Others would do: {GOING}, {BIG}." in ame(*ask, "--sku", GONE).err


@pytest.mark.parametrize(
    ("model", "chosen"),
    [
        ("phi-2", "Standard_NC4as_T4_v3"),
        ("phi-4-mini", "Standard_NC24ads_A100_v4"),
        ("llama-3.2-1b-instruct", "Standard_NC24ads_A100_v4"),
        ("llama-3.2-3b-instruct", "Standard_NC24ads_A100_v4"),
        ("mistral-7b-instruct-v0-3", "Standard_NC24ads_A100_v4"),
    ],
)
def test_only_a_current_list_speaks_for_a_gpu_that_is_too_old_for_vllm(
    ame: Ame, model: str, chosen: str
) -> None:
    """Of the models that ship, Azure lists the T4 for Phi-2 alone."""
    run = ame("plan", "--model", model, "--region", REGION, "--json")

    assert chosen == run.document()["chosen"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["mistral-7b-v0-1"], "Azure's catalogue serves it there, or vLLM"),
        (["mistral-7b-v0-1", "--dtype", "bf16"], "Azure's catalogue serves it there, or vLLM"),
        (
            ["mistral-7b-v0-1", "--dtype", "fp16"],
            (
                "serves mistral-7b-v0-1 in bf16 only: a stack needs a `vllm` section with "
                "`dtype: fp16`."
            ),
        ),
        (
            ["llama-3.3-70b", "--dtype", "fp8"],
            (
                "serves llama-3.3-70b-instruct in bf16 only: a stack needs a `vllm` section with "
                "`dtype: fp8`."
            ),
        ),
        (
            ["mistral-7b-v0-1", "--dtype", "int4-awq"],
            (
                "serves mistral-7b-v0-1 in bf16 only: a stack needs a `vllm` section, and weights "
                "in int4-awq, which are a model of your own."
            ),
        ),
        (
            ["phi-4-mini", "--sku", "NC4as_T4_v3"],
            (
                "Azure publishes no current list of SKUs for phi-4-mini-instruct: a stack needs a "
                "`vllm` section and an older image."
            ),
        ),
    ],
)
def test_what_azures_image_does_not_do_takes_a_container_of_ones_own(
    ame: Ame, asked: list[str], told: str
) -> None:
    """It runs the weights as they are published: no variable of it says otherwise."""
    assert told in ame("plan", "--region", REGION, "--model", *asked).out


def test_types_that_azures_image_does_not_do_need_a_gpu_for_vllm(ame: Ame) -> None:
    """Though its list has the T4, for the weights as published."""
    ask = ("plan", "--model", "phi-2", "--region", REGION, "--json")

    assert "Standard_NC4as_T4_v3" == ame(*ask, "--dtype", "fp16").document()["chosen"]
    assert "Standard_NC24ads_A100_v4" == ame(*ask, "--dtype", "int8").document()["chosen"]


@pytest.mark.usefixtures("small_catalog")
def test_who_serves_the_model_there_is_told(ame: Ame) -> None:
    """Azure's own image, where its list has the size, or vLLM."""
    listed, unlisted = ame(*ASK), ame(*ASK, "--sku", BY_NAME)

    assert "Azure's catalogue serves it there." in listed.out
    assert "does not list it for plain-model: a stack needs a `vllm` section." in unlisted.out


def test_sku_on_which_azures_image_may_not_start_is_warned_of(ame: Ame) -> None:
    """It is not told the context that was planned."""
    run = ame("plan", "--model", "llama-3.3-70b-instruct", "--region", REGION, "--concurrency", 1)

    _, notes = run.out.split("To know before choosing:")
    assert "Standard_NC48ads_A100_v4 Azure's image is not told" in " ".join(notes.split())


@pytest.mark.usefixtures("small_catalog")
def test_price_of_a_named_sku_may_be_unknown(ame: Ame) -> None:
    """It is never shown as 0."""
    run = ame(*ASK, "--sku", BY_NAME)

    assert 0 == run.status
    assert "unknown" in run.row(BY_NAME)
    assert "unknown USD an hour" in run.out


def test_plan_loads_nothing_that_takes_long(tmp_path: Path) -> None:
    """It answers in less than a second: neither Pulumi nor Azure nor the plots are loaded."""
    program = (
        "import sys; from contextlib import suppress; from azure_model_endpoints.cli import main\n"
        "sys.argv = ['ame', 'plan', '--model', 'phi-2', '--region', 'eastus', '--json']\n"
        "with suppress(SystemExit): main()\n"
        "heavy = {'azure', 'pulumi', 'plotly', 'requests', 'rich'}\n"
        "print(*heavy & {name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    )

    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert "Standard_NC4as_T4_v3" == json.loads(run.stdout)["chosen"]
    assert "" == run.stderr.splitlines()[-1]


@pytest.mark.usefixtures("small_catalog")
def test_nothing_fits_is_a_problem_that_says_what_would_do(ame: Ame) -> None:
    """The answer is printed all the same."""
    run = ame(*ASK, "--concurrency", 1_000_000, "--json")

    assert (1, None) == (run.status, run.document()["chosen"])
    assert run.err.startswith("ame: Nothing in eastus serves plain-model for 1,000,000 streams")
    assert "concurrency binds: with at most" in run.err


@pytest.mark.usefixtures("small_catalog")
def test_named_sku_that_cannot_do_it_is_a_problem(ame: Ame) -> None:
    """With the reasons, and what would do instead."""
    run = ame(*ASK, "--sku", GONE)

    assert 1 == run.status
    assert (
        f"ame: {GONE} does not serve plain-model: withdrawn on 2026-06-01. Others would do: "
        f"{SMALL}, {GOING}, {BIG}.\n"
    ) == run.err


@pytest.mark.usefixtures("small_catalog")
def test_region_without_prices_is_a_problem(ame: Ame) -> None:
    """And `ame prices refresh` the remedy."""
    run = ame("plan", "--model", "plain-model", "--region", OTHER_REGION)

    assert 1 == run.status
    assert f"ame prices refresh --region {OTHER_REGION}" in run.err


@pytest.mark.usefixtures("small_catalog")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--context", 9000], "workload.context_length: given 9000; allowed: at most 4096"),
        (["--input-tokens", 5000], "workload: given 5000 input"),
    ],
)
def test_what_the_model_cannot_do_is_a_problem(
    ame: Ame, arguments: list[object], told: str
) -> None:
    """Told with the limit."""
    run = ame(*ASK, *arguments)

    assert (1, "") == (run.status, run.out)
    assert told in run.err


@pytest.mark.usefixtures("small_catalog")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--model or --stack: say one of the two"),
        (["--model", "plain-model", "--stack", "dev"], "--model or --stack: say one of the two"),
        (["--model", "plain-model"], "--region: say where"),
        (["--stack", "dev", "--sku", "x", "--context", 2], "leave out --context, --sku"),
        (["--stack", "dev", "--html", "x"], "--html: is about one model"),
        (["--model", "plain", "--region", REGION], "nearest: plain-model"),
        (["--model", "plain-model", "--region", "eas"], "nearest: eastus"),
        ([*ASK[1:], "--sku", "huge"], "--sku: given 'huge'"),
        ([*ASK[1:], "--concurrency", 0], "--concurrency"),
        ([*ASK[1:], "--objective", "beauty"], "--objective"),
        ([*ASK[1:], "--dtype", "fp64"], "--dtype"),
    ],
)
def test_wrong_usage_is_told_with_status_2(ame: Ame, arguments: list[object], told: str) -> None:
    """Before anything is looked up."""
    run = ame("plan", *arguments)

    assert (2, "") == (run.status, run.out)
    assert told in run.err
    assert "Traceback" not in run.err


@pytest.mark.parametrize("command", ["plan", "cost"])
def test_empty_name_of_a_stack_is_told_as_one(ame: Ame, tmp_path: Path, command: str) -> None:
    """As a variable of a pipeline leaves it that was not set; no model was asked for."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\n")

    run = ame(command, "--stack", "")

    assert (1, "") == (run.status, run.out)
    assert "stack: given ''" in run.err


def test_objectives_are_those_of_the_planner() -> None:
    """Spelled out for the command line, which loads the planner late."""
    assert {each.value for each in Objective} == {each.value for each in options.Objective}


@pytest.mark.usefixtures("small_catalog")
@pytest.mark.parametrize(("days", "is_old"), [(180, False), (181, True)])
def test_old_prices_are_warned_of(
    ame: Ame, monkeypatch: pytest.MonkeyPatch, days: int, is_old: bool
) -> None:
    """With their age, on standard error and in the answer; JSON stays JSON."""
    read_on = date.fromordinal(NOW.toordinal() - days)
    old = Prices({REGION: {SMALL: Price(0.5, read_on, "tests")}})
    catalog = replace(SMALL_CATALOG, prices=SMALL_CATALOG.prices.updated(old))
    monkeypatch.setattr("azure_model_endpoints.project_catalog.load_catalog", lambda: catalog)

    shown, printed = ame(*ASK), ame(*ASK, "--json")

    remedy = f"{days} days old; `ame prices refresh --region {REGION}`"
    assert [is_old] * 3 == [remedy in text for text in (shown.out, shown.err, printed.err)]
    assert SMALL == printed.document()["chosen"]


@pytest.mark.usefixtures("small_catalog")
def test_projects_own_models_and_prices_count(ame: Ame, project: Path) -> None:
    """From the files beside the stack files, wherever in the project one is."""
    (project / "models.yaml").write_text("my-tune: {base: phi-2}\n")
    (project / "prices.yaml").write_text(
        f"{REGION}: {{source: us, read_on: 2026-05-30, usd_per_hour: "
        "{Standard_NC4as_T4_v3: 0.01}}\n"
    )
    monkey = ame("models", "my-tune", "--json")
    price = ame("skus", "--region", REGION, "--json")

    assert "my-tune" == monkey.document()["name"]
    assert 0 == price.status


def test_malformed_file_of_the_project_is_told(ame: Ame, project: Path) -> None:
    """With file, row and field."""
    (project / "models.yaml").write_text("my-tune: {bse: phi-2}\n")

    run = ame("plan", "--model", "phi-2", "--region", REGION)

    assert (1, "") == (run.status, run.out)
    assert "models.yaml" in run.err
    assert "my-tune.bse" in run.err
    assert "Traceback" not in run.err
