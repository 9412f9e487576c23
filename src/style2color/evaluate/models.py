"""Trained colorizers as painters."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from style2color.colorizer import Colorizer
from style2color.evaluate.painters import Painter

Array8 = NDArray[np.uint8]


def open_model(path: Path | None, *, blind: bool = False) -> Painter:
    """A model folder (or None: the embedded model) as a painter; blind: it gets no reference.

    Raises:
        ModelError: nothing usable there.
    """
    return OnnxPainter(path, blind=blind)


class OnnxPainter:
    """The product itself: a model folder run by the torch-free runtime.

    model: the folder, or None for the embedded model. regions: paint closed regions evenly, as the
    product does. blind: never show it the reference, the control of the N-references test.

    Raises:
        ModelError: the folder holds no usable model.
    """

    def __init__(
        self, model: Path | None = None, *, regions: bool = True, blind: bool = False
    ) -> None:
        self.name = "style2color" if model is None else model.name or str(model)
        if not regions:
            self.name += " (soft)"
        if blind:
            self.name += " (blind)"
        self._colorizer = Colorizer(model)
        self._regions = regions
        self._blind = blind
        self._shown: Array8 | None = None
        self._colorizer.set_reference(None)

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """As the protocol; a reference seen in the call before is not looked at again."""
        if self._blind:
            reference = None
        if reference is not self._shown:
            self._colorizer.set_reference(reference)
            self._shown = reference
        return self._colorizer.colorize(lines, regions=self._regions).rgb
