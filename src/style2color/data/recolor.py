"""Recolouring by palette: the materials of a picture get other colours, each for itself.

A channel matrix (augment.py) moves all colours together; here the materials move independently,
as when a character changes clothes. Materials are the main colours of the pictures grouped by
hue, so that a garment and its shadow stay one; paper and ink stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.color import lab_to_rgb, rgb_to_lab

U8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
Rng = np.random.Generator

ANCHORS = 12
"""Main colours that move; what lies between two moves by a mixture of their shifts."""
_APART = 12.0  # CIELAB distance between two anchors
_REACH = 9.0  # over which an anchor's shift fades
_SAME_HUE = np.deg2rad(28)
_GREY = 9.0  # chroma below which a colour has no hue
_SHIFT, _BINS = 3, 32  # colours are looked up by the upper five bits of each channel
_PAPER_LIGHT, _PAPER_CHROMA, _INK_LIGHT = 95.0, 4.0, 14.0

_AXIS = np.arange(_BINS, dtype=np.uint8) * 8 + 4
_CENTRES = np.stack(np.meshgrid(_AXIS, _AXIS, _AXIS, indexing="ij"), -1).reshape(-1, 3)
# The bin of white must be white, or paper would take part.
_CENTRES[-1] = 255
_LAB = rgb_to_lab(_CENTRES)
_RGB = lab_to_rgb(_LAB).astype(np.int16)


def palette_recolor(pictures: Sequence[U8], rng: Rng) -> Callable[[U8], U8]:
    """One random change of the materials' colours of some pictures, uint8 (H, W, 3) each.

    The change is made from all pictures together and is applied to each of them.
    """
    counts = np.zeros(_BINS**3, np.int64)
    for picture in pictures:
        counts += np.bincount(_bin(picture).ravel(), minlength=_BINS**3)
    used = np.flatnonzero(counts)
    lab = _LAB[used]
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    fixed = ((lab[:, 0] > _PAPER_LIGHT) & (chroma < _PAPER_CHROMA)) | (lab[:, 0] < _INK_LIGHT)
    anchors = _anchors(lab[~fixed], counts[used][~fixed])
    shifts = np.zeros((_BINS**3, 3), np.int16)
    if len(anchors):
        moved = _moved(lab, anchors, _wishes(anchors, rng))
        moved[fixed] = lab[fixed]
        shifts[used] = lab_to_rgb(moved).astype(np.int16) - _RGB[used]

    def recolor(rgb: U8) -> U8:
        moved = shifts.take(_bin(rgb), axis=0)
        moved += rgb
        return np.asarray(np.clip(moved, 0, 255, out=moved), np.uint8)

    return recolor


def _bin(rgb: U8) -> NDArray[np.intp]:
    red, green, blue = (plane.astype(np.uint16) >> _SHIFT for plane in cv2.split(rgb))
    return np.asarray((red * _BINS + green) * _BINS + blue, np.intp)


def _anchors(lab: F32, counts: NDArray[np.int64]) -> F32:
    """The most frequent colours (K, 3) that keep their distance from one another."""
    often = lab[np.argsort(-counts, kind="stable")[:200]]
    free = np.ones(len(often), bool)
    chosen: list[F32] = []
    while free.any() and len(chosen) < ANCHORS:
        chosen.append(often[free.argmax()])
        free &= ((often - chosen[-1]) ** 2).sum(1) > _APART**2
    return np.array(chosen, np.float32).reshape(-1, 3)


def _wishes(anchors: F32, rng: Rng) -> F32:
    """Where each anchor goes (K, 3): with its material, to another hue, chroma and lightness."""
    hue = np.arctan2(anchors[:, 2], anchors[:, 1])
    chroma = np.hypot(anchors[:, 1], anchors[:, 2])
    material = np.full(len(anchors), -1)
    wishes = anchors.copy()
    for number in range(len(anchors)):
        if material[number] >= 0:
            continue
        if chroma[number] < _GREY:
            # Each grey is a material of its own: white cloth, grey hair, black shoes.
            own = np.arange(len(anchors)) == number
        else:
            apart = np.abs((hue - hue[number] + np.pi) % (2 * np.pi) - np.pi)
            own = (apart < _SAME_HUE) & (chroma >= _GREY) & (material < 0)
        material[own] = number
        kind = rng.random()
        if kind < 0.25:
            continue
        to = rng.uniform(-np.pi, np.pi)
        lift = rng.normal(0, 9.0)
        if chroma[number] < _GREY:
            # Greys are dyed where they are neither very light nor very dark.
            room = np.clip(np.minimum(anchors[own, 0] - 8, 100 - anchors[own, 0]) / 40, 0.15, 1)
            strength = rng.uniform(8, 55) * room
        elif kind < 0.4:
            strength = chroma[own] * rng.uniform(0.0, 0.3)
        else:
            strength = chroma[own] * np.exp(rng.uniform(-0.5, 0.3))
        angle = to + np.where(chroma[own] < _GREY, 0.0, hue[own] - hue[number])
        wishes[own, 0] = np.clip(anchors[own, 0] + lift, 6, 97)
        wishes[own, 1] = strength * np.cos(angle)
        wishes[own, 2] = strength * np.sin(angle)
    return wishes


def _moved(lab: F32, anchors: F32, wishes: F32) -> F32:
    squared = ((lab**2).sum(1)[:, None] + (anchors**2).sum(1)[None] - 2 * lab @ anchors.T) / (
        2 * _REACH**2
    )
    weight = np.exp(squared.min(1, keepdims=True) - squared)
    weight /= weight.sum(1, keepdims=True)
    return np.asarray(lab + weight @ (wishes - anchors), np.float32)
