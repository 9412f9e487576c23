"""Held-out cases painted and measured: what transfer.py and ablations.py share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from style2color.data.store import Store
from style2color.evaluate.drawings import Drawing, from_store
from style2color.evaluate.metrics import colour, structure
from style2color.evaluate.metrics.palette import paper_mask
from style2color.evaluate.painters import Painter
from style2color.evaluate.splits import Case

SIDE = 256


def held_out(store: Path, sources: Iterable[str] | None = None) -> list[Drawing]:
    """The drawings of a store at 256 pixels, of all sources or of some."""
    wanted = None if sources is None else sorted(sources)
    return from_store(Store.open(store), SIDE, wanted).found


def measured(
    painter: Painter, cases: Iterable[Case]
) -> Iterator[tuple[Case, NDArray[np.uint8], dict[str, float]]]:
    """Every case, its painting, and the measures of `style2color evaluate` that take no time;
    ΔE00 and the chroma ratio inside the figure."""
    for case in cases:
        painted = painter.paint(case.lines, case.reference)
        inside = ~paper_mask(case.target)
        yield (
            case,
            painted,
            {
                "psnr": float(structure.psnr(painted, case.target)[0]),
                "ssim": float(structure.ssim(painted, case.target)[0]),
                "delta_e": float(colour.delta_e(painted, case.target, inside)[0]),
                "chroma": float(colour.chroma_ratio(painted, case.target, inside)[0]),
            },
        )
