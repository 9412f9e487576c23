"""What pictures take in memory: counting it, and taking less."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, fields, is_dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Packed", "weigh"]

U8 = NDArray[np.uint8]

_FAST = 1  # zlib's level; higher ones take several times longer for a few percent


@dataclass(frozen=True, eq=False)
class Packed:
    """Pixels that are seldom looked at, compressed without loss."""

    data: bytes
    shape: tuple[int, ...]

    @classmethod
    def of(cls, pixels: U8) -> Packed:
        """Compress uint8 pixels of any shape."""
        return cls(zlib.compress(np.ascontiguousarray(pixels).data, _FAST), pixels.shape)

    def pixels(self) -> U8:
        """The very same pixels, uint8; read-only."""
        return np.frombuffer(zlib.decompress(self.data), np.uint8).reshape(self.shape)


def weigh(held: object) -> int:
    """Bytes of an array, whole where it is a part of another, or of those in a dataclass."""
    if isinstance(held, np.ndarray):
        return weigh(held.base) if isinstance(held.base, np.ndarray) else held.nbytes
    if is_dataclass(held):
        return sum(weigh(getattr(held, each.name)) for each in fields(held))
    return 0
