"""Sketches with references as the refiner sees them, and what is right there, collected once.

The embedded model, or another, looks at every sketch; what its regions vote is kept, so that the
refiner trains in minutes. Chunks of pairs are files, each a pure function of its number: collecting
goes on where it was interrupted, and several processes share the work.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.colorizer import Colorizer
from style2color.data.classes import BACKGROUND, UNKNOWN
from style2color.data.store import Store
from style2color.errors import DataError
from style2color.files import atomic_write
from style2color.model import Model
from style2color.nn.sizes import IRIS as IRIS_CLASS
from style2color.nn.sizes import SEMANTIC
from style2color.painting.balance import balanced
from style2color.painting.refining import inputs_of
from style2color.palette import REFERENCE_SIZE, extract_palette, letterbox
from style2color.reading.ink import clean_paper
from style2color.reading.parts import IRIS
from style2color.reading.portrait import Shown
from style2color.reading.regions import Regions
from style2color.train.kin import (
    Drawn,
    any_row,
    by_source,
    colors_of,
    drawn_at,
    in_company,
    lines_of,
    names_on_square,
    with_kin,
)

Array8 = NDArray[np.uint8]
F32 = NDArray[np.float32]
Pair = Mapping[str, NDArray[Any]]

CHUNK = 50
_SIZES = (256, 576)  # pixels of a sketch; evaluation is at 256, pages are larger
_OWN = 0.65  # of the pairs have a reference of the same character
_COMPANY, _SHOWN = 0.15, (256, 513)  # of the references show somebody beside, at these sizes
_ENOUGH = 0.25  # share of a class at which one of its colours is as good as its commonest
_LEAST = 40  # pixels of a reference that show a class


def collect(
    folder: Path,
    stores: Sequence[Path],
    model: Path | None,
    count: int,
    seed: int,
    *,
    workers: int = 2,
    each: int = CHUNK,
) -> None:
    """Write at least ``count`` pairs into a folder, ``each`` in a file; files that are there are
    kept.

    stores: folders of stores, from which files come in turn. Raises DataError for a missing or
    damaged store, and where its pictures make no pair.
    """
    chunks = -(-count // each)
    folder.mkdir(parents=True, exist_ok=True)
    for store in stores:
        Store.open(store)
    todo = [n for n in range(chunks) if not _file(folder, n).exists()]
    with ProcessPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(
                _write_chunk, _file(folder, n), stores[n % len(stores)], model, (seed, n), each
            )
            for n in todo
        ]
        for done, job in enumerate(jobs, chunks - len(todo) + 1):
            job.result()
            print(f"pairs {each * done}/{each * chunks}", file=sys.stderr, flush=True)


def read_pairs(folder: Path) -> list[Pair]:
    """All pairs of a folder, in order. Raises DataError where there is none."""
    pairs: list[Pair] = []
    for path in sorted(folder.glob("pairs-*.npz")):
        with np.load(path) as file:
            found: dict[str, dict[str, NDArray[Any]]] = {}
            for key in file.files:
                number, _, name = key.partition("/")
                found.setdefault(number, {})[name] = file[key]
        pairs += found.values()
    if not pairs:
        raise DataError(f"no pairs in {folder}; collect some first")
    return pairs


def _file(folder: Path, chunk: int) -> Path:
    return folder / f"pairs-{chunk:05d}.npz"


def _write_chunk(
    path: Path, store: Path, model: Path | None, seed: tuple[int, int], each: int
) -> None:
    made = _pairs(Store.open(store), _painter(model), np.random.default_rng(seed))
    arrays = {}
    for number in range(each):
        pair = next(made, None)
        if pair is None:
            raise DataError(f"{store}: its pictures make no pair")
        for name, values in pair.items():
            half = values.dtype == np.float32 and "area" not in name
            arrays[f"{number:02d}/{name}"] = values.astype(np.float16) if half else values
    with atomic_write(path) as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _painter(folder: Path | None) -> Colorizer:
    return Colorizer(Model.load(folder, threads=1))


def _pairs(store: Store, painter: Colorizer, rng: np.random.Generator) -> Iterator[Pair]:
    """Pairs without end, or none where twenty drawings in turn make no pair.

    Sources count by the roots of their numbers, so that the largest does not crowd out the others.
    """
    everyone = by_source(store, range(len(store)))
    known = with_kin(store)
    misses = 0
    while misses < 20:
        stranger = not known or rng.random() >= _OWN
        row = any_row(everyone if stranger else known, rng)
        kin = store.characters[store.rows[row].character]
        other = int(rng.integers(len(store))) if stranger else kin[rng.integers(len(kin))]
        if other == row or (stranger and other in kin):
            misses += len(kin) == len(store)
            continue
        side = int(rng.integers(_SIZES[0], max(min(_SIZES[1], store.size), _SIZES[0]) + 1))
        sketch = drawn_at(store, row, side)
        if rng.random() < _COMPANY:
            reference = in_company(store, other, int(rng.integers(*_SHOWN)), rng)
        else:
            reference = drawn_at(store, other, None)
        pair = pair_of(painter, sketch, lines_of(sketch, rng), reference, stranger)
        misses = misses + 1 if pair is None else 0
        if pair is not None:
            yield pair


def pair_of(
    painter: Colorizer, sketch: Drawn, lines: Array8, reference: Drawn, stranger: bool
) -> Pair | None:
    """What the refiner sees of a sketch, uint8 (H, W) lines, with a reference, and what is right.

    Beside `refining.inputs_of`: colors (K, 3) uint8; amounts (K,), of the reference's figure;
    teacher (R, K), the votes without a refiner; mean and main (R, 3), colours of the target in
    every region, 0..255; seen (R,), its pixels without ink; fits (R, K) and fits_weight (R,): the
    chance that an entry is a colour of the region's class, and how much is known of that; stranger:
    whether the reference is another character, whose colours the target does not tell. None where
    there is next to nothing to choose.
    """
    painter.set_reference(reference.rgb)
    case = painter.case(clean_paper(lines))
    regions, seen_as = case.regions, case.reference
    if regions.count < 2 or seen_as.assignment is None:
        return None
    inputs = inputs_of(case)
    count, own = len(inputs["area"]), case.look.own
    entry = np.append(np.arange(own), len(case.look.colors) - 1)
    teacher = balanced(case.opinion, case.pixels, regions, seen_as, case.like) + case.pixels
    mean, main, seen = colors_of(regions, sketch, count)
    fits, weight = np.zeros((count, len(entry)), np.float32), np.zeros(count, np.float32)
    if stranger and sketch.names is not None and reference.names is not None:
        held = _held(reference, painter.model.palette_entries, seen_as.shown, len(entry))
        fits, weight = _fits(regions, sketch.names, held, count)
    return inputs | {
        "colors": case.look.colors[entry],
        "amounts": inputs["entries"][:, 4],
        "teacher": teacher[:count][:, entry].clip(-30, 60),
        "mean": mean,
        "main": main,
        "seen": seen,
        "fits": fits,
        "fits_weight": weight,
        "stranger": np.array(stranger),
    }


def _held(reference: Drawn, entries: int, shown: Shown, kinds: int) -> F32:
    """Pixels of every class in every entry of a reference, (17, K)."""
    names = reference.names
    assert names is not None
    palette = extract_palette(letterbox(reference.rgb), entries)
    square = names_on_square(names, max(names.shape))
    seen = (REFERENCE_SIZE, REFERENCE_SIZE)
    named = np.asarray(Image.fromarray(square).resize(seen, Image.Resampling.NEAREST))
    keys = named.ravel().astype(np.intp) * kinds + palette.entry.ravel()
    held = np.bincount(keys, minlength=SEMANTIC * kinds).reshape(SEMANTIC, kinds)
    held[[UNKNOWN, BACKGROUND]] = 0
    if IRIS in shown:  # which may have an entry of its own
        held[IRIS_CLASS] = 0
        held[IRIS_CLASS, : len(shown[IRIS])] = 100 * shown[IRIS]
    return held.astype(np.float32)


def _fits(regions: Regions, classes: Array8, held_CK: F32, count: int) -> tuple[F32, F32]:
    """How well every entry fits every region by its class, and how much is known of that."""
    whole = held_CK.sum(axis=1, keepdims=True)
    known = whole[:, 0] >= _LEAST
    good = np.minimum(held_CK / np.maximum(whole, 1) / _ENOUGH, 1) * known[:, None]
    labels = np.where(regions.free, regions.labels, 0).ravel()
    kept = (labels > 0) & (labels <= count)
    keys = (labels[kept].astype(np.intp) - 1) * SEMANTIC + classes.ravel()[kept]
    shares = np.bincount(keys, minlength=count * SEMANTIC).reshape(count, SEMANTIC)
    share = shares / np.maximum(shares.sum(axis=1, keepdims=True), 1)
    return (share @ good).astype(np.float32), (share @ known).astype(np.float32)
