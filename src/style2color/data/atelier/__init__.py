"""The atelier: an endless, licensed supply of anime line art with its colours, from seeds.

`draw(seed)` returns a `Picture` with every layer; `recompose` makes the composite of layers.
"""

from __future__ import annotations

from .picture import ATELIER_VERSION, Picture, draw, figures_of, light_of
from .render import recompose

__all__ = ["ATELIER_VERSION", "Picture", "draw", "figures_of", "light_of", "recompose"]
