"""Shadows and highlights: where they lie is read in the lines, how strong, in the reference.

A tiny network reads the lines alone, under a light from the upper left; for one from the upper
right it reads their mirror image. What it draws has hard edges, as cel painting has, and stops at
the lines: between two pixels of its own size, a pixel of the page hears those of its own region.
References without shading get none, unless a side is asked for.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from style2color.errors import UsageError
from style2color.model import Model
from style2color.painting.compose import Upsampler
from style2color.reading.ink import shrink_lines
from style2color.reading.regions import Regions, grounds, shrink_labels

__all__ = ["LIGHTS", "UNLIT", "UNSHADED", "Light", "Marks", "known_light", "laid", "read_marks"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Marks = NDArray[np.float32]
"""Logits of shadows and of highlights, (2, h, w)."""

Light = Literal["auto", "left", "right", "none"]
"""Where the light comes from. auto: from the left, as strong as in the reference; left and right:
in full, whatever the reference; none: no shadows and highlights."""
LIGHTS: tuple[Light, ...] = get_args(Light)

_STRIDE = 32  # the graph takes sides that are multiples of this
_SIDE = 384  # longest side at which lines are read
_PLANE = 1024  # and at which shadows are laid out; a page larger than this enlarges them
_SURE = np.array([0, 1], np.float32)  # logits from which on shadows and highlights are believed
_EDGE = np.float32(1)  # shadow per logit at its edge, which makes it about a pixel wide
_DARK, _BRIGHT = np.float32(0.25), np.float32(0.35)  # how much of the light they take and give

UNSHADED, UNLIT = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
"""Shade and light of a page that has neither."""


def known_light(light: str) -> Light:
    """The light of that name. Raises UsageError for one that is none of `LIGHTS`."""
    for one in LIGHTS:
        if one == light:
            return one
    raise UsageError(f"light {light!r}: choose one of {', '.join(LIGHTS)}")


def read_marks(model: Model, lines_HW: U8, light: Light) -> Marks | None:
    """Read lines, uint8 (H, W), 255 = paper. None where the model has no graph for it, or no light
    is asked for. Raises ModelError where the graph does not run."""
    if not model.shades or light == "none":
        return None
    small = shrink_lines(lines_HW, _SIDE)
    if light == "right":
        small = small[:, ::-1]
    height, width = small.shape
    pads = ((0, -height % _STRIDE), (0, -width % _STRIDE))
    padded = np.pad(small, pads, constant_values=255).astype(np.float32) / np.float32(255)
    (marks,) = model.run("shading", {"lines": padded[None, None]}, ("marks",))
    found = marks[0, :, :height, :width]
    return np.ascontiguousarray(found[..., ::-1] if light == "right" else found)


def laid(
    marks: Marks, strength: float, regions: Regions | None, size: tuple[int, int]
) -> tuple[F32, F32]:
    """Shade and light for `compose`, float32 (h, w) in 0..1, of a page of ``size`` (height, width).

    strength: 0..1, of both. regions: those of the page; None where edges need not stop at lines.
    """
    scale = min(1.0, _PLANE / max(size))
    height, width = (max(1, round(side * scale)) for side in size)
    planes = _enlarged(marks.transpose(1, 2, 0), regions, (height, width))
    shares = np.clip((planes - _SURE) * _EDGE + np.float32(0.5), 0, 1) * np.float32(strength)
    if regions is not None:
        # The ground has no form of its own; what is read there belongs to the figure beside it.
        ground = np.concatenate([[False], grounds(regions)])
        shares[ground[shrink_labels(regions.labels, height, width)]] = 0
    return 1 - _DARK * shares[..., 0], _BRIGHT * shares[..., 1]


def _enlarged(logits_hwC: F32, regions: Regions | None, size: tuple[int, int]) -> F32:
    """Bilinear, but of the four pixels around each those of other regions have no say."""
    enlarge = Upsampler(logits_hwC.shape, size)
    out = enlarge.band(logits_hwC, slice(0, size[0]))
    if regions is None:
        return out
    labels = shrink_labels(regions.labels, *size)
    around = shrink_labels(regions.labels, *logits_hwC.shape[:2])
    rows, columns, (down, across) = enlarge.taps()
    # Between four pixels of one region all is well, and that is nearly everywhere.
    beside = np.pad(around, ((0, 1), (0, 1)), mode="edge")
    even = (around == beside[1:, :-1]) & (around == beside[:-1, 1:]) & (around == beside[1:, 1:])
    y, x = np.nonzero(~even[rows[0][:, None], columns[0]])
    own = labels[y, x]
    total = np.zeros((y.size, 1), np.float32)
    mean = np.zeros((y.size, logits_hwC.shape[2]), np.float32)
    for top, row in ((1 - down, rows[0]), (down, rows[1])):
        for left, column in ((1 - across, columns[0]), (across, columns[1])):
            # A trace of weight where a pixel's own region has none of the nearest.
            weight = top[y] * left[x] + np.float32(1e-3)
            weight = (weight * (around[row[y], column[x]] == own))[:, None]
            mean += weight * logits_hwC[row[y], column[x]]
            total += weight
    known = total[:, 0] > 0
    out[y[known], x[known]] = mean[known] / total[known]
    return out
