"""The N-references test: does the reference matter at all?

Every sketch is painted once with each of N references of different characters in clearly different
colours, one of them its own character's. A painting obeys if its palette is nearest to the
reference it was given, of those N. A painter that ignores the reference paints a sketch the same
way N times, so exactly one of the N can be right: it scores 1/N, which is 25 % for the usual four.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from style2color.errors import DataError, UsageError
from style2color.evaluate.drawings import Drawing
from style2color.evaluate.metrics.colour import delta_e
from style2color.evaluate.metrics.palette import Colours, colours, transport
from style2color.evaluate.painters import Painter
from style2color.evaluate.scoring import ink_of
from style2color.evaluate.splits import APART, LineKind, Palettes, in_turn, make_lines
from style2color.evaluate.tables import Estimate, estimate

Array8 = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Trial:
    """One sketch with its N references, the own character's first; (S, S), (N, S, S, 3)."""

    id: str
    source: str
    lines: Array8
    references: tuple[Array8, ...]


@dataclass(frozen=True)
class Obedience:
    """What the test found for one painter.

    percent: share of paintings nearest to the reference they were given, 0..100, with its interval
    over sketches. by_source: the same by source of the sketch. swap: mean CIEDE2000 inside the
    figure between two paintings of one sketch with different references; 0 = nothing changes,
    above 10 = other colours at a glance. distances: mean palette distance to the given reference
    and to the nearest other one.
    """

    painter: str
    references: int
    percent: Estimate
    by_source: dict[str, Estimate]
    swap: Estimate
    to_given: float
    to_nearest_other: float


def make_trials(
    drawings: Sequence[Drawing],
    *,
    sketches: int = 50,
    references: int = 4,
    kind: LineKind = "binarized",
    seed: int = 0,
) -> list[Trial]:
    """Choose sketches and references, the same for every painter and every run.

    The references of a trial belong to different characters and are pairwise at least `APART` in
    palette: between look-alikes the test would toss a coin. The own reference is another drawing
    of the same character where there is one, else the drawing itself.

    Raises:
        UsageError: fewer than 1 sketch or 2 references.
        DataError: too few characters in clearly different colours.
    """
    if sketches < 1 or references < 2:
        raise UsageError("the N-references test needs at least 1 sketch and 2 references")
    draw = np.random.default_rng(seed)
    by_character: dict[str, list[Drawing]] = defaultdict(list)
    for drawing in drawings:
        by_character[drawing.character].append(drawing)
    palettes = Palettes()
    trials = []
    for drawing in in_turn([d for d in drawings if kind != "true" or d.lines is not None], draw):
        others = [d for d in by_character[drawing.character] if d is not drawing]
        chosen = [others[draw.integers(len(others))] if others else drawing]
        for index in draw.permutation(len(drawings))[:200]:
            stranger = drawings[index]
            known = {c.character for c in chosen}
            if stranger.character not in known and all(
                palettes.distance(stranger, c) >= APART for c in chosen
            ):
                chosen.append(stranger)
            if len(chosen) == references:
                break
        if len(chosen) < references:
            continue
        art = make_lines(drawing, kind)
        trials.append(Trial(drawing.id, drawing.source, art, tuple(c.rgb for c in chosen)))
        if len(trials) == sketches:
            return trials
    raise DataError(
        f"only {len(trials)} of {sketches} sketches have {references} references of different "
        "characters in clearly different colours; ask for fewer or bring more drawings"
    )


def run_trials(
    painter: Painter, trials: Sequence[Trial], *, step: Callable[[], None] = lambda: None
) -> Obedience:
    """Paint every sketch with every reference and see which reference the result is nearest to.

    `step` is called after every painting.

    Raises:
        Style2ColorError: whatever the painter raises; a gap would change the chance level.
    """
    count = len(trials[0].references)
    rates, swaps = [], []
    given, nearest_other = [], []
    by_source: dict[str, list[float]] = defaultdict(list)
    for trial in trials:
        wanted = [colours(r, ink_of(r)) for r in trial.references]
        painted = []
        for reference in trial.references:
            painted.append(painter.paint(trial.lines, reference))
            step()
        distance = _distances([colours(p, trial.lines) for p in painted], wanted)
        obeyed = distance.argmin(1) == np.arange(count)
        rates.append(100 * float(obeyed.mean()))
        by_source[trial.source].append(rates[-1])
        swaps.append(_swap(painted, trial.lines))
        given.append(np.diag(distance).mean())
        away = np.where(np.eye(count, dtype=bool), np.inf, distance)
        nearest_other.append(away.min(1).mean())
    return Obedience(
        painter=painter.name,
        references=count,
        percent=estimate(rates),
        by_source={source: estimate(found) for source, found in sorted(by_source.items())},
        swap=estimate(swaps),
        to_given=float(np.mean(given)),
        to_nearest_other=float(np.mean(nearest_other)),
    )


def _distances(painted: list[Colours], wanted: list[Colours]) -> NDArray[np.float64]:
    """Palette distance of painting i to reference j, (N, N)."""
    return np.array([[transport(p, w) for w in wanted] for p in painted])


def _swap(painted: Sequence[Array8], lines: Array8) -> float:
    """Mean CIEDE2000 over all pairs of paintings where they are painted at all."""
    coloured = np.stack([p.min(-1) < 250 for p in painted]).any(0) & (lines >= 128)
    if not coloured.any():
        return 0.0
    pairs = combinations(painted, 2)
    return float(np.mean([delta_e(a, b, coloured)[0] for a, b in pairs]))
