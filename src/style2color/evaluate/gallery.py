"""A gallery: drawings no model was trained on, painted side by side with what it was given.

Figures can be won by a dull painter; a gallery is for eyes. Nothing in it is picked: the cases are
those of an evaluation with the same seed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.errors import OutputError, UsageError
from style2color.evaluate.drawings import Drawing, atelier_figure
from style2color.evaluate.metrics import structure
from style2color.evaluate.painters import Painter
from style2color.evaluate.splits import Case
from style2color.files import atomic_write
from style2color.image import save

Array8 = NDArray[np.uint8]

COLUMNS = ("sketch", "reference", "painting", "original")
_ROWS = 10
_SIDE, _GAP = 256, 6


@dataclass(frozen=True)
class Entry:
    """One painted case: its sheet (from 1), its row there (from 1), and how near it came."""

    case: str
    sheet: int
    row: int
    psnr: float


def drawn_characters(count: int, size: int, seed: int) -> tuple[Drawing, ...]:
    """Characters of our own atelier, two shots each, as drawings with exact lines.

    Raises UsageError for a count below 1.
    """
    if count < 1:
        raise UsageError(f"a gallery of {count} pictures shows nothing; --count 1 or more")
    seeds = range(seed, seed + count)
    return tuple(atelier_figure(s, size, shot) for s in seeds for shot in (0, 1))


def paint_gallery(
    painter: Painter,
    cases: Sequence[Case],
    out: Path,
    about: dict[str, str],
    *,
    step: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Paint all cases onto sheets of ten rows, `out/gallery-01.webp` and so on, and list them in
    `out/gallery.json`. `step` is called after every painting. Returns the sheets.

    Raises:
        OutputError: the folder cannot be written. Style2ColorError: whatever the painter raises.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} cannot be made: {error.strerror}") from error
    entries: list[Entry] = []
    sheets = []
    for start in range(0, len(cases), _ROWS):
        number = start // _ROWS + 1
        rows = []
        for row, case in enumerate(cases[start : start + _ROWS], 1):
            painted = painter.paint(case.lines, case.reference)
            psnr = float(structure.psnr(painted, case.target)[0])
            entries.append(Entry(case.name, number, row, round(psnr, 2)))
            shown = (case.lines, case.reference, painted, case.target)
            rows.append(np.concatenate([_cell(picture) for picture in shown], axis=1))
            step()
        sheets.append(out / f"gallery-{number:02d}.webp")
        save(np.concatenate(rows), sheets[-1])
    document = {"about": about, "columns": COLUMNS, "entries": [asdict(e) for e in entries]}
    with atomic_write(out / "gallery.json") as stream:
        stream.write(json.dumps(document, indent=1, ensure_ascii=False).encode())
    return sheets


def _cell(picture: Array8 | None) -> Array8:
    """uint8 (H, W), (H, W, 3) or nothing → uint8 (262, 262, 3), white around it."""
    cell = np.full((_SIDE + _GAP, _SIDE + _GAP, 3), 255, np.uint8)
    if picture is not None:
        small = Image.fromarray(picture).convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
        cell[:_SIDE, :_SIDE] = np.asarray(small)
    return cell
