"""The call to check: a function and its inputs, which can be perturbed, evaluated and differentiated.

Every input and output is treated as a row of real numbers, a complex number as two of them, so that one real Jacobian
describes the function completely. Inputs are perturbed in their own memory and layout, as in PyTorch, because a
function may also reach them through a closure or a module.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ...base import nests
from ...base.dtypes import Array
from ...core.tensor import Tensor, wrap
from ...transforms.function import OnceDifferentiableError
from ...transforms.gradients import grad
from .oracles import SPACING, STEP, Differences, differences, evaluation_noise, plain_difference, stair_of


class GradcheckError(RuntimeError):
    """A gradient differs from the oracle's, or the gradient of a function cannot be judged.

    Attributes:
        cause: the name of the cause, as in `Diagnosis`, if it is certain; else None.
    """

    def __init__(self, message: str, cause: str | None = None) -> None:
        super().__init__(message)
        self.cause = cause

    def of_order(self, order: int) -> GradcheckError:
        """The same error with the order of the derivative in its message."""
        return GradcheckError(f"order {order}: {self}", self.cause)


class Mismatch(AssertionError):
    """A result differs from the oracle's."""


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
    """A function and its inputs.

    Attributes:
        sources: the indices of the inputs to check: the Tensors that require a gradient.
        input_names, output_names: their names in messages.
        outs: the tensors that the function returned.
        changed: the names of the inputs that the function has written to.
        checked: the indices of the outputs to check: those that require a gradient; with `every_output` all
            floating-point ones, because one without a graph is a mistake unless it is constant.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        inputs: Sequence[Any],
        input_names: Sequence[str] | None = None,
        output_names: Sequence[str] | None = None,
        every_output: bool = False,
    ) -> None:
        self.func, self.inputs = func, list(inputs)
        self.sources = [i for i, x in enumerate(self.inputs) if isinstance(x, Tensor) and x.requires_grad]
        self.input_names = list(input_names or (f"input {i}" for i in range(len(self.inputs))))
        before = [x.array.tobytes() if isinstance(x, Tensor) else b"" for x in self.inputs]
        self.outs = self.evaluate()
        self.changed = [
            name
            for x, was, name in zip(self.inputs, before, self.input_names)
            if isinstance(x, Tensor) and x.array.tobytes() != was
        ]
        self.output_names = list(output_names or (f"output {i}" for i in range(len(self.outs))))
        self.every_output = every_output
        self.checked = [
            i for i, out in enumerate(self.outs) if out.requires_grad or every_output and out.array.dtype.kind in "fc"
        ]

    def again(self) -> Call:
        """The same call, evaluated again with the present values of the inputs."""
        return Call(self.func, self.inputs, self.input_names, self.output_names, self.every_output)

    def check_unchanged(self) -> None:
        """Check that the function has not written to an input."""
        if self.changed:
            raise GradcheckError(
                f"{self.changed[0]} is changed by the function: clone() it before writing to it", "changed input"
            )

    # -- values ------------------------------------------------------------------------------------

    def evaluate(self) -> list[Tensor]:
        """Call the function; the tensors that it returns, of which there must be one."""
        return self.tensors_of(self.func(*self.inputs))

    @staticmethod
    def tensors_of(returned: Any) -> list[Tensor]:
        """The tensors of a nest, in order.

        Raises:
            TypeError: there is none.
        """
        outs = [leaf for leaf in nests.leaves(returned) if isinstance(leaf, Tensor)]
        if not outs:
            raise TypeError(
                f"gradcheck: the function returns no Tensor but {_kind_of(returned)}: return the Tensor to "
                "differentiate, or a tuple of them (item(), float() and numpy() cut the graph)"
            )
        return outs

    def values(self) -> list[Array]:
        """Call the function; the numbers of each output, as a row of real numbers."""
        return [as_reals(out.array).copy() for out in self.evaluate()]

    @contextmanager
    def moved(self, places: dict[int, Array]) -> Iterator[None]:
        """A context in which some inputs hold other values; afterwards they are restored bit for bit."""
        tensors = [(self.inputs[i], array) for i, array in places.items()]
        before = [(x, x.array, np.array(x.array)) for x, _ in tensors]
        try:
            for x, array in tensors:
                _write(x, array)
            yield
        finally:
            for x, holder, was in before:
                if x.array is holder and isinstance(holder, np.ndarray):
                    holder[...] = was
                x.array = holder

    def along(self, directions: dict[int, Array], outs: Sequence[int]) -> Callable[[float], Array]:
        """The numbers of the outputs `outs`, in one row, as a function of the distance along directions of the inputs.

        Where the function raises, the numbers are NaN.
        """
        bases = {i: np.array(self.inputs[i].array) for i in directions}
        sizes = [self.out_numbers([k]) for k in outs]

        def at(t: float) -> Array:
            moved = {i: (base + t * directions[i]).astype(base.dtype) for i, base in bases.items()}
            with self.moved(moved):
                try:
                    rows = self.values()
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
        return int(as_reals(self.inputs[i].array).size)

    def out_numbers(self, outs: Sequence[int]) -> int:
        """The number of real numbers in some outputs."""
        return sum(int(as_reals(self.outs[k].array).size) for k in outs)

    def noise(self, outs: Sequence[int], rng: np.random.Generator) -> Array:
        """The error of each number of the outputs through rounding inside the function."""
        directions = {i: direction_of(self.inputs[i].array, rng) for i in self.sources}
        f = self.along(directions, outs)
        found = evaluation_noise(f)
        values = np.concatenate([as_reals(self.outs[k].array) for k in outs])
        if np.any(found > 1e3 * np.finfo(values.dtype).eps * np.max(np.abs(values), initial=0)):
            # This may be no noise but curvature within the spacing: repeat with a finer one.
            near = self.along({i: relative(u, self.inputs[i].array) for i, u in directions.items()}, outs)
            closer = evaluation_noise(near, SPACING / 64)
            # Where the values do not change over such a distance, they are rounded, and the first estimate counts.
            found = np.where(near(SPACING / 2) != values, np.minimum(found, closer), found)
        return 4 * np.maximum(found, stair_of(f, values))

    def columns(self, i: int, outs: Sequence[int], noise: Any, eps: float | None = None) -> Differences:
        """By differences: a column with the derivatives of the outputs' numbers for each number of input i."""
        found = [
            self._slope(self.along_number(i, place, outs), float(number), noise, eps)
            for place, number in enumerate(as_reals(self.inputs[i].array))
        ]
        parts = zip(*found, strict=True) if found else ((), (), ())
        return Differences(*(np.reshape(np.array(part).T, (self.out_numbers(outs), len(found))) for part in parts))

    def along_number(self, i: int, place: int, outs: Sequence[int]) -> Callable[[float], Array]:
        """The numbers of the outputs as a function of the change of one number of input i."""
        return self.along({i: unit_of(self.inputs[i].array, place)}, outs)

    def projected(
        self, directions: dict[int, Array], out: int, weights: Array, noise: Any, eps: float | None = None
    ) -> Differences:
        """By differences: the derivative of a weighted sum of an output's numbers along directions of the inputs."""
        row = as_reals(self.outs[out].array)
        total = float(np.sum(np.abs(weights) * (noise + 4 * np.finfo(row.dtype).eps * np.abs(row))))
        f = self.along(directions, [out])
        return self._slope(lambda t: np.dot(weights, f(t)), self._size(directions), total, eps)

    def slope(self, directions: dict[int, Array], outs: Sequence[int], noise: Any, eps: float | None) -> Differences:
        """By differences: the derivatives of the outputs' numbers along directions of the inputs."""
        return self._slope(self.along(directions, outs), self._size(directions), noise, eps)

    def _size(self, places: dict[int, Array]) -> float:
        return max((float(np.max(np.abs(self.inputs[i].array), initial=0)) for i in places), default=0.0)

    @staticmethod
    def _slope(f: Callable[[float], Array], size: float, noise: Any, eps: float | None) -> Differences:
        if eps is not None:
            return plain_difference(f, eps, noise)
        # Large numbers need larger steps.
        step = STEP * 2.0 ** max(0.0, np.ceil(np.log2(max(abs(size), 1e-300) / 16)))
        return differences(f, 0.0, step, noise=noise, size=abs(size))

    def pull(self, outs: Sequence[int], cotangents: Sequence[Array]) -> dict[int, Array | None]:
        """By backward: the gradient of each source, by its index, for these cotangents; None if it receives none.

        Raises:
            GradcheckError: a Function on the way can be differentiated only once.
        """
        tensors, sources = [self.outs[k] for k in outs], [self.inputs[i] for i in self.sources]
        try:
            found = pull(tensors, sources, [wrap(g[()]) for g in cotangents], retain_graph=True)
        except OnceDifferentiableError as error:
            raise GradcheckError(str(error)) from error
        return {i: None if g is None else np.array(g.array) for i, g in zip(self.sources, found)}

    def pull_one(self, out: int, row: Array, with_zeros: bool) -> dict[int, Array | None]:
        """As `pull`, with a cotangent for one output only, given as a row of real numbers.

        With `with_zeros` the other outputs get cotangents of zeros, otherwise none at all.
        """
        outs = self.checked if with_zeros else [out]
        seeds = [from_reals(row if k == out else np.zeros(self.out_numbers([k])), self.outs[k].array) for k in outs]
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


def pull(
    outs: Sequence[Tensor],
    xs: Sequence[Tensor],
    gs: Sequence[Tensor],
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> Sequence[Tensor | None]:
    """The gradients of `xs` for the cotangents `gs`; an output without a graph contributes nothing."""
    pairs = [(out, g) for out, g in zip(outs, gs, strict=True) if out.requires_grad]
    if not pairs:
        return [None] * len(xs)
    used, cotangents = zip(*pairs)
    return grad(used, xs, cotangents, retain_graph=retain_graph, create_graph=create_graph, allow_unused=True)


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


def _write(x: Tensor, array: Array) -> None:
    if isinstance(x.array, np.ndarray) and x.array.flags.writeable:
        x.array[...] = array
    else:
        x.array = np.asarray(array)[()] if not isinstance(x.array, np.ndarray) else array


def _kind_of(returned: Any) -> str:
    if isinstance(returned, (tuple, list)):
        return f"a {type(returned).__name__} of {', '.join(type(x).__name__ for x in returned) or 'nothing'}"
    return type(returned).__name__
