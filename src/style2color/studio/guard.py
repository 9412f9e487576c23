"""Who may ask what: the one gate in front of the application, as plain ASGI middleware.

It answers for Host (DNS rebinding), Origin, Sec-Fetch-Site and X-Style2color (requests that other
sites make a browser send), the token, and the size and pace of bodies; and it adds the headers
that bind browsers. Only what passes reaches the application, whole and with a bounded body.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from style2color.studio.faults import Refused
from style2color.studio.settings import Settings, is_loopback

__all__ = ["API", "CSRF_HEADER", "Guard"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

API = "/api/v1"
CSRF_HEADER = "X-Style2color"
_SAFE = ("GET", "HEAD")
_SMALL_BODY = 256 * 2**10  # larger ones are counted as uploads
_JSON_BYTES = 5_000_000
_LINGER_BYTES = 4 * 2**20
_LINGER_SECONDS = 2.0

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = (
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)


class Guard:
    """Wraps an ASGI application. `host` and `names` of the settings are who it answers as."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        own = {settings.host, *settings.names}
        self._names = {name.strip("[]").lower().rstrip(".") for name in own}
        self._uploads = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # no WebSockets here
            await send({"type": "websocket.close", "code": 1008})
            return
        counted = False
        try:
            headers = _headers(scope)
            self._check(scope, headers)
            length = self._body_limit(scope, headers)
            if length is None or length > _SMALL_BODY:
                self._take_upload()
                counted = True
            body = await self._read(scope, headers, receive)
            await self._app(scope, _replay(body, receive), _with_headers(send, scope))
        except Refused as refused:
            await _answer(refused, receive, _with_headers(send, scope))
        except _Gone:
            pass  # nobody is there to answer
        finally:
            self._uploads -= counted

    def _take_upload(self) -> None:
        if self._uploads >= self._settings.max_uploads:
            raise Refused(503, "too_many_uploads", "too many pictures come in; try again", 1)
        self._uploads += 1

    def _check(self, scope: Scope, headers: dict[str, list[str]]) -> None:
        hosts = headers.get("host", [])
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            raise Refused(
                403,
                "host_not_allowed",
                "this studio does not answer under that name; open it as localhost or by its "
                "address, or start it with --allow-host NAME",
            )
        if not scope["path"].startswith("/api"):
            if scope["method"] not in _SAFE:
                raise Refused(405, "method_not_allowed", "only the API takes anything but GET")
            return
        origins = headers.get("origin", [])
        if origins and (len(origins) > 1 or not _same_origin(origins[0], hosts[0])):
            raise Refused(403, "origin_not_allowed", "other sites may not use this studio")
        if headers.get("sec-fetch-site", ["none"])[0] not in ("same-origin", "none"):
            raise Refused(403, "origin_not_allowed", "other sites may not use this studio")
        if scope["method"] not in _SAFE and headers.get(CSRF_HEADER.lower()) != ["1"]:
            raise Refused(
                403,
                "header_missing",
                f"every call but GET needs the header {CSRF_HEADER}: 1, which other sites cannot "
                "send",
            )
        if self._settings.token is not None and not _knows(headers, self._settings.token):
            raise Refused(
                401,
                "token_missing",
                "this studio asks for its token: Authorization: Bearer TOKEN; it was printed when "
                "the studio started",
            )

    def _is_ours(self, host: str) -> bool:
        name = _host_name(host)
        if name is None:
            return False
        if name in self._names or is_loopback(name):
            return True
        if is_loopback(self._settings.host):
            return False
        try:  # an address is no name that a stranger's DNS could point at us
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _body_limit(self, scope: Scope, headers: dict[str, list[str]]) -> int | None:
        """The length the client tells, None for chunks of unknown length. Raises Refused."""
        if "content-encoding" in headers:
            raise Refused(415, "encoded_body", "send the body as it is, without a Content-Encoding")
        if "transfer-encoding" in headers:
            return None
        told = headers.get("content-length", ["0"])
        # The HTTP parser has refused what is no number.
        length = int(told[0])
        self._fits(length, scope, headers)
        return length

    def _fits(self, length: int, scope: Scope, headers: dict[str, list[str]]) -> None:
        kind = headers.get("content-type", [""])[0]
        limit = self._settings.max_bytes
        if scope["method"] in _SAFE:
            limit = 0
        elif not kind.startswith("image/"):
            limit = min(limit, _JSON_BYTES)
        if length > limit:
            raise Refused(
                413, "body_too_large", f"the body is larger than the limit of {limit:,} bytes here"
            )

    async def _read(self, scope: Scope, headers: dict[str, list[str]], receive: Receive) -> bytes:
        pieces: list[bytes] = []
        length = 0
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise _Gone
                    pieces.append(message.get("body", b""))
                    length += len(pieces[-1])
                    self._fits(length, scope, headers)
                    if not message.get("more_body", False):
                        return b"".join(pieces)
        except TimeoutError:
            raise Refused(
                408, "body_too_slow", f"no whole body within {self._settings.body_seconds:g} s"
            ) from None


class _Gone(Exception):
    """The client left before its request was whole."""


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _host_name(host: str) -> str | None:
    """The name in a Host header, without its port; None where it is no such header."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return None if parts.hostname is None else parts.hostname.rstrip(".")


def _same_origin(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _knows(headers: dict[str, list[str]], token: str) -> bool:
    given = headers.get("authorization", [])
    if len(given) != 1 or not given[0].lower().startswith("bearer "):
        return False
    return hmac.compare_digest(given[0][7:].strip().encode("latin-1"), token.encode())


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body in one piece, then whatever comes: a disconnect."""
    pending = [body]

    async def replayed() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return replayed


def _with_headers(send: Send, scope: Scope) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            have = {name.lower() for name, _ in headers}
            wanted = list(_HEADERS)
            if scope["path"].startswith("/api"):
                wanted.append(("cache-control", "no-store"))
            headers += [
                (name.encode(), value.encode())
                for name, value in wanted
                if name.encode() not in have
            ]
            message = {**message, "headers": headers}
        await send(message)

    return sending


async def _answer(refused: Refused, receive: Receive, send: Send) -> None:
    body = json.dumps(refused.body()).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    headers += [(n.lower().encode(), v.encode()) for n, v in refused.headers().items()]
    # The rest of a refused body is not kept, so the connection cannot be used again.
    headers.append((b"connection", b"close"))
    if refused.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    # Hanging up on a client that still sends would often cost it the answer; so let some pass by.
    left = _LINGER_BYTES
    with suppress(TimeoutError):
        async with asyncio.timeout(_LINGER_SECONDS):
            while left > 0:
                message = await receive()
                if not message.get("more_body", False):
                    break
                left -= len(message["body"])
    await send({"type": "http.response.body", "body": b""})
