"""The bundled examples: sketches with references, drawn by our own atelier."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from style2color.studio.faults import Refused
from style2color.studio.guard import API
from style2color.studio.schemas import Example

__all__ = ["list_examples", "picture"]

FOLDER = Path(__file__).parent / "examples"


@cache
def _known() -> dict[str, str]:
    """Names by id; for each there are ID-sketch.webp and ID-reference.webp."""
    names: dict[str, str] = json.loads((FOLDER / "examples.json").read_text("utf-8"))
    return names


def list_examples() -> list[Example]:
    """All examples, with the addresses of their pictures."""
    return [
        Example(
            id=id,
            name=name,
            sketch=f"{API}/examples/{id}/sketch",
            references=[f"{API}/examples/{id}/reference"],
        )
        for id, name in _known().items()
    ]


def picture(id: str, part: str) -> Path:
    """The file of an example's sketch or reference. Raises Refused (404)."""
    if id not in _known():
        raise Refused(404, "no_example", "there is no such example; see GET /api/v1/examples")
    return FOLDER / f"{id}-{part}.webp"
