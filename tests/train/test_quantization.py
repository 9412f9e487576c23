"""The benchmark of quantization: graphs keep their answers within what their bits can hold, a
variant is a whole model, and its tables compare picture by picture."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from tests.runtime.tiny_model import write_model
from tests.train.benchmarks import load_benchmark

pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from onnx import TensorProto, numpy_helper  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402

from style2color.colorizer import Colorizer  # noqa: E402
from style2color.errors import UsageError  # noqa: E402
from style2color.model import GRAPHS, Model  # noqa: E402
from style2color.train.checkpoint import WEIGHTS  # noqa: E402
from style2color.train.export import store_half  # noqa: E402

SHAPES = {"see": (16, 3, 3, 3), "seen": (16,), "think": (24, 16), "thought": (24,), "say": (24, 16)}
GRAPH = """
<ir_version: 9, opset_import: ["" : 18]>
tiny (float[batch, 3, 8, 8] x) => (float[batch, 16] y) {
  a = Conv (x, see, seen)
  b = Relu (a)
  c = ReduceMean <keepdims = 0> (b, axes)
  d = Gemm <transB = 1> (c, think, thought)
  e = Relu (d)
  y = MatMul (e, say)
}
"""


def trained() -> dict[str, np.ndarray]:
    """Weights that half precision rounds; those of two axes or more are stored in it."""
    draw = np.random.default_rng(3)
    return {name: draw.normal(0, 0.3, shape).astype(np.float32) for name, shape in SHAPES.items()}


def exact_answer(x: np.ndarray) -> np.ndarray:
    """What the graph gives with the weights as trained, by NumPy."""
    w = trained()
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (2, 3))
    a = np.einsum("bchwij,ocij->bohw", windows, w["see"]) + w["seen"][:, None, None]
    d = np.maximum(a, 0).mean((2, 3)) @ w["think"].T + w["thought"]
    return np.asarray(np.maximum(d, 0) @ w["say"])


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load_benchmark("quantization")


@pytest.fixture(scope="module")
def smaller() -> ModuleType:
    return load_benchmark("smaller_graphs")


@pytest.fixture(scope="module")
def batch() -> np.ndarray:
    return np.random.default_rng(0).random((6, 3, 8, 8), np.float32)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the graph as an export stores it and, in run/, the weights it was made of."""
    folder = tmp_path_factory.mktemp("tiny")
    model = onnx.parser.parse_model(GRAPH)
    weights = trained()
    for name, value in {**weights, "axes": np.array([2, 3])}.items():
        model.graph.initializer.append(numpy_helper.from_array(value, name))
    store_half(model)
    onnx.save(model, folder / "tiny.onnx")
    (folder / "run").mkdir()
    save_file(weights, folder / "run" / WEIGHTS)
    return folder


@pytest.fixture
def stored(home: Path) -> onnx.ModelProto:
    return onnx.load(home / "tiny.onnx")


def answer(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    from style2color._runtime import onnx_runtime

    session = onnx_runtime().InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (y,) = session.run(None, {"x": x})
    return y


def kinds(model: onnx.ModelProto) -> set[int]:
    """Types of the stored tensors of two axes or more."""
    return {t.data_type for t in model.graph.initializer if len(t.dims) > 1}


def test_float32_holds_the_stored_values(smaller, home, stored, batch) -> None:
    assert TensorProto.FLOAT16 in kinds(stored)
    wide = smaller.widened(onnx.load(home / "tiny.onnx"))
    assert kinds(wide) == {TensorProto.FLOAT}
    assert not any(node.op_type == "Cast" for node in wide.graph.node)
    np.testing.assert_array_equal(answer(wide, batch), answer(stored, batch))


def test_the_run_brings_back_what_was_rounded_away(smaller, home, stored, batch) -> None:
    wanted = exact_answer(batch)
    rounded = np.abs(answer(stored, batch) - wanted).max()
    wide = smaller.widened(stored, smaller.trained_values(home / "run"))
    exact = np.abs(answer(wide, batch) - wanted).max()
    assert exact < 1e-6 < 1e-5 < rounded


def test_the_weights_of_another_run_are_refused(smaller, home, stored, tmp_path) -> None:
    other = {name: value + 1 for name, value in trained().items()}
    save_file(other, tmp_path / WEIGHTS)
    with pytest.raises(UsageError, match="not of this run"):
        smaller.widened(stored, smaller.trained_values(tmp_path))


@pytest.mark.parametrize("folds", [True, False])
def test_packed_weights_are_within_half_a_step(smaller, home, stored, batch, folds) -> None:
    exact = smaller.widened(onnx.load(home / "tiny.onnx"))
    packed = smaller.packed(smaller.widened(stored), smaller.QUANTIZED, folds=folds)
    assert TensorProto.INT8 in kinds(packed)
    of = {t.name: numpy_helper.to_array(t) for t in packed.graph.initializer}
    checked = 0
    for tensor in exact.graph.initializer:
        if f"{tensor.name}_int8" not in of:
            continue
        value = numpy_helper.to_array(tensor)
        steps, scale = of[f"{tensor.name}_int8"], of[f"{tensor.name}_scale"]
        for channel in range(len(scale.ravel())):
            index = channel if value.ndim == 4 else (slice(None), channel)
            own = value[index]
            step = np.abs(own).max() / 127
            assert scale.ravel()[channel] == pytest.approx(step)
            assert np.abs(steps[index] * step - own).max() <= step / 2 * 1.001
        checked += 1
    assert checked == 3
    wanted = answer(exact, batch)
    difference = np.abs(answer(packed, batch) - wanted).max()
    assert 0 < difference < 0.02 * np.abs(wanted).max()


def test_only_the_weights_of_the_named_operators_are_packed(smaller, stored) -> None:
    packed = smaller.packed(smaller.widened(stored), ["Conv"], folds=False)
    axes = {len(t.dims) for t in packed.graph.initializer if t.data_type == TensorProto.INT8}
    assert axes == {4}
    unpacked = [node for node in packed.graph.node if node.op_type == "DequantizeLinear"]
    assert len(unpacked) == 1


def test_integer_graphs_stay_near(smaller, home, batch, tmp_path) -> None:
    def wide() -> onnx.ModelProto:
        return smaller.widened(onnx.load(home / "tiny.onnx"))

    wanted = answer(wide(), batch)
    dynamic = smaller.dynamic(wide(), tmp_path / "dynamic.onnx")
    static = smaller.static(wide(), tmp_path / "static.onnx", [{"x": batch[:3]}, {"x": batch[3:]}])
    assert any(node.op_type == "MatMulInteger" for node in dynamic.graph.node)
    assert sum(node.op_type == "QuantizeLinear" for node in static.graph.node) >= 3
    for model in (dynamic, static):
        difference = np.abs(answer(model, batch) - wanted).max()
        assert 0 < difference < 0.05 * np.abs(wanted).max()


def test_a_variant_is_a_whole_model(smaller, tmp_path) -> None:
    source = write_model(tmp_path / "source")
    seen = []

    def darker(graph: str, model: onnx.ModelProto) -> onnx.ModelProto:
        seen.append(graph)
        model.producer_name = "changed"
        return model

    folder = smaller.write_variant(source, tmp_path / "variant", darker)
    assert seen == list(GRAPHS)
    before, after = Model.load(source), Model.load(folder)  # which verifies every file
    assert before.sha256["painter.onnx"] != after.sha256["painter.onnx"]
    assert before.sha256["MODEL_CARD.md"] == after.sha256["MODEL_CARD.md"]
    sketch = np.full((64, 64), 255, np.uint8)
    sketch[20:40, 20] = 0
    np.testing.assert_array_equal(
        Colorizer(after).colorize(sketch).rgb, Colorizer(before).colorize(sketch).rgb
    )


def test_differences_are_taken_picture_by_picture(benchmark) -> None:
    table = benchmark.differences(
        {
            "exact": {"soft": [10.0, 20.0, 30.0], "binarized": [15.0]},
            "small": {"soft": [9.9, 19.9, 29.9], "binarized": [15.5]},
        }
    )
    titles, _, exact, small = table.splitlines()
    assert "soft (3)" in titles
    assert "binarized (1)" in titles
    assert "| 20.00 " in exact
    assert "15.00 |" in exact
    # Every picture loses the same, so the interval has no width, however far pictures are apart.
    assert "| 19.90 (-0.100, -0.100 to -0.100) " in small
    assert "15.50 (+0.500, +0.500 to +0.500) |" in small


def test_times_are_medians_beside_the_shipped_model(benchmark, tmp_path) -> None:
    folders = {name: write_model(tmp_path / name) for name in ("shipped", "small")}
    painter = folders["small"] / "painter.onnx"
    painter.write_bytes(bytes(3_000_000))
    times = {"shipped": {"painter": [0.1, 0.9, 0.2]}, "small": {"painter": [0.5, 0.3, 0.4]}}
    titles, _, shipped, small = benchmark.time_table(folders, times, "shipped").splitlines()
    assert titles.split("|")[1:4] == [" variant ", " MB   ", "          painter, ms "]
    assert "200.0, 100.0 (×1.00)" in shipped
    assert "400.0, 300.0 (×2.00)" in small
    assert "| 3.0" in small


def test_every_call_is_made_in_every_round(benchmark) -> None:
    made = []
    calls = {
        "a": {"x": lambda: made.append("ax"), "y": lambda: made.append("ay")},
        "b": {"x": lambda: made.append("bx")},
    }
    times = benchmark.in_turn(calls, 2)
    assert made == ["ax", "ay", "bx"] * 3
    assert {name: {k: len(v) for k, v in own.items()} for name, own in times.items()} == {
        "a": {"x": 2, "y": 2},
        "b": {"x": 2},
    }


def test_atelier_cases_take_the_kinds_of_lines_in_turn(benchmark) -> None:
    cases = benchmark.atelier_cases(9_000_000, 2, ["soft", "true"])
    assert [case.kind for case in cases] == ["soft", "true", "soft", "true"]
    assert len({case.target.tobytes() for case in cases}) == 4
