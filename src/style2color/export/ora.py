"""OpenRaster, the layered format of Krita, GIMP and MyPaint: a zip of PNG and an XML stack."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import BinaryIO
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.image import save
from style2color.layers import Layer, recompose

__all__ = ["write"]

_OPERATIONS = {
    "normal": "svg:src-over",
    "multiply": "svg:multiply",
    "screen": "svg:screen",
    "add": "svg:plus",
}
_THUMBNAIL = 256
_DATE = (1980, 1, 1, 0, 0, 0)  # the same page gives the same bytes


def write(
    layers: Sequence[Layer],
    stream: BinaryIO,
    icc: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> None:
    """Write an OpenRaster file to a binary stream; the arguments are those of `save_layers`."""
    height, width = layers[0].pixels.shape[:2]
    described = {"version": "0.0.5", "w": str(width), "h": str(height)}
    if dpi:
        described |= {"xres": str(round(dpi[0])), "yres": str(round(dpi[1]))}
    image = ElementTree.Element("image", described)
    stack = ElementTree.SubElement(image, "stack")
    merged = recompose(layers)

    def png(pixels: NDArray[np.uint8]) -> bytes:
        buffer = io.BytesIO()
        save(pixels, buffer, format="png", icc=icc, dpi=dpi)
        return buffer.getvalue()

    with zipfile.ZipFile(stream, "w") as archive:

        def add(name: str, content: bytes) -> None:
            # PNG is compressed already, and the standard wants `mimetype` first and stored.
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_STORED)

        add("mimetype", b"image/openraster")
        for number, layer in reversed(list(enumerate(layers, start=1))):  # the stack is top first
            source = f"data/layer{number}.png"
            attributes = {
                "name": layer.name,
                "src": source,
                "composite-op": _OPERATIONS[layer.blend],
                "opacity": "1.0",
                "visibility": "visible" if layer.visible else "hidden",
                "x": "0",
                "y": "0",
            }
            ElementTree.SubElement(stack, "layer", attributes)
            add(source, png(layer.pixels))
        add("stack.xml", ElementTree.tostring(image, "utf-8", xml_declaration=True))
        add("mergedimage.png", png(merged))
        small = Image.fromarray(merged)
        small.thumbnail((_THUMBNAIL, _THUMBNAIL))
        add("Thumbnails/thumbnail.png", png(np.asarray(small)))
