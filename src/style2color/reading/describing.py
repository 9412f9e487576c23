"""What every region of line art is like: what the painter makes of it, its shape and place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from style2color.reading.regions import Regions, geometry, pool
from style2color.reading.wardrobe import named

if TYPE_CHECKING:
    from style2color.painting.network import Look

__all__ = ["Described", "describe"]

F32 = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Described:
    """Regions as the graphs see them.

    features: float32 (R, F), the painter's, 0 in regions that are not `seen`, (R,) bool, for they
    are too small. names: (R, 17), shares of the painter's classes, likewise, or None where a model
    of before 0.11 names nothing. geometry: (R, 8), see `regions.geometry`.
    """

    features: F32
    seen: NDArray[np.bool_]
    names: F32 | None
    geometry: F32

    @property
    def looks(self) -> F32:
        """All of it in one, (R, F + 17 + 8)."""
        assert self.names is not None
        return np.concatenate([self.features, self.names, self.geometry], axis=1)


def describe(regions: Regions, look: Look) -> Described:
    """Describe the regions of a sketch that the painter looked at."""
    features, gone = pool(look.features, regions.labels, regions.count)
    return Described(features, ~gone, named(regions, look.names), geometry(regions))
