"""The training stream: a number is a sample, everywhere and always, and every field is right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

pytest.importorskip("cv2")

from style2color.data.augment import opencv_gaussian
from style2color.data.classes import CLASSES
from style2color.data.store import Store
from style2color.data.stream import (
    DEFAULT,
    HINT,
    PAPER,
    REFERENCE,
    REGIONS,
    SLOTS,
    Sample,
    Stream,
    StreamConfig,
    measure_default_palette,
)
from style2color.errors import DataError, TrainingError
from style2color.lines import xdog
from style2color.palette import ENTRIES
from style2color.reading.placing import NEUTRAL

SIZE = 64
PALETTE = np.array([[250, 220, 200], [60, 40, 40], [255, 255, 255]], np.uint8)
SHAPES = {
    "lines": (np.uint8, (1, SIZE, SIZE)),
    "hints": (np.uint8, (SIZE, SIZE)),
    "target": (np.uint8, (3, SIZE, SIZE)),
    "free": (np.bool_, (SIZE, SIZE)),
    "reference": (np.uint8, (3, 256, 256)),
    "has_reference": (np.bool_, ()),
    "stranger": (np.bool_, ()),
    "assignment": (np.float16, (SLOTS, 32, 32)),
    "palette": (np.uint8, (SLOTS, 3)),
    "kind": (np.uint8, (SLOTS,)),
    "moments": (np.float32, (SLOTS, 5)),
    "present": (np.bool_, (SLOTS,)),
    "labels": (np.int16, (SIZE // 2, SIZE // 2)),
    "geometry": (np.float32, (REGIONS, 8)),
    "region_present": (np.bool_, (REGIONS,)),
    "placed": (np.float16, (REGIONS, 2, SLOTS)),
    "classes": (np.uint8, (SIZE // 2, SIZE // 2)),
    "lit": (np.bool_, (SIZE // 2, SIZE // 2)),
    "shaded": (np.bool_, (SIZE // 2, SIZE // 2)),
    "of_reference": (np.uint8, (64, 64)),
    "entry_classes": (np.float16, (SLOTS, len(CLASSES))),
}


@pytest.fixture(scope="module")
def config(tiny_store: Path) -> StreamConfig:
    return StreamConfig((str(tiny_store),))


@pytest.fixture(scope="module")
def stream(config: StreamConfig) -> Stream:
    return Stream(replace(config, hints=0.5, no_reference=0.3), SIZE, 5, PALETTE)


def assert_same(one: Sample, other: Sample) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


def test_a_number_is_a_sample(stream: Stream, config: StreamConfig) -> None:
    again = Stream(replace(config, hints=0.5, no_reference=0.3), SIZE, 5, PALETTE)
    backwards = {number: again.sample(number) for number in (9, 3, 0)}
    for number, sample in backwards.items():
        assert_same(sample, stream.sample(number))
    assert not np.array_equal(stream.sample(3)["target"], stream.sample(9)["target"])
    other = Stream(stream.config, SIZE, 6, PALETTE)
    assert not np.array_equal(stream.sample(3)["target"], other.sample(3)["target"])


@given(number=st.integers(0, 2**40))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_field_is_of_its_kind(stream: Stream, number: int) -> None:
    sample = stream.sample(number)
    assert sample.keys() == SHAPES.keys()
    for name, (dtype, shape) in SHAPES.items():
        assert sample[name].dtype == dtype, name
        assert sample[name].shape == shape, name
        assert np.isfinite(sample[name].astype(np.float32)).all(), name
    present, kind = sample["present"], sample["kind"]
    count = int(present.sum())
    assert present[:count].all()
    assert kind[count - 1] == PAPER
    assert sample["palette"][count - 1].tolist() == [255, 255, 255]
    own = DEFAULT if not sample["has_reference"] else REFERENCE
    hints = int((kind[:count] == HINT).sum())
    assert kind[:count].tolist() == [own] * (count - 1 - hints) + [HINT] * hints + [PAPER]
    assert 1 <= count - 1 - hints <= ENTRIES
    covered = sample["assignment"].astype(np.float32).sum(0)
    np.testing.assert_allclose(covered, float(bool(sample["has_reference"])), atol=0.02)
    assert not sample["assignment"][count - 1 - hints :].any()
    assert sample["moments"].min() >= 0
    assert sample["moments"].max() <= 1
    labels, regions = sample["labels"], sample["region_present"]
    assert labels.min() >= 0
    assert labels.max() <= REGIONS
    assert set(np.unique(labels)) - {0} == set(np.flatnonzero(regions) + 1)
    placed = sample["placed"].astype(np.float32)
    assert placed.min() >= 0
    assert placed.max() <= 1.01
    if not sample["has_reference"]:
        np.testing.assert_allclose(placed, NEUTRAL, atol=1e-3)
    assert set(np.unique(sample["hints"])) - {0} <= set(np.flatnonzero(kind == HINT) + 1)


@pytest.mark.parametrize("sigma", [0.1, 0.3, 0.6])
def test_lines_are_those_of_the_core_with_a_faster_gaussian(sigma: float) -> None:
    rgb = np.random.default_rng(3).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    rgb = rgb.repeat(6, axis=0).repeat(6, axis=1)
    own, other = (xdog(rgb, sigma=sigma, blur=blur).astype(int) for blur in (None, opencv_gaussian))
    assert own.min() == 0
    assert np.abs(own - other).max() <= 1


def test_without_a_reference_the_default_palette_paints(config: StreamConfig) -> None:
    blind = Stream(replace(config, no_reference=1.0, hints=0.0), SIZE, 0, PALETTE)
    for number in range(3):
        sample = blind.sample(number)
        assert not sample["has_reference"]
        np.testing.assert_array_equal(sample["palette"][:3], PALETTE)
        assert sample["kind"][:4].tolist() == [DEFAULT] * 3 + [PAPER]
        assert sample["present"].sum() == 4
    # Nothing is recoloured then: the usual colours must stay the usual ones.
    seen = Stream(replace(config, no_reference=1.0, hints=0.0, recolor=0.0), SIZE, 0, PALETTE)
    np.testing.assert_array_equal(seen.sample(0)["target"], blind.sample(0)["target"])


def test_materials_change_colour_one_by_one(config: StreamConfig) -> None:
    at_once = Stream(replace(config, recolor=1.0, hints=0.0), SIZE, 4, PALETTE)
    swapped = Stream(replace(config, recolor=1.0, hints=0.0, swap=1.0), SIZE, 4, PALETTE)
    never = Stream(replace(config, recolor=0.0, hints=0.0, swap=1.0), SIZE, 4, PALETTE)
    moved = 0
    for number in range(6):
        one, other, plain = (s.sample(number) for s in (at_once, swapped, never))
        np.testing.assert_array_equal(one["lines"], other["lines"])
        moved += not np.array_equal(one["target"], other["target"])
        paper = (plain["target"] == 255).all(0)
        assert (other["target"][:, paper] == 255).all()
    assert moved >= 4


def dabs(sample: Sample) -> list[NDArray[np.int64]]:
    """The pixels (N, 2) of every hint colour."""
    hints = sample["hints"]
    return [np.argwhere(hints == entry) for entry in np.unique(hints) if entry]


def test_hints_win(config: StreamConfig) -> None:
    hinted = Stream(replace(config, hints=1.0), SIZE, 1, PALETTE)
    plain = Stream(replace(config, hints=0.0), SIZE, 1, PALETTE)
    found, moved = [], 0
    for number in range(40):
        sample = hinted.sample(number)
        moved += not np.array_equal(sample["target"], plain.sample(number)["target"])
        for pixels in dabs(sample):
            y, x = pixels.T
            color = sample["palette"][sample["hints"][y[0], x[0]] - 1]
            target = sample["target"][:, y, x].astype(int)
            found.append(np.abs(target - color[:, None].astype(int)).max(0).min())
    assert len(found) > 40
    # On a soft edge the median of a dab is no pixel's exact colour.
    assert np.mean(np.array(found) <= 8) > 0.85
    assert max(found) <= 48
    assert 5 <= moved < 40  # some ask for a colour of their own, and then the target has it


def test_a_batch_has_the_colour_and_the_mask_of_every_hint(config: StreamConfig) -> None:
    torch = pytest.importorskip("torch")
    from style2color.train.batch import collate, to_batch

    hinted = Stream(replace(config, hints=0.8), SIZE, 1, PALETTE)
    samples = [hinted.sample(number) for number in range(6)]
    batch = to_batch(collate(samples), torch.device("cpu"))
    assert batch.hints.shape == (6, 4, SIZE, SIZE)
    assert batch.hints[:, 3].any()
    for sample, got in zip(samples, batch.hints.numpy(), strict=True):
        wanted = np.zeros((4, SIZE, SIZE), np.float32)
        for y, x in np.argwhere(sample["hints"]):
            color = sample["palette"][sample["hints"][y, x] - 1]
            wanted[:, y, x] = [*(color / np.float32(255)), 1]
        np.testing.assert_array_equal(got, wanted)


def test_workers_that_the_memory_is_too_small_for_are_refused(stream: Stream) -> None:
    pytest.importorskip("torch")
    from style2color.train.batch import batches

    with pytest.raises(TrainingError, match="of shared memory"):
        next(batches(stream, first=0, steps=range(1), batch=4, workers=10**9))


def test_workers_and_processes_see_the_same_data(stream: Stream) -> None:
    torch = pytest.importorskip("torch")
    from style2color.train.batch import batches

    def numbers(workers: int, rank: int, world: int, first: int = 0, end: int = 3) -> list[object]:
        steps = range(first, end)
        made = batches(
            stream, first=8, steps=steps, batch=4, workers=workers, rank=rank, world=world
        )
        return [arrays["target"] for arrays in made]

    alone = numbers(0, 0, 1)
    for step, whole in enumerate(alone):
        single = [stream.sample(8 + 4 * step + i)["target"] for i in range(4)]
        assert torch.equal(whole, torch.from_numpy(np.stack(single)))
    for loaded, whole in zip(numbers(2, 0, 1), alone, strict=True):
        assert torch.equal(loaded, whole)
    for halves in zip(numbers(0, 0, 2), numbers(0, 1, 2), alone, strict=True):
        assert torch.equal(torch.cat(halves[:2]), halves[2])
    assert torch.equal(numbers(0, 0, 1, first=2)[0], alone[2])
    # More batches than the workers' memory has rows: what was given before stays as it was.
    for loaded, whole in zip(numbers(1, 0, 1, end=10), numbers(0, 0, 1, end=10), strict=True):
        assert torch.equal(loaded, whole)


def test_weights_choose_the_store(tiny_store: Path, tiny_packs: Path, tmp_path: Path) -> None:
    from style2color.data.store import build_store

    other = build_store(tmp_path / "o", tiny_packs, ["openclipart"], 64, "all", progress=False)
    two = StreamConfig((str(tiny_store), str(other.folder)), weights=(0.0, 1.0), hints=0.0)
    alone = replace(two, stores=(str(other.folder),), weights=())
    for number in range(3):
        assert_same(
            Stream(two, SIZE, 2, PALETTE).sample(number),
            Stream(alone, SIZE, 2, PALETTE).sample(number),
        )
    assert len(Stream(two, SIZE)) == 42


@pytest.mark.parametrize("weights", [(1.0, 1.0), (-1.0,), (0.0,)])
def test_wrong_weights_are_named(config: StreamConfig, weights: tuple[float, ...]) -> None:
    with pytest.raises(TrainingError, match="weights"):
        Stream(replace(config, weights=weights), SIZE)


def test_stores_that_are_not_there(config: StreamConfig, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no store"):
        Stream(replace(config, stores=(str(tmp_path),)), SIZE)
    with pytest.raises(TrainingError, match="at least one store"):
        Stream(StreamConfig(()), SIZE)


def test_the_default_palette_is_made_of_the_usual_colours(tiny_store: Path) -> None:
    store = Store.open(tiny_store)
    rgb = np.full_like(store.rgb, 255)  # paper, which has an entry of its own
    rgb[::2] = (60, 90, 200)
    rgb[::3] = (244, 208, 180)
    palette = measure_default_palette([replace(store, rgb=rgb)])
    assert palette.dtype == np.uint8
    found = palette[palette[:, 0].argsort()].astype(int)
    assert np.abs(found - [(60, 90, 200), (244, 208, 180)]).max() <= 2
    drawn = measure_default_palette([store])
    assert 2 < len(drawn) <= ENTRIES
    np.testing.assert_array_equal(drawn, measure_default_palette([store]))
    with pytest.raises(DataError, match="nothing but white"):
        measure_default_palette([replace(store, rgb=np.full_like(store.rgb, 255))])
