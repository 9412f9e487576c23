"""The whole application: routes, errors and page behind the guard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from style2color import __version__
from style2color.errors import Style2ColorError
from style2color.studio import static
from style2color.studio.faults import Refused, from_error
from style2color.studio.guard import API, Guard
from style2color.studio.routes import faults, routes
from style2color.studio.state import Studio

__all__ = ["make_app"]


def make_app(studio: Studio) -> Guard:
    """The API and the page behind the guard."""

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(studio.jobs.run()), asyncio.create_task(studio.sweep())]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        studio.jobs.close()

    app = FastAPI(
        title="style2color studio",
        version=__version__,
        description="Paints line art in the colours of references. Everything is kept in memory "
        "and wiped when a session expires. Every call but GET needs the header X-Style2color: 1.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        redirect_slashes=False,
        responses=faults(400, 401, 403, 408, 422),
    )
    _add_errors(app)
    app.include_router(routes(studio), prefix=API)

    @app.api_route("/{path:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def page(path: str) -> Response:
        if path.startswith("api/"):
            raise Refused(404, "not_found", "there is no such call; see /api/v1/openapi.json")
        return static.serve(path)

    return Guard(app, studio.settings)


def _add_errors(app: FastAPI) -> None:
    def refuse(refused: Refused) -> JSONResponse:
        return JSONResponse(refused.body(), refused.status, refused.headers())

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return refuse(error)

    @app.exception_handler(Style2ColorError)
    async def known(_: Request, error: Exception) -> Response:
        assert isinstance(error, Style2ColorError)
        return refuse(from_error(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        if first["loc"][0] == "path":
            return refuse(Refused(404, "not_found", f"{where}: no such thing"))
        return refuse(Refused(422, "invalid", f"{where}: {first['msg']}"))

    @app.exception_handler(HTTPException)
    async def plain(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
        answer = refuse(Refused(error.status_code, code, str(error.detail)))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(Exception)
    async def fault(_: Request, error: Exception) -> Response:
        message = "a fault in style2color; the server's log tells more"
        return refuse(Refused(500, "fault", message))
