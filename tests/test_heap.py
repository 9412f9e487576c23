"""Freed memory is kept: arrays that come and go cause no page faults."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_FAULTS = """
import resource
import numpy as np
from style2color.heap import keep_freed_memory
keeps = keep_freed_memory(256 << 20)
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        parts = [np.ones(300_000, np.uint8) for _ in range(20)]
        del parts
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults()
print(keeps, faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these thresholds")
def test_arrays_that_come_and_go_fault_no_pages() -> None:
    # A process of its own: the setting lasts as long as the process.
    run = subprocess.run(
        [sys.executable, "-c", _FAULTS], capture_output=True, text=True, check=True
    )
    keeps, faults = run.stdout.split()
    assert keeps == "True"
    # 50 rounds of 6 MB are 73,000 pages.
    assert int(faults) < 2_000
