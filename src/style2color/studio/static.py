"""The page: the files of a folder, each by its exact name, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from starlette.responses import FileResponse, PlainTextResponse, Response

__all__ = ["PAGE", "serve"]

PAGE = Path(__file__).parent / "page"

# Told here and not by the system's table, which some systems have wrong.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".onnx": "application/octet-stream",
    ".txt": "text/plain; charset=utf-8",
}
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
_NOT_BUILT = """The page of the studio is not built, so there is nothing to show here.

Installed from a package, it is always there: install style2color again. In a clone of the
repository, build it with `make page`, which needs Node. The API works without the page; its
description is at /api/v1/openapi.json.
"""


def serve(path: str, folder: Path = PAGE) -> Response:
    """A file of the page by its path in the address, "" for the page itself."""
    path = path or "index.html"
    if path == "index.html" and not (folder / path).is_file():
        return PlainTextResponse(_NOT_BUILT, 503)
    parts = path.split("/")
    kind = _TYPES.get(Path(path).suffix)
    if kind is None or not all(_NAME.fullmatch(part) for part in parts):
        return PlainTextResponse("There is no such file.\n", 404)
    file = folder.joinpath(*parts)
    if not file.is_file():
        return PlainTextResponse("There is no such file.\n", 404)
    # Files in assets/ have their content's hash in their name.
    fresh = "public, max-age=31536000, immutable" if parts[0] == "assets" else "no-cache"
    return FileResponse(file, media_type=kind, headers={"Cache-Control": fresh})
