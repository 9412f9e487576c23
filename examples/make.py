"""Draws examples/sketch.png and examples/reference.png: one character of our own atelier, twice.

Run by `make examples`, after a change of the atelier. The sketch is the exact line art of one
shot, the reference the painted picture of another.
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from style2color.data.atelier import draw

HERE = Path(__file__).parent
# Far from the seeds that training draws, so that the embedded model has not seen her.
SEED = 5_000_000
SKETCH_SHOT, REFERENCE_SHOT = 1, 0
SIZE, PEN = 768, 2


def main() -> None:
    sketch = draw(SEED, SIZE, shot=SKETCH_SHOT, ink=PEN)
    reference = draw(SEED, SIZE, shot=REFERENCE_SHOT, ink=PEN)
    Image.fromarray(sketch.line).save(HERE / "sketch.png", optimize=True)
    Image.fromarray(reference.composite).save(HERE / "reference.png", optimize=True)


if __name__ == "__main__":
    main()
