"""What a colorizer is asked to do: which sketch, which reference, which kind of line art.

Four splits by reference, three kinds of lines. They answer different questions and are never
averaged over one another:

========  =====================================================================================
same      the reference is the target itself: easy, a colorizer may find the answer in place
cross     another drawing of the same character: the job it is made for
wrong     a drawing of another character in other colours: does it obey?
none      no reference at all
========  =====================================================================================

soft: grey extracted lines, which give away something of the target's shading and colour;
binarized: the same made pure ink and paper, which give away nothing; true: line art that an artist
(or an exact renderer) drew, where a source has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from style2color.errors import DataError, UsageError
from style2color.evaluate.drawings import Drawing
from style2color.evaluate.metrics.palette import Colours, colours, transport
from style2color.lines import binarize, extract

Array8 = NDArray[np.uint8]
Split = Literal["same", "cross", "wrong", "none"]
LineKind = Literal["soft", "binarized", "true"]
SPLITS: tuple[Split, ...] = get_args(Split)
LINE_KINDS: tuple[LineKind, ...] = get_args(LineKind)

APART = 12.0
"""Palette distance (CIELAB) from which two references count as having different colours."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, eq=False)
class Case:
    """One task for a painter.

    name: `split/lines/source/drawing`, unique within a run and usable as a path. target: uint8
    (S, S, 3). lines: uint8 (S, S). reference: uint8 (S, S, 3), None in split `none`. regions: exact
    ids, int32 (S, S), from 1, or None.
    """

    name: str
    source: str
    split: Split
    kind: LineKind
    target: Array8
    lines: Array8
    reference: Array8 | None
    regions: NDArray[np.int32] | None = None


def make_lines(drawing: Drawing, kind: LineKind) -> Array8:
    """The line art of a drawing, uint8 (S, S), 255 = paper.

    Raises:
        UsageError: `true` for a drawing without exact line art, or an unknown kind.
    """
    if kind == "true":
        if drawing.lines is None:
            raise UsageError(f"{drawing.id} has no exact line art")
        return drawing.lines
    if kind == "soft":
        return extract(drawing.rgb, "dilate")
    if kind == "binarized":
        return binarize(extract(drawing.rgb, "xdog"))
    raise UsageError(f"unknown kind of lines {kind!r}; choose one of {', '.join(LINE_KINDS)}")


def make_cases(
    drawings: Sequence[Drawing], split: Split, kind: LineKind, limit: int | None, seed: int
) -> list[Case]:
    """The cases of one split and one kind of lines, at most `limit`, the same for every run.

    The limit is shared out evenly over sources, and within a source over characters.

    Raises:
        UsageError: an unknown split or kind, or a limit below 1.
        DataError: no drawing allows this split with this kind of lines.
    """
    if split not in SPLITS or kind not in LINE_KINDS:
        raise UsageError(
            f"no split {split!r} with {kind!r} lines; splits: {', '.join(SPLITS)}; "
            f"lines: {', '.join(LINE_KINDS)}"
        )
    if limit is not None and limit < 1:
        raise UsageError(f"a limit of {limit} cases leaves nothing to evaluate")
    draw = np.random.default_rng(seed)
    usable = [d for d in drawings if kind != "true" or d.lines is not None]
    choose = _chooser(split, drawings, draw)
    cases = []
    for drawing in in_turn(usable, draw):
        found = choose(drawing)
        if found is None:
            continue
        reference = None if split == "none" else found
        name = f"{split}/{kind}/{drawing.id}"
        lines = make_lines(drawing, kind)
        source, target, regions = drawing.source, drawing.rgb, drawing.regions
        cases.append(Case(name, source, split, kind, target, lines, reference, regions))
        if len(cases) == limit:
            break
    if not cases:
        raise DataError(f"no drawing here has what split {split!r} with {kind!r} lines needs")
    return cases


def in_turn(drawings: Sequence[Drawing], draw: np.random.Generator) -> list[Drawing]:
    """Shuffled so that any beginning has all sources, and within them all characters, evenly."""
    groups: dict[str, dict[str, list[Drawing]]] = defaultdict(lambda: defaultdict(list))
    for index in draw.permutation(len(drawings)):
        drawing = drawings[index]
        groups[drawing.source][drawing.character].append(drawing)
    return _dealt([_dealt(list(groups[source].values())) for source in sorted(groups)])


def _dealt(piles: list[list[_Item]]) -> list[_Item]:
    return [item for item in chain.from_iterable(zip_longest(*piles)) if item is not None]


def _chooser(
    split: Split, drawings: Sequence[Drawing], draw: np.random.Generator
) -> Callable[[Drawing], Array8 | None]:
    """A function that gives a drawing's reference (any picture for `none`), or None: no case."""
    by_character: dict[str, list[Drawing]] = defaultdict(list)
    by_source: dict[str, list[Drawing]] = defaultdict(list)
    for drawing in drawings:
        by_character[drawing.character].append(drawing)
        by_source[drawing.source].append(drawing)
    palettes = Palettes()

    def cross(drawing: Drawing) -> Array8 | None:
        if drawing.reference is not None:
            return drawing.reference
        others = [d for d in by_character[drawing.character] if d is not drawing]
        return others[draw.integers(len(others))].rgb if others else None

    def wrong(drawing: Drawing) -> Array8 | None:
        strangers = _strangers(drawing, by_source[drawing.source], drawings, draw)
        far = (d for d in strangers if palettes.distance(d, drawing) >= APART)
        other = next(far, None)
        return None if other is None else other.rgb

    if split == "cross":
        return cross
    return wrong if split == "wrong" else lambda drawing: drawing.rgb


def _strangers(
    drawing: Drawing,
    neighbours: Sequence[Drawing],
    everyone: Sequence[Drawing],
    draw: np.random.Generator,
    tries: int = 32,
) -> Iterator[Drawing]:
    """Drawings of other characters at random, those of the same source first."""
    for pool in (neighbours, everyone):
        for index in draw.permutation(len(pool))[:tries]:
            if pool[index].character != drawing.character:
                yield pool[index]


class Palettes:
    """Colour clusters of drawings, made once each."""

    def __init__(self) -> None:
        self._known: dict[str, Colours] = {}

    def of(self, drawing: Drawing) -> Colours:
        """The clusters of the figure."""
        if drawing.id not in self._known:
            self._known[drawing.id] = colours(drawing.rgb)
        return self._known[drawing.id]

    def distance(self, first: Drawing, second: Drawing) -> float:
        """Palette distance in CIELAB units."""
        return transport(self.of(first), self.of(second))
