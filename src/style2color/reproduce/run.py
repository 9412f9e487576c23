"""The whole reproduction in order: every part once, resumable, within a time limit."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from safetensors.torch import load_file, save

from style2color.errors import ModelError, UsageError
from style2color.evaluate.metrics.backbones import VGG16_FILE
from style2color.evaluate.metrics.palette import colours, transport
from style2color.evaluate.scoring import ink_of
from style2color.files import atomic_write
from style2color.nn.classifier import VGGClassifier
from style2color.nn.unet import PaperConfig
from style2color.reproduce import cells, drawings, middle
from style2color.reproduce.budget import Budget
from style2color.reproduce.measuring import (
    SWAPPED,
    Targets,
    effect_of_the_hint,
    load_backbones,
    measure,
)
from style2color.reproduce.photos import Pairs, load_photos, make_pairs, vectors
from style2color.reproduce.store import Made, Parts
from style2color.train.vgg import load_vgg

Array8 = NDArray[np.uint8]
Step = Callable[[], None]

EXPERIMENTS = ("tables", "gradients", "copying", "classifier")
HINTS = ("vgg", "drawings", "none")
"""Where the hint comes from in the classifier's experiment; `none`: it is always zero."""
SHOWN = 6
"""Held-out pictures of each cell that are kept to be looked at."""
_VERSION = 1


@dataclass(frozen=True)
class Wanted:
    """What to reproduce; the fields are the options of the command.

    minutes: no new part is begun after that time, 0 for no limit. watched: steps of the gradient
    experiments. drawn: atelier figures, taught: steps of the classifier trained on illustrations.
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

    def check(self) -> None:
        """Raises UsageError for an unknown experiment or a useless number."""
        self.budget.check()
        if not self.experiments:
            raise UsageError(f"--only names nothing: choose from {', '.join(EXPERIMENTS)}")
        for name in self.experiments:
            if name not in EXPERIMENTS:
                raise UsageError(f"--only {name}: choose from {', '.join(EXPERIMENTS)}")
        if self.minutes < 0 or min(self.watched, self.drawn, self.taught) < 1:
            raise UsageError("--minutes, --watched, --drawn and --taught must be positive")

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
        }


@dataclass(frozen=True)
class Part:
    """A result by name, and how it is made; `steps` of work, for the progress bar."""

    name: str
    steps: int
    make: Callable[[Step], Made]


class Reproduction:
    """Everything a run needs, loaded when the first part asks for it."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.budget = wanted.budget
        self.parts = Parts(wanted.out / "parts", wanted.recipe)

    def plan(self) -> list[Part]:
        """All parts, seed by seed, so that a run cut short has all arms equally often."""
        makers = {
            "tables": self._tables,
            "gradients": self._gradients,
            "copying": self._copying,
            "classifier": self._classifier,
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

    def _classifier(self, seed: int) -> list[Part]:
        first = [Part("classifier", self.wanted.taught, self._teach)] if seed == 0 else []
        return first + [
            Part(f"hint-{hint}-{seed}", self.budget.steps, partial(self._hinted, hint, seed))
            for hint in HINTS
        ]

    def _cell(self, arm: cells.Arm, seed: int, step: Step) -> Made:
        seen, unseen = self._photos
        trained = cells.train_cell(arm, seen, self.budget, seed, step=step)
        painted = cells.paint(trained.network, unseen, unseen.reference)
        some = _first(unseen, SWAPPED)
        other = cells.paint(trained.network, some, np.roll(some.reference, 1))
        self._keep(f"{arm.name}-{seed}", painted)
        return {
            **cells.about(trained),
            **measure(painted, self._targets),
            "hint": effect_of_the_hint(painted[: len(other)], other, some.rgb),
            "pictures": len(painted),
            "trained_on": len(seen),
        }

    def _hinted(self, hint: str, seed: int, step: Step) -> Made:
        seen, unseen = self._cast("drawings" if hint == "drawings" else "vgg")
        budget = replace(self.budget, size=self.budget.crop)
        blind = hint == "none"
        trained = cells.train_cell(cells.GUIDE, seen, budget, seed, blind=blind, step=step)
        painted = cells.paint(trained.network, unseen, unseen.reference, blind=blind)
        self._keep(f"hint-{hint}-{seed}", painted)
        references = unseen.rgb[unseen.reference]
        palettes = [
            transport(colours(rgb, lines), colours(reference, ink_of(reference)))
            for rgb, lines, reference in zip(painted, unseen.lines, references, strict=True)
        ]
        found = measure(painted, Targets.of(unseen.rgb, ()))
        found["means"]["palette_reference"] = float(np.mean(palettes))
        return {
            **cells.about(trained),
            **found,
            "pictures": len(painted),
            "trained_on": len(seen),
        }

    def _teach(self, step: Step) -> Made:
        labelled = drawings.gather(
            self.wanted.packs, self.budget, self.wanted.drawn, step=lambda: None
        )
        classifier, reached = drawings.train_classifier(
            labelled, self._vgg.hint_dim, self.wanted.taught, 32, 0, step=step
        )
        with atomic_write(self._classifier_file) as stream:
            stream.write(save(classifier.state_dict()))
        return reached

    @property
    def _classifier_file(self) -> Path:
        return self.wanted.out / "parts" / "classifier.safetensors"

    def _taught(self) -> VGGClassifier:
        classifier = VGGClassifier(
            16, widths=drawings.WIDTHS, hint_dim=self._vgg.hint_dim, side=drawings.SIDE
        )
        try:
            classifier.load_state_dict(load_file(self._classifier_file))
        except (OSError, RuntimeError) as error:
            raise ModelError(
                f"{self._classifier_file} is damaged: {error}; delete the folder it is in"
            ) from error
        return classifier

    @cached_property
    def _vgg(self) -> VGGClassifier:
        path = self.wanted.weights / VGG16_FILE
        return load_vgg(path, hint_dim=PaperConfig.hint_dim)

    @cached_property
    def _photos(self) -> tuple[Pairs, Pairs]:
        seen, unseen = load_photos(self.wanted.packs, self.budget)
        return self._known(seen), self._known(unseen)

    @cached_property
    def _targets(self) -> Targets:
        return Targets.of(self._photos[1].rgb, load_backbones(self.wanted.weights))

    @cached_property
    def _sides(self) -> tuple[Pairs, Pairs]:
        """Drawings of characters of either side, with the vectors of VGG's pool5."""
        made = []
        for names, side in ((drawings.PAIRED, "train"), (drawings.UNSEEN, "held-out")):
            found = drawings.cast(self.wanted.packs, names, side, self.budget, 0)
            made.append(self._known(found.rgb, found.reference))
        return made[0], made[1]

    @cached_property
    def _taught_sides(self) -> tuple[Pairs, Pairs]:
        classifier = self._taught()
        seen, unseen = (
            replace(pairs, hints=vectors(classifier, list(pairs.rgb))) for pairs in self._sides
        )
        return seen, unseen

    def _known(self, pictures: list[Array8], reference: NDArray[np.intp] | None = None) -> Pairs:
        """Pairs with the vectors of VGG's pool5, which are slow and therefore kept on disk."""
        digest = hashlib.sha256(np.stack(pictures).tobytes())
        digest.update(next(self._vgg.parameters()).numpy().tobytes())
        path = self.wanted.out / "parts" / f"vectors-{digest.hexdigest()[:16]}.npy"
        if not path.is_file():
            hints = vectors(self._vgg, pictures)
            with atomic_write(path) as stream:
                np.save(stream, hints)
        return make_pairs(pictures, np.load(path), reference)

    def _cast(self, hint: str) -> tuple[Pairs, Pairs]:
        return self._taught_sides if hint == "drawings" else self._sides

    def _keep(self, name: str, painted: Array8) -> None:
        """The first pictures side by side, to be looked at; they never leave the ignored folder."""
        strip = Image.fromarray(np.hstack(list(painted[:SHOWN])))
        with atomic_write(self.wanted.out / "parts" / f"{name}.png") as stream:
            strip.save(stream, "PNG")

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
