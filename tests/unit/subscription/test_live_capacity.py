# SPDX-License-Identifier: Apache-2.0
"""What is read of a subscription before anything is created, and in how many round trips."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import unquote_plus

import pytest

from azure_model_endpoints.credentials import Cloud
from azure_model_endpoints.errors import ArmError
from azure_model_endpoints.planning.capacity import Capacity, LiveDeployment
from azure_model_endpoints.planning.deployment import Surroundings
from azure_model_endpoints.planning.endpoint_ids import endpoint_ids, workspace_id
from azure_model_endpoints.planning.quota_needs import FamilyQuota
from azure_model_endpoints.planning.regional_sizes import offer_problems
from azure_model_endpoints.planning.stack import plan_stack
from azure_model_endpoints.planning.stack_plan import StackPlan
from azure_model_endpoints.subscription import dispensable
from azure_model_endpoints.subscription.arm import ArmClient
from azure_model_endpoints.subscription.live_capacity import read_capacity, read_live
from azure_model_endpoints.subscription.stack_capacity import capacity_for
from tests.unit.http_server import NOW, Reply, Server
from tests.unit.planning.catalogs import BIG, CATALOG, REGION, SMALL, TODAY

PROVIDER = "/subscriptions/s/providers/Microsoft.MachineLearningServices/locations"
RESOURCES = "/subscriptions/s/resources"
DEDICATED = "Microsoft.MachineLearningServices/vmFamily/dedicatedCores/usages"
NOTHING = Reply(body={"value": []})


@dataclass(frozen=True, slots=True)
class Silence(Reply):
    """An answer that does not come before it is too late."""

    over: Event = field(default_factory=Event)

    def content(self) -> bytes:
        """Keep quiet until nobody listens any more."""
        self.over.wait()
        return b""


@pytest.fixture
def client(server: Server) -> ArmClient:
    """A client of a subscription in which nothing is."""
    for region in (REGION, "westus", "northeurope"):
        server.answer("GET", f"{PROVIDER}/{region}/usages", NOTHING)
        server.answer("GET", f"{PROVIDER}/{region}/quotas", NOTHING)
        server.answer("GET", f"{PROVIDER}/{region}/vmSizes", NOTHING)
    server.answer("GET", RESOURCES, NOTHING)
    return ArmClient.with_token(Cloud(server.url, "", server.url), "s3cret")


@pytest.fixture
def silence(client: ArmClient, server: Server) -> Iterator[ArmClient]:
    """A client whom one region does not answer before the test is over."""
    silence = Silence()
    server.answer("GET", f"{PROVIDER}/westus/usages", silence)
    yield client
    silence.over.set()


def usage(family: str, used: int, limit: int) -> dict[str, Any]:
    """A row of the usages."""
    name = {"value": family, "localizedValue": family}
    return {"type": DEDICATED, "currentValue": used, "limit": limit, "name": name}


def page(*rows: dict[str, Any], then: str = "") -> Reply:
    """One page of a list."""
    return Reply(body={"value": list(rows), **({"nextLink": then} if then else {})})


def planned(endpoints: int = 1) -> StackPlan:
    """A stack whose deployments need 16 cores each of one family."""
    document = {
        "region": REGION,
        "public_network_access": True,
        "endpoints": {
            f"chat-{number}": {"model": "plain-model", "deployments": {"blue": {"sku": SMALL}}}
            for number in range(endpoints)
        },
    }
    return plan_stack("dev", document, Surroundings(CATALOG, TODAY))


def asked(server: Server) -> Counter[str]:
    """Return how often each path was asked."""
    return Counter(each.path.partition("?")[0] for each in server.asked)


def read(client: ArmClient, *regions: str, **options: Any) -> Capacity:
    """Read what there is."""
    return read_capacity(client, "s", regions, workspace_id="/ws/ml", **options)


def serve(server: Server, *rows: dict[str, Any], location: str = "East US") -> str:
    """Let the first endpoint of the stack exist, with a deployment; return where it is listed."""
    [own] = endpoint_ids(planned(), "s").values()
    server.answer("GET", RESOURCES, page({"id": own, "location": location}))
    server.answer("GET", f"{own}/deployments", page(*rows))
    return f"{own}/deployments"


BLUE = {
    "name": "blue",
    "location": "East US",
    "properties": {"instanceType": SMALL.upper()},
    "sku": {"capacity": 1},
}


def test_usages_are_read_once_per_region(client: ArmClient, server: Server) -> None:
    """However many endpoints there are; and of each list of resources one."""
    capacity_for(planned(20), CATALOG, client, "s", more_regions=("westus", "northeurope", REGION))

    once = {
        f"{PROVIDER}/{region}/{what}": 1
        for region in (REGION, "westus", "northeurope")
        for what in ("usages", "quotas", "vmSizes")
    }
    assert {**once, RESOURCES: 2} == asked(server)
    kinds = sorted(
        unquote_plus(each.path).partition("resourceType eq ")[2].partition("&")[0]
        for each in server.asked
        if each.path.startswith(RESOURCES)
    )
    endpoints = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
    assert [f"'{endpoints}'", f"'{endpoints}/deployments'"] == kinds


def test_everything_is_told_apart_by_region(client: ArmClient, server: Server) -> None:
    """In whatever form Azure says it."""
    server.answer("GET", f"{PROVIDER}/{REGION}/usages", page(usage("F", 8, 24)))
    server.answer("GET", f"{PROVIDER}/westus/usages", page(usage("F", 0, -1)))
    rows = [{"id": "/e/Chat", "location": "East US"}, {"id": "/e/code", "location": "westus"}]
    server.answer("GET", RESOURCES, page(*rows))

    found = read(client, REGION, "westus")

    assert {(REGION, "f"): FamilyQuota(8, 24), ("westus", "f"): FamilyQuota(0, None)} == (
        found.quotas
    )
    assert {(REGION, "chat"): "/e/Chat", ("westus", "code"): "/e/code"} == found.endpoint_ids
    assert {REGION: {"/e/chat"}, "westus": {"/e/code"}} == found.deployment_ids


def test_every_page_is_read(client: ArmClient, server: Server) -> None:
    """Of the usages as of the resources."""
    usages = f"{PROVIDER}/{REGION}/usages"
    server.answer("GET", usages, page(usage("a", 1, 2), then=f"{server.url}/more-usages"))
    server.answer("GET", "/more-usages", page(usage("b", 3, 4)))
    first = page({"id": "/e/a", "location": REGION}, then=f"{server.url}/more")
    server.answer("GET", RESOURCES, first)
    server.answer("GET", "/more", page({"id": "/e/b", "location": REGION}))

    found = read(client, REGION)

    assert {(REGION, "a"), (REGION, "b")} == found.quotas.keys() == found.endpoint_ids.keys()
    assert {REGION: {"/e/a", "/e/b"}} == found.deployment_ids


@pytest.mark.parametrize("status", [429, 503])
def test_throttled_read_is_repeated(client: ArmClient, server: Server, status: int) -> None:
    """After as long as Azure says."""
    usages = f"{PROVIDER}/{REGION}/usages"
    server.answer("GET", usages, Reply(status, headers=NOW), page(usage("f", 8, 24)))

    found = read(client, REGION)

    assert (2, {(REGION, "f"): FamilyQuota(8, 24)}) == (asked(server)[usages], found.quotas)


def test_refusal_is_told(client: ArmClient, server: Server) -> None:
    """With its status, by which the role that is missing is known."""
    error = {"code": "AuthorizationFailed", "message": "No permission."}
    server.answer("GET", f"{PROVIDER}/{REGION}/usages", Reply(403, {"error": error}))

    with pytest.raises(ArmError, match=r"AuthorizationFailed.*No permission") as refused:
        read(client, REGION)

    assert 403 == refused.value.status


def test_region_that_never_answers_is_given_up_on(silence: ArmClient) -> None:
    """At the deadline of all reads together."""
    with pytest.raises(ArmError, match="did not answer within"):
        read(silence, REGION, "westus", deadline_seconds=0.3)


def test_share_of_the_workspace_is_its_own(client: ArmClient, server: Server) -> None:
    """What others may take and do take is left out."""
    used = [
        {**usage("f", cores, 24), "id": f"{owner}/usages/f", "type": "M/workspaces/usages"}
        for owner, cores in (("/ws/ML", 8), ("/ws/other", 16))
    ]
    limits = [
        {"id": f"{owner}/workspaces/{name}/quotas/f", "name": {"value": "F"}, "limit": limit}
        for owner, name, limit in (("/a", "ml", 16), ("/b", "ml", 32))
    ]
    server.answer("GET", f"{PROVIDER}/{REGION}/usages", page(*used))
    server.answer("GET", f"{PROVIDER}/{REGION}/quotas", page(*limits))

    taken = read(client, REGION)
    limited = read_capacity(client, "s", [REGION], workspace_id="/A/workspaces/ML")

    assert ({"f": 8}, {}) == (taken.workspace_used, taken.workspace_limits)
    assert ({}, {"f": 16}) == (limited.workspace_used, limited.workspace_limits)


def test_sizes_are_listed_by_region(client: ArmClient, server: Server) -> None:
    """In whatever case and on however many pages Azure says it; rows without a name say nothing."""
    sizes = f"{PROVIDER}/{REGION}/vmSizes"
    server.answer("GET", sizes, page({"name": "STANDARD_A"}, then=f"{server.url}/more-sizes"))
    server.answer("GET", "/more-sizes", page({"name": " Standard_B "}, {"name": None}, {}))
    server.answer("GET", f"{PROVIDER}/westus/vmSizes", page({"name": "Standard_C"}))

    found = read(client, REGION, "westus")

    assert {REGION: {"standard_a", "standard_b"}, "westus": {"standard_c"}} == found.listed_sizes
    assert {} == found.unlisted


def test_sizes_that_are_refused_keep_nothing_else_back(client: ArmClient, server: Server) -> None:
    """The rest is answered, and it is said why this is not."""
    error = {"error": {"code": "AuthorizationFailed", "message": "No permission."}}
    server.answer("GET", f"{PROVIDER}/{REGION}/vmSizes", Reply(403, error))
    server.answer("GET", f"{PROVIDER}/{REGION}/usages", page(usage("f", 8, 24)))

    found = read(client, REGION)

    assert ({(REGION, "f"): FamilyQuota(8, 24)}, {}) == (found.quotas, found.listed_sizes)
    assert "AuthorizationFailed" in found.unlisted[REGION]


def test_sizes_that_never_come_keep_nothing_else_back(
    client: ArmClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are waited for shorter than for what has to be known."""
    monkeypatch.setattr(dispensable, "_SHARE_OF_DEADLINE", 0.01)
    silence = Silence()
    server.answer("GET", f"{PROVIDER}/{REGION}/vmSizes", silence)

    try:
        found = read(client, REGION, deadline_seconds=100)
    finally:
        silence.over.set()

    assert {REGION: "there was no answer within 1 seconds"} == found.unlisted


def test_what_runs_is_read_where_the_region_lacks_its_size(
    client: ArmClient, server: Server
) -> None:
    """What runs there has shown that it is offered."""
    server.answer("GET", f"{PROVIDER}/{REGION}/usages", page(usage("family", 0, 100)))
    server.answer("GET", f"{PROVIDER}/{REGION}/vmSizes", page({"name": BIG}))
    deployments = serve(server, BLUE)

    found = capacity_for(planned(), CATALOG, client, "s")

    assert 1 == asked(server)[deployments]
    assert [] == offer_problems(planned(), found, CATALOG)


@pytest.mark.parametrize(
    ("free", "always", "asked_for_live"), [(16, False, 0), (15, False, 1), (16, True, 1)]
)
def test_what_runs_is_read_only_where_it_decides(
    client: ArmClient, server: Server, *, free: int, always: bool, asked_for_live: int
) -> None:
    """A second round trip where something would be short without it, or on demand."""
    server.answer("GET", f"{PROVIDER}/{REGION}/usages", page(usage("family", 8, 8 + free)))
    deployments = serve(server, BLUE)

    found = capacity_for(planned(), CATALOG, client, "s", always_live=always)

    live = {("chat-0", "blue"): LiveDeployment(SMALL.upper(), 1, REGION)} if asked_for_live else {}
    assert (asked_for_live, live) == (asked(server)[deployments], found.live)


def test_what_runs_is_read_where_the_workspace_is_full(client: ArmClient, server: Server) -> None:
    """Its own limit decides like the subscription's."""
    limit = {
        "id": f"{workspace_id(planned(), 's')}/quotas/family",
        "name": {"value": "family"},
        "limit": 8,
    }
    server.answer("GET", f"{PROVIDER}/{REGION}/usages", page(usage("family", 0, 100)))
    server.answer("GET", f"{PROVIDER}/{REGION}/quotas", page(limit))
    deployments = serve(server, BLUE)

    capacity_for(planned(), CATALOG, client, "s")

    assert 1 == asked(server)[deployments]


@pytest.mark.parametrize(("more", "asked_for_live"), [((), 0), (("westus",), 1)])
def test_what_runs_elsewhere_is_read_where_it_may_be_planned(
    client: ArmClient, server: Server, *, more: tuple[str, ...], asked_for_live: int
) -> None:
    """It has no quota here; there it has."""
    deployments = serve(server, BLUE, location="westus")

    capacity_for(planned(), CATALOG, client, "s", more_regions=more, always_live=True)

    assert asked_for_live == asked(server)[deployments]


def test_nothing_is_read_of_endpoints_that_do_not_exist(client: ArmClient, server: Server) -> None:
    """Whatever is short."""
    found = capacity_for(planned(3), CATALOG, client, "s", always_live=True)

    assert {} == found.live
    assert not any(path.endswith("/deployments") for path in asked(server))


def test_endpoint_that_has_gone_meanwhile_has_no_deployments(client: ArmClient) -> None:
    """It answers 404; any other refusal is told."""
    assert {} == read_live(client, {"chat": "/e/gone"})


def test_refusal_about_what_runs_is_told(client: ArmClient, server: Server) -> None:
    """Guessing that nothing runs would be wrong."""
    error = {"error": {"code": "AuthorizationFailed", "message": "No."}}
    server.answer("GET", "/e/chat/deployments", Reply(403, error))

    with pytest.raises(ArmError, match="AuthorizationFailed"):
        read_live(client, {"chat": "/e/chat"})


def test_resource_without_id_is_told(client: ArmClient, server: Server) -> None:
    """As an answer of somebody else, which a stack may let pass with a warning."""
    server.answer("GET", RESOURCES, page({"location": REGION}))

    with pytest.raises(ArmError, match="asked for endpoints and deployments of the subscription"):
        read(client, REGION)


@pytest.mark.parametrize("broken", [{"properties": None}, {"sku": {"capacity": "many"}}])
def test_deployment_of_another_shape_is_told(
    client: ArmClient, server: Server, broken: dict[str, Any]
) -> None:
    """Guessing what runs would be worse."""
    path = serve(server, {**BLUE, **broken}).removesuffix("/deployments")

    with pytest.raises(ArmError, match="asked for deployments of an endpoint did not answer"):
        read_live(client, {"chat": path})
