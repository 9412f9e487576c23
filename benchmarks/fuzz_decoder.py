"""Coverage-guided fuzzing of the decoder: any bytes give a sound page or an error of our own.

    pip install atheris
    python benchmarks/fuzz_decoder.py -max_total_time=600

Starts from pictures of every format and from the hostile files of the tests. Python code is
instrumented, style2color's and Pillow's; Pillow's libraries in C run as they are. After a
mutation the checksums of PNG are mended in half of the cases, or nothing behind them would ever
be reached. The arguments are libFuzzer's; a find is written to the present folder as crash-*.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
import zlib
from contextlib import suppress
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["PIL", "style2color"]):
    import numpy as np
    from PIL import Image
    from tests.hostile.files import HOSTILE

    from style2color import image
    from style2color.errors import PictureError
    from style2color.studio.faults import Refused
    from style2color.studio.work import load

LIMITS = image.Limits(max_bytes=2**20, max_pixels=2_000_000, max_side=4096)
_PNG = b"\x89PNG\r\n\x1a\n"


def test_one(data: bytes) -> None:
    """Decode as the library does, and through the studio's list of formats."""
    page = None
    with suppress(PictureError):
        page = image.load(data, limits=LIMITS)
    if page is not None:
        height, width = page.rgb.shape[:2]
        assert page.rgb.dtype == np.uint8
        assert page.rgb.shape == (height, width, 3)
        assert 0 < height * width <= LIMITS.max_pixels
        assert page.alpha is None or page.alpha.shape == (height, width)
    try:
        again = load(data, LIMITS)
    except (PictureError, Refused):
        return
    assert page is not None
    assert (again.rgb == page.rgb).all()


def mutate(data: bytes, most: int, seed: int) -> bytes:
    """LibFuzzer's mutation, with the checksums of a PNG mended half of the time."""
    changed: bytes = atheris.Mutate(data, most)
    if random.Random(seed).random() < 0.5 and changed.startswith(_PNG):
        return with_checksums(changed)[:most]
    return changed


def with_checksums(data: bytes) -> bytes:
    """The same PNG, every whole chunk with the checksum it should have."""
    out, at = bytearray(_PNG), len(_PNG)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        if at + 12 + length > len(data):
            break
        out += data[at : at + 4] + body + zlib.crc32(body).to_bytes(4, "big")
        at += 12 + length
    return bytes(out) + data[at:]


def seeds(folder: Path) -> None:
    """Sound pictures of every format and mode, and the hostile ones."""
    picture = Image.radial_gradient("L").resize((24, 16))
    for kind in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM"):
        for mode in ("1", "L", "P", "RGB", "RGBA", "I;16", "CMYK", "LA"):
            buffer = io.BytesIO()
            try:
                picture.convert(mode).save(buffer, kind)
            except (OSError, ValueError, KeyError):
                continue  # not every format has every mode
            name = f"{kind}-{mode.replace(';', '')}"
            (folder / name).write_bytes(buffer.getvalue())
    for name, hostile in HOSTILE.items():
        if len(hostile.data) < 2**16:
            (folder / name).write_bytes(hostile.data)


def main() -> None:
    # Left behind, because libFuzzer ends the process itself.
    corpus = Path(tempfile.mkdtemp(prefix="fuzz-decoder-"))
    seeds(corpus)
    words = [*sys.argv, "-max_len=65536", "-timeout=60", "-rss_limit_mb=3000", str(corpus)]
    atheris.Setup(words, test_one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
