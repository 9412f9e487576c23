"""Networks to stand beside the paper's, built from their descriptions with the same bricks.

They share our norm, slope, initialisation and doubling, so that a comparison measures how blocks
are connected and where the style enters, not who had GroupNorm.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.blocks import (
    ConvLayer,
    NormKind,
    SwishMod,
    he_conv,
    pad_to_multiple,
    to_picture,
)
from style2color.nn.guides import GuideDecoder, GuidedGenerator, Painting


def _double(x_BCHW: Tensor) -> Tensor:
    return F.interpolate(x_BCHW, scale_factor=2.0, mode="nearest")


class PlainUNet(nn.Module):
    """A U-net after pix2pix (Isola et al. 2017): plain skips, no style, no gates.

    `unshuffle` folds that many pixels a side into channels first, which saves time at full size.
    """

    def __init__(
        self,
        in_channels: int = 5,
        widths: Sequence[int] = (32, 64, 128, 192, 256),
        *,
        unshuffle: int = 2,
        norm: NormKind = "group",
    ) -> None:
        super().__init__()
        self.unshuffle = unshuffle
        self.multiple = unshuffle << (len(widths) - 1)
        folded = in_channels * unshuffle**2

        def pair(entry: int, width: int) -> nn.Sequential:
            return nn.Sequential(
                ConvLayer(entry, width, norm=norm), ConvLayer(width, width, norm=norm)
            )

        entries = (folded, *widths[:-1])
        self.left = nn.ModuleList(pair(e, w) for e, w in zip(entries, widths, strict=True))
        self.right = nn.ModuleList(
            pair(deep + shallow, shallow)
            for deep, shallow in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.head = he_conv(widths[0], 3 * unshuffle**2, slope=1.0)

    def forward(self, sketch_BCHW: Tensor) -> Tensor:
        """(B, in_channels, H, W) in 0..1, any size → (B, 3, H, W) RGB in 0..1."""
        height, width = sketch_BCHW.shape[-2:]
        x_BCHW = F.pixel_unshuffle(pad_to_multiple(sketch_BCHW, self.multiple), self.unshuffle)
        skips: list[Tensor] = []
        for index, block in enumerate(self.left):
            x_BCHW = block(F.max_pool2d(x_BCHW, 2) if index else x_BCHW)
            skips.append(x_BCHW)
        skips.pop()
        for block in self.right:
            x_BCHW = block(torch.cat((_double(x_BCHW), skips.pop()), dim=1))
        painted_B3HW = to_picture(F.pixel_shuffle(self.head(x_BCHW), self.unshuffle))
        return painted_B3HW[..., :height, :width]


class StyleToPaintsV1(GuidedGenerator):
    """The network of Style2Paints V1 (Zhang, Ji and Lin 2017), the rival of the paper's table 2.

    Encoder 16 32 64 128 256 and 2048 at 1/32; the 4096-d hint through a linear layer, added there;
    decoder 512 128 64 32 64; plain skips; guide 1 (grey) on the last encoder map before the
    bottleneck, guide 2 (colour) on the first decoder map before its skip. Each encoder level is a
    3x3 convolution followed, towards the next, by a 4x4 of stride 2; each decoder level a 3x3.
    """

    def __init__(
        self,
        in_channels: int = 1,
        left_channels: Sequence[int] = (16, 32, 64, 128, 256),
        bottleneck: int = 2048,
        right_channels: Sequence[int] = (512, 128, 64, 32, 64),
        *,
        hint_dim: int = 4096,
        guide_channels: Sequence[int] = (512, 256, 128, 64, 32),
        guides: bool = True,
        norm: NormKind = "group",
    ) -> None:
        super().__init__()
        left, right = tuple(left_channels), tuple(right_channels)
        self.multiple = 1 << len(left)
        self.entry = ConvLayer(in_channels, left[0], norm=norm)
        self.same = nn.ModuleList(ConvLayer(width, width, norm=norm) for width in left)
        self.down = nn.ModuleList(
            ConvLayer(width, deeper, 4, stride=2, norm=norm)
            for width, deeper in zip(left, (*left[1:], bottleneck), strict=True)
        )
        self.hint = nn.Linear(hint_dim, bottleneck)
        joined = [own + skip for own, skip in zip(right, reversed(left), strict=True)]
        self.up = nn.ModuleList(
            ConvLayer(entry, width, norm=norm)
            for entry, width in zip((bottleneck, *joined[:-1]), right, strict=True)
        )
        self.head = he_conv(joined[-1], 3, slope=1.0)
        self.guide1 = GuideDecoder(left[-1], 1, guide_channels, norm=norm) if guides else None
        self.guide2 = GuideDecoder(right[0], 3, guide_channels, norm=norm) if guides else None

    def forward(
        self, sketch_BCHW: Tensor, hint_BV: Tensor | None = None, *, guides: bool | None = None
    ) -> Painting:
        """As `PaperGenerator.forward`: sketch in 0..1 of any size, signed hint, Painting out."""
        height, width = sketch_BCHW.shape[-2:]
        x_BCHW = self.entry(pad_to_multiple(sketch_BCHW, self.multiple))
        skips: list[Tensor] = []
        for same, down in zip(self.same, self.down, strict=True):
            x_BCHW = same(x_BCHW)
            skips.append(x_BCHW)
            x_BCHW = down(x_BCHW)
        entry_BCHW = skips[-1]
        if hint_BV is not None:
            x_BCHW = x_BCHW + self.hint(hint_BV)[:, :, None, None]
        owns: list[Tensor] = []
        for up in self.up:
            owns.append(up(_double(x_BCHW)))
            x_BCHW = torch.cat((owns[-1], skips.pop()), dim=1)
        return self.finish(self.head(x_BCHW), entry_BCHW, owns[0], (height, width), guides)


class _GatedPair(nn.Module):
    """SGRU's block: a 1x1 to `width` where the width changes, then two convolutions: x and T(x)."""

    def __init__(self, in_channels: int, width: int, *, entry: bool) -> None:
        super().__init__()
        self.entry = ConvLayer(in_channels, width, 1) if entry else nn.Identity()
        first = width if entry else in_channels
        self.convs = nn.Sequential(ConvLayer(first, width), ConvLayer(width, width))

    def forward(self, x_BCHW: Tensor) -> tuple[Tensor, Tensor]:
        x_BCHW = self.entry(x_BCHW)
        return x_BCHW, self.convs(x_BCHW)


class SwishGatedUNet(nn.Module):
    """SGRU, the Swish-gated residual U-net of Liu et al. 2018, where eq. 1 comes from. No style.

    Down: (1x1 but in the first block,) two 3x3 layers T; hands on maxpool(T) ⊕ S(maxpool(x)) and
    gives S(T) to its link. Up: 1x1, two layers, both branches doubled, T ⊕ S(x) ⊕ link. SwishMod
    normalises its gate here. GroupNorm stands in for the original's LayerNorm over the whole map,
    whose weights fix the size of the picture; doubling is nearest neighbour with a 3x3 after it
    for the original's transposed convolutions.
    """

    def __init__(
        self, in_channels: int = 1, widths: Sequence[int] = (96, 192, 288, 384, 480)
    ) -> None:
        super().__init__()
        *outer, deepest = widths
        self.multiple = 1 << len(outer)
        self.down = nn.ModuleList()
        self.down_gates = nn.ModuleList()
        self.links = nn.ModuleList()
        channels = in_channels
        for index, width in enumerate(outer):
            self.down.append(_GatedPair(channels, width, entry=index > 0))
            x_channels = width if index else in_channels
            self.down_gates.append(SwishMod(x_channels, norm=True))
            self.links.append(SwishMod(width, norm=True))
            channels = width + x_channels
        self.middle = _GatedPair(channels, deepest, entry=True)
        self.up = nn.ModuleList()
        self.grow_t = nn.ModuleList()
        self.grow_x = nn.ModuleList()
        self.up_gates = nn.ModuleList()
        below = deepest
        for width in reversed(outer):
            self.grow_t.append(ConvLayer(below, width))
            self.grow_x.append(ConvLayer(below, width))
            self.up_gates.append(SwishMod(width, norm=True))
            self.up.append(_GatedPair(3 * width, width, entry=True))
            below = width
        self.last_gate = SwishMod(below, norm=True)
        self.head = he_conv(2 * below, 3, 1, slope=1.0)

    def forward(self, sketch_BCHW: Tensor) -> Tensor:
        """(B, in_channels, H, W) in 0..1, any size → (B, 3, H, W) RGB in 0..1."""
        height, width = sketch_BCHW.shape[-2:]
        x_BCHW = pad_to_multiple(sketch_BCHW, self.multiple)
        links: list[Tensor] = []
        for block, gate, link in zip(self.down, self.down_gates, self.links, strict=True):
            x_BCHW, t_BCHW = block(x_BCHW)
            links.append(link(t_BCHW))
            x_BCHW = torch.cat((F.max_pool2d(t_BCHW, 2), gate(F.max_pool2d(x_BCHW, 2))), dim=1)
        x_BCHW, t_BCHW = self.middle(x_BCHW)
        for grow_t, grow_x, gate, block in zip(
            self.grow_t, self.grow_x, self.up_gates, self.up, strict=True
        ):
            own_BCHW = grow_t(_double(t_BCHW))
            residual_BCHW = gate(grow_x(_double(x_BCHW)))
            x_BCHW, t_BCHW = block(torch.cat((own_BCHW, residual_BCHW, links.pop()), dim=1))
        x_BCHW = torch.cat((t_BCHW, self.last_gate(x_BCHW)), dim=1)
        return to_picture(self.head(x_BCHW))[..., :height, :width]
