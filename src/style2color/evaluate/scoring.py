"""Every case through every painter, every picture through every measure."""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.errors import PictureError, Style2ColorError
from style2color.evaluate.metrics import colour, fsim, lines, structure
from style2color.evaluate.metrics.backbones import perceptual
from style2color.evaluate.metrics.palette import Colours, colours, paper_mask, transport
from style2color.evaluate.painters import FolderPainter, Painter
from style2color.evaluate.sets import Sets
from style2color.evaluate.splits import Case
from style2color.lines import extract

Array8 = NDArray[np.uint8]


@dataclass(frozen=True)
class Measure:
    """How a column of the tables is read. better: +1 higher, -1 lower, 0 nearer to `ideal`."""

    title: str
    better: int
    digits: int
    ideal: float = math.nan


MEASURES: dict[str, Measure] = {
    "psnr": Measure("PSNR dB", +1, 2),
    "ssim": Measure("SSIM", +1, 3),
    "ms_ssim": Measure("MS-SSIM", +1, 3),
    "fsim": Measure("FSIM", +1, 3),
    "fsimc": Measure("FSIMc", +1, 3),
    "delta_e": Measure("ΔE00", -1, 2),
    "delta_e_figure": Measure("ΔE00 figure", -1, 2),
    "palette_target": Measure("palette → target", -1, 2),
    "palette_reference": Measure("palette → reference", -1, 2),
    "chroma_ratio": Measure("chroma ratio", 0, 2, ideal=1.0),
    "chroma_target": Measure("paint chroma ÷ target", 0, 2, ideal=1.0),
    "chroma_reference": Measure("paint chroma ÷ reference", 0, 2, ideal=1.0),
    "perceptual": Measure("perceptual", -1, 3),
    "bleeding": Measure("bleeding", -1, 4),
    "unevenness": Measure("unevenness", 0, 2),
    "line_difference": Measure("line difference", -1, 2),
    "line_recall": Measure("line recall", +1, 3),
    "line_precision": Measure("line precision", +1, 3),
    "seconds": Measure("seconds", -1, 3),
}
"""Per-picture measures in the order of the tables; `docs/evaluation.md` explains each."""


@dataclass(frozen=True, eq=False)
class Score:
    """One picture of one painter. A failure has `error` and neither values nor picture.

    values: measure → value; NaN where it has no meaning for this picture. picture: WebP bytes.
    """

    painter: str
    case: str
    source: str
    split: str
    kind: str
    values: dict[str, float] = field(default_factory=dict)
    picture: bytes = b""
    error: str = ""


class Judge:
    """Measures pictures against one case; what belongs to the case alone is computed once."""

    def __init__(self, case: Case, sets: Sets | None = None) -> None:
        self._case = case
        self._sets = sets
        self._inside = ~paper_mask(case.target)
        self._regions = (
            lines.closed_regions(case.lines)
            if case.regions is None
            else lines.exact_regions(case.regions, case.lines)
        )
        self._stages = None if sets is None else sets.stages(case.target)
        if sets is not None:
            sets.add_target(case, self._stages)

    def measure(self, painted: Array8, painter: str) -> dict[str, float]:
        """All measures of one picture, uint8 (S, S, 3); it joins the painter's set of pictures.

        Raises:
            PictureError: the picture has another size than the sketch.
        """
        case = self._case
        if painted.shape != case.target.shape or painted.dtype != np.uint8:
            raise PictureError(
                f"{case.name}: painted {painted.dtype} {painted.shape}, the sketch needs uint8 "
                f"{case.target.shape}"
            )
        palette = colours(painted, case.lines)
        similarity, chromatic = fsim.compare(fsim.features(painted), self._features)
        fidelity = lines.line_fidelity(painted, case.lines, _lines_again)
        values = {
            "psnr": _one(structure.psnr(painted, case.target)),
            "ssim": _one(structure.ssim(painted, case.target)),
            "ms_ssim": self._ms_ssim(painted),
            "fsim": similarity,
            "fsimc": chromatic,
            "delta_e": _one(colour.delta_e(painted, case.target)),
            "delta_e_figure": _one(colour.delta_e(painted, case.target, self._inside)),
            "palette_target": transport(palette, self._target_palette),
            "chroma_ratio": _one(colour.chroma_ratio(painted, case.target, self._inside)),
            "chroma_target": colour.paint_chroma_ratio(painted, case.lines, self._target_chroma),
            "bleeding": _one(lines.bleeding(painted, self._regions)),
            "unevenness": _one(lines.unevenness(painted, self._regions)),
            "line_difference": _one(fidelity.difference),
            "line_recall": _one(fidelity.recall),
            "line_precision": _one(fidelity.precision),
        }
        if self._reference is not None:
            wanted, chroma = self._reference
            values["palette_reference"] = transport(palette, wanted)
            values["chroma_reference"] = colour.paint_chroma_ratio(painted, case.lines, chroma)
        if self._sets is not None:
            stages = self._sets.stages(painted)
            if stages is not None and self._stages is not None:
                values["perceptual"] = perceptual(stages, self._stages)
            self._sets.add(case, painter, painted, stages)
        return values

    def _ms_ssim(self, painted: Array8) -> float:
        if min(painted.shape[:2]) <= 160:
            return math.nan
        return _one(structure.ms_ssim(painted, self._case.target))

    @cached_property
    def _features(self) -> fsim.Features:
        return fsim.features(self._case.target)

    @cached_property
    def _target_palette(self) -> Colours:
        return colours(self._case.target, self._case.lines)

    @cached_property
    def _target_chroma(self) -> float:
        return colour.paint_chroma(self._case.target, self._case.lines)

    @cached_property
    def _reference(self) -> tuple[Colours, float] | None:
        """Colours and chroma of the reference's paint."""
        reference = self._case.reference
        if reference is None:
            return None
        ink = ink_of(reference)
        return colours(reference, ink), colour.paint_chroma(reference, ink)


def run(
    cases: Sequence[Case],
    painters: Sequence[Painter],
    *,
    sets: Sets | None = None,
    step: Callable[[], None] = lambda: None,
) -> Iterator[Score]:
    """Scores of every painter on every case, case by case; `step` is called after each.

    sets: collects features for the set distances and brings the perceptual distance.
    What a painter raises of `Style2ColorError` becomes a score with `error`; the run goes on.
    """
    for case in cases:
        judge = Judge(case, sets)
        for painter in painters:
            yield _score(case, painter, judge)
            step()


def _score(case: Case, painter: Painter, judge: Judge) -> Score:
    about = (painter.name, case.name, case.source, case.split, case.kind)
    try:
        start = time.perf_counter()
        if isinstance(painter, FolderPainter):
            painted, seconds = painter.recall(case.name), math.nan
        else:
            painted = painter.paint(case.lines, case.reference)
            seconds = time.perf_counter() - start
        values = judge.measure(painted, painter.name)
    except Style2ColorError as error:
        return Score(*about, error=str(error))
    values["seconds"] = seconds
    return Score(*about, values=values, picture=encode(painted))


def ink_of(picture: Array8) -> Array8:
    """The ink of a colour picture, uint8 (H, W): what is taken out before palettes are compared."""
    return extract(picture, "xdog")


def encode(picture: Array8, quality: int = 88) -> bytes:
    """uint8 (H, W) or (H, W, 3) → WebP bytes."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "WEBP", quality=quality, method=2)
    return stream.getvalue()


def _lines_again(picture: Array8) -> Array8:
    return extract(picture, "xdog")


def _one(values: NDArray[np.float64]) -> float:
    return float(values[0])
