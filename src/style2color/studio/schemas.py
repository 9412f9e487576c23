"""The JSON of the API: what comes in is checked by these models, what goes out is described."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "About",
    "Color",
    "Example",
    "Fault",
    "Health",
    "HintsFile",
    "Job",
    "JobOrder",
    "Layer",
    "Palette",
    "Picture",
    "Reference",
    "Replacement",
    "Result",
    "Session",
    "SessionMade",
    "Share",
    "Swatch",
]

Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$", examples=["#d7263d"])]
MAX_COLORS = 256


class _Incoming(BaseModel):
    """Unknown fields are refused: a misspelt one would be lost without a word."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Fault(BaseModel):
    """Every error: a stable code, and a sentence saying what, where and how to mend it."""

    error: str
    message: str


class Limits(BaseModel):
    max_bytes: int
    max_pixels: int
    max_side: int
    max_references: int
    max_queue: int
    preview_side: int
    session_seconds: float
    job_seconds: float


class ModelInfo(BaseModel):
    name: str
    version: str
    sha256: dict[str, str]


class About(BaseModel):
    """`boot` is new whenever the server starts: sessions of another boot are gone."""

    version: str
    boot: str
    model: ModelInfo
    limits: Limits


class Health(BaseModel):
    """`queue`: jobs waiting or running. `stopping`: finishes these and takes no new ones."""

    ok: bool
    queue: int
    stopping: bool


class Example(BaseModel):
    """Addresses of an example's pictures, relative to the server."""

    id: str
    name: str
    sketch: str
    references: list[str]


class SessionMade(BaseModel):
    id: str
    expires_s: float


class Picture(BaseModel):
    width: int
    height: int


class Swatch(BaseModel):
    """A main colour of a reference; `share` of its area, 0..1, the largest first."""

    index: int
    hex: Color
    share: float


class Reference(Picture):
    id: str
    palette: list[Swatch]


class Replacement(_Incoming):
    """A colour of the painting, as in `Result.colors`, and what takes its place."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    old: Color = Field(alias="from")
    new: Color = Field(alias="to")


class Palette(_Incoming):
    """`lock`: flat colours must be of the references, of `colors`, or need not. `colored_lines`:
    every line takes a darker tone of the paint beside it; false leaves the lines black. `light`:
    where it comes from; `auto` is from the left, as strong as in the references; `none`: no shadows
    and highlights."""

    lock: Literal["none", "reference", "colors"] = "none"
    colors: list[Color] = Field(default=[], max_length=MAX_COLORS)
    replace: list[Replacement] = Field(default=[], max_length=MAX_COLORS)
    colored_lines: bool = False
    light: Literal["auto", "left", "right", "none"] = "auto"


class HintPoint(BaseModel):
    x: float = Field(ge=0)
    y: float = Field(ge=0)
    radius: float = Field(gt=0)
    color: Color


class HintStroke(BaseModel):
    points: list[tuple[float, float]] = Field(min_length=1)
    radius: float = Field(gt=0)
    color: Color


class HintsFile(BaseModel):
    """The `hints.json` of the command line, in pixels of the sketch."""

    version: Literal[1]
    points: list[HintPoint] = []
    strokes: list[HintStroke] = []


class Session(BaseModel):
    id: str
    sketch: Picture | None
    references: list[Reference]
    hints: HintsFile
    palette: Palette


class JobOrder(_Incoming):
    size: Literal["preview", "full"] = "preview"


Layer = Literal["painting", "line", "flat", "shadow", "highlight"]


class Share(BaseModel):
    hex: Color
    share: float


class Result(Picture):
    """`colors`: the flat colours, the largest area first; `seconds`: of painting; `layers`: those
    the painting has, to ask for one by one."""

    size: Literal["preview", "full"]
    seconds: float
    colors: list[Share]
    layers: list[Layer]


class Job(BaseModel):
    """`position`: jobs before it, 0 when running. `progress`: 0..1. `stage`: what is done now."""

    id: str
    size: Literal["preview", "full"]
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    position: int
    progress: float
    stage: str
    error: Fault | None = None
    result: Result | None = None
