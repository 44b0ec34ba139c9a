# SPDX-License-Identifier: Apache-2.0
"""The planner's answer to a question: every candidate, the chosen one, and what to say of it."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from azure_model_endpoints.cli.price_age import PriceAge, oldest_price
from azure_model_endpoints.cli.serving import serving_note
from azure_model_endpoints.cli.tables import number, usd

if TYPE_CHECKING:
    from azure_model_endpoints.catalog import Catalog
    from azure_model_endpoints.planning.candidates import Candidate
    from azure_model_endpoints.planning.question import Question
    from azure_model_endpoints.planning.workload import Workload

__all__ = ["PER", "Answer", "answer_to", "candidate_json", "load_text"]

PER = {"hourly": "hour", "token": "token"}
"""What is counted per which by each objective."""

# Digits that mean something; the rest would only differ from machine to machine.
_DIGITS = {
    "gpu_memory_needed_gib": 2,
    "gpu_memory_available_gib": 2,
    "decode_tokens_per_second": 1,
    "time_to_first_token_ms": 1,
    "price_usd_per_hour": 4,
    "usd_per_million_output_tokens": 4,
}

# What other commands print, or print elsewhere.
_INTERNAL = ("warnings", "most_output_tokens_per_second")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the planner makes of a question."""

    question: "Question"
    catalog: "Catalog"
    candidates: "tuple[Candidate, ...]"
    """Every SKU, best first."""
    chosen: "Candidate | None"
    price_age: PriceAge | None
    """The oldest price of those that fit; None where none is known."""

    @property
    def fitting(self) -> "tuple[Candidate, ...]":
        """The candidates that hold the workload."""
        return tuple(candidate for candidate in self.candidates if candidate.fits)

    def problem(self) -> str:
        """Return why nothing was chosen: which limit binds, and what would satisfy it."""
        from azure_model_endpoints.planning.relaxation import relaxation

        asked = self.question
        remedy = relaxation(asked, self.catalog)
        if asked.sku is None:
            load = load_text(asked.workload)
            return f"Nothing in {asked.region} serves {asked.model.name} for {load}. {remedy}"
        reasons = next("; ".join(c.rejected) for c in self.candidates if c.sku == asked.sku)
        others = ", ".join(c.sku for c in self.fitting[:3])
        instead = f" Others would do: {others}." if others else ""
        remedy = f" {remedy}" if remedy else ""
        return f"{asked.sku} does not serve {asked.model.name}: {reasons}.{remedy}{instead}"

    def reason(self) -> str:
        """Return why the chosen one was chosen, what it takes, and who serves it there."""
        chosen = self.chosen
        if chosen is None:
            return self.problem()
        best = f"the cheapest per {PER[self.question.objective]}"
        count = len(self.fitting)
        why = f"{best} of {count} SKUs that hold this" if count > 1 else "the only SKU that does"
        if self.question.sku:
            why = "as you named it"
        price = usd(chosen.price_usd_per_hour)
        served = serving_note(self.question, chosen.sku, self.catalog)
        return (
            f"{chosen.instances} × {chosen.sku}, {why}. It takes {chosen.quota_cores} cores of "
            f"quota family `{chosen.quota_family}` and {price} USD an hour. {served}"
        )


def answer_to(question: "Question", catalog: "Catalog") -> Answer:
    """Return the planner's answer."""
    from azure_model_endpoints.planning.candidates import choose, rank
    from azure_model_endpoints.planning.context_limit import with_context_warnings

    candidates = with_context_warnings(question, rank(question, catalog), catalog)
    chosen = choose(candidates, question.sku)
    named = [chosen.sku] if chosen and question.sku else []
    priced = named or [candidate.sku for candidate in candidates if candidate.fits]
    age = oldest_price(catalog, question.region or "", priced, question.today)
    return Answer(question, catalog, candidates, chosen, age)


def candidate_json(candidate: "Candidate") -> dict[str, Any]:
    """Return a candidate as commands print it."""
    fields = asdict(candidate)
    for name in _INTERNAL:
        del fields[name]
    for name, digits in _DIGITS.items():
        if fields[name] is not None:
            fields[name] = round(fields[name], digits)
    if isinstance(candidate.retires, date):
        fields["retires"] = candidate.retires.isoformat()
    return fields


def load_text(workload: "Workload") -> str:
    """Return a workload in words."""
    limit = workload.max_time_to_first_token_ms
    streams = f"{number(workload.concurrency)} stream{'s' * (workload.concurrency != 1)}"
    usual = f"{number(workload.input_tokens)} in, {number(workload.output_tokens)} out"
    parts = [f"{streams} of up to {number(workload.context_length)} tokens ({usual})"]
    if limit is not None:
        parts.append(f"the first token within {number(limit)} ms")
    if workload.high_availability:
        parts.append("high availability")
    return ", ".join(parts)
