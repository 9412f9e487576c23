"""Which tone coloured lines should have: PSNR of the embedded model's paintings by `tint.TONE`
and `tint.VIVID`.

Fitted on the packs' drawings for training, so that the evaluation on held-out ones stays blind to
it. Prints mean PSNR by kind of lines and source for black lines and for every tone,
the two numbers of TONE and that of VIVID.

Run: python benchmarks/tint.py --store cache/train-288 [--limit 20] [--lines binarized soft]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

from style2color.colorizer import Colorizer
from style2color.data.store import Store
from style2color.evaluate.drawings import Drawing
from style2color.evaluate.metrics.structure import psnr
from style2color.evaluate.splits import make_cases
from style2color.painting import tint
from style2color.painting.drafts import tinted

STARTS, SLOPES = (0.08, 0.12, 0.16, 0.2), (0.1, 0.2, 0.3, 0.4, 0.5)
VIVIDS = (1.0, 1.25, 1.75, 2.0)
TONES = [((start, slope), tint.VIVID) for start in STARTS for slope in SLOPES] + [
    (tint.TONE, np.float32(vivid)) for vivid in VIVIDS
]


def shrunk(rgb: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(Image.fromarray(rgb).resize((side, side), Image.Resampling.BOX))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--lines", nargs="+", default=["binarized", "soft"])
    options = parser.parse_args()
    store = Store.open(options.store)
    drawings = [
        Drawing(row.id, row.source, row.character, shrunk(store.picture(number), options.size))
        for number, row in enumerate(store.rows)
    ]
    painter = Colorizer()
    for kind in options.lines:
        found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for case in make_cases(drawings, "cross", kind, options.limit, 0):
            painting = painter.set_reference(case.reference).colorize(case.lines)
            pictures = {"black": painting.rgb}
            for (start, slope), vivid in TONES:
                tint.TONE, tint.VIVID = (start, slope), vivid
                pictures[f"{start:.2f} {slope:.1f} {vivid:.2f}"] = tinted(painting).rgb
            for name, picture in pictures.items():
                value = float(psnr(picture[None], case.target[None])[0])
                for source in (case.source, "all"):
                    found[name][source].append(value)
        sources = sorted(found["black"], key=lambda source: (source == "all", source))
        print(f"\n{kind} lines\n{'tone':16}" + "".join(f"{source:>12}" for source in sources))
        for name, values in found.items():
            print(f"{name:16}" + "".join(f"{np.mean(values[s]):12.2f}" for s in sources))


if __name__ == "__main__":
    main()
