"""The regions of a reference: what those of a sketch are compared with, one by one.

Another drawing of the character has nearly the same regions, elsewhere and turned. Its lines are
taken from it and looked at by the painter, as a sketch's are, so like regions look alike to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from style2color.palette import Palette
from style2color.reading.describing import describe
from style2color.reading.portrait import Traced
from style2color.reading.regions import label_regions, shrink_labels

if TYPE_CHECKING:
    from style2color.painting.network import Look

__all__ = ["Counterparts", "counterparts"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

_MOST = 128
_GAP = 2  # pixels; openings of the lines that are closed, at 256 pixels


@dataclass(frozen=True, eq=False)
class Counterparts:
    """The regions of a reference, largest first.

    looks: float32 (T, D), see `describing.Described`. entries: float32 (T, K), how much of each is
    of which entry, rows sum to 1. area: float32 (T,), pixels of the square on which references are
    seen.
    """

    looks: F32
    entries: F32
    area: F32


def counterparts(lines_hw: U8, look: Look, reference: Traced, palette: Palette) -> Counterparts:
    """The regions of a reference whose lines, uint8 (h, w), the painter looked at.

    palette: as `extract_palette` gives it, with a map of the entries.
    """
    regions = label_regions(lines_hw, gap=_GAP)
    labels = shrink_labels(regions.labels, *reference.paint.shape)
    shown = reference.paint & (labels > 0)
    kinds = len(palette)
    keys = (labels[shown].astype(np.intp) - 1) * kinds + palette.entry[reference.place][shown]
    covered = np.bincount(keys, minlength=regions.count * kinds).reshape(-1, kinds)
    kept = np.flatnonzero(covered.sum(axis=1))[:_MOST]
    area = covered[kept].sum(axis=1).astype(np.float32)
    entries = (covered[kept] / area[:, None]).astype(np.float32)
    return Counterparts(describe(regions, look).looks[kept], entries, area)
