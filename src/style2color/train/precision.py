"""Mixed precision where it pays: on hardware that has bfloat16 arithmetic of its own."""

from __future__ import annotations

from functools import cache

import torch

__all__ = ["autocast", "has_bf16"]


@cache
def has_bf16(device: str) -> bool:
    """Whether a type of device computes in bfloat16. Processors that only emulate it take six
    times as long in it as in float32."""
    if device == "cpu":
        # Only AVX-512 BF16 and AMX tell; PyTorch names them in private alone.
        told = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(bool(getattr(torch.cpu, name, bool)()) for name in told)
    return device != "cuda" or torch.cuda.is_bf16_supported()


def autocast(device: str, wanted: bool = True) -> torch.autocast:
    """A block of mixed precision on a type of device; of float32 where that is not wanted, or
    would be slower."""
    return torch.autocast(device, torch.bfloat16, enabled=wanted and has_bf16(device))
