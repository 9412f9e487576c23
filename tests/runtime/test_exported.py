"""The runtime on real exported graphs of a small, untrained studio network."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from style2color.colorizer import Colorizer
from style2color.model import Model

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

U8 = NDArray[np.uint8]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    from style2color.nn.sizes import StudioConfig
    from style2color.nn.studio import StudioNet
    from style2color.train.export import export_model

    torch.manual_seed(0)
    small = StudioConfig(
        widths=(8, 8, 12, 16),
        right_widths=(8, 8, 12),
        reference_widths=(8, 8, 12, 16),
        pooled_dim=24,
        token_dim=32,
        style_dim=16,
        query_dim=8,
        feature_dim=12,
    )
    folder = export_model(
        StudioNet(small).eval(),
        tmp_path_factory.mktemp("exported"),
        name="small",
        version="0",
        size=128,
        default_palette=[[250, 220, 200], [60, 40, 40]],
        training_data=[{"pack": "none", "licence": "CC0-1.0", "pictures": 0}],
    )
    return Model.load(folder)


@pytest.mark.parametrize("name", ["painter", "reference"])
def test_no_graph_softens_over_channels(model: Model, name: str) -> None:
    """ONNX Runtime transposes the whole map for that: a tenth of the painter's time."""
    import onnx

    for node in onnx.load(model.folder / f"{name}.onnx").graph.node:
        axes = [one.i for one in node.attribute if one.name == "axis"]
        assert node.op_type != "Softmax" or axes == [-1], node.name


@pytest.mark.parametrize("shape", [(2, 2), (160, 128), (97, 301)], ids=str)
@pytest.mark.parametrize("referenced", [True, False])
def test_sizes_references_and_hints(
    model: Model, drawing: tuple[U8, U8], shape: tuple[int, int], referenced: bool
) -> None:
    sketch = np.full(shape, 255, np.uint8)
    sketch[shape[0] // 2] = 0
    hints = {
        "version": 1,
        "points": [{"x": shape[1] - 1, "y": 0, "radius": 3, "color": "#12c034"}],
    }
    painter = Colorizer(model).set_reference(drawing[0] if referenced else None)
    for hinted in (None, hints):
        for regions in (True, False):
            painting = painter.colorize(sketch, hinted, regions=regions)
            assert painting.rgb.shape == (*shape, 3)
            asked = painting.palette.tolist()
            assert ([0x12, 0xC0, 0x34] in asked) == (hinted is not None)
            assert asked[-1] == [255, 255, 255]


def test_flat_colours_come_from_the_palette(model: Model, drawing: tuple[U8, U8]) -> None:
    color, sketch = drawing
    painter = Colorizer(model).set_reference(color).lock_palette("reference")
    painting = painter.colorize(sketch)
    assert painting.regions is not None
    labels, palette = painting.regions.labels, painting.palette.tolist()
    for label in range(2, painting.regions.count + 1):  # the largest may be painted by pixels
        inside = painting.flat[labels == label]
        if (inside == inside[0]).all():
            assert inside[0].tolist() in palette
