"""Closed regions in doubt: a mixture, unless the reference is flat."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from tests.runtime.tiny_model import write_model

from style2color.colorizer import Colorizer
from style2color.painting.drafts import Draft, finish


def in_doubt(draft: Draft) -> list[int]:
    """The colour of the box if nothing spoke for any of the colours."""
    assert draft.opinion is not None
    torn = replace(draft, logits=0 * draft.logits, opinion=0 * draft.opinion)
    color: list[int] = finish(torn).flat[50, 50].tolist()
    return color


def test_a_flat_reference_has_no_mixtures(tmp_path: Path) -> None:
    box = np.full((100, 100), 255, np.uint8)
    box[20:80, 20:80] = 0
    box[23:77, 23:77] = 255
    reference = np.empty((64, 64, 3), np.uint8)
    reference[:, :32], reference[:, 32:] = (220, 60, 60), (60, 80, 220)
    painter = Colorizer(write_model(tmp_path / "tiny")).set_reference(reference)
    flat = painter.draft(box)
    assert in_doubt(flat) in flat.colors.tolist()
    assert in_doubt(replace(flat, unmixed=False)) not in flat.colors.tolist()

    shaded = reference.copy()
    shaded[16:32] = shaded[16:32] * 0.75
    lit = painter.set_reference(shaded).draft(box)
    assert in_doubt(lit) not in lit.colors.tolist()
    for several in ([reference, shaded], None):
        assert not painter.set_reference(several).draft(box).unmixed
