"""A real studio on a free port of loopback, in a thread, and small ways to talk to it."""

from __future__ import annotations

import io
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
from PIL import Image

from style2color.studio.server import build
from style2color.studio.settings import Settings

CSRF = {"X-Style2color": "1"}
API = "/api/v1"


class Client(httpx.Client):
    """Speaks to one studio as its page does."""

    def __init__(self, port: int, **options: Any) -> None:
        options.setdefault("headers", CSRF)
        super().__init__(base_url=f"http://127.0.0.1:{port}{API}", timeout=300, **options)
        self.port = port

    def session(self) -> str:
        made = self.post("/sessions")
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def upload(self, session: str, sketch: bytes, *references: bytes) -> list[dict[str, Any]]:
        """Set sketch and references; returns what is told of the references."""
        put = self.put(f"/sessions/{session}/sketch", content=sketch, headers=PNG)
        assert put.status_code == 200, put.text
        posts = [
            self.post(f"/sessions/{session}/references", content=reference, headers=PNG)
            for reference in references
        ]
        assert all(post.status_code == 201 for post in posts), posts
        return [post.json() for post in posts]

    def order(self, session: str, size: str = "preview") -> str:
        posted = self.post(f"/sessions/{session}/jobs", json={"size": size})
        assert posted.status_code == 202, posted.text
        return str(posted.json()["id"])

    def events(self, job: str) -> Iterator[dict[str, Any]]:
        """The job after every change, up to its end."""
        with self.stream("GET", f"/jobs/{job}/events") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            for line in stream.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    def paint(self, session: str, size: str = "preview") -> dict[str, Any]:
        """Paint to the end; returns the job, with the steps it went through as `stages`."""
        seen = list(self.events(self.order(session, size)))
        return {**seen[-1], "stages": {each["stage"] for each in seen}}

    def picture(self, job: str, **query: str) -> np.ndarray:
        answer = self.get(f"/jobs/{job}/result", params=query)
        assert answer.status_code == 200, answer.text
        return np.asarray(Image.open(io.BytesIO(answer.content)))


PNG = {**CSRF, "Content-Type": "image/png"}


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@contextmanager
def running(**settings: Any) -> Iterator[Client]:
    """A studio with these settings, and a client of it."""
    server, listener = build(Settings(port=0, **settings))
    port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        wait_for(lambda: server.started)
        with Client(port) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(120)
        listener.close()
    assert not thread.is_alive()


def wait_for(condition: Any, seconds: float = 300) -> None:
    """Until it is true; a generous limit, for machines that are busy."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def raw(port: int, request: bytes, *, then: bytes = b"", timeout: float = 120) -> bytes:
    """What a server answers to these very bytes, up to its closing of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        connection.sendall(request)
        answer = b""
        try:
            if then:
                connection.sendall(then)
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionError:
            pass  # it hung up on what we were still sending
        return answer


def status(answer: bytes) -> int:
    """The status of a raw answer."""
    assert answer.startswith(b"HTTP/1.1 "), answer[:80]
    return int(answer[9:12])
