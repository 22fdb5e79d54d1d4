"""The call to check: a function and its inputs, which can be perturbed, evaluated and differentiated.

Every input and output is treated as a row of real numbers, a complex number as two of them, so that one real Jacobian
describes the function completely.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from .oracles import SPACING, STEP, Differences, differences, evaluation_noise, plain_difference, stair_of
from .rule import Rule


class GradcheckError(RuntimeError):
    """A gradient differs from the oracle's, or the gradient of a function cannot be judged.

    Attributes:
        cause: the name of the cause, as in `Diagnosis`, if it is certain; else None.
        inputs: the smallest inputs at which a search has found it.
    """

    __module__ = "autograd.testing"  # where users import it from

    def __init__(self, message: str, cause: str | None = None) -> None:
        super().__init__(message)
        self.cause = cause
        self.inputs: tuple[Array, ...] | None = None

    def of_order(self, order: int) -> GradcheckError:
        """The same error with the order of the derivative in its message."""
        return GradcheckError(f"order {order}: {self}", self.cause)


class Mismatch(AssertionError):
    """A result differs from the oracle's.

    Attributes:
        inputs: the smallest inputs at which a search has found it.
    """

    __module__ = "autograd.testing"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.inputs: tuple[Array, ...] | None = None


#: The `__tracebackhide__` of a module whose frames pytest leaves out of the report of a failed check.
hides_frames = operator.methodcaller("errisinstance", (GradcheckError, Mismatch))


class Block(NamedTuple):
    """A part of the Jacobian, from backward and from the oracle: rows are numbers of an output, columns of an input.

    Attributes:
        backward: the part as the engine computes it.
        oracle: the part as the oracle finds it.
        error: the error bound of the oracle, entry by entry.
        jump: by how much the derivative jumps at the input; 0 where it does not.
        out_shape, in_shape: the shapes of the output and the input; None if rows or columns are a selection, or if the
            numbers are complex.
        rows: the output's numbers that the rows belong to; None if the one row is a random weighted sum.
        columns: the input's numbers that the columns belong to; None if the one column is a random direction.
        complex: whether output and input are both complex, so that real and imaginary parts alternate.
    """

    backward: Array
    oracle: Array
    error: Array
    jump: Array
    out_shape: tuple[int, ...] | None = None
    in_shape: tuple[int, ...] | None = None
    rows: Array | None = None
    columns: Array | None = None
    complex: bool = False


class Call:
    """A rule and its inputs.

    Attributes:
        rule: the function and its derivative.
        inputs: its arrays.
        sources: the indices of the inputs to check.
        input_names, output_names: their names in messages.
        outs: the arrays that the function returned.
        changed: the names of the inputs that the function has written to.
        checked: the indices of the outputs to check: those that can be differentiated; with `every_output` all
            floating-point ones, because one without a graph is a mistake unless it is constant.
    """

    def __init__(
        self,
        rule: Rule,
        inputs: Sequence[Any],
        input_names: Sequence[str] | None = None,
        output_names: Sequence[str] | None = None,
        every_output: bool = False,
    ) -> None:
        self.rule, self.inputs = rule, list(inputs)
        self.sources = rule.sources(self.inputs)
        self.input_names = list(input_names or (f"input {i}" for i in range(len(self.inputs))))
        self._pullback = rule.vjp(self.inputs)
        self.outs = self._pullback.outs
        self.changed = [self.input_names[i] for i in self._pullback.changed()]
        self.output_names = list(output_names or (f"output {i}" for i in range(len(self.outs))))
        self.every_output = every_output
        self.checked = [
            k
            for k, out in enumerate(self.outs)
            if k in self._pullback.reached or every_output and out.dtype.kind in "fc"
        ]

    @property
    def differentiable(self) -> list[int]:
        """The indices of the checked outputs that have a graph."""
        return [k for k in self.checked if k in self._pullback.reached]

    @contextmanager
    def near(self, places: dict[int, Array]) -> Iterator[Call]:
        """A context with the same call where some inputs hold other values."""
        moved = [places.get(i, x) for i, x in enumerate(self.inputs)]
        with self.rule.at(moved) as now:
            yield Call(self.rule, now, self.input_names, self.output_names, self.every_output)

    def check_unchanged(self) -> None:
        """Check that the function has not written to an input."""
        if self.changed:
            raise GradcheckError(
                f"{self.changed[0]} is changed by the function: {self.rule.copy_first}", "changed input"
            )

    def dtype_name(self, array: Array) -> str:
        """The name of the dtype of an array, as the library writes it."""
        return f"{self.rule.library}{np.asarray(array).dtype}"

    # -- values ------------------------------------------------------------------------------------

    def along(self, directions: dict[int, Array], outs: Sequence[int]) -> Callable[[float], Array]:
        """The numbers of the outputs `outs`, in one row, as a function of the distance along directions of the inputs.

        Where the function raises, the numbers are NaN.
        """
        bases = {i: np.array(self.inputs[i]) for i in directions}
        sizes = [self.out_numbers([k]) for k in outs]

        def at(t: float) -> Array:
            moved = list(self.inputs)
            for i, base in bases.items():
                moved[i] = np.asarray(base + t * directions[i]).astype(base.dtype)
            try:
                rows = [as_reals(out).copy() for out in self.rule.values(moved)]
            except Exception:  # outside its domain
                if t == 0:
                    raise
                return np.full(sum(sizes), np.nan)
            rows = [rows[k] for k in outs] if len(rows) == len(self.outs) else []
            if [row.size for row in rows] != sizes:
                raise GradcheckError(
                    "the function returns other shapes when its inputs change a little: its gradient cannot be checked"
                )
            return np.concatenate(rows) if rows else np.zeros(0)

        return at

    # -- Jacobians -----------------------------------------------------------------------------------

    def numbers(self, i: int) -> int:
        """The number of real numbers in input i."""
        return int(as_reals(self.inputs[i]).size)

    def out_numbers(self, outs: Sequence[int]) -> int:
        """The number of real numbers in some outputs."""
        return sum(int(as_reals(self.outs[k]).size) for k in outs)

    def noise(self, outs: Sequence[int], rng: np.random.Generator) -> Array:
        """The error of each number of the outputs through rounding inside the function."""
        directions = {i: direction_of(self.inputs[i], rng) for i in self.sources}
        f = self.along(directions, outs)
        found = evaluation_noise(f)
        values = np.concatenate([as_reals(self.outs[k]) for k in outs])
        if np.any(found > 1e3 * np.finfo(values.dtype).eps * np.max(np.abs(values), initial=0)):
            # This may be no noise but curvature within the spacing: repeat with a finer one.
            near = self.along({i: relative(u, self.inputs[i]) for i, u in directions.items()}, outs)
            fine = SPACING / 64
            # At one spacing, values on a grid may look like a straight line.
            closer = np.max([evaluation_noise(near, part * fine) for part in (1.0, 1.31, 1.73)], axis=0)
            # Where the values do not change between these points, they are rounded, and the first estimate counts.
            changes = (near(20 * fine) != near(26 * fine)) & (near(-20 * fine) != near(-26 * fine))
            found = np.where(changes, np.minimum(found, closer), found)
        return 4 * np.maximum(found, stair_of(f, values))

    def columns(self, i: int, outs: Sequence[int], noise: Any, eps: float | None = None) -> Differences:
        """By differences: a column with the derivatives of the outputs' numbers for each number of input i."""
        found = [
            self._slope(self.along_number(i, place, outs), float(number), noise, eps)
            for place, number in enumerate(as_reals(self.inputs[i]))
        ]
        parts = zip(*found, strict=True) if found else ((), (), ())
        return Differences(*(np.reshape(np.array(part).T, (self.out_numbers(outs), len(found))) for part in parts))

    def along_number(self, i: int, place: int, outs: Sequence[int]) -> Callable[[float], Array]:
        """The numbers of the outputs as a function of the change of one number of input i."""
        return self.along({i: unit_of(self.inputs[i], place)}, outs)

    def projected(
        self, directions: dict[int, Array], out: int, weights: Array, noise: Any, eps: float | None = None
    ) -> Differences:
        """By differences: the derivative of a weighted sum of an output's numbers along directions of the inputs."""
        row = as_reals(self.outs[out])
        total = float(np.sum(np.abs(weights) * (noise + 4 * np.finfo(row.dtype).eps * np.abs(row))))
        f = self.along(directions, [out])
        return self._slope(lambda t: np.dot(weights, f(t)), self._size(directions), total, eps)

    def slope(self, directions: dict[int, Array], outs: Sequence[int], noise: Any, eps: float | None) -> Differences:
        """By differences: the derivatives of the outputs' numbers along directions of the inputs."""
        return self._slope(self.along(directions, outs), self._size(directions), noise, eps)

    def _size(self, places: dict[int, Array]) -> float:
        return max((float(np.max(np.abs(self.inputs[i]), initial=0)) for i in places), default=0.0)

    @staticmethod
    def _slope(f: Callable[[float], Array], size: float, noise: Any, eps: float | None) -> Differences:
        if eps is not None:
            return plain_difference(f, eps, noise)
        # Large numbers need larger steps.
        step = STEP * 2.0 ** max(0.0, np.ceil(np.log2(max(abs(size), 1e-300) / 16)))
        return differences(f, 0.0, step, noise=noise, size=abs(size))

    def pull(self, outs: Sequence[int], cotangents: Sequence[Array]) -> dict[int, Array | None]:
        """By backward: the gradient of each source, by its index, for these cotangents; None if it receives none."""
        found = self._pullback.pull(dict(zip(outs, cotangents, strict=True)))
        return {i: found[i] for i in self.sources}

    def pull_one(self, out: int, row: Array, with_zeros: bool) -> dict[int, Array | None]:
        """As `pull`, with a cotangent for one output only, given as a row of real numbers.

        With `with_zeros` the other outputs get cotangents of zeros, otherwise none at all.
        """
        outs = self.checked if with_zeros else [out]
        seeds = [from_reals(row if k == out else np.zeros(self.out_numbers([k])), self.outs[k]) for k in outs]
        try:
            return self.pull(outs, seeds)
        except (TypeError, AttributeError) as error:
            raise GradcheckError(
                "Expected backward function to handle undefined output grads: with a cotangent for "
                f"{self.output_names[out]} alone it raised {type(error).__name__}: {error}"
            ) from error

    def rows(self, out: int, with_zeros: bool) -> list[dict[int, Array | None]]:
        """By backward: the gradients of the sources for each number of an output, as `pull_one`."""
        return [self.pull_one(out, unit, with_zeros) for unit in np.eye(self.out_numbers([out]))]


def as_reals(array: Array) -> Array:
    """The numbers of an array as one row of real numbers, two for each complex one."""
    flat = np.ascontiguousarray(array).ravel()
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def from_reals(row: Array, like: Array) -> Array:
    """The array with the shape and dtype of `like` that consists of these numbers: the inverse of `as_reals`."""
    kind = np.asarray(like).dtype
    flat = np.asarray(row, np.float64)
    return (flat.view(np.complex128) if kind.kind == "c" else flat).astype(kind).reshape(np.shape(like))


def unit_of(array: Array, place: int) -> Array:
    """The array of the same shape and dtype whose number `place` is 1, and the others 0."""
    return from_reals(np.eye(1, as_reals(array).size, place)[0], array)


def direction_of(array: Array, rng: np.random.Generator) -> Array:
    """A random direction for an array: numbers of either sign, of size 0.5 to 1.5, in the array's shape and dtype."""
    count = as_reals(array).size
    return from_reals(rng.choice([-1.0, 1.0], count) * rng.uniform(0.5, 1.5, count), array)


def relative(direction: Array, array: Array) -> Array:
    """The direction times the size of each number below 1, so that small numbers move by a fraction of themselves."""
    size = np.abs(array)
    return np.asarray(direction * np.where(size == 0, 1, np.minimum(size, 1)))
