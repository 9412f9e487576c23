"""Small real things shared by the tests: a drawing with its lines, and a folder of tiny packs."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

RGB = NDArray[np.uint8]
SKIN, HAIR, COAT = (244, 208, 180), (60, 90, 200), (190, 40, 60)


def draw_figure(
    width: int = 128,
    height: int = 160,
    hair: tuple[int, int, int] = HAIR,
    coat: tuple[int, int, int] = COAT,
) -> tuple[RGB, RGB]:
    """A head and a coat: the coloured picture (H, W, 3) and its line art (H, W), both uint8."""
    color = Image.new("RGB", (width, height), "white")
    line = Image.new("L", (width, height), 255)
    shapes = [
        ((0.20, 0.55, 0.80, 0.98), coat),
        ((0.18, 0.05, 0.82, 0.55), hair),
        ((0.30, 0.18, 0.70, 0.60), SKIN),
        ((0.38, 0.32, 0.46, 0.42), (30, 120, 90)),
        ((0.54, 0.32, 0.62, 0.42), (30, 120, 90)),
    ]
    for (left, top, right, bottom), fill in shapes:
        box = (left * width, top * height, right * width, bottom * height)
        ImageDraw.Draw(color).ellipse(box, fill, outline="black", width=2)
        ImageDraw.Draw(line).ellipse(box, 255, outline=0, width=2)
    return np.array(color), np.array(line)


@pytest.fixture
def drawing() -> tuple[RGB, RGB]:
    """A small coloured figure and its exact line art."""
    return draw_figure()


@pytest.fixture
def sketch_file(tmp_path: Path, drawing: tuple[RGB, RGB]) -> Path:
    """The line art of `drawing` as a grey PNG."""
    path = tmp_path / "sketch.png"
    Image.fromarray(drawing[1]).save(path)
    return path


@pytest.fixture
def reference_file(tmp_path: Path) -> Path:
    """A coloured figure in other colours than `drawing`, as a PNG."""
    path = tmp_path / "reference.png"
    Image.fromarray(draw_figure(hair=(230, 190, 60), coat=(40, 140, 90))[0]).save(path)
    return path


def webp(picture: RGB) -> bytes:
    """The picture as lossless WebP."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "WEBP", lossless=True)
    return stream.getvalue()


def write_tar(path: Path, members: dict[str, bytes]) -> None:
    """A tar, gzipped where the name says so, of these files."""
    mode = "w:gz" if path.suffix in (".gz", ".tgz") else "w"
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


@pytest.fixture(scope="session")
def tiny_packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a chibi pack of 20 recoloured characters and an openclipart pack."""
    folder = tmp_path_factory.mktemp("packs")
    rng = np.random.default_rng(0)
    members, rows = {}, []
    for number in range(20):
        lines = draw_figure()[1]
        for kind in ("color", "recolor"):
            hair, coat = rng.integers(20, 230, (2, 3)).tolist()
            rgb, lines = draw_figure(hair=tuple(hair), coat=tuple(coat))
            file, line = f"{number:05d}_{kind}.webp", f"{number:05d}_line.webp"
            members[f"chibi/{file}"] = webp(rgb)
            character = f"chibi{number:05d}" + ("r" if kind == "recolor" else "")
            rows.append({"file": file, "character": character, "kind": "color", "pair": line})
        members[f"chibi/{number:05d}_line.webp"] = webp(np.dstack([lines] * 3))
        rows.append({"file": f"{number:05d}_line.webp", "character": character, "kind": "line"})
    members["chibi/manifest.jsonl"] = "\n".join(map(json.dumps, rows)).encode()
    write_tar(folder / "chibi.tar", members)

    blank = np.full((40, 40, 3), 255, np.uint8)
    symbol = blank.copy()
    symbol[10:30, 10:30] = 0
    figure = webp(draw_figure(width=200, height=100)[0])
    clips = {
        "animals_cat_01_svg": figure,
        "food_cat_again_svg": figure,
        "blank_svg": webp(blank),
        "people_mark_svg": webp(symbol),
        "transportation_roadsigns_stop_svg": webp(draw_figure(coat=(9, 99, 9))[0]),
    }
    members = {f"openclipart/{name}.webp": content for name, content in clips.items()}
    table = [{"file": f"{name}.webp", "character": None, "kind": "color"} for name in clips]
    members["openclipart/manifest.jsonl"] = "\n".join(map(json.dumps, table)).encode()
    write_tar(folder / "openclipart.tar", members)
    return folder


@pytest.fixture(scope="session")
def tiny_store(tiny_packs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store of 41 pictures, 40 of them with lines, at 64 pixels."""
    from style2color.data.store import build_store

    folder = tmp_path_factory.mktemp("stores") / "tiny"
    names = ["chibi", "openclipart"]
    return build_store(folder, tiny_packs, names, 64, "all", progress=False).folder
