"""Parts of figures in line art: whites of eyes stay paper, and an iris is one region.

A white is seldom a closed region, and an iris is many: to a vote of closed regions eyes are the
worst part of a face, and to a reader of pictures the first. Hands and ears are taken for cloth and
hair. So a tiny network reads the lines alone, first the whole page, then every eye that it found
from near. Eyes become regions of their own before any region votes, a face that is open to the hair
is parted from it, and all regions hear what the reference has where it shows the same part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cc3d
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.color import squared_delta_e
from style2color.model import Model
from style2color.reading.ink import shrink_lines
from style2color.reading.regions import Regions, pool

if TYPE_CHECKING:
    from style2color.painting.network import Look

__all__ = [
    "HAIR",
    "IRIS",
    "OTHER",
    "PALE",
    "SKIN",
    "SPECK",
    "WHITE",
    "Reading",
    "certain",
    "grown",
    "informed",
    "known_parts",
    "log_prior",
    "pieces_of",
    "read_parts",
    "with_names",
]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

OTHER, WHITE, IRIS, SKIN, HAIR = range(5)
"""What a pixel or a region is, in the order of the graph's outputs."""
PALE = 225
"""Colours with no channel below this are white."""
SPECK = 6
"""Pixels; smaller pieces of eyes are left to their region."""
_PARTS = 5
_EMBEDDING = "embedding"  # an output that only later readers have
_STRIDE = 32  # the graph takes sides that are multiples of this
_PAGE = 384  # longest side at which the page is read
_NEAR = 192  # and at which eyes are read from near
_HINT = 0.3  # share of an eye at which a pixel of the page is worth a nearer look
_AROUND = 2.2  # a nearer look shows this many times the eyes' own extent
_LEAST = 28  # and at least this much of the page at `_PAGE`
_JOINED = 9  # pixels there: eyes nearer to each other are looked at together
_MOST = 8  # nearer looks
_SURE = 0.5  # mean share at which a piece of iris is believed
_INK = 160  # darker lines count as ink where they are read from near
_LINED = 0.85  # of the edge of an iris has ink beside it
_BESIDE, _LARGER = 0.08, 4.0  # times an iris: the least white beside it, and the largest piece
_CLASSES = 17  # amounts of each class in every entry, with which tokens end (`nn.sizes`)
_CLASS = {IRIS: 4, SKIN: 2, HAIR: 3}
"""The class of a part among them."""
_FROM, _FULL = np.float32(0.4), np.float32(0.8)  # shares at which skin counts: at all, in full
_DOUBTED, _AGREED = 0.35, 0.5  # agreement of both readers of a reference: no trust, all trust
_ALONE = np.float32(0.5)  # trust in one of them
_LIKE_HAIR = np.float32(0.01)  # of the hair's amount: the share of irises that nobody has seen
_ALIKE = 15.0  # ΔE at which colours are hardly one
_RARE, _NOTHING = 0.02, 3e-4
_CERTAIN = 1e3


@dataclass(frozen=True, eq=False)
class Reading:
    """What was read of a page.

    shares: float32 (5, h, w), of each part at a size of its own, sums to 1. eyes: uint8 (H, W),
    the size of the lines: `WHITE`, `IRIS` or `OTHER`. embedding: float32 (E, h′, w′), see
    `correspondence`; None where a model of before 0.15 has none.
    """

    shares: F32
    eyes: U8
    embedding: F32 | None = None


def read_parts(model: Model, lines_HW: U8) -> Reading | None:
    """Read lines, uint8 (H, W), 255 = paper. None where the model has no graph for it.

    Raises ModelError where the graph does not run.
    """
    if not model.reads_parts:
        return None
    wanted = [name for name in ("shares", _EMBEDDING) if name in model.outputs("parts")]
    shares, *more = _read(model, shrink_lines(lines_HW, _PAGE), wanted)
    eyes = np.zeros(lines_HW.shape, np.uint8)
    for window in _windows(shares[WHITE] + shares[IRIS], lines_HW.shape):
        near = lines_HW[window]
        small = shrink_lines(near, _NEAR)
        (near_shares,) = _read(model, small, ["shares"])
        found = _believed(near_shares, small)
        if found.any():
            grown = [_resized(plane, near.shape) for plane in (0.5 - found.max(0), *found)]
            np.maximum(eyes[window], np.argmax(grown, 0).astype(np.uint8), out=eyes[window])
    return Reading(shares, eyes, *more)


def known_parts(regions: Regions, eyes_R: U8, reading: Reading | None) -> F32 | None:
    """The share of every part in each region, float32 (R, 5); eyes are certain."""
    if reading is None:
        return None
    shares, gone = pool(reading.shares, regions.labels, regions.count)
    shares[gone] = 0
    shares[:, [WHITE, IRIS]] = 0
    found = eyes_R != OTHER
    shares[found] = np.eye(_PARTS, dtype=np.float32)[eyes_R[found]]
    return shares


def with_names(shares_RP: F32 | None, names_RC: F32 | None) -> F32 | None:
    """Skin and hair of regions as far as either this reader or the painter says so; eyes stay.

    names_RC: float32, from `wardrobe.named`.
    """
    if shares_RP is None or names_RC is None:
        return shares_RP
    both = shares_RP.copy()
    free = shares_RP[:, [WHITE, IRIS]].max(axis=1, initial=0) < 1
    for part in (SKIN, HAIR):
        both[free, part] = np.maximum(shares_RP[free, part], names_RC[free, _CLASS[part]])
    return both


def informed(opinion_RK: F32, shares_RP: F32 | None, look: Look) -> F32:
    """The regions' logits (R, K), by parts: whites are paper, and an iris, skin or hair what the
    reference has where it shows the same.

    shares_RP: from `known_parts`; None changes nothing. Neither does a part that the reference does
    not show. What hints ask for is as good as the best entry of the reference.
    """
    if shares_RP is None or not len(opinion_RK):
        return opinion_RK
    said = opinion_RK.copy()
    # Where an eye was read there is a face, and what is read around it is believed more than on a
    # page that may show anything.
    face = bool((shares_RP[:, IRIS] == 1).any())
    for part, trust in _trust(shares_RP, face).items():
        amount = look.tokens[:, _CLASS[part] - _CLASSES]
        if face and part in look.shown:
            shown = look.shown[part]
            if part != IRIS:
                trust *= _agreed(shown, amount[: look.own], look.colors[: look.own])
            amount = np.zeros_like(amount)
            amount[: look.own] = shown
        elif part == IRIS:
            amount = _unseen_iris(amount, look)
        elif face:
            trust *= _ALONE
        said += trust[:, None] * log_prior(amount, look.own)
    said[shares_RP[:, WHITE] == 1, -1] += _CERTAIN
    return said


def _unseen_iris(iris_K: F32, look: Look) -> F32:
    """Amounts of every entry for irises of which the reference shows none, (K,): closed eyes.

    Of the white and the skin around an eye a trace is always taken for iris, and eyes of that
    colour are empty. Where nothing else is, they are like the hair.
    """
    skin, hair = (look.tokens[:, _CLASS[part] - _CLASSES] for part in (SKIN, HAIR))
    empty = (look.colors.min(axis=1) >= PALE) | (skin > iris_K + hair)
    out: F32 = np.where(empty, 0, iris_K + _LIKE_HAIR * hair)
    return out


def _agreed(shown_K: F32, amount_K: F32, colors_K3: U8) -> np.float32:
    """How much is to be believed of skin or hair that was read in a reference, 0..1.

    shown_K: from its lines, which any picture has, and a monster's armour may look like a face.
    amount_K: what the painter sees of the same in its colours. colors_K3: uint8. They agree as far
    as a colour drawn from each would be about the same.
    """
    alike = np.exp(-squared_delta_e(colors_K3, colors_K3) / (2 * _ALIKE**2))
    agreement = shown_K @ alike @ amount_K / (amount_K.sum() + _NOTHING)
    return np.float32(np.clip((agreement - _DOUBTED) / (_AGREED - _DOUBTED), 0, 1))


def log_prior(amount_K: F32, own: int) -> F32:
    """Log of the share that every entry has of something, never below that of a rare one; hints,
    the entries from ``own`` to the last but one, are as good as the best."""
    prior: F32 = np.log(amount_K / (amount_K.sum() + _NOTHING) + _RARE)
    prior[own:-1] = prior[:own].max(initial=prior.min())
    return prior


def _trust(shares_RP: F32, face: bool) -> dict[int, F32]:
    """How much each part weighs in every region, (R,)."""
    clear = np.maximum(2 * shares_RP - 1, 0)  # what is read with less than half a share: nothing
    if not face:
        return {IRIS: 2 * clear[:, IRIS], SKIN: 0.5 * clear[:, SKIN], HAIR: 0.5 * clear[:, HAIR]}
    skin = 2 * np.clip((shares_RP[:, SKIN] - _FROM) / (_FULL - _FROM), 0, 1)
    return {IRIS: 2 * clear[:, IRIS], SKIN: skin, HAIR: 1.5 * clear[:, HAIR]}


def certain(opinion_RK: F32) -> NDArray[np.bool_]:
    """Regions that `informed` made paper, whatever anything else says, (R,)."""
    sure: NDArray[np.bool_] = opinion_RK[:, -1] > _CERTAIN / 2
    return sure


def _read(model: Model, lines_hw: U8, wanted: Sequence[str]) -> list[F32]:
    """Outputs of the graph for lines at the size that it sees them: maps of that size, or of a
    fraction of it."""
    height, width = lines_hw.shape
    pads = ((0, -height % _STRIDE), (0, -width % _STRIDE))
    padded = np.pad(lines_hw, pads, constant_values=255).astype(np.float32) / np.float32(255)
    found = model.run("parts", {"lines": padded[None, None]}, wanted)
    cells = [padded.shape[0] // maps.shape[2] for maps in found]
    return [
        maps[0, :, : -(-height // cell), : -(-width // cell)]
        for maps, cell in zip(found, cells, strict=True)
    ]


def _windows(eye_hw: F32, size: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    """Squares of a page of ``size`` around what may be eyes, the likeliest first."""
    spots = eye_hw > _HINT
    pieces, count = pieces_of(grown(spots, _JOINED // 2))
    mass = np.bincount(pieces[spots], eye_hw[spots], count + 1)
    grow = size[0] / eye_hw.shape[0], size[1] / eye_hw.shape[1]
    for number in np.argsort(-mass[1:], kind="stable")[:_MOST] + 1:
        ends = [(at.min(), at.max() + 1) for at in np.nonzero((pieces == number) & spots)]
        half = max(_AROUND * max(end - start for start, end in ends), _LEAST) / 2
        sides = []
        for (start, end), scale, whole in zip(ends, grow, size, strict=True):
            middle = (start + end) / 2
            low, high = round((middle - half) * scale), round((middle + half) * scale)
            sides.append(slice(max(0, low), min(whole, max(high, low + 2))))
        yield sides[0], sides[1]


def _believed(shares_Phw: F32, lines_hw: U8) -> F32:
    """Shares of whites and irises (2, h, w), 0 where neither is to be believed.

    An iris is sure, and has a line around it, towards its white too; a white lies beside such an
    iris and is not much larger.
    """
    best = shares_Phw.argmax(0)
    kept = np.zeros((2, *best.shape), np.bool_)
    inked = grown(lines_hw < _INK)
    whites, _ = pieces_of(best == WHITE)
    white_area = np.bincount(whites.ravel())
    irises, count = pieces_of(best == IRIS)
    for number in range(1, count + 1):
        iris = irises == number
        area = int(iris.sum())
        if area < SPECK or shares_Phw[IRIS][iris].mean() < _SURE:
            continue
        edges = iris & grown(~iris, 1), iris & grown(best == WHITE, 1)
        if any((edge & inked).sum() < _LINED * edge.sum() for edge in edges):
            continue
        beside = np.unique(whites[grown(iris)])
        beside = beside[(beside > 0) & (white_area[beside] <= _LARGER * area)]
        if white_area[beside].sum() >= _BESIDE * area:
            kept[1] |= iris
            kept[0] |= np.isin(whites, beside)
    near = np.stack([grown(plane) for plane in kept])
    out: F32 = np.where(near, shares_Phw[[WHITE, IRIS]], 0).astype(np.float32)
    return out


def grown(mask_hw: NDArray[np.bool_], pixels: int = 3) -> NDArray[np.bool_]:
    """A mask grown to every side, by three pixels: the width of a line between an iris and its
    white."""
    out = mask_hw
    for _ in range(2):  # rows, then columns
        wide = np.pad(out, ((pixels, pixels), (0, 0)))
        out = np.logical_or.reduce([wide[at : at + len(out)] for at in range(2 * pixels + 1)]).T
    return out


def pieces_of(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], int]:
    """What hangs together, corners included: labels from 1, and how many."""
    labels, count = cc3d.connected_components(mask, connectivity=8, return_N=True)
    return labels.astype(np.int32), int(count)


def _resized(plane_hw: F32, size: tuple[int, ...]) -> F32:
    height, width = size
    grown = Image.fromarray(plane_hw.astype(np.float32)).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    return np.asarray(grown)
