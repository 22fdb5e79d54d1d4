"""How exact results are: errors in units of the last place, and the condition of the point they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from .rule import Pullback
from .source import sources_of

#: The condition is computed for at most as many outputs' numbers.
_MOST_OUTPUTS = 8


class Digits(NamedTuple):
    """The largest error of a result in a check.

    Attributes:
        ulps: the error in units of the last place of the largest entry.
        bound: the error of the oracle that it was compared with, in the same units.
        condition: the condition of the value at that point, Σ|x·∂f/∂x| / |f|: by how much it magnifies the rounding of
            its inputs. NaN if it was not computed.
        epsilon: the relative size of a unit.
        code: the inputs, as code.
    """

    ulps: float
    bound: float
    condition: float
    epsilon: float
    code: str

    def __str__(self) -> str:
        # A result is right to rounding if it is as exact as its rounded inputs allow.
        allowed = 16 * max(1.0, self.condition if np.isfinite(self.condition) else 1.0)
        known = max(self.ulps, self.bound)
        exact = "right to rounding" if known <= allowed else f"right to {known * self.epsilon:.0e}"
        oracle = f", known to {self.bound:.2g}" if self.bound > 1 else ""
        condition = f", condition {self.condition:.2g}" if np.isfinite(self.condition) else ""
        return f"{exact}: {self.ulps:.2g} ulps at the worst{oracle}{condition}, at {self.code}"


class Report:
    """What a check that has passed found.

    Attributes:
        inputs: the number of inputs that were checked.
        worst: the largest error of each result.

    >>> report = Report("check_op")
    >>> report.note("value in float32", 1.5, 0.0, 2.0, [np.array(0.5, np.float32)])
    >>> print(report)
    check_op passed at 0 inputs
      value in float32: right to rounding: 1.5 ulps at the worst, condition 2, at np.array(0.5, np.float32)
    """

    def __init__(self, name: str) -> None:
        self.name, self.inputs = name, 0
        self.worst: dict[str, Digits] = {}

    def note(self, what: str, ulps: float, bound: float, condition: float, inputs: Sequence[Array]) -> None:
        """Keep an error if it is the largest of its kind."""
        before = self.worst.get(what)
        if np.isfinite(ulps) and (before is None or ulps + bound > before.ulps + before.bound):
            epsilon = float(np.finfo(what.rpartition(" ")[2]).eps)
            self.worst[what] = Digits(ulps, bound, condition, epsilon, ", ".join(sources_of(inputs)))

    def record(self, call: Any, block: Any) -> None:
        """Keep the error of a block of a Jacobian."""
        if block.oracle.size == 0 or block.oracle.dtype != np.float64 or block.backward.dtype != np.float64:
            return
        unit = float(np.spacing(max(np.max(np.abs(block.oracle)), np.finfo(np.float64).tiny)))
        ulps, bound = (float(np.max(v)) / unit for v in (np.abs(block.backward - block.oracle), block.error))
        if block.backward.size == call.numbers(call.sources[0]) == call.out_numbers(call.checked) == 1:
            self.note("gradient in float64", min(ulps, 1 / np.finfo(float).eps), bound, float("nan"), call.inputs)

    def __str__(self) -> str:
        lines = [f"{self.name} passed at {self.inputs} inputs"]
        return "\n".join(lines + [f"  {what}: {digits}" for what, digits in self.worst.items()])

    __repr__ = __str__


def ulps_apart(got: Sequence[Array], expected: Sequence[Array], dtype: np.dtype[Any]) -> float:
    """The largest difference of arrays in units of the last place of the largest number in each."""
    return max(
        (float(np.max(ulps(a, b, dtype, np.max(np.abs(b), initial=0)), initial=0)) for a, b in zip(got, expected)),
        default=0.0,
    )


def ulps(got: Array, expected: Array, dtype: np.dtype[Any], size: Any = None) -> Array:
    """The differences in units of the last place of `size`, by default of each expected number, in the given dtype."""
    with np.errstate(all="ignore"):
        wide = np.asarray(expected, np.longdouble)
        size = np.maximum(np.abs(expected if size is None else size), np.finfo(dtype).tiny).astype(dtype)
        found = np.abs(np.asarray(got, np.longdouble) - wide) / np.spacing(size)
    same = (got == expected) | np.isnan(got) & np.isnan(expected)
    return np.asarray(np.where(same, 0, np.where(np.isnan(found), np.inf, found)), np.float64)


def condition_of(made: Pullback, inputs: Sequence[Array], sources: Sequence[int]) -> float:
    """The largest condition of the outputs' numbers, Σ|x·∂f/∂x| / |f|; NaN if they are many."""
    if sum(made.outs[k].size for k in made.reached) > _MOST_OUTPUTS:
        return float("nan")
    worst = 0.0
    for k in made.reached:
        for place in np.ndindex(made.outs[k].shape):
            unit = np.zeros_like(made.outs[k])
            unit[place] = 1
            found = made.pull({k: unit})
            moved = sum(float(np.sum(np.abs(inputs[i] * g))) for i in sources if (g := found[i]) is not None)
            size = abs(made.outs[k][place])
            worst = max(worst, moved / size if size else float("inf") if moved else 0.0)
    return worst
