"""What a studio does before it opens: some paintings nobody asked for.

The first painting is then not slower than the others, and the memory that previews take is there
from the beginning instead of growing with the first dozens of them: the working memory of the
network at its largest, and that of the drafts in hand while it works.
"""

from __future__ import annotations

import io
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import product

import numpy as np

from style2color import image
from style2color.hints import Hints, Point
from style2color.image import Limits
from style2color.model import Model
from style2color.studio import examples
from style2color.studio.schemas import Palette
from style2color.studio.sessions import Stages
from style2color.studio.work import Order, Painted, encode, paint, read_reference, read_sketch

__all__ = ["rehearse"]

_CELLS = 24  # a side; the network looks at 256 regions together at most
_DABS = 8  # of different colours, each one more entry to choose from


def rehearse(model: Model, limits: Limits, side: int, readers: int) -> None:
    """Paint an example and the hardest previews of ``side`` pixels, while pictures are read in as
    many threads as ``readers``. Raises as `work.paint`."""
    first = examples.list_examples()[0].id
    drawn, colored = (
        examples.picture(first, part).read_bytes() for part in ("sketch", "reference")
    )
    example = read_sketch(drawn, limits, side)
    hardest = read_sketch(_lattice(side), limits, side)
    references = (read_reference(colored, limits, model.palette_entries),)
    in_hand: list[tuple[Painted, Stages]] = []
    stages = Stages()
    with ThreadPoolExecutor(readers) as threads:
        beside: list[Future[object]] = [
            threads.submit(read_reference, colored, limits, model.palette_entries)
            for _ in range(readers)
        ]
        for sketch, hints in product((example, hardest), (Hints(), _dabs())):
            order = Order("preview", sketch, references, hints, 0, Palette())
            stages = Stages(stages.painter, stages.references)
            painted, _ = paint(order, stages, model, limits, lambda step: None)
            in_hand.append((painted, stages))
        beside += [
            threads.submit(encode, painted, "png", "painting", limits) for painted, _ in in_hand
        ]
    for each in beside:
        each.result()


def _lattice(side: int) -> bytes:
    """A sketch of small squares, more than the network looks at together, as PNG."""
    page_HW = np.full((side, side), 255, np.uint8)
    cell = max(2, side // _CELLS)
    page_HW[::cell] = page_HW[:, ::cell] = 0
    buffer = io.BytesIO()
    image.save(page_HW, buffer, format="png")
    return buffer.getvalue()


def _dabs() -> Hints:
    """Dabs near the upper left corner, each in a colour of its own."""
    return Hints(tuple(Point(8 * at + 4, 8, 3, (32 * at, 128, 64)) for at in range(_DABS)))
