"""What every measure does first: bring pictures into batches and refuse what does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from style2color.errors import UsageError

Array8 = NDArray[np.uint8]
Values = NDArray[np.float64]

LUMA = np.array([0.299, 0.587, 0.114])
"""BT.601 weights of R, G and B."""


def rgb_batch(pictures: NDArray[Any], what: str = "picture") -> Array8:
    """uint8 (H, W, 3) or (B, H, W, 3) → (B, H, W, 3).

    Raises:
        UsageError: grey or alpha pictures, another dtype, or an empty batch.
    """
    array = np.asarray(pictures)
    if array.ndim == 3:
        array = array[None]
    if array.ndim != 4 or array.shape[-1] != 3 or array.dtype != np.uint8 or not array.size:
        raise UsageError(
            f"{what}: need uint8 RGB (H, W, 3) or (B, H, W, 3), not {array.dtype} "
            f"{np.shape(pictures)}; convert grey or alpha pictures to RGB on white first"
        )
    return array


def rgb_pair(painted: NDArray[Any], target: NDArray[Any]) -> tuple[Array8, Array8]:
    """Both as batches of one shape.

    Raises:
        UsageError: as `rgb_batch`, or the two differ in size or number.
    """
    first, second = rgb_batch(painted, "painted"), rgb_batch(target, "target")
    if first.shape != second.shape:
        raise UsageError(
            f"painted {first.shape[:3]} and target {second.shape[:3]} differ in number, height or "
            "width; resize one to the other before measuring"
        )
    return first, second


def lines_batch(lines: NDArray[Any], like: Array8) -> Array8:
    """Line art, uint8 (H, W) or (B, H, W), checked against the batch it belongs to.

    Raises:
        UsageError: another dtype or number of axes, or a size other than that of `like`.
    """
    array = np.asarray(lines)
    if array.ndim == 2:
        array = array[None]
    if array.ndim != 3 or array.dtype != np.uint8 or array.shape != like.shape[:3]:
        raise UsageError(
            f"lines: need uint8 {like.shape[:3]} to match the pictures, not {array.dtype} "
            f"{np.shape(lines)}"
        )
    return array
