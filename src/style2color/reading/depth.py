"""How strongly a picture is shaded: flat paint, or the same colours in light and in shadow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from style2color.palette import is_ink, letterbox

__all__ = ["shading_of"]

U8 = NDArray[np.uint8]

_APART = 6  # pixels of the 256 between two spots of a reference that are compared
_SHADED = (0.55, 0.93)  # luma of one in shadow, as a share of the other's
_KIN = 0.25  # by how much their channels may differ, as multiples of their lumas
_PAPER = 240  # no channel below this: nothing is painted there
_GROUND = 12  # a ground is what is as near as this to one colour, in every channel
_DEEP = 40  # darker pixels are black, and nothing darker than them
_FLAT, _FULL = 0.03, 0.08  # of the pairs: below and above these, a reference has no or full shading


def shading_of(rgb: U8) -> float:
    """How much shading a reference has, uint8 (H, W, 3) of any size: 0 flat, 1 shaded.

    By the share of pairs of spots without a line between them that have one hue and two lumas.
    """
    square = letterbox(rgb)
    planes = square.transpose(2, 0, 1)
    luma = square @ np.array([0.299, 0.587, 0.114], np.float32)
    black = is_ink(np.ascontiguousarray(planes)) | (luma < _DEEP)
    near = black.copy()  # the edges of lines are mixtures
    near[1:] |= black[:-1]
    near[:-1] |= black[1:]
    near[:, 1:] |= black[:, :-1]
    near[:, :-1] |= black[:, 1:]
    painted = _figure(square, planes.min(axis=0) < _PAPER)
    pairs = shaded = 0
    for ink, paint, grey, color in (
        (near, painted, luma, square),
        (near.T, painted.T, luma.T, square.transpose(1, 0, 2)),
    ):
        lines = np.pad(np.cumsum(ink, axis=1), ((0, 0), (1, 0)))
        clear = lines[:, _APART + 1 :] == lines[:, : -_APART - 1]
        one, two = slice(0, -_APART), slice(_APART, None)
        asked = clear & paint[:, one] & paint[:, two]
        first, second = (color[:, side][asked].astype(np.float32) for side in (one, two))
        a, b = (grey[:, side][asked][:, None] + 1 for side in (one, two))
        share = np.minimum(a, b) / np.maximum(a, b)
        kin = np.abs(first / a - second / b).max(axis=1, keepdims=True, initial=0) < _KIN
        pairs += len(first)
        shaded += int((kin & (share > _SHADED[0]) & (share < _SHADED[1])).sum())
    found = shaded / max(pairs, 1)
    return float(np.clip((found - _FLAT) / (_FULL - _FLAT), 0, 1))


def _figure(square_SS3: U8, painted_SS: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What is painted, without a ground of one colour, whose evenness says nothing of a figure's:
    the colour of over half of the frame around all that is painted."""
    rows, columns = np.nonzero(painted_SS)
    if not rows.size:
        return painted_SS
    box = square_SS3[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    frame = np.concatenate((box[0], box[-1], box[:, 0], box[:, -1])).astype(np.float32)
    inked = frame[frame.min(axis=1) < _PAPER]
    if 2 * len(inked) <= len(frame):
        return painted_SS
    ground = np.median(inked, axis=0)
    if 2 * (np.abs(inked - ground).max(axis=1) <= _GROUND).sum() <= len(frame):
        return painted_SS
    figure: NDArray[np.bool_] = painted_SS & (np.abs(square_SS3 - ground).max(axis=2) > _GROUND)
    return figure
