"""Attention and transformer layers, as the studio network uses them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

ABSENT = -1e4
"""Logit of what is not there."""


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
        mask = None if present_BM is None else ((1 - present_BM) * ABSENT)[:, None, None, :]
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
