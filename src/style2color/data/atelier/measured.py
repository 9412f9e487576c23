"""Colours that stand together in the packs: numbers, from benchmarks/atelier_palettes.py."""

from __future__ import annotations

import colorsys
import json
from functools import cache
from importlib import resources

from .curves import Dice

RGB = tuple[int, int, int]
WORN = ("cloth1", "cloth2", "trim", "cloth3", "accent", "legs", "shoes", "shirt", "prop")
"""The tints that a measured palette dresses, most covering first."""


@cache
def palettes() -> tuple[tuple[str, tuple[RGB, ...]], ...]:
    """All measured palettes, each with the name of its pack, its colours largest first."""
    text = (resources.files(__package__) / "measured.json").read_text("utf-8")
    found: dict[str, list[list[list[int]]]] = json.loads(text)["palettes"]
    return tuple(
        (pack, tuple((r, g, b) for r, g, b in colours))
        for pack, rows in sorted(found.items())
        for colours in rows
    )


def sample_worn(dice: Dice) -> tuple[str, dict[str, RGB]]:
    """A measured palette, slightly changed: its pack and the colours of `WORN` tints.

    Packs come equally often, whatever the number of their palettes.
    """
    pack = dice.choice(sorted({name for name, _ in palettes()}))
    colours = list(dice.choice([c for name, c in palettes() if name == pack]))
    turn, lift = dice.about(0, 0.03), dice.between(0.92, 1.06)
    changed = [_changed(colour, turn, lift) for colour in colours]
    if dice.chance(0.3):
        dice.shuffle(changed)
    return pack, {tint: changed[i % len(changed)] for i, tint in enumerate(WORN)}


def _changed(colour: RGB, turn: float, lift: float) -> RGB:
    hue, saturation, value = colorsys.rgb_to_hsv(*(v / 255 for v in colour))
    r, g, b = colorsys.hsv_to_rgb((hue + turn) % 1.0, saturation, min(value * lift, 1.0))
    return round(r * 255), round(g * 255), round(b * 255)
