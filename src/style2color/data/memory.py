"""Freed memory stays with the process: a sample's arrays come and go thousands of times."""

from __future__ import annotations

import ctypes

# Parameters of glibc's mallopt(3).
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGEST = 32 << 20  # bytes; no array of a sample is larger, and glibc takes no more
_KEPT = 256 << 20  # bytes that may lie unused


def keep_freed_memory() -> bool:
    """Have the allocator of this process keep what is freed, up to 256 MiB, for what comes next.

    By default glibc gives arrays of 128 KiB and more back to the system at once, and each new one
    is mapped and cleared page by page: an eighth of a sample's processor time. Returns False where
    the allocator is another (macOS, Windows, musl); nothing changes there.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # TypeError: Windows knows no library None
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST)) and bool(mallopt(_TRIM_THRESHOLD, _KEPT))
