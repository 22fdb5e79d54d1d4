"""Effects: calls of the step that neither NumPy nor tensors take part in, such as print, found with `sys.setprofile`.

A program can repeat a print (see `printing`); a step with any other of these effects runs as it is.
"""

from __future__ import annotations

import datetime
import gc
import io
import logging
import math
import queue
import time
from pathlib import Path
from types import FrameType
from typing import Any

from ..origin import is_the_users

_COMPILER = str(Path(__file__).parents[1])
#: Functions of one number of which a step needs the answer alone: a guard on the number itself would seldom hold.
PREDICATES = frozenset([math.isfinite, math.isinf, math.isnan])
PRINTS = "prints"
#: What a call of these functions in C does.
_FUNCTIONS: dict[Any, str] = {
    print: PRINTS, input: "reads what the user types", open: "opens a file",
    **dict.fromkeys([
        time.time, time.time_ns, time.perf_counter, time.perf_counter_ns, time.monotonic, time.monotonic_ns,
        time.process_time, time.sleep, datetime.datetime.now, datetime.datetime.today, datetime.datetime.utcnow,
    ], "reads the clock or waits"),
}  # fmt: skip
#: What a call of these functions in Python does.
_CODES = {
    logging.Logger.handle.__code__: "writes to a log",
    queue.Queue.put.__code__: "puts something in a queue",
}


def effect_of(frame: FrameType, event: str, called: Any) -> str | None:
    """The effect of an event that `sys.setprofile` reports, in words; None for most."""
    if event == "call":
        effect = _CODES.get(frame.f_code)
    elif event != "c_call":
        return None
    elif isinstance(getattr(called, "__self__", None), (io.IOBase, queue.SimpleQueue)):
        effect = "writes to a file" if called.__name__ in ("write", "writelines", "put") else None
    else:
        effect = _FUNCTIONS.get(called)
    return effect if effect is not None and _is_of_the_step(frame) else None


def _is_of_the_step(frame: FrameType | None) -> bool:
    """Whether the step makes a call, and not the compiler or a callback of the garbage collector."""
    collecting = [getattr(callback, "__code__", None) for callback in gc.callbacks]
    while frame is not None and not is_the_users(frame.f_code.co_filename):
        if frame.f_code.co_filename.startswith(_COMPILER):
            return False
        frame = frame.f_back
    return frame is not None and frame.f_code not in collecting
