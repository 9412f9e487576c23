"""What pictures take in memory: counting it, and taking less."""

from __future__ import annotations

import ctypes
import sys
import zlib
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Packed", "share_heap", "weigh"]

U8 = NDArray[np.uint8]

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
# What glibc would come to by itself once a large picture was freed.
_OWN_MAPPING = 32 * 2**20  # bytes; larger blocks come from the system and go back there at once
_KEPT_FREE = 64 * 2**20  # bytes at the heap's end that are kept for the next painting
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


def share_heap() -> None:
    """Let all threads that begin from now on allocate from one heap that keeps what it once took,
    up to a limit, where the C library is glibc.

    By default every thread gets a heap of its own, each of which keeps what its largest picture
    took; and what is kept grows with the largest block ever freed, so with what strangers send.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # other C libraries have no such function
            set_option = ctypes.CDLL(None).mallopt
            set_option(_M_ARENA_MAX, 1)
            set_option(_M_MMAP_THRESHOLD, _OWN_MAPPING)
            set_option(_M_TRIM_THRESHOLD, _KEPT_FREE)
