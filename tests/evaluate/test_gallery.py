"""Galleries: every case in its cell, nothing picked, on drawings made for the test."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from style2color.cli import main
from style2color.errors import OutputError, UsageError
from style2color.evaluate.gallery import drawn_characters, paint_gallery
from style2color.evaluate.splits import make_cases
from style2color.image import load

from .pictures import Array8
from .scenes import cast


class _Wash:
    """One even colour: WebP keeps it as it is."""

    name = "wash"

    def paint(self, lines: Array8, reference: Array8 | None) -> Array8:
        assert reference is not None
        return np.broadcast_to(reference.mean((0, 1)).astype(np.uint8), (*lines.shape, 3)).copy()


def test_a_sheet_shows_every_case_as_it_was_given_and_painted(tmp_path: Path) -> None:
    painter, steps = _Wash(), []
    cases = make_cases(cast(256), "cross", "binarized", 12, 0)[:10] * 2
    sheets = paint_gallery(
        painter, cases[:12], tmp_path / "new", {"seed": "0"}, step=lambda: steps.append(1)
    )
    assert [sheet.name for sheet in sheets] == ["gallery-01.webp", "gallery-02.webp"]
    document = json.loads((tmp_path / "new" / "gallery.json").read_text("utf-8"))
    assert [e["case"] for e in document["entries"]] == [c.name for c in cases[:12]]
    assert [(e["sheet"], e["row"]) for e in document["entries"]][9:] == [(1, 10), (2, 1), (2, 2)]
    assert len(steps) == 12
    case, pixels = cases[10], load(sheets[1]).rgb[:256].astype(int)
    sketch, reference, painted, original = (
        pixels[:, 262 * column : 262 * column + 256] for column in range(4)
    )
    assert case.reference is not None
    for shown, given in (
        (sketch, case.lines[..., None]),
        (reference, case.reference),
        (painted, painter.paint(case.lines, case.reference)),
        (original, case.target),
    ):
        assert np.abs(shown - given.astype(int)).mean() < 4


def test_drawn_characters_have_two_shots_and_exact_lines() -> None:
    drawings = drawn_characters(2, 96, 5_000_000)
    assert [d.character for d in drawings] == ["atelier/5000000"] * 2 + ["atelier/5000001"] * 2
    assert all(d.lines is not None and d.lines.shape == (96, 96) for d in drawings)
    assert not np.array_equal(drawings[0].rgb, drawings[1].rgb)
    with pytest.raises(UsageError, match="--count"):
        drawn_characters(0, 96, 0)


def test_command_with_the_embedded_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gallery"
    call = ["gallery", "--drawn", "--count", "2", "--seed", "5000000", "--out", str(out)]
    assert main(call) == 0
    assert "2 pictures on 1 sheets" in capsys.readouterr().out
    assert json.loads((out / "gallery.json").read_text("utf-8"))["about"]["seed"] == "5000000"
    tinted = tmp_path / "tinted"
    assert main([*call[:-1], str(tinted), "--colored-lines"]) == 0
    black, colored = (load(folder / "gallery-01.webp").rgb.astype(int) for folder in (out, tinted))
    changed = np.abs(black - colored).mean((0, 2))
    assert changed[530:780].mean() > 1 > 0.2 > changed[:515].mean()  # the painting and no sketch
    assert main(["gallery", "--drawn", "--split", "best"]) == UsageError.exit_code
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main([*call[:-1], str(blocked)]) == OutputError.exit_code
