"""Finished parts of a reproduction on disk: one JSON file each, made once per budget."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from style2color.errors import OutputError
from style2color.files import atomic_write

Made = dict[str, Any]
Found = dict[str, list[Made]]
"""Finished parts by name without the seed, in order of the seeds."""
Step = Callable[[], None]

SHOWN = 6
"""Held-out pictures of each cell that are kept to be looked at."""


@dataclass(frozen=True)
class Part:
    """A result by name, and how it is made; `steps` of work, for the progress bar."""

    name: str
    steps: int
    make: Callable[[Step], Made]


class Parts:
    """A folder of results by name. A result of another budget or code is not used.

    recipe: plain values that must be equal for a result to be taken over.
    """

    def __init__(self, folder: Path, recipe: Made) -> None:
        self.folder = folder
        self._recipe = recipe
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder} cannot be made: {error.strerror}") from error

    def find(self, name: str) -> Made | None:
        """A finished part, or None: missing, unreadable, or made with another recipe."""
        try:
            document = json.loads(self._path(name).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(document, dict) or document.get("recipe") != self._recipe:
            return None
        found = document.get("result")
        return found if isinstance(found, dict) else None

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """The finished part, made now if it is not there; it appears whole or not at all."""
        found = self.find(name)
        if found is not None:
            return found
        made = make()
        document = {"recipe": self._recipe, "result": made}
        with atomic_write(self._path(name)) as stream:
            stream.write(json.dumps(document, indent=1, allow_nan=False).encode())
        return made

    def keep_pictures(self, name: str, painted: NDArray[np.uint8]) -> None:
        """The first of (N, S, S, 3) side by side as a PNG; they never leave the ignored folder."""
        strip = Image.fromarray(np.hstack(list(painted[:SHOWN])))
        with atomic_write(self.folder / f"{name}.png") as stream:
            strip.save(stream, "PNG")

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.json"
