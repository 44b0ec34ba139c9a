# SPDX-License-Identifier: Apache-2.0
"""Repositories of the Hugging Face Hub, as far as containers in the sandbox pull from them."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml


@dataclass(frozen=True, slots=True)
class HubRepository:
    """A model on the Hub."""

    name: str
    gated: bool
    revisions: tuple[str, ...]
    weights_gib: float
    context_length: int
    load_minutes: float

    def has_revision(self, revision: str) -> bool:
        """Return whether a branch or commit exists; the Hub takes no shortened commits."""
        return revision == "main" or revision in self.revisions


def find_repository(name: str) -> HubRepository | None:
    """Return a repository by its name, whose case counts, or None if it does not exist."""
    return _repositories().get(name)


@cache
def _repositories() -> dict[str, HubRepository]:
    text = resources.files(__package__).joinpath("hugging_face.yaml").read_text(encoding="utf-8")
    return {
        name: HubRepository(
            name=name,
            gated=row.get("gated", False),
            revisions=tuple(row["revisions"]),
            weights_gib=row["weights_gib"],
            context_length=row["context"],
            load_minutes=row["load_minutes"],
        )
        for name, row in yaml.safe_load(text).items()
    }
