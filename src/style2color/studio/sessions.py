"""Sessions: what a page has sent, kept in memory only, wiped when it is no longer used."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from style2color.hints import Hints
from style2color.studio.faults import Refused
from style2color.studio.memory import Packed, weigh
from style2color.studio.schemas import Palette, Swatch
from style2color.studio.settings import Settings

if TYPE_CHECKING:
    from style2color.colorizer import Colorizer
    from style2color.painting.drafts import Draft
    from style2color.painting.shading import Light
    from style2color.studio.jobs import Job

__all__ = ["Reference", "Session", "Sessions", "Sketch", "Stages", "new_id"]


def new_id() -> str:
    """An identifier nobody can guess."""
    return secrets.token_urlsafe(18)


@dataclass(frozen=True, eq=False)
class Sketch:
    """data: the file as sent. small: uint8 (h, w), the drawing at preview size."""

    id: str
    data: bytes
    width: int
    height: int
    small: Packed

    @property
    def nbytes(self) -> int:
        """Bytes it holds."""
        return len(self.data) + len(self.small.data)


@dataclass(frozen=True, eq=False)
class Reference:
    """data: the file as sent. seen: uint8 (256, 256, 3), all that the network looks at."""

    id: str
    data: bytes
    width: int
    height: int
    seen: Packed
    palette: tuple[Swatch, ...]

    @property
    def nbytes(self) -> int:
        """Bytes it holds."""
        return len(self.data) + len(self.seen.data)


@dataclass(eq=False)
class Stages:
    """What painting has found out already and could find out again; only the thread that paints
    touches it.

    references: ids of those that ``painter`` has looked at. drafts: by size of the job, with the
    sketch, references and hints each was made from.
    """

    painter: Colorizer | None = None
    references: tuple[str, ...] | None = None
    drafts: dict[str, tuple[object, Light, Draft]] = field(default_factory=dict)

    def nbytes(self) -> int:
        """Bytes the drafts hold, but for their hints."""
        return sum(weigh(draft) for *_, draft in list(self.drafts.values()))


@dataclass(eq=False)
class Session:
    """One page's work. Sketches, references, hints and palette are replaced, never altered.

    hints_bytes: what the hints take in memory, about.
    """

    id: str
    clock: Callable[[], float]
    touched: float = 0.0
    sketch: Sketch | None = None
    references: dict[str, Reference] = field(default_factory=dict)
    hints: Hints = field(default_factory=Hints)
    hints_bytes: int = 0
    palette: Palette = field(default_factory=Palette)
    stages: Stages = field(default_factory=Stages)
    jobs: dict[str, Job] = field(default_factory=dict)

    def touch(self) -> None:
        """Note that it was used now."""
        self.touched = self.clock()

    def busy(self) -> bool:
        """Whether a job of it waits or runs."""
        return any(not job.ended for job in self.jobs.values())

    def nbytes(self) -> int:
        """Bytes it holds: what was sent, once where paintings still refer to it, and `warmth`."""
        sent: dict[int, int] = {}
        orders = [job.order for job in self.jobs.values() if job.order is not None]
        for sketch in (self.sketch, *(order.sketch for order in orders)):
            if sketch is not None:
                sent[id(sketch)] = sketch.nbytes
        for references in (self.references.values(), *(order.references for order in orders)):
            sent |= {id(reference): reference.nbytes for reference in references}
        sent[id(self.hints)] = self.hints_bytes
        sent |= {id(order.hints): order.hints_bytes for order in orders}
        return sum(sent.values()) + self.warmth()

    def warmth(self) -> int:
        """Bytes of what could be painted again: drafts and paintings."""
        return self.stages.nbytes() + sum(job.nbytes() for job in self.jobs.values())

    def cool(self, all: bool) -> None:
        """Let go of what could be painted again; not ``all``: but for results nobody fetched."""
        self.stages = Stages()
        for job in self.jobs.values():
            if all or job.fetched:
                job.painted = None


class Sessions:
    """All sessions. Used from the event loop only."""

    def __init__(
        self, settings: Settings, forget: Callable[[Job], None], clock: Callable[[], float]
    ) -> None:
        """forget: told of every job whose session is wiped. clock: seconds, monotonic."""
        self._settings = settings
        self._forget = forget
        self._clock = clock
        self._all: dict[str, Session] = {}

    def __len__(self) -> int:
        return len(self._all)

    def make(self) -> Session:
        """A new, empty session. Raises Refused (503) where all of them are in use."""
        if len(self._all) >= self._settings.max_sessions and not self._wipe_oldest(None):
            raise Refused(503, "too_many_sessions", "all sessions are in use; try again soon", 5)
        session = Session(new_id(), self._clock)
        session.touch()
        self._all[session.id] = session
        return session

    def get(self, id: str) -> Session:
        """A session by its id; it counts as used now. Raises Refused (404)."""
        session = self._all.get(id)
        if session is None:
            raise Refused(
                404,
                "no_session",
                "there is no such session: it expired, was deleted, or the server was started "
                "again; make a new one with POST /api/v1/sessions and send its pictures again",
            )
        session.touch()
        return session

    def wipe(self, session: Session) -> None:
        """Forget a session with its pictures and jobs."""
        self._all.pop(session.id, None)
        for job in list(session.jobs.values()):
            self._forget(job)
        session.jobs.clear()
        session.sketch = None
        session.references = {}
        session.hints, session.hints_bytes = Hints(), 0
        session.stages = Stages()

    def expire(self) -> int:
        """Wipe the sessions that were not used for too long; returns how many."""
        before = self._clock() - self._settings.session_seconds
        old = [s for s in self._all.values() if s.touched < before and not s.busy()]
        for session in old:
            self.wipe(session)
        return len(old)

    def cool(self, warm: Session) -> None:
        """Let sessions that were not used for longest paint again what they are asked for next,
        until what is kept ready takes no more than it may; ``warm`` keeps its own in any case."""
        held = {session.id: session.warmth() for session in self._all.values()}
        total, before = sum(held.values()), self._clock() - self._settings.unfetched_seconds
        for session in sorted(self._all.values(), key=lambda session: session.touched):
            if total <= self._settings.max_warm_bytes:
                return
            if session is not warm and held[session.id]:
                session.cool(all=session.touched <= before)
                total -= held[session.id] - session.warmth()

    def make_room(self, keep: Session, wanted: int = 0) -> None:
        """Wipe the least recently used until all pictures, and ``wanted`` bytes more, fit.

        Raises Refused (503) where they still do not.
        """
        held = sum(session.nbytes() for session in self._all.values()) + wanted
        while held > self._settings.max_held_bytes:
            freed = self._wipe_oldest(keep)
            if not freed:
                if wanted:
                    raise Refused(
                        503, "no_memory", "too many pictures are held; try again later", 30
                    )
                return
            held -= freed

    def _wipe_oldest(self, keep: Session | None) -> int:
        """Wipe the one unused for longest, if that is long; returns the bytes freed, or 0."""
        before = self._clock() - self._settings.spare_seconds
        idle = [s for s in self._all.values() if s is not keep and not s.busy()]
        oldest = min(idle, key=lambda session: session.touched, default=None)
        if oldest is None or oldest.touched > before:
            return 0
        freed = oldest.nbytes() + 1
        self.wipe(oldest)
        return freed
