"""A small cast of drawn characters for the tests of splits, painters and runs."""

from __future__ import annotations

import numpy as np

from style2color.evaluate.drawings import Drawing

from .pictures import Array8, drawing, ink_of

PALETTES = (
    ((220, 60, 60), (60, 140, 220), (240, 210, 90)),
    ((60, 170, 90), (150, 60, 170), (240, 160, 190)),
    ((40, 60, 130), (235, 150, 60), (170, 220, 230)),
    ((120, 80, 50), (200, 200, 60), (250, 220, 190)),
    ((90, 30, 90), (40, 190, 190), (220, 90, 130)),
)


def cast(size: int = 96) -> list[Drawing]:
    """Ten drawings of five characters in two sources; only source `b` has exact lines."""
    drawings = []
    for number, palette in enumerate(PALETTES):
        for shot in range(2):
            rgb = drawing(size, size, palette, shift=8 * shot)
            source = "ab"[number % 2]
            lines = ink_of(rgb) if source == "b" else None
            name = f"{source}/{number}-{shot}"
            drawings.append(Drawing(name, source, f"{source}/{number}", rgb, lines))
    return drawings


class Obedient:
    """Paints everything inside the lines in stripes of the reference's own pixels."""

    name = "obedient"

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """Colours in the reference's proportions, wherever they come to lie."""
        painted = np.repeat(lines[..., None], 3, -1)
        if reference is None:
            return painted
        inside = lines >= 128
        inside[:4] = inside[-4:] = inside[:, :4] = inside[:, -4:] = False
        colours = reference[(reference.min(-1) < 232) & (reference.max(-1) > 20)]
        painted[inside] = colours[np.arange(inside.sum()) % len(colours)]
        return painted


class Deaf:
    """Paints every sketch in the same colours, whatever the reference."""

    name = "deaf"

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        """Always the first character's colours."""
        return Obedient().paint(lines, drawing(96, 96, PALETTES[0]))
