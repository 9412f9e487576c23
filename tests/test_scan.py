"""Scans: paper, shadow and coloured pencil go, the ink stays, whatever the light."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from style2color.cli import main
from style2color.errors import UsageError
from style2color.image import load
from style2color.scan import clean_scan, on_transparency

U8 = NDArray[np.uint8]


def _lines(size: int = 240) -> U8:
    """Opacity of some strokes, uint8 (S, S)."""
    picture = Image.new("L", (4 * size, 4 * size), 0)
    pen = ImageDraw.Draw(picture)
    for step in range(4):
        inset = (
            40 + 90 * step,
            60 + 70 * step,
            4 * size - 80 - 60 * step,
            4 * size - 50 - 80 * step,
        )
        pen.ellipse(inset, outline=255, width=14)
    pen.line((50, 900, 900, 100), 255, 12)
    return np.asarray(picture.resize((size, size), Image.Resampling.BOX))


def _scan(ink: U8, rng: np.random.Generator, pencil: tuple[int, int, int] | None) -> U8:
    """Ink on tinted, grainy, unevenly lit paper, over an under-drawing, as a blurred JPEG would."""
    height, width = ink.shape
    y, x = np.mgrid[:height, :width] / max(height, width)
    light = 0.72 + 0.25 * (0.6 * x + 0.4 * (1 - y))
    page = np.array([250, 244, 228]) * light[..., None]
    if pencil is not None:
        under = np.roll(ink[:, ::-1], 9, axis=0)[..., None] / 255 * 0.8
        page = page * (1 - under + under * np.array(pencil) / 255)
    page = page * (1 - ink[..., None] / 255 * 0.92) + rng.normal(0, 3, (height, width, 1))
    soft = Image.fromarray(np.clip(page, 0, 255).astype(np.uint8))
    return np.asarray(soft.filter(ImageFilter.GaussianBlur(0.6)))


def _found(clean: U8, ink: U8) -> tuple[float, float]:
    """Recall and precision with one pixel of slack."""
    made, true = clean > 96, ink > 128
    slack = ImageFilter.MaxFilter(3)

    def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.asarray(Image.fromarray(mask).convert("L").filter(slack)) > 0

    recall = (true & grown(made)).sum() / true.sum()
    return float(recall), float((made & grown(true)).sum() / max(1, made.sum()))


@pytest.mark.parametrize(
    "pencil", [None, (120, 160, 235), (235, 110, 100), (120, 205, 130)],
    ids=["ink", "blue", "red", "green"],
)  # fmt: skip
def test_ink_stays_and_all_else_goes(pencil: tuple[int, int, int] | None) -> None:
    ink = _lines()
    clean = clean_scan(_scan(ink, np.random.default_rng(3), pencil))
    recall, precision = _found(clean, ink)
    assert recall > 0.98
    assert precision > 0.98
    assert (clean[ink == 0] == 0).mean() > 0.95
    assert clean[ink == 255].mean() > 220


def test_pencil_can_be_kept() -> None:
    ink = _lines()
    scan = _scan(ink, np.random.default_rng(3), (70, 90, 200))
    kept, gone = clean_scan(scan, keep_pencil=True), clean_scan(scan)
    assert np.count_nonzero(kept > 64) > 1.3 * np.count_nonzero(gone > 64)


def test_specks_go_and_can_be_kept() -> None:
    ink = _lines()
    dirty = ink.copy()
    dirty[::24, ::24] = 255
    page = np.repeat(255 - dirty[..., None], 3, axis=2)
    clean = clean_scan(page)
    near = np.asarray(Image.fromarray(ink).filter(ImageFilter.MaxFilter(5)))[::24, ::24] > 0
    assert not clean[::24, ::24][~near].any()
    kept = clean_scan(page, speckle=0)
    assert (kept[::24, ::24] == 255).all()


@settings(max_examples=25, deadline=None)
@given(
    st.integers(90, 255), st.integers(0, 40), st.floats(0, 4), st.integers(0, 2**31),
    st.tuples(st.integers(8, 90), st.integers(8, 90)),
)  # fmt: skip
def test_blank_paper_has_no_ink(
    tone: int, fall: int, grain: float, seed: int, size: tuple[int, int]
) -> None:
    # Paper darkens over its width; what falls faster is an edge, and may be ink.
    slope = np.linspace(0, min(fall, size[1] / 2), size[1])[None, :, None]
    noise = np.random.default_rng(seed).normal(0, grain, (*size, 1))
    page = np.clip(tone - slope + noise, 0, 255).astype(np.uint8).repeat(3, axis=2)
    assert (clean_scan(page) > 0).mean() < 0.002


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
def test_any_picture_gives_ink_of_its_size(page: U8) -> None:
    clean = clean_scan(page)
    assert clean.shape == page.shape[:2]
    assert clean.dtype == np.uint8
    assert np.array_equal(clean, clean_scan(page[..., ::-1]))  # no channel is special


def test_clean_lines_stay_as_they_are() -> None:
    ink = _lines()
    page = np.repeat(255 - ink[..., None], 3, axis=2)
    clean = clean_scan(page)
    assert _found(clean, ink) == (1.0, 1.0)
    again = clean_scan(np.repeat(255 - clean[..., None], 3, axis=2))
    assert ((clean > 128) != (again > 128)).mean() < 0.002


def test_on_transparency() -> None:
    ink = _lines()
    rgba = on_transparency(ink)
    assert not rgba[..., :3].any()
    assert np.array_equal(rgba[..., 3], ink)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3))])
def test_wrong_calls(wrong: NDArray[np.generic]) -> None:
    with pytest.raises(UsageError, match="uint8"):
        clean_scan(wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="speckle"):
        clean_scan(np.zeros((4, 4, 3), np.uint8), speckle=-1)


def test_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ink = _lines()
    scan, out = tmp_path / "scan.jpg", tmp_path / "clean.png"
    picture = Image.fromarray(_scan(ink, np.random.default_rng(0), (120, 160, 235)))
    picture.save(scan, quality=88, dpi=(300, 300))
    assert main(["clean", str(scan), "-o", str(out)]) == 0
    made = Image.open(out)
    assert made.mode == "RGBA"
    assert round(made.info["dpi"][0]) == 300
    assert _found(np.asarray(made)[..., 3], ink)[0] > 0.97
    # What reads pictures on white sees the same lines.
    assert np.abs(load(out).gray().astype(int) - (255 - np.asarray(made)[..., 3])).max() <= 1
    assert main(["clean", str(scan), "-o", str(tmp_path / "clean.jpg")]) == 0
    assert Image.open(tmp_path / "clean.jpg").mode == "L"
    capsys.readouterr()
    assert main(["clean", str(scan), "-o", str(out), "--speckle", "-2"]) == 2
    assert "--speckle" in capsys.readouterr().err
