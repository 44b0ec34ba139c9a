# SPDX-License-Identifier: Apache-2.0
"""Everything this library raises on purpose.

AmeError                    base: a paragraph a user can act on, never a traceback
├── SettingsError           the settings of a stack are wrong; carries every problem found
├── PlanError               the settings are well formed but cannot be planned; likewise
├── QuotaError              Azure has no room for the plan, or could not be asked
├── CatalogError            a file of the user's own models or prices is wrong; likewise
├── ConflictError           what is live contradicts what is declared, or moved under our feet
├── ArmError                Azure Resource Manager refused a request
├── CredentialError         no credential, or not enough of one
└── EngineError             no usable Pulumi command line
"""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "AmeError",
    "ArmError",
    "CatalogError",
    "ConflictError",
    "CredentialError",
    "EngineError",
    "PlanError",
    "Problem",
    "ProblemsError",
    "QuotaError",
    "SettingsError",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with one setting, in the four parts a reader needs."""

    path: str
    """Where the setting is written, for example ``endpoints.chat.deployments.blue.sku``."""
    given: str
    """What was written there, ready to be read: ``'phi2'``, ``nothing``."""
    allowed: str
    """What may be written there."""
    remedy: str
    """What to do about it."""

    def __str__(self) -> str:
        """Return the problem as one paragraph."""
        return f"{self.path}: given {self.given}; allowed: {self.allowed}. {self.remedy}"


class AmeError(Exception):
    """A failure the user can do something about; its text is one clear paragraph."""


class ProblemsError(AmeError):
    """All the problems of one stack at once, never one per run."""

    def __init__(self, problems: Iterable[Problem], *, source: str = "the settings") -> None:
        self.problems = tuple(problems)
        self.source = source
        super().__init__(self.problems, source)

    def __str__(self) -> str:
        """Return a heading and one line per problem."""
        count = len(self.problems)
        heading = f"{count} problem{'s' if count != 1 else ''} in {self.source}"
        return "\n".join([f"{heading}:", *(f"  - {problem}" for problem in self.problems)])


class SettingsError(ProblemsError):
    """The settings of a stack do not have the shape that is asked for."""


class PlanError(ProblemsError):
    """The settings have the right shape, but Azure would refuse what they ask for."""


class QuotaError(ProblemsError):
    """The subscription lacks quota for a plan, or has given away a name of it."""

    def __init__(
        self, problems: Iterable[Problem], *, source: str = "what Azure has room for"
    ) -> None:
        super().__init__(problems, source=source)


class CatalogError(ProblemsError):
    """A file with models or prices of one's own cannot be used."""


class ConflictError(AmeError):
    """What is live in Azure contradicts what is declared, or changed during the run."""


class ArmError(AmeError):
    """Azure Resource Manager refused a request or an operation ended badly."""

    def __init__(self, message: str, *, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class CredentialError(AmeError):
    """No credential for Azure could be found, or the one found was refused."""


class EngineError(AmeError):
    """No usable Pulumi command line could be found, downloaded or built."""
