"""Semantic classes of the atelier's regions: what a network can learn of names, for free.

The atelier names every region it draws. Real drawings have no such names, so the classes are few
and coarse enough to be told on them too: what a reader of anime would call by one word.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

U8 = NDArray[np.uint8]

CLASSES = (
    "unknown",
    "background",
    "skin",
    "hair",
    "iris",
    "eye white",
    "mouth",
    "garment",
    "collar",
    "trousers",
    "skirt",
    "legwear",
    "shoes",
    "headwear",
    "trim",
    "animal",
    "prop",
)
"""Names of the ids; id 0 says that nothing is known, and pictures without names are all of it."""
UNKNOWN, BACKGROUND = 0, 1
LIT = 128
"""Added to the id of a pixel on which a highlight lies."""
SHADED = 64
"""Added to the id of a pixel on which a shadow lies."""
FINE = 32
"""Added to the id where a hand, an ear or a foot is: skin in small pieces, easily overlooked."""
NAME = FINE - 1
"""Mask of the id alone."""
_BRIGHT = 24  # levels of a screened highlight that count as one
_DIM = 237  # levels of a multiplied shadow at which it counts as one

_NAMES = {
    "background": "background backdrop sky wall floor building hill cloud road pane window "
    "window_frame curtain shelf books seat disc disc_heart star halo",
    "skin": "face neck arm hand leg foot ear",
    "hair": "brow lash beard",
    "iris": "iris pupil",
    "eye white": "sclera catchlight teeth",
    "mouth": "mouth tongue",
    "collar": "collar shirt_collar lapel scarf hood",
    "trousers": "trousers overalls",
    "skirt": "skirt",
    "legwear": "sock tights",
    "shoes": "boot shoe",
    "headwear": "hat cap cap_peak beret crown headdress headphones hat_band",
    "trim": "belt bow braid_cord buckle button clasp collar_stripe cuff earring epaulette glove "
    "hair_band hair_clip hair_ribbon hair_tie hem jewel obi obi_cord pocket print sash "
    "skirt_frill skirt_lace skirt_trim strap tie zip face_mark",
    "animal": "animal_ear inner_ear horn tail tail_tip wing",
    "prop": "bag bag_flap balloon blade book cup cup_rim flower flower_heart guard hilt pages "
    "phone screen wand",
}
_FINE = ("hand", "ear", "foot")
_IDS = {
    name.replace("_", " "): CLASSES.index(kind)
    for kind, names in _NAMES.items()
    for name in names.split()
}


def class_of(name: str) -> int:
    """The class of a region's name in the atelier; everything else that is worn is a garment.

    "2 " before a name marks the second figure, " pattern" after it what is printed on cloth.
    """
    plain = name.removeprefix("2 ").removesuffix(" pattern")
    if not plain:
        return UNKNOWN
    if plain.startswith("hair ") and plain not in _IDS:
        return CLASSES.index("hair")
    return _IDS.get(plain, CLASSES.index("garment"))


def class_map(regions_HW: U8, names: Mapping[int, str], highlight_HW3: U8, shadow_HW3: U8) -> U8:
    """Region ids of a picture, uint8 (H, W), their names, the highlights screened onto it and the
    shadows multiplied, uint8 (H, W, 3) → ids into `CLASSES`, plus `FINE` for hands, ears and feet,
    `LIT` where a highlight lies and `SHADED` where a shadow does."""
    table = np.zeros(256, np.uint8)
    for number, name in names.items():
        table[number] = class_of(name) | FINE * (name.removeprefix("2 ") in _FINE)
    classes: U8 = table[regions_HW]
    classes[highlight_HW3.max(axis=2) >= _BRIGHT] |= LIT
    classes[shadow_HW3.mean(axis=2) <= _DIM] |= SHADED
    return classes
