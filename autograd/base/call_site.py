"""Call sites: the line of the user's program that called the project, and the variable that the result is assigned to.

All of it is read from the code that runs, so it needs no source text except to show the line.
"""

from __future__ import annotations

import dis
import inspect
import linecache
import os
import re
import sys
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from types import CodeType, FrameType
from typing import Any, NamedTuple

_AUTOGRAD = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: The folders of this project: a frame from a file elsewhere is the user's.
PROJECT = (_AUTOGRAD + os.sep, os.path.join(os.path.dirname(_AUTOGRAD), "nn") + os.sep)
#: The project's files whose functions hand on what a user's function returns: the call of a module.
_TRANSPARENT = tuple(PROJECT[1] + name for name in ("module.py", "hooks.py"))


class CallSite(NamedTuple):
    """An instruction of the user's program: its code, the offset of the instruction in it, and its line."""

    code: CodeType
    offset: int
    number: int

    def __str__(self) -> str:
        """`file.py:12, in train: y = x.sqrt()`; for a notebook `Cell In[2], line 3: y = x.sqrt()`."""
        text = self.text.strip()
        return f"{self.place}: {text}" if text else self.place

    @property
    def place(self) -> str:
        """`file.py:12, in train`."""
        path, function = self.code.co_filename, self.code.co_name
        cell = _cell(path)
        if cell is None:
            return f"{path}:{self.number}, in {function}"
        return f"{cell}, line {self.number}" + ("" if function == "<module>" else f", in {function}")

    @property
    def text(self) -> str:
        """The line; empty if the source is not available."""
        return linecache.getline(self.code.co_filename, self.number)

    @property
    def underlined(self) -> str | None:
        """The line, and below it a mark under the operation; None if the operation is all that the line computes."""
        line, _, start, end = _positions(self)
        text = self.text.rstrip()
        if _next(self.code, self.offset) or line != self.number or start is None or end is None or not text:
            return None
        before, marked = (text.encode()[a:b].decode(errors="replace") for a, b in ((0, start), (start, end)))
        indent = len(text) - len(text.lstrip())
        return f"{text.lstrip()}\n{' ' * (len(before) - indent)}{'^' * max(len(marked), 1)}"


def _positions(site: CallSite) -> tuple[int | None, int | None, int | None, int | None]:
    """The first line, last line, first column and last column of an instruction; columns end with the first line."""
    line, last, start, end = next(islice(site.code.co_positions(), site.offset // 2, None))
    return line, last, start, end if line == last else len(site.text.rstrip().encode())


def _cell(path: str) -> str | None:
    """`Cell In[2]` for the code of a notebook's cell; None for any other file."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    name = getattr(getattr(shell, "compile", None), "format_code_name", lambda path: None)(path)
    if name is not None:
        return " ".join(name)
    found = re.search(r"ipykernel_\d+[\\/]\d+\.py$|^<ipython-input-(\d+)", path)  # of another process, for example
    return None if found is None else f"Cell In[{found[1] or '?'}]"


def users_frames() -> tuple[FrameType, FrameType]:
    """The innermost frame on the stack outside this project, and before it the frame of this project that it called.

    Without a frame outside the project, both are the innermost.
    """
    called = innermost = sys._getframe(1)
    found: FrameType | None = innermost
    while found is not None and found.f_code.co_filename.startswith(PROJECT):
        called, found = found, found.f_back
    return (innermost, innermost) if found is None else (called, found)


def call_site(frame: FrameType) -> CallSite:
    """Where a frame is."""
    linecache.lazycache(frame.f_code.co_filename, frame.f_globals)  # for sources that only their loader can read
    return CallSite(frame.f_code, frame.f_lasti, frame.f_lineno)


def users_variables(frame: FrameType | None, outermost: FrameType) -> Iterator[tuple[str, Any]]:
    """The variables of the user's functions that run, from `frame` out to `outermost`, without their parameters."""
    while frame is not None:
        code, variables = frame.f_code, frame.f_locals
        if not code.co_filename.startswith(PROJECT):
            parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            yield from ((name, value) for name, value in list(variables.items()) if name not in parameters)
        if code.co_flags & inspect.CO_OPTIMIZED and isinstance(variables, dict):
            variables.clear()  # a copy, until Python 3.13: it would keep the values alive
        frame = None if frame is outermost else frame.f_back


# -- the variable that a result is assigned to --------------------------------------------------------

#: What `_next` says of a call whose result is returned, or not used.
_RETURNED, _DROPPED = "return", "drop"


def assigned_name(frame: FrameType | None) -> str | None:
    """The variable that the result of the call that runs in a user's frame is assigned to; None if there is none.

    A result that is returned is followed to the caller: in `y = block(x)` the last operation of `block` is called y.
    """
    while frame is not None:
        code = frame.f_code
        if not code.co_filename.startswith(_TRANSPARENT):
            name = _next(code, frame.f_lasti)
            if name != _RETURNED:
                return None if name in ("", _DROPPED) or code.co_filename.startswith(PROJECT) else name
        frame = frame.f_back
    return None


@lru_cache(maxsize=4096)
def _next(code: CodeType, offset: int) -> str:
    """What the program does next with the result of an instruction.

    The name that it is assigned to, such as `y` or `self.h`; "return"; "drop"; or "" for anything else.
    """
    instructions = list(dis.get_instructions(code))
    at = sum(one.offset <= offset for one in instructions)
    at += instructions[at - 1].opname == "PRECALL"  # Python 3.11 calls by two instructions
    rest = [one for one in instructions[at : at + 3] if one.opname != "COPY"]  # a = b = ..., (a := ...)
    if not rest:
        return ""
    name = rest[0].opname
    if name.startswith("RETURN"):
        return _RETURNED
    if name == "POP_TOP":
        return _DROPPED
    if name in ("STORE_FAST", "STORE_NAME", "STORE_GLOBAL", "STORE_DEREF", "STORE_FAST_LOAD_FAST"):
        value = rest[0].argval
        return value[0] if isinstance(value, tuple) else str(value)
    if name.startswith("LOAD_") and len(rest) > 1 and rest[1].opname == "STORE_ATTR":
        return f"{rest[0].argval}.{rest[1].argval}"
    return ""
