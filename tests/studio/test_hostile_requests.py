"""Hostile pictures and requests: every one is answered with a typed 4xx, and the studio goes on."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.hostile.files import HOSTILE

from style2color.errors import PictureTooLarge

from .running import CSRF, PNG, Client, png, raw, status

BROKEN = {name: hostile for name, hostile in HOSTILE.items() if hostile.error is not None}
READABLE = {name: hostile for name, hostile in HOSTILE.items() if hostile.error is None}
JSON = {**CSRF, "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def session(studio: Client, sketch: bytes) -> str:
    made = studio.session()
    studio.upload(made, sketch)
    return made


def refused(answer: object) -> dict[str, str]:
    """The error of a typed 4xx."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text)
    body = answer.json()
    assert set(body) == {"error", "message"}
    assert len(body["message"]) > 10
    return body


@pytest.mark.parametrize("name", BROKEN)
def test_hostile_pictures_are_refused(studio: Client, session: str, name: str) -> None:
    data = BROKEN[name].data
    answers = [
        studio.put(f"/sessions/{session}/sketch", content=data, headers=PNG),
        studio.post(f"/sessions/{session}/references", content=data, headers=PNG),
    ]
    for answer in answers:
        error = refused(answer)
        assert "<bytes>" not in error["message"]
        assert answer.status_code in (413, 415, 422)
        if answer.status_code == 413:
            assert BROKEN[name].error is PictureTooLarge


def test_what_was_there_stays_there(studio: Client, session: str) -> None:
    held = studio.get(f"/sessions/{session}").json()
    assert held["sketch"] == {"width": 128, "height": 160}
    assert held["references"] == []


@pytest.mark.parametrize("name", READABLE)
def test_odd_pictures_are_read_or_refused(studio: Client, name: str) -> None:
    data = READABLE[name].data
    answer = studio.put(f"/sessions/{studio.session()}/sketch", content=data, headers=PNG)
    assert answer.status_code == 200 or refused(answer)


PPM = b"P6 2 2 255 " + bytes(12)
FOREIGN = {
    "ppm": PPM,
    "pgm": b"P5 2 2 255 " + bytes(4),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    "html": b"<!doctype html><script>alert(1)</script>",
    "zip": b"PK\x03\x04" + bytes(60),
    "pdf": b"%PDF-1.7\n",
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "psd": b"8BPS\0\1" + bytes(30),
    "ico": b"\0\0\1\0\1\0" + bytes(40),
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
    "avif": b"\0\0\0\x1cftypavif" + bytes(40),
    "url": b"https://example.com/picture.png",
    "path": b"/etc/passwd",
    "nothing": b"",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_formats_that_are_not_on_the_list(studio: Client, session: str, name: str) -> None:
    answer = studio.put(f"/sessions/{session}/sketch", content=FOREIGN[name], headers=PNG)
    assert (answer.status_code, refused(answer)["error"]) == (415, "unknown_format")


@pytest.mark.parametrize(
    "kind",
    [
        *("", "text/plain", "image/svg+xml", "multipart/form-data; boundary=x", "image/*"),
        *("application/octet-stream", "image/x-portable-pixmap", "image/png, text/html"),
    ],
)
def test_kinds_that_are_not_on_the_list(
    studio: Client, session: str, sketch: bytes, kind: str
) -> None:
    headers = {**CSRF, "Content-Type": kind}
    answer = studio.put(f"/sessions/{session}/sketch", content=sketch, headers=headers)
    assert (answer.status_code, refused(answer)["error"]) == (415, "unknown_format")


def dot(**changes: object) -> bytes:
    point = {"x": 1, "y": 1, "radius": 1, "color": "#112233"} | changes
    return json.dumps({"version": 1, "points": [point]}).encode()


HINTS = {
    "nothing": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "null": b"null",
    "no version": b"{}",
    "version 2": b'{"version": 2}',
    "unknown field": b'{"version": 1, "path": "/etc/passwd"}',
    "twice": b'{"version": 1, "version": 1}',
    "NaN": b'{"version": 1, "points": [{"x": NaN, "y": 1, "radius": 1, "color": "#112233"}]}',
    "huge number": dot(x=10**400),
    "many digits": b'{"version": ' + b"1" * 10_000 + b"}",
    "outside": dot(x=1e300),
    "negative": dot(y=-1),
    "no colour": dot(color="red"),
    "a script": dot(color="<script>"),
    "a list": dot(radius=[]),
    "no radius": dot(radius=0),
    "deep": b"[" * 100_000,
    "not UTF-8": b"\xff\xfe{}",
    "a lone surrogate": b'{"version": 1, "\\ud800": 1}',
    "many": json.dumps({"version": 1, "points": [{}] * 10_001}).encode(),
    "empty stroke": b'{"version": 1, "strokes": [{"points": [], "radius": 1, "color": "#112233"}]}',
}


@pytest.mark.parametrize("name", HINTS)
def test_hostile_hints(studio: Client, session: str, name: str) -> None:
    answer = studio.put(f"/sessions/{session}/hints", content=HINTS[name], headers=JSON)
    assert (answer.status_code, refused(answer)["error"]) == (422, "bad_hints")


PALETTES = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "NaN": b"NaN",
    "another lock": b'{"lock": "all"}',
    "no colours": b'{"lock": "colors"}',
    "no colour": b'{"colors": ["red"]}',
    "a long colour": b'{"colors": ["#11223344"]}',
    "a line end": b'{"colors": ["#112233\\n"]}',
    "many": json.dumps({"colors": ["#112233"] * 257}).encode(),
    "half a change": b'{"replace": [{"from": "#112233"}]}',
    "unknown field": b'{"lokc": "none"}',
    "numbers": b'{"colors": [1]}',
    "deep": b'{"colors": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "not UTF-8": b'{"lock": "\xff"}',
    "a lone surrogate": b'{"lock": "\\ud800"}',
}


@pytest.mark.parametrize("name", PALETTES)
def test_hostile_palettes(studio: Client, session: str, name: str) -> None:
    answer = studio.put(f"/sessions/{session}/palette", content=PALETTES[name], headers=JSON)
    assert answer.status_code in (400, 422)
    refused(answer)


CALLS = {
    "another size": ("POST", "/sessions/{session}/jobs", b'{"size": "giant"}'),
    "a path for a size": ("POST", "/sessions/{session}/jobs", b'{"size": "../../etc/passwd"}'),
    "a job of another field": ("POST", "/sessions/{session}/jobs", b'{"url": "http://x/"}'),
    "a job of no body": ("POST", "/sessions/{session}/jobs", b""),
    "no such session": ("GET", "/sessions/none", b""),
    "a path for a session": ("GET", "/sessions/..%2f..%2fetc%2fpasswd", b""),
    "a long session": ("GET", "/sessions/" + "a" * 5000, b""),
    "a session of zeros": ("GET", "/sessions/%00%00", b""),
    "a job that is no id": ("GET", "/jobs/%20", b""),
    "no such job": ("GET", "/jobs/AAAAAAAAAAAAAAAAAAAAAAAA/events", b""),
    "no such result": ("GET", "/jobs/none/result?format=exe", b""),
    "no such example": ("GET", "/examples/..%2fcoat/sketch", b""),
    "a patch": ("PATCH", "/sessions/{session}", b"{}"),
    "a trace": ("TRACE", "/about", b""),
    "a made-up method": ("BREW", "/about", b""),
    "a post to what is read": ("POST", "/about", b"{}"),
    "no such call": ("GET", "/admin", b""),
    "another version": ("GET", "/../v2/about", b""),
    "a slash too much": ("GET", "/about/", b""),
    "half a character": ("GET", "/sessions/%c3", b""),
    "a reference that is a path": ("DELETE", "/sessions/{session}/references/..%2fx", b""),
}


@pytest.mark.parametrize("name", CALLS)
def test_hostile_calls(studio: Client, session: str, name: str) -> None:
    method, path, body = CALLS[name]
    answer = studio.request(method, path.format(session=session), content=body, headers=JSON)
    assert answer.status_code in (404, 405, 422)
    refused(answer)


BYTES = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "a bare line": b"GET\r\n\r\n",
    "HTTP/0.9": b"GET / HTTP/0.9\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n: x\r\nHost: localhost\r\n\r\n",
    "a split header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
    "a zero in a header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "an endless header": b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000,
    "an endless address": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n",
    "two lengths": b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    b"Content-Length: 2\r\n\r\nab",
    "length and chunks": b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
    "a bad chunk": b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nX-Style2color: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "another server's address": b"GET http://evil.example/api/v1/about HTTP/1.1\r\n"
    b"Host: evil.example\r\nConnection: close\r\n\r\n",
    "a tunnel": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n"
    b"Connection: close\r\n\r\n",
    "an upgrade": b"GET /api/v1/about HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n",
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_hardly_http(studio: Client, name: str) -> None:
    answer = raw(studio.port, BYTES[name], timeout=20)
    assert 400 <= status(answer) < 500


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1)])
def test_a_sketch_of_a_single_row_is_none(studio: Client, size: tuple[int, int]) -> None:
    thin = png(np.full(size, 255, np.uint8))
    answer = studio.put(f"/sessions/{studio.session()}/sketch", content=thin, headers=PNG)
    assert (answer.status_code, refused(answer)["error"]) == (422, "bad_picture")


def test_pixels_are_counted_from_the_header(studio: Client, session: str) -> None:
    # 36 million pixels and a row more: a few kB that would be 108 MB of pixels.
    bomb = png(np.zeros((6001, 6000), np.uint8))
    assert len(bomb) < 100_000
    answer = studio.put(f"/sessions/{session}/sketch", content=bomb, headers=PNG)
    assert (answer.status_code, refused(answer)["error"]) == (413, "picture_too_large")
    assert "36,000,000" in answer.json()["message"]


def test_the_studio_still_paints(studio: Client, session: str) -> None:
    assert studio.paint(session)["state"] == "done"
