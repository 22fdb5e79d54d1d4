"""Effects: calls of the step that neither NumPy nor tensors take part in, such as print, found with `sys.setprofile`.

A program can repeat a print (see `printing`); a step with any other of these effects runs as it is.
"""

from __future__ import annotations

import _thread
import datetime
import gc
import io
import logging
import math
import os
import queue
import sys
import time
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from ...base.symbolic import current
from ..origin import is_the_users

_COMPILER = str(Path(__file__).parents[1])
PRINTS, ASKS = "prints", "asks"
_PUTS, _TAKES = "puts something in a queue for another thread", "takes something from a queue"
#: What a call of these functions in C does, by their modules; some are not in every version of Python or system.
_IN_MODULES = {
    "reads the clock or waits": (time, (
        "time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time",
        "process_time_ns", "thread_time", "thread_time_ns", "clock_gettime", "localtime", "gmtime", "ctime", "sleep",
    )),
    "draws random bytes": (os, ("urandom", "getrandom")),
    "changes files, processes or the environment": (os, (
        "write", "remove", "unlink", "rename", "replace", "mkdir", "rmdir", "symlink", "link", "truncate", "chmod",
        "utime", "putenv", "unsetenv", "system", "kill", "fork", "pipe", "posix_spawn",
    )),
    "starts a thread": (_thread, ("start_new_thread", "start_joinable_thread")),
}  # fmt: skip
#: What a call of these functions in C does.
_FUNCTIONS: dict[Any, str] = {
    # of which a step needs the answer alone: a guard on the number itself would seldom hold
    **dict.fromkeys([math.isfinite, math.isinf, math.isnan], ASKS),
    print: PRINTS, input: "reads what the user types", open: "opens a file",
    **dict.fromkeys(
        [datetime.datetime.now, datetime.datetime.today, datetime.datetime.utcnow, datetime.date.today],
        "reads the clock or waits",
    ),
    **{getattr(module, name): effect for effect, (module, names) in _IN_MODULES.items() for name in names
       if hasattr(module, name)},
}  # fmt: skip
#: What a call of these methods in C does, and of which class.
_METHODS = {
    **dict.fromkeys(["write", "writelines"], (io.IOBase, "writes to a file")),
    **dict.fromkeys(["read", "readline", "readlines", "readinto"], (io.IOBase, "reads a file")),
    "put": (queue.SimpleQueue, _PUTS), "get": (queue.SimpleQueue, _TAKES),
}  # fmt: skip
#: What a call of these functions in Python does.
_CODES = {
    logging.Logger.handle.__code__: "writes to a log",
    queue.Queue.put.__code__: _PUTS,
    queue.Queue.get.__code__: _TAKES,
}
_NAMES = {code.co_name for code in _CODES}


class Effects:
    """Looks for effects while it is on, and tells `Readings` of each.

    The compiler switches it off for what it does itself: Python reports every call of the thread, ten times as many.
    """

    def __init__(self, trace: Any, wanted: bool) -> None:
        self._trace, self._wanted = trace, wanted
        self._hook = self._profiled  # one object, which must live while Python calls it

    def resume(self) -> None:
        """Look again."""
        if self._wanted and current.trace is self._trace:
            sys.setprofile(self._hook)

    def pause(self) -> None:
        """Look no more."""
        if self._wanted and current.trace is self._trace:
            sys.setprofile(None)

    def _profiled(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            effect = _FUNCTIONS.get(called) or _of_method(called)
        elif event == "call":
            effect = effect_of_code(frame.f_code)
        else:
            if called is self._trace.readings.asks and event == "c_return":
                self._trace.readings.asks = None
            return
        if effect == ASKS:
            self._trace.readings.asks = called
        elif effect is not None:
            self.pause()
            if _is_of_the_step(frame):
                self._trace.readings.note(effect, frame)
            self.resume()


def effect_of_code(code: CodeType) -> str | None:
    """What a call of a function in Python does, in words; None for most."""
    return _CODES[code] if code.co_name in _NAMES and code in _CODES else None  # the hash of a code takes long


def _of_method(called: Any) -> str | None:
    kind, effect = _METHODS.get(called.__name__, (None, None))
    return effect if kind is not None and isinstance(called.__self__, kind) else None


def _is_of_the_step(frame: FrameType | None) -> bool:
    """Whether the step makes a call, and not the compiler or a callback of the garbage collector."""
    collecting = [getattr(callback, "__code__", None) for callback in gc.callbacks]
    while frame is not None and not is_the_users(frame.f_code.co_filename):
        if frame.f_code.co_filename.startswith(_COMPILER):
            return False
        frame = frame.f_back
    return frame is not None and frame.f_code not in collecting
