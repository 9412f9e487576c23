"""What a page is painted from: references, seen once, and which of them every figure takes.

A reference may show several people. Painted from all of it, a sketch would get the hair of the one
and the coat of the other, so its people are references of their own: a sketch of one figure is
painted from the one it shows, and of several every figure takes its own, where lines tell who that
is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from style2color.painting.casting import CutOut
from style2color.painting.network import Network, Seen
from style2color.reading.figures import People, framed, read_people
from style2color.reading.matching import Likeness, choose
from style2color.reading.portrait import traced

__all__ = ["References"]

U8 = NDArray[np.uint8]

_CLEAR = 1.0  # by which one of the people must be more alike than any other, and than all of them
_STRANGER = 0.0  # unlike by more than this, he is none of them


@dataclass(frozen=True, eq=False)
class References:
    """References as the painter wants them, the first of which paints what belongs to no figure.

    likenesses: what figures are told by, of as many of them, the last ones; none where there is
    nothing to choose. people: of the only one, all of it and those whom it shows. drawn: whom the
    lines show that these are for, where that is known.
    """

    network: Network
    seen: tuple[Seen, ...] = ()
    likenesses: tuple[Likeness, ...] = ()
    people: tuple[_Person, ...] = ()
    drawn: People | None = None

    @classmethod
    def of(cls, network: Network, pictures: Sequence[U8]) -> References:
        """See pictures, uint8 (H, W, 3) each. Raises ModelError where the graphs do not run."""
        seen = tuple(network.see(rgb) for rgb in pictures)
        if len(pictures) == 1:
            return cls(network, seen, people=_people_of(network, pictures[0]))
        return cls(network, seen, tuple(Likeness.of_picture(network.model, p) for p in pictures))

    def meant(self, lines_HW: U8) -> References:
        """Those whom cleaned lines, uint8 (H, W), show: of several people the one, if he is like
        it, and clearly more so than the others, and than all of them together, who may be one
        figure after all; and where several are drawn, each of them beside the whole."""
        if not self.people:
            return self
        drawn = read_people(self.network.model, lines_HW)
        if drawn is None or not drawn.count:
            return self
        whole, *people = self.people
        if drawn.count > 1:
            seen = self.seen + tuple(person.seen for person in people)
            alike = tuple(person.likeness for person in people)
            return References(self.network, seen, alike, drawn=drawn)
        one = Likeness.of_lines(self.network.model, framed(lines_HW, drawn, 1))
        unlike = np.array([one.unlike(person.likeness) for person in people])
        if not _clear(unlike, one.unlike(whole.likeness)):
            return self
        return References(self.network, (people[int(np.argmin(unlike))].seen,))

    def chosen(self, cut: Sequence[CutOut]) -> dict[int, int]:
        """The reference of every figure of a page, by the figures' numbers; of people, all of them
        where it is not clear who it is."""
        if not self.likenesses:
            return dict.fromkeys(range(len(cut)), 0)
        chosen = {n: f.reference for n, f in enumerate(cut) if f.reference is not None}
        asked = [number for number in range(len(cut)) if number not in chosen]
        if asked:
            figures = [Likeness.of_lines(self.network.model, cut[n].lines) for n in asked]
            table = [[one.unlike(each) for each in self.likenesses] for one in figures]
            unlike = np.array(table, np.float32)
            best = choose(unlike)
            if len(self.likenesses) < len(self.seen):
                best = np.where(_clear(unlike), best + 1, 0)
            chosen |= dict(zip(asked, best.tolist(), strict=True))
        return chosen


@dataclass(frozen=True)
class _Person:
    """One of the people of a reference, or all of it, seen when a sketch first shows them."""

    network: Network
    rgb: U8
    likeness: Likeness

    @cached_property
    def seen(self) -> Seen:
        return self.network.see(self.rgb)


def _clear(unlike: NDArray[np.floating], whole: float = np.inf) -> NDArray[np.bool_]:
    """Whether one of the people, of the last axis, is clearly meant: he is no stranger, and more
    alike than any other and than all of them."""
    best, second = np.moveaxis(np.sort(unlike, axis=-1)[..., :2], -1, 0)
    clear: NDArray[np.bool_] = (best <= _STRANGER) & (np.minimum(second, whole) - best >= _CLEAR)
    return clear


def _people_of(network: Network, rgb: U8) -> tuple[_Person, ...]:
    """A picture and its people, where it shows several."""
    reference = traced(rgb)
    people = None if reference is None else read_people(network.model, reference.lines)
    if people is None or people.count < 2:
        return ()
    assert reference is not None
    everyone = People(np.minimum(people.owner, 1).astype(np.uint8), 1)
    some = [(everyone, 1), *((people, number + 1) for number in range(people.count))]
    return tuple(
        _Person(
            network,
            framed(rgb, group, number),
            Likeness.of_lines(network.model, framed(reference.lines, group, number)),
        )
        for group, number in some
    )
