"""Files with layers, opened again by other programs' readers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms
from psd_tools import PSDImage
from psd_tools.constants import BlendMode, Resource

from style2color.errors import OutputError, UsageError
from style2color.export import save_folder, save_layers
from style2color.layers import Layer, recompose

U8 = NDArray[np.uint8]
NAMES = ["Flat", "Shadow", "Highlight", "Line", "Line light", "Reference"]
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def layers() -> list[Layer]:
    """Noise, so that a channel or row out of place shows; of an odd size."""
    random = np.random.default_rng(3)

    def noise(channels: int) -> U8:
        return random.integers(0, 256, (31, 47, channels), np.uint8)

    line = np.zeros((31, 47, 4), np.uint8)
    line[..., 3] = random.integers(0, 256, (31, 47))
    shadow = np.repeat(noise(1), 3, axis=2)
    return [
        Layer("Flat", noise(3)),
        Layer("Shadow", shadow, "multiply"),
        Layer("Highlight", np.repeat(noise(1), 3, axis=2), "screen"),
        Layer("Line", line),
        Layer("Line light", noise(3) // 8, "add"),
        Layer("Reference", noise(4), visible=False),
    ]


def test_a_psd_comes_back_from_psd_tools(
    layers: list[Layer], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "page.psd"
    save_layers(layers, path, icc=ICC, dpi=(300, 350.5))
    psd = PSDImage.open(path)
    assert psd.size == (47, 31)
    assert [layer.name for layer in psd] == NAMES
    assert [layer.blend_mode for layer in psd] == [
        BlendMode.NORMAL, BlendMode.MULTIPLY, BlendMode.SCREEN, BlendMode.NORMAL,
        BlendMode.LINEAR_DODGE, BlendMode.NORMAL,
    ]  # fmt: skip
    assert [layer.visible for layer in psd] == [*[True] * 5, False]
    for layer, written in zip(psd, layers, strict=True):
        pixels = np.asarray(layer.topil(apply_icc=False))
        assert np.array_equal(pixels[..., : written.pixels.shape[2]], written.pixels)
        assert not layer.has_mask()
    assert psd.image_resources.get_data(Resource.ICC_PROFILE) == ICC
    resolution = psd.image_resources.get_data(Resource.RESOLUTION_INFO)
    assert (resolution.horizontal / 65536, resolution.vertical / 65536) == (300, 350.5)
    assert not caplog.records


def test_the_merged_picture_of_a_psd_is_the_page(layers: list[Layer], tmp_path: Path) -> None:
    save_layers(layers, tmp_path / "page.psd")
    merged = Image.open(tmp_path / "page.psd")
    assert np.array_equal(np.asarray(merged.convert("RGB")), recompose(layers))


def test_an_openraster_file_is_a_valid_stack(layers: list[Layer], tmp_path: Path) -> None:
    path = tmp_path / "page.ora"
    save_layers(layers, path, icc=ICC, dpi=(300, 300))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        image = ElementTree.fromstring(archive.read("stack.xml"))
        assert image.attrib == {"version": "0.0.5", "w": "47", "h": "31", "xres": "300",
                                "yres": "300"}  # fmt: skip
        described = image.findall("stack/layer")[::-1]
        assert [layer.get("name") for layer in described] == NAMES
        assert [layer.get("composite-op") for layer in described] == [
            "svg:src-over", "svg:multiply", "svg:screen", "svg:src-over", "svg:plus",
            "svg:src-over",
        ]  # fmt: skip
        assert [layer.get("visibility") for layer in described] == ["visible"] * 5 + ["hidden"]
        for layer, written in zip(described, layers, strict=True):
            picture = Image.open(io.BytesIO(archive.read(str(layer.get("src")))))
            assert np.array_equal(np.asarray(picture), written.pixels)
            assert picture.info["icc_profile"] == ICC
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
        assert np.array_equal(np.asarray(merged), recompose(layers))
        assert Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png"))).size == (47, 31)


def test_the_thumbnail_has_at_most_256_pixels(tmp_path: Path) -> None:
    save_layers([Layer("Flat", np.zeros((600, 300, 3), np.uint8))], tmp_path / "page.ora")
    with zipfile.ZipFile(tmp_path / "page.ora") as archive:
        small = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert small.size == (128, 256)


@pytest.mark.parametrize("kind", ["psd", "ora"])
def test_the_same_layers_give_the_same_bytes_in_a_stream(kind: str, layers: list[Layer]) -> None:
    streams = [io.BytesIO(), io.BytesIO()]
    for stream in streams:
        save_layers(layers, stream, format=kind)
    assert streams[0].getvalue() == streams[1].getvalue() != b""


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1)])
@pytest.mark.parametrize("kind", ["psd", "ora"])
def test_the_smallest_pages(kind: str, shape: tuple[int, int], tmp_path: Path) -> None:
    pixels = np.full((*shape, 3), 77, np.uint8)
    save_layers([Layer("Flat", pixels)], tmp_path / f"page.{kind}")
    if kind == "psd":
        assert np.array_equal(
            np.asarray(PSDImage.open(tmp_path / "page.psd")[0].topil())[..., :3], pixels
        )


def test_a_folder_of_layers_has_those_of_this_page_only(
    layers: list[Layer], tmp_path: Path
) -> None:
    names = [
        "1-flat.png", "2-shadow.png", "3-highlight.png", "4-line.png", "5-line-light.png",
        "6-reference.png",
    ]  # fmt: skip
    assert [path.name for path in save_folder(layers, tmp_path / "new", icc=ICC)] == names
    for name, layer in zip(names, layers, strict=True):
        assert np.array_equal(np.asarray(Image.open(tmp_path / "new" / name)), layer.pixels)
    (tmp_path / "new" / "4-my-line.png").write_bytes(b"kept")
    save_folder([*layers[:2], layers[3]], tmp_path / "new")
    left = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert left == ["1-flat.png", "2-shadow.png", "3-line.png", "4-my-line.png"]


def test_what_cannot_be_written_is_refused(layers: list[Layer], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.psd \.ora"):
        save_layers(layers, tmp_path / "page.xcf")
    with pytest.raises(UsageError, match="one size"):
        save_layers([*layers, Layer("More", np.zeros((2, 2, 3), np.uint8))], tmp_path / "p.ora")
    with pytest.raises(OutputError, match="30,000"):
        save_layers([Layer("Flat", np.zeros((1, 30_001, 3), np.uint8))], tmp_path / "page.psd")
    with pytest.raises(OutputError):
        save_layers(layers, tmp_path / "missing" / "page.psd")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError):
        save_folder(layers, tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
