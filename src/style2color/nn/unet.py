"""The paper's generator, literally: the residual-enhanced U-net (section 2.2, figs. 4 and 5).

What the paper says: every block is an enhanced residual connection (eq. 2); every link from a left
block to the right block of its size passes through a SwishMod (eq. 1); a right block hands on
three parts, T, its own S and the left branch's S; the VGG vector is added at the bottleneck; two
guide decoders sit at the entry and the exit of the middle layers; any input size.

Where it is silent, and what we do:
- The numbers of fig. 5 (16 32 64 128 256, 2048; 512 128 64 32 64) are the channels of T ⊕ S, the
  maps it draws; T and S have half of them each. The third part of a right block comes on top.
- Sizes halve by 2x2 max pooling and double by nearest neighbour, neither of which has weights.
- The hint (4096) reaches the 2048 channels of the bottleneck by a learned linear layer and is
  added to every position alike. Without a hint nothing is added.
- Guide 1 taps the last left block (256 channels), guide 2 the first right block before the link
  joins (512 channels), as in the ancestor Style2Paints V1.
- Inputs of any size are mirrored on the right and at the bottom to a multiple of 32 and the
  result is cut back.
- Pictures leave through a sigmoid, RGB in 0..1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.blocks import (
    SLOPE,
    NormKind,
    SwishGatedBlock,
    SwishMod,
    he_conv,
    pad_to_multiple,
)
from style2color.nn.guides import GuideDecoder, GuidedGenerator, Painting


@dataclass(frozen=True)
class PaperConfig:
    """Preset `paper`. The defaults are the paper's; tests and trials use smaller ones."""

    in_channels: int = 1
    """1: line art alone. 5: line art and sparse colour hints (RGB · mask, mask)."""
    left_channels: tuple[int, ...] = (16, 32, 64, 128, 256)
    """Channels of T ⊕ S in the left blocks, full size first. All even."""
    bottleneck: int = 2048
    """Channels of the middle block, to which the hint is added."""
    right_channels: tuple[int, ...] = (512, 128, 64, 32, 64)
    """Channels of T ⊕ S in the right blocks, smallest size first."""
    hint_dim: int = 4096
    """Length of the classifier's vector; fig. 5 has 4096, the text allows 2048."""
    guides: bool = True
    guide_channels: tuple[int, ...] = (512, 256, 128, 64, 32)
    guide1_channels: Literal[1, 3] = 1
    """1 for the grey target of eq. 4, 3 for the colour target of eq. 3."""
    norm: NormKind = "group"
    """The paper names none. Never one that normalises single channels: it would erase the hint."""
    stages: int = 2
    gate_kernel: int = 3
    slope: float = SLOPE

    def __post_init__(self) -> None:
        if len(self.left_channels) != len(self.right_channels):
            raise ValueError("left_channels and right_channels need one entry per size each")
        if self.guides and len(self.guide_channels) != len(self.left_channels):
            raise ValueError("guide_channels needs one entry per size")
        blocks = (*self.left_channels, self.bottleneck, *self.right_channels)
        if any(channels % 2 for channels in blocks):
            raise ValueError("the channels of T ⊕ S are even: half of them are T, half S")

    @property
    def multiple(self) -> int:
        """Heights and widths are padded to a multiple of this (32 in the paper)."""
        return 1 << len(self.left_channels)


class PaperGenerator(GuidedGenerator):
    """Line art and a style vector in, a colour picture and two guides out (eqs. 3 and 4)."""

    def __init__(self, config: PaperConfig | None = None) -> None:
        super().__init__()
        config = config or PaperConfig()
        self.config = config

        def block(in_channels: int, out_channels: int) -> SwishGatedBlock:
            return SwishGatedBlock(
                in_channels,
                out_channels // 2,
                stages=config.stages,
                gate_kernel=config.gate_kernel,
                norm=config.norm,
                slope=config.slope,
            )

        left, right = config.left_channels, config.right_channels
        self.left = nn.ModuleList(
            block(entry, exit_)
            for entry, exit_ in zip((config.in_channels, *left[:-1]), left, strict=True)
        )
        self.links = nn.ModuleList(SwishMod(channels, config.gate_kernel) for channels in left)
        self.bottleneck = block(left[-1], config.bottleneck)
        self.hint = nn.Linear(config.hint_dim, config.bottleneck)
        joined = [own + link for own, link in zip(right, reversed(left), strict=True)]
        self.right = nn.ModuleList(
            block(entry, exit_)
            for entry, exit_ in zip((config.bottleneck, *joined[:-1]), right, strict=True)
        )
        self.head = he_conv(joined[-1], 3, slope=1.0)
        self.guide1 = self.guide2 = None
        if config.guides:
            self.guide1 = self._guide(left[-1], config.guide1_channels)
            self.guide2 = self._guide(right[0], 3)

    def _guide(self, in_channels: int, out_channels: int) -> GuideDecoder:
        return GuideDecoder(
            in_channels,
            out_channels,
            self.config.guide_channels,
            norm=self.config.norm,
            slope=self.config.slope,
        )

    def forward(
        self, sketch_BCHW: Tensor, hint_BV: Tensor | None = None, *, guides: bool | None = None
    ) -> Painting:
        """Paints.

        sketch_BCHW: (B, in_channels, H, W) float in 0..1, line art first (1 = paper), any size.
        hint_BV: (B, hint_dim) float, the classifier's signed vector of the reference; None adds
            nothing.
        guides: run the guide decoders; by default in training only, and never if there are none.
        """
        height, width = sketch_BCHW.shape[-2:]
        x_BCHW = pad_to_multiple(sketch_BCHW, self.config.multiple)
        skips: list[Tensor] = []
        for block in self.left:
            x_BCHW = block(x_BCHW)
            skips.append(x_BCHW)
            x_BCHW = F.max_pool2d(x_BCHW, 2)
        entry_BCHW = skips[-1]

        x_BCHW = self.bottleneck(x_BCHW)
        if hint_BV is not None:
            x_BCHW = x_BCHW + self.hint(hint_BV)[:, :, None, None]

        owns: list[Tensor] = []
        for block, link in zip(self.right, reversed(self.links), strict=True):
            owns.append(block(F.interpolate(x_BCHW, scale_factor=2.0, mode="nearest")))
            x_BCHW = torch.cat((owns[-1], link(skips.pop())), dim=1)
        return self.finish(self.head(x_BCHW), entry_BCHW, owns[0], (height, width), guides)
