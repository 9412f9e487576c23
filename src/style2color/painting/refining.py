"""A second look at all votes together, before any counts.

Regions vote for entries of the palette by what lies in them, one by one. But the two sleeves of a
coat are one colour, a hand has that of the face, and the region of the reference that a region is
like says most of all. So a tiny network sees every pair of a region and an entry, with all that
speaks for it, beside the other regions, the other entries and the regions of the reference, and
corrects the votes. Drawings whose colours are known have taught it (`train.refiner`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from style2color.color import rgb_to_lab
from style2color.model import Model
from style2color.painting.balance import figure_shares
from style2color.painting.network import Look, Network, Seen
from style2color.painting.voting import pixel_votes
from style2color.reading.correspondence import likened
from style2color.reading.describing import Described, describe
from style2color.reading.measuring import contacts
from style2color.reading.parts import certain, informed, with_names
from style2color.reading.regions import Regions, grounds
from style2color.reading.splitting import Known
from style2color.reading.wardrobe import dressed

__all__ = ["MOST", "Case", "case_of", "inputs_of", "refined"]

F32 = NDArray[np.float32]

MOST = 256
"""Regions that are looked at together, the largest; smaller ones keep their votes."""
_BOUND = 30.0  # votes are not told apart beyond this
_PARTS = 5
_CLASSES = 17


@dataclass(frozen=True, eq=False)
class Case:
    """A sketch's regions and all that was said of them, float32 (R, K) each.

    pixels, voted: logits of the painter and of the regions graph. parts, worn, like: what is added
    for what a region is a part of, for what is worn there and for what it is like in the reference;
    the last is None from models of before 0.15. placed: (R, 2, K), see `placing`. shares: (R, 5),
    of every part in each region, or None.
    """

    regions: Regions
    described: Described
    look: Look
    reference: Seen
    shares: F32 | None
    pixels: F32
    voted: F32
    parts: F32
    worn: F32
    like: F32 | None
    placed: F32

    @property
    def opinion(self) -> F32:
        """All but what the pixels say, (R, K)."""
        said = self.voted + self.parts + self.worn
        return said if self.like is None else said + self.like


def case_of(network: Network, regions: Regions, known: Known, look: Look, reference: Seen) -> Case:
    """Ask all that can be asked of a sketch's regions. known: from `splitting.parted`."""
    described = describe(regions, look)
    shares = with_names(known.shares, described.names)
    like = likened(known.vectors, reference.keys, look.colors, look.own)
    voted, placed = network.opinion(regions, described, look, reference)
    told = informed(voted, shares, look)
    whole = dressed(told, described.names, reference.worn, look.own)
    pixels, _ = pixel_votes(look.logits, regions)
    return Case(
        regions=regions,
        described=described,
        look=look,
        reference=reference,
        shares=shares,
        pixels=pixels,
        voted=voted,
        parts=told - voted,
        worn=whole - told,
        like=np.zeros_like(whole) if like is None and known.vectors is not None else like,
        placed=placed,
    )


def refined(model: Model, case: Case) -> F32:
    """The regions' logits without their pixels', (R, K), after the second look.

    What was certain stays as it was; what hints ask for gains as much as the best entry of the
    reference.
    """
    opinion = case.opinion
    if not case.regions.count:
        return opinion
    inputs = {name: values[None] for name, values in inputs_of(case).items()}
    for name, of in (("region_present", "area"), ("present", "entries")):
        inputs[name] = np.ones(inputs[of].shape[:2], np.float32)
    (change,) = model.run("refiner", inputs, ("change",))
    said = opinion.copy()
    count, own = change.shape[1], case.look.own
    said[:count, :own] += change[0, :, :own]
    said[:count, own:-1] += change[0, :, :own].max(axis=1, keepdims=True)
    said[:count, -1] += change[0, :, -1]
    return np.where(certain(opinion)[:, None], opinion, said)


def inputs_of(case: Case) -> dict[str, NDArray[Any]]:
    """The inputs of the graph `refiner` without their batch axis, float32; docs/design.md lists
    them. Its K entries are those of the reference, and paper."""
    regions, look, reference = case.regions, case.look, case.reference
    assert reference.assignment is not None
    count, own = min(regions.count, MOST), look.own
    entry = np.append(np.arange(own), len(look.colors) - 1)
    votes = [case.pixels, case.voted, case.parts, case.worn]
    said = np.stack(votes if case.like is None else [*votes, case.like], axis=-1)
    none = np.zeros((regions.count, _PARTS), np.float32)
    parts = none if case.shares is None else case.shares
    looks = np.concatenate([case.described.looks, parts, grounds(regions)[:, None]], axis=1)
    known = np.zeros((len(entry), 8), np.float32)
    known[:own, 0] = 1
    known[:own, 1] = figure_shares(reference.colors, reference.assignment)
    known[:, 2] = reference.shading
    known[:own, 3:] = reference.moments
    others = reference.regions
    many = 0 if others is None else len(others.area)
    # The graph wants one at least: one without pixels says nothing.
    twins = np.zeros((max(many, 1), looks.shape[1] - _PARTS - 1), np.float32)
    held = np.zeros((max(many, 1), len(entry)), np.float32)
    area = np.zeros(max(many, 1), np.float32)
    if others is not None:
        # An iris's own entry, the last, is in none of them.
        twins[:many], area[:many] = others.looks, others.area
        held[:many, : others.entries.shape[1]] = others.entries
    colors, covered = rgb_to_lab(look.colors[entry]) / 100, look.tokens[entry, -_CLASSES:]
    inputs = {
        "votes": said[:count, entry].clip(-_BOUND, _BOUND),
        "placed": case.placed[:count][:, :, entry],
        "looks": looks[:count],
        "touching": contacts(regions, count),
        "area": regions.area[:count],
        "entries": np.concatenate([colors, known, covered], axis=1),
        "twins": twins,
        "twin_entries": held,
        "twin_area": area,
    }
    return {name: np.ascontiguousarray(value, np.float32) for name, value in inputs.items()}
