"""A call under check: a function at its inputs, which can be moved, evaluated and differentiated.

Complex numbers are pairs of real ones here: every input and output is seen as a row of real numbers, so that
one Jacobian of real numbers says all about a function. The inputs are moved where they lie, in their own
memory and layout, as PyTorch does: a function may also reach them through a closure or a module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..base import nests
from ..base.dtypes import Array
from ..core.tensor import Tensor, wrap
from ..transforms.function import OnceDifferentiableError
from ..transforms.gradients import grad
from .oracles import SPACING, STEP, Differences, differences, evaluation_noise, plain_difference


class GradcheckError(RuntimeError):
    """A gradient that the oracle contradicts, or a function whose gradient can't be judged.

    Attributes:
        cause: the name of the cause, as in `Diagnosis`, where it is certain; else None.
    """

    def __init__(self, message: str, cause: str | None = None) -> None:
        super().__init__(message)
        self.cause = cause

    def of_order(self, order: int) -> GradcheckError:
        """The same, said of a derivative of some order."""
        return GradcheckError(f"order {order}: {self}", self.cause)


class Block(NamedTuple):
    """A part of the Jacobian, twice: a row for each number of an output, a column for each of an input.

    Attributes:
        backward: as the engine computes it.
        oracle: as the oracle finds it.
        error: the oracle's own error.
        jump: where the slope jumps at the input, by how much (0: nowhere).
        out_shape, in_shape: the shapes that rows and columns stand for; None if they are a selection,
            or if the numbers are complex.
        rows: which numbers of the output the rows stand for; None if it is a random sum over them.
        columns: which numbers of the input the columns stand for; None if it is a random direction.
        complex: whether rows and columns both are numbers of complex ones, real and imaginary parts by turns.
    """

    backward: Array
    oracle: Array
    error: Array
    jump: Array
    out_shape: tuple[int, ...] | None
    in_shape: tuple[int, ...] | None
    rows: Array | None
    columns: Array | None
    complex: bool = False


class Call:
    """A function at its inputs.

    Attributes:
        sources: the places of the inputs that are checked: the Tensors that require a gradient.
        input_names, output_names: what messages call them.
        outs: the tensors that the function returned.
        changed: the names of the inputs that it has written to.
        checked: the places of those that are checked: that require a gradient; with `every_output`, all
            that could, since a gradient without a graph is a mistake where it isn't constant.
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
        """The same call with the inputs as they are now."""
        return Call(self.func, self.inputs, self.input_names, self.output_names, self.every_output)

    def check_unchanged(self) -> None:
        """Raise if the function has written to an input.

        Raises:
            GradcheckError: it has.
        """
        if self.changed:
            raise GradcheckError(
                f"{self.changed[0]} is changed by the function: clone() it before writing to it", "changed input"
            )

    # -- values ------------------------------------------------------------------------------------

    def evaluate(self) -> list[Tensor]:
        """The tensors among what the function returns now.

        Raises:
            TypeError: there is none.
        """
        return self.tensors_of(self.func(*self.inputs))

    @staticmethod
    def tensors_of(returned: Any) -> list[Tensor]:
        """The tensors in a nest, in order.

        Raises:
            TypeError: there is none.
        """
        outs = [leaf for leaf in nests.flatten(returned)[0] if isinstance(leaf, Tensor)]
        if not outs:
            raise TypeError(
                f"gradcheck: the function returns no Tensor but {_kind_of(returned)}: return the Tensor to "
                "differentiate, or a tuple of them (item(), float() and numpy() cut the graph)"
            )
        return outs

    def values(self) -> list[Array]:
        """Of each output its numbers, as a row of real ones."""
        return [as_reals(out.array).copy() for out in self.evaluate()]

    @contextmanager
    def moved(self, places: dict[int, Array]) -> Iterator[None]:
        """With other arrays in the place of some inputs; afterwards everything is as before, bit for bit."""
        tensors = [(self.inputs[i], array) for i, array in places.items()]
        before = [(x, x.array, np.array(x.array)) for x, _ in tensors]
        try:
            for x, array in tensors:
                _put(x, array)
            yield
        finally:
            for x, holder, was in before:
                if x.array is holder and isinstance(holder, np.ndarray):
                    holder[...] = was
                x.array = holder

    def along(self, directions: dict[int, Array], outs: Sequence[int]) -> Callable[[float], Array]:
        """The numbers of the outputs `outs`, in one row, as a function of how far the inputs are along directions.

        Where the function can't be computed the numbers are NaN.
        """
        bases = {i: np.array(self.inputs[i].array) for i in directions}
        sizes = [as_reals(self.outs[k].array).size for k in outs]

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
                    "the function returns other shapes when its inputs move a little: its gradient can't be checked"
                )
            return np.concatenate(rows) if rows else np.zeros(0)

        return at

    # -- Jacobians -----------------------------------------------------------------------------------

    def numbers(self, i: int) -> int:
        """How many real numbers input i holds."""
        return int(as_reals(self.inputs[i].array).size)

    def noise(self, outs: Sequence[int], rng: np.random.Generator) -> Array:
        """By how much each number of the outputs errs through rounding inside the function."""
        directions = {i: direction_of(self.inputs[i].array, rng) for i in self.sources}
        found = evaluation_noise(self.along(directions, outs))
        values = np.concatenate([as_reals(self.outs[k].array) for k in outs])
        if np.any(found > 1e3 * np.finfo(values.dtype).eps * np.max(np.abs(values), initial=0)):
            # So much is no noise, perhaps, but a function that bends within the spacing: look closer.
            f = self.along({i: relative(u, self.inputs[i].array) for i, u in directions.items()}, outs)
            closer = evaluation_noise(f, SPACING / 64)
            # Where the values stand still over so little, they are rounded: then the first look is believed.
            found = np.where(f(SPACING / 2) != values, np.minimum(found, closer), found)
        return 4 * found

    def columns(
        self, i: int, outs: Sequence[int], places: Sequence[int], noise: Any, eps: float | None = None
    ) -> Differences:
        """By differences: the derivatives of the outputs' numbers by some numbers of input i, a column for each."""
        flat = as_reals(self.inputs[i].array)
        found = []
        for place in places:
            f = self.along_number(i, place, outs)
            found.append(self._slope(f, float(flat[place]), noise, eps))
        count = sum(as_reals(self.outs[k].array).size for k in outs)
        parts = zip(*found, strict=True) if found else ((), (), ())
        return Differences(*(np.reshape(np.array(part).T, (count, len(found))) for part in parts))

    def along_number(self, i: int, place: int, outs: Sequence[int]) -> Callable[[float], Array]:
        """The numbers of outputs as a function of how far one number of input i is moved."""
        array = np.asarray(self.inputs[i].array)
        unit = np.zeros(self.numbers(i))
        unit[place] = 1
        return self.along({i: from_reals(unit, array)}, outs)

    def projected(
        self, directions: dict[int, Array], out: int, weights: Array, noise: Any, eps: float | None = None
    ) -> Differences:
        """By differences: the derivative of the weighted sum of an output's numbers along directions."""
        row = as_reals(self.outs[out].array)
        total = float(np.sum(np.abs(weights) * (noise + 4 * np.finfo(row.dtype).eps * np.abs(row))))
        f = self.along(directions, [out])
        return self._slope(lambda t: np.dot(weights, f(t)), self._size(directions), total, eps)

    def slope(self, directions: dict[int, Array], outs: Sequence[int], noise: Any, eps: float | None) -> Differences:
        """By differences: the derivatives of the outputs' numbers along directions."""
        return self._slope(self.along(directions, outs), self._size(directions), noise, eps)

    def _size(self, places: dict[int, Array]) -> float:
        return max((float(np.max(np.abs(self.inputs[i].array), initial=0)) for i in places), default=0.0)

    @staticmethod
    def _slope(f: Callable[[float], Array], size: float, noise: Any, eps: float | None) -> Differences:
        if eps is not None:
            return plain_difference(f, eps, noise)
        # Large numbers are moved further.
        step = STEP * 2.0 ** max(0.0, np.ceil(np.log2(max(abs(size), 1e-300) / 16)))
        return differences(f, 0.0, step, noise=noise, size=abs(size))

    def pull(self, outs: Sequence[int], cotangents: Sequence[Array]) -> list[Array | None]:
        """By backward: the gradient of each source for the cotangents; None where none arrives.

        Raises:
            GradcheckError: a rule has no derivative of its own.
        """
        sources = [self.inputs[i] for i in self.sources]
        pairs = [
            (self.outs[k], wrap(g[()])) for k, g in zip(outs, cotangents, strict=True) if self.outs[k].requires_grad
        ]
        if not pairs:
            return [None] * len(sources)
        try:
            found = grad(
                [out for out, _ in pairs], sources, [g for _, g in pairs], retain_graph=True, allow_unused=True
            )  # fmt: skip
        except OnceDifferentiableError as error:
            raise GradcheckError(str(error)) from error
        return [None if g is None else np.array(g.array) for g in found]

    def rows(self, out: int, with_zeros: bool = False) -> list[list[Array | None]]:
        """By backward: for each number of an output the gradients of the sources.

        With `with_zeros`, the other outputs get cotangents of zeros, rather than none.
        """
        outs = self.checked if with_zeros else [out]
        zeros = [np.zeros(self.outs[k].array.shape, self.outs[k].array.dtype) for k in outs]
        flat = as_reals(zeros[outs.index(out)])
        rows = []
        for place in range(flat.size):
            unit = np.zeros(flat.size)
            unit[place] = 1
            seeds = [from_reals(unit, z) if k == out else z for k, z in zip(outs, zeros)]
            rows.append(self.pull(outs, seeds))
        return rows


def as_reals(array: Array) -> Array:
    """The numbers of an array as one row of real ones; a complex one is two of them."""
    flat = np.ascontiguousarray(array).ravel()
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def from_reals(row: Array, like: Array) -> Array:
    """The array of the shape and kind of `like` whose numbers these are."""
    kind = np.asarray(like).dtype
    flat = np.asarray(row, np.float64)
    return (flat.view(np.complex128) if kind.kind == "c" else flat).astype(kind).reshape(np.shape(like))


def direction_of(array: Array, rng: np.random.Generator) -> Array:
    """A random direction for an array: numbers of either sign between 0.5 and 1.5."""
    count = as_reals(array).size
    return from_reals(rng.choice([-1.0, 1.0], count) * rng.uniform(0.5, 1.5, count), array)


def relative(direction: Array, array: Array) -> Array:
    """The direction for a part of each number, where that is less than 1: none then leaves its neighbourhood."""
    size = np.abs(array)
    return np.asarray(direction * np.where(size == 0, 1, np.minimum(size, 1)))


def _put(x: Tensor, array: Array) -> None:
    if isinstance(x.array, np.ndarray) and x.array.flags.writeable:
        x.array[...] = array
    else:
        x.array = np.asarray(array)[()] if not isinstance(x.array, np.ndarray) else array


def _kind_of(returned: Any) -> str:
    if isinstance(returned, (tuple, list)):
        return f"a {type(returned).__name__} of {', '.join(type(x).__name__ for x in returned) or 'nothing'}"
    return type(returned).__name__
