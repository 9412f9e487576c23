"""What the studio allows; every number that bounds a stranger stands here."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from style2color.errors import UsageError

__all__ = ["Settings", "is_loopback"]


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine only."""
    name = host.strip("[]").lower().rstrip(".")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Settings:
    """Where the studio listens and how much it takes.

    Raises UsageError for values that cannot be, and for an open port without a token.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    token: str | None = None
    """Asked of every call of the API; needed where others can reach the port."""
    names: tuple[str, ...] = ()
    """Host names besides loopback ones and addresses under which browsers may call."""
    device: str = "cpu"
    threads: int | None = None
    model: str | None = None
    max_bytes: int = 25 * 2**20
    """Of a request's body."""
    max_pixels: int = 36_000_000
    """Of a picture; A4 at 600 dpi has 34.8 million."""
    max_side: int = 16_384
    max_references: int = 8
    preview_side: int = 768
    """Longest side in pixels of a picture painted as a preview."""
    max_queue: int = 32
    """Jobs that may wait."""
    max_session_queue: int = 4
    """Jobs of one session that may wait."""
    max_sessions: int = 256
    max_held_bytes: int = 2 * 2**30
    """Pictures, hints and results of all sessions together."""
    max_warm_bytes: int = 8 * 2**20
    """Of these, what could be painted again: drafts and paintings of sessions but the last used."""
    max_uploads: int = 8
    """Bodies that may come in or be decoded at one time."""
    session_seconds: float = 1800.0
    """A session nobody used for so long is wiped."""
    spare_seconds: float = 30.0
    """A session used since then does not give way to others."""
    unfetched_seconds: float = 120.0
    """For so long a painting that nobody fetched is kept ready."""
    job_seconds: float = 60.0
    body_seconds: float = 30.0
    """A body must have come in whole by then."""
    grace_seconds: float = 2.0
    """How long a job goes on after the last one who listened to it has left."""
    stop_seconds: float = 70.0
    """How long a graceful stop waits for running jobs and for their results to be fetched."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise UsageError(f"--port {self.port}: choose 0 (any free one) to 65535")
        if self.token is not None and (len(self.token) < 16 or not self.token.isascii()):
            raise UsageError("--token: give at least 16 ASCII characters, or `auto` for a new one")
        if not is_loopback(self.host) and self.token is None:
            raise UsageError(
                f"--host {self.host} lets others reach the studio: add --token auto, or leave "
                "--host away to keep it on this machine"
            )
