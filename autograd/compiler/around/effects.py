"""Effects: calls of the step that neither NumPy nor tensors take part in, such as print, found with `sys.setprofile`.

A program can repeat a print (see `printing`). Any other call that reads or changes more than its arguments and what is
around the step (files, the clock, a lock, a setting) makes the step run as it is.
"""

from __future__ import annotations

import gc
import importlib
import math
import os
import sys
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import numpy as np

from ... import settings
from ...base.symbolic import current
from ...core import grad_mode, public
from ...core.tensor import Tensor
from ...ops.creation import random
from ...ops.shape import strided
from ...transforms import hooks
from ..origin import OURS, is_the_users

_COMPILER = str(Path(__file__).parents[1])
PRINTS, ASKS, PLACE = "prints", "asks", "place"
#: Modules of Python whose functions in C read and change arguments and objects alone.
_PURE = {
    *("_abc", "_bisect", "_codecs", "_collections", "_contextvars", "_functools", "_heapq", "_json", "_operator"),
    *("_random", "_sre", "_weakref", "abc", "builtins", "collections", "contextvars", "enum", "functools"),
    *("itertools", "math", "operator", "random", "re", "types", "weakref"),
}
_IMPURE = sys.stdlib_module_names - _PURE
#: Effects of the step also where this package calls.
_BY_ANYBODY = ("calls _io", "calls io", "calls time", "prints")
#: What a call of these functions in C does.
_FUNCTIONS: dict[Any, str | None] = {
    # of which a step needs the answer alone: a guard on the number itself would seldom hold
    **dict.fromkeys([math.isfinite, math.isinf, math.isnan], ASKS),
    print: PRINTS, input: "calls input()", np.fromfile: "calls numpy.fromfile()",
    **dict.fromkeys([sys.exc_info, sys._getframe, os.fspath]),
}  # fmt: skip
#: What the call of these functions in Python reads: settings, and what is not the same of all tensors of a kind.
_CODES: dict[CodeType, str] = {
    getattr(f, "__wrapped__", f).__code__: f"calls {f.__qualname__}()" for f in (
        type(os.environ).__getitem__, importlib.import_module, np.geterr, np.get_printoptions, random.initial_seed,
        random.Generator.initial_seed, settings.get_num_threads, settings.are_deterministic_algorithms_enabled,
        grad_mode.is_inference_mode_enabled, strided.version_of, strided.storage_offset, strided.data_ptr,
        strided.untyped_storage, vars(Tensor)["_base"].fget, hooks.retains_grad,
    )
} | {vars(Tensor)[name].fget.__code__: PLACE for name in ("requires_grad", "is_leaf", "grad_fn")}  # fmt: skip
_NAMES = {code.co_name for code in _CODES}


class Effects:
    """Looks for effects while it is on, and tells `Readings` of each.

    The compiler switches it off for what it does itself: Python reports every call of the thread, ten times as many.
    The garbage collector waits while it is on: the finalizers that it calls are none of the step's calls.
    `codes` are those of the functions in Python that were called.
    """

    def __init__(self, trace: Any, wanted: bool) -> None:
        self._trace, self._wanted = trace, wanted
        self._hook = self._profiled  # one object, which must live while Python calls it
        self.codes: dict[int, CodeType] = {}
        self._thresholds = gc.get_threshold()
        #: What the garbage collector calls.
        self._collecting = [getattr(callback, "__code__", None) for callback in gc.callbacks]

    def resume(self) -> None:
        """Look again."""
        if self._wanted and current.trace is self._trace:
            gc.set_threshold(0)  # while it stays enabled, which the step may ask
            sys.setprofile(self._hook)

    def pause(self) -> None:
        """Look no more."""
        if self._wanted and current.trace is self._trace:
            sys.setprofile(None)
            gc.set_threshold(*self._thresholds)

    def _profiled(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            effect = _FUNCTIONS[called] if called in _FUNCTIONS else _of_function(called)
        elif event == "call":
            code = frame.f_code
            caller: Any = frame.f_back
            named_tuple = code.co_filename == "<string>" and caller.f_code.co_filename.startswith(OURS)
            if not named_tuple and code not in self._collecting:
                self.codes[id(code)] = code
            effect = _CODES.get(code) if code.co_name in _NAMES else None  # the hash of a code takes long
        else:
            if called is self._trace.readings.asks and event == "c_return":
                self._trace.readings.asks = None
            return
        if effect == ASKS:
            self._trace.readings.asks = called
        elif effect == PLACE:
            self._trace.tensors.read(frame.f_locals["self"])
        elif effect is not None:
            self.pause()
            directly = not effect.startswith(_BY_ANYBODY)
            if self._is_of_the_step(frame.f_back if event == "call" else frame, directly):
                self._trace.readings.note(effect, frame)
            self.resume()

    def _is_of_the_step(self, frame: FrameType | None, directly: bool) -> bool:
        """Whether the step makes a call, and not the compiler or a callback of the garbage collector.

        `directly`: nor this package or NumPy.
        """
        while frame is not None and not is_the_users(file := frame.f_code.co_filename):
            if file.startswith(_COMPILER) or (directly and file.startswith(OURS) and file != public.__file__):
                return False
            frame = frame.f_back
        return frame is not None and frame.f_code not in self._collecting


def _of_function(called: Any) -> str | None:
    own = called.__self__
    if own is None or isinstance(own, ModuleType):
        module = str(called.__module__)
    else:
        classes = (own if isinstance(own, type) else type(own)).__mro__
        module = next((c.__module__ for c in classes if called.__name__ in vars(c)), "")
    top = module.partition(".")[0]
    return f"calls {module}.{called.__qualname__}()" if top in _IMPURE else None
