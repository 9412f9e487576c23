"""What the network saw of a sketch → the painted page, as often as its colours are changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.hints import Hints
from style2color.painting.claims import claim, touched
from style2color.painting.compose import Fill, compose, without_ink
from style2color.painting.shading import UNLIT, UNSHADED, Marks, laid
from style2color.painting.tint import color_lines
from style2color.painting.voting import Vote, vote
from style2color.reading.regions import Regions
from style2color.swatches import lock_hints, nearest

__all__ = ["Changes", "Clock", "Draft", "Painting", "Progress", "finish", "tinted"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Progress = Callable[[str], None]
Changes = Mapping[tuple[int, int, int], tuple[int, int, int]]


@dataclass(frozen=True, eq=False)
class Painting:
    """A painted page.

    rgb: uint8 (H, W, 3), of the sketch's own size. flat: uint8 (H, W, 3), without shade, light and
    ink. regions: what the sketch was split into (its label map may be smaller than the page), or
    None. palette: uint8 (K, 3), the entries the network chose from. timings: seconds by step.
    lines: uint8 (H, W), the ink on white paper. shade, light: float32 of the network's size, 0..1.
    tint: uint8 (h, w, 3), what colour the lines have, or None where they are black.
    """

    rgb: U8
    flat: U8
    regions: Regions | None
    palette: U8
    timings: dict[str, float]
    lines: U8
    shade: F32
    light: F32
    tint: U8 | None = None

    def image(self) -> Image.Image:
        """The painted page as a PIL picture."""
        return Image.fromarray(self.rgb)


@dataclass(frozen=True, eq=False)
class Draft:
    """A sketch as the network saw it: what `finish` puts the page together from, at any time.

    lines: uint8 (H, W), the cleaned page. logits: float32 (K, h, w) and shade, light: float32
    (h', w'), of sizes of their own. colors: uint8 (K, 3), the entries the logits point to. regions
    and opinion: the closed regions and their logits (R, K), or None. locked: flat colours must be
    entries, not mixtures. timings: seconds by step. marks: what `shading` reads; without
    them, shade and light are the painter's own. strength: how much of them is laid, 0..1. unmixed:
    nor do closed regions get mixtures, for the reference is flat and has none. backdrop: (R,) bool,
    the regions behind the figures.
    """

    lines: U8
    logits: F32
    shade: F32
    light: F32
    colors: U8
    regions: Regions | None
    opinion: F32 | None
    hints: Hints | None
    locked: bool
    timings: Mapping[str, float]
    marks: Marks | None = None
    strength: float = 1.0
    unmixed: bool = False
    backdrop: NDArray[np.bool_] | None = None


@dataclass
class Clock:
    """Seconds by step; ``progress`` hears the name of every step as it begins."""

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        if self.progress is not None:
            self.progress(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def finish(
    draft: Draft,
    swatches_S3: U8 | None = None,
    changes: Changes | None = None,
    progress: Progress | None = None,
    *,
    colored_lines: bool = False,
) -> Painting:
    """Put a page together from its draft; the network does not run.

    swatches_S3: uint8 (S, 3), flat colours that are none of these give way to the nearest; None
    leaves them. changes: old → new, RGB 0..255, for flat colours that are exactly the old one,
    after the swatches; mixtures of an old colour follow it. progress: as in `Colorizer.draft`.
    colored_lines: see `tint`.
    """
    clock = Clock(progress, dict(draft.timings))
    lines, found, hints, colors = draft.lines, draft.regions, draft.hints, draft.colors
    hard = draft.locked or swatches_S3 is not None
    if swatches_S3 is not None:
        colors = nearest(colors, swatches_S3)
        hints = lock_hints(hints, swatches_S3) if hints else None
    fill, marks = None, None
    if found is not None and draft.opinion is not None:
        with clock.step("vote"):
            decided = vote(draft.logits, found, draft.opinion, colors, draft.backdrop)
            chosen = colors[decided.entry] if hard or draft.unmixed else decided.color
            fill = _fill(found, decided, chosen, hints, lines.shape)
            fill = replace(fill, colors=_changed(fill.colors, changes))
            if hints:
                drawn, mask = hints.rasterize(*lines.shape)
                marks = _changed(drawn, changes), mask
    with clock.step("compose"):
        colors = _changed(colors, changes)
        planes = draft.logits.transpose(1, 2, 0).copy()
        if not draft.strength:
            shade, light = UNSHADED, UNLIT
        elif draft.marks is not None:
            shade, light = laid(draft.marks, draft.strength, found, lines.shape)
        else:
            shade, light = without_ink(draft.shade, lines), draft.light
        rgb, flat = compose(lines, planes, shade, light, colors, fill, marks, hard=hard)
    painting = Painting(rgb, flat, found, colors, clock.seconds, lines, shade, light)
    if not colored_lines:
        return painting
    with clock.step("tint"):
        return tinted(painting)


def tinted(painting: Painting) -> Painting:
    """The same page, whose lines are black, with coloured ones; see `tint`."""
    rgb, tint = color_lines(
        painting.rgb, painting.flat, painting.shade, painting.light, painting.lines
    )
    return replace(painting, rgb=rgb, tint=tint)


def _changed(colors: U8, changes: Changes | None) -> U8:
    """The same colours, (..., 3), with every one that is exactly an old one in the new."""
    out = colors.copy() if changes else colors
    for old, new in (changes or {}).items():
        out[(colors == np.array(old, np.uint8)).all(axis=-1)] = np.array(new, np.uint8)
    return out


def _fill(
    regions: Regions, decided: Vote, chosen: U8, hints: Hints | None, size: tuple[int, int]
) -> Fill:
    # A hint fills its region; one that is no closed shape it would flood, so there the pixels keep
    # their own colours, the network spreads the hint's, and only the mark itself is certain.
    # Without a hint such a background is even too: its pixels' colours are blotches.
    labels, leaking = regions.labels, np.zeros(regions.count, np.bool_)
    claimed: dict[int, tuple[int, int, int]] = {}
    if hints:
        leaking = decided.soft & touched(hints, regions, size)
        labels, claimed = claim(hints, regions, ~leaking, size)
    top = max([regions.count, *claimed])
    colors = np.zeros((top + 1, 3), np.uint8)
    colors[1 : regions.count + 1] = chosen
    for label, color in claimed.items():
        colors[label] = color
    soft = np.zeros(top + 1, np.bool_)
    soft[0] = True
    soft[1 : regions.count + 1] = leaking
    return Fill(labels, colors, soft)
