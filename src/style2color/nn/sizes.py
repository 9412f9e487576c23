"""Sizes of the studio network, which its parts share."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = 4
"""Kinds of palette entries, one-hot: reference, hint, paper, default."""
GEOMETRY = 8
PLACES = 2
"""A region is laid over the reference upright and mirrored."""
SEMANTIC = 17
"""Semantic classes that the heads tell apart, `data.classes.CLASSES`."""
IRIS = 4
"""The id of irises among them."""


@dataclass(frozen=True)
class StudioConfig:
    """Sizes of the studio network. Widths are those of T; a block gives twice as many channels."""

    widths: tuple[int, int, int, int] = (32, 64, 96, 128)
    """Left blocks at 1/2, 1/4, 1/8, 1/16 of the sketch."""
    right_widths: tuple[int, int, int] = (40, 64, 96)
    """Right blocks at 1/2, 1/4, 1/8."""
    reference_widths: tuple[int, int, int, int] = (24, 64, 96, 128)
    """Reference blocks at 1/4, 1/8, 1/16, 1/32 of 256."""
    pooled_dim: int = 192
    token_dim: int = 128
    style_dim: int = 128
    query_dim: int = 32
    feature_dim: int = 48
    heads: int = 4
    middle_layers: int = 2
    region_layers: int = 2

    @property
    def entry_dim(self) -> int:
        """What the reference encoder tells of an entry: features, and how much of each class it
        covers."""
        return self.pooled_dim + SEMANTIC

    @property
    def cell_dim(self) -> int:
        """Channels that the reference encoder has at 1/8 of the reference for entries to be pooled
        from: what stands there, and the same in its context."""
        return 2 * (self.reference_widths[1] + self.reference_widths[2])

    @property
    def word_dim(self) -> int:
        """What the painter tells the region head of an entry: its token, and the same amounts."""
        return self.token_dim + SEMANTIC
