"""What is worn: thirty-two outfits by name, and who wears which."""

from __future__ import annotations

from dataclasses import dataclass

from .curves import Dice


@dataclass(frozen=True, slots=True)
class Outfit:
    """What is worn: the shapes and tints of each piece."""

    name: str
    top: str
    collar: str
    sleeve: str
    bottom: str
    legs: str
    shoes: str
    extra: tuple[str, ...] = ()


# name: (weights for others, for masculine figures, top, collar, sleeve, bottom, extras)
_OUTFITS: dict[str, tuple[float, float, str, str, str, str, tuple[str, ...]]] = {
    "sailor uniform": (12, 0, "blouse", "sailor", "cuffed", "pleated", ("bow",)),
    "summer sailor": (6, 0, "blouse", "sailor", "short", "pleated", ("bow",)),
    "blazer uniform": (8, 9, "jacket open", "lapel", "long", "auto", ("tie",)),
    "gakuran": (0, 6, "jacket", "stand", "long", "trousers", ("buttons",)),
    "shirt and tie": (4, 6, "shirt", "shirt", "rolled", "auto", ("tie",)),
    "cardigan": (6, 4, "cardigan", "shirt", "long", "auto", ("bow",)),
    "hoodie": (7, 9, "loose", "hood", "loose", "auto", ("strings",)),
    "t-shirt": (6, 9, "shirt plain", "round", "short", "auto", ("print",)),
    "sweater": (6, 5, "loose", "turtle", "loose", "auto", ("knit",)),
    "tank top": (4, 3, "tank", "straps", "none", "auto", ()),
    "kimono": (6, 4, "kimono", "crossed", "kimono", "robe", ("obi",)),
    "yukata": (4, 3, "kimono", "crossed", "kimono", "robe", ("obi", "flowers")),
    "dress": (8, 0, "bodice", "round", "puff", "flared", ("ribbon belt",)),
    "sundress": (6, 0, "bodice", "straps", "none", "flared", ()),
    "gothic dress": (5, 0, "bodice", "frill", "puff long", "flared", ("bow", "lace")),
    "maid": (6, 0, "bodice", "frill", "puff", "flared", ("apron", "bow")),
    "armour": (3, 4, "plate", "gorget", "plate", "auto", ("pauldrons",)),
    "leather jacket": (4, 5, "jacket open", "lapel", "long", "trousers", ()),
    "cloak": (3, 3, "tunic", "round", "long", "auto", ("cape", "clasp")),
    "witch robe": (3, 2, "tunic", "stand", "wide", "flared", ("cape", "clasp")),
    "military": (3, 4, "jacket", "stand", "long", "auto", ("buttons", "epaulettes", "belt")),
    "overalls": (4, 3, "shirt plain", "round", "short", "overalls", ()),
    "track suit": (3, 5, "jacket", "stand", "long", "trousers", ("zip", "stripes")),
    "shrine maiden": (3, 0, "kimono", "crossed", "kimono", "hakama", ()),
    "idol": (4, 0, "bodice", "frill", "short", "tiered", ("bow", "lace")),
    "swimsuit": (2, 0, "suit", "straps", "none", "none", ()),
    "coat": (4, 5, "coat", "lapel", "long", "coat", ("buttons", "belt")),
    "vest": (3, 4, "vest", "shirt", "long shirt", "auto", ("tie",)),
    "suit": (2, 6, "jacket open", "lapel", "long", "trousers", ("tie",)),
    "cheongsam": (4, 0, "bodice", "stand", "short", "narrow", ("frog",)),
    "scarf coat": (3, 3, "coat", "scarf", "long", "coat", ()),
    "martial arts": (2, 4, "kimono", "crossed", "rolled", "trousers", ("sash",)),
}


_OLD = ("kimono", "yukata", "cardigan", "sweater", "coat", "scarf coat", "suit", "cloak", "vest",
        "shirt and tie", "witch robe", "dress", "armour", "martial arts", "military",
        "overalls")  # fmt: skip


def sample_outfit(dice: Dice, masculine: bool, *, elder: bool = False) -> Outfit:
    """An outfit that suits the figure."""
    worn = {k: v[1] if masculine else v[0] for k, v in _OUTFITS.items() if not elder or k in _OLD}
    name = dice.pick(worn)
    _, _, top, collar, sleeve, bottom, extra = _OUTFITS[name]
    if bottom == "auto":
        bottom = (
            dice.pick({"trousers": 8, "shorts": 3})
            if masculine
            else dice.pick({"pleated": 6, "flared": 3, "trousers": 3, "shorts": 3, "narrow": 2})
        )
    legs = "skin" if bottom in ("trousers", "robe", "hakama", "overalls") else dice.pick(
        {"skin": 3, "tights": 2, "thigh high": 3, "knee socks": 3, "socks": 2}
    )  # fmt: skip
    shoes = dice.pick({"shoe": 5, "strap": 2, "boots": 4, "bare": 0.4})
    return Outfit(name, top, collar, sleeve, bottom, legs, shoes, extra)
