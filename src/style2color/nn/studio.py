"""The studio network: the paper's blocks, with colours carried over from the reference.

The paper adds one global style vector at the bottleneck (section 2.2). Every public
re-implementation of that idea learned to ignore the vector, so here a pixel *points* to an entry
of the reference's palette instead of regressing a colour: the flat colour is a convex combination
of colours that the reference really has. What remains of the paper is its body: enhanced residual
connections (eq. 2) on both sides of a U-net, a SwishMod (eq. 1) on every left-right link, a style
vector from a classifier-like branch, and two guide decoders (eq. 4), used in training only.

Three parts, exported as three ONNX graphs (docs/design.md): `ReferenceEncoder` (reference.py),
`Painter`, `RegionHead`. Shapes: B batch, K palette entries, F `pooled_dim`, D `token_dim`,
G `style_dim`, M = 64 memory cells, R regions, Q `query_dim`; 17 semantic classes.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.attention import ABSENT, Layer
from style2color.nn.blocks import ConvLayer, SwishMod, gated_block, he_conv
from style2color.nn.reference import ReferenceEncoder
from style2color.nn.sizes import GEOMETRY, IRIS, KINDS, PLACES, SEMANTIC, StudioConfig

_RARE = 0.02
_NEXT_TO_NOTHING = 3e-4  # of a picture: twenty of its 65,536 pixels
# How much more an iris trusts what entries are taken for: at 128 pixels, where most of training
# takes place, it is too small a region for that to be learned.
_AMONG_IRISES = 1.5
_LIGHT_DIM = 32
_BRIGHTNESS = 0.5  # of a certain highlight
_DARKNESS = 0.3  # of a certain shadow: the median of the atelier's is a quarter


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
        self.from_covered = nn.Linear(SEMANTIC, config.token_dim, bias=False)
        nn.init.zeros_(self.from_covered.weight)
        self.layer = Layer(config.token_dim, None, config.heads)
        self.norm = nn.LayerNorm(config.token_dim)

    def forward(
        self, pooled: Tensor, palette: Tensor, kind: Tensor, moments: Tensor, present: Tensor
    ) -> Tensor:
        """(B, K, F + 17) of the reference encoder, (B, K, 3), (B, K, 4), (B, K, 5), (B, K) →
        (B, K, D)."""
        pooled, covered = pooled[..., :-SEMANTIC], pooled[..., -SEMANTIC:]
        described = torch.cat((pooled, 2 * palette - 1, kind, moments), dim=-1)
        x = self.embed(described) + self.from_covered(_shares(covered, -1))
        tokens: Tensor = self.norm(self.layer(x, present))
        return tokens


def _shares(covered_BKC: Tensor, dim: int) -> Tensor:
    """Parts of the whole along an axis; all 0 where next to nothing is covered."""
    covered_BKC = covered_BKC.float()
    return covered_BKC / (covered_BKC.sum(dim, keepdim=True) + _NEXT_TO_NOTHING)


class Painter(nn.Module):
    """Lines, hints and tokens → which palette entry every pixel has; shadows and highlights."""

    def __init__(self, config: StudioConfig) -> None:
        super().__init__()
        self.config = config
        self.tokens = TokenEncoder(config)
        channels = 5 * 4
        self.left, self.links = nn.ModuleList(), nn.ModuleList()
        for width in config.widths:
            block = gated_block(channels, width, finest=not len(self.left))
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
            self.right.append(gated_block(width, width, finest=finest, style_dim=config.style_dim))
            channels = 2 * width + 2 * link
        self.to_features = ConvLayer(channels, config.feature_dim, 1)
        self.to_query = he_conv(config.feature_dim, config.query_dim, 1, slope=1.0)
        self.to_key = nn.Linear(config.token_dim, config.query_dim)
        self.to_prior = nn.Linear(config.token_dim, 1)
        self.to_shade, self.to_light = (_mark_head(config.feature_dim) for _ in range(2))
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
        `shade` and `light`), features (B, 48, H/2, W/2); words (B, K, D + 17): tokens, and what
        the entries cover as each class; for training, the middle before and after the reference
        entered it (for the guides), and logits of the semantic classes (B, 17, H/2, W/2).
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
        words = torch.cat((tokens.float(), pooled[..., -SEMANTIC:].float()), -1)
        return logits, dark, lit, features, words, before, after, names

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
        scores = (key.to(query_BQHW.dtype) @ query_BQHW.flatten(2)).float()
        scores = scores / math.sqrt(key.shape[-1]) + self.to_prior(tokens).float()
        logits: Tensor = scores + ((1 - present) * ABSENT)[:, :, None]
        return logits.reshape(*logits.shape[:2], *query_BQHW.shape[2:])


def _mark_head(features: int) -> nn.Sequential:
    """Logits of shadows or of highlights. Drawings without such layers teach it nothing, so it
    begins with none anywhere."""
    last = he_conv(_LIGHT_DIM, 1, 3, slope=1.0)
    nn.init.zeros_(last.weight)
    return nn.Sequential(ConvLayer(features, _LIGHT_DIM, 3), last)


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
        self.to_agreement, self.to_kinship = nn.Linear(dim, 1), nn.Linear(dim, 1)
        for linear in (self.to_agreement, self.to_kinship):
            nn.init.zeros_(linear.weight)
            nn.init.constant_(linear.bias, -1.0)

    def forward(
        self,
        pooled_regions: Tensor,
        geometry: Tensor,
        region_present: Tensor,
        placed: Tensor,
        words: Tensor,
        present: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """(B, R, 48), (B, R, 8), (B, R), what the reference has in each region's place
        (B, R, 2, K), (B, K, D + 17), (B, K) → float32 (B, R, K), to be added to the mean pixel
        logits of each region; for training, logits of the semantic classes of the regions
        (B, R, 17) and of the entries (B, K, 17)."""
        tokens = words[..., :-SEMANTIC].to(pooled_regions.dtype)
        covered = words[..., -SEMANTIC:]
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
        agreement = agreement + _AMONG_IRISES * region.softmax(-1)[..., IRIS, None]
        scores = scores + agreement * torch.log(alike + _RARE)
        # And what the reference's hair, or its iris, is made of: rare classes have a word here.
        kin = region.softmax(-1) @ _shares(covered, 1).transpose(1, 2)
        kinship = F.softplus(self.to_kinship(x).float())
        scores = scores + kinship * torch.log(kin + _RARE)
        logits: Tensor = scores + ((1 - present) * ABSENT)[:, None, :]
        return logits, region, entry


class StudioNet(nn.Module):
    """The three parts together, as they are trained."""

    def __init__(self, config: StudioConfig | None = None) -> None:
        super().__init__()
        self.config = config or StudioConfig()
        self.reference = ReferenceEncoder(self.config)
        self.painter = Painter(self.config)
        self.regions = RegionHead(self.config)
