"""Freed memory stays with the process: arrays of pictures come and go thousands of times."""

from __future__ import annotations

import ctypes

__all__ = ["keep_freed_memory"]

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_LARGEST = 32 << 20  # bytes; larger blocks come from the system and go back there at once


def keep_freed_memory(kept: int, *, one_heap: bool = False) -> bool:
    """Have the allocator of this process keep what is freed, up to ``kept`` bytes, for what comes
    next.

    By default glibc gives arrays of 128 KiB and more back to the system at once, and each new one
    is mapped and cleared page by page; later it keeps more the larger the largest block ever
    freed, so a server would with what strangers send. one_heap: threads that begin from now on
    share one heap, or each keeps what its largest picture took. Returns False where the allocator
    is another (macOS, Windows, musl); nothing changes there.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # TypeError: Windows knows no library None
        return False
    if one_heap:
        set_option(_ARENA_MAX, 1)
    return bool(set_option(_MMAP_THRESHOLD, _LARGEST)) and bool(set_option(_TRIM_THRESHOLD, kept))
