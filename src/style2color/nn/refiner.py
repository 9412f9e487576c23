"""The refiner: votes of regions for entries of the palette → the same votes, corrected.

Every pair of a region and an entry has a state. In each layer it hears what its region says of all
entries, what all regions say of its entry, what the neighbours say of it, and what those regions
say that seem to belong with its own: equivariant to the order of both, for any number of either
(deep sets, Zaheer et al. 2017; matrices, Hartford et al. 2018; attention along one axis, Ho et al.
2019). Ours. Shapes: B batch, R regions, K entries, T regions of the reference, D `dim`.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from style2color.nn.attention import ABSENT
from style2color.nn.sizes import GEOMETRY, PLACES, SEMANTIC, StudioConfig

VOTES = 5
"""What speaks for an entry: pixels, the regions graph, parts, what is worn, what is alike."""
PARTS = 5
DESCRIBED = 3 + 8 + SEMANTIC
"""Numbers of an entry: its colour, what is known of it, what it covers."""
SHARPNESS = 2.0
"""That of `voting`, which a network may not import."""
_RARE = 0.02
_SCALE = 4.0  # nats of a vote, and of the log of a share, that make one
_FEATURES = 2.0  # the painter's, likewise
_PAGE, _HALF = 6.0, 0.5  # the log of an area's share of the page, brought about 0


class Refiner(nn.Module):
    """Sees all votes of a page together.

    Args:
        config: of the studio network whose votes these are. dim: of a pair's state. layers: how
            often pairs hear each other. heads: kinds of belonging together. twin_heads: kinds of
            likeness to regions of the reference.
    """

    def __init__(
        self,
        config: StudioConfig | None = None,
        dim: int = 32,
        layers: int = 3,
        heads: int = 2,
        twin_heads: int = 4,
    ) -> None:
        super().__init__()
        config = config or StudioConfig()
        self.features = config.feature_dim
        self.looked = config.feature_dim + SEMANTIC + GEOMETRY
        self.twin = _Twins(self.looked, dim, twin_heads)
        described = self.looked + PARTS + 1
        self.from_pair = nn.Linear(VOTES + 1 + PLACES + 1 + twin_heads, dim)
        self.from_region = nn.Linear(described, dim)
        self.from_entry = nn.Linear(DESCRIBED, dim)
        self.mix = nn.Linear(dim, dim)
        self.region = nn.Sequential(nn.Linear(described, dim), nn.GELU())
        self.layers = nn.ModuleList(_Layer(dim, heads) for _ in range(layers))
        self.outs = nn.ModuleList(nn.Linear(dim, 1) for _ in range(layers))
        for out in self.outs:  # begins with the votes as they are
            assert isinstance(out, nn.Linear)
            nn.init.zeros_(out.weight)
            nn.init.zeros_(out.bias)
        self.boldness: Tensor
        self.register_buffer("boldness", torch.ones(()))

    def forward(self, votes: Tensor, *rest: Tensor) -> Tensor:
        """What to add to the votes, (B, R, K); see `scores`. `boldness` above 1 makes them as much
        surer."""
        scores = self.scores(votes, *rest)[-1]
        change: Tensor = self.boldness * scores - votes.sum(-1)
        return change

    def scores(
        self,
        votes: Tensor,
        placed: Tensor,
        looks: Tensor,
        touching: Tensor,
        area: Tensor,
        entries: Tensor,
        twins: Tensor,
        twin_entries: Tensor,
        twin_area: Tensor,
        region_present: Tensor,
        present: Tensor,
    ) -> list[Tensor]:
        """Corrected votes after every layer, each (B, R, K).

        votes (B, R, K, 5). placed (B, R, 2, K). looks (B, R, 79): features, shares of classes,
        geometry, shares of parts, 1 for a ground. touching (B, R, R) and area (B, R) in pixels.
        entries (B, K, 28). twins (B, T, 73), twin_entries (B, T, K), twin_area (B, T): regions of
        the reference, see `counterparts`. region_present (B, R), present (B, K): 1 or 0."""
        looks, twins = (_scaled(x, self.features) for x in (looks, twins))
        names = looks[..., self.looked - GEOMETRY - SEMANTIC : self.looked - GEOMETRY]
        here = present[:, None, :, None]
        whole = votes.sum(-1)
        said = torch.cat((votes, whole[..., None] / 2), -1)
        said = said - (said * here).sum(2, keepdim=True) / here.sum(2, keepdim=True)
        covered = entries[..., -SEMANTIC:]
        kin = names @ (covered / (covered.sum(1, keepdim=True) + 3e-4)).transpose(1, 2)
        alike = self.twin(looks[..., : self.looked], twins, twin_entries, twin_area)
        shares = torch.cat((placed.transpose(2, 3), kin[..., None], alike), -1)
        pair = torch.cat((said, torch.log(shares + _RARE)), -1) / _SCALE
        own, row = entries[..., :-SEMANTIC], covered / (covered.sum(-1, keepdim=True) + 3e-4)
        described = torch.cat((own, row), -1)
        state = self.from_pair(pair) + self.from_region(looks)[:, :, None]
        state = self.mix(F.gelu(state + self.from_entry(described)[:, None]))
        weight = area.sqrt() * region_present
        weight = weight / weight.sum(1, keepdim=True)
        near = touching / touching.sum(-1, keepdim=True).clamp(min=1)
        region = self.region(looks)
        score = whole + ((1 - present) * ABSENT)[:, None]
        scores = []
        for layer, out in zip(self.layers, self.outs, strict=True):
            state = layer(state, region, score, weight, near, region_present)
            score = score + out(state)[..., 0]
            scores.append(score)
        return scores


def _scaled(looks: Tensor, features: int) -> Tensor:
    """Features and the log of the area, geometry's first, brought to about one."""
    scale = looks.new_ones(looks.shape[-1])
    shift = looks.new_zeros(looks.shape[-1])
    scale[:features] = 1 / _FEATURES
    scale[features + SEMANTIC] = 1 / _PAGE
    shift[features + SEMANTIC] = _HALF
    return looks * scale + shift


class _Twins(nn.Module):
    """Which entries like regions of the reference have."""

    def __init__(self, looked: int, dim: int, heads: int, size: int = 12) -> None:
        super().__init__()
        self.heads, self.size = heads, size
        self.embed = nn.Sequential(nn.Linear(looked, 2 * dim), nn.GELU())
        self.query, self.key = (nn.Linear(2 * dim, heads * size) for _ in range(2))

    def forward(self, looks: Tensor, twins: Tensor, entries: Tensor, area: Tensor) -> Tensor:
        """(B, R, ·), (B, T, ·), (B, T, K), (B, T) → shares of every entry, (B, R, K, heads); all 0
        where the reference has no region."""
        batch, count, many = looks.shape[0], looks.shape[1], twins.shape[1]
        query = self.query(self.embed(looks)).view(batch, count, self.heads, self.size)
        key = self.key(self.embed(twins)).view(batch, many, self.heads, self.size)
        fit = query.transpose(1, 2) @ key.permute(0, 2, 3, 1) / math.sqrt(self.size)
        # Of two that are as like, the larger says more; one without pixels says nothing.
        fit = fit + torch.log(area + 1e-6)[:, None, None] / 2
        chosen = fit.softmax(-1) @ entries[:, None]
        out: Tensor = chosen.permute(0, 2, 3, 1)
        return out


class _Layer(nn.Module):
    """Pairs hear their row, their column, their neighbours and those that belong with them."""

    def __init__(self, dim: int, heads: int, size: int = 16) -> None:
        super().__init__()
        self.heads, self.size = heads, size
        self.norm = nn.LayerNorm(dim)
        self.query, self.key = (nn.Linear(2 * dim, heads * size) for _ in range(2))
        self.by_touch = nn.Parameter(torch.zeros(heads))
        self.think = nn.Sequential(
            nn.Linear((4 + heads) * dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim)
        )

    def forward(
        self,
        state: Tensor,
        region: Tensor,
        score: Tensor,
        weight: Tensor,
        near: Tensor,
        region_present: Tensor,
    ) -> Tensor:
        """state (B, R, K, D), region (B, R, D), score (B, R, K), weight (B, R) sums to 1, near
        (B, R, R) rows sum to 1 or 0, region_present (B, R) → state."""
        batch, count, kinds, dim = state.shape
        x = self.norm(state)
        chance = (SHARPNESS * score).softmax(-1)
        row = (chance[:, :, None] @ x)[:, :, 0]
        column = (weight[:, None] @ x.reshape(batch, count, kinds * dim)).view(batch, kinds, dim)
        token = torch.cat((row, region), -1)
        query = self.query(token).view(batch, count, self.heads, self.size).transpose(1, 2)
        key = self.key(token).view(batch, count, self.heads, self.size).permute(0, 2, 3, 1)
        fit = query @ key / math.sqrt(self.size) + self.by_touch[:, None, None] * near[:, None]
        fit = fit + (torch.log(weight + 1e-6) / 2 + (1 - region_present) * ABSENT)[:, None, None]
        flat = x.reshape(batch, 1, count, kinds * dim)
        with_it = (fit.softmax(-1) @ flat).view(batch, self.heads, count, kinds, dim)
        with_it = with_it.permute(0, 2, 3, 1, 4).reshape(batch, count, kinds, self.heads * dim)
        beside = (near @ flat[:, 0]).view(batch, count, kinds, dim)
        heard = torch.cat(
            (
                x,
                row[:, :, None].expand(batch, count, kinds, dim),
                column[:, None].expand(batch, count, kinds, dim),
                beside,
                with_it,
            ),
            -1,
        )
        out: Tensor = state + self.think(heard)
        return out
