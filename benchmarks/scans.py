"""How well `style2color clean` finds the ink of a scan.

    python benchmarks/scans.py [--drawings 16] [--size 768]

Scans are made from lines the atelier drew: tinted paper with texture and fall-off of the light,
an under-drawing of the same hand in coloured pencil, dust, blur, JPEG. Told are recall and
precision of the ink with one pixel of slack, beside those of a threshold by Otsu.
"""

from __future__ import annotations

import argparse
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from style2color.data.atelier import draw
from style2color.lines import binarize
from style2color.scan import clean_scan

U8 = NDArray[np.uint8]
FIRST_SEED = 5_001_100
PENCILS = {
    "no pencil": None, "blue pencil": (120, 160, 235), "red pencil": (235, 110, 100),
    "green pencil": (120, 205, 130),
}  # fmt: skip


def texture(rng: np.random.Generator, size: int, cells: int) -> NDArray[np.float32]:
    """Smooth noise about 0, (S, S)."""
    coarse = Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC))


def scan(line: U8, under: U8, pencil: tuple[int, int, int] | None, seed: int) -> U8:
    """A scan of line art, uint8 (S, S), over an under-drawing: uint8 (S, S, 3)."""
    rng = np.random.default_rng(seed)
    size = len(line)
    light = 0.82 + 0.10 * texture(rng, size, 3).clip(-1.5, 1.5)
    fibre = 1 + 0.012 * texture(rng, size, size // 4) + 0.008 * texture(rng, size, size // 16)
    page = np.array([252, 246, 232]) * (light * fibre)[..., None]
    if pencil is not None:
        strength = (1 - under[..., None] / 255) * rng.uniform(0.6, 0.9)
        page = page * (1 - strength + strength * np.array(pencil) / 255)
    page = page * (1 - (1 - line[..., None] / 255) * rng.uniform(0.8, 0.95))
    dust = rng.integers(0, size, (60, 2))
    page[dust[:, 0], dust[:, 1]] = 60
    page += rng.normal(0, 2.5, (size, size, 3))
    soft = Image.fromarray(page.clip(0, 255).astype(np.uint8))
    stream = io.BytesIO()
    soft.filter(ImageFilter.GaussianBlur(0.7)).save(stream, "JPEG", quality=85)
    return np.asarray(Image.open(stream))


def found(made: NDArray[np.bool_], true: NDArray[np.bool_]) -> tuple[float, float]:
    """Recall and precision with one pixel of slack."""

    def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        wide = Image.fromarray(mask).convert("L").filter(ImageFilter.MaxFilter(3))
        return np.asarray(wide) > 0

    recall = (true & grown(made)).sum() / max(1, true.sum())
    return float(recall), float((made & grown(true)).sum() / max(1, made.sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drawings", type=int, default=16)
    parser.add_argument("--size", type=int, default=768)
    options = parser.parse_args()
    drawn = []
    for seed in range(FIRST_SEED, FIRST_SEED + options.drawings):
        line = draw(seed, options.size, ink=seed - FIRST_SEED).line
        drawn.append((line, draw(seed, options.size, shot=1).line))
    print("| scan | recall | precision | F1 | Otsu: recall | precision | F1 |")
    print("|---|---|---|---|---|---|---|")
    for name, pencil in PENCILS.items():
        rows = []
        for number, (line, under) in enumerate(drawn):
            page = scan(line, under, pencil, number)
            true = line < 128
            ours = found(clean_scan(page) > 96, true)
            gray = np.asarray(Image.fromarray(page).convert("L"))
            rows.append((*ours, *found(binarize(gray) < 128, true)))
        r, p, other_r, other_p = np.mean(rows, axis=0).tolist()
        print(
            f"| {name} | {r:.3f} | {p:.3f} | {2 * r * p / (r + p):.3f} | {other_r:.3f} | "
            f"{other_p:.3f} | {2 * other_r * other_p / (other_r + other_p):.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
