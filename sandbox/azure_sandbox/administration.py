# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: T201  (these are commands, and their output is what they print)
"""The commands that look at a running sandbox, or change it."""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from azure_sandbox.client import AdminClient
from azure_sandbox.errors import CommandError
from azure_sandbox.home import Home, find_home
from azure_sandbox.locks import Lock
from azure_sandbox.serving import leased, running

FOLLOW_SECONDS = 0.5
SERVE_CHECK_SECONDS = 1.0

ROUTING_COLUMNS = ("seq", "time", "endpoint", "traffic", "mirror_traffic", "instances", "cause")
QUOTA_COLUMNS = ("location", "family", "used", "limit")
POLICY_COLUMNS = ("location", "family", "policy")
CAPACITY_COLUMNS = ("location", "of", "times")
EVERYWHERE_ELSE = "elsewhere"
FAULT_MEMBERS = (
    "method",
    "path",
    "status",
    "drop",
    "latency_ms",
    "kill",
    "write",
    "fail_operation",
    "never_ends",
    "code",
    "message",
    "retry_after_seconds",
    "times",
    "probability",
    "seed",
)


def serve(options: argparse.Namespace) -> int:
    """Hold a lease on the server until Ctrl-C or a SIGTERM."""
    home = _home()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        leased(home, port=options.port, environment=os.environ) as server,
        suppress(KeyboardInterrupt),
    ):
        print(f"The sandbox runs at {server.url}; Ctrl-C ends it.", flush=True)
        while running(home):
            time.sleep(SERVE_CHECK_SECONDS)
        raise CommandError(f"The server has ended. Its last messages are in {home.log}.")
    return 0


def reset(options: argparse.Namespace) -> int:
    """Forget resources and states; keep the certificates, which clients may have come to trust."""
    home = _home()
    if not options.yes and not _confirmed(home):
        return 1
    if home.root.is_dir():
        with Lock(home.lock("start")).held():  # nobody starts a server meanwhile
            if server := running(home):
                server.client(home).send("POST", "reset")
            else:
                for file in home.root.glob("state.sqlite3*"):
                    file.unlink()
            for directory in (home.backend, home.stacks):
                shutil.rmtree(directory, ignore_errors=True)
    print(f"The sandbox in {home.root} is empty.")
    return 0


def status(options: argparse.Namespace) -> int:
    """Print what the server says of itself."""
    home = _home()
    server = running(home)
    if server is None and options.json:
        print(json.dumps({"running": False, "home": str(home.root)}, indent=2))
        return 1
    client = _client(home)
    answer = {"running": True, "home": str(home.root), **client.get("status")}
    if options.json:
        print(json.dumps(answer, indent=2))
    else:
        print("\n".join(f"{name:<14}{_text(value)}" for name, value in answer.items()))
    return 0


def log(options: argparse.Namespace) -> int:
    """Print the log of requests, and go on with it when asked."""
    client, since = _client(_home()), options.since
    while True:
        entries = client.get("log", {"since": str(since)})["entries"]
        since = max([since, *(entry["seq"] for entry in entries)])
        if options.json and not options.follow:
            _print_json(entries)
            return 0
        for entry in entries:
            print(json.dumps(entry) if options.json else log_line(entry), flush=True)
        if not options.follow:
            return 0
        time.sleep(FOLLOW_SECONDS)


def routing(options: argparse.Namespace) -> int:
    """Print the history of traffic and instances."""
    query = {"endpoint": options.endpoint} if options.endpoint else None
    changes = _client(_home()).get("routing", query)["changes"]
    if options.json:
        _print_json(changes)
    else:
        _print_table(changes, ROUTING_COLUMNS)
    return 0


def list_faults(options: argparse.Namespace) -> int:
    """Print the rules that make the sandbox misbehave."""
    rules = _client(_home()).get("faults")["faults"]
    if options.json:
        _print_json(rules)
    else:
        effective = [{name: value for name, value in rule.items() if value} for rule in rules]
        _print_table(effective, ("id", *FAULT_MEMBERS))
    return 0


def add_fault(options: argparse.Namespace) -> int:
    """Add a rule; what it may say is judged by the server."""
    given = {name: getattr(options, name) for name in FAULT_MEMBERS}
    rule = {
        name: value for name, value in given.items() if value is not None and value is not False
    }
    added = _client(_home()).send("POST", "faults", rule)
    print(f"Fault {added['id']} is set.")
    return 0


def clear_faults(options: argparse.Namespace) -> int:
    """Remove one rule or all."""
    path = "faults" if options.id is None else f"faults?id={options.id}"
    _client(_home()).send("DELETE", path)
    print("All faults are cleared." if options.id is None else f"Fault {options.id} is cleared.")
    return 0


def list_quota(options: argparse.Namespace) -> int:
    """Print limits and usage per region and family."""
    quota = _client(_home()).get("quota")
    if options.json:
        _print_json(quota)
        return 0
    defaults = [
        {"location": EVERYWHERE_ELSE, "family": family, "limit": limit}
        for family, limit in quota["defaults"].items()
    ]
    _print_table([*quota["value"], *defaults], QUOTA_COLUMNS)
    for rows, columns in (
        (quota["policies"], POLICY_COLUMNS),
        (quota["lost_capacity"], CAPACITY_COLUMNS),
    ):
        if rows:
            print()
            _print_table(rows, columns)
    return 0


def set_quota(options: argparse.Namespace) -> int:
    """Change one limit."""
    change = {"location": options.location, "family": options.family, "limit": options.vcpus}
    _client(_home()).send("PUT", "quota", change)
    print(f"{options.family} in {options.location} is now limited to {options.vcpus} vCPUs.")
    return 0


def set_policy(options: argparse.Namespace) -> int:
    """Say what becomes of requests for more quota."""
    change = {"location": options.location, "family": options.family, "policy": options.policy}
    _client(_home()).send("PUT", "quota/policy", change)
    print(f"Requests for {options.family} in {options.location}: {options.policy}.")
    return 0


def set_capacity(options: argparse.Namespace) -> int:
    """Take the machines of a size or family from a region, or give them back."""
    change = {"location": options.location, "of": options.of, "lost": options.state == "lost"}
    _client(_home()).send("PUT", "quota/capacity", {**change, "times": options.times})
    often = "" if options.times is None else f", for the next {options.times} starts"
    print(f"The capacity of {options.of} in {options.location} is {options.state}{often}.")
    return 0


def set_spelling(options: argparse.Namespace) -> int:
    """Say how the rows of the usages are spelt."""
    _client(_home()).send("PUT", "quota/spelling", {"spelling": options.spelling})
    print(f"The usages are spelt as {options.spelling}.")
    return 0


def log_line(entry: Mapping[str, Any]) -> str:
    """Return one request of the log as a line."""
    parts = [
        f"{entry['seq']:>5}",
        str(entry["time"]),
        f"{entry['status']}",
        f"{entry['method']:<6}",
        str(entry["path"]),
        *(str(entry[name]) for name in ("code", "operation") if entry.get(name)),
    ]
    return "  ".join(parts)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as aligned text; a column that is empty throughout is left out."""
    shown = [name for name in columns if any(_text(row.get(name)) for row in rows)]
    cells = [[_text(row.get(name)) for name in shown] for row in rows]
    heading = [name.replace("_", " ") for name in shown]
    widths = [max(map(len, column)) for column in zip(heading, *cells, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in [heading, *cells]
    ]
    return "\n".join(lines)


def _text(value: Any) -> str:
    """Return a value as a cell: nothing for what is not set, `blue 90, green 10` for a mapping."""
    if value is None or value is False or value in ("", {}, []):
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    return "yes" if value is True else str(value)


def _print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    print(table(rows, columns) if rows else "None.")


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2))


def _home() -> Home:
    return find_home(os.environ, Path.cwd())


def _client(home: Home) -> AdminClient:
    server = running(home)
    if server is None:
        raise CommandError(
            f"No sandbox runs in {home.root}. Start one with `ame sandbox serve`, or run a command "
            "in one with `ame sandbox exec -- COMMAND`."
        )
    return server.client(home)


def _confirmed(home: Home) -> bool:
    if not sys.stdin.isatty():
        raise CommandError("reset: this forgets resources and Pulumi states; confirm with --yes.")
    answer = input(f"Forget all resources and Pulumi states in {home.root}? [y/N] ")
    return answer.strip().lower() in {"y", "yes"}
