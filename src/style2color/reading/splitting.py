"""Line art → the regions that vote, in two steps: what the lines alone tell, then what the painter
saw in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from style2color.model import Model
from style2color.reading.carving import carve
from style2color.reading.closing import close_figures
from style2color.reading.correspondence import vectors_of
from style2color.reading.ink import shrink_lines
from style2color.reading.parts import Reading, known_parts, read_parts
from style2color.reading.regions import Regions, label_regions

__all__ = ["Known", "Split", "parted", "split"]

_MAX_LABEL_SIDE = 2048  # longest side at which regions are sought


@dataclass(frozen=True, eq=False)
class Known:
    """What was read of regions in their lines, float32.

    shares: (R, 5), of every part in each, or None where the model reads none. vectors: (R, E), see
    `correspondence.vectors_of`, or None where the model has none.
    """

    shares: NDArray[np.float32] | None = None
    vectors: NDArray[np.float32] | None = None

    def of(self, labels_N: NDArray[np.integer[Any]]) -> Known:
        """The same of these labels; of a label 0 nothing is known."""
        kept = (labels_N > 0)[:, None]
        return Known(
            *(
                None if of is None else np.where(kept, of[labels_N - 1], np.float32(0))
                for of in (self.shares, self.vectors)
            )
        )


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


def parted(found: Split, names_Chw: NDArray[np.float32] | None) -> tuple[Regions, Known]:
    """The regions, with open figures closed and what was read carved out, and what was read of
    them.

    names_Chw: what the painter names, see `network.Look`.
    """
    reading = found.reading
    regions, eyes = carve(close_figures(found.closed, names_Chw), reading)
    if reading is None:
        return regions, Known()
    embedding = reading.embedding
    vectors = None if embedding is None else vectors_of(embedding, regions)
    return regions, Known(known_parts(regions, eyes, reading), vectors)


def _gap(size: tuple[int, ...]) -> int:
    """Openings to close, in pixels of the label map: artists' gaps grow with the page."""
    return int(np.clip(round(min(max(size), _MAX_LABEL_SIDE) / 256), 2, 8))
