"""Painting and reading of pictures: the functions that run in threads, off the event loop."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from style2color import image
from style2color.colorizer import Colorizer
from style2color.errors import PictureError
from style2color.hints import Hints
from style2color.image import Limits, Page
from style2color.layers import split
from style2color.model import Model
from style2color.painting.compose import has_light
from style2color.painting.drafts import Painting, finish
from style2color.palette import letterbox
from style2color.shares import main_colors
from style2color.studio.faults import Refused
from style2color.studio.memory import Packed, weigh
from style2color.studio.schemas import Layer, Palette, Result, Share, Swatch
from style2color.studio.sessions import Reference, Sketch, Stages, new_id

__all__ = ["Order", "Painted", "encode", "paint", "read_reference", "read_sketch", "to_png"]

U8 = NDArray[np.uint8]
Size = Literal["preview", "full"]

# The formats of the API by their first bytes. `image.load` reads more kinds than these.
_SIGNATURES = (
    *(b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"BM"),
    *(b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
)
# A hair less than the exact factor: a hint on the last pixel must stay inside.
_INSIDE = 1 - 1e-9
_LEAST_SIDE = 2
_SHOWN_COLORS = 24
_LEAST_SHARE = 0.001
_COUNTED_SIDE = 512


@dataclass(frozen=True, eq=False)
class Order:
    """What is to be painted: a session's state at the time of asking.

    hints_bytes: what its hints take in memory, about.
    """

    size: Size
    sketch: Sketch
    references: tuple[Reference, ...]
    hints: Hints
    hints_bytes: int
    palette: Palette


@dataclass(frozen=True, eq=False)
class Painted:
    """A painting with what its file wants to know."""

    painting: Painting
    icc: bytes | None
    dpi: tuple[float, float] | None
    references: tuple[bytes, ...]

    def nbytes(self) -> int:
        """Bytes of its pictures."""
        return weigh(self.painting)


def load(data: bytes, limits: Limits) -> Page:
    """Decode a picture of the allowed formats.

    Raises Refused (415) for other formats, PictureError and PictureTooLarge.
    """
    if not data.startswith(_SIGNATURES):
        raise Refused(
            415,
            "unknown_format",
            "the body is not a PNG, JPEG, WebP, BMP, TIFF or GIF; save the picture as one of them",
        )
    return image.load(data, limits=limits)


def read_sketch(data: bytes, limits: Limits, side: int) -> Sketch:
    """A sketch from the bytes of a file. Raises as `load`, PictureError also for less than two
    pixels on a side, of which there is nothing to paint."""
    page = load(data, limits)
    if min(page.width, page.height) < _LEAST_SIDE:
        raise PictureError(
            f"the sketch has {page.width} × {page.height} pixels; it needs at least 2 on each side"
        )
    small = Packed.of(shrunk(page.gray(), side))
    return Sketch(new_id(), data, page.width, page.height, small)


def read_reference(data: bytes, limits: Limits, entries: int) -> Reference:
    """A reference from the bytes of a file, its palette of up to ``entries`` colours measured.

    Raises as `load`.
    """
    page = load(data, limits)
    colors, shares = main_colors(page.rgb, entries)
    palette = tuple(
        Swatch(index=index, hex=_hex(color), share=round(share, 4))
        for index, (color, share) in enumerate(zip(colors.tolist(), shares, strict=True))
    )
    seen = Packed.of(letterbox(page.rgb))
    return Reference(new_id(), data, page.width, page.height, seen, palette)


def to_png(data: bytes, limits: Limits) -> bytes:
    """A picture that was read before, upright and in sRGB, as PNG."""
    page = image.load(data, limits=limits)
    buffer = io.BytesIO()
    image.save(page.rgb, buffer, format="png", icc=page.icc, dpi=page.dpi)
    return buffer.getvalue()


def shrunk(gray_HW: U8, side: int) -> U8:
    """Uint8 (H, W) with at most ``side`` pixels on its longest side."""
    height, width = gray_HW.shape
    scale = side / max(height, width)
    if scale >= 1:
        return gray_HW
    size = max(_LEAST_SIDE, round(width * scale)), max(_LEAST_SIDE, round(height * scale))
    return np.array(PILImage.fromarray(gray_HW).resize(size, PILImage.Resampling.BOX))


def paint(
    order: Order, stages: Stages, model: Model, limits: Limits, progress: Callable[[str], None]
) -> tuple[Painted, Result]:
    """Paint an order, taking from ``stages`` what is still right and leaving there what is new.

    progress: called with the name of every step as it begins; what it raises ends the work.

    Raises PictureError, HintError, ModelError, and what ``progress`` raises.
    """
    start = time.perf_counter()
    page: Page | None = None
    if order.size == "full":
        progress("read")
        page = image.load(order.sketch.data, limits=limits)
    painter = _painter(order.references, stages, model, limits, progress)
    key = (order.sketch.id, stages.references, order.hints)
    light = order.palette.light
    known, lit, draft = stages.drafts.get(order.size, (None, light, None))
    if draft is None or known != key:
        stages.drafts.pop(order.size, None)  # first, so that the two are not held together
        source = order.sketch.small.pixels() if page is None else page
        height, width = order.sketch.small.shape if page is None else page.rgb.shape[:2]
        across, down = width / order.sketch.width, height / order.sketch.height
        hints = order.hints
        if (width, height) != (order.sketch.width, order.sketch.height):
            hints = hints.scaled(across * _INSIDE, down * _INSIDE)
        draft = painter.draft(source, hints, light=light, limits=limits, progress=progress)
    elif lit != light:
        draft = painter.lit(draft, light)
    stages.drafts[order.size] = (key, light, draft)
    changes = {_rgb(change.old): _rgb(change.new) for change in order.palette.replace}
    painting = finish(
        draft,
        _swatches(order),
        changes,
        progress,
        colored_lines=order.palette.colored_lines,
    )
    references = tuple(reference.data for reference in order.references)
    icc, dpi = (None, None) if page is None else (page.icc, page.dpi)
    painted = Painted(painting, icc, dpi, references)
    height, width = painting.rgb.shape[:2]
    colors = count_colors(painting.flat)
    seconds = round(time.perf_counter() - start, 3)
    result = Result(
        width=width,
        height=height,
        size=order.size,
        seconds=seconds,
        colors=colors,
        layers=_layers(painting),
    )
    return painted, result


def _layers(painting: Painting) -> list[Layer]:
    lit = has_light(painting.light, painting.lines.shape)
    return ["painting", "line", "flat", "shadow", *(("highlight",) if lit else ())]


def _painter(
    references: Sequence[Reference],
    stages: Stages,
    model: Model,
    limits: Limits,
    progress: Callable[[str], None],
) -> Colorizer:
    ids = tuple(reference.id for reference in references)
    if stages.painter is None or stages.references != ids:
        progress("references")
        stages.references = None
        stages.painter = stages.painter or Colorizer(model)
        # Of several, it also matters what their lines are like, which needs the whole pictures.
        pages: list[U8 | bytes] = [reference.seen.pixels() for reference in references]
        if len(references) > 1:
            pages = [reference.data for reference in references]
        stages.painter.set_reference(pages, limits=limits)
        stages.references = ids
    return stages.painter


def _swatches(order: Order) -> U8 | None:
    if order.palette.lock == "none":
        return None
    colors = order.palette.colors
    if order.palette.lock == "reference":
        colors = [swatch.hex for reference in order.references for swatch in reference.palette]
    return np.array([_rgb(color) for color in colors], np.uint8)


def count_colors(flat_HW3: U8) -> list[Share]:
    """The flat colours with their shares of the page, the largest first."""
    step = max(1, round(max(flat_HW3.shape) / _COUNTED_SIDE))
    pixels = flat_HW3[::step, ::step].reshape(-1, 3).astype(np.uint32)
    codes, counts = np.unique(
        (pixels[:, 0] << 16) | (pixels[:, 1] << 8) | pixels[:, 2], return_counts=True
    )
    order = np.argsort(-counts, kind="stable")[:_SHOWN_COLORS]
    shares = counts[order] / counts.sum()
    return [
        Share(hex=f"#{code:06x}", share=round(share, 4))
        for code, share in zip(codes[order].tolist(), shares.tolist(), strict=True)
        if share >= _LEAST_SHARE
    ]


def encode(painted: Painted, kind: str, layer: str, limits: Limits) -> bytes:
    """The painting, or one of its layers, as a file.

    kind: png, webp, psd or ora; the latter two hold all layers. layer: painting, line, flat,
    shadow or highlight.

    Raises Refused (404) for a layer the painting does not have, OutputError.
    """
    from style2color.export import save_layers

    painting, icc, dpi = painted.painting, painted.icc, painted.dpi
    buffer = io.BytesIO()
    if kind in ("psd", "ora"):
        seen = [image.load(reference, limits=limits).rgb for reference in painted.references]
        save_layers(split(painting, seen), buffer, format=kind, icc=icc, dpi=dpi)
        return buffer.getvalue()
    pixels = painting.rgb
    if layer != "painting":
        found = {each.name.lower(): each.pixels for each in split(painting)}
        if layer not in found:
            raise Refused(
                404,
                "no_layer",
                f"this painting has no layer {layer}; it has painting, {', '.join(found)}",
            )
        pixels = found[layer]
    image.save(pixels, buffer, format=kind, icc=icc, dpi=dpi)
    return buffer.getvalue()


def _hex(color: Sequence[int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)
