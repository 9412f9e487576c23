"""Who is on a picture of a pack, told from its file name; None for pictures that teach nothing.

The rules were written from contact sheets of the packs: the archives name one character in several
ways, and some pictures are frames, crests, pixel sprites or fragments of faces.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Label:
    """``character``: whose colours these are. ``family``: what must not be split apart."""

    character: str
    family: str


Labeller = Callable[[str, str | None], Label | None]

# Frames, crests and silhouettes among the portraits.
_DUELYST_NOISE = re.compile(
    r"border|unknown|boss_plate|_ring$|crest|speech_portrait_neutral$|general_boss_1"
)
# The bosses that were drawn; all others are enlarged pixel sprites.
_DUELYST_BOSSES = ("boreal_juggernaut", "calibero", "draugar", "portal_guardian", "rook",
                   "shinkage_zendo")  # fmt: skip
_DUELYST_FACTIONS = {"lyonar": "f1", "songhai": "f2", "vetruvian": "f3", "abyssian": "f4",
                     "magmar": "f5", "vanar": "f6"}  # fmt: skip
_DUELYST_BASIC = {"happy": "f1", "angry": "f2", "confused": "f3", "frustrated": "f4_purple",
                  "sad": "f5", "kiss": "f6"}  # fmt: skip
# Two portraits of the general of f6, and a close-up of a boss.
_DUELYST_OTHER_NAMES = {"faie": "f6", "vaath": "f6", "rooksquare": "rook", "tutorial1": "calibero"}
_DUELYST_SINGLES = ("hollowgrovekeeper", "iceblade_dryad", "ladylocke", "lightbender",
                    "lightchaser", "mechaz0r_cannon", "mechaz0r_chassis", "mechaz0r_helm",
                    "mechaz0r_sword", "mechaz0r_wings", "mechaz0r", "phalanxar", "primusfist",
                    "snowchaser", "zenrui")  # fmt: skip

_CLIPART_NOISE = re.compile(
    r"^transportation_(?!vehicles)|_vehicles_(cross|curve|cycle|parking|quay)|stickmen|symbol"
)
_VERSIONS = frozenset(
    {"red", "blue", "green", "yellow", "orange", "black", "brown", "pink", "purple", "white",
     "gray", "grey", "gold", "silver", "arancioni", "verdi", "vanilla", "chocolate", "lemon",
     "lime", "simple", "stylized", "new", "left", "right", "big", "small", "base"}
)  # fmt: skip
_SERIES_WORDS = {"unsorted": 2}
_MOODS = re.compile(
    r"_(mad|angry|concerned|glad|mentoring|defeated|large|happy|sad|surprised|worried|smiling"
    r"|excited|determined|concerned2|annoyed|shocked|hurt|scared|neutral|normal|grin|sigh)$"
)


def by_file(stem: str, character: str | None) -> Label:
    """Every picture a character of its own: the pack does not say who is who."""
    return Label(stem, stem)


def by_character(stem: str, character: str | None) -> Label:
    """The manifest's own character."""
    name = character or stem
    return Label(name, name)


def duelyst(stem: str, character: str | None) -> Label | None:
    """Generals ``f<faction>[_alt|_third]``, the drawn bosses, and single figures."""
    if _DUELYST_NOISE.search(stem):
        return None
    found = _duelyst_name(stem)
    if found is None:
        return None
    # The same drawings exist with purple and with teal hair.
    return Label(found, found.removesuffix("_purple"))


def _duelyst_name(stem: str) -> str | None:
    if match := re.match(r"emote_basic_([a-z]+)_2x", stem):
        return _DUELYST_BASIC[match[1]]
    if match := re.match(r"emote_(f\d)(?:_(alt|third|teal))?_", stem):
        faction, variant = match[1], match[2]
        if faction == "f4" and variant is None:
            return "f4_purple"
        return faction if variant in (None, "teal") else f"{faction}_{variant}"
    for boss in _DUELYST_BOSSES:
        if stem.endswith(("_" + boss, f"{boss}_portrait_image_hex", f"{boss}_versus_portrait")):
            return boss
    if stem == "emote_alpha_rook_2x":
        return "rook"
    for single in _DUELYST_SINGLES:
        if stem.startswith("emote_") and single in stem:
            return single
    if stem.startswith("emote_humblebundle_fog"):
        return "fog"
    if match := re.search(r"_(f\d)_?(alt|third)?$", stem):
        return "_".join(filter(None, match.groups()))
    if match := re.search(r"speech_portrait_([a-z]+?)(?:_side)?(alt|third)?$", stem):
        faction = _DUELYST_FACTIONS.get(match[1], "")
        return "_".join(filter(None, (faction, match[2]))) if faction else None
    return _DUELYST_OTHER_NAMES.get(stem.rsplit("_", 1)[-1])


def ltcrpg(stem: str, character: str | None) -> Label | None:
    """Drops the loose eyes, brows and mouths of ``suits``; an apron changes the colours."""
    if character == "suits" and not stem.startswith("suits_suits_base"):
        return None
    name = character or stem
    return Label(f"{name}_apron" if "_apron_" in stem else name, name)


def fungus(stem: str, character: str | None) -> Label:
    """Two characters, and the detective a second time as another actor."""
    name = stem.split("_", 1)[0]
    return Label("sherlock_other" if stem.startswith("sherlock_sherlock") else name, name)


def chibi(stem: str, character: str | None) -> Label:
    """A recoloured figure is another character but shares its lines, so they stay together."""
    name = character or stem
    return Label(name, name.removesuffix("r"))


def openclipart(stem: str, character: str | None) -> Label | None:
    """One picture, one character; numbered series stay together. Signs and stick men teach nothing.

    Of the traffic pictures only the vehicles stay: the signs are filed under many names.
    """
    if _CLIPART_NOISE.search(stem):
        return None
    words = re.sub(r"\d+", "", stem.removesuffix("_svg")).split("_")
    if "smilies" in words or "mateya" in words:  # one face, one label, filled in over and over
        return Label(stem, "smilies" if "smilies" in words else "mateya")
    # The first words say what it is, the others who drew it: colours and numbers set aside,
    # equal words are mostly one drawing in several versions.
    plain = [word for word in words if len(word) > 2 and word not in _VERSIONS]
    return Label(stem, "_".join(plain[: _SERIES_WORDS.get(words[0], 4)]))


def campaigns(stem: str, character: str | None) -> Label:
    """Campaign, then name; moods and enlargements of one person are one character."""
    name = re.sub(r"[_\d]+$", "", stem.removesuffix("_png"))
    while (shorter := _MOODS.sub("", name)) != name:
        name = shorter
    return Label(name, "_".join(name.split("_")[:2]))


def openmoji(hexcode: str, group: str, base: str) -> Label | None:
    """Skin tones share lines, so they are one family. Flags and symbols are no drawings.

    A quarter of the families is kept: they are many, alike, and only ever evaluated on.
    """
    if group in ("flags", "symbols", "component", "extras-unicode"):
        return None
    family = base or hexcode
    if hashlib.sha256(family.encode()).digest()[0] % 4:
        return None
    return Label(hexcode, family)


LABELLERS: dict[str, Labeller] = {
    "duelyst": duelyst,
    "openclipart": openclipart,
    "ltcrpg": ltcrpg,
    "fungus": fungus,
    "chibi": chibi,
    "snowy": by_character,
    "wesnoth_campaigns": campaigns,
}
