"""The studio network: the paper's blocks, with colours carried over from the reference.

The paper adds one global style vector at the bottleneck (section 2.2). Every public
re-implementation of that idea learned to ignore the vector, so here a pixel *points* to an entry
of the reference's palette instead of regressing a colour: the flat colour is a convex combination
of colours that the reference really has. What remains of the paper is its body: enhanced residual
connections (eq. 2) on both sides of a U-net, a SwishMod (eq. 1) on every left-right link, a style
vector from a classifier-like branch, and two guide decoders (eq. 4), used in training only.

Three parts, exported as three ONNX graphs (docs/design.md): `ReferenceEncoder`, `Painter`,
`RegionHead`. Shapes: B batch, K palette entries, F `pooled_dim`, D `token_dim`, G `style_dim`,
M = 64 memory cells, R regions, Q `query_dim`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.blocks import ConvLayer, SwishGatedBlock, SwishMod, he_conv

KINDS = 4
"""Kinds of palette entries, one-hot: reference, hint, paper, default."""
GEOMETRY = 8
PLACES = 2
"""A region is laid over the reference upright and mirrored."""
SEMANTIC = 17
"""Semantic classes that the heads tell apart, `data.classes.CLASSES`."""
_ABSENT = -1e4
_RARE = 0.02
_LIGHT_DIM = 32
_BRIGHTNESS = 0.5  # of a certain highlight
_DARKNESS = 0.3  # of a certain shadow: the median of the atelier's is a quarter


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


class Attention(nn.Module):
    """Multi-head attention with a key mask, written out so that ONNX keeps every size dynamic."""

    def __init__(self, dim: int, context_dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(dim, dim)
        self.key_value = nn.Linear(context_dim, 2 * dim)
        self.out = nn.Linear(dim, dim)

    def forward(self, x_BND: Tensor, context_BMC: Tensor, present_BM: Tensor | None) -> Tensor:
        """(B, N, D) looks at (B, M, C) where present (1) → (B, N, D)."""
        batch, count, dim = x_BND.shape
        query = self.query(x_BND).view(batch, count, self.heads, -1).transpose(1, 2)
        key, value = (
            part.reshape(batch, context_BMC.shape[1], self.heads, -1).transpose(1, 2)
            for part in self.key_value(context_BMC).chunk(2, dim=-1)
        )
        mask = None if present_BM is None else ((1 - present_BM) * _ABSENT)[:, None, None, :]
        mixed = F.scaled_dot_product_attention(
            query, key, value, attn_mask=None if mask is None else mask.to(query.dtype)
        )
        out: Tensor = self.out(mixed.transpose(1, 2).reshape(batch, count, dim))
        return out


class Layer(nn.Module):
    """Pre-norm transformer layer: look at each other, look at the context, think."""

    def __init__(self, dim: int, context_dim: int | None, heads: int) -> None:
        super().__init__()
        self.norm1, self.look = nn.LayerNorm(dim), Attention(dim, dim, heads)
        self.norm2 = nn.LayerNorm(dim) if context_dim else None
        self.cross = Attention(dim, context_dim, heads) if context_dim else None
        self.norm3 = nn.LayerNorm(dim)
        self.think = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(
        self,
        x_BND: Tensor,
        present_BN: Tensor | None = None,
        context_BMC: Tensor | None = None,
        context_present_BM: Tensor | None = None,
    ) -> Tensor:
        seen = self.norm1(x_BND)
        x_BND = x_BND + self.look(seen, seen, present_BN)
        if self.cross is not None and self.norm2 is not None and context_BMC is not None:
            x_BND = x_BND + self.cross(self.norm2(x_BND), context_BMC, context_present_BM)
        thought: Tensor = self.think(self.norm3(x_BND))
        return x_BND + thought


class ReferenceEncoder(nn.Module):
    """Reference picture → what stands where each palette colour stands, style, memory."""

    def __init__(self, config: StudioConfig) -> None:
        super().__init__()
        channels = 3 * 16
        self.levels = nn.ModuleList()
        for width in config.reference_widths:
            self.levels.append(_block(channels, width, finest=not len(self.levels)))
            channels = 2 * width
        seen = 2 * config.reference_widths[1] + 2 * config.reference_widths[2]
        self.to_pooled = nn.Linear(seen, config.pooled_dim)
        self.to_style = nn.Linear(channels, config.style_dim)
        self.to_memory = nn.Linear(channels, config.token_dim)
        self.to_class = he_conv(2 * config.reference_widths[1], 4 * SEMANTIC, 1, slope=1.0)

    def forward(self, reference_B3HW: Tensor, assignment_BKhw: Tensor) -> tuple[Tensor, ...]:
        """(B, 3, 256, 256) in 0..1, (B, K, 32, 32) → pooled (B, K, F), style (B, G),
        memory (B, 64, D); for training, logits of the semantic classes (B, 17, 64, 64)."""
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
        cells = x.flatten(2).transpose(1, 2)
        style, memory = self.to_style(cells.mean(1)), self.to_memory(cells)
        classes = F.pixel_shuffle(self.to_class(maps[1]), 2)
        return self.to_pooled(pooled), style, memory, classes


def _mean_under(x_BCHW: Tensor, assignment_BKHW: Tensor) -> Tensor:
    """Mean of x under each entry's mask; (B, C, H, W), (B, K, H, W) → (B, K, C)."""
    mask = assignment_BKHW.flatten(2).to(x_BCHW.dtype)
    return (mask @ x_BCHW.flatten(2).transpose(1, 2)) / (mask.sum(-1, keepdim=True) + 1e-4)


class TokenEncoder(nn.Module):
    """Palette entries become tokens that have seen each other."""

    def __init__(self, config: StudioConfig) -> None:
        super().__init__()
        described = config.pooled_dim + 3 + KINDS + 5
        self.embed = nn.Sequential(
            nn.Linear(described, config.token_dim),
            nn.GELU(),
            nn.Linear(config.token_dim, config.token_dim),
        )
        self.layer = Layer(config.token_dim, None, config.heads)
        self.norm = nn.LayerNorm(config.token_dim)

    def forward(
        self, pooled: Tensor, palette: Tensor, kind: Tensor, moments: Tensor, present: Tensor
    ) -> Tensor:
        described = torch.cat((pooled, 2 * palette - 1, kind, moments), dim=-1)
        tokens: Tensor = self.norm(self.layer(self.embed(described), present))
        return tokens


def _block(
    channels: int, width: int, *, finest: bool, style_dim: int | None = None
) -> SwishGatedBlock:
    # Most of the time goes to the finest level, which does least: one convolution there, and
    # 1x1 gates everywhere, keep the network fit for a laptop.
    return SwishGatedBlock(
        channels, width, stages=1 if finest else 2, gate_kernel=1, style_dim=style_dim
    )


class Painter(nn.Module):
    """Lines, hints and tokens → which palette entry every pixel has; shadows and highlights."""

    def __init__(self, config: StudioConfig) -> None:
        super().__init__()
        self.config = config
        self.tokens = TokenEncoder(config)
        channels = 5 * 4
        self.left, self.links = nn.ModuleList(), nn.ModuleList()
        for width in config.widths:
            block = _block(channels, width, finest=not len(self.left))
            channels = block.out_channels
            self.left.append(block)
        for width in config.widths[:-1]:
            self.links.append(SwishMod(2 * width, 1))
        self.middle = nn.ModuleList(
            Layer(channels, config.token_dim, config.heads) for _ in range(config.middle_layers)
        )
        self.position = nn.Conv2d(channels, channels, 3, padding=1, groups=channels)
        self.narrow, self.right = nn.ModuleList(), nn.ModuleList()
        for width, link in zip(
            reversed(config.right_widths), reversed(config.widths[:-1]), strict=True
        ):
            # Right-hand blocks join three parts: T, their own SwishMod, the left side's SwishMod.
            finest = len(self.right) == len(config.right_widths) - 1
            self.narrow.append(he_conv(channels, width, 1, slope=1.0))
            self.right.append(_block(width, width, finest=finest, style_dim=config.style_dim))
            channels = 2 * width + 2 * link
        self.to_features = ConvLayer(channels, config.feature_dim, 1)
        self.to_query = he_conv(config.feature_dim, config.query_dim, 1, slope=1.0)
        self.to_key = nn.Linear(config.token_dim, config.query_dim)
        self.to_prior = nn.Linear(config.token_dim, 1)
        self.to_shade, self.to_light = (
            nn.Sequential(
                ConvLayer(config.feature_dim, _LIGHT_DIM, 3), he_conv(_LIGHT_DIM, 1, 3, slope=1.0)
            )
            for _ in range(2)
        )
        self.to_class = he_conv(config.feature_dim, SEMANTIC, 1, slope=1.0)
        middle = 2 * config.widths[-1]
        self.guide1 = _Guide(middle, 1)
        self.guide2 = _Guide(middle, config.query_dim)

    def forward(
        self,
        lines: Tensor,
        hints: Tensor,
        palette: Tensor,
        kind: Tensor,
        moments: Tensor,
        present: Tensor,
        pooled: Tensor,
        style: Tensor,
        memory: Tensor,
    ) -> tuple[Tensor, ...]:
        """lines (B, 1, H, W) 1 = paper, hints (B, 4, H, W), the palette's tensors → at half the
        size logits (B, K, H/2, W/2), logits of shadows and of highlights (B, 1, H/2, W/2, see
        `shade` and `light`), features (B, 48, H/2, W/2); tokens (B, K, D); for training, the middle
        before and after the reference entered it (for the guides), and logits of the semantic
        classes (B, 17, H/2, W/2).
        H, W multiples of 16. Half the size is enough: edges come from the lines themselves."""
        tokens = self.tokens(pooled, palette, kind, moments, present)
        x = F.pixel_unshuffle(torch.cat((1 - lines, hints), 1), 2)
        skips = []
        for index, block in enumerate(self.left):
            x = block(F.avg_pool2d(x, 2) if index else x)
            skips.append(x)
        before = x
        x = x + self.position(x)
        height, width = x.shape[-2:]
        cells = x.flatten(2).transpose(1, 2)
        context = torch.cat((tokens, memory.to(tokens.dtype)), dim=1)
        everywhere = torch.ones_like(memory[:, :, 0])
        known = torch.cat((present, everywhere.to(present.dtype)), dim=1)
        for layer in self.middle:
            cells = layer(cells, None, context, known)
        x = cells.transpose(1, 2).reshape(x.shape[0], -1, height, width)
        after = x
        for narrow, block, link, skip in zip(
            self.narrow, self.right, reversed(self.links), reversed(skips[:-1]), strict=True
        ):
            # The block's 1x1 entry gives the same before the upsampling, at a quarter of the cost.
            x = block(F.interpolate(narrow(x), scale_factor=2.0, mode="nearest"), style)
            x = torch.cat((x, link(skip)), dim=1)
        features = self.to_features(x)
        logits = self.point(self.to_query(features), tokens, present)
        # Shadows and highlights are told by the drawings that have them as layers; from the colours
        # alone the network learned no shadow, and white paper for light. So they learn beside the
        # rest and change nothing of it.
        dark, lit = (head(features.detach()).float() for head in (self.to_shade, self.to_light))
        names = self.to_class(features)
        return logits, dark, lit, features, tokens, before, after, names

    @staticmethod
    def shade(dark_B1HW: Tensor) -> Tensor:
        """Logits of shadows → the shade to multiply, 0..1, exactly 1 where there is none, so that
        even paint stays even."""
        return 1 - _DARKNESS * F.relu(2 * torch.sigmoid(dark_B1HW) - 1)

    @staticmethod
    def light(lit_B1HW: Tensor) -> Tensor:
        """Logits of highlights → the light to screen, 0..1, exactly 0 where there is none."""
        return _BRIGHTNESS * F.relu(2 * torch.sigmoid(lit_B1HW) - 1)

    def point(self, query_BQHW: Tensor, tokens: Tensor, present: Tensor) -> Tensor:
        """Agreement of every pixel with every entry, float32 (B, K, H, W); -1e4 where absent."""
        key = self.to_key(tokens)
        scores = torch.einsum("bqhw,bkq->bkhw", query_BQHW, key.to(query_BQHW.dtype))
        scores = (
            scores.float() / math.sqrt(key.shape[-1]) + self.to_prior(tokens).float()[..., None]
        )
        logits: Tensor = scores + ((1 - present) * _ABSENT)[:, :, None, None]
        return logits


class _Guide(nn.Module):
    """Guide decoder (section 2.2) at a quarter of the sketch's size, cheap enough for training."""

    def __init__(self, channels: int, out_channels: int) -> None:
        super().__init__()
        self.body = ConvLayer(channels, 96, 3)
        self.out = he_conv(96, 16 * out_channels, 1, slope=1.0)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return F.pixel_shuffle(self.out(self.body(x_BCHW)), 4)


class RegionHead(nn.Module):
    """Regions that see each other and the palette choose one entry each."""

    def __init__(self, config: StudioConfig) -> None:
        super().__init__()
        dim = config.token_dim
        self.embed = nn.Sequential(
            nn.Linear(config.feature_dim + GEOMETRY, dim), nn.GELU(), nn.Linear(dim, dim)
        )
        self.layers = nn.ModuleList(
            Layer(dim, dim, config.heads) for _ in range(config.region_layers)
        )
        self.norm = nn.LayerNorm(dim)
        self.to_query = nn.Linear(dim, config.query_dim)
        self.to_key = nn.Linear(dim, config.query_dim)
        self.from_place = nn.Linear(PLACES * dim, dim)
        nn.init.zeros_(self.from_place.weight)
        self.to_trust = nn.Linear(dim, PLACES)
        nn.init.zeros_(self.to_trust.weight)
        nn.init.constant_(self.to_trust.bias, -1.0)
        self.region_class = nn.Linear(dim, SEMANTIC)
        self.entry_class = nn.Linear(dim, SEMANTIC)
        self.to_agreement = nn.Linear(dim, 1)
        nn.init.zeros_(self.to_agreement.weight)
        nn.init.constant_(self.to_agreement.bias, -1.0)

    def forward(
        self,
        pooled_regions: Tensor,
        geometry: Tensor,
        region_present: Tensor,
        placed: Tensor,
        tokens: Tensor,
        present: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(B, R, 48), (B, R, 8), (B, R), what the reference has in each region's place
        (B, R, 2, K), (B, K, D), (B, K) → float32 (B, R, K), to be added to the mean pixel logits
        of each region; for training, logits of the semantic classes of the regions (B, R, 17) and
        of the entries (B, K, 17)."""
        x = self.embed(torch.cat((pooled_regions, geometry.to(pooled_regions.dtype)), dim=-1))
        there = torch.einsum("brsk,bkd->brsd", placed.to(tokens.dtype), tokens)
        x = x + self.from_place(there.flatten(2))
        for layer in self.layers:
            x = layer(x, region_present, tokens, present)
        x = self.norm(x)
        query, key = self.to_query(x), self.to_key(tokens)
        scores = (query @ key.transpose(1, 2)).float() / math.sqrt(key.shape[-1])
        trust = F.softplus(self.to_trust(x).float())
        scores = scores + (trust[..., None] * torch.log(placed.float() + _RARE)).sum(2)
        # Hair to hair, iris to iris: what a region and an entry are taken for, compared.
        region, entry = self.region_class(x).float(), self.entry_class(tokens).float()
        alike = region.softmax(-1) @ entry.softmax(-1).transpose(1, 2)
        agreement = F.softplus(self.to_agreement(x).float())
        scores = scores + agreement * torch.log(alike + _RARE)
        logits: Tensor = scores + ((1 - present) * _ABSENT)[:, None, :]
        return logits, region, entry


class StudioNet(nn.Module):
    """The three parts together, as they are trained."""

    def __init__(self, config: StudioConfig | None = None) -> None:
        super().__init__()
        self.config = config or StudioConfig()
        self.reference = ReferenceEncoder(self.config)
        self.painter = Painter(self.config)
        self.regions = RegionHead(self.config)
