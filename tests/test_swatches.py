"""Swatch files in, named palettes out, and a palette that is locked."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from style2color.cli import main
from style2color.errors import SwatchError, UsageError
from style2color.hints import Hints
from style2color.swatches import lock_hints, nearest, parse, read, to_gpl

U8 = NDArray[np.uint8]
HEADS = {
    ".gpl": b"GIMP Palette\n",
    ".ase": b"ASEF\x00\x01\x00\x00\x00\x00\x00\x09",
    ".aco": b"\x00\x02\x00\x03",
}


def ase(*colors: tuple[bytes, tuple[float, ...]]) -> bytes:
    """A swatch exchange file of these colours in one group."""
    title = "gr\0".encode("utf-16-be")
    blocks = [struct.pack(">HIH", 0xC001, 2 + len(title), 3) + title]
    for model, values in colors:
        body = struct.pack(">H", 2) + "a\0".encode("utf-16-be") + model
        body += struct.pack(f">{len(values)}fH", *values, 2)
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    blocks.append(struct.pack(">HI", 0xC002, 0))
    return b"ASEF" + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def aco(version: int, *colors: tuple[int, ...]) -> bytes:
    data = struct.pack(">HH", version, len(colors))
    for color in colors:
        data += struct.pack(">H4H", *color)
        if version == 2:
            data += struct.pack(">I", 2) + "a\0".encode("utf-16-be")
    return data


def test_a_list_keeps_its_order_and_drops_twins() -> None:
    assert read("#FF8800, #102030,#ff8800").tolist() == [[255, 136, 0], [16, 32, 48]]


@pytest.mark.parametrize("text", ["#ff880", "#ff8800,", "#ff8800;#000000", "red", "a.txt", ""])
def test_a_wrong_list_is_refused(text: str) -> None:
    with pytest.raises(SwatchError, match="#rrggbb"):
        read(text)


def test_gpl(tmp_path: Path) -> None:
    path = tmp_path / "s.gpl"
    path.write_bytes(b"GIMP Palette\r\nName: X\r\nColumns: 2\r\n# note\r\n\r\n255 136   0\tOr\r\n"
                     b" 16  32  48\r\n")  # fmt: skip
    assert read(str(path)).tolist() == [[255, 136, 0], [16, 32, 48]]
    colors = np.array([[1, 2, 3], [250, 251, 252]], np.uint8)
    assert np.array_equal(parse(to_gpl(colors, ["a", "b"], "two\nlines"), ".gpl"), colors)


def test_ase_in_every_model() -> None:
    data = ase(
        (b"RGB ", (1.0, 0.5, 0.0)), (b"CMYK", (0.0, 1.0, 1.0, 0.0)),
        (b"LAB ", (1.0, 0.0, 0.0)), (b"Gray", (0.2,)),
    )  # fmt: skip
    assert parse(data, ".ase").tolist() == [
        [255, 128, 0], [255, 0, 0], [255, 255, 255], [51, 51, 51],
    ]  # fmt: skip


@pytest.mark.parametrize("version", [1, 2])
def test_aco_in_every_space(version: int) -> None:
    data = aco(
        version, (0, 65535, 0, 32896, 0), (1, 0, 65535, 65535, 0), (2, 65535, 65535, 0, 65535),
        (7, 10000, 0, 0, 0), (8, 2000, 0, 0, 0),
    )  # fmt: skip
    assert parse(data, ".aco").tolist() == [
        [255, 0, 128], [255, 0, 0], [255, 255, 0], [255, 255, 255], [51, 51, 51],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (".gpl", b""),
        (".gpl", b"GIMP Palette\n1 2 300 x\n"),
        (".gpl", b"GIMP Palette\n"),
        (".ase", b"ASEF"),
        (".ase", ase((b"RGB ", (1.0, 0.5, 0.0)))[:-9]),
        (".ase", ase((b"RGB ", (float("nan"), 0.5, 0.0)))),
        (".ase", ase((b"HSB ", (1.0, 0.5, 0.0)))),
        (".aco", aco(3, (0, 1, 2, 3, 4))),
        (".aco", aco(2, (0, 1, 2, 3, 4))[:-3]),
        (".aco", aco(1, (5, 1, 2, 3, 4))),
        (".aco", aco(1, *((0, 257 * (n // 256), 257 * (n % 256), 0, 0) for n in range(4097)))),
    ],
)
def test_malformed_files_are_named(kind: str, data: bytes) -> None:
    with pytest.raises(SwatchError, match="mine: "):
        parse(data, kind, "mine")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(HEADS)), st.booleans(), st.binary(max_size=200))
def test_arbitrary_bytes_give_colours_or_a_typed_error(
    kind: str, headed: bool, data: bytes
) -> None:
    try:
        found = parse(HEADS[kind] * headed + data, kind)
    except SwatchError:
        return
    assert found.dtype == np.uint8
    assert found.shape[1:] == (3,)
    assert len(found)


def test_wrong_paths(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.gpl", tmp_path):
        with pytest.raises(UsageError):
            read(str(path))
    (tmp_path / "big.aco").write_bytes(bytes(4_000_001))
    with pytest.raises(SwatchError, match="limit"):
        read(str(tmp_path / "big.aco"))


def test_nearest_is_by_eye_and_hints_follow() -> None:
    swatches = np.array([[255, 255, 255], [200, 30, 40], [20, 30, 120]], np.uint8)
    asked = np.array([[230, 230, 220], [250, 90, 60], [0, 0, 0]], np.uint8)
    assert np.array_equal(nearest(asked, swatches), swatches)
    point = {"x": 1, "y": 1, "radius": 2, "color": "#fa5a3c"}
    stroke = {"points": [[1, 1], [2, 2]], "radius": 2, "color": "#000000"}
    hints = Hints.load({"version": 1, "points": [point], "strokes": [stroke]})
    assert lock_hints(hints, swatches).colors().tolist() == swatches[1:].tolist()
    assert lock_hints(Hints(), swatches) == Hints()


def test_the_command_names_measures_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = np.full((40, 160, 3), 255, np.uint8)
    picture[:, :80], picture[:, 80:120] = (215, 38, 61), (26, 36, 86)
    path = str(tmp_path / "p.png")
    Image.fromarray(picture).save(path)
    assert main(["palette", path, "--json", "-o", str(tmp_path / "s.gpl")]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["name"], row["hex"], row["share"]) for row in rows] == [
        ("red", "#d7263d", 0.5), ("white", "#ffffff", 0.25), ("navy", "#1a2456", 0.25),
    ]  # fmt: skip
    assert read(str(tmp_path / "s.gpl"))[0].tolist() == [215, 38, 61]
    assert main(["palette", path, "-o", str(tmp_path / "s.png")]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "#d7263d   50.0%  red"
    strip = np.asarray(Image.open(tmp_path / "s.png"))
    assert {tuple(color) for color in strip.reshape(-1, 3).tolist()} == {
        (215, 38, 61), (255, 255, 255), (26, 36, 86),
    }  # fmt: skip
    assert main(["palette", path, "-o", str(tmp_path / "s.txt")]) == 2
    assert main(["palette", path, "--entries", "0"]) == 2
