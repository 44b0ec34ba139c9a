# SPDX-License-Identifier: Apache-2.0
"""``ame keys rotate``: new keys for a stack's endpoints, without an outage for their callers."""

import json
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from azure_model_endpoints.cli import options
from azure_model_endpoints.errors import AmeError

if TYPE_CHECKING:
    from azure_model_endpoints.planning.endpoint import EndpointPlan
    from azure_model_endpoints.planning.stack_plan import StackPlan
    from azure_model_endpoints.subscription.endpoint_keys import Rotation

app = typer.Typer(
    name="keys", help="The keys of endpoints.", no_args_is_help=True, rich_markup_mode=None
)


class Key(StrEnum):
    """The two keys of an endpoint."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@app.callback()
def keys() -> None:
    """Show the commands about keys."""


@app.command()
def rotate(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack of the endpoints.")],
    endpoint: Annotated[
        list[str] | None,
        typer.Option("--endpoint", "-e", help="Which; default: all whose key is in the vault."),
    ] = None,
    key: Annotated[
        Key | None,
        typer.Option(help="Which key to make anew, of endpoints whose keys are in no vault."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Make keys anew, without an outage.

    Where callers read the key from the vault, the one that nobody was given is made anew and takes
    its place; the one before opens the endpoint until the next rotation. Keys are never shown.
    """
    from azure_model_endpoints.cli.stack import plan_of_stack

    plan = plan_of_stack(stack)
    chosen = _chosen(plan, endpoint or [], key)
    rotations, problems = _rotated(plan, chosen, key) if chosen else ({}, {})
    if as_json:
        report = {
            "stack": stack,
            "rotated": {name: asdict(rotation) for name, rotation in rotations.items()},
            "problems": {name: str(problem) for name, problem in problems.items()},
        }
        typer.echo(json.dumps(report, indent=2))
    else:
        for name, rotation in rotations.items():
            typer.echo(_sentence(name, rotation))
        for name, problem in problems.items():
            typer.echo(f"{name}: {problem}", err=True)
        if not chosen:
            typer.echo(
                f"No endpoint of {stack} has `keys_in_vault: true`; there was nothing to do."
            )
    if problems:
        raise typer.Exit(1)


def _chosen(plan: "StackPlan", named: list[str], key: Key | None) -> "list[EndpointPlan]":
    """Return the endpoints to rotate.

    Raises:
        typer.BadParameter: one is not known, has no keys, or it is not clear which to make anew.
    """
    from azure_model_endpoints._wording import did_you_mean, listed
    from azure_model_endpoints.vocabulary import AuthMode

    endpoints = {each.key: each for each in plan.endpoints}
    for name in named:
        if name not in endpoints:
            hint = did_you_mean(name, endpoints) or f"There are: {listed(endpoints)}."
            text = f"no endpoint of the stack is called {name!r}. {hint}"
            raise typer.BadParameter(text, param_hint="--endpoint")
        if endpoints[name].auth_mode is not AuthMode.KEY:
            text = f"{name} has no keys; its callers show tokens, which expire by themselves"
            raise typer.BadParameter(text, param_hint="--endpoint")
        if not endpoints[name].keys_in_vault and key is None:
            text = f"no vault tells which key of {name} its callers hold; say which to make anew"
            raise typer.BadParameter(text, param_hint="--key")
        if endpoints[name].keys_in_vault and key is not None:
            text = f"the key of {name} is in the vault, so it is known which to make anew"
            raise typer.BadParameter(text, param_hint="--key")
    if key is not None and not named:
        raise typer.BadParameter("say of which endpoint", param_hint="--endpoint")
    if named:
        return [endpoints[name] for name in dict.fromkeys(named)]
    return [each for each in endpoints.values() if each.keys_in_vault]


def _rotated(
    plan: "StackPlan", chosen: "list[EndpointPlan]", key: Key | None
) -> "tuple[dict[str, Rotation], dict[str, AmeError]]":
    """Rotate all, several at a time; one that fails does not stop the others."""
    from azure_model_endpoints import credentials
    from azure_model_endpoints.planning.endpoint_ids import endpoint_ids
    from azure_model_endpoints.subscription.arm import ArmClient
    from azure_model_endpoints.subscription.concurrently import begun
    from azure_model_endpoints.subscription.endpoint_keys import (
        rotate_in_vault,
        rotate_key,
        vault_of_workspace,
    )

    client = ArmClient.signed_in()
    ids = endpoint_ids(plan, credentials.subscription_id())
    vault_id = ""
    if any(each.keys_in_vault for each in chosen):
        workspace_id = ids[chosen[0].key].partition("/onlineEndpoints/")[0]
        vault_id = vault_of_workspace(client, workspace_id)

    def rotation(each: "EndpointPlan") -> "Rotation":
        if key is not None:
            return rotate_key(client, ids[each.key], key.value.title())
        return rotate_in_vault(client, ids[each.key], vault_id)

    running = begun({each.key: partial(rotation, each) for each in chosen})
    rotations, problems = {}, {}
    for name, future in running.items():
        try:
            rotations[name] = future.result()
        except AmeError as problem:
            problems[name] = problem
    return rotations, problems


def _sentence(name: str, rotation: "Rotation") -> str:
    if rotation.secret_id is None:
        return (
            f"{name}: the {rotation.key.lower()} key is new. Whoever held the old one gets it with "
            f"`az ml online-endpoint get-credentials --name {rotation.endpoint_name}`."
        )
    vault, secret = rotation.secret_id.split("/")[8::2]
    return (
        f"{name}: the secret {secret} of {vault} holds a new key, the {rotation.key.lower()} one. "
        "The one before opens the endpoint until the next rotation."
    )
