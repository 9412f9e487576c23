"""`style2color palette`: the colours of a picture, named, measured and drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from style2color.cli.batch import STREAM, load
from style2color.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

EXAMPLES = """\b
Examples:
  style2color palette picture.png
  style2color palette picture.png -o swatches.gpl
  style2color palette picture.png -o strip.png --json
"""

# The plain words a colour is called by; the nearest in CIELAB is taken.
_WORDS = {
    "white": "ffffff", "light grey": "d3d3d3", "grey": "909090", "dark grey": "505050",
    "black": "000000", "cream": "fff3d6", "pale skin": "fce4d4", "skin": "f4d0b4",
    "tan": "d2a679", "light brown": "b5804f", "brown": "7b4a26", "dark brown": "432818",
    "pale pink": "fbd3dc", "pink": "f590b0", "hot pink": "e83e8c", "red": "d7263d",
    "dark red": "8b1a2b", "salmon": "f28474", "orange": "f58220", "peach": "ffc29b",
    "gold": "d9a520", "yellow": "f7e017", "pale yellow": "fbf3a0", "olive": "77762b",
    "lime": "a6d608", "pale green": "bfe8b9", "green": "2f9e44", "dark green": "174d28",
    "mint": "8fe0c0", "teal": "148085", "cyan": "22d3ee", "pale blue": "c6e2fa",
    "sky blue": "74b9f0", "blue": "2563d8", "navy": "1a2456", "slate": "5b6b82",
    "lavender": "c9bdf2", "violet": "7c4dd6", "purple": "8a2a8f", "dark purple": "42174f",
    "plum": "a5678e", "magenta": "d633c6",
}  # fmt: skip
_SWATCH = 96  # pixels, the height of the strip and a swatch's least width
_WIDTH = 960


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("palette", epilog=EXAMPLES)(palette)


def palette(
    picture: str = typer.Argument(..., metavar="PICTURE|-", help="Picture; - is stdin."),
    output: str | None = typer.Option(
        None, "-o", "--output", metavar="FILE", help="Swatches to write: .gpl, or .png to look at."
    ),
    entries: int = typer.Option(12, help="Most colours to find, 1 to 64."),
    as_json: bool = typer.Option(False, "--json", help="As JSON, for programs."),
) -> None:
    """Show the main colours of a picture: name, hex and share of its area."""
    if not 1 <= entries <= 64:
        raise UsageError(f"--entries {entries}: choose 1 to 64")
    kind = Path(output).suffix.lower() if output else None
    if kind not in (None, ".gpl", ".png"):
        raise UsageError(f"{output}: swatches are written as .gpl or .png")

    from style2color.files import atomic_write
    from style2color.image import DEFAULT_LIMITS, save
    from style2color.shares import main_colors
    from style2color.swatches import to_gpl

    page = load(picture, DEFAULT_LIMITS)
    colors, shares = main_colors(page.rgb, entries)
    names = _names(colors)
    if output and kind == ".png":
        save(_strip(colors, shares), output)
    elif output:
        title = "stdin" if picture == STREAM else Path(picture).stem
        with atomic_write(output) as stream:
            stream.write(to_gpl(colors, names, title))
    rows = [
        {"name": name, "hex": "#{:02x}{:02x}{:02x}".format(*color), "share": round(share, 4)}
        for name, color, share in zip(names, colors.tolist(), shares, strict=True)
    ]
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print(f"{row['hex']}  {row['share']:6.1%}  {row['name']}")


def _names(colors: NDArray[np.uint8]) -> list[str]:
    """Plain names; a second colour of one name gets a number."""
    import numpy as np

    from style2color.color import rgb_to_lab

    words = list(_WORDS)
    table = rgb_to_lab(np.array([list(bytes.fromhex(code)) for code in _WORDS.values()], np.uint8))
    names: list[str] = []
    seen: dict[str, int] = {}
    for color in rgb_to_lab(colors):
        word = words[int(((table - color) ** 2).sum(-1).argmin())]
        seen[word] = seen.get(word, 0) + 1
        names.append(word if seen[word] == 1 else f"{word} {seen[word]}")
    return names


def _strip(colors: NDArray[np.uint8], shares: list[float]) -> NDArray[np.uint8]:
    """A band of swatches, wider where a colour has more of the picture."""
    import numpy as np

    widths = [_SWATCH // 2 + round(_WIDTH * share) for share in shares]
    return np.repeat(np.repeat(colors[None], widths, axis=1), _SWATCH, axis=0)
