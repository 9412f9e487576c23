"""Paints the pictures of the README with the embedded model: docs/images/*.webp.

Run by `make gallery`. Every sketch and reference is drawn by our own atelier from seeds that
training does not use, so nothing here belongs to anybody else, and nothing is picked by hand but
the seeds below.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color import Colorizer
from style2color.data.atelier import draw
from style2color.painting.drafts import finish
from style2color.painting.shading import Light
from style2color.reading.parts import IRIS, WHITE, read_parts

U8 = NDArray[np.uint8]
IMAGES = Path(__file__).parents[1] / "docs" / "images"
SIZE, CELL, GAP = 768, 320, 8
# (seed, shot of the sketch, shot of the reference): the same character drawn twice.
PAIRS = ((9_300_006, 1, 0), (9_300_021, 0, 1), (9_300_110, 0, 1))
# One sketch in the colours of four others: what the reference does.
SKETCH = (9_300_024, 1)
REFERENCES = ((9_300_006, 0), (9_300_021, 1), (9_300_106, 1), (9_300_007, 0))
# Black lines and coloured ones: the whole figure, and a cut of it at the drawing's own pixels.
LINES, CUT = (9_300_110, 0), (slice(120, 440), slice(224, 544))
# Eyes: (seed, shot of the sketch), cut around what is read as one.
EYES = ((9_300_006, 0), (9_300_110, 1), (9_300_021, 0))
# Light from the left, from the right, and none: (seed, shot of the sketch).
LIT = ((9_300_024, 1), (9_300_110, 0))
WHITE_TINT, IRIS_TINT = (255, 120, 120), (120, 120, 255)


def grid(rows: list[list[U8]]) -> Image.Image:
    """Pictures, uint8 (S, S, 3) or (S, S), as rows of a sheet on white."""
    columns = max(map(len, rows))
    step = CELL + GAP
    sheet = Image.new("RGB", (columns * step - GAP, len(rows) * step - GAP), "white")
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            cell = (
                Image.fromarray(picture).convert("RGB").resize((CELL, CELL), Image.Resampling.BOX)
            )
            sheet.paste(cell, (column * step, row * step))
    return sheet


def eyes(painter: Colorizer, seed: int, shot: int) -> list[U8]:
    """The eyes of a sketch, what is read there, and the painting, cut out (S, S, 3)."""
    sketch = draw(seed, SIZE, shot=shot).line
    painted = painter.set_reference(draw(seed, SIZE, shot=1 - shot).composite).colorize(sketch).rgb
    reading = read_parts(painter.model, sketch)
    assert reading is not None
    shown = np.repeat(sketch[..., None], 3, 2)
    for part, tint in ((WHITE, WHITE_TINT), (IRIS, IRIS_TINT)):
        found = reading.eyes == part
        shown[found] = np.minimum(shown[found], tint)
    rows, columns = np.nonzero(reading.eyes)
    half = max(80, int(np.ptp(columns)), int(np.ptp(rows))) * 3 // 4
    top = int(np.clip(rows.mean() - half, 0, SIZE - 2 * half))
    left = int(np.clip(columns.mean() - half, 0, SIZE - 2 * half))
    cut = slice(top, top + 2 * half), slice(left, left + 2 * half)
    return [picture[cut] for picture in (sketch, shown, painted)]


def main() -> None:
    painter = Colorizer()
    rows = []
    for seed, sketch_shot, reference_shot in PAIRS:
        sketch = draw(seed, SIZE, shot=sketch_shot).line
        reference = draw(seed, SIZE, shot=reference_shot).composite
        rows.append([sketch, reference, painter.set_reference(reference).colorize(sketch).rgb])
    IMAGES.mkdir(parents=True, exist_ok=True)
    grid(rows).save(IMAGES / "pairs.webp", quality=90, method=6)

    sketch = draw(SKETCH[0], SIZE, shot=SKETCH[1]).line
    references = [draw(seed, SIZE, shot=shot).composite for seed, shot in REFERENCES]
    painted = [painter.set_reference(r).colorize(sketch).rgb for r in references]
    blank = np.full_like(references[0], 255)
    sheet = grid([[blank, *references], [sketch, *painted]])
    sheet.save(IMAGES / "references.webp", quality=90, method=6)

    drawing = draw(LINES[0], SIZE, shot=LINES[1])
    painter.set_reference(draw(LINES[0], SIZE, shot=1 - LINES[1]).composite)
    pages = [painter.colorize(drawing.line, colored_lines=way).rgb for way in (False, True)]
    sheet = grid([[picture for page in pages for picture in (page, page[CUT])]])
    sheet.save(IMAGES / "colored-lines.webp", quality=90, method=6)

    sheet = grid([eyes(painter, seed, shot) for seed, shot in EYES])
    sheet.save(IMAGES / "eyes.webp", quality=90, method=6)

    rows = []
    for seed, shot in LIT:
        sketch = draw(seed, SIZE, shot=shot).line
        painter.set_reference(draw(seed, SIZE, shot=1 - shot).composite)
        draft = painter.draft(sketch)
        sides: tuple[Light, ...] = ("none", "left", "right")
        rows.append([sketch, *(finish(painter.lit(draft, side)).rgb for side in sides)])
    grid(rows).save(IMAGES / "shading.webp", quality=90, method=6)


if __name__ == "__main__":
    main()
