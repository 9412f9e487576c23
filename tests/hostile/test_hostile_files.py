"""Hostile files give typed errors with a usable message, in bounded time and memory."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from hostile.files import HOSTILE
from style2color import image
from style2color.errors import PictureTooLarge


def test_there_are_enough() -> None:
    assert len(HOSTILE) >= 40


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file(name: str, tmp_path: Path) -> None:
    hostile = HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(hostile.data)
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if hostile.error is None:
            page = image.load(path)
            assert page.rgb.dtype == np.uint8
        else:
            with pytest.raises(hostile.error) as caught:
                image.load(path)
            message = str(caught.value)
            assert type(caught.value) is hostile.error
            assert message.startswith(str(path)), message
            if hostile.error is PictureTooLarge:
                assert "limit" in message
                assert "--max-" in message
    assert time.perf_counter() - begin < 5


def test_memory_stays_bounded() -> None:
    """All of them in one fresh process: none decodes what its header only claims."""
    code = (
        "import resource, sys, warnings; warnings.simplefilter('ignore')\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from files import HOSTILE\n"
        "from style2color import image\n"
        "from style2color.errors import Style2ColorError\n"
        "image.load(HOSTILE['wrong-extension.gif'].data)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for hostile in HOSTILE.values():\n"
        "    try: image.load(hostile.data)\n"
        "    except Style2ColorError: pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    kibibytes = int(grown.stdout)
    if sys.platform == "darwin":  # which counts in bytes
        kibibytes //= 1024
    assert kibibytes < 150 * 1024
