"""Unpainted clothes, hair and figures: some materials of a drawn picture turn into bare paper.

Real drawings leave white cloth as paper, and some leave a whole figure so; the atelier hardly ever
does. A network that has never seen it paints white cloth grey (docs/transfer.md).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.data.classes import BACKGROUND, CLASSES, NAME, UNKNOWN

U8 = NDArray[np.uint8]
Rng = np.random.Generator

_CLOTHES = [
    CLASSES.index(name)
    for name in ("garment", "collar", "trousers", "skirt", "legwear", "shoes", "headwear")
]
_HAIR = CLASSES.index("hair")
_GARMENT = CLASSES.index("garment")
_INK = 64  # line art darker than this shows the colour of the ink alone


def random_bare(rng: Rng) -> NDArray[np.bool_]:
    """Which classes are left unpainted, bool (CLASSES,): mostly some clothes, else the hair or all
    of the figure; now and then none that the picture shows."""
    bare = np.zeros(len(CLASSES), np.bool_)
    kind = rng.random()
    if kind < 0.6:
        bare[_CLOTHES] = rng.random(len(_CLOTHES)) < 0.5
        bare[_GARMENT] |= rng.random() < 0.5
    elif kind < 0.8:
        bare[_HAIR] = True
    else:
        bare[:] = True
        bare[[UNKNOWN, BACKGROUND]] = False
    return bare


def unpaint(rgb: U8, lines: U8, classes: U8, bare: NDArray[np.bool_]) -> tuple[U8, U8]:
    """Bare paper under the lines wherever a class is `bare`.

    rgb uint8 (S, S, 3) with its exact line art (S, S) and its `class_map` (S, S) → the same, new:
    the picture, and the classes without the highlights and shadows that have gone.
    """
    ids = np.arange(256)
    of_class = np.isin(ids & NAME, np.flatnonzero(bare))
    gone = cv2.LUT(classes, of_class.astype(np.uint8))
    dark = cv2.threshold(lines, _INK - 1, 1, cv2.THRESH_BINARY_INV)[1]
    ink = np.array(cv2.mean(rgb, dark)[:3])  # black where nothing is dark
    # What every level of the line art makes of white paper and this ink.
    shades = np.rint(255 - (255 - ids)[:, None] / 255 * (255 - ink)).astype(np.uint8)
    paper = cv2.LUT(cv2.cvtColor(lines, cv2.COLOR_GRAY2RGB), shades[None])
    picture = rgb.copy()
    cv2.copyTo(paper, gone, picture)
    known = cv2.LUT(classes, np.where(of_class, ids & NAME, ids).astype(np.uint8))
    return picture, np.asarray(known, np.uint8)
