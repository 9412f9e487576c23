"""style2color paints anime and manga line art in the colours of a reference picture.

    import style2color
    style2color.colorize("sketch.png", "reference.png").save("painted.png")

`Colorizer` sets a reference once and paints many sketches. All errors are in
`style2color.errors`. Importing this package loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from style2color.errors import Style2ColorError

if TYPE_CHECKING:
    from style2color.colorizer import Colorizer, Painting, colorize

__version__ = "0.18.0"
__all__ = ["Colorizer", "Painting", "Style2ColorError", "__version__", "colorize"]


def __getattr__(name: str) -> Any:
    if name in ("Colorizer", "Painting", "colorize"):
        from style2color import colorizer

        return getattr(colorizer, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
