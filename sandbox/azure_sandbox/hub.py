# SPDX-License-Identifier: Apache-2.0
"""The Hugging Face Hub, as far as it says whether a model has a revision."""

from azure_sandbox.arm.sandbox import Sandbox
from azure_sandbox.arm.wire import Answer, Exchange
from azure_sandbox.namespaces.machine_learning.hugging_face import find_repository

PATH = r"/api/models/[^/]+/[^/]+/revision/[^/]+"


def answer(_sandbox: Sandbox, exchange: Exchange) -> Answer:
    """Answer for one revision: the Hub shows a gated model to everybody, and its files to some.

    Whoever shows no token is not told which repositories do not exist.
    """
    owner, name, _, revision = exchange.path.split("/")[3:]
    repository = find_repository(f"{owner}/{name}")
    if repository is None and "authorization" not in exchange.headers:
        return _refused(401, "Invalid username or password.")
    if repository is None:
        return _refused(404, "Repository not found", "RepoNotFound")
    if not repository.has_revision(revision):
        return _refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
    commit = repository.revisions[0] if revision == "main" else revision
    gated = "manual" if repository.gated else False
    return Answer(200, {"id": repository.name, "sha": commit, "gated": gated, "private": False})


def _refused(status: int, message: str, code: str = "") -> Answer:
    headers = {"X-Error-Code": code} if code else {}
    return Answer(status, {"error": message}, {**headers, "X-Error-Message": message})
