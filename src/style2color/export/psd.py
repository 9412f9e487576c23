"""Photoshop's PSD, by psd-tools."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from PIL import Image
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, Compression, Resource
from psd_tools.psd.image_resources import ImageResource

from style2color.errors import OutputError
from style2color.layers import Layer, recompose

__all__ = ["write"]

_MODES = {
    "normal": BlendMode.NORMAL,
    "multiply": BlendMode.MULTIPLY,
    "screen": BlendMode.SCREEN,
    "add": BlendMode.LINEAR_DODGE,
}
_MAX_SIDE = 30_000  # of the format
_PER_INCH, _IN_INCHES = 1, 1


def write(
    layers: Sequence[Layer],
    stream: BinaryIO,
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> None:
    """Write a PSD to a binary stream; the arguments are those of `save_layers`.

    Raises OutputError where the page is too large for the format.
    """
    height, width = layers[0].pixels.shape[:2]
    if max(height, width) > _MAX_SIDE:
        raise OutputError(
            f"{width} × {height} pixels; a side of a PSD has up to {_MAX_SIDE:,}, choose .ora"
        )
    # A document without an alpha channel would turn the transparency of its layers into masks.
    document = PSDImage.frompil(Image.fromarray(_opaque(recompose(layers))), Compression.RLE)
    for layer in layers:
        pixels = layer.pixels if layer.pixels.shape[2] == 4 else _opaque(layer.pixels)
        made = document.create_pixel_layer(Image.fromarray(pixels), compression=Compression.RLE)
        # Set after the creation, which would write the short name of old programs only.
        made.name = layer.name
        made.blend_mode = _MODES[layer.blend]
        made.visible = layer.visible
    if icc:
        _add(document, Resource.ICC_PROFILE, icc)
    if dpi:
        across, down = (min(round(value * 65536), 2**32 - 1) for value in dpi)
        packed = struct.pack(">IHHIHH", across, _PER_INCH, _IN_INCHES, down, _PER_INCH, _IN_INCHES)
        _add(document, Resource.RESOLUTION_INFO, packed)
    buffer = io.BytesIO()
    # Its own `save` would compose the merged picture anew, which needs SciPy; ours is there.
    document._record.write(buffer)
    stream.write(buffer.getbuffer())


def _opaque(rgb: np.ndarray) -> np.ndarray:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _add(document: PSDImage, key: Resource, data: bytes) -> None:
    document.image_resources[key] = ImageResource(key=key.value, data=data)
