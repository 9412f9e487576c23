"""The learned line extractor: the network, its disguised pairs, training, export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnxscript")

import torch

from style2color import lines
from style2color.errors import DataError, TrainingError, UsageError
from style2color.nn.extractor import STRIDE, LineExtractor
from style2color.train import extractor, small
from style2color.train.extractor import Options, Pairs, export, line_loss, sample_batch

TINY = Options(atelier=0, steps=6, batch=4, crop=32, save_every=3)


def drawing(seed: int = 0) -> extractor.Pair:
    """Two boxes of colour with black outlines, and those outlines."""
    rng = np.random.default_rng(seed)
    ink = np.full((80, 72), 255, np.uint8)
    rgb = np.full((80, 72, 3), 255, np.uint8)
    for top, left in ((8, 6), (36, 24)):
        rgb[top : top + 36, left : left + 40] = rng.integers(60, 256, 3)
        for edge in (slice(0, 2), slice(34, 36)):
            ink[top : top + 36, left : left + 40][edge] = 0
        for edge in (slice(0, 2), slice(38, 40)):
            ink[top : top + 36, left : left + 40][:, edge] = 0
    rgb[ink == 0] = 0
    return rgb, ink


@pytest.fixture(scope="module")
def pairs() -> Pairs:
    return Pairs([drawing(0), drawing(1)], [drawing(2)])


def test_a_batch_depends_on_the_step_alone(pairs: Pairs) -> None:
    rgb_B3HW, lines_B1HW = sample_batch(pairs, TINY, 7)
    assert rgb_B3HW.shape == (4, 3, 32, 32)
    assert lines_B1HW.shape == (4, 1, 32, 32)
    for values in (rgb_B3HW, lines_B1HW):
        assert 0 <= values.min() < values.max() <= 1
    again, _ = sample_batch(pairs, TINY, 7)
    other, _ = sample_batch(pairs, TINY, 8)
    assert torch.equal(rgb_B3HW, again)
    assert not torch.equal(rgb_B3HW, other)


def test_a_killed_run_ends_where_an_unbroken_one_does(pairs: Pairs, tmp_path: Path) -> None:
    for name in ("whole", "broken"):
        (tmp_path / name).mkdir()
    whole = extractor.train(pairs, TINY, tmp_path / "whole")
    calls = 0

    def killing(*arguments: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 5:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small, "_progress", killing)
        with pytest.raises(KeyboardInterrupt):
            extractor.train(pairs, TINY, tmp_path / "broken")
    resumed = extractor.train(pairs, TINY, tmp_path / "broken")
    for name, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def test_a_checkpoint_of_other_options_is_refused(pairs: Pairs, tmp_path: Path) -> None:
    extractor.train(pairs, TINY, tmp_path)
    with pytest.raises(TrainingError, match="other options"):
        extractor.train(pairs, replace(TINY, rate=1e-3), tmp_path)


def test_training_lowers_the_loss(pairs: Pairs, tmp_path: Path) -> None:
    options = replace(TINY, steps=60)
    torch.manual_seed(options.seed)
    before = extractor.validate(LineExtractor().eval(), pairs, options, 2)
    after = extractor.validate(extractor.train(pairs, options, tmp_path), pairs, options, 2)
    assert after < 0.7 * before


def test_agreement_forgives_one_pixel_and_no_more() -> None:
    ink = np.full((40, 40), 255, np.uint8)
    ink[20, 5:35] = 0
    blank = np.full_like(ink, 255)
    assert extractor.agreement(ink, ink) == 1
    assert extractor.agreement(np.roll(ink, 1, axis=0), ink) == 1
    assert extractor.agreement(np.roll(ink, 3, axis=0), ink) == 0
    assert extractor.agreement(blank, ink) == 0
    half = ink.copy()
    half[20, 20:] = 255
    assert 0.6 < extractor.agreement(half, ink) < 0.75


@pytest.mark.parametrize("pack", ["wesnoth", "openmoji", "snowy", "imagenet_sample"])
def test_packs_that_may_not_ship_never_train(pack: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=pack):
        extractor.load_pairs(tmp_path, replace(TINY, exact=(), painted=(pack,)))


def test_the_atelier_alone_suffices_and_its_sides_differ(tmp_path: Path) -> None:
    own = replace(TINY, atelier=2, exact=(), painted=(), size=96)
    train = extractor.load_pairs(tmp_path, own)
    held_out = extractor.load_pairs(tmp_path, own, "held-out")
    assert len(train.exact) == len(held_out.exact) == 2
    assert not np.array_equal(train.exact[0][0], held_out.exact[0][0])
    rgb_B3HW, _ = sample_batch(train, own, 0)
    assert rgb_B3HW.shape == (4, 3, 32, 32)


def test_nothing_to_train_on_is_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no picture"):
        extractor.load_pairs(tmp_path, replace(TINY, exact=(), painted=()))


def test_missing_packs_are_a_data_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="chibi"):
        extractor.load_pairs(tmp_path, TINY)


def tiny_network(seed: int = 0) -> LineExtractor:
    """A small random network whose BatchNorm has seen data, in eval mode."""
    torch.manual_seed(seed)
    network = LineExtractor((4, 6, 8, 10))
    for _ in range(3):
        network(torch.rand(4, 3, 32, 32))
    return network.eval()


def test_the_network_refuses_sides_off_the_stride() -> None:
    with pytest.raises(RuntimeError):
        tiny_network()(torch.zeros(1, 3, 20, 32))


def test_the_network_is_small_and_every_weight_learns() -> None:
    from style2color.nn.extractor import LineExtractor

    torch.manual_seed(0)
    network = LineExtractor()
    assert sum(p.numel() for p in network.parameters()) <= 150_000
    lines_B1HW = (torch.rand(2, 1, 32, 32) > 0.2).float()
    line_loss(network.logits(torch.rand(2, 3, 32, 32)), lines_B1HW).backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_nothing_beyond_the_reach_touches_a_line() -> None:
    assert lines.LEARNED_STRIDE == STRIDE
    torch.manual_seed(0)
    network = LineExtractor().eval()
    rgb = torch.rand(1, 3, 160, 160, requires_grad=True)
    out = network.logits(rgb)
    for y, x in ((80, 80), (87, 87), (83, 81)):
        (gradient,) = torch.autograd.grad(out[0, 0, y, x], rgb, retain_graph=True)
        rows = torch.nonzero(gradient.abs().sum((0, 1, 3)))
        assert (rows - y).abs().max() <= lines.LEARNED_REACH


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[LineExtractor, Path]:
    network = tiny_network()
    path = tmp_path_factory.mktemp("lines") / "lines.onnx"
    export(network, path, {"data": "none", "steps": "0"})
    return network, path


def test_exported_graph_equals_the_network(exported: tuple[LineExtractor, Path]) -> None:
    network, path = exported
    assert b"stack_trace" not in path.read_bytes()
    session = lines._session(path)
    assert session.get_modelmeta().custom_metadata_map == {"data": "none", "steps": "0"}
    for shape in ((1, 3, 8, 8), (1, 3, 64, 24), (3, 3, 40, 96)):
        rgb = torch.rand(shape)
        with torch.inference_mode():
            wanted = network(rgb).numpy()
        (found,) = session.run(None, {"rgb": rgb.numpy()})
        assert found.shape == (shape[0], 1, *shape[2:])
        assert np.abs(found - wanted).max() <= 1e-3


def test_tiles_leave_no_trace(
    exported: tuple[LineExtractor, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "LEARNED_WEIGHTS", exported[1])
    picture = np.random.default_rng(0).integers(0, 256, (203, 150, 3), dtype=np.uint8)
    whole = lines.extract(picture, "learned").astype(int)
    monkeypatch.setattr(lines, "_TILE", 64)
    tiled = lines.extract(picture, "learned").astype(int)
    assert np.abs(tiled - whole).max() <= 1
