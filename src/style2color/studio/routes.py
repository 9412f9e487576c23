"""The calls of the API. What each takes and gives is in its signature, and so in the OpenAPI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse

from style2color import __version__
from style2color.hints import Hints
from style2color.studio import examples, schemas
from style2color.studio.faults import Refused
from style2color.studio.jobs import Job
from style2color.studio.schemas import Fault
from style2color.studio.sessions import Reference, Session, Sketch
from style2color.studio.state import Studio
from style2color.studio.work import Order, encode, read_reference, read_sketch, to_png

__all__ = ["PICTURES", "faults", "routes"]

PICTURES = ("image/png", "image/jpeg", "image/webp", "image/bmp", "image/tiff", "image/gif")
_OUT = {
    "png": "image/png",
    "webp": "image/webp",
    "psd": "image/vnd.adobe.photoshop",
    "ora": "image/openraster",
}
_AS_OBJECTS = 8  # bytes of memory for one of a file of hints
_KEEP_ALIVE = 10.0  # seconds after which a silent stream of events says that it lives
_BINARY = {"schema": {"type": "string", "format": "binary"}}

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Format = Literal["png", "webp", "psd", "ora"]


def faults(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For the description of a call: the errors it may answer with."""
    return {status: {"model": Fault} for status in statuses}


def _gives(*kinds: str, codes: tuple[int, ...] = (404,)) -> dict[str, Any]:
    content = {kind: _BINARY for kind in kinds}
    answers = {200: {"description": "The bytes", "content": content}, **faults(*codes)}
    return {"response_class": Response, "responses": answers}


_TAKES_PICTURE = {"requestBody": {"required": True, "content": {k: _BINARY for k in PICTURES}}}
_TAKES_HINTS = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": schemas.HintsFile.model_json_schema()}},
    }
}
_READING = (404, 413, 415, 422, 503)


def routes(studio: Studio) -> APIRouter:
    """All calls, for this studio."""
    router = APIRouter()
    _server(router, studio)
    _sessions(router, studio)
    _pictures(router, studio)
    _jobs(router, studio)
    return router


def _server(router: APIRouter, studio: Studio) -> None:
    @router.get("/about", tags=["server"])
    async def about() -> schemas.About:
        """Version, model and limits. `boot` changes whenever the server is started."""
        model, settings = studio.model, studio.settings
        limits = {name: getattr(settings, name) for name in schemas.Limits.model_fields}
        return schemas.About(
            version=__version__,
            boot=studio.boot,
            model=schemas.ModelInfo(
                name=model.name, version=model.version, sha256=dict(model.sha256)
            ),
            limits=schemas.Limits(**limits),
        )

    @router.get("/health", tags=["server"])
    async def health() -> schemas.Health:
        """Whether the server works, and how many jobs wait or run."""
        return schemas.Health(ok=True, queue=len(studio.jobs), stopping=studio.jobs.stopping)

    @router.get("/examples", tags=["examples"])
    async def list_examples() -> list[schemas.Example]:
        """The bundled examples."""
        return examples.list_examples()

    @router.get("/examples/{id}/sketch", tags=["examples"], **_gives("image/webp"))
    async def example_sketch(id: Id) -> Response:
        """The sketch of an example."""
        return FileResponse(examples.picture(id, "sketch"), media_type="image/webp")

    @router.get("/examples/{id}/reference", tags=["examples"], **_gives("image/webp"))
    async def example_reference(id: Id) -> Response:
        """The reference of an example."""
        return FileResponse(examples.picture(id, "reference"), media_type="image/webp")


def _sessions(router: APIRouter, studio: Studio) -> None:
    @router.post("/sessions", status_code=201, tags=["sessions"], responses=faults(503))
    async def make_session() -> schemas.SessionMade:
        """A new session; it holds a sketch, references, hints and a palette."""
        if studio.jobs.stopping:
            raise Refused(503, "stopping", "the studio is being stopped", 10)
        session = studio.sessions.make()
        return schemas.SessionMade(id=session.id, expires_s=studio.settings.session_seconds)

    @router.get("/sessions/{id}", tags=["sessions"], responses=faults(404, 503))
    async def show_session(id: Id) -> schemas.Session:
        """What the session holds."""
        session = studio.sessions.get(id)
        sketch = session.sketch
        return schemas.Session(
            id=session.id,
            sketch=None if sketch is None else _picture_of(sketch),
            references=[_reference_of(reference) for reference in session.references.values()],
            hints=schemas.HintsFile.model_validate(await studio.read(session.hints.to_dict)),
            palette=session.palette,
        )

    @router.delete("/sessions/{id}", status_code=204, tags=["sessions"], responses=faults(404))
    async def delete_session(id: Id) -> None:
        """Wipe the session and cancel its jobs."""
        studio.sessions.wipe(studio.sessions.get(id))

    @router.put(
        "/sessions/{id}/hints",
        tags=["sessions"],
        response_model=schemas.HintsFile,
        responses=faults(404, 413, 422, 503),
        openapi_extra=_TAKES_HINTS,
    )
    async def set_hints(id: Id, request: Request) -> Response:
        """Set the colour hints, in pixels of the sketch; the file of the command line."""
        session = studio.sessions.get(id)
        data = await request.body()
        hints = await studio.read(_hints, data, session.sketch)
        session.hints, session.hints_bytes = hints, _AS_OBJECTS * len(data)
        return JSONResponse(await studio.read(hints.to_dict))

    @router.get(
        "/sessions/{id}/hints",
        tags=["sessions"],
        response_model=schemas.HintsFile,
        responses=faults(404, 503),
    )
    async def get_hints(id: Id) -> Response:
        """The hints as a file."""
        hints = studio.sessions.get(id).hints
        name = {"Content-Disposition": 'attachment; filename="hints.json"'}
        return JSONResponse(await studio.read(hints.to_dict), headers=name)

    @router.put("/sessions/{id}/palette", tags=["sessions"], responses=faults(404, 422))
    async def set_palette(id: Id, palette: schemas.Palette) -> schemas.Palette:
        """Lock the flat colours, replace some, and colour the lines; what is left out is reset.
        The network does not run again for it."""
        session = studio.sessions.get(id)
        if palette.lock == "colors" and not palette.colors:
            raise Refused(422, "bad_palette", "lock is colors, but colors is empty; give some")
        session.palette = palette
        return palette


def _pictures(router: APIRouter, studio: Studio) -> None:
    settings, limits = studio.settings, studio.limits

    @router.put(
        "/sessions/{id}/sketch",
        tags=["pictures"],
        responses=faults(*_READING),
        openapi_extra=_TAKES_PICTURE,
    )
    async def set_sketch(id: Id, request: Request) -> schemas.Picture:
        """Set the sketch: the bytes of a picture."""
        session = studio.sessions.get(id)
        data = await _picture(request)
        studio.sessions.make_room(session, len(data))
        sketch = await studio.read(read_sketch, data, limits, settings.preview_side)
        studio.sessions.get(id).sketch = sketch
        return _picture_of(sketch)

    @router.get("/sessions/{id}/sketch", tags=["pictures"], **_gives("image/png"))
    async def get_sketch(id: Id) -> Response:
        """The sketch as PNG, upright."""
        sketch = studio.sessions.get(id).sketch
        if sketch is None:
            raise Refused(404, "no_sketch", "the session has no sketch; PUT one")
        return Response(await studio.read(to_png, sketch.data, limits), media_type="image/png")

    @router.post(
        "/sessions/{id}/references",
        status_code=201,
        tags=["pictures"],
        responses=faults(409, *_READING),
        openapi_extra=_TAKES_PICTURE,
    )
    async def add_reference(id: Id, request: Request) -> schemas.Reference:
        """Add a reference: the bytes of a picture. Its main colours come back."""
        session = studio.sessions.get(id)
        data = await _picture(request)
        _has_room(session, settings.max_references)
        studio.sessions.make_room(session, len(data))
        entries = studio.model.palette_entries
        made = await studio.read(read_reference, data, limits, entries)
        session = studio.sessions.get(id)
        _has_room(session, settings.max_references)
        session.references[made.id] = made
        return _reference_of(made)

    @router.get("/sessions/{id}/references/{reference}", tags=["pictures"], **_gives("image/png"))
    async def get_reference(id: Id, reference: Id) -> Response:
        """A reference as PNG, upright."""
        found = studio.sessions.get(id).references.get(reference)
        if found is None:
            raise Refused(404, "no_reference", "the session has no such reference")
        return Response(await studio.read(to_png, found.data, limits), media_type="image/png")

    @router.delete(
        "/sessions/{id}/references/{reference}",
        status_code=204,
        tags=["pictures"],
        responses=faults(404),
    )
    async def delete_reference(id: Id, reference: Id) -> None:
        """Take a reference away."""
        if studio.sessions.get(id).references.pop(reference, None) is None:
            raise Refused(404, "no_reference", "the session has no such reference")


def _jobs(router: APIRouter, studio: Studio) -> None:
    @router.post(
        "/sessions/{id}/jobs",
        status_code=202,
        tags=["jobs"],
        responses=faults(404, 409, 422, 429, 503),
    )
    async def make_job(id: Id, wanted: schemas.JobOrder) -> schemas.Job:
        """Paint what the session holds now, at preview size or at the sketch's own."""
        session = studio.sessions.get(id)
        studio.jobs.check(session)  # first, so that this is told without delay
        order = _order(session, wanted)
        if order.hints != Hints():
            sketch = order.sketch
            await studio.read(order.hints.check, sketch.height, sketch.width)
        job = studio.jobs.submit(session, order)
        studio.sessions.make_room(session)
        return job.describe()

    @router.get("/jobs/{id}", tags=["jobs"], responses=faults(404))
    async def show_job(id: Id) -> schemas.Job:
        """How far the job is."""
        job = studio.jobs.get(id)
        studio.sessions.get(job.session.id)
        return job.describe()

    @router.get(
        "/jobs/{id}/events",
        tags=["jobs"],
        response_class=StreamingResponse,
        responses={
            200: {"description": "Events", "content": {"text/event-stream": {}}},
            **faults(404, 429),
        },
    )
    async def job_events(id: Id) -> Response:
        """Server-sent events named `update`, each with the job as JSON, up to its end.

        A job whose last listener leaves before that is cancelled two seconds later.
        """
        job = studio.jobs.get(id)
        job.check_listeners()
        return StreamingResponse(_events(studio, job), media_type="text/event-stream")

    @router.delete("/jobs/{id}", status_code=202, tags=["jobs"], responses=faults(404))
    async def cancel_job(id: Id) -> schemas.Job:
        """Cancel the job; one that runs stops after its present step."""
        job = studio.jobs.get(id)
        studio.jobs.cancel(job)
        return job.describe()

    @router.get(
        "/jobs/{id}/result", tags=["jobs"], **_gives(*_OUT.values(), codes=(404, 409, 410, 503))
    )
    async def get_result(
        id: Id,
        format: Annotated[Format, Query()] = "png",
        layer: Annotated[schemas.Layer, Query()] = "painting",
    ) -> Response:
        """The painting, or one layer of it, or all layers as PSD or ORA. A painting without any
        light has no highlight, see `layers` of the result."""
        job = studio.jobs.get(id)
        if job.state != "done":
            raise Refused(409, "not_done", f"the job is {job.state}; there is no result")
        painted = await studio.jobs.painting(job)
        job.fetched = True
        data = await studio.read(encode, painted, format, layer, studio.limits)
        name = f"{layer}.{format}"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type=_OUT[format], headers=disposition)


def _picture_of(sketch: Sketch) -> schemas.Picture:
    return schemas.Picture(width=sketch.width, height=sketch.height)


def _reference_of(made: Reference) -> schemas.Reference:
    return schemas.Reference(
        id=made.id, width=made.width, height=made.height, palette=list(made.palette)
    )


def _hints(data: bytes, sketch: Sketch | None) -> Hints:
    hints = Hints.load(data)
    if sketch is not None:
        hints.check(sketch.height, sketch.width)
    return hints


async def _picture(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind not in PICTURES:
        known = ", ".join(PICTURES)
        raise Refused(415, "unknown_format", f"send the picture itself, as one of {known}")
    return await request.body()


def _has_room(session: Session, most: int) -> None:
    if len(session.references) >= most:
        raise Refused(
            409, "too_many_references", f"a session has up to {most} references; delete one"
        )


def _order(session: Session, wanted: schemas.JobOrder) -> Order:
    if session.sketch is None:
        raise Refused(409, "no_sketch", "the session has no sketch; PUT one first")
    references = tuple(session.references.values())
    if session.palette.lock == "reference" and not references:
        raise Refused(
            409, "no_reference", "the palette is locked to the reference, but there is none"
        )
    return Order(
        wanted.size,
        session.sketch,
        references,
        session.hints,
        session.hints_bytes,
        session.palette,
    )


async def _events(studio: Studio, job: Job) -> AsyncIterator[str]:
    try:
        with job.listening() as woken:
            while True:
                woken.clear()
                yield f"event: update\ndata: {job.describe().model_dump_json()}\n\n"
                if job.ended:
                    return
                while not woken.is_set():
                    try:
                        async with asyncio.timeout(_KEEP_ALIVE):
                            await woken.wait()
                    except TimeoutError:
                        yield ": still here\n\n"
    finally:
        studio.jobs.left(job)
