"""Code: which names a function may read, as its bytecode tells."""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from typing import Any


def names_in(code: Any) -> Iterator[str]:
    """The names of global variables and attributes in a function and in those that it defines."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from names_in(constant)
        elif isinstance(constant, str) and constant.isidentifier():  # of getattr
            yield constant


def codes_within(code: Any) -> Iterator[Any]:
    """The code of a function, and those of the functions that it defines."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes_within(constant)


def globals_in(code: Any) -> set[str]:
    """The names of global and builtin variables and modules that a function, or one that it defines, reads."""
    found = [i for inner in codes_within(code) for i in dis.get_instructions(inner)]
    names = {i.argval for i in found if i.opname in ("LOAD_GLOBAL", "LOAD_NAME", "IMPORT_NAME")}
    return names | ({i.argval for i in found if type(i.argval) is str} if "globals" in names else set())


def computes_names(code: Any) -> bool:
    """Whether a function, or one that it defines, reads attributes whose names it does not hold as they are."""
    if {"__dict__", "dir", "vars", "attrgetter", "eval", "exec"} & set(code.co_names):
        return True
    as_it_is: bool | None = None  # within a call of getattr: whether a name has been read and nothing made of it
    for i in dis.get_instructions(code) if "getattr" in code.co_names else ():
        if i.argval == "getattr":
            as_it_is = False
        elif as_it_is is not None and i.opname.startswith("CALL"):
            if not as_it_is:
                return True
            as_it_is = None
        elif as_it_is is not None and i.opname == "LOAD_CONST" and type(i.argval) is str:
            as_it_is = i.argval.isidentifier()
        elif not i.opname.startswith(("LOAD_FAST", "LOAD_DEREF", "LOAD_CONST", "PRECALL")):
            as_it_is = as_it_is and False
    return any(computes_names(c) for c in code.co_consts if isinstance(c, types.CodeType))
