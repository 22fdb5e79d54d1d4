"""compile(check=True): in the first calls of a program the step itself runs too, and both must agree bit for bit.

The program runs first; then what it wrote is put back, and the step runs, whose results and effects stay. If they
differ, the step is watched once more, and the first statement that has changed is named; the cause is usually a Python
value that was another one when the program was made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.nests import leaves
from ..core.tensor import Tensor
from .state.snapshot import Snapshot
from .symbols import Number, Statement, Symbol
from .trace import Trace

#: How many calls of a program are checked.
CALLS = 3


class Differs(AssertionError):
    """A compiled step and the step itself do not agree."""


def run_both(program: Callable[[], Any], step: Callable[[], Any], snapshot: Snapshot, statements: list[Any]) -> Any:
    """Run a program, then in its place the step, whose result is returned.

    Raises:
        Differs: their results, or what they changed, are not equal in every bit.
    """
    got = _values(program())
    effects = snapshot.now()
    snapshot.put_back()
    out = step()
    if not _same(got, _values(out)) or not _same(effects, snapshot.now()):
        snapshot.put_back()
        with Trace() as trace:
            step()
        raise Differs(
            f"torch.compile(check=True): the program and the step differ: {_first_difference(statements, trace)}"
        )
    return out


def signature(s: Statement) -> Any:
    """What a statement does, apart from the arrays that it does it with."""

    def plain(x: Any) -> Any:
        if type(x) is Symbol:
            return ("array", x.shape, str(x.dtype))
        if type(x) is Number:
            return ("number", x.name)
        if type(x) in (tuple, list):
            return tuple(map(plain, x))
        return repr(x)

    call = s.call if isinstance(s.call, str) else getattr(s.call, "__name__", repr(s.call))
    return call, s.method, plain(s.args), tuple((key, plain(v)) for key, v in s.kwargs.items()), s.where.line


def _first_difference(before: list[Any], trace: Trace) -> str:
    now = list(map(signature, trace.record.statements))
    for old, new in zip(before, now):
        if old[:4] != new[:4]:
            return (
                f"at {new[4][0]}:{new[4][1]} the step does {_text(new)} now, and the program was made with {_text(old)}"
            )
    if len(before) != len(now):
        return f"the step does {len(now)} statements now, and the program was made with {len(before)}"
    return "no statement is another one, so it is a fault of the compiler"


def _text(s: Any) -> str:
    shown = [f"<{x[2]} {x[1]}>" if isinstance(x, tuple) and x[:1] == ("array",) else str(x) for x in s[2]]
    return f"{s[0]}({', '.join(shown)})"


def _values(out: Any) -> list[Any]:
    return [np.array(v.detach().array) if isinstance(v, Tensor) else v for v in leaves(out)]


def _same(xs: list[Any], ys: list[Any]) -> bool:
    return len(xs) == len(ys) and all(
        x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes()
        if isinstance(x, np.ndarray) and isinstance(y, np.ndarray)
        else x is y or (not isinstance(x, np.ndarray) and not isinstance(y, np.ndarray) and repr(x) == repr(y))
        for x, y in zip(xs, ys)
    )
