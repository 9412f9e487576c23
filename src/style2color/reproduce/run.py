"""The whole reproduction in order: every part once, resumable, within a time limit."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from style2color.errors import UsageError
from style2color.reproduce import cells, middle
from style2color.reproduce.budget import Budget
from style2color.reproduce.hints import HintExperiment
from style2color.reproduce.measuring import (
    SWAPPED,
    Targets,
    effect_of_the_hint,
    load_backbones,
    measure,
)
from style2color.reproduce.photos import KeptVectors, Pairs, load_photos, make_pairs
from style2color.reproduce.store import SHOWN, Made, Part, Parts, Step

Array8 = NDArray[np.uint8]

EXPERIMENTS = ("tables", "gradients", "copying", "classifier")
_VERSION = 2


@dataclass(frozen=True)
class Wanted:
    """What to reproduce; the fields are the options of the command.

    minutes: no new part is begun after that time, 0 for no limit. watched: steps of the gradient
    experiments. drawn: atelier figures, taught: steps of the classifier trained on illustrations,
    distilled: steps of its student.
    """

    budget: Budget
    experiments: tuple[str, ...]
    packs: Path | None
    weights: Path
    out: Path
    minutes: float = 0.0
    watched: int = 60
    drawn: int = 300
    taught: int = 400
    distilled: int = 1000

    def check(self) -> None:
        """Raises UsageError for an unknown experiment or a useless number."""
        self.budget.check()
        if not self.experiments:
            raise UsageError(f"--only names nothing: choose from {', '.join(EXPERIMENTS)}")
        for name in self.experiments:
            if name not in EXPERIMENTS:
                raise UsageError(f"--only {name}: choose from {', '.join(EXPERIMENTS)}")
        counts = (self.watched, self.drawn, self.taught, self.distilled)
        if self.minutes < 0 or min(counts) < 1:
            raise UsageError(
                "--minutes, --watched, --drawn, --taught and --distilled must be positive"
            )

    @property
    def recipe(self) -> dict[str, Any]:
        """What must be equal for a finished part to be taken over; more seeds may join later."""
        facts = self.budget.facts()
        del facts["seeds"]
        return facts | {
            "version": _VERSION,
            "watched": self.watched,
            "drawn": self.drawn,
            "taught": self.taught,
            "distilled": self.distilled,
        }


class Reproduction:
    """Everything a run needs, loaded when the first part asks for it."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.budget = wanted.budget
        self.parts = Parts(wanted.out / "parts", wanted.recipe)
        self._vgg = KeptVectors(wanted.weights, self.parts.folder)
        self._hints = HintExperiment(
            self.budget,
            wanted.packs,
            self._vgg,
            self.parts,
            drawn=wanted.drawn,
            taught=wanted.taught,
            distilled=wanted.distilled,
        )

    def plan(self) -> list[Part]:
        """All parts, seed by seed, so that a run cut short has all arms equally often."""
        makers = {
            "tables": self._tables,
            "gradients": self._gradients,
            "copying": self._copying,
            "classifier": self._hints.plan,
        }
        plan: dict[str, Part] = {}
        for seed in range(self.budget.seeds):
            for experiment in self.wanted.experiments:
                for part in makers[experiment](seed):
                    plan.setdefault(part.name, part)  # experiments may share a part
        return list(plan.values())

    def run(self) -> list[str]:
        """Make what is missing; returns the names of the parts that time did not allow.

        Raises DataError and ModelError for missing packs and weights, OutputError for the folder.
        """
        start = time.monotonic()
        missing = []
        with _bar() as bar:
            plan = self.plan()
            whole = bar.add_task("parts", total=len(plan))
            for part in plan:
                late = self.wanted.minutes and time.monotonic() - start > 60 * self.wanted.minutes
                if late and self.parts.find(part.name) is None:
                    missing.append(part.name)
                    continue
                own = bar.add_task(part.name, total=part.steps)
                make = partial(part.make, partial(bar.advance, own))
                began = time.monotonic()
                self.parts.once(part.name, make)
                bar.remove_task(own)
                bar.advance(whole)
                if not bar.console.is_terminal:
                    bar.console.print(f"{part.name} {time.monotonic() - began:.0f} s")
        return missing

    def _tables(self, seed: int) -> list[Part]:
        return [
            Part(f"{arm.name}-{seed}", self.budget.steps, partial(self._cell, arm, seed))
            for arm in cells.ARMS
        ]

    def _gradients(self, seed: int) -> list[Part]:
        return self._watched(middle.GRADIENTS, seed)

    def _copying(self, seed: int) -> list[Part]:
        return self._watched(middle.COPYING, seed)

    def _watched(self, settings: tuple[middle.Setting, ...], seed: int) -> list[Part]:
        def make(setting: middle.Setting, step: Step) -> Made:
            seen = self._photos[0]
            return middle.watch(setting, seen, self.budget, seed, self.wanted.watched, step=step)

        return [
            Part(f"{setting.name}-{seed}", self.wanted.watched, partial(make, setting))
            for setting in settings
        ]

    def _cell(self, arm: cells.Arm, seed: int, step: Step) -> Made:
        seen, unseen = self._photos
        trained = cells.train_cell(arm, seen, self.budget, seed, step=step)
        painted = cells.paint(trained.network, unseen, unseen.reference)
        some = _first(unseen, SWAPPED)
        other = cells.paint(trained.network, some, np.roll(some.reference, 1))
        self.parts.keep_pictures(f"{arm.name}-{seed}", painted)
        return {
            **cells.about(trained),
            **measure(painted, self._targets),
            "hint": effect_of_the_hint(painted[: len(other)], other, some.rgb),
            "pictures": len(painted),
            "trained_on": len(seen),
        }

    @cached_property
    def _photos(self) -> tuple[Pairs, Pairs]:
        seen, unseen = load_photos(self.wanted.packs, self.budget)
        return self._known(seen), self._known(unseen)

    @cached_property
    def _targets(self) -> Targets:
        return Targets.of(self._photos[1].rgb, load_backbones(self.wanted.weights))

    def _known(self, pictures: list[Array8]) -> Pairs:
        return make_pairs(pictures, self._vgg.of(pictures))

    def originals(self) -> tuple[Array8, Array8]:
        """Lines and pictures of the kept cells, uint8 (S, n·S) and (S, n·S, 3)."""
        unseen = self._photos[1]
        return np.hstack(list(unseen.lines[:SHOWN])), np.hstack(list(unseen.rgb[:SHOWN]))


def _first(pairs: Pairs, count: int) -> Pairs:
    count = min(count, len(pairs))
    return Pairs(pairs.rgb[:count], pairs.lines[:count], pairs.hints[:count], np.arange(count))


def _bar() -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:>24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def threads() -> int:
    """For the record: how many threads the figures were made with."""
    return torch.get_num_threads()
