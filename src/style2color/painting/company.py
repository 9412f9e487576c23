"""References that show several people: whose colours a sketch of one figure takes.

Painted from such a picture as a whole, a sketch gets the hair of the one and the coat of the other.
So it is painted from the one it shows, cut out, where lines tell who that is; a sketch of several
figures sees the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from style2color.model import Model
from style2color.painting.network import Network, Seen
from style2color.reading.figures import People, framed, read_people, who
from style2color.reading.portrait import traced

__all__ = ["Company"]

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]

_CLEAR = 0.1  # by which one of them must be more alike than any other


@dataclass(frozen=True, eq=False)
class Company:
    """The people of a reference. rgb: uint8 (H, W, 3). names: float32 (N, 64), who they are."""

    rgb: U8
    people: People
    names: F32
    _seen: dict[int, Seen] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Model, rgb: U8) -> Company | None:
        """Of a reference, uint8 (H, W, 3); None where it shows less than two, or the model has no
        graph for it. Raises ModelError where that does not run."""
        reference = traced(rgb)
        people = None if reference is None else read_people(model, reference.lines)
        if people is None or people.count < 2:
            return None
        assert reference is not None
        alone = [framed(reference.lines, people, n + 1) for n in range(people.count)]
        return cls(rgb, people, np.stack([who(model, lines) for lines in alone]))

    def meant(self, network: Network, lines_HW: U8) -> Seen | None:
        """The one whom cleaned lines, uint8 (H, W), show, as the painter wants references; None
        where they show several figures, or nobody who is clearly one of these."""
        people = read_people(network.model, lines_HW)
        if people is None or people.count != 1:
            return None
        alike = self.names @ who(network.model, framed(lines_HW, people, 1))
        *_, second, best = np.sort(alike)
        if best - second < _CLEAR:
            return None
        number = int(alike.argmax())
        if number not in self._seen:
            self._seen[number] = network.see(framed(self.rgb, self.people, number + 1))
        return self._seen[number]
