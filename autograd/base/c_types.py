"""ctypes, where Python has it: some that run in a browser do not."""

from __future__ import annotations

from typing import Any

#: The module; None where it does not exist.
ctypes: Any
try:
    import ctypes
except ImportError:
    ctypes = None
