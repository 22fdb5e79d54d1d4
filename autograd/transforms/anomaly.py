"""Anomaly mode: finds the operation, and the line of the user's program, in which a NaN first appears.

While it is on, a watcher (`core.graph.watchers`) checks the value of each new node and replaces its primitive by a
stand-in, which knows the line and checks the gradients. While it is off, it costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..base.call_site import CallSite, call_site, users_frames
from ..core import backward, graph, writes
from ..core.graph import Leaf, Node, PrimitiveLike, StandIn
from ..core.operation import array_of
from ..core.primitive import BoundRule
from ..core.tensor import Tensor

__all__ = ["detect_anomaly", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "set_detect_anomaly"]


class AnomalyError(RuntimeError):
    """A NaN appeared in a value or in a gradient."""


class set_detect_anomaly:
    """Turn anomaly mode on or off: at once, and until the end of a `with` block.

    Args:
        mode: whether to turn it on.
        check_nan: whether to check for NaN; if False, only the lines of the program are added to errors.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        for name, value in (("mode", mode), ("check_nan", check_nan)):
            if not isinstance(value, (bool, np.bool_)):
                raise TypeError(f"set_detect_anomaly(): argument '{name}' must be bool, not {type(value).__name__}")
        self._before = _Mode.on, _Mode.check_nan
        _set(bool(mode), bool(check_nan))

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        _set(*self._before)


class detect_anomaly:
    """Raise an error where a NaN first appears, in a value or in a gradient.

    The error names the primitive and the line of the user's program that called it. Any error in a backward pass gets
    a note with that line. A tool for debugging: it makes every operation slower.

    Args:
        check_nan: whether to check for NaN; if False, only the lines of the program are added to errors.

    Raises:
        AnomalyError: a kind of RuntimeError; a value or a gradient contains NaN.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> with detect_anomaly():
    ...     y = x * autograd.nan
    Traceback (most recent call last):
    autograd.transforms.anomaly.AnomalyError: mul returned NaN, and an argument contains NaN: 2 of 2 elements...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan
        self._before: list[tuple[bool, bool]] = []  # a stack, so that one object may be entered again

    def __enter__(self) -> None:
        self._before.append((_Mode.on, _Mode.check_nan))
        _set(True, self.check_nan)

    def __exit__(self, *_: object) -> None:
        _set(*self._before.pop())


class _Mode:
    """The state of anomaly mode."""

    on = False
    check_nan = True


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return _Mode.on


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode checks for NaN."""
    return _Mode.check_nan


def _set(mode: bool, check_nan: bool) -> None:
    if mode and not _Mode.on:
        graph.watchers.append(_check_node)
        backward.pass_watchers.append(_check_start)
        writes.where_written.append(users_line)
    elif _Mode.on and not mode:
        graph.unwatch(_check_node)
        backward.pass_watchers.remove(_check_start)
        writes.where_written.remove(users_line)
    _Mode.on, _Mode.check_nan = mode, check_nan


# -- lines of the user's program --------------------------------------------------------------------


def users_line() -> str:
    """The innermost line on the stack outside this project: `file.py:12, in train: y = x.sqrt()`."""
    return str(call_site(users_frames()[1]))


def site_of(node: Node | Leaf | None) -> CallSite | None:
    """Where the user's program recorded a node; None if anomaly mode was off."""
    return getattr(getattr(node, "primitive", None), "site", None)


def line_of(node: Node | Leaf | None) -> str | None:
    """The user's line that recorded a node; None if anomaly mode was off."""
    return getattr(getattr(node, "primitive", None), "line", None)


# -- checks -----------------------------------------------------------------------------------------


class _CheckedPrimitive(StandIn):
    """A primitive that knows the line that called it, and whose rules check their results."""

    def __init__(self, primitive: PrimitiveLike, site: CallSite | None) -> None:
        super().__init__(primitive)
        self.site = site

    @property
    def line(self) -> str | None:
        """The line that called it."""
        return None if self.site is None else str(self.site)

    @property
    def vjps(self) -> Iterator[BoundRule]:
        """The rules, each followed by the check."""
        for i, vjp in enumerate(self.primitive.vjps):
            yield self._checked_rule(i, vjp)

    def _checked_rule(self, i: int, vjp: BoundRule) -> BoundRule:
        def rule(g: Any, saved: Any) -> Any:
            try:
                gx = vjp(g, saved)
            except Exception as error:
                note = f"in the backward of {self.name}{self._where()}"
                if note not in getattr(error, "__notes__", ()):
                    error.add_note(note)
                raise
            if _Mode.on and _Mode.check_nan and has_nan(gx):
                raise AnomalyError(
                    f"Function '{self.backward_name}' returned nan values in its {i}th output: the gradient of "
                    f"argument {i} of {self.name} is NaN, and the cotangent that it was computed from is "
                    f"{'too (a hook, or inf - inf)' if has_nan(g) else 'not'}{self._where()}"
                )
            return gx

        return rule

    def _where(self) -> str:
        if self.site is None:
            return "; turn anomaly mode on before the forward pass to see the line that called it"
        return f"; {self.name} was called at {self.site}"


def _check_node(node: Node, out: Any, args: Sequence[Any]) -> None:
    """Store the line that recorded a node, and check its value: a watcher of the graph."""
    site = call_site(users_frames()[1])
    name = node.primitive.name
    node.primitive = _CheckedPrimitive(node.primitive, site)
    if not (_Mode.check_nan and args and has_nan(out)):
        return
    bad = next(array_of(v) for v in (out if isinstance(out, list) else [out]) if has_nan(v))
    cause = "an argument contains NaN" if has_nan(args) else "no argument contains NaN"
    raise AnomalyError(
        f"{name} returned NaN, and {cause}: {np.isnan(bad).sum()} of {np.size(bad)} elements, shape {np.shape(bad)}; "
        f"called at {site}"
    )


def has_nan(value: Any) -> bool:
    """Whether an array, a number, a Tensor or a sequence of them contains NaN."""
    if isinstance(value, (list, tuple)):
        return any(has_nan(v) for v in value)
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc":
        return bool(np.isnan(value).any())
    return type(value) is float and math.isnan(value)


def _check_start(cotangents: backward.Cotangents, _needed: object) -> None:
    """Check the cotangents that a backward pass starts from, and replace the primitives of nodes made before."""
    for node, g in cotangents.items():
        if _Mode.check_nan and has_nan(g):
            raise AnomalyError(f"the gradient that the backward pass of {node.name()} starts from contains NaN")
    for node in graph.all_nodes(cotangents):
        if isinstance(node, Node) and not isinstance(node.primitive, _CheckedPrimitive):
            node.primitive = _CheckedPrimitive(node.primitive, None)  # recorded before anomaly mode was turned on
