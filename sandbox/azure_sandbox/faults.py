# SPDX-License-Identifier: Apache-2.0
"""Injected faults: rules that make the sandbox misbehave on purpose.

A rule matches requests (by method and a part of the path) or long-running operations (by verb
and a part of the resource id), for a number of times and with a probability, and has one effect.
Several rules may strike one request, a slow answer and a refusal for example. Whether a rule with a
probability strikes depends only on the rule and on how often it was met, so that a run can be
repeated.
"""

import random
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from azure_sandbox.arm.errors import ArmError
from azure_sandbox.arm.transaction import Transaction
from azure_sandbox.arm.wire import JsonObject
from azure_sandbox.jobs import PROCESSES

_DOCUMENT = "faults"
_EFFECTS = ("status", "drop", "latency_ms", "kill", "fail_operation", "never_ends")

BEFORE, AFTER = "before", "after"
"""When a fault kills: before the write it strikes is applied, or after, unanswered."""

_READING_ACTIONS = ("check", "get", "list", "query", "validate")


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule.

    Exactly one of ``status``, ``drop``, ``latency_ms``, ``kill``, ``fail_operation`` and
    ``never_ends`` says what happens; the first four strike requests, the others operations.
    """

    id: int = 0
    method: str = ""
    """HTTP method, or the verb of an operation (PUT, DELETE, regenerateKeys); empty: any."""
    path: str = ""
    """Part of the path or resource id, any case; empty: any."""
    status: int = 0
    """Answer with this HTTP status instead of handling the request."""
    code: str = "InternalServerError"
    message: str = "This failure was injected into the sandbox."
    retry_after_seconds: int | None = None
    drop: bool = False
    """Break the connection without a complete answer."""
    latency_ms: int = 0
    """Handle the request after this many milliseconds."""
    kill: str = ""
    """Kill the commands that run in the sandbox ``before`` or ``after`` a write is applied."""
    write: int = 1
    """Which of the matching writes kills: the first is 1."""
    fail_operation: bool = False
    """Let the operation end as Failed with ``code`` and ``message``."""
    never_ends: bool = False
    """Leave the operation InProgress for ever."""
    times: int | None = None
    """How often it strikes; None: until it is removed."""
    probability: float = 1.0
    """The share of what matches that it strikes, at random."""
    seed: int = 0
    """Which share that is: the same number strikes the same matches; 0: the rule's own id."""
    met: int = 0
    """How many requests or operations have matched so far."""

    def matches(self, method: str, path: str) -> bool:
        """Whether the rule speaks of this request or operation."""
        wanted = self.method.lower() in {"", method.lower()}
        if self.kill and not _writes(method, path):
            return False
        return wanted and self.path.lower() in path.lower()

    @property
    def on_operations(self) -> bool:
        """Whether it strikes operations, not requests."""
        return self.fail_operation or self.never_ends

    @property
    def strikes(self) -> bool:
        """Whether the next match is hit; the same for the same history."""
        if self.kill:
            return self.met + 1 == self.write
        draw = random.Random(f"{self.seed or self.id}/{self.met}").random()  # noqa: S311 - not a secret
        return self.times != 0 and draw < self.probability


def _writes(method: str, path: str) -> bool:
    """Whether a request changes anything in Resource Manager or in a vault."""
    if method == "POST":
        acts = path.lower().startswith(("/subscriptions/", "/providers/"))
        return acts and not path.rpartition("/")[2].lower().startswith(_READING_ACTIONS)
    return method in {"PUT", "PATCH", "DELETE"}


def added(tx: Transaction, rule: JsonObject) -> Fault:
    """Stores a rule; raises ArmError 400 when it makes no sense."""
    fault = replace(_parsed(rule), id=_next_id(tx), met=0)
    _save(tx, [*listed(tx), fault])
    return fault


def listed(tx: Transaction) -> list[Fault]:
    """All rules, oldest first."""
    document = tx.document(_DOCUMENT) or {"rules": []}
    return [Fault(**rule) for rule in document["rules"]]


def cleared(tx: Transaction, fault_id: int | None = None) -> int:
    """Removes one rule or all; returns how many are gone."""
    rules = listed(tx)
    kept = [rule for rule in rules if fault_id is not None and rule.id != fault_id]
    _save(tx, kept)
    return len(rules) - len(kept)


def any_on_requests(tx: Transaction) -> bool:
    """Whether a request could be struck at all (asked before a write transaction is taken)."""
    return any(not fault.on_operations for fault in listed(tx))


def on_request(tx: Transaction, method: str, path: str) -> list[Fault]:
    """The faults that strike this request; each one is used up by it."""
    return _struck(tx, method, path, on_operations=False)


def on_operation(tx: Transaction, verb: str, resource_id: str) -> Fault | None:
    """The fault that strikes an operation which is about to begin."""
    struck = _struck(tx, verb, resource_id, on_operations=True)
    return struck[0] if struck else None


def _struck(tx: Transaction, method: str, path: str, *, on_operations: bool) -> list[Fault]:
    rules = listed(tx)
    struck: list[Fault] = []
    changed = False
    for index, rule in enumerate(rules):
        if rule.on_operations is not on_operations or not rule.matches(method, path):
            continue
        if on_operations and struck:
            break
        left = rule.times
        if rule.strikes:
            struck.append(rule)
            left = None if left is None else left - 1
        rules[index] = replace(rule, met=rule.met + 1, times=left)
        changed = True
    if changed:
        _save(tx, rules)
    return struck


def _save(tx: Transaction, rules: list[Fault]) -> None:
    document = tx.document(_DOCUMENT) or {}
    highest = max([document.get("highest_id", 0), *(rule.id for rule in rules)])
    tx.put_document(_DOCUMENT, {"highest_id": highest, "rules": [asdict(rule) for rule in rules]})


def _next_id(tx: Transaction) -> int:
    highest: int = (tx.document(_DOCUMENT) or {}).get("highest_id", 0)
    return highest + 1


def _parsed(rule: JsonObject) -> Fault:
    types: dict[str, Any] = {field.name: field.type for field in fields(Fault)}
    for unwanted in ("id", "met"):
        del types[unwanted]
    for name, value in rule.items():
        if name not in types:
            raise _refused(f"Unknown member '{name}'. Allowed: {', '.join(types)}.")
        if not isinstance(value, types[name]) or (
            isinstance(value, bool) and types[name] is not bool
        ):
            raise _refused(f"'{name}' has the value {value!r}, which has the wrong type.")
    effects = [name for name in _EFFECTS if rule.get(name)]
    if len(effects) != 1:
        raise _refused(f"A fault has one effect of {', '.join(_EFFECTS)}; given: {effects}.")
    fault = Fault(**rule)
    _check(fault)
    return fault


def _check(fault: Fault) -> None:
    if fault.status and not 300 <= fault.status <= 599:  # noqa: PLR2004 - HTTP's own bounds
        raise _refused(f"'status' is {fault.status}; allowed is 300 to 599.")
    if fault.kill not in {"", BEFORE, AFTER}:
        raise _refused(f"'kill' is '{fault.kill}'; allowed is '{BEFORE}' or '{AFTER}'.")
    if fault.kill and not PROCESSES.is_dir():
        raise _refused("'kill' needs /proc, which Linux has, to find the processes of a command.")
    if fault.write < 1 or (fault.write > 1 and not fault.kill):
        raise _refused("'write' counts the writes until 'kill', from 1.")
    if fault.latency_ms < 0:
        raise _refused(f"'latency_ms' is {fault.latency_ms}; allowed is 1 or more.")
    if fault.times is not None and fault.times < 1:
        raise _refused(f"'times' is {fault.times}; allowed is 1 or more, or none for always.")
    if not 0 < fault.probability <= 1:
        raise _refused(f"'probability' is {fault.probability}; allowed is above 0, up to 1.")


def _refused(message: str) -> ArmError:
    return ArmError(400, "InvalidFault", message)
