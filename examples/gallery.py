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


if __name__ == "__main__":
    main()
