# SPDX-License-Identifier: Apache-2.0
"""``ame``: the command line.

Commands import what they need when they run: `ame --help` and `ame sandbox` load neither pulumi nor
azure nor pydantic.
"""

import logging
import sys

import typer

from azure_model_endpoints.cli import (
    cost,
    doctor,
    keys,
    models,
    plan,
    prices,
    quota,
    recover,
    sandbox,
    schema,
    skus,
    smoke,
    topology,
)
from azure_model_endpoints.errors import AmeError

__all__ = ["app", "main"]

app = typer.Typer(
    name="ame",
    help="Open-weight models as Azure Machine Learning endpoints.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(models.models)
app.command()(skus.skus)
app.command()(plan.plan)
app.command()(cost.cost)
app.add_typer(prices.app)
app.command()(schema.schema)
app.command()(topology.topology)
app.command()(quota.quota)
app.command()(doctor.doctor)
app.command()(smoke.smoke)
app.add_typer(keys.app)
app.command()(recover.recover)
# The sandbox has a command line of its own, which is to see every argument as it was typed.
app.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)(sandbox.sandbox)


def main() -> int:
    """Run one command and return its exit status: 0 fine, 1 problems found, 2 wrong usage."""
    # What azure-identity tried in vain it also logs, a page of it, beside raising it.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    try:
        app()
    except AmeError as problem:
        typer.echo(f"ame: {problem}", err=True)
        return 1
    except OSError as problem:  # of the machine, not of what was asked: a full disk, a lost right
        typer.echo(f"ame: {problem}. See to that, and run the same command again.", err=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
