"""Pages to do and how they went: what a run, its worker processes and its report share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Outcome", "Task"]


@dataclass(frozen=True)
class Task:
    """One page of a folder and where its result goes.

    asked: when the run began, in nanoseconds since the epoch; a result that is newer is of it.
    """

    page: Path
    target: Path
    asked: int = 0


@dataclass(frozen=True)
class Outcome:
    """How a page went: `seconds` where it is done, `error` where it failed.

    fatal: the failure concerns every page alike. notes: sentences for the user.
    """

    task: Task
    seconds: float | None = None
    error: str | None = None
    fatal: bool = False
    notes: tuple[str, ...] = ()
