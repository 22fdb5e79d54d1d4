"""Anomaly mode: where a NaN was made, by which primitive and on which line of the user's program.

While it is on, every new node is watched (see `recording`): its value is checked when it is made, and
its primitive takes a guise that knows the line and checks the gradients. When it is off nothing of
this is there.
"""

from __future__ import annotations

import math
import os
import sys
import weakref
from collections.abc import Callable, Iterable, Iterator
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..core import aliasing, backward
from ..core.graph import Leaf, Node, all_nodes
from ..core.primitive import BoundRule, array_of
from ..core.tensor import Tensor
from ..recording import Guise, unwatch, watch

_HERE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
#: Where the project's own code is: a frame from elsewhere is the user's.
_OURS = (_HERE + os.sep, os.path.join(os.path.dirname(_HERE), "nn") + os.sep)


class AnomalyError(RuntimeError):
    """A NaN appeared in a value or in a gradient."""


class _Mode:
    """Whether anomaly mode is on, and whether it looks for NaN."""

    on = False
    check_nan = True


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return _Mode.on


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode looks for NaN, or only remembers lines."""
    return _Mode.check_nan


def _set(mode: bool, check_nan: bool) -> None:
    if mode and not _Mode.on:
        watch(_see)
        backward.pull_back = _pull_back
        backward._check_versions = _check_versions
        aliasing.count_write = _count_write
    elif _Mode.on and not mode:
        unwatch(_see)
        backward.pull_back = _unwatched_pull_back
        backward._check_versions = _unwatched_check_versions
        aliasing.count_write = _unwatched_count_write
    _Mode.on, _Mode.check_nan = mode, check_nan


class set_detect_anomaly:
    """Turn anomaly mode on or off: at once, and until the end of a `with` block.

    Args:
        mode: whether it is on.
        check_nan: whether to look for NaN; without it only lines are remembered, for other errors.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = _Mode.on, _Mode.check_nan
        _set(bool(mode), bool(check_nan))

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _set(*self._before)


class detect_anomaly:
    """Raise where a NaN first appears, in the values as they are computed and in the gradients.

    The exception names the primitive and the line of the user's program that called it. Any error
    in a backward pass gets a note with that line. For looking for mistakes: it takes time.

    Args:
        check_nan: whether to look for NaN; without it only lines are remembered.

    Raises:
        AnomalyError: a RuntimeError; a value or a gradient has a NaN in it.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> with detect_anomaly():
    ...     y = x * autograd.nan
    Traceback (most recent call last):
    autograd.transforms.anomaly.AnomalyError: mul was handed NaN, and passed it on: 2 of 2 elements...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan

    def __enter__(self) -> None:
        self._before = _Mode.on, _Mode.check_nan
        _set(True, self.check_nan)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _set(*self._before)


# -- lines of the user's program --------------------------------------------------------------------


def line_of(node: Node | Leaf | None) -> str | None:
    """The user's line that made a node: `file.py:12, in train: y = x.sqrt()`; None if it was not watched."""
    return getattr(getattr(node, "primitive", None), "line", None)


def users_line(frame: FrameType | None = None) -> str:
    """The innermost line on the stack that is not the project's own, with its text."""
    frame = sys._getframe(1) if frame is None else frame
    innermost = frame
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    found = innermost if frame is None else frame
    path, number = found.f_code.co_filename, found.f_lineno
    import linecache  # for an error, not for every import of the package

    text = linecache.getline(path, number, found.f_globals).strip()
    return f"{path}:{number}, in {found.f_code.co_name}" + (f": {text}" if text else "")


# -- watching ---------------------------------------------------------------------------------------


class _Remembering(Guise):
    """A primitive that knows the line that called it, and whose rules are checked."""

    def __init__(self, made: Any, line: str | None) -> None:
        super().__init__(made)
        self.line = line

    @property
    def vjps(self) -> Iterator[BoundRule]:
        """The rules, each followed by the check."""
        for i, vjp in enumerate(self.made.vjps):
            yield self._checked(i, vjp)

    def _checked(self, i: int, vjp: BoundRule) -> BoundRule:
        def rule(g: Any, saved: Any) -> Any:
            try:
                gx = vjp(g, saved)
            except Exception as error:
                note = f"in the backward of {self.name}{self._called()}"
                if note not in getattr(error, "__notes__", ()):
                    error.add_note(note)
                raise
            if _Mode.on and _Mode.check_nan and has_nan(gx):
                raise AnomalyError(
                    f"Function '{self.backward_name}' returned nan values in its {i}th output: the gradient of "
                    f"argument {i} of {self.name} is NaN, and the cotangent that it was computed from is "
                    f"{'too (a hook, or inf - inf)' if has_nan(g) else 'not'}{self._called()}"
                )
            return gx

        return rule

    def _called(self) -> str:
        if self.line is None:
            return "; turn anomaly mode on before the forward pass to see the line that called it"
        return f"; {self.name} was called at {self.line}"


def _see(node: Node, caller: FrameType) -> None:
    """Remember the line that made a node, and check its value."""
    line = users_line(caller)
    name = node.primitive.name
    made: Any = _Remembering(node.primitive, line)
    node.primitive = made
    if not _Mode.check_nan:
        return
    values = caller.f_locals
    out = values.get("out", values.get("results"))
    if has_nan(out):
        out = next(array_of(v) for v in (out if isinstance(out, list) else [out]) if has_nan(v))
        if any(has_nan(values.get(argument)) for argument in ("input", "other", "x", "xs", "args", "rest")):
            why = f"{name} was handed NaN, and passed it on"
        else:
            why = f"{name} made NaN of arguments that have none"
        raise AnomalyError(
            f"{why}: {np.isnan(out).sum()} of {np.size(out)} elements, shape {np.shape(out)}; called at {line}"
        )


def has_nan(value: Any) -> bool:
    """Whether an array, a number, a Tensor or a sequence of them has a NaN in it."""
    if isinstance(value, (list, tuple)):
        return any(has_nan(v) for v in value)
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc":
        return bool(np.isnan(value).any())
    return type(value) is float and math.isnan(value)


_unwatched_pull_back = backward.pull_back


def _pull_back(
    cotangents: backward.Cotangents,
    sources: Iterable[Node | Leaf] | None,
    create_graph: bool,
    keep_graph: bool,
    within: Callable[[Node], bool] | None = None,
) -> backward.Cotangents:
    """The backward pass with every rule checked, also those of nodes made before anomaly mode was on."""
    for node, g in cotangents.items():
        if _Mode.check_nan and has_nan(g):
            raise AnomalyError(f"the gradient that the backward pass of {node.name()} starts from has NaN in it")
    for node in all_nodes(cotangents):
        if isinstance(node, Node) and not isinstance(node.primitive, _Remembering):
            made: Any = _Remembering(node.primitive, None)
            node.primitive = made
    return _unwatched_pull_back(cotangents, sources, create_graph, keep_graph, within)


# -- writes in place --------------------------------------------------------------------------------

_unwatched_count_write = aliasing.count_write
_unwatched_check_versions = backward._check_versions
#: For each storage that was written while anomaly mode was on its owner, and the line of the last write.
_write_lines: dict[int, tuple[weakref.ref[Array], str]] = {}


def _count_write(array: Array) -> None:
    """Count a write, and remember the user's line of it."""
    owner = aliasing.owner_of(array)
    key = id(owner)
    _write_lines[key] = weakref.ref(owner, lambda _: _write_lines.pop(key, None)), users_line()
    _unwatched_count_write(array)


def _check_versions(node: Node) -> None:
    """Say of a value that was overwritten also where it was saved and where it was written."""
    try:
        _unwatched_check_versions(node)
    except RuntimeError as error:
        lines = [f"It was saved at {line_of(node)}"] if line_of(node) else []
        for value in node.saved or ():
            for array in value if isinstance(value, tuple) else (value,):
                if aliasing.written_since(array, node.age):
                    _, line = _write_lines.get(id(aliasing.owner_of(array)), (None, None))
                    if line and (written := f"It was written at {line}") not in lines:
                        lines.append(written)
        raise RuntimeError(". ".join([str(error), *lines])) from None
