"""Starts and stops the studio: uvicorn, the browser, and a stop that lets running jobs finish."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import webbrowser
from types import FrameType

import uvicorn

from style2color.errors import OutputError
from style2color.heap import keep_freed_memory
from style2color.studio.app import make_app
from style2color.studio.settings import Settings
from style2color.studio.state import Studio

__all__ = ["build", "serve"]

_MAX_CONNECTIONS = 1024
_KEEP_ALIVE = 120  # seconds of silence; clients should be the first to end a connection
_LAST_ANSWERS = 60  # seconds in which a stop lets requests end that are under way

_KEPT_FREE = 64 << 20  # bytes of freed memory kept for the next painting


class _Server(uvicorn.Server):
    """Uvicorn that takes the first signal as a request to finish, the second as one to end."""

    def __init__(self, config: uvicorn.Config, studio: Studio) -> None:
        super().__init__(config)
        self._studio = studio
        self._settling: asyncio.Task[None] | None = None

    def warm_up(self) -> None:
        """Let the studio rehearse. Raises ModelError."""
        self._studio.warm_up()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._settling is not None or not self.started:
            super().handle_exit(sig, frame)
            return
        loop = self._loop
        loop.call_soon_threadsafe(self._settle)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def _settle(self) -> None:
        if self._settling is None:
            self._settling = self._loop.create_task(self._finish())

    async def _finish(self) -> None:
        jobs = self._studio.jobs
        if len(jobs):
            _say(f"finishing {len(jobs)} jobs; press Ctrl-C again to stop at once")
        try:
            async with asyncio.timeout(self._studio.settings.stop_seconds):
                await jobs.settle()
        except TimeoutError:
            _say("some jobs did not finish")
        self.should_exit = True


def build(settings: Settings) -> tuple[_Server, socket.socket]:
    """A server that is not running yet nor warm, and the socket it will listen at.

    Raises ModelError and UsageError as `Model.load`, OutputError where the port cannot be had.
    """
    keep_freed_memory(_KEPT_FREE, one_heap=True)
    listener = _bind(settings)
    try:
        studio = Studio(settings)
    except BaseException:
        listener.close()
        raise
    config = uvicorn.Config(
        make_app(studio),
        http="h11",
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_LAST_ANSWERS,
    )
    return _Server(config, studio), listener


def serve(settings: Settings, *, browser: bool = True) -> None:
    """Run the studio until it is interrupted or terminated.

    browser: open its page. Raises as `build`, and ModelError where the model's graphs fail.
    """
    server, listener = build(settings)
    host, port = listener.getsockname()[:2]
    if host in ("127.0.0.1", "0.0.0.0", "::", "::1"):
        host = "localhost"
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}/"
    if settings.token is not None:
        address += f"#token={settings.token}"
    with listener:
        server.warm_up()
        print(f"The studio is at {address}  (Ctrl-C stops it)", flush=True)
        if browser:
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
        server.run([listener])


def _bind(settings: Settings) -> socket.socket:
    """The socket, taken before anything is loaded, so that a taken port is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family)
    if sys.platform != "win32":  # there the option would let two servers share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host.strip("[]"), settings.port))
        listener.listen(_MAX_CONNECTIONS)
    except OSError as error:
        listener.close()
        raise OutputError(
            f"--host {settings.host} --port {settings.port}: cannot listen there: "
            f"{error.strerror or error}; choose another port, or 0 for any free one"
        ) from error
    return listener


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
