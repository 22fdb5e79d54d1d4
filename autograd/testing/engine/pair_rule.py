"""A function of NumPy arrays with a vector-Jacobian product or a Jacobian-vector product of its own, as a `Rule`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from .calls import GradcheckError, as_reals, from_reals, unit_of
from .rule import ByIndex, Pullback, Rule, changed_since


class PairRule(Rule):
    """A function and its `vjp`, or `jvp`, or both. Without a `vjp`, the gradient is computed from the `jvp`."""

    def __init__(
        self, func: Callable[..., Any], vjp: Callable[..., Any] | None, jvp: Callable[..., Any] | None = None
    ) -> None:
        self.func, self.pair, self.forward = func, vjp, jvp
        self.backward = "jvp" if vjp is None else "vjp"

    def values(self, arrays: Sequence[Array]) -> list[Array]:
        """The outputs."""
        return self._outputs(arrays)[0]

    def _outputs(self, arrays: Sequence[Array]) -> tuple[list[Array], Any]:
        """The outputs, and what the function returned."""
        with np.errstate(all="ignore"):
            returned = self.func(*map(np.asarray, arrays))
        several = isinstance(returned, (tuple, list))
        outs = [_array(out, arrays) for out in (returned if several else [returned])]
        if not outs or any(out.dtype.kind not in "biufc" for out in outs):
            raise TypeError(
                f"check_rule: the function must return an array or a tuple of arrays, but returned {_kind(returned)}"
            )
        return outs, returned

    def vjp(self, arrays: Sequence[Array]) -> Pullback:
        """The outputs, and the vjp with these arrays."""
        xs = [np.asarray(x) for x in arrays]
        changed = changed_since(xs)
        if not self.sources(xs):
            kinds = ", ".join(str(x.dtype) for x in xs) or "no arrays"
            raise TypeError(
                f"check_rule: expected at least one array of floating-point numbers, but the domain gives {kinds}: "
                "integers have no derivative"
            )
        outs, returned = self._outputs(xs)
        floats = [k for k, out in enumerate(outs) if out.dtype.kind in "fc"]
        if not floats:
            raise TypeError(
                f"check_rule: the function returns {outs[0].dtype}: only floating-point and complex outputs have a "
                "derivative"
            )
        several = isinstance(returned, (tuple, list))

        def pull(cotangents: ByIndex) -> list[Array | None]:
            gs = [np.asarray(cotangents.get(k, np.zeros_like(out))) for k, out in enumerate(outs)]
            if self.pair is None:
                return self._pull_by_columns(xs, gs)
            leading = [tuple(gs) if several else gs[0]]
            if takes_out(self.pair, len(xs)):
                leading.append(returned)
            overwritten = changed_since(gs)
            with np.errstate(all="ignore"):
                found = self.pair(*leading, *xs)
            if overwritten():
                raise GradcheckError("the vjp writes to its cotangent g, which others may use: copy() it first")
            return self._gradients(found, xs)

        return Pullback(outs, floats, pull, changed)

    def _gradients(self, found: Any, xs: Sequence[Array]) -> list[Array | None]:
        """The gradient of each input. Those of integers may be left out."""
        gradients = list(found) if isinstance(found, (tuple, list)) else [found]
        sources = self.sources(xs)
        if len(gradients) not in (len(xs), len(sources)):
            raise GradcheckError(
                f"the vjp returned {len(gradients)} gradient{'s' * (len(gradients) != 1)}, but the function has "
                f"{len(xs)} input{'s' * (len(xs) != 1)}: return one for each, in a tuple, or None for one that has none"
            )
        full: list[Array | None] = [None] * len(xs)
        for i, g in zip(range(len(xs)) if len(gradients) == len(xs) else sources, gradients):
            if g is not None and i in sources:
                full[i] = np.array(_array(g, xs))
                if full[i].dtype.kind == "c" and xs[i].dtype.kind == "f":  # type: ignore[union-attr]  # just assigned
                    raise GradcheckError(
                        f"the vjp returned a complex gradient for the real input {i}: return its real part"
                    )
        return full

    def jvp(self, arrays: Sequence[Array], tangents: ByIndex) -> list[Array | None] | None:
        """The jvp along tangents, zeros for the other inputs; None if there is no jvp."""
        if self.forward is None:
            return None
        xs = [np.asarray(x) for x in arrays]
        outs, returned = self._outputs(xs)
        along = [np.asarray(tangents.get(i, np.zeros_like(x))) for i, x in enumerate(xs)]
        middle = [returned] if takes_out(self.forward, len(xs), leading=len(xs)) else []
        with np.errstate(all="ignore"):
            found = self.forward(*along, *middle, *xs)
        slopes = list(found) if isinstance(found, (tuple, list)) else [found]
        if len(slopes) != len(outs):
            raise GradcheckError(f"the jvp returned {len(slopes)} tangents, but the function has {len(outs)} outputs")
        for k, (slope, out) in enumerate(zip(slopes, outs)):
            if slope is not None and np.shape(slope) != out.shape:
                raise GradcheckError(
                    f"the jvp returned a tangent of shape {np.shape(slope)} for output {k} of shape {out.shape}"
                )
        return [None if slope is None else _array(slope, xs) for slope in slopes]

    def _pull_by_columns(self, xs: Sequence[Array], gs: Sequence[Array]) -> list[Array | None]:
        """The gradients from the jvp along each number of each input."""
        full: list[Array | None] = [None] * len(xs)
        for i in self.sources(xs):
            row = np.zeros(as_reals(xs[i]).size)
            for place in range(row.size):
                pushed = self.jvp(xs, {i: unit_of(xs[i], place)}) or []
                row[place] = sum(
                    float(np.dot(as_reals(g), as_reals(np.broadcast_to(t, g.shape).astype(g.dtype))))
                    for g, t in zip(gs, pushed)
                    if t is not None and g.dtype.kind in "fc"
                )
            full[i] = from_reals(row, xs[i])
        return full


def takes_out(rule: Callable[..., Any], inputs: int, leading: int = 1) -> bool:
    """Whether a rule takes the output between its cotangent, or tangents, and the inputs, as its signature says.

    Raises:
        TypeError: its number of parameters fits neither way.
    """
    try:
        parameters = list(inspect.signature(rule).parameters.values())
    except (TypeError, ValueError):  # a builtin or a ufunc has no signature
        return False
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    needed = [p.name for p in parameters if p.name in names and p.default is p.empty]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return names[leading : leading + 1] == ["out"]
    with_out, without = leading + 1 + inputs, leading + inputs
    if names[leading : leading + 1] == ["out"]:
        if len(needed) <= with_out <= len(names):
            return True
    elif len(needed) <= without <= len(names):
        return False
    what, given = ("vjp", "g") if leading == 1 else ("jvp", ", ".join(f"t{i}" for i in range(inputs)))
    xs = ", ".join(f"x{i}" for i in range(inputs))
    raise TypeError(
        f"check_rule: for {inputs} input{'s' * (inputs != 1)} expected {what}({given}, {xs}) or "
        f"{what}({given}, out, {xs}), but it takes ({', '.join(names)})"
    )


def _array(value: Any, arrays: Sequence[Array]) -> Array:
    """An array of a returned value. A number of Python's own has the precision of the inputs."""
    if type(value) in (float, complex):
        return np.asarray(value, np.result_type(value, *(np.asarray(x).dtype for x in arrays)))
    return np.asarray(value)


def _kind(returned: Any) -> str:
    """What a function returned, in words for a message."""
    if isinstance(returned, (tuple, list)):
        return f"a {type(returned).__name__} of {', '.join(type(x).__name__ for x in returned) or 'nothing'}"
    return type(returned).__name__
