"""Exported graphs equal the network at any size; a run becomes a model that the runtime loads."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from style2color.cli import main  # noqa: E402
from style2color.errors import ModelError, TrainingError  # noqa: E402
from style2color.model import GRAPHS, Model  # noqa: E402
from style2color.nn.studio import StudioNet  # noqa: E402
from style2color.train.checkpoint import load_facts, load_task, save_weights  # noqa: E402
from style2color.train.config import parse_config, to_plain  # noqa: E402
from style2color.train.export import Graph, graphs, rounded  # noqa: E402
from style2color.train.release import export_run, training_data  # noqa: E402

SIZES = {
    "widths": [8, 8, 12, 16],
    "right_widths": [8, 8, 12],
    "reference_widths": [8, 8, 12, 16],
    "pooled_dim": 24,
    "token_dim": 32,
    "style_dim": 16,
    "query_dim": 8,
    "feature_dim": 12,
}


def command(*words: str, folder: Path) -> str:
    """Call the command line in a folder; what it says."""
    said = io.StringIO()
    threads = torch.get_num_threads()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said):
        assert main(words) == 0
    torch.set_num_threads(threads)
    return said.getvalue()


@pytest.fixture(scope="module")
def home(tiny_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a configuration, and all that the examples of the help make of it."""
    folder = tmp_path_factory.mktemp("home")
    sizes = ", ".join(f"{key} = {value}" for key, value in SIZES.items())
    stages = ", ".join(f"{{size = {side}, batch = 2, samples = 2}}" for side in (64, 32))
    (folder / "my.toml").write_text(
        f"bf16 = false\nworkers = 0\nnetwork = {{{sizes}}}\nstages = [{stages}]\n"
        f'[data]\nstores = ["{tiny_store.as_posix()}"]\n'
    )
    told = command("train", "--help", folder=folder)
    examples = re.findall(r"^ +style2color (train [^#\n]*)", told, re.MULTILINE)
    assert len(examples) == 3
    for example in examples:
        command(*example.split(), folder=folder)
    return folder


@pytest.fixture
def run(home: Path) -> Path:
    return home / "runs/my"


@pytest.fixture
def exported(home: Path) -> Path:
    return home / "models/my"


@pytest.fixture
def net(run: Path) -> StudioNet:
    """The network as shipped."""
    network = load_task(run)[0].network
    assert isinstance(network, StudioNet)
    return rounded(network)


def largest_difference(model: Model, graph: Graph) -> float:
    """Between what torch and what ONNX Runtime give for the graph's own inputs."""
    with torch.inference_mode():
        wanted = graph.module(*graph.inputs.values())
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    inputs = {name: value.numpy() for name, value in graph.inputs.items()}
    found = model.run(graph.name, inputs, graph.outputs)
    largest = 0.0
    for tensor, other in zip(wanted, found, strict=True):
        one = tensor.numpy()
        assert one.shape == other.shape
        # An absent entry's -10 000 is exact to a thousandth only; that it is absent must agree.
        there = one > -5000
        assert (other[~there] < -5000).all()
        largest = max(largest, float(np.abs(one - other)[there].max()))
    return largest


@pytest.mark.parametrize(
    ("batch", "entries", "side", "regions"),
    [(2, 5, 64, 7), (1, 1, 32, 1), (1, 17, 96, 40), (3, 12, 32, 2)],
)
def test_the_graphs_equal_the_network(
    net: StudioNet, exported: Path, batch: int, entries: int, side: int, regions: int
) -> None:
    model = Model.load(exported)
    for graph in graphs(net, entries, side, regions, marks=False):  # a shader came along
        # Two samples are what `graphs` makes: repeat or cut them.
        for name, value in graph.inputs.items():
            graph.inputs[name] = torch.cat((value, value.flip(0)))[:batch].contiguous()
        assert largest_difference(model, graph) <= 1e-3, graph.name


def test_absent_entries_stay_absent(net: StudioNet, exported: Path) -> None:
    model = Model.load(exported)
    for graph in graphs(net, 4, 32, 3, marks=False)[1:]:
        graph.inputs["present"][:, 2:] = 0
        assert largest_difference(model, graph) <= 1e-3, graph.name


def test_a_run_becomes_a_model(run: Path, exported: Path) -> None:
    model = Model.load(exported)
    assert model.name == "my"
    assert model.size == 64
    assert model.default_palette.tolist() == load_facts(run)[1]["default_palette"]
    rows = {(row.pack, row.licence): row.pictures for row in model.training_data}
    assert rows == {
        ("chibi", "renders of an MIT generator"): 40,
        ("openclipart", "public domain (CC0)"): 1,
    }
    assert {"reference.onnx", "painter.onnx", "regions.onnx"} <= model.sha256.keys()
    for file in model.sha256:
        assert (exported / file).is_file()


def test_graphs_do_not_tell_where_they_were_made(exported: Path) -> None:
    for graph in GRAPHS:
        stored = (exported / f"{graph}.onnx").read_bytes()
        assert b"stack_trace" not in stored, graph
        assert b"export.py" not in stored, graph


def test_a_changed_graph_is_refused(exported: Path, tmp_path: Path) -> None:
    for file in exported.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    with (tmp_path / "regions.onnx").open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(ModelError, match=r"regions\.onnx: damaged"):
        Model.load(tmp_path)


def test_the_runs_before_count_as_training_data(
    run: Path, tiny_packs: Path, tmp_path: Path
) -> None:
    from style2color.data.store import build_store

    other = build_store(tmp_path / "o", tiny_packs, ["openclipart"], 64, "all", progress=False)
    later = parse_config(
        {
            "data": {"stores": [str(other.folder)]},
            "stages": [{"size": 32, "batch": 1, "samples": 1}],
            "init": str(run),
        }
    )
    assert [(row["pack"], row["pictures"]) for row in training_data(later)] == [
        ("chibi", 40),
        ("openclipart", 2),
    ]
    assert [
        row["pack"] for row in training_data(parse_config({**to_plain(later), "init": ""}))
    ] == ["openclipart"]


def test_what_a_model_was_trained_on_counts_too(tiny_store: Path) -> None:
    data = {"stores": [str(tiny_store)]}
    stages = [{"size": 32, "batch": 1, "samples": 1}]
    own, further, twice = (
        training_data(parse_config({"data": data, "stages": stages, "init": init}))
        for init in ("", "embedded", ["embedded", "embedded"])
    )
    shipped = {row.pack: row.pictures for row in Model.load().training_data}
    counts = {row["pack"]: row["pictures"] for row in further}
    assert {row["pack"] for row in own} == {"chibi", "openclipart"}
    assert counts == shipped  # which has more of both
    assert further == twice


def test_only_studio_runs_export(tiny_store: Path, tmp_path: Path) -> None:
    from style2color.nn.baselines import PlainUNet

    config = parse_config(
        {
            "preset": "plain",
            "network": {"widths": [8, 8]},
            "data": {"stores": [str(tiny_store)]},
            "stages": [{"size": 32, "batch": 1, "samples": 1}],
        }
    )
    weights = dict(PlainUNet(widths=(8, 8)).state_dict())
    save_weights(tmp_path, weights, config, {})
    with pytest.raises(TrainingError, match="run of the plain network"):
        export_run(tmp_path, tmp_path / "model")
