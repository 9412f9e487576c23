"""A sketch and a reference → a painted page. Set the reference once, paint many sketches.

Lines are cleaned and shrunk to the network's size; the painter graph points every pixel to an
entry of the palette; closed regions vote for one entry each; the result is put together at the
sketch's own size, with the ink on top.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color import image
from style2color.drafts import Clock, Draft, Painting, Progress, finish
from style2color.errors import UsageError
from style2color.hints import Hints
from style2color.ink import clean_paper
from style2color.model import Model
from style2color.palette import Palette, extract_palette, letterbox
from style2color.placing import NEUTRAL, place
from style2color.regions import Regions, geometry, label_regions, pool
from style2color.swatches import lock_hints, nearest

if TYPE_CHECKING:
    from style2color.image import Page, Source

__all__ = ["Colorizer", "Draft", "Painting", "colorize", "finish"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

STRIDE = 32  # the painter takes sides that are multiples of this
_MAX_LABEL_SIDE = 2048  # longest side at which regions are sought
_MAX_VOTERS = 256  # regions the network looks at together, the largest; the rest vote by pixels
_MAX_HINT_COLORS = 32  # hint colours offered to the network as entries
_MAX_PLAIN = 64  # swatches offered as they are where no reference tells which matter
_INSIDE = 1 - 1e-9
_REFERENCE, _HINT, _PAPER, _DEFAULT = range(4)  # order of the one-hot `kind`


@dataclass(frozen=True, eq=False)
class _Reference:
    """A reference as the painter wants it, computed once."""

    colors: U8  # (K, 3)
    kind: int
    moments: F32  # (K, 5)
    pooled: F32  # (K, F)
    style: F32  # (G,)
    memory: F32  # (M, D)
    assignment: F32 | None  # (K, 32, 32); None without a reference


class Colorizer:
    """Paints sketches in the colours of a reference.

    model: a `Model`, a model folder, or None for the embedded model. size: longest side in pixels
    at which the network sees a sketch, 32..4096; None for the model's own. device, threads: see
    `Model.load`; they hold for a model loaded here.

    Raises:
        ModelError: the model cannot be used. UsageError: size, device or threads.
    """

    def __init__(
        self,
        model: Model | str | os.PathLike[str] | None = None,
        size: int | None = None,
        device: str = "cpu",
        threads: int | None = None,
    ) -> None:
        if size is not None and not 32 <= size <= 4096:
            raise UsageError(f"size must be 32 to 4096 pixels, got {size}")
        if not isinstance(model, Model):
            model = Model.load(model, device=device, threads=threads)
        self.model = model
        self.size = size or model.size
        self._reference: _Reference | None = None
        self._lock: U8 | Literal["reference"] | None = None

    def set_reference(
        self, reference: Source | Page | None, *, limits: image.Limits = image.DEFAULT_LIMITS
    ) -> Colorizer:
        """Take the colours for the following sketches from this picture; None: the default ones.

        Returns this colorizer. Raises PictureError or UsageError where it cannot be read.
        """
        if reference is None:
            self._reference = None
            return self
        page = _page(reference, limits)
        self._reference = self._see(page.rgb)
        return self

    def lock_palette(self, swatches: U8 | Literal["reference"] | None) -> Colorizer:
        """Paint the following sketches in nothing but these colours, paper and hints included.

        swatches: uint8 (S, 3), or those of the reference, or None for no lock. Colours that are
        none of them give way to the nearest. Returns this colorizer.
        """
        self._lock = swatches
        if self._reference is not None and self._reference.assignment is None:
            self._reference = None  # what stands in for a reference has the old colours
        return self

    def colorize(
        self,
        sketch: Source | Page,
        hints: Hints | str | os.PathLike[str] | bytes | Mapping[str, Any] | None = None,
        *,
        regions: bool = True,
        limits: image.Limits = image.DEFAULT_LIMITS,
    ) -> Painting:
        """Paint one sketch.

        sketch: anything `image.load` reads, or a `Page`. hints: `Hints`, or what `Hints.load`
        reads, in pixels of the sketch. regions: paint closed regions evenly.

        Raises:
            PictureError: the sketch cannot be read. HintError: the hints are malformed or lie
            outside. ModelError: the model's graphs do not fit together.
        """
        return finish(self.draft(sketch, hints, regions=regions, limits=limits))

    def draft(
        self,
        sketch: Source | Page,
        hints: Hints | str | os.PathLike[str] | bytes | Mapping[str, Any] | None = None,
        *,
        regions: bool = True,
        limits: image.Limits = image.DEFAULT_LIMITS,
        progress: Progress | None = None,
    ) -> Draft:
        """Look at one sketch without putting the page together, which `finish` does.

        The arguments and errors are those of `colorize`. progress: called with the name of every
        step as it begins, a key of `Painting.timings`; what it raises ends the work.
        """
        clock = Clock(progress)
        with clock.step("read"):
            page = _page(sketch, limits)
            if hints is not None and not isinstance(hints, Hints):
                hints = Hints.load(hints)
        with clock.step("lines"):
            lines = clean_paper(page.gray())
        with clock.step("network"):
            if self._reference is None:
                self._reference = self._plain()
            reference = self._reference
            swatches = reference.colors if isinstance(self._lock, str) else self._lock
            if swatches is not None and hints:
                hints = lock_hints(hints, swatches)
            entries = _entries(reference, hints)
            if swatches is not None:
                entries = replace(entries, colors=nearest(entries.colors, swatches))
            logits, shade, features, tokens = self._paint(lines, hints, reference, entries)
        found, opinion = None, None
        if regions:
            with clock.step("regions"):
                found = label_regions(
                    shrink_lines(lines, min(_MAX_LABEL_SIDE, max(lines.shape))),
                    gap=_gap(lines.shape),
                )
                opinion = self._opinion(found, features, tokens, reference)
        locked = swatches is not None
        seconds = clock.seconds
        return Draft(lines, logits, shade, entries.colors, found, opinion, hints, locked, seconds)

    def _see(self, rgb: U8) -> _Reference:
        palette: Palette = extract_palette(rgb, self.model.palette_entries)
        seen = letterbox(rgb).astype(np.float32).transpose(2, 0, 1)[None] / 255
        inputs: dict[str, NDArray[Any]] = {
            "reference": np.ascontiguousarray(seen),
            "assignment": palette.assignment[None].astype(np.float32),
        }
        pooled, style, memory = self.model.run("reference", inputs, ("pooled", "style", "memory"))
        return _Reference(
            palette.colors,
            _REFERENCE,
            palette.moments,
            pooled[0],
            style[0],
            memory[0],
            palette.assignment,
        )

    def _plain(self) -> _Reference:
        """What stands in for a reference: the model's default palette and no style."""
        colors = self.model.default_palette
        if isinstance(self._lock, np.ndarray) and len(self._lock) <= _MAX_PLAIN:
            colors = self._lock
        seen = self._see(np.full((1, 1, 3), 255, np.uint8))
        return _Reference(
            colors,
            _DEFAULT,
            np.zeros((len(colors), 5), np.float32),
            np.zeros((len(colors), seen.pooled.shape[1]), np.float32),
            np.zeros_like(seen.style),
            np.zeros_like(seen.memory),
            None,
        )

    def _paint(
        self, lines: U8, hints: Hints | None, reference: _Reference, entries: _Entries
    ) -> tuple[F32, F32, F32, F32]:
        """Logits (K, h, w), shade (h, w), features (F, h, w) of any sizes, and tokens (K, D)."""
        small = shrink_lines(lines, self.size)
        height, width = small.shape
        maps = np.zeros((4, height, width), np.float32)
        if hints:
            grow = height / lines.shape[0], width / lines.shape[1]
            # A hair less than the exact factor: a hint on the last pixel must stay inside.
            drawn, mask = hints.scaled(grow[1] * _INSIDE, grow[0] * _INSIDE).rasterize(
                height, width
            )
            maps[:3] = drawn.transpose(2, 0, 1) / np.float32(255)
            maps[3] = mask
        inputs: dict[str, NDArray[Any]] = {
            "lines": _padded(small[None].astype(np.float32) / np.float32(255))[None],
            "hints": _padded(maps)[None],
            "palette": entries.colors[None].astype(np.float32) / 255,
            "kind": entries.kind[None],
            "moments": entries.moments[None],
            "present": np.ones((1, len(entries.colors)), np.float32),
            "pooled": entries.pooled[None],
            "style": reference.style[None],
            "memory": reference.memory[None],
        }
        wanted = ("logits", "shade", "features", "tokens")
        logits, shade, features, tokens = self.model.run("painter", inputs, wanted)
        padded = inputs["lines"].shape[2:]

        def cropped(planes: F32) -> F32:
            # Whatever share of the padded size a map comes in, the sketch fills the same share.
            rows = -(-height * planes.shape[-2] // padded[0])
            return planes[..., :rows, : -(-width * planes.shape[-1] // padded[1])]

        return cropped(logits[0]), cropped(shade[0, 0]), cropped(features[0]), tokens[0]

    def _opinion(self, regions: Regions, features: F32, tokens: F32, reference: _Reference) -> F32:
        """Logits (R, K) of the regions graph; zero for regions too small to have features."""
        logits = np.zeros((regions.count, len(tokens)), np.float32)
        pooled, gone = pool(features, regions.labels, regions.count)
        asked = np.flatnonzero(~gone)[:_MAX_VOTERS]  # labels run from the largest region down
        if not asked.size:
            return logits
        placed = np.full((regions.count, 2, len(tokens)), NEUTRAL, np.float32)
        if reference.assignment is not None:
            placed[..., : len(reference.colors)] = place(regions, reference.assignment)
        inputs: dict[str, NDArray[Any]] = {
            "pooled_regions": pooled[None, asked],
            "geometry": geometry(regions)[None, asked],
            "region_present": np.ones((1, asked.size), np.float32),
            "placed": placed[None, asked],
            "tokens": tokens[None],
            "present": np.ones((1, len(tokens)), np.float32),
        }
        logits[asked] = self.model.run("regions", inputs, ("region_logits",))[0][0]
        return logits


@dataclass(frozen=True, eq=False)
class _Entries:
    """What the painter chooses from: reference or default entries, then hints, then paper."""

    colors: U8  # (K, 3)
    kind: F32  # (K, 4) one-hot
    moments: F32  # (K, 5)
    pooled: F32  # (K, F)


def _entries(reference: _Reference, hints: Hints | None) -> _Entries:
    asked = hints.colors()[:_MAX_HINT_COLORS] if hints else np.zeros((0, 3), np.uint8)
    paper = np.full((1, 3), 255, np.uint8)
    colors = np.concatenate([reference.colors, asked, paper])
    own, extra = len(reference.colors), len(asked) + 1
    kinds = np.array([reference.kind] * own + [_HINT] * len(asked) + [_PAPER])
    return _Entries(
        colors,
        np.eye(4, dtype=np.float32)[kinds],
        np.concatenate([reference.moments, np.zeros((extra, 5), np.float32)]),
        np.concatenate(
            [reference.pooled, np.zeros((extra, reference.pooled.shape[1]), np.float32)]
        ),
    )


def shrink_lines(lines_HW: U8, side: int) -> U8:
    """Bring line art to ``side`` pixels on its longest side and keep thin lines dark.

    lines_HW: uint8 (H, W). Averaging alone would fade a line in proportion to its width, so the
    darkness lost is given back, up to threefold. A small sketch grows at most fourfold.
    """
    height, width = lines_HW.shape
    scale = min(side / max(height, width), 4.0)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if size == (width, height):
        return lines_HW
    filter = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    small = np.asarray(Image.fromarray(lines_HW).resize(size, filter))
    if scale >= 1:
        return small
    darkness = (255.0 - small.astype(np.float32)) * min(1 / scale, 3.0)
    kept: U8 = (255.0 - np.minimum(darkness, 255.0)).astype(np.uint8)
    return kept


def _gap(size: tuple[int, ...]) -> int:
    """Openings to close, in pixels of the label map: artists' gaps grow with the page."""
    return int(np.clip(round(min(max(size), _MAX_LABEL_SIDE) / 256), 2, 8))


def _padded(planes_CHW: F32) -> F32:
    height, width = planes_CHW.shape[-2:]
    pads = ((0, 0), (0, -height % STRIDE), (0, -width % STRIDE))
    return np.pad(planes_CHW, pads, mode="reflect")


def _page(source: Source | Page, limits: image.Limits) -> Page:
    return source if isinstance(source, image.Page) else image.load(source, limits=limits)


def colorize(
    sketch: Source | Page,
    reference: Source | Page | None = None,
    *,
    hints: Hints | str | os.PathLike[str] | bytes | Mapping[str, Any] | None = None,
    size: int | None = None,
    model: Model | str | os.PathLike[str] | None = None,
) -> Image.Image:
    """Paint one sketch in the colours of a reference.

    sketch, reference: a path, bytes, stream, PIL picture, array or `Page`. The other arguments
    and the errors are those of `Colorizer`. Returns an RGB picture of the sketch's size.

        style2color.colorize("sketch.png", "reference.png").save("painted.png")
    """
    painter = Colorizer(model, size).set_reference(reference)
    return painter.colorize(sketch, hints).image()
