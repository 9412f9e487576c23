"""The classifier's experiment in parts: what each classifier's hint does to the same painter.

One painter per hint and seed: VGG's pool5, the classifier trained on illustrations, its student,
and no hint. Classifier and student are trained once, so that seeds vary the painter alone.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import nn

from style2color.errors import ModelError
from style2color.evaluate.metrics.palette import colours, transport
from style2color.evaluate.obedience import Trial, make_trials, run_trials
from style2color.evaluate.scoring import ink_of
from style2color.files import atomic_write
from style2color.nn.classifier import StudentClassifier, VGGClassifier
from style2color.reproduce import cells, drawings, student
from style2color.reproduce.budget import Budget
from style2color.reproduce.measuring import Targets, measure
from style2color.reproduce.photos import KeptVectors, Pairs, make_pairs, vectors
from style2color.reproduce.store import Made, Part, Parts, Step
from style2color.train.paper import StyledGenerator

Array8 = NDArray[np.uint8]

CLASSIFIERS = ("vgg", "drawings", "student")
HINTS = (*CLASSIFIERS, "none")
"""Where the hint comes from; `none`: it is always zero."""
ONCE = ("classifier", "student", "labels")
"""Parts that no seed changes."""
REFERENCES = 4
SKETCHES = 48
"""Of the test of obedience, or half as many as there are held-out drawings: not every sketch has
enough others in clearly different colours."""
_BATCH = 32


class HintExperiment:
    """The parts of the experiment; what they share is made when the first of them asks for it.

    drawn: atelier figures, taught and distilled: steps of the classifier and of its student.
    """

    def __init__(
        self,
        budget: Budget,
        packs: Path | None,
        vgg: KeptVectors,
        parts: Parts,
        *,
        drawn: int,
        taught: int,
        distilled: int,
    ) -> None:
        self._budget = replace(budget, size=budget.crop)
        self._packs = packs
        self._vgg = vgg
        self._parts = parts
        self._drawn = drawn
        self._taught = taught
        self._distilled = distilled
        self._sides: dict[str, tuple[Pairs, Pairs]] = {}

    def plan(self, seed: int) -> list[Part]:
        """Both classifiers and their labels, once; a painter per hint, with every seed."""
        work = ((self._taught, self._teach), (self._distilled, self._distil),
                (len(CLASSIFIERS), self._label))  # fmt: skip
        once = [Part(name, *what) for name, what in zip(ONCE, work, strict=True)]
        return (once if seed == 0 else []) + [
            Part(f"hint-{hint}-{seed}", self._budget.steps, partial(self._paint, hint, seed))
            for hint in HINTS
        ]

    def _teach(self, step: Step) -> Made:
        classifier, reached = drawings.train_classifier(
            self._labelled, self._hint_dim, self._taught, _BATCH, 0, step=step
        )
        self._save(classifier, "classifier")
        return reached

    def _distil(self, step: Step) -> Made:
        """From the illustrations, and from the drawings that the painters learn from: a student
        needs no labels."""
        teacher, (seen, unseen) = self._teacher(), self._casts
        learned = [self._labelled.rgb, np.stack(seen.rgb)]
        taught = student.distil(teacher, learned, self._distilled, _BATCH, 0, step=step)
        self._save(taught, "student")
        return {
            "pictures": sum(map(len, learned)),
            "steps": self._distilled,
            "batch": _BATCH,
            "seen": student.agreement(taught, teacher, seen.rgb),
            "unseen": student.agreement(taught, teacher, unseen.rgb),
        }

    def _label(self, step: Step) -> Made:
        """Of the training drawings, whose statistics make V; `raw` is V before that."""
        made = {}
        for name in CLASSIFIERS:
            seen, unseen = (torch.from_numpy(pairs.hints) for pairs in self._pairs(name))
            mean_V, deviation_V = cells.statistics(seen.numpy())
            made[name] = {
                "raw": student.labels(seen),
                "standardised": student.labels((seen - mean_V) / deviation_V),
                "unseen": student.labels((unseen - mean_V) / deviation_V),
                **student.size(self._classifier(name)),
            }
            step()
        return made

    def _paint(self, hint: str, seed: int, step: Step) -> Made:
        trials = self._trials  # first: where there are too few drawings, training is in vain
        blind = hint == "none"
        seen, unseen = self._pairs("vgg" if blind else hint)
        trained = cells.train_cell(cells.GUIDE, seen, self._budget, seed, blind=blind, step=step)
        painted = cells.paint(trained.network, unseen, unseen.reference, blind=blind)
        self._parts.keep_pictures(f"hint-{hint}-{seed}", painted)
        references = unseen.rgb[unseen.reference]
        palettes = [
            transport(colours(rgb, lines), colours(reference, ink_of(reference)))
            for rgb, lines, reference in zip(painted, unseen.lines, references, strict=True)
        ]
        found = measure(painted, Targets.of(unseen.rgb, ()))
        obeyed = run_trials(HintPainter(hint, trained.network, unseen, blind=blind), trials)
        found["means"] |= {
            "palette_reference": float(np.mean(palettes)),
            "obedience": obeyed.percent.mean,
            "swap": obeyed.swap.mean,
        }
        return {
            **cells.about(trained),
            **found,
            "pictures": len(painted),
            "trained_on": len(seen),
            "sketches": len(trials),
        }

    @cached_property
    def _hint_dim(self) -> int:
        return self._vgg.classifier.hint_dim

    @cached_property
    def _labelled(self) -> drawings.Labelled:
        return drawings.gather(self._packs, self._budget, self._drawn, step=lambda: None)

    @cached_property
    def _casts(self) -> tuple[drawings.Cast, drawings.Cast]:
        """Drawings of characters of either side."""
        seen = drawings.cast(self._packs, drawings.PAIRED, "train", self._budget, 0)
        return seen, drawings.cast(self._packs, drawings.UNSEEN, "held-out", self._budget, 0)

    @cached_property
    def _trials(self) -> list[Trial]:
        """On lines as the painters know them."""
        found = [
            replace(drawing, lines=lines)
            for drawing, lines in zip(
                self._casts[1].drawings, self._pairs("vgg")[1].lines, strict=True
            )
        ]
        sketches = min(SKETCHES, len(found) // 2)
        return make_trials(found, sketches=sketches, references=REFERENCES, kind="true")

    def _pairs(self, name: str) -> tuple[Pairs, Pairs]:
        """Both sides with the vectors of a classifier."""
        if name not in self._sides:
            if name == "vgg":
                first, second = (
                    make_pairs(cast.rgb, self._vgg.of(cast.rgb), cast.reference)
                    for cast in self._casts
                )
            else:
                classifier = self._classifier(name)
                first, second = (
                    replace(pairs, hints=vectors(classifier, list(pairs.rgb)))
                    for pairs in self._pairs("vgg")
                )
            self._sides[name] = first, second
        return self._sides[name]

    def _classifier(self, name: str) -> VGGClassifier | StudentClassifier:
        if name == "vgg":
            return self._vgg.classifier
        if name == "drawings":
            return self._teacher()
        found = StudentClassifier(self._hint_dim)
        self._load(found, "student")
        return found

    def _teacher(self) -> VGGClassifier:
        found = VGGClassifier(
            16, widths=drawings.WIDTHS, hint_dim=self._hint_dim, side=drawings.SIDE
        )
        self._load(found, "classifier")
        return found

    def _save(self, network: nn.Module, name: str) -> None:
        with atomic_write(self._file(name)) as stream:
            stream.write(save(network.state_dict()))

    def _load(self, network: nn.Module, name: str) -> None:
        path = self._file(name)
        try:
            network.load_state_dict(load_file(path))
        except (OSError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"{path} is damaged: {error}; delete the folder it is in") from error

    def _file(self, name: str) -> Path:
        return self._parts.folder / f"{name}.safetensors"


class HintPainter:
    """A trained cell for the test of obedience; it knows the vectors of the held-out drawings."""

    def __init__(
        self, name: str, network: StyledGenerator, pairs: Pairs, *, blind: bool = False
    ) -> None:
        self.name = name
        self._network = network
        self._pairs = pairs
        self._blind = blind
        self._rows = {rgb.tobytes(): row for row, rgb in enumerate(pairs.rgb)}

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """uint8 (S, S), and one of the held-out drawings (S, S, 3) → uint8 (S, S, 3).

        Raises ValueError for any other reference, whose vector nobody has computed.
        """
        row = None if reference is None else self._rows.get(reference.tobytes())
        if row is None:
            raise ValueError("the reference is none of the held-out drawings")
        one = replace(self._pairs, rgb=self._pairs.rgb[row : row + 1], lines=lines[None])
        painted: Array8 = cells.paint(self._network, one, np.array([row]), blind=self._blind)[0]
        return painted
