"""Who may ask what: every rule of the guard, by a real request over a real socket."""

from __future__ import annotations

import socket

import httpx
import pytest

from style2color.errors import UsageError
from style2color.studio.settings import Settings

from .running import CSRF, PNG, Client, raw, running, status, wait_for

TOKEN = "a-token-of-24-characters"


def head(port: int, line: str, *headers: str) -> bytes:
    host = () if any(h.lower().startswith("host:") for h in headers) else (f"Host: x:{port}",)
    return "\r\n".join([line, *host, *headers, "Connection: close", "", ""]).encode("latin-1")


def about(port: int, *headers: str) -> int:
    return status(raw(port, head(port, "GET /api/v1/about HTTP/1.1", *headers)))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST", "127.9.9.9"])
def test_loopback_names_are_answered_at_any_port(studio: Client, name: str) -> None:
    assert about(studio.port, f"Host: {name}:{studio.port}") == 200
    assert about(studio.port, f"Host: {name}") == 200


@pytest.mark.parametrize(
    "name",
    [
        *("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "192.168.1.4"),
        *("", "localhost:99999", "localhost:port", "user@localhost", "localhost/x", "[::1", "0"),
    ],
)
def test_a_strange_host_is_refused(studio: Client, name: str) -> None:
    assert about(studio.port, f"Host: {name}") in (400, 403)
    page = raw(studio.port, head(studio.port, "GET / HTTP/1.1", f"Host: {name}"))
    assert status(page) in (400, 403)


def test_one_host_and_no_more(studio: Client) -> None:
    assert about(studio.port, "Host: localhost", "Host: localhost") == 400
    assert status(raw(studio.port, b"GET /api/v1/about HTTP/1.0\r\n\r\n")) == 403


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "null", "http://localhost:1", "http://127.0.0.1", "", "file://"),
        *("http://localhost.evil.example:{port}", "ftp://localhost:{port}", "http://[::1"),
    ],
)
def test_another_origin_is_refused(studio: Client, origin: str) -> None:
    here = f"Host: localhost:{studio.port}"
    assert about(studio.port, here, f"Origin: {origin.format(port=studio.port)}") == 403


def test_the_own_origin_is_not(studio: Client) -> None:
    here = f"localhost:{studio.port}"
    assert about(studio.port, f"Host: {here}", f"Origin: http://{here}") == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_other_sites_make_a_browser_ask_is_refused(studio: Client, site: str) -> None:
    answer = studio.get("/about", headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, answer.json()["error"]) == (403, "origin_not_allowed")
    assert studio.get("/about", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    link = httpx.get(f"http://127.0.0.1:{studio.port}/", headers={"Sec-Fetch-Site": site})
    assert link.status_code in (200, 503)  # to open the page from a link is fine


@pytest.mark.parametrize("header", [{}, {"X-Style2color": "0"}, {"X-Style2color": "1, 1"}])
def test_writing_needs_the_header_that_forms_cannot_send(
    studio: Client, header: dict[str, str]
) -> None:
    with Client(studio.port, headers=header) as other:
        for method, path in (
            ("POST", "/sessions"),
            ("PUT", "/sessions/x/sketch"),
            ("DELETE", "/sessions/x"),
            ("PATCH", "/about"),
            ("OPTIONS", "/sessions"),
        ):
            answer = other.request(method, path)
            assert (answer.status_code, answer.json()["error"]) == (403, "header_missing")


def test_no_answer_allows_another_origin_anything(studio: Client) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"}
    for answer in (
        studio.options("/sessions", headers=asked),
        studio.options("/sessions", headers={"Access-Control-Request-Method": "PUT"}),
        studio.get("/about"),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/none.js", "/api/v1/about", "/api/v1/none", "/api"])
def test_every_answer_binds_the_browser(studio: Client, path: str) -> None:
    for answer in (
        httpx.get(f"http://127.0.0.1:{studio.port}{path}"),
        httpx.get(f"http://127.0.0.1:{studio.port}{path}", headers={"Host": "evil.example"}),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in answer.headers
        if path.startswith("/api"):
            assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        *("/../app.py", "/..%2fapp.py", "/%2e%2e/app.py", "/assets/../../guard.py", "//etc/passwd"),
        *("/.env", "/app.py", "/__init__.py", "/page/index.html", "/C:%5Cwindows", "/a%00.js"),
    ],
)
def test_only_files_of_the_page_are_served(studio: Client, path: str) -> None:
    answer = raw(
        studio.port, head(studio.port, f"GET {path} HTTP/1.1", f"Host: localhost:{studio.port}")
    )
    assert status(answer) == 404
    assert b"import" not in answer


def test_without_its_token_a_studio_tells_nothing() -> None:
    with running(token=TOKEN) as client:
        for given in (None, "Bearer wrong-token-of-24-chars", "Basic " + TOKEN, TOKEN, "Bearer"):
            headers = CSRF if given is None else {**CSRF, "Authorization": given}
            for path in ("/about", "/health", "/openapi.json", "/sessions/x"):
                refused = client.get(path, headers=headers)
                assert (refused.status_code, refused.json()["error"]) == (401, "token_missing")
            assert client.post("/sessions", headers=headers).status_code == 401
        allowed = {**CSRF, "Authorization": f"Bearer {TOKEN}"}
        assert client.get("/about", headers=allowed).status_code == 200
        assert client.post("/sessions", headers=allowed).status_code == 201
        page = httpx.get(f"http://127.0.0.1:{client.port}/")
        assert TOKEN not in page.text


def test_an_open_port_needs_a_token_and_goes_by_addresses() -> None:
    with pytest.raises(UsageError, match="--token"):
        Settings(host="0.0.0.0")
    with pytest.raises(UsageError, match="16"):
        Settings(token="short")
    with running(host="0.0.0.0", token=TOKEN, names=("studio.lan",)) as client:
        bearer = f"Authorization: Bearer {TOKEN}"
        for name in ("127.0.0.1", "192.168.1.4", "[fe80::1]", "studio.lan", "Studio.LAN:80"):
            assert about(client.port, f"Host: {name}", bearer) == 200
        assert about(client.port, "Host: evil.example", bearer) == 403


def put_sketch(client: Client, session: str, *headers: str) -> bytes:
    return head(
        client.port,
        f"PUT /api/v1/sessions/{session}/sketch HTTP/1.1",
        f"Host: localhost:{client.port}",
        "X-Style2color: 1",
        "Content-Type: image/png",
        *headers,
    )


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(studio: Client) -> None:
    session = studio.session()
    length = 25 * 2**20 + 1
    # Not a byte of the body is sent, so an answer can only come of the length that is told.
    answer = raw(studio.port, put_sketch(studio, session, f"Content-Length: {length}"))
    assert status(answer) == 413
    assert b"body_too_large" in answer
    patient = put_sketch(studio, session, f"Content-Length: {length}", "Expect: 100-continue")
    assert status(raw(studio.port, patient)) == 413


def test_a_body_of_untold_length_is_counted(studio: Client) -> None:
    with running(max_bytes=100_000) as client:
        start = put_sketch(client, client.session(), "Transfer-Encoding: chunked")
        chunk = b"8000\r\n" + bytes(0x8000) + b"\r\n"
        # Without an end: the answer comes because of what has come in.
        answer = raw(client.port, start, then=chunk * 4)
        assert status(answer) == 413


def test_json_has_a_smaller_limit(studio: Client) -> None:
    session = studio.session()
    for length, expected in ((5_000_001, 413), (5_000_000, 422)):
        answer = studio.put(f"/sessions/{session}/hints", content=b"[" * length)
        assert answer.status_code == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (("Content-Length: -1",), 400),
        (("Content-Length: many",), 400),
        (("Content-Length: 4", "Content-Length: 5"), 400),
        (("Content-Length: 4", "Transfer-Encoding: gzip"), 501),
        (("Content-Length: 4", "Content-Encoding: gzip"), 415),
        (("Transfer-Encoding: chunked", "Content-Encoding: br"), 415),
    ],
)
def test_odd_lengths_and_encodings_are_refused(
    studio: Client, headers: tuple[str, ...], expected: int
) -> None:
    answer = raw(studio.port, put_sketch(studio, studio.session(), *headers), then=b"abcd")
    assert status(answer) in (expected, 400)


def test_a_get_has_no_body(studio: Client) -> None:
    assert studio.request("GET", "/about", content=b"x").status_code == 413


def test_a_body_must_come_in_time() -> None:
    with running(body_seconds=0.3) as client:
        start = put_sketch(client, client.session(), "Content-Length: 1000")
        answer = raw(client.port, start, then=b"slow")
        assert status(answer) == 408
        assert b"body_too_slow" in answer


def test_only_so_many_uploads_at_one_time(sketch: bytes) -> None:
    with running(max_uploads=1, body_seconds=300) as client:
        session = client.session()

        def large() -> httpx.Response:
            return client.put(f"/sessions/{session}/sketch", content=bytes(300_000), headers=PNG)

        slow = socket.create_connection(("127.0.0.1", client.port))
        told = (f"Content-Length: {10**6}", "Expect: 100-continue")
        slow.sendall(put_sketch(client, session, *told))
        assert slow.recv(25).startswith(b"HTTP/1.1 100")  # it has the only place
        refused = large()
        assert refused.status_code == 503
        assert refused.json()["error"] == "too_many_uploads"
        assert int(refused.headers["retry-after"]) >= 1
        # Small pictures are not held back by it.
        put = client.put(f"/sessions/{session}/sketch", content=sketch, headers=PNG)
        assert put.status_code == 200
        # And the place is free again when the slow one has gone.
        slow.close()
        wait_for(lambda: large().status_code == 415)
