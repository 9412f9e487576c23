"""What an evaluation compares: anything that paints a sketch, given a reference or none."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from style2color.errors import DataError, UsageError
from style2color.files import list_pictures
from style2color.image import load

Array8 = NDArray[np.uint8]


class Painter(Protocol):
    """A colorizer under test. `name` stands in the tables and must be unique in a run."""

    name: str

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """lines: uint8 (H, W), 255 = paper; reference: uint8 (h, w, 3) or None → uint8 (H, W, 3).

        Whatever it raises of `Style2ColorError` is counted against it, and the run goes on.
        """
        ...


class FolderPainter:
    """Pictures that some outside colorizer painted beforehand.

    Its folder mirrors the names of the cases, `split/lines/source/drawing.png` (or .webp, .jpg):
    run once with `--export-inputs` to get sketches and references under the same names.

    Raises:
        UsageError: no such folder. DataError: a folder without pictures.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name or str(folder)
        self._folder = folder
        self._files = {
            path.relative_to(folder).with_suffix("").as_posix(): path
            for path in list_pictures(folder, recursive=True)
        }
        if not self._files:
            raise DataError(f"{folder} has no pictures to score")

    def recall(self, case_name: str) -> Array8:
        """The painted picture of a case, uint8 (H, W, 3).

        Raises:
            DataError: the folder has none. PictureError: it cannot be read.
        """
        path = self._files.get(case_name)
        if path is None:
            raise DataError(f"{self._folder} has no picture for {case_name}")
        return load(path).rgb

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """Finished pictures answer to names, not to sketches.

        Raises:
            UsageError: always; the N-references test needs a painter that can paint.
        """
        raise UsageError(f"{self.name} is a folder of finished pictures and cannot paint anew")
