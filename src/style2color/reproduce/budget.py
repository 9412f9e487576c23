"""How much of everything a reproduction spends; equal for all that is compared."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from style2color.errors import UsageError
from style2color.nn.unet import PaperConfig


@dataclass(frozen=True)
class Budget:
    """The fields are the options of the command; results of other budgets are never mixed in."""

    size: int = 256
    """Side of the pictures that are measured; the paper's is 256."""
    crop: int = 128
    """Side of the squares cut from them in training; equal to `size`: whole pictures."""
    width: int = 4
    """Channels of every network are the paper's divided by this."""
    samples: int = 1200
    """Squares each network sees."""
    batch: int = 8
    seeds: int = 3
    lr: float = 1e-3
    pictures: int = 0
    """At most this many of each kind of picture to train on; 0: all."""
    measured: int = 0
    """At most this many pictures to measure on; 0: all."""
    bf16: bool = False
    """Train under bfloat16 autocast; measuring is always in float32."""

    def check(self) -> None:
        """Raises UsageError for a budget that cannot be spent."""
        for name in ("size", "crop"):
            value = getattr(self, name)
            if value < 32 or value % 32:
                raise UsageError(f"--{name} {value}: take a multiple of 32, 32 or more")
        if self.crop > self.size:
            raise UsageError(f"--crop {self.crop} is larger than --size {self.size}")
        if self.batch < 2 or self.samples < self.batch:
            raise UsageError("--batch must be at least 2 and --samples at least one batch")
        if not 1 <= self.width <= 16:
            raise UsageError(f"--width {self.width}: the divisor of the channels is 1 to 16")
        if self.seeds < 1 or min(self.pictures, self.measured) < 0 or not 0 < self.lr < 1:
            raise UsageError(
                "--seeds must be 1 or more, --pictures and --measured 0 or more, --lr in 0..1"
            )

    def most(self, held_out: bool) -> int:
        """How many pictures of a kind are taken on a side of the split, 0 for all."""
        return self.measured if held_out else self.pictures

    @property
    def steps(self) -> int:
        """Optimiser steps per network."""
        return self.samples // self.batch

    def sizes(self) -> dict[str, Any]:
        """The divided channels, as fields of `PaperConfig`."""
        whole = PaperConfig()

        def thin(channels: tuple[int, ...]) -> tuple[int, ...]:
            return tuple(max(4, count // self.width) for count in channels)

        return {
            "left_channels": thin(whole.left_channels),
            "bottleneck": whole.bottleneck // self.width,
            "right_channels": thin(whole.right_channels),
            "guide_channels": thin(whole.guide_channels),
        }

    def facts(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)
