"""What a run over pages needs, in one piece that can be sent to another process.

A `Recipe` holds everything but the page: model, references, palette. Whoever has it can paint and
save a page; `paint_page` does so for one, and says how it went instead of raising.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from style2color import image
from style2color.boxes import Box
from style2color.colorizer import Colorizer, Painting, finish
from style2color.errors import ModelError, PictureError, Style2ColorError
from style2color.export import LAYERED, save_layers
from style2color.files import shown
from style2color.hints import Hints
from style2color.layers import split
from style2color.painting.consistency import Sight, agree
from style2color.painting.shading import Light
from style2color.tasks import Outcome, Task

if TYPE_CHECKING:
    from style2color.image import Limits, Page

__all__ = ["Recipe", "agreed_on", "paint_page"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Recipe:
    """How pages are painted: the arguments of `Colorizer` and of its methods.

    references: read already. lock: swatches, uint8 (S, 3), "reference" or None. agreed: what
    `agreed_on` found for the pages of the run, by their names. limits: of the pages.
    """

    model: str | None = None
    size: int | None = None
    device: str = "cpu"
    threads: int | None = None
    references: tuple[Page, ...] = ()
    lock: U8 | Literal["reference"] | None = None
    hints: Hints | None = None
    boxes: tuple[Box, ...] | None = None
    regions: bool = True
    apart: bool = False
    colored_lines: bool = False
    light: Light = "auto"
    agreed: Mapping[str, F32] | None = None
    limits: Limits = image.DEFAULT_LIMITS

    def painter(self) -> Colorizer:
        """A colorizer that is ready to paint. Raises as `Colorizer` and its methods do."""
        made = Colorizer(self.model, self.size, self.device, self.threads)
        return made.set_reference(self.references or None).lock_palette(self.lock)

    def paint(self, painter: Colorizer, page: Page) -> Painting:
        """Paint one page. Raises as `Colorizer.colorize` does."""
        agreed = None if self.agreed is None else self.agreed.get(page.name)
        draft = painter.draft(
            page,
            self.hints,
            regions=self.regions,
            boxes=self.boxes,
            apart=self.apart,
            agreed=agreed,
            light=self.light,
        )
        return finish(draft, colored_lines=self.colored_lines)

    def save(self, painting: Painting, target: Any, kind: str | None, page: Page) -> None:
        """Write a page into a picture or, where its format holds layers, with them.

        target: a path or a binary stream. kind: the format of a stream. Raises OutputError.
        """
        ending = f".{kind}" if kind else Path(target).suffix.lower()
        if ending not in LAYERED:
            image.save(painting.rgb, target, format=kind, icc=page.icc, dpi=page.dpi)
            return
        shown = [reference.rgb for reference in self.references]
        save_layers(split(painting, shown), target, format=kind, icc=page.icc, dpi=page.dpi)


def agreed_on(recipe: Recipe, painter: Colorizer, pages: Sequence[Path]) -> dict[str, F32]:
    """Look at all pages of a run and let their regions agree, see `consistency`.

    A page that cannot be read is passed over; painting it will say why.
    """
    sights: dict[str, Sight | None] = {}
    for path in pages:
        try:
            page = image.load(os.fspath(path), limits=recipe.limits)
            sights[page.name] = painter.sight(page, apart=recipe.apart)
        except PictureError:
            sights[shown(path)] = None
    agreed = agree(list(sights.values()))
    return {name: votes for name, votes in zip(sights, agreed, strict=True) if votes is not None}


def paint_page(recipe: Recipe, painter: Colorizer, task: Task) -> Outcome:
    """Read, paint and save one page; the result appears whole or not at all."""
    start = time.perf_counter()
    notes: tuple[str, ...] = ()
    try:
        page = image.load(os.fspath(task.page), limits=recipe.limits)
        notes = page.notes
        recipe.save(recipe.paint(painter, page), task.target, None, page)
    except Style2ColorError as error:
        return Outcome(task, None, str(error), isinstance(error, ModelError), notes)
    except MemoryError:
        return Outcome(task, None, f"{task.page}: not enough memory for this page", False, notes)
    return Outcome(task, time.perf_counter() - start, notes=notes)
