"""ComfyUI node: paint line art in the colours of a reference, with the installed style2color."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import numpy as np

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS"]


@cache
def _painter() -> Any:
    # Loaded with the first picture: ComfyUI imports every node when it starts.
    from style2color import Colorizer

    return Colorizer()


class Style2ColorPaint:
    """IMAGE is float32 (B, H, W, 3) of 0..1, MASK float32 (B, H, W), as everywhere in ComfyUI."""

    CATEGORY = "image/style2color"
    FUNCTION = "paint"
    RETURN_TYPES: ClassVar[tuple[str, ...]] = ("IMAGE", "IMAGE", "MASK")
    RETURN_NAMES: ClassVar[tuple[str, ...]] = ("painting", "flat", "line")

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        """What the node takes; the references are the pictures of one batch, up to eight."""
        return {
            "required": {
                "sketch": ("IMAGE",),
                "lock_palette": ("BOOLEAN", {"default": False}),
            },
            "optional": {
                "references": ("IMAGE",),
                "hints": ("STRING", {"default": "", "multiline": True}),
                "colored_lines": ("BOOLEAN", {"default": False}),
                "light": (["auto", "left", "right", "none"], {"default": "auto"}),
            },
        }

    def paint(
        self,
        sketch: Any,
        lock_palette: bool,
        references: Any = None,
        hints: str = "",
        colored_lines: bool = False,
        light: str = "auto",
    ) -> tuple[Any, Any, Any]:
        """Paint every sketch of the batch. hints: the text of a hints.json, or nothing.
        colored_lines: lines in a darker tone of the paint beside them, instead of black. light:
        where it comes from; auto is from the left, as strong as in the references.

        Returns the paintings, their flat colours, and the lines as a mask, 1 = ink.
        """
        import torch

        painter = _painter()
        pictures = None if references is None else [_pixels(one) for one in references]
        painter.set_reference(pictures)
        painter.lock_palette("reference" if lock_palette and pictures else None)
        asked = hints.encode() if hints.strip() else None
        done = [
            painter.colorize(_pixels(one), asked, colored_lines=colored_lines, light=light)
            for one in sketch
        ]

        def batch(arrays: list[np.ndarray]) -> Any:
            return torch.from_numpy(np.stack(arrays).astype(np.float32) / 255)

        return (
            batch([one.rgb for one in done]),
            batch([one.flat for one in done]),
            batch([255 - one.lines for one in done]),
        )


def _pixels(image: Any) -> np.ndarray:
    values = np.asarray(image.cpu(), np.float32)
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


NODE_CLASS_MAPPINGS = {"Style2ColorPaint": Style2ColorPaint}
NODE_DISPLAY_NAME_MAPPINGS = {"Style2ColorPaint": "Paint line art (style2color)"}
