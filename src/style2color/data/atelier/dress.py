"""Dressing a figure: the order in which its clothes are put on."""

from __future__ import annotations

from .collars import draw_collar
from .skirts import draw_legs, draw_skirt, draw_trousers
from .sleeves import draw_sleeves
from .tailor import Tailor
from .tops import draw_top
from .trimmings import chest_bow, chest_print, clasp, epaulettes, pauldrons, strings, tie, zip_tag
from .wraps import apron, belt, draw_bib, draw_cape, obi, ribbon_belt, sash


def dress(tailor: Tailor) -> None:
    """Draws the whole clothed body below the neck."""
    outfit = tailor.outfit
    draw_legs(tailor)
    top_tint, bottom_tint = "cloth1", "cloth2"
    if outfit.name in ("dress", "sundress", "gothic dress", "maid", "idol", "cheongsam",
        "witch robe", "kimono", "yukata",
                       "coat", "scarf coat", "track suit", "suit", "gakuran",
                       "swimsuit"):  # fmt: skip
        bottom_tint = "cloth1"
    if outfit.top in ("blouse", "shirt"):
        top_tint, bottom_tint = "shirt", "cloth1"
    if outfit.name == "shrine maiden":
        top_tint, bottom_tint = "shirt", "cloth1"
    if outfit.bottom in ("trousers", "shorts"):
        draw_trousers(tailor, bottom_tint, outfit.bottom == "shorts")
    elif outfit.bottom == "overalls":
        draw_trousers(tailor, "cloth2", False)
    elif outfit.bottom == "coat":
        draw_trousers(tailor, "cloth2", False)
        draw_skirt(tailor, "cloth1", "coat")
    elif outfit.bottom != "none":
        draw_skirt(tailor, bottom_tint, outfit.bottom)
    if "cape" in outfit.extra:
        draw_cape(tailor)
    draw_top(tailor, top_tint)
    draw_collar(tailor, top_tint)
    draw_sleeves(tailor, {"vest": "shirt"}.get(outfit.top, top_tint))
    for extra in outfit.extra:
        draw = _EXTRAS.get(extra)
        if draw is not None:
            draw(tailor)
    if outfit.bottom == "overalls":
        draw_bib(tailor)


_EXTRAS = {
    "bow": chest_bow, "tie": tie, "strings": strings, "print": chest_print, "obi": obi,
    "sash": sash, "belt": belt, "ribbon belt": ribbon_belt, "apron": apron, "clasp": clasp,
    "pauldrons": pauldrons, "epaulettes": epaulettes, "zip": zip_tag,
}  # fmt: skip
