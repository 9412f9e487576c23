"""The smallest studio network the tests train."""

from __future__ import annotations

from typing import Any

SMALL: dict[str, Any] = {
    "widths": [8, 8, 8, 8],
    "right_widths": [8, 8, 8],
    "reference_widths": [8, 8, 8, 8],
    "pooled_dim": 16,
    "token_dim": 16,
    "style_dim": 8,
    "query_dim": 8,
    "feature_dim": 8,
    "heads": 2,
}
