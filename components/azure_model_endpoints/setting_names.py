# SPDX-License-Identifier: Apache-2.0
"""How messages call the settings of a component: as its arguments, or as a stack file does."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

__all__ = ["SettingName", "SettingNames", "calling_settings", "names_of_settings"]


@dataclass(frozen=True, slots=True)
class SettingName:
    """How messages call one setting."""

    path: str
    """Where it is written, for example ``isolation.mode``."""
    origin: str = ""
    """What its value follows from, for example ``profile prod``; empty where it was written."""

    def given(self, value: str) -> str:
        """Return how a message says what was given."""
        return f"{value}, by {self.origin}" if self.origin else value


@dataclass(frozen=True, slots=True)
class SettingNames:
    """How messages call the settings of one component."""

    component: str
    """What the program calls it."""
    named: Mapping[str, SettingName]
    """Settings that are written elsewhere than in its arguments, by the arguments' names."""

    def __getitem__(self, argument: str) -> SettingName:
        """Return the name of the setting that an argument is given by."""
        return self.named.get(argument) or SettingName(f"{self.component}.{argument}")

    @property
    def source(self) -> str:
        """Where they are written, as a heading has it."""
        return "the settings" if self.named else self.component


_NAMED: ContextVar[Mapping[str, SettingName]] = ContextVar("names of settings", default={})  # noqa: B039  (nobody changes it)


@contextmanager
def calling_settings(named: Mapping[str, SettingName]) -> Iterator[None]:
    """Let messages of the component that is made meanwhile call its settings by other names.

    Args:
        named: the settings by the names of the component's arguments.
    """
    before = _NAMED.set(named)
    try:
        yield
    finally:
        _NAMED.reset(before)


def names_of_settings(component: str) -> SettingNames:
    """Return how messages call the settings of a component that is being made.

    Args:
        component: what the program calls it.
    """
    return SettingNames(component, _NAMED.get())
