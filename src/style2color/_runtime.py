"""ONNX Runtime without its telemetry: the only place where it is imported.

Since 1.29 its builds for Linux and macOS send data about models and their runs to its maker
unless told not to before they are loaded; style2color calls nobody.
"""

from __future__ import annotations

import os
from types import ModuleType

__all__ = ["onnx_runtime"]


def onnx_runtime() -> ModuleType:
    """The module onnxruntime, its telemetry off, also where somebody else has imported it."""
    # Read when the library is loaded; it also keeps it from leaving a file with an id behind.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    module: ModuleType = onnxruntime
    return module
