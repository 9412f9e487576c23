"""Baselines paint what they promise; folders of finished pictures are found by name."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import save_file

from style2color.errors import DataError, ModelError, PictureError, UsageError
from style2color.evaluate.baselines import BASELINES, baseline, figure_of
from style2color.evaluate.metrics.palette import palette_distance
from style2color.evaluate.metrics.structure import psnr
from style2color.evaluate.models import open_model
from style2color.evaluate.painters import FolderPainter
from style2color.image import save
from style2color.nn.baselines import PlainUNet

from .pictures import drawing, ink_of

FIGURE = drawing()
INK = ink_of(FIGURE)


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_keeps_size_type_and_paper(name: str) -> None:
    painted = baseline(name).paint(INK, FIGURE)
    assert painted.shape == FIGURE.shape
    assert painted.dtype == np.uint8
    assert (painted[:8] == 255).all()
    without = baseline(name).paint(INK, None)
    np.testing.assert_array_equal(without, np.repeat(INK[..., None], 3, -1))


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_survives_odd_pages(name: str) -> None:
    blank = np.full((40, 56), 255, np.uint8)
    for lines in (blank, np.zeros_like(blank)):
        for reference in (FIGURE, np.full((30, 30, 3), 255, np.uint8)):
            assert baseline(name).paint(lines, reference).shape == (40, 56, 3)


def test_mean_fills_the_figure_with_one_colour() -> None:
    painted = baseline("mean").paint(INK, FIGURE)
    inside = figure_of(INK) & (INK == 255)
    assert len(np.unique(painted[inside], axis=0)) == 1
    assert psnr(painted, FIGURE) > psnr(baseline("white").paint(INK, FIGURE), FIGURE)


def test_region_fill_rebuilds_its_own_reference() -> None:
    painted = baseline("regions").paint(INK, FIGURE)
    assert psnr(painted, FIGURE)[0] > 35
    # ... also when the reference stands elsewhere and is of another size.
    moved = np.full((300, 320, 3), 255, np.uint8)
    moved[20:276, 50:306] = FIGURE
    assert palette_distance(baseline("regions").paint(INK, moved), FIGURE)[0] < 1


def test_histogram_brings_the_mean_tint() -> None:
    green = drawing(colors=((60, 160, 80), (70, 190, 90), (50, 140, 70)))
    painted = baseline("histogram").paint(INK, green)
    mean = painted[figure_of(INK)].mean(0)
    assert mean[1] > mean[0] + 20
    assert mean[1] > mean[2] + 20


def test_the_figure_is_what_the_contour_encloses() -> None:
    figure = figure_of(INK)
    assert figure[60, 60]
    assert not figure[5, 5]
    gap = INK.copy()
    gap[30:50, 88:91] = 255
    assert figure_of(gap)[60, 60]
    # A bust is cut by the lower border and open there.
    bust = np.full((60, 60), 255, np.uint8)
    bust[20:, 18:21] = bust[20:, 40:43] = bust[20:23, 18:43] = 0
    assert figure_of(bust)[50, 30]
    assert not figure_of(bust)[50, 5]


def test_unknown_baselines_list_the_known() -> None:
    with pytest.raises(UsageError, match="white, mean, regions, histogram"):
        baseline("magic")


def test_a_folder_of_finished_pictures(tmp_path: Path) -> None:
    outputs = tmp_path / "theirs"
    (outputs / "same" / "soft" / "a").mkdir(parents=True)
    with pytest.raises(DataError, match="no pictures"):
        FolderPainter(outputs)
    save(FIGURE, outputs / "same" / "soft" / "a" / "1.png")
    painter = FolderPainter(outputs)
    assert painter.name == "theirs"
    np.testing.assert_array_equal(painter.recall("same/soft/a/1"), FIGURE)
    with pytest.raises(DataError, match="same/soft/a/2"):
        painter.recall("same/soft/a/2")
    with pytest.raises(UsageError, match="cannot paint"):
        painter.paint(INK, None)
    (outputs / "same" / "soft" / "a" / "1.png").write_bytes(b"torn")
    with pytest.raises(PictureError):
        painter.recall("same/soft/a/1")
    with pytest.raises(UsageError):
        FolderPainter(tmp_path / "none")


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """The rule-following model of the runtime's tests, found by its path: tests are no package."""
    pytest.importorskip("onnx")
    path = Path(__file__).parents[1] / "runtime/tiny_model.py"
    spec = importlib.util.spec_from_file_location("tiny_model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return Path(module.write_model(tmp_path / "tiny"))


def test_the_product_paints_and_a_blind_copy_never_sees_the_reference(tiny_model: Path) -> None:
    painter, blind = open_model(tiny_model), open_model(tiny_model, blind=True)
    assert (painter.name, blind.name) == ("tiny", "tiny (blind)")
    green = drawing(colors=((40, 150, 70), (60, 190, 90), (20, 90, 50)))
    first, second = (painter.paint(INK, r) for r in (FIGURE, green))
    assert palette_distance(first, FIGURE)[0] < palette_distance(second, FIGURE)[0]
    np.testing.assert_array_equal(blind.paint(INK, FIGURE), blind.paint(INK, green))
    np.testing.assert_array_equal(painter.paint(INK, None), blind.paint(INK, green))
    with pytest.raises(ModelError):
        open_model(tiny_model.parent)


def test_coloured_lines_are_a_painter_of_their_own(tiny_model: Path) -> None:
    black, colored = open_model(tiny_model), open_model(tiny_model, colored_lines=True)
    assert colored.name == "tiny (coloured lines)"
    first, second = (painter.paint(INK, FIGURE) for painter in (black, colored))
    bare = INK == 255
    assert np.abs(first[bare].astype(int) - second[bare]).max() <= 1
    assert second[INK < 64].mean() > first[INK < 64].mean() + 10


def _run(folder: Path, preset: str, sizes: dict[str, object]) -> Path:
    folder.mkdir()
    stages = [{"size": 32, "batch": 1, "samples": 3}]
    options = {"preset": preset, "network": sizes, "data": {"stores": ["none"]}, "stages": stages}
    config = {"config": options, "samples": 3}
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    save_file(PlainUNet(widths=(4, 8)).state_dict(), folder / "weights.safetensors")
    return folder


def test_the_plain_network_paints_without_a_reference(tmp_path: Path) -> None:
    painter = open_model(_run(tmp_path / "plain", "plain", {"widths": [4, 8]}))
    painted = painter.paint(INK, FIGURE)
    assert painted.shape == FIGURE.shape
    assert (painted[INK == 0] == 0).all()
    np.testing.assert_array_equal(painted, painter.paint(INK, None))


def test_runs_that_cannot_paint_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="export it"):
        open_model(_run(tmp_path / "a", "studio", {}))
    with pytest.raises(ModelError, match="no usable weights"):
        open_model(_run(tmp_path / "b", "plain", {"widths": [4, 16]}))
    with pytest.raises(ModelError, match="breadth"):
        open_model(_run(tmp_path / "c", "plain", {"breadth": 3}))
    (tmp_path / "c" / "config.json").write_text("[]", "utf-8")
    with pytest.raises(ModelError, match="no configuration"):
        open_model(tmp_path / "c")
