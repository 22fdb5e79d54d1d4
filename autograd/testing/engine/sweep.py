"""Where on a domain a function and its gradient lose digits: a sweep over one input, as a table and as a picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from .digits import ulps
from .draw import Values
from .oracles import COMPLEX_STEP
from .rule import Rule
from .run import values_of

#: An error above this many units, times the condition, is more than rounding.
_ROUNDING = 16
_ROWS = 16


class ErrorMap(NamedTuple):
    """The errors of a function and its gradient along an input. `print` it for a table; `figure()` draws it.

    Attributes:
        name: the name of the function.
        dtype: the precision that was measured.
        x: the points.
        value, gradient: the errors there, in units of the last place; infinite where a result is not finite but should
            be.
        condition: the condition of the value, |x·f′/f|: by how much it magnifies the rounding of x.
    """

    name: str
    dtype: np.dtype[Any]
    x: Array
    value: Array
    gradient: Array
    condition: Array

    @property
    def digits(self) -> float:
        """The number of decimal digits of the dtype."""
        return -math.log10(float(np.finfo(self.dtype).eps))

    def left(self, errors: Array) -> Array:
        """How many digits are right, of those that the dtype has."""
        with np.errstate(all="ignore"):
            return np.clip(self.digits - np.log10(np.maximum(errors, 1)), 0, self.digits)

    def unstable(self, errors: Array) -> Array:
        """Where an error is more than the condition of the point explains."""
        return np.asarray(errors > _ROUNDING * np.maximum(np.nan_to_num(self.condition, nan=1.0), 1))

    def __str__(self) -> str:
        parts = np.array_split(np.arange(self.x.size), min(_ROWS, self.x.size))
        lines = [
            f"{self.name} in {self.dtype}, which has {self.digits:.1f} digits: the largest errors, in ulps",
            f"{'x from':>11} {'to':>11} {'value':>9} {'gradient':>9} {'condition':>9}  digits left: value and gradient",
        ]
        for part in parts:
            value, gradient = self.value[part].max(), self.gradient[part].max()
            condition = np.nanmax(np.append(self.condition[part], -np.inf))
            bars = " ".join(self._bar(float(self.left(np.asarray(v)))) for v in (value, gradient))
            unstable = np.any(self.unstable(self.value)[part]), np.any(self.unstable(self.gradient)[part])
            more = " and ".join(what for what, is_ in zip(("value", "gradient"), unstable) if is_)
            lines.append(
                f"{self.x[part[0]]:>11.4g} {self.x[part[-1]]:>11.4g} {value:>9.3g} {gradient:>9.3g} {condition:>9.3g}  "
                f"{bars}{f'  {more}: more than rounding' if more else ''}"
            )
        return "\n".join(line.rstrip() for line in lines)

    def __repr__(self) -> str:
        return str(self)

    def _bar(self, left: float) -> str:
        width = math.ceil(self.digits)
        return f"{left:4.1f} {'█' * round(left):<{width}}"

    def figure(self) -> Any:
        """A matplotlib Figure: the errors of value and gradient along the domain, and what the condition explains.

            error_map(f, (-2, 2)).figure().savefig("errors.png")

        Raises:
            ImportError: matplotlib is not installed.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise ImportError(
                "pictures need matplotlib, which is not installed: pip install matplotlib; print the map for a table"
            ) from None
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        top = 10.0 / float(np.finfo(self.dtype).eps)
        explanation = "rounding: 16 ulps times the condition of the value"
        explained = np.clip(_ROUNDING * np.maximum(np.nan_to_num(self.condition, nan=1.0), 1), 0.3, top)
        axes.fill_between(self.x, 0.3, explained, color="0.9", label=explanation)
        for errors, name, color in (self.gradient, "gradient", "tab:orange"), (self.value, "value", "tab:blue"):
            axes.plot(self.x, np.clip(errors, 0.3, top), ".", markersize=4, color=color, label=f"error of the {name}")
        axes.set_yscale("log")
        axes.set_ylim(0.3, top)
        if self._is_logarithmic():
            axes.set_xscale("log")
        axes.set_xlabel("x")
        axes.set_ylabel(f"ulps of {self.dtype}")
        digits = axes.secondary_yaxis("right", functions=(_identity, _identity))
        marks = [10.0**k for k in range(0, int(self.digits) + 1, max(1, int(self.digits) // 7))]
        digits.set_yticks(marks, [f"{self.digits - math.log10(mark):.0f}" for mark in marks])
        digits.set_ylabel("digits left")
        axes.set_title(f"{self.name} in {self.dtype}".replace("$", r"\$"))
        axes.grid(alpha=0.3)
        axes.legend(loc="upper left", fontsize="small")
        return figure

    def _is_logarithmic(self) -> bool:
        return bool(self.x[0] > 0 and self.x[-1] / self.x[0] >= 1e3)

    def _repr_png_(self) -> bytes | None:
        try:
            figure = self.figure()
        except ImportError:  # a notebook then shows the table
            return None
        import io

        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def _identity(x: Any) -> Any:
    return x


def sweep(
    rule: Rule, name: str, domain: Any, dtype: str, reference: Callable[..., Any] | None, points: int
) -> ErrorMap:
    """The errors of a rule along the first input; the others stay in the middle of their ranges.

    Raises:
        TypeError, ValueError: an argument is unsuitable.
    """
    kind = np.dtype(dtype)
    if kind.kind != "f":
        raise TypeError(f"error_map: dtype must be a floating-point dtype, but got {dtype!r}")
    if kind == np.float64 and reference is None:
        raise ValueError(
            "error_map: in float64 a reference is needed, the same function on NumPy arrays, also complex ones, which "
            "is computed in extended precision"
        )
    if not isinstance(points, int) or points < 2:
        raise ValueError(f"error_map: points must be a whole number of 2 or more, but got {points!r}")
    values = values_of(domain, "error_map")
    xs = _points(values[0], points).astype(kind)
    others = [v.fill((), np.random.default_rng(0)) if v.off else np.asarray((v.low + v.high) / 2) for v in values[1:]]
    found = [_errors_at(rule, [x, *others], kind, reference) for x in xs]
    value, gradient, condition = map(np.array, zip(*found))
    return ErrorMap(name, kind, xs.astype(np.float64), value, gradient, condition)


def _points(values: Values, points: int) -> Array:
    logarithmic = values.low > 0 and values.high / values.low >= 1e3
    xs = np.geomspace(values.low, values.high, points) if logarithmic else np.linspace(values.low, values.high, points)
    return np.asarray(xs[values.hold(xs)])


def _errors_at(
    rule: Rule, inputs: Sequence[Array], dtype: np.dtype[Any], reference: Callable[..., Any] | None
) -> tuple[float, float, float]:
    """The errors of value and gradient at one point, in ulps, and the condition there."""
    inputs = [np.asarray(x, dtype) for x in inputs]
    value, gradient = _value_and_gradient(rule.cast(dtype), inputs)
    wide = [np.asarray(x, np.float64) for x in inputs]
    if reference is None:
        right, slope = _value_and_gradient(rule, wide)
    else:
        right, slope = _extended(reference, wide)
    with np.errstate(all="ignore"):
        condition = float(abs(wide[0] * np.float64(slope)) / abs(np.float64(right)))
    errors = (ulps(got, expected, dtype) for got, expected in ((value, right), (gradient, slope)))
    return *map(float, errors), condition  # type: ignore[return-value]  # two of them


def _value_and_gradient(rule: Rule, inputs: Sequence[Array]) -> tuple[Array, Array]:
    made = rule.vjp(inputs)
    (k, *more) = made.reached or [0]
    if more or made.outs[k].size != 1:
        raise ValueError(
            f"error_map: the function must return one number for numbers, but returned shape {made.outs[k].shape}"
        )
    found = made.pull({k: np.ones_like(made.outs[k])})[0]
    return made.outs[k].reshape(()), np.zeros_like(inputs[0]) if found is None else found.reshape(())


def _extended(reference: Callable[..., Any], inputs: Sequence[Array]) -> tuple[Array, Array]:
    """Value and slope in extended precision, the slope by the complex step."""
    x, *others = (np.asarray(v, np.longdouble) for v in inputs)
    with np.errstate(all="ignore"):
        value = np.asarray(reference(x, *others))
        slope = np.imag(reference(x + np.clongdouble(1j * COMPLEX_STEP), *others)) / np.longdouble(COMPLEX_STEP)
    return value, np.asarray(slope)
