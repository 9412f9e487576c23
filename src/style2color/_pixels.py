"""What a decoded PIL picture needs to become plain pixels: 8 bits, sRGB, upright, on white.

Only `image.py` calls this. Pillow's errors pass through; `image.load` gives them their name.
"""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from style2color.errors import PictureError

if TYPE_CHECKING:
    from PIL import Image

U8: TypeAlias = npt.NDArray[np.uint8]

TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
"""EXIF orientation → name of the `Image.Transpose` that sets the picture upright."""


def orientation(picture: Image.Image) -> int:
    """The EXIF orientation, 1–8; 1 where there is none or it is damaged."""
    try:
        value = picture.getexif().get(0x0112)
    except Exception:  # damaged EXIF raises anything; the pixels are fine without it
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def resolution(picture: Image.Image) -> tuple[float, float] | None:
    try:
        x, y = (float(v) for v in picture.info["dpi"])
    except (KeyError, TypeError, ValueError, ArithmeticError):
        return None
    # A PNG counts in whole dots per metre: 300 dpi come back as 299.9994.
    x, y = round(x, 2), round(y, 2)
    return (x, y) if 0 < x < math.inf and 0 < y < math.inf else None


def on_white(base: Image.Image, alpha: Image.Image) -> Image.Image:
    from PIL import Image

    paper = Image.new("RGB", base.size, "white")
    paper.paste(base, mask=alpha)
    return paper


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    """`convert` without the copy it makes of what is in the mode already."""
    return picture if picture.mode == mode else picture.convert(mode)


def eight_bits(
    picture: Image.Image, deep: bool, name: str
) -> tuple[Image.Image, Image.Image | None]:
    """Split into colours (mode L, RGB or CMYK) and alpha (mode L) or None.

    `deep` tells that the file had 16 bits per channel.
    """
    from PIL import Image

    mode = picture.mode
    clear = picture.info.get("transparency")
    if mode == "F" or mode.startswith("I"):
        values = np.asarray(picture)
        alpha = None
        if isinstance(clear, int):
            alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
        return Image.fromarray(_deep_gray(picture, values, name)), alpha
    if mode == "RGB" and deep and isinstance(clear, tuple):
        # The transparent colour is told in 16 bits; of the pixels Pillow kept the upper 8.
        picture = picture.copy()  # the given picture is the caller's
        picture.info["transparency"] = tuple(v >> 8 for v in clear)
    if mode in ("LA", "La", "PA", "RGBA", "RGBa") or clear is not None:
        # La only turns into LA, and only LA into RGBA.
        whole = picture.convert("LA") if mode == "La" else picture
        whole = _in_mode(whole, "RGBA")
        base = whole.getchannel("R") if mode[0] == "L" else whole.convert("RGB")
        return base, whole.getchannel("A")
    if mode in ("L", "RGB", "CMYK"):
        return picture, None
    return picture.convert("L" if mode == "1" else "RGB"), None


def _deep_gray(picture: Image.Image, values: npt.NDArray[Any], name: str) -> U8:
    """16-bit or floating-point grey to uint8 (H, W)."""
    tags = getattr(picture, "tag_v2", {})
    if picture.mode == "F":
        return from_unit(values, name)
    if picture.mode == "I":
        # 32 bits wide, but filled with 16 by every kind we read except these TIFFs.
        if tags or values.min() < 0 or values.max() > 65535:
            raise PictureError(
                f"{name}: signed or 32-bit integers, whose white is unknown; save it in 16 bits"
            )
        return from_16_bits(values)
    if tags.get(258) == (12,):
        values = values.astype(np.uint32) * 65535 // 4095
    # Pillow turns white-is-zero around for 8 bits, not for 16.
    return ~from_16_bits(values) if tags.get(262) == 0 else from_16_bits(values)


def from_16_bits(values: npt.NDArray[Any]) -> U8:
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def from_unit(values: npt.NDArray[Any], name: str) -> U8:
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= 1):  # NaN fails every comparison
        raise PictureError(
            f"{name}: floating-point values from {low:g} to {high:g}; they must lie within 0..1"
        )
    return np.rint(values.astype(np.float32) * 255).astype(np.uint8)


def to_srgb(
    base: Image.Image, profile: bytes | None, name: str
) -> tuple[Image.Image, bytes | None, list[str]]:
    """To mode RGB in sRGB, with the profile that describes the result, and notes."""
    from PIL import Image, ImageCms

    if not profile:
        return _in_mode(base, "RGB"), None, []
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}[source.profile.xcolor_space]
        if space == "RGB" and base.mode == "L":
            base = base.convert("RGB")
        if base.mode != space:
            raise ValueError(f"a {space} profile on {base.mode} pixels")
        target = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
        transform = ImageCms.buildTransform(
            source,
            target,
            space,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if space == "RGB":
            # A profile that is sRGB already must not cost a rounding: lines stay exact.
            steps = np.linspace(0, 255, 9).astype(np.uint8)
            probe = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3)
            moved = np.asarray(transform.apply(Image.fromarray(probe)))
            if np.abs(moved.astype(int) - probe).max() <= 1:
                return base, profile, []
        converted = transform.apply(base)
        # The date of its making would make equal inputs give unequal files.
        made = bytearray(target.tobytes())
        made[24:36] = bytes.fromhex("07d000010001000000000000")
        return converted, bytes(made), []
    except (KeyError, ValueError, OSError, ImageCms.PyCMSError):
        note = f"{name}: its colour profile is damaged or does not fit; read as plain sRGB"
        return base.convert("RGB"), None, [note]
