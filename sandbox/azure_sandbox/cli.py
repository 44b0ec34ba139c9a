# SPDX-License-Identifier: Apache-2.0
"""The command line of the sandbox: ``python -m azure_sandbox``, or ``ame sandbox``."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from azure_sandbox import administration
from azure_sandbox.errors import CommandError
from azure_sandbox.execute import PROVIDERS, STAND_IN, execute
from azure_sandbox.faults import AFTER, BEFORE
from azure_sandbox.places import INTERNET, Place, parse_place

PROGRAM_VARIABLE = "AZURE_SANDBOX_PROGRAM"
"""What the user typed to get here, for usage messages."""
EXIT_PROBLEM = 1
EXIT_INTERRUPTED = 130
LARGEST_PORT = 65535


def main(arguments: Sequence[str]) -> int:
    """Carry out one command and return its exit status; 2 means wrong usage."""
    own, command = _split(arguments)
    options = _parser().parse_args(own, argparse.Namespace(command=command))
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except CommandError as problem:
        print(problem, file=sys.stderr)
        return problem.exit_status
    except BrokenPipeError:  # as in `… log | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_PROBLEM
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return status


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Separate what is for the sandbox from the command after ``--``."""
    if "--" not in arguments:
        return list(arguments), []
    position = arguments.index("--")
    return list(arguments[:position]), list(arguments[position + 1 :])


def _exec(options: argparse.Namespace) -> int:
    if not options.command:
        options.parser.error("write the command after `--`, as in `exec -- pulumi preview`")
    return execute(
        options.command,
        stack=options.stack,
        port=options.port,
        provider=options.provider,
        pulumi=options.pulumi,
        place=options.place,
    )


def _place(text: str) -> Place:
    try:
        return parse_place(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else 0
    if not 0 < port <= LARGEST_PORT:
        raise argparse.ArgumentTypeError(
            f"given {text!r}; allowed: a number from 1 to {LARGEST_PORT}"
        )
    return port


class _Commands:
    """The subcommands of one parser."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def group(self, name: str, text: str) -> "_Commands":
        return _Commands(self._commands.add_parser(name, help=text, description=text))

    def add(
        self, name: str, text: str, run: Callable[[argparse.Namespace], int]
    ) -> argparse.ArgumentParser:
        command = self._commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        command.set_defaults(run=run, parser=command)
        return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=os.environ.pop(PROGRAM_VARIABLE, "python -m azure_sandbox"),
        description="A local Azure on loopback, to run Pulumi programs without a subscription.",
    )
    commands = _Commands(parser)
    _add_running(commands)
    _add_reading(commands)
    _add_fault(commands.group("fault", "Make the sandbox misbehave on purpose."))
    _add_quota(commands.group("quota", "The quota of vCPUs per family and region."))
    return parser


def _add_running(commands: _Commands) -> None:
    run = commands.add("exec", "Run a command in the sandbox: exec [options] -- COMMAND", _exec)
    run.usage = f"{run.prog} [options] -- COMMAND [ARGUMENT ...]"
    run.add_argument("--stack", metavar="S", help="the stack to work on; made if missing")
    run.add_argument("--port", type=_port, metavar="P", help="default: the one used last")
    run.add_argument(
        "--provider",
        choices=PROVIDERS,
        default=STAND_IN,
        help="which azure-native plugin to use; default: %(default)s",
    )
    run.add_argument("--pulumi", type=Path, metavar="PATH", help="the Pulumi CLI to use")
    run.add_argument(
        "--from",
        dest="place",
        type=_place,
        default=INTERNET,
        metavar="PLACE",
        help="where requests come from: internet (the default), or vnet:NAME",
    )
    serve = commands.add("serve", "Run the server until Ctrl-C.", administration.serve)
    serve.add_argument("--port", type=_port, metavar="P", help="default: the one used last")
    reset = commands.add(
        "reset", "Forget all resources, Pulumi states and stack copies.", administration.reset
    )
    reset.add_argument("--yes", action="store_true", help="do not ask")


def _add_reading(commands: _Commands) -> None:
    status = commands.add(
        "status", "Show whether and where the server runs.", administration.status
    )
    _add_json(status)
    log = commands.add("log", "Show every request and how it was answered.", administration.log)
    log.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    log.add_argument(
        "--since", type=int, default=0, metavar="SEQ", help="only what came after this number"
    )
    _add_json(log)
    routing = commands.add(
        "routing", "Show every change of traffic and instances.", administration.routing
    )
    routing.add_argument("--endpoint", metavar="NAME", help="of this endpoint only")
    _add_json(routing)


def _add_fault(commands: _Commands) -> None:
    _add_json(commands.add("list", "Show the rules.", administration.list_faults))
    add = commands.add("add", "Add a rule, which has one effect.", administration.add_fault)
    add.add_argument("--method", help="HTTP method, or verb of the operation; default: any")
    add.add_argument("--path", help="part of the path or resource id; default: any")
    effects = add.add_mutually_exclusive_group(required=True)
    effects.add_argument("--status", type=int, help="answer with this HTTP status")
    effects.add_argument("--drop", action="store_true", help="break the connection")
    effects.add_argument("--latency-ms", type=int, help="answer late")
    effects.add_argument(
        "--kill",
        choices=(BEFORE, AFTER),
        help="kill the commands in the sandbox before or after a write is applied",
    )
    effects.add_argument("--fail-operation", action="store_true", help="let operations fail")
    effects.add_argument("--never-ends", action="store_true", help="let operations never end")
    add.add_argument("--write", type=int, metavar="N", help="which write kills; default: the first")
    add.add_argument("--code", help="the error code of a status or a failed operation")
    add.add_argument("--message", help="the message that goes with it")
    add.add_argument("--retry-after-seconds", type=int, help="the header that goes with it")
    add.add_argument("--times", type=int, help="how often; default: until it is cleared")
    add.add_argument("--probability", type=float, help="above 0, up to 1, which is the default")
    add.add_argument("--seed", type=int, help="strike the same share again; default: the rule's id")
    clear = commands.add("clear", "Remove one rule, or all.", administration.clear_faults)
    clear.add_argument("id", nargs="?", type=int, help="the number of the rule; default: all")


def _add_quota(commands: _Commands) -> None:
    _add_json(commands.add("list", "Show limits and usage.", administration.list_quota))
    change = commands.add("set", "Change one limit.", administration.set_quota)
    change.add_argument("location", help="for example eastus2")
    change.add_argument("family", help="for example standardNCADSA100v4Family")
    change.add_argument("vcpus", type=int, help="the new limit")
    policy = commands.add(
        "policy", "Say what becomes of requests for more.", administration.set_policy
    )
    policy.add_argument("location", help="for example eastus2")
    policy.add_argument("family", help="for example standardNCADSA100v4Family")
    policy.add_argument(
        "policy",
        choices=("approve", "refuse", "ticket", "portal"),
        help="portal: cannot be requested by API at all",
    )
    capacity = commands.add(
        "capacity", "Let a region run out of machines.", administration.set_capacity
    )
    capacity.add_argument("location", help="for example eastus2")
    capacity.add_argument("of", metavar="size|family", help="for example Standard_NC4as_T4_v3")
    capacity.add_argument("state", choices=("lost", "restored"))
    capacity.add_argument("--times", type=int, help="how many starts fail; default: all")
    spelling = commands.add(
        "spelling", "Say how the rows of the usages are spelt.", administration.set_spelling
    )
    spelling.add_argument(
        "spelling",
        choices=("seen", "sample"),
        help="as seen in use, or as in the REST specification's samples",
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")
