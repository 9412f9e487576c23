"""Colours: harmonies, hair, eyes and skins of the world, and how each falls into shade."""

from __future__ import annotations

import colorsys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from .curves import Dice
from .measured import RGB, sample_worn

_MEASURED = 0.35
"""Share of figures that wear a palette measured in the packs instead of a harmony."""

SKINS: dict[str, tuple[RGB, RGB]] = {
    # name: (base, what its shadow multiplies by)
    "porcelain": ((255, 240, 230), (242, 200, 200)),
    "fair": ((255, 230, 212), (240, 190, 180)),
    "peach": ((252, 219, 194), (236, 183, 165)),
    "sand": ((240, 200, 165), (226, 176, 158)),
    "honey": ((222, 175, 132), (216, 166, 146)),
    "tan": ((201, 150, 108), (208, 158, 140)),
    "umber": ((160, 110, 78), (198, 148, 138)),
    "cocoa": ((122, 82, 60), (188, 140, 136)),
    "ebony": ((90, 60, 48), (180, 136, 140)),
}
_SKIN_WEIGHTS = {
    "porcelain": 18, "fair": 32, "peach": 22, "sand": 8, "honey": 6,
    "tan": 5, "umber": 4, "cocoa": 3, "ebony": 2,
}  # fmt: skip
HAIRS: dict[str, tuple[float, float, float, float, float, float]] = {
    # name: hue, saturation and value, each low to high, in HSV
    "black": (0.60, 0.75, 0.10, 0.35, 0.16, 0.28),
    "brown": (0.04, 0.08, 0.40, 0.65, 0.30, 0.55),
    "chestnut": (0.02, 0.05, 0.45, 0.70, 0.40, 0.60),
    "blonde": (0.10, 0.14, 0.35, 0.62, 0.86, 1.00),
    "silver": (0.55, 0.72, 0.03, 0.14, 0.80, 0.95),
    "white": (0.08, 0.16, 0.01, 0.07, 0.94, 1.00),
    "red": (-0.02, 0.02, 0.60, 0.85, 0.65, 0.90),
    "orange": (0.04, 0.07, 0.60, 0.80, 0.88, 1.00),
    "pink": (0.92, 0.97, 0.28, 0.55, 0.92, 1.00),
    "purple": (0.73, 0.80, 0.30, 0.60, 0.50, 0.90),
    "blue": (0.56, 0.66, 0.40, 0.75, 0.50, 0.95),
    "aqua": (0.47, 0.54, 0.35, 0.65, 0.75, 0.95),
    "green": (0.28, 0.42, 0.30, 0.60, 0.45, 0.85),
    "grey": (0.55, 0.72, 0.02, 0.10, 0.52, 0.74),
}
_HAIR_WEIGHTS = {
    "black": 13, "brown": 13, "chestnut": 7, "blonde": 13, "silver": 8, "white": 5, "red": 7,
    "orange": 5, "pink": 8, "purple": 7, "blue": 8, "aqua": 4, "green": 4, "grey": 2,
}  # fmt: skip
_GREY_WEIGHTS = {"grey": 5, "silver": 4, "white": 4, "black": 1, "brown": 1}


def hsv(h: float, s: float, v: float) -> RGB:
    """HSV, each 0..1 (hue wraps), as 8-bit RGB."""
    r, g, b = colorsys.hsv_to_rgb(h % 1.0, min(max(s, 0.0), 1.0), min(max(v, 0.0), 1.0))
    return round(r * 255), round(g * 255), round(b * 255)


def _mix(a: RGB, b: RGB, share: float) -> RGB:
    return (
        round(a[0] + (b[0] - a[0]) * share),
        round(a[1] + (b[1] - a[1]) * share),
        round(a[2] + (b[2] - a[2]) * share),
    )


@dataclass(frozen=True, slots=True)
class Style:
    """How the paint goes on: depth and steps of shadow, softness, light, rim, gradients."""

    name: str = "cel"
    shadow: float = 1.0
    steps: int = 1
    soft: float = 0.0
    light: float = 1.0
    rim: bool = False
    gradients: bool = True


@dataclass(slots=True)
class Palette:
    """Tints by name, the shadow colour each multiplies by, and the style of painting."""

    style: Style
    tints: dict[str, RGB]
    shades: dict[str, RGB]
    facts: dict[str, str] = field(default_factory=dict)

    def colour(self, tint: str) -> RGB:
        """The flat colour of a tint; the empty name is the paper."""
        return self.tints[tint]

    def shade(self, tint: str, strength: float) -> RGB:
        """What the shadow layer multiplies by: white at strength 0, the full shade at 1."""
        shade = self.shades[tint]
        if strength <= 1:
            return _mix((255, 255, 255), shade, strength)
        deep = _mix(shade, (70, 55, 90), 0.45)
        return _mix(shade, deep, min(strength - 1, 1.0))

    def light(self, tint: str, strength: float) -> RGB:
        """What the highlight layer screens with: black at strength 0."""
        base = self.tints[tint]
        lifted = _mix(base, (255, 255, 255), 0.6)
        return _mix((0, 0, 0), lifted, min(0.75 * strength, 1.0))

    def line(self, tint: str, coloured: float) -> RGB:
        """The ink over a region: black, or the region's own colour darkened."""
        r, g, b = self.tints.get(tint, (60, 60, 60))
        dark = (round(r * 0.42), round(g * 0.30), round(b * 0.34))
        return _mix((0, 0, 0), dark, coloured)


def _harmony(dice: Dice) -> tuple[str, list[float]]:
    """A colour harmony: its name and the hues garments are dipped in."""
    name = dice.pick(
        {"analogous": 26, "complement": 18, "split": 16, "triad": 14, "mono": 14, "square": 12}
    )
    h = dice.random()
    spread = {
        "analogous": [0, 0.07, -0.07, 0.12], "complement": [0, 0.5, 0.04, 0.54],
        "split": [0, 0.42, 0.58, 0.03], "triad": [0, 1 / 3, 2 / 3, 0.05],
        "mono": [0, 0.01, -0.02, 0.02], "square": [0, 0.25, 0.5, 0.75],
    }[name]  # fmt: skip
    return name, [h + s for s in spread]


def _cloth(dice: Dice, hue: float) -> RGB:
    """One cloth colour: pale, bright, deep, earthy or close to neutral."""
    kind = dice.pick({"pale": 20, "bright": 22, "deep": 24, "earth": 12, "grey": 8, "vivid": 14})
    if kind == "pale":
        return hsv(hue, dice.between(0.08, 0.3), dice.between(0.88, 1.0))
    if kind == "bright":
        return hsv(hue, dice.between(0.4, 0.65), dice.between(0.75, 0.98))
    if kind == "deep":
        return hsv(hue, dice.between(0.4, 0.75), dice.between(0.22, 0.5))
    if kind == "earth":
        return hsv(dice.between(0.03, 0.14), dice.between(0.25, 0.55), dice.between(0.4, 0.8))
    if kind == "grey":
        return hsv(hue, dice.between(0.0, 0.12), dice.between(0.25, 0.8))
    return hsv(hue, dice.between(0.7, 0.95), dice.between(0.7, 1.0))


def _neutral(dice: Dice) -> RGB:
    if dice.chance(0.6):
        return hsv(dice.between(0.05, 0.65), dice.between(0, 0.06), dice.between(0.93, 1.0))
    return hsv(dice.between(0.55, 0.75), dice.between(0.1, 0.35), dice.between(0.14, 0.3))


def _hair(dice: Dice, weights: Mapping[str, float] = _HAIR_WEIGHTS) -> tuple[str, RGB]:
    name = dice.pick(weights)
    a, b, c, d, e, f = HAIRS[name]
    return name, hsv(dice.between(a, b), dice.between(c, d), dice.between(e, f))


def sample_style(dice: Dice) -> Style:
    """Flat, cel with one or two shadows, soft, or cel with a rim light."""
    name = dice.pick({"flat": 10, "cel": 46, "deep cel": 18, "soft": 14, "rim": 12})
    return Style(
        name=name,
        shadow=0.0 if name == "flat" else dice.between(0.7, 1.15),
        steps=2 if name == "deep cel" else 1,
        soft=dice.between(0.05, 0.1) if name == "soft" else 0.0,
        light=dice.between(0.5, 1.0) if name != "flat" or dice.chance(0.5) else 0.0,
        rim=name == "rim",
    )


def sample_palette(
    dice: Dice, style: Style, prefixes: tuple[str, ...], scenery: bool, elders: Collection[str] = ()
) -> Palette:
    """Colours for every tint of the figures named by `prefixes` and of the background."""
    tints: dict[str, RGB] = {"": (255, 255, 255)}
    facts: dict[str, str] = {}
    harmony, hues = _harmony(dice)
    for prefix in prefixes:
        if prefix:
            harmony, hues = _harmony(dice)
        own, chosen = _figure(dice, hues, prefix in elders)
        if dice.chance(_MEASURED):
            pack, worn = sample_worn(dice)
            own |= worn
            harmony = f"measured {pack}"
        facts |= {prefix + k: v for k, v in chosen.items()}
        tints |= {prefix + k: v for k, v in own.items()}
        facts[prefix + "harmony"] = harmony
    for i in range(1, 7):
        tints[f"scene{i}"] = _mix(_cloth(dice, hues[i % 4]), (255, 255, 255), 0.35)
    day = dice.pick({"day": 5, "dusk": 2, "night": 1})
    tints["sky"] = {
        "day": hsv(dice.between(0.52, 0.6), dice.between(0.2, 0.5), dice.between(0.9, 1)),
        "dusk": hsv(dice.between(0.02, 0.09), dice.between(0.3, 0.55), dice.between(0.9, 1)),
        "night": hsv(dice.between(0.6, 0.7), dice.between(0.5, 0.7), dice.between(0.25, 0.45)),
    }[day]
    tints["cloud"] = _mix(tints["sky"], (255, 255, 255), 0.8)
    tints["leaf"] = hsv(dice.between(0.22, 0.4), dice.between(0.3, 0.65), dice.between(0.45, 0.85))
    tints["wood"] = hsv(dice.between(0.05, 0.1), dice.between(0.3, 0.6), dice.between(0.4, 0.8))
    cool = dice.between(0.62, 0.78)
    haze = hsv(cool, dice.between(0.12, 0.3), dice.between(0.72, 0.84))
    shades = {name: _shadow(rgb, haze) for name, rgb in tints.items()}
    for prefix in prefixes:
        shades[prefix + "skin"] = SKINS[facts[prefix + "skin"]][1]
        shades[prefix + "blush"] = (250, 165, 160)
        shades[prefix + "sclera"] = (205, 205, 228)
    palette = Palette(style, tints, shades, facts)
    if scenery and dice.chance(0.5):
        palette.tints[""] = _mix(_cloth(dice, hues[1]), (255, 255, 255), 0.55)
    return palette


def _shadow(rgb: RGB, haze: RGB) -> RGB:
    """Shadows lean to the haze, and towards the colour itself so that they stay lively."""
    high = max(rgb) or 1
    pure = (rgb[0] * 255 // high, rgb[1] * 255 // high, rgb[2] * 255 // high)
    tinted = _mix((255, 255, 255), pure, 0.32)
    return (
        haze[0] * tinted[0] // 255,
        haze[1] * tinted[1] // 255,
        haze[2] * tinted[2] // 255,
    )


def _figure(dice: Dice, hues: list[float], elder: bool) -> tuple[dict[str, RGB], dict[str, str]]:
    """The tints of one figure and what was chosen for it, by name."""
    skin = dice.pick(_SKIN_WEIGHTS)
    hair_name, hair = _hair(dice, _GREY_WEIGHTS if elder else _HAIR_WEIGHTS)
    tints: dict[str, RGB] = {"skin": SKINS[skin][0], "hair": hair}
    tints["hair2"] = _hair(dice)[1] if dice.chance(0.6) else _mix(hair, (255, 255, 255), 0.4)
    eye_hue = dice.random()
    eye_kind = dice.pick({"brown": 24, "blue": 22, "green": 16, "red": 10, "gold": 12, "any": 16})
    eye_hue = {"brown": 0.06, "blue": 0.58, "green": 0.36, "red": 0.98, "gold": 0.12}.get(
        eye_kind, eye_hue
    ) + dice.about(0, 0.03)
    saturation = dice.between(0.5, 0.9)
    value = dice.between(0.35, 0.6) if eye_kind == "brown" else dice.between(0.55, 0.95)
    tints["iris"] = hsv(eye_hue, saturation, value)
    tints["iris2"] = (
        hsv(eye_hue + dice.about(0.0, 0.4), saturation, value)
        if dice.chance(0.06)
        else tints["iris"]
    )
    tints["pupil"] = _mix(tints["iris"], (20, 10, 30), 0.75)
    tints["sclera"] = (255, 255, 255) if dice.chance(0.7) else (244, 246, 252)
    tints["catchlight"] = (255, 255, 255)
    tints["lash"] = _mix(hair, (30, 20, 25), 0.75)
    tints["brow"] = _mix(hair, (40, 25, 25), 0.35)
    tints["mouth"] = _mix((205, 90, 90), (140, 50, 60), dice.random())
    tints["tongue"] = (240, 140, 140)
    tints["teeth"] = (255, 255, 255)
    tints["blush"] = tints["skin"]
    for name, hue in zip(("cloth1", "cloth2", "cloth3"), hues, strict=False):
        tints[name] = _cloth(dice, hue)
    if dice.chance(0.45):
        tints["cloth2"] = _neutral(dice)
    if dice.chance(0.25):
        tints["cloth1"] = _neutral(dice)
    tints["shirt"] = _neutral(dice) if dice.chance(0.75) else _cloth(dice, hues[2])
    tints["trim"] = _cloth(dice, hues[dice.randrange(4)])
    tints["accent"] = hsv(hues[2] + dice.about(0, 0.05), dice.between(0.6, 0.95), 0.9)
    tints["legs"] = _neutral(dice) if dice.chance(0.5) else _cloth(dice, hues[3])
    tints["shoes"] = _cloth(dice, dice.between(0.02, 0.1)) if dice.chance(0.5) else _neutral(dice)
    gold = dice.chance(0.6)
    tints["metal"] = (
        hsv(0.12, dice.between(0.4, 0.6), 0.92) if gold else hsv(0.6, 0.06, dice.between(0.7, 0.9))
    )
    tints["fur"] = hair if dice.chance(0.75) else _hair(dice)[1]
    tints["fur2"] = _mix(tints["fur"], (255, 225, 220), 0.65)
    tints["prop"] = _cloth(dice, dice.random())
    facts = {"skin": skin, "hair colour": hair_name, "eye colour": eye_kind}
    return tints, facts
