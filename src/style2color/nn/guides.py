"""The guide decoders of section 2.2 (fig. 5): a loss of their own for the middle layers.

Guide 1 sits at the entry of the middle layers, before the hint, and predicts the grey picture;
guide 2 sits at their exit and predicts the colour picture. They are used in training only.

The paper draws widths 512 256 128 64 32 and nothing else. As in its ancestor Style2Paints V1 we
take five plain layers; between them nearest-neighbour doubling, which leaves no checkerboard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.blocks import SLOPE, ConvLayer, NormKind, he_conv, to_picture


class GuideDecoder(nn.Module):
    """Decodes middle-layer features into a picture, doubling the size between its layers."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        widths: Sequence[int] = (512, 256, 128, 64, 32),
        *,
        norm: NormKind = "group",
        slope: float = SLOPE,
    ) -> None:
        super().__init__()
        entries = (in_channels, *widths[:-1])
        self.layers = nn.ModuleList(
            ConvLayer(entry, width, norm=norm, slope=slope)
            for entry, width in zip(entries, widths, strict=True)
        )
        self.head = he_conv(widths[-1], out_channels, slope=1.0)

    def forward(self, features_BCHW: Tensor) -> Tensor:
        """(B, in_channels, H, W) → (B, out_channels, H·2ⁿ, W·2ⁿ) in 0..1, n = len(widths) - 1."""
        x_BCHW = features_BCHW
        for index, layer in enumerate(self.layers):
            if index:
                x_BCHW = F.interpolate(x_BCHW, scale_factor=2.0, mode="nearest")
            x_BCHW = layer(x_BCHW)
        return to_picture(self.head(x_BCHW))


@dataclass(frozen=True)
class Painting:
    """What a guided generator returns; all float, in 0..1, at the size of its input."""

    painted_B3HW: Tensor
    """G_f: the colour picture."""
    guide1_BCHW: Tensor | None
    """G_g1: grey (one channel), or colour (three) if configured so; None without guides."""
    guide2_B3HW: Tensor | None
    """G_g2: colour; None without guides."""


class GuidedGenerator(nn.Module):
    """A generator whose middle layers two guides watch; subclasses set them, or leave None."""

    guide1: GuideDecoder | None
    guide2: GuideDecoder | None

    def finish(
        self,
        logits_B3HW: Tensor,
        entry_BCHW: Tensor,
        exit_BCHW: Tensor,
        size: tuple[int, int],
        guides: bool | None,
    ) -> Painting:
        """Pictures from the head's logits and the two taps, cut to `size` (H, W).

        guides: run the guide decoders; None: in training only. Never if there are none.
        """
        height, width = size
        painted_B3HW = to_picture(logits_B3HW)[..., :height, :width]
        wanted = self.training if guides is None else guides
        if not wanted or self.guide1 is None or self.guide2 is None:
            return Painting(painted_B3HW, None, None)
        return Painting(
            painted_B3HW,
            self.guide1(entry_BCHW)[..., :height, :width],
            self.guide2(exit_BCHW)[..., :height, :width],
        )
