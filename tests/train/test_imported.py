"""Runs that start from a shipped model: its graphs read back into the network's weights."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.train.small import SMALL

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxscript")

from style2color.errors import ModelError, TrainingError  # noqa: E402
from style2color.model import Model  # noqa: E402
from style2color.nn.sizes import StudioConfig  # noqa: E402
from style2color.nn.studio import StudioNet  # noqa: E402
from style2color.train.checkpoint import save_weights  # noqa: E402
from style2color.train.config import TrainConfig, parse_config  # noqa: E402
from style2color.train.export import export_graph, export_model, graphs, rounded  # noqa: E402
from style2color.train.imported import weights_of_model  # noqa: E402
from style2color.train.loop import Place, Trainer  # noqa: E402

PLACE = Place(0, 1, torch.device("cpu"))
NETWORK: dict[str, Any] = {**SMALL, "middle_layers": 1, "region_layers": 1}
SIZES = StudioConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in NETWORK.items()})
FOR_TRAINING = ("painter.guide1.", "painter.guide2.")
MARKS = ("painter.to_shade.", "painter.to_light.")
"""Models with a shader do without these."""


def settings(store: Path, **changes: Any) -> TrainConfig:
    return parse_config(
        {
            "bf16": False,
            "workers": 0,
            "network": NETWORK,
            "data": {"stores": [str(store)]},
            "stages": [{"size": 32, "batch": 1, "samples": 1}],
            **changes,
        }
    )


@pytest.fixture(scope="module")
def net() -> StudioNet:
    """A network of random weights, some of them as they are where nothing is learned: the exporter
    leaves zeros out and stores equal ones once."""
    torch.manual_seed(0)
    network = StudioNet(SIZES)
    with torch.no_grad():
        for value in network.parameters():
            value.copy_(torch.randn_like(value) / 4)
        for name in ("reference.context.right.0", "painter.right.1.transform.0.film"):
            for which, value in network.get_submodule(name).named_parameters():
                if which.endswith("bias"):
                    value.zero_()
        layer = network.regions.layers[0]
        for norm in (layer.norm1, layer.norm2, network.painter.left[0].transform[0].norm):
            norm.weight.fill_(0.75)
            norm.bias.fill_(0.5)
        network.regions.to_query.bias.copy_(network.regions.to_key.bias)
    return rounded(network)


@pytest.fixture(scope="module")
def exported(net: StudioNet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_model(
        net,
        tmp_path_factory.mktemp("models") / "small",
        name="small",
        version="0",
        size=64,
        default_palette=[[0, 0, 0]],
        training_data=[],
    )


def changed(exported: Path, folder: Path, name: str, change: Callable[[Any], object]) -> Path:
    """A copy of the model with one graph changed, as if it had been shipped so."""
    shutil.copytree(exported, folder)
    path = folder / f"{name}.onnx"
    model = onnx.load(path)
    change(model.graph)
    path.write_bytes(model.SerializeToString())
    return signed(folder)


def signed(folder: Path) -> Path:
    facts = json.loads((folder / "model.json").read_text())
    facts["sha256"] = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in facts["sha256"]
    }
    (folder / "model.json").write_text(json.dumps(facts))
    return folder


def assert_equal(
    found: dict[str, Any], wanted: dict[str, Any], lacking: tuple[str, ...] = FOR_TRAINING
) -> None:
    """All that a model has is as it was; what it has not serves training only."""
    assert found.keys() == {name for name in wanted if not name.startswith(lacking)}
    for name, value in found.items():
        assert torch.equal(value, wanted[name]), name


def test_every_weight_comes_back(net: StudioNet, exported: Path) -> None:
    assert_equal(weights_of_model(exported, SIZES), net.state_dict())


def test_a_model_with_a_shader_comes_back_without_marks(net: StudioNet, tmp_path: Path) -> None:
    (tmp_path / "shading.onnx").write_bytes(b"not read")
    facts = {"name": "small", "version": "0", "size": 64, "default_palette": [[0, 0, 0]]}
    kept = [tmp_path / "shading.onnx"]
    folder = export_model(net, tmp_path / "model", **facts, training_data=[], keep=kept)
    assert_equal(weights_of_model(folder, SIZES), net.state_dict(), FOR_TRAINING + MARKS)


def test_a_model_that_names_nothing_comes_back_too(
    net: StudioNet, exported: Path, tmp_path: Path
) -> None:
    """As those before 0.11 are."""
    folder = shutil.copytree(exported, tmp_path / "older")
    export_graph(graphs(net, names=False)[1], folder / "painter.onnx")
    lacking = (*FOR_TRAINING, "painter.to_class.")
    assert_equal(weights_of_model(signed(folder), SIZES), net.state_dict(), lacking)


def test_the_embedded_model_comes_back_into_the_network() -> None:
    network = StudioNet()
    loaded = network.load_state_dict(weights_of_model(None, StudioConfig()), strict=False)
    assert not loaded.unexpected_keys
    assert all(name.startswith(FOR_TRAINING + MARKS) for name in loaded.missing_keys)
    model = Model.load()
    for graph in graphs(network.eval(), marks=False):
        with torch.inference_mode():
            wanted = graph.module(*graph.inputs.values())
        inputs = {name: value.numpy() for name, value in graph.inputs.items()}
        for one, other in zip(wanted, model.run(graph.name, inputs, graph.outputs), strict=True):
            np.testing.assert_allclose(one.numpy(), other, atol=1e-4)


def test_a_run_goes_on_from_the_embedded_model(tiny_store: Path, tmp_path: Path) -> None:
    config = settings(tiny_store, init="embedded", network={}, lr=1e-5)
    trainer = Trainer(config, tmp_path, PLACE)
    assert not trainer.resume()
    for samples, arrays in trainer.work():
        losses = trainer.train_step(arrays, samples)
    assert (trainer.step, np.isfinite(losses["loss"])) == (1, True)
    for name, value in weights_of_model(None, StudioConfig()).items():
        assert float((trainer.average[name] - value).abs().max()) < 1e-4, name


def test_a_run_starts_from_a_model_folder(
    tiny_store: Path, net: StudioNet, exported: Path, tmp_path: Path
) -> None:
    started = Trainer(settings(tiny_store, init=str(exported)), tmp_path, PLACE).average
    fresh = Trainer(settings(tiny_store), tmp_path, PLACE).average
    for name, value in net.state_dict().items():
        wanted = fresh[name] if name.startswith(FOR_TRAINING) else value
        assert torch.equal(started[name], wanted), name


def test_models_and_runs_have_a_mean(
    tiny_store: Path, net: StudioNet, exported: Path, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    other = dict(StudioNet(SIZES).state_dict())
    run = tmp_path / "run"
    run.mkdir()
    save_weights(run, other, settings(tiny_store), {})
    fresh = Trainer(settings(tiny_store), tmp_path, PLACE).average
    for names, share in (((run, exported), 0.75), ((exported, run), 0.25)):
        config = settings(tiny_store, init=[*map(str, names)], init_weights=[1.0, 3.0])
        started = Trainer(config, tmp_path, PLACE).average
        for name, value in net.state_dict().items():
            wanted = share * value + (1 - share) * other[name]
            if name.startswith(FOR_TRAINING):
                wanted = fresh[name]
            np.testing.assert_allclose(started[name].numpy(), wanted.numpy(), atol=1e-6)
    twice = settings(tiny_store, init=["embedded", "embedded"], network={})
    average = Trainer(twice, tmp_path, PLACE).average
    for name, value in weights_of_model(None, StudioConfig()).items():
        np.testing.assert_allclose(average[name].numpy(), value.numpy(), atol=1e-6)


def test_a_run_that_was_exported_into_its_own_folder_stays_a_run(
    tiny_store: Path, exported: Path, tmp_path: Path
) -> None:
    weights = dict(StudioNet(SIZES).state_dict())
    folder = shutil.copytree(exported, tmp_path / "both")
    save_weights(folder, weights, settings(tiny_store), {})
    started = Trainer(settings(tiny_store, init=str(folder)), tmp_path, PLACE).average
    assert all(torch.equal(value, weights[name]) for name, value in started.items())


@pytest.mark.parametrize(
    ("network", "told"),
    [
        ({**NETWORK, "widths": [8, 8, 8, 16]}, r"small has other sizes.*painter\.onnx: it has 37"),
        ({**NETWORK, "query_dim": 4}, r"its painter\.to_key\.weight is \[8, 16\], not \[4, 16\]"),
        (
            {**NETWORK, "middle_layers": 2},
            r"23 layers Linear, not 31.*painter\.middle\.1\.look\.out",
        ),
        ({**NETWORK, "region_layers": 0}, r"regions\.onnx: it has 18 layers Linear, not 10$"),
    ],
)
def test_a_model_of_other_sizes_is_named(
    tiny_store: Path, exported: Path, tmp_path: Path, network: dict[str, Any], told: str
) -> None:
    with pytest.raises(TrainingError, match=told):
        Trainer(settings(tiny_store, init=str(exported), network=network), tmp_path, PLACE)


def test_what_cannot_be_started_from_is_named(
    tiny_store: Path, exported: Path, tmp_path: Path
) -> None:
    def start(init: Path | str, **changes: Any) -> Trainer:
        return Trainer(settings(tiny_store, init=str(init), **changes), tmp_path, PLACE)

    with pytest.raises(TrainingError, match=r"no usable weights in .*nothing"):
        start(tmp_path / "nothing")
    with pytest.raises(TrainingError, match="embedded is a model, so of another network"):
        start("embedded", preset="plain", network={})
    with pytest.raises(TrainingError, match=r"the network of .*weights has other sizes"):
        start("embedded")
    cut = shutil.copytree(exported, tmp_path / "cut")
    (cut / "painter.onnx").write_bytes((cut / "painter.onnx").read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"painter\.onnx: damaged"):
        start(cut)
    with pytest.raises(TrainingError, match=r"painter\.onnx cannot be read as a graph"):
        start(signed(cut))


def without(operator: str) -> Callable[[Any], object]:
    """Takes out the first node of this kind that has a weight."""

    def change(graph: Any) -> None:
        weights = {tensor.name for tensor in graph.initializer if np.prod(tensor.dims) > 1}
        weights |= {name.removesuffix("_half") for name in weights}
        for node in graph.node:
            if node.op_type == operator and not weights.isdisjoint(node.input):
                graph.node.remove(node)
                return

    return change


def swapped(graph: Any) -> None:
    """Two biases change places, which no shape tells."""
    one, other = "part.layers.0.cross.query.bias", "part.layers.0.look.query.bias"
    for node in graph.node:
        node.input[:] = [{one: other, other: one}.get(name, name) for name in node.input]


@pytest.mark.parametrize(
    ("graph", "change", "told"),
    [
        ("reference", without("Conv"), r"28 layers Conv2d, not 29.*reference\.levels\.0\.entry"),
        ("reference", without("Mul"), r"no reference\.levels\.0\.transform\.0\.norm\.weight"),
        ("painter", without("Gemm"), r"painter\.onnx: .*0\.film\.to_scale_shift"),
        ("regions", without("Add"), r"regions\.onnx: it has no regions\.embed\.0\.bias"),
        (
            "regions",
            without("LayerNormalization"),
            r"regions\.onnx: it has 3 layers LayerNorm, not 4",
        ),
        ("regions", swapped, r"\.cross\.query\.bias in the place of .*\.look\.query\.bias"),
    ],
)
def test_a_graph_that_lost_a_weight_or_has_another_is_named(
    exported: Path, tmp_path: Path, graph: str, change: Callable[[Any], object], told: str
) -> None:
    with pytest.raises(TrainingError, match=told):
        weights_of_model(changed(exported, tmp_path / "model", graph, change), SIZES)
