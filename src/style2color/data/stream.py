"""The training stream: any number, always the same sample for the same number.

A sample is drawn from its index alone, so that training resumes exactly, and any number of
workers and processes see the same data. Sources are stores (packs, drawn characters, a user's
pictures), mixed by weight; the reference is another drawing of the same character where there is
one, else another view of the target; both get the same random recolouring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from style2color.data.augment import (
    U8,
    Bend,
    Rng,
    apply_view,
    random_lines,
    random_recolor,
    random_view,
    view_drawing,
    view_ids,
)
from style2color.data.classes import BACKGROUND, CLASSES, LIT, NAME, SHADED, UNKNOWN
from style2color.data.own import own_store
from style2color.data.recolor import palette_recolor
from style2color.data.store import Store
from style2color.data.unpaint import random_bare, unpaint
from style2color.data.wear import wear
from style2color.errors import DataError, TrainingError
from style2color.palette import (
    CELLS,
    ENTRIES,
    REFERENCE_SIZE,
    Palette,
    cluster_colors,
    extract_palette,
)
from style2color.reading.ink import clean_paper
from style2color.reading.placing import NEUTRAL, place
from style2color.reading.regions import Regions, geometry, label_regions, shrink_labels

HINT_ENTRIES = 4
SLOTS = ENTRIES + HINT_ENTRIES + 1
"""Palette entries of a training sample: reference, hints, paper."""
REGIONS = 96
REFERENCE, HINT, PAPER, DEFAULT = range(4)

Sample = dict[str, NDArray[np.generic]]


@dataclass(frozen=True)
class StreamConfig:
    """What the samples are made of. Shares are probabilities, 0..1."""

    stores: tuple[str, ...] = ()
    """Folders of built stores (style2color data build)."""
    folders: tuple[str, ...] = ()
    """Folders of your own pictures, characters by subfolder; stored in `cache` on first use."""
    weights: tuple[float, ...] = ()
    """One weight per store, then one per folder; empty: by the root of their sizes."""
    favour: dict[str, float] = field(default_factory=dict)
    """Factors on the chance of a source's characters inside its store, e.g. {duelyst = 6.0}."""
    exact_lines: float = 0.75
    """Share of exact line art where a picture has it; else lines are extracted."""
    recolor: float = 0.6
    """Share of samples in other colours, the same for target and reference."""
    swap: float = 0.0
    """Of these, the share whose materials change colour one by one; else all colours together."""
    cross: float = 0.7
    """Share of references that are another drawing of the character, where there is one."""
    strangers: float = 0.0
    """Share of samples whose reference is a drawing of another character: nobody knows the right
    colours then, only that they are the reference's."""
    no_reference: float = 0.08
    unpainted: float = 0.0
    """Share of drawn pictures (with `classes` and exact lines) some of whose clothes, hair or all
    of whose figure are bare paper, in target and reference alike."""
    hints: float = 0.35
    wear: float = 1.0
    cache: str = "cache"
    """Where the pictures of `folders` are stored."""


def open_stores(config: StreamConfig) -> list[Store]:
    """The stores of a stream in the order of its weights; those of `folders` are built first
    where they are missing or their pictures have changed.

    Raises TrainingError where none is named, DataError and UsageError where one is not usable,
    OutputError where the cache cannot be written.
    """
    if not config.stores and not config.folders:
        raise TrainingError(
            "the stream needs at least one store or folder: name them in [data] stores or folders"
        )
    built = [Store.open(Path(folder)) for folder in config.stores]
    return built + [own_store(Path(folder), Path(config.cache)) for folder in config.folders]


class Stream:
    """Samples by number. `len` is the number of pictures; any index is valid.

    Raises DataError where a store is missing or damaged, TrainingError for wrong weights.
    """

    def __init__(
        self, config: StreamConfig, size: int, seed: int = 0, default_palette: U8 | None = None
    ) -> None:
        self.config, self.size, self.seed = config, size, seed
        self.stores = open_stores(config)
        weights = config.weights or tuple(len(store) ** 0.5 for store in self.stores)
        if len(weights) != len(self.stores) or min(weights) < 0 or sum(weights) <= 0:
            raise TrainingError(
                f"[data] weights: {len(self.stores)} stores and folders need as many weights of 0 "
                "or more"
            )
        self.shares = np.cumsum(weights) / sum(weights)
        self.pools = [_Characters(store, config.favour) for store in self.stores]
        self.default_palette = default_palette

    def __len__(self) -> int:
        return sum(len(store) for store in self.stores)

    def sample(self, index: int) -> Sample:
        """The sample of a number; see `collate` in train/batch.py for the tensors it becomes.

        lines uint8 (1, S, S), hints uint8 (S, S), where 0 is none and n entry n − 1 of the palette,
        target uint8 (3, S, S), free bool (S, S);
        reference uint8 (3, 256, 256), assignment float16 (SLOTS, 32, 32), palette uint8
        (SLOTS, 3), kind uint8 (SLOTS,), moments float32 (SLOTS, 5), present bool (SLOTS,),
        has_reference and stranger bool; labels int16 (S/2, S/2), geometry float32 (REGIONS, 8),
        region_present bool, placed float16 (REGIONS, 2, SLOTS). Ids into `CLASSES`, 0 where
        nothing is known: classes uint8 (S/2, S/2), of_reference uint8 (64, 64); lit and shaded
        bool (S/2, S/2), where highlights and shadows lie; entry_classes float16 (SLOTS, CLASSES),
        the share of every class in what an entry covers, all 0 where nothing is known.
        """
        rng = np.random.default_rng((self.seed, index))
        config, size = self.config, self.size
        which = int(np.searchsorted(self.shares, rng.random(), side="right"))
        store, pool = self.stores[which], self.pools[which]
        row, other = pool.pick(rng, config.cross)
        with_reference = self.default_palette is None or rng.random() >= config.no_reference
        stranger = with_reference and config.strangers > 0 and rng.random() < config.strangers
        if stranger:
            _, other = pool.pick(rng, 0.0)

        bare = None
        if with_reference and store.classes is not None and config.unpainted > 0:
            # No throw where none is unpainted: such streams stay what they were.
            bare = random_bare(rng) if rng.random() < config.unpainted else None

        view = random_view(rng, store.size, size, store.box[row])
        rgb, known = _picture(store, row, bare)
        if store.rows[row].has_lines and rng.random() < config.exact_lines:
            target, lines = view_drawing(rgb, np.asarray(store.lines[row]), view, size)
        else:
            target = apply_view(rgb, view, size)
            lines = random_lines(target, rng)
        lines = clean_paper(wear(lines, rng, config.wear))
        classes = np.full((size // 2, size // 2), UNKNOWN, np.uint8)
        if known is not None:
            classes = view_ids(known, view * np.float32(0.5), size // 2, BACKGROUND)

        view = random_view(rng, store.size, REFERENCE_SIZE, store.box[other])
        rgb, known = _picture(store, other, bare)
        reference = apply_view(rgb, view, REFERENCE_SIZE)
        of_reference = None
        if known is not None:
            of_reference = view_ids(known & np.uint8(NAME), view, REFERENCE_SIZE, BACKGROUND)
        if other == row or rng.random() < 0.3:
            bent = Bend.random(REFERENCE_SIZE, rng)
            reference = bent.picture(reference)
            if of_reference is not None:
                of_reference = bent.ids(of_reference, BACKGROUND)
        if with_reference and rng.random() < config.recolor:
            # No throw where none is swapped: such streams stay what they were.
            swaps = config.swap > 0 and rng.random() < config.swap
            recolor = palette_recolor([target, reference], rng) if swaps else random_recolor(rng)
            target, reference = recolor(target), recolor(reference)

        regions = label_regions(lines, gap=int(rng.integers(1, 4)))
        dabs: list[_Dab] = []
        if not stranger and rng.random() < config.hints:
            target, dabs = _hinted(target, regions, rng)
        planes = _planes(reference)
        # A view of its planes: what the palette makes of it first.
        palette = extract_palette(planes.transpose(1, 2, 0)) if with_reference else None
        sample = self._entries(palette, dabs)
        described = np.zeros((REGIONS, 8), np.float32)
        measured = geometry(regions)[:REGIONS]
        described[: len(measured)] = measured
        placed = np.full((REGIONS, 2, SLOTS), NEUTRAL, np.float16)
        entry_classes = np.zeros((SLOTS, len(CLASSES)), np.float16)
        if palette is not None:
            under = place(regions, palette.assignment)[:REGIONS]
            placed[: len(under), :, : len(palette)] = under
            if of_reference is not None:
                entry_classes[: len(palette)] = _shares(palette, of_reference)
        small = shrink_labels(regions.labels, size // 2, size // 2)
        small[small > REGIONS] = 0
        present = np.bincount(small.ravel(), minlength=REGIONS + 1)[1:] > 0
        sample.update(
            lines=lines[None],
            target=_planes(target),
            free=regions.free,
            reference=planes,
            has_reference=np.array(with_reference),
            stranger=np.array(stranger),
            labels=small.astype(np.int16),
            geometry=described,
            region_present=present,
            placed=placed,
            classes=classes & np.uint8(NAME),
            lit=classes & LIT > 0,
            shaded=classes & SHADED > 0,
            of_reference=_cells(of_reference),
            entry_classes=entry_classes,
        )
        return sample

    def _entries(self, palette: Palette | None, dabs: list[_Dab]) -> Sample:
        colors = np.zeros((SLOTS, 3), np.uint8)
        kind = np.zeros(SLOTS, np.uint8)
        moments = np.zeros((SLOTS, 5), np.float32)
        assignment = np.zeros((SLOTS, CELLS, CELLS), np.float16)
        present = np.zeros(SLOTS, bool)
        if palette is not None:
            own = len(palette)
            colors[:own], moments[:own] = palette.colors, palette.moments
            assignment[:own] = palette.assignment
        else:
            assert self.default_palette is not None
            own = len(self.default_palette)
            colors[:own], kind[:own] = self.default_palette, DEFAULT
        hints = np.zeros((self.size, self.size), np.uint8)
        asked = sorted({color for _, color in dabs})
        for area, color in dabs:
            hints[area] = own + asked.index(color) + 1
        end = own + len(asked)
        colors[own:end], kind[own:end] = np.array(asked, np.uint8).reshape(-1, 3), HINT
        colors[end], kind[end] = 255, PAPER
        present[: end + 1] = True
        return {
            "hints": hints,
            "palette": colors,
            "kind": kind,
            "moments": moments,
            "assignment": assignment,
            "present": present,
        }


def _picture(store: Store, row: int, bare: NDArray[np.bool_] | None) -> tuple[U8, U8 | None]:
    """A stored picture (S, S, 3) and its classes (S, S), where there are any; `bare` ones are
    unpainted where the picture has exact lines."""
    rgb = np.asarray(store.rgb[row])
    if store.classes is None:
        return rgb, None
    known = np.asarray(store.classes[row])
    if bare is None or not store.rows[row].has_lines:
        return rgb, known
    return unpaint(rgb, np.asarray(store.lines[row]), known, bare)


def _planes(rgb: U8) -> U8:
    """(S, S, 3) → (3, S, S)"""
    planes = np.empty((3, *rgb.shape[:2]), np.uint8)
    cv2.split(rgb, list(planes))
    return planes


def _cells(classes: U8 | None) -> U8:
    """The classes of a reference at the middle of every 4 × 4 pixels, (64, 64)."""
    side = REFERENCE_SIZE // 4
    if classes is None:
        return np.full((side, side), UNKNOWN, np.uint8)
    return np.ascontiguousarray(classes[2::4, 2::4])


def _shares(palette: Palette, classes: U8) -> NDArray[np.float64]:
    """The share of every class in each entry of a palette, (K, CLASSES); rows sum to 1 or 0."""
    bins = [len(palette), len(CLASSES)]
    # One bin for every entry and class: OpenCV counts pairs in half of NumPy's time.
    counts = cv2.calcHist([palette.entry, classes], [0, 1], None, bins, [0, bins[0], 0, bins[1]])
    table = counts.astype(np.float64)
    table[:, UNKNOWN] = 0
    shares: NDArray[np.float64] = table / np.maximum(table.sum(1, keepdims=True), 1)
    return shares


class _Characters:
    """Picks characters evenly up to a point: one with many drawings comes more often, not as often
    as it has drawings."""

    def __init__(self, store: Store, favour: dict[str, float]) -> None:
        self.groups = list(store.characters.values())
        if not self.groups:
            raise DataError(f"the store in {store.folder} holds no picture")
        weights = np.sqrt([min(len(group), 9) for group in self.groups])
        weights *= [favour.get(store.rows[group[0]].source, 1.0) for group in self.groups]
        self.shares = np.cumsum(weights) / weights.sum()

    def pick(self, rng: Rng, cross: float) -> tuple[int, int]:
        """Row of the target and row of the reference."""
        group = self.groups[int(np.searchsorted(self.shares, rng.random(), side="right"))]
        row = int(group[rng.integers(len(group))])
        if len(group) > 1 and rng.random() < cross:
            return row, int(group[rng.integers(len(group))])
        return row, row


_Dab = tuple[tuple[slice, slice], tuple[int, ...]]
"""Where a hint lies, and its colour."""


def _hinted(target: U8, regions: Regions, rng: Rng) -> tuple[U8, list[_Dab]]:
    """Dab up to `HINT_ENTRIES` hints on a target, (S, S, 3); later ones lie on earlier ones.

    A third of them ask for a colour of their own; then the region they lie in gets it, so that a
    hint is learned to win over the reference.
    """
    size, labels = target.shape[0], regions.labels
    share = regions.area / labels.size
    target = target.copy()
    dabs: list[_Dab] = []
    dabbed: set[int] = set()
    for _ in range(int(rng.integers(1, HINT_ENTRIES + 1))):
        y, x = (int(v) for v in rng.integers(2, size - 2, 2))
        label = labels[y, x]
        if label == 0:
            continue
        # A region with an earlier dab keeps its colour, or that dab would no longer be obeyed.
        if rng.random() < 0.33 and share[label - 1] < 0.4 and label not in dabbed:
            inside = labels == label
            before = target[inside].astype(np.float32)
            apart = before - np.median(before, axis=0)
            wish = rng.integers(0, 256, 3)
            if np.abs(apart).mean() > 40:
                continue
            target[inside] = np.clip(apart + wish, 0, 255).astype(np.uint8)
        patch = target[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3)
        color = np.sort(patch, axis=0)[4]  # the median of nine
        radius = int(rng.integers(1, 4))
        area = (
            slice(max(0, y - radius), y + radius + 1),
            slice(max(0, x - radius), x + radius + 1),
        )
        dabs.append((area, tuple(color.tolist())))
        dabbed.add(int(label))
    return target, dabs


def measure_default_palette(stores: Sequence[Store], pictures: int = 400, seed: int = 0) -> U8:
    """The usual colours of a training set, uint8 (ENTRIES, 3): what paints without a reference.

    White is left out: paper is an entry of its own. Raises DataError where nothing is left.
    """
    rng = np.random.default_rng(seed)
    tiles = []
    for store in stores:
        rows = rng.choice(len(store), min(len(store), pictures // len(stores)), replace=False)
        tiles += [np.asarray(store.rgb[row])[8::16, 8::16].reshape(-1, 3) for row in sorted(rows)]
    pixels = np.concatenate(tiles)
    colored = pixels[pixels.min(axis=1) < 240]
    if not len(colored):
        raise DataError("the stores hold nothing but white; training needs coloured pictures")
    return cluster_colors(colored)
