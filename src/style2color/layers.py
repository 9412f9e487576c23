"""A painted page → the layers an artist goes on working with, at the sketch's own size.

The formula, in 8 bit and from the bottom: flat × shadow, the highlight screened onto it, the ink
over that, plus the line light.
The ink layer is the drawing itself: black, as opaque as the ink is dark. Painting lifts grey ink
on dark paint a little, so that soft lines do not turn into black bars (`compose.ink_table`). No
alpha could say that without altering the ink, so it is a layer of its own. It and the highlight
are left out where they are empty; models of 0.2 and before paint shade and no light.
Coloured lines (`tint`) are as opaque and have their colours; they need no line light.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.errors import UsageError
from style2color.painting.compose import Upsampler, ink_over, light_at, screen, shadow, shadow_tone
from style2color.painting.drafts import Painting, tinted
from style2color.painting.tint import tint_at

__all__ = ["Layer", "recolor", "recompose", "split"]

U8 = NDArray[np.uint8]
Blend = Literal["normal", "multiply", "screen", "add"]

_BAND = 256
_TOLERANCE = 2  # levels by which the layers may differ from the painted page


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of a page.

    name: in plain words. pixels: uint8 (H, W, 3), opaque, or (H, W, 4), RGBA.
    """

    name: str
    pixels: U8
    blend: Blend = "normal"
    visible: bool = True


def split(painting: Painting, reference_HW3: U8 | Sequence[U8] | None = None) -> list[Layer]:
    """The layers of a painted page, the lowest first.

    reference_HW3: uint8 (h, w, 3) of any size, or several; each becomes a hidden layer, whole and
    centred.
    Returns Flat, Shadow (multiply), Highlight (screen), Line, all of the page's size, then Line
    light (add) and Reference, Reference 2 … (hidden); Highlight, Line light and references only
    where there are any. `recompose` of them is `painting.rgb` within 2.
    """
    height, width = painting.lines.shape
    layers = [
        Layer("Flat", painting.flat),
        Layer("Shadow", _shadow(painting), "multiply"),
    ]
    highlight = light_at(painting.light, painting.lines.shape)
    if highlight.any():
        layers.append(Layer("Highlight", _grey(highlight), "screen"))
    ink = np.zeros((height, width, 4), np.uint8)
    ink[..., 3] = 255 - painting.lines
    if painting.tint is not None:
        for rows, colors in tint_at(painting.tint, (height, width)):
            ink[rows, :, :3] = colors
    layers.append(Layer("Line", ink))
    light = np.zeros_like(painting.rgb)
    for rows in _bands(height):
        lack = painting.rgb[rows].astype(np.int16) - _stacked(layers, rows)
        # Differences of one level are rounding; keeping them would litter the layer.
        light[rows] = np.where(lack > 1, lack, 0)
    if light.max() > _TOLERANCE:
        layers.append(Layer("Line light", light, "add"))
    shown = [reference_HW3] if isinstance(reference_HW3, np.ndarray) else reference_HW3 or []
    for number, reference in enumerate(shown, start=1):
        name = "Reference" if number == 1 else f"Reference {number}"
        layers.append(Layer(name, _fitted(reference, height, width), visible=False))
    return layers


def recompose(layers: Sequence[Layer]) -> U8:
    """What an editor shows of these layers: uint8 (H, W, 3), every step rounded to 8 bit.

    layers: of one size, the lowest first, visible and opaque. Raises UsageError where it is not.
    """
    shown = [layer for layer in layers if layer.visible]
    if not shown or shown[0].pixels.shape[2] != 3 or shown[0].blend != "normal":
        raise UsageError("the lowest visible layer must be opaque and of blend normal")
    page = np.empty_like(shown[0].pixels)
    for rows in _bands(len(page)):
        page[rows] = _stacked(shown, rows)
    return page


def recolor(painting: Painting, changes: Mapping[tuple[int, int, int], Sequence[int]]) -> Painting:
    """Paint a page again with other flat colours, without asking the network.

    changes: old colour → new colour, RGB 0..255. Only what has exactly an old colour changes;
    two entries of one colour change together. Shade, light and ink stay.

    Raises UsageError for a colour outside 0..255.
    """
    flat, palette = painting.flat.copy(), painting.palette.copy()
    for old, new in changes.items():
        if len(old) != 3 or len(new) != 3 or not all(0 <= part <= 255 for part in (*old, *new)):
            raise UsageError(f"{old} → {new}: a colour is three numbers of 0 to 255")
        for before, after in ((painting.flat, flat), (painting.palette, palette)):
            after[(before == np.array(old, np.uint8)).all(axis=-1)] = np.array(new, np.uint8)
    rgb = np.empty_like(painting.rgb)
    shades, lights = (
        Upsampler(plane.shape, (len(rgb), rgb.shape[1]))
        for plane in (painting.shade, painting.light)
    )
    for rows in _bands(len(rgb)):
        paint = flat[rows].astype(np.float32)
        shadow(paint, shades.band(painting.shade[..., None], rows))
        screen(paint, lights.band(painting.light[..., None], rows))
        rgb[rows] = ink_over(paint, painting.lines[rows])
    page = replace(painting, rgb=rgb, flat=flat, palette=palette)
    return page if painting.tint is None else tinted(page)


def _shadow(painting: Painting) -> U8:
    """What the flat colours are multiplied by, uint8 (H, W, 3): white where there is no shadow."""
    height, width = painting.lines.shape
    enlarge = Upsampler(painting.shade.shape, (height, width))
    tone = np.full_like(painting.flat, 255)
    for rows in _bands(len(tone)):
        shade = enlarge.band(painting.shade[..., None], rows)
        dark = shade[..., 0] < 1
        tones = shadow_tone(painting.flat[rows][dark].astype(np.float32), shade[dark])
        tone[rows][dark] = tones * 255 + np.float32(0.5)
    return tone


def _grey(plane_HW: U8) -> U8:
    out: U8 = np.repeat(plane_HW[..., None], 3, axis=2)
    return out


def _bands(height: int) -> Iterator[slice]:
    for top in range(0, height, _BAND):
        yield slice(top, min(top + _BAND, height))


def _stacked(layers: Sequence[Layer], rows: slice) -> NDArray[np.int16]:
    """Some rows of opaque ``layers[0]`` with all the others on it: int16 (n, W, 3)."""
    page = layers[0].pixels[rows].astype(np.uint16)
    for layer in layers[1:]:
        pixels = layer.pixels[rows]
        top = pixels[..., :3].astype(np.uint16)
        if layer.blend == "multiply":
            top = _product(page, top)
        elif layer.blend == "screen":
            top = 255 - _product(255 - page, 255 - top)
        elif layer.blend == "add":
            top = np.minimum(page + top, 255)
        if pixels.shape[2] == 4:
            alpha = pixels[..., 3:].astype(np.uint16)
            top = _product(page, 255 - alpha) + _product(top, alpha)
        page = top
    return page.astype(np.int16)


def _product(first: NDArray[np.uint16], second: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The product of shares of 255, rounded; 255 × 255 + 127 still fits into 16 bits."""
    out: NDArray[np.uint16] = (first * second + 127) // 255
    return out


def _fitted(rgb: U8, height: int, width: int) -> U8:
    """The whole picture, centred on transparency: uint8 (height, width, 4)."""
    scale = min(height / rgb.shape[0], width / rgb.shape[1])
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    small = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))
    canvas = np.zeros((height, width, 4), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0], :3] = small
    canvas[top : top + size[1], left : left + size[0], 3] = 255
    return canvas
