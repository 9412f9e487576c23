"""The loop: it ends where it should, whatever kills it, and over how many processes it runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.train.small import SMALL

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from style2color.errors import TrainingError  # noqa: E402
from style2color.train import log as log_module  # noqa: E402
from style2color.train import sheet as sheet_module  # noqa: E402
from style2color.train.checkpoint import load_task  # noqa: E402
from style2color.train.config import TrainConfig, load_config, parse_config, to_plain  # noqa: E402
from style2color.train.loop import Place, Trainer, read_log, train  # noqa: E402


def settings(store: Path, **changes: Any) -> dict[str, Any]:
    """The smallest run: six steps at 32 pixels, two at 64."""
    return {
        "seed": 3,
        "bf16": False,
        "workers": 0,
        "warmup": 8,
        "network": SMALL,
        "data": {"stores": [str(store)]},
        "stages": [
            {"size": 32, "batch": 4, "samples": 26},
            {"size": 64, "batch": 2, "samples": 4},
        ],
        **changes,
    }


def write_toml(path: Path, values: dict[str, Any]) -> Path:
    """A configuration file of these values; JSON's values are TOML's, but for true and false."""

    def plain(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k} = {plain(v)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(plain, value)) + "]"
        return json.dumps(value)

    path.write_text("".join(f"{key} = {plain(value)}\n" for key, value in values.items()))
    return path


def run(config: TrainConfig, folder: Path) -> dict[str, Any]:
    """Train on the CPU in silence; the averaged weights."""
    train(config, folder, device="cpu", quiet=True)
    return load_file(folder / "weights.safetensors")


@pytest.fixture
def config(tiny_store: Path) -> TrainConfig:
    return parse_config(settings(tiny_store))


@pytest.fixture(scope="module")
def unbroken(
    tiny_store: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """The folder of an unbroken run with a row for every step, and its weights."""
    folder = tmp_path_factory.mktemp("unbroken")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(log_module, "_EVERY", 0.0)
        return folder, run(parse_config(settings(tiny_store)), folder)


def assert_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def test_a_run_logs_every_step_and_can_be_loaded(unbroken: tuple[Path, dict[str, Any]]) -> None:
    folder, weights = unbroken
    rows = read_log(folder)
    assert [row["seen"] for row in rows] == [4, 8, 12, 16, 20, 24, 26, 28]
    for row in rows:
        parts = {"loss", "l1", "assignment", "region", "names", "usage"}
        parts |= {"lr", "per_second", "light", "shadow", "guide1", "guide2"}
        assert parts == row.keys() - {"seen"}
        assert all(np.isfinite(value) for value in row.values())
    assert list(folder.glob("tensorboard/events.*"))
    task, config, facts = load_task(folder)
    assert not task.training
    assert facts["samples"] == config.samples == 28
    assert_equal(dict(task.network.state_dict()), weights)


@pytest.mark.parametrize("steps", [2, 7])
def test_a_killed_run_ends_where_an_unbroken_one_does(
    config: TrainConfig,
    unbroken: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    steps: int,
) -> None:
    taken = 0
    step = Trainer.train_step

    def dying(self: Trainer, *arguments: Any) -> dict[str, float]:
        nonlocal taken
        if taken == steps:
            raise SystemExit(9)
        taken += 1
        return step(self, *arguments)

    monkeypatch.setattr(log_module, "_EVERY", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "train_step", dying)
        with pytest.raises(SystemExit):
            run(replace(config, checkpoint_minutes=0.0), tmp_path)
    # A kill in the middle of a row, after rows that the checkpoint does not know.
    with (tmp_path / "log.jsonl").open("a") as stream:
        stream.write('{"seen": 27, "loss": 9}\n{"seen": 2')
    assert_equal(run(config, tmp_path), unbroken[1])
    rows, wanted = read_log(tmp_path), read_log(unbroken[0])
    assert [(r["seen"], r["loss"]) for r in rows] == [(r["seen"], r["loss"]) for r in wanted]


def test_a_finished_run_is_left_as_it_is_and_a_fresh_one_starts_over(
    config: TrainConfig, unbroken: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("not of the run")
    weights = run(config, tmp_path)
    before = (tmp_path / "state.pt").stat().st_mtime_ns
    train(config, tmp_path, device="cpu", quiet=True)
    assert (tmp_path / "state.pt").stat().st_mtime_ns == before
    train(config, tmp_path, device="cpu", quiet=True, fresh=True)
    assert_equal(load_file(tmp_path / "weights.safetensors"), weights)
    assert len(list(tmp_path.glob("tensorboard/events.*"))) == 1
    assert (tmp_path / "mine.txt").exists()


def test_a_run_starts_from_the_weights_of_another(
    config: TrainConfig, unbroken: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, weights = unbroken
    place = Place(0, 1, torch.device("cpu"))
    started = Trainer(replace(config, init=str(folder)), tmp_path, place)
    assert_equal(started.average, weights)
    other = replace(config, init=str(folder), network={**SMALL, "query_dim": 4})
    with pytest.raises(TrainingError, match="other sizes"):
        Trainer(other, tmp_path, place)
    with pytest.raises(TrainingError, match="another network"):
        Trainer(replace(config, preset="plain", network={}, init=str(folder)), tmp_path, place)
    with pytest.raises(TrainingError, match="no usable weights"):
        Trainer(replace(config, init=str(tmp_path)), tmp_path, place)


def test_one_part_can_be_trained_alone(
    config: TrainConfig, unbroken: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    folder, weights = unbroken
    only = replace(config, init=str(folder), only="painter.to_query")
    trained = train(only, tmp_path / "run", device="cpu", quiet=True).average
    changed = {name for name, value in trained.items() if not torch.equal(value, weights[name])}
    assert changed == {"painter.to_query.weight", "painter.to_query.bias"}
    both = replace(only, only=("painter.to_query.bias", "painter.to_light"))
    free = Trainer(both, tmp_path / "two", Place(0, 1, torch.device("cpu"))).groups[0].parameters
    assert 1 < len(free) < 8
    with pytest.raises(TrainingError, match="no weights whose names begin 'nothing'"):
        Trainer(replace(only, only="nothing"), tmp_path, Place(0, 1, torch.device("cpu")))


def test_a_changed_configuration_is_named(
    config: TrainConfig,
    unbroken: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "state.pt").write_bytes((unbroken[0] / "state.pt").read_bytes())
    train(replace(config, lr=0.1, clip=2.0), tmp_path, device="cpu")
    assert "changed since: lr, clip" in capfd.readouterr().err
    with pytest.raises(TrainingError, match="another network"):
        run(replace(config, network={**SMALL, "query_dim": 4}), tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", None], ids=["empty", "text", "half"])
def test_a_damaged_checkpoint_is_named(
    config: TrainConfig,
    unbroken: tuple[Path, dict[str, Any]],
    tmp_path: Path,
    content: bytes | None,
) -> None:
    whole = (unbroken[0] / "state.pt").read_bytes()
    (tmp_path / "state.pt").write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(TrainingError, match=r"state\.pt is damaged.*delete it"):
        run(config, tmp_path)


def test_damaged_weights_are_named(unbroken: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no configuration"):
        load_task(tmp_path)
    (tmp_path / "config.json").write_bytes((unbroken[0] / "config.json").read_bytes())
    (tmp_path / "weights.safetensors").write_bytes(b"not weights")
    with pytest.raises(TrainingError, match="no usable weights"):
        load_task(tmp_path)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"learning_rate": 1}, "unknown field 'learning_rate'"),
        ({"data": {"stores": ["s"], "recolour": 1}}, r"\[data\]: unknown field 'recolour'"),
        ({"data": {"stores": "cache"}}, "stores must be of type tuple"),
        ({"data": {"stores": ["s"], "favour": {"a": "b"}}}, "favour must be"),
        ({"data": None}, r"\[data\] table"),
        ({"data": {}}, "stores"),
        ({"stages": []}, r"\[\[stages\]\]"),
        ({"stages": [{"size": 33, "batch": 1, "samples": 1}]}, "multiple of 32"),
        ({"stages": [{"size": 32, "batch": 1.5, "samples": 1}]}, "batch must be of type int"),
        ({"stages": [{"size": 32, "batch": True, "samples": 1}]}, "batch must be of type int"),
        ({"lr": "fast"}, "lr must be of type float"),
        ({"lr": float("nan")}, "lr must be of type float"),
        ({"judges": {"vgg": "x"}}, r"\[judges\]: unknown field 'vgg'"),
        ({"bf16": 1}, "bf16 must be of type bool"),
        ({"preset": "magic"}, "one of studio, paper"),
        ({"preset": "plain", "data": {"stores": ["s"], "strangers": 0.1}}, "strangers: only the"),
        ({"preset": "plain", "losses": {"perceptual": 0.1}}, r"\[losses\]: only the preset"),
        ({"paper": {"guide": True}}, r"\[paper\]: unknown field 'guide'"),
    ],
)
def test_a_wrong_configuration_names_the_field(changes: dict[str, Any], told: str) -> None:
    values = {**settings(Path("s")), **changes}
    with pytest.raises(TrainingError, match=told):
        parse_config({key: value for key, value in values.items() if value is not None})


def test_a_wrong_network_or_batch_is_a_training_error(tiny_store: Path, tmp_path: Path) -> None:
    place = Place(0, 1, torch.device("cpu"))
    wrong = parse_config(settings(tiny_store, network={"width": 8}))
    with pytest.raises(TrainingError, match=r"\[network\].*width"):
        Trainer(wrong, tmp_path, place)
    with pytest.raises(TrainingError, match="split over 3"):
        Trainer(parse_config(settings(tiny_store)), tmp_path, replace(place, world=3))


def test_files_that_are_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="cannot read"):
        load_config(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("= 1")
    with pytest.raises(TrainingError, match="no valid TOML"):
        load_config(tmp_path / "bad.toml")


def test_a_configuration_survives_its_plain_form(config: TrainConfig) -> None:
    assert parse_config(json.loads(json.dumps(to_plain(config)))) == parse_config(to_plain(config))


@pytest.mark.parametrize("file", sorted(Path(__file__).parents[2].glob("configs/*.toml")), ids=str)
def test_the_configurations_of_the_repository_are_valid(file: Path) -> None:
    assert load_config(file).samples > 0


def test_a_gradient_that_is_not_finite_stops_the_run(config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="not finite at sample"):
        run(replace(config, lr=1e30, warmup=0, clip=1e30), tmp_path)


def test_sheets_show_the_averaged_weights(
    config: TrainConfig, tiny_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from style2color import image

    monkeypatch.setattr(sheet_module, "ROWS", 2)
    shown = replace(config, sheet_store=str(tiny_store), stages=config.stages[:1])
    trainer = train(shown, tmp_path, device="cpu", quiet=True)
    (sheet,) = tmp_path.glob("sheet-*.webp")
    # Two samples beside each other: sketch, reference, pixels, regions, target.
    assert image.load(sheet).rgb.shape == (256, 2 * 5 * 256, 3)
    trained = {k: v.clone() for k, v in trainer.task.network.state_dict().items()}
    batch = sheet_module.Sheet(shown, trainer.default_palette).batch
    painted = trainer.painted(batch)
    assert_equal(dict(trainer.task.network.state_dict()), trained)
    trainer.task.network.load_state_dict(trainer.average)
    with torch.inference_mode():
        wanted = trainer.task.columns(batch)[0].numpy()
    np.testing.assert_allclose(painted[0], wanted, atol=1e-5)


def test_ctrl_c_saves_and_the_run_goes_on(
    tiny_store: Path, unbroken: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    file = write_toml(tmp_path / "small.toml", settings(tiny_store, workers=1))
    # Slow steps, so that the signal finds the run at work.
    code = (
        "import sys, time; from style2color.cli import main; from style2color.train import loop\n"
        "step = loop.Trainer.train_step\n"
        "def slow(self, *rest):\n"
        "    print('step', file=sys.stderr, flush=True); time.sleep(0.3)\n"
        "    return step(self, *rest)\n"
        "loop.Trainer.train_step = slow\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", code, "train", str(file), "--device", "cpu"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert any("step" in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        told = process.stderr.read()
        assert process.wait(600) == 130, told
    assert "stopped and saved at sample" in told
    state = torch.load(tmp_path / "runs/small/state.pt", weights_only=True)
    assert 0 < state["seen"] < 28
    weights = run(parse_config(settings(tiny_store)), tmp_path / "runs/small")
    assert_equal(weights, unbroken[1])


def test_two_processes_do_what_one_does(
    tiny_store: Path, unbroken: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    file = write_toml(tmp_path / "pair.toml", settings(tiny_store))
    script = tmp_path / "pair.py"
    script.write_text(
        "import sys; from pathlib import Path\n"
        "from style2color.cli import main; from style2color.train import log\n"
        "log._EVERY = 0.0\n"
        "code = main(sys.argv[1:])\n"
        "print(*[f.read_text() for f in Path('/proc/self/task').glob('*/comm')])\n"
        "sys.exit(code)\n"
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    where = ["--master-addr", "127.0.0.1", "--master-port", str(port), str(script)]
    done = subprocess.run(
        [*launcher, *where, "train", str(file), "--out", str(tmp_path / "pair"), "--device", "cpu"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr
    # A thread of the group that outlives it may abort the process at its end.
    assert "gloo" not in done.stdout
    rows, wanted = read_log(tmp_path / "pair"), read_log(unbroken[0])
    assert [row["seen"] for row in rows] == [row["seen"] for row in wanted]
    for row, single in zip(rows, wanted, strict=True):
        for name in ("loss", "l1", "assignment", "region", "names", "light", "guide1", "guide2"):
            assert abs(row[name] - single[name]) <= 1e-4, (row, single)
    weights = load_file(tmp_path / "pair/weights.safetensors")
    for name, value in unbroken[1].items():
        # What a softmax cancels has rounding for a gradient, which the optimiser blows up.
        if name.endswith(("key_value.bias", "to_key.bias", "to_prior.bias")):
            continue
        assert (weights[name] - value).abs().max() <= 1e-4, name
