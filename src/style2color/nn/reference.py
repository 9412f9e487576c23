"""The studio network's eye for the reference: what stands where each of its colours stands."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.attention import Layer
from style2color.nn.blocks import channel_softmax, gated_block, he_conv
from style2color.nn.sizes import SEMANTIC, StudioConfig


class ReferenceEncoder(nn.Module):
    """Reference picture → what stands where each palette colour stands, style, memory."""

    def __init__(self, config: StudioConfig) -> None:
        super().__init__()
        channels = 3 * 16
        self.levels = nn.ModuleList()
        for width in config.reference_widths:
            self.levels.append(gated_block(channels, width, finest=not len(self.levels)))
            channels = 2 * width
        seen = 2 * config.reference_widths[1] + 2 * config.reference_widths[2]
        self.context = _Context(config)
        self.to_pooled = nn.Linear(seen, config.pooled_dim)
        self.from_context = nn.Linear(2 * config.reference_widths[2], config.pooled_dim)
        nn.init.zeros_(self.from_context.weight)
        nn.init.zeros_(self.from_context.bias)
        self.to_style = nn.Linear(channels, config.style_dim)
        self.to_memory = nn.Linear(channels, config.token_dim)
        self.to_class = he_conv(2 * config.reference_widths[1], 4 * SEMANTIC, 1, slope=1.0)
        self.class_in_context = he_conv(2 * config.reference_widths[2], 4 * SEMANTIC, 1, slope=1.0)
        nn.init.zeros_(self.class_in_context.weight)

    def forward(self, reference_B3HW: Tensor, assignment_BKhw: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, 256, 256) in 0..1, (B, K, 32, 32) → what every entry is like (B, K, F + 17), the
        last 17 the share of the picture that it covers as each semantic class; style (B, G);
        memory (B, 64, D); for training, logits of the classes (B, 17, 64, 64), and the two maps
        at 1/8 that entries are pooled from, (B, ·, 32, 32), `cell_dim` channels together."""
        x = F.pixel_unshuffle(2 * reference_B3HW - 1, 4)
        maps = []
        for index, level in enumerate(self.levels):
            x = level(F.avg_pool2d(x, 2) if index else x)
            maps.append(x)
        pooled = torch.cat(
            (
                _mean_under(maps[1], assignment_BKhw),
                _mean_under(maps[2], F.avg_pool2d(assignment_BKhw, 2)),
            ),
            dim=-1,
        )
        context = self.context(maps[1:])
        pooled = self.to_pooled(pooled) + self.from_context(_mean_under(context, assignment_BKhw))
        classes = F.pixel_shuffle(self.to_class(maps[1]) + self.class_in_context(context), 2)
        as_class = F.avg_pool2d(channel_softmax(classes.float()), 2).flatten(2).transpose(1, 2)
        covered = assignment_BKhw.flatten(2).float() @ as_class / as_class.shape[1]
        cells = x.flatten(2).transpose(1, 2)
        style, memory = self.to_style(cells.mean(1)), self.to_memory(cells)
        return torch.cat((pooled.float(), covered), -1), style, memory, classes, maps[1], context


def _mean_under(x_BCHW: Tensor, assignment_BKHW: Tensor) -> Tensor:
    """Mean of x under each entry's mask; (B, C, H, W), (B, K, H, W) → (B, K, C)."""
    mask = assignment_BKHW.flatten(2).to(x_BCHW.dtype)
    return (mask @ x_BCHW.flatten(2).transpose(1, 2)) / (mask.sum(-1, keepdim=True) + 1e-4)


class _Context(nn.Module):
    """From the coarsest map to the finest, as on the right side of a U-net: what a patch of colour
    is, hair or cloth, is seen from what stands around it."""

    def __init__(self, config: StudioConfig) -> None:
        super().__init__()
        coarse = 2 * config.reference_widths[3]
        joined, width = 2 * config.reference_widths[1], config.reference_widths[2]
        self.look = Layer(coarse, None, config.heads)
        self.narrow = nn.ModuleList(
            he_conv(channels, joined, 1, slope=1.0) for channels in (coarse, 2 * width)
        )
        self.link = nn.ModuleList(
            he_conv(2 * channels, joined, 1, slope=1.0)
            for channels in (width, config.reference_widths[1])
        )
        self.right = nn.ModuleList(gated_block(joined, width) for _ in range(2))

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Maps at 1/8, 1/16 and 1/32 of the picture → (B, 2 · width, H/8, W/8)."""
        x: Tensor = maps[-1]
        cells = self.look(x.flatten(2).transpose(1, 2))
        x = cells.transpose(1, 2).reshape(x.shape)
        for narrow, link, block, skip in zip(
            self.narrow, self.link, self.right, reversed(maps[:-1]), strict=True
        ):
            x = block(F.interpolate(narrow(x), scale_factor=2.0, mode="nearest") + link(skip))
        return x
