"""Line art → the regions that vote, in two steps: what the lines alone tell, then what the painter
saw in them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from style2color.carving import carve
from style2color.closing import close_figures
from style2color.ink import shrink_lines
from style2color.model import Model
from style2color.parts import Reading, known_parts, read_parts
from style2color.regions import Regions, label_regions

__all__ = ["Split", "parted", "split"]

_MAX_LABEL_SIDE = 2048  # longest side at which regions are sought


class Split(NamedTuple):
    """A page's lines at the size of the label map, uint8 (H, W), its closed regions, and the parts
    read in them."""

    lines: NDArray[np.uint8]
    closed: Regions
    reading: Reading | None


def split(model: Model, lines_HW: NDArray[np.uint8]) -> Split:
    """What is to be known of cleaned lines, uint8 (H, W), alone."""
    small = shrink_lines(lines_HW, min(_MAX_LABEL_SIDE, max(lines_HW.shape)))
    closed = label_regions(small, gap=_gap(lines_HW.shape))
    return Split(small, closed, read_parts(model, small))


def parted(
    known: Split, names_Chw: NDArray[np.float32] | None
) -> tuple[Regions, NDArray[np.float32] | None]:
    """The regions, with open figures closed and what was read carved out, and what parts they are.

    names_Chw: what the painter names, see `network.Look`. The second is `parts.known_parts`'.
    """
    regions, eyes = carve(close_figures(known.closed, names_Chw), known.reading)
    return regions, known_parts(regions, eyes, known.reading)


def _gap(size: tuple[int, ...]) -> int:
    """Openings to close, in pixels of the label map: artists' gaps grow with the page."""
    return int(np.clip(round(min(max(size), _MAX_LABEL_SIDE) / 256), 2, 8))
