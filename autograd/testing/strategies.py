"""Hypothesis strategies for shapes, dims, indices, arrays and tensors in any memory layout, and whole programs.

The examples show the simplest value that fits, because that is what Hypothesis shrinks to:

>>> from hypothesis import find
>>> find(shapes(), lambda shape: len(shape) == 2)
(0, 0)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ..base.dtypes import Array
from ..core.tensor import Tensor, wrap
from ..surface import make_public as _make_public
from .engine.draw import LAYOUTS, Draw, Values
from .engine.vocabulary import MAKES, VIEWS, WRITES, operations, possible
from .programs import Dual, Program, Step, name_of, perform, start

Shape = tuple[int, ...]


class HypothesisDraw(Draw):
    """A Draw whose choices Hypothesis makes, and can therefore shrink; the numbers come from a seed."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        super().__init__(draw(st.integers(0, 2**16)))

    def integer(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return int(self.draw(st.integers(low, high)))


@st.composite
def draws(draw: Any) -> Draw:
    """Sources of random arguments, for `check_primitive` and the domains.

    >>> from hypothesis import find
    >>> find(draws(), lambda draw: True).uniform((2,)).shape
    (2,)
    """
    return HypothesisDraw(draw)


# -- shapes -----------------------------------------------------------------------------------------


def shapes(min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 4) -> st.SearchStrategy[Shape]:
    """Shapes of small arrays, including 0-d ones and, unless `min_side` is above 0, empty ones.

    >>> from hypothesis import find
    >>> find(shapes(min_side=1), lambda shape: len(shape) > 1)
    (1, 1)
    """
    return st.lists(st.integers(min_side, max_side), min_size=min_dims, max_size=max_dims).map(tuple)


def broadcastable_shapes(
    count: int = 2, min_side: int = 0, max_side: int = 3, max_dims: int = 3
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """`count` shapes that broadcast with one another.

    >>> from hypothesis import find
    >>> find(broadcastable_shapes(2, min_side=1), lambda pair: len(pair[0]) == 1 and len(pair[1]) == 2)
    ((1,), (1, 1))
    """
    drawn = npst.mutually_broadcastable_shapes(
        num_shapes=count, min_side=min_side, max_side=max_side, max_dims=max_dims
    )
    return drawn.map(lambda found: tuple(found.input_shapes))


def matmul_shapes(min_side: int = 0, max_side: int = 3, max_dims: int = 2) -> st.SearchStrategy[tuple[Shape, Shape]]:
    """Two shapes that `@` accepts: vectors, matrices, and batches with up to `max_dims` more dims that broadcast.

    >>> from hypothesis import find
    >>> find(matmul_shapes(min_side=1), lambda pair: len(pair[0]) == len(pair[1]) == 2)
    ((1, 1), (1, 1))
    """
    drawn = npst.mutually_broadcastable_shapes(
        signature=np.matmul.signature, min_side=min_side, max_side=max_side, max_dims=max_dims
    )
    return drawn.map(lambda found: found.input_shapes)  # type: ignore[return-value, arg-type]  # two, by the signature


def dims(ndim: int) -> st.SearchStrategy[int]:
    """A dim of a tensor with `ndim` dims, counted from the front or from the back; for a 0-d tensor 0 or -1.

    >>> from hypothesis import find
    >>> find(dims(3), lambda dim: dim < 0)
    -1
    """
    return st.integers(-max(ndim, 1), max(ndim, 1) - 1)


def some_dims(ndim: int, min_size: int = 0) -> st.SearchStrategy[tuple[int, ...]]:
    """Several different dims, each counted from the front or from the back; none for a 0-d tensor.

    >>> from hypothesis import find
    >>> find(some_dims(3), lambda some: len(some) == 2)
    (0, 1)
    """
    if ndim == 0:
        return st.just(())
    return st.lists(dims(ndim), min_size=min_size, max_size=ndim, unique_by=lambda dim: dim % ndim).map(tuple)


def indices(shape: Shape, advanced: bool = True) -> st.SearchStrategy[Any]:
    """Indices of a tensor of this shape that PyTorch accepts too.

    They have integers, slices, None and Ellipsis, and, if `advanced`, a mask or lists of integers.

    >>> from hypothesis import find
    >>> find(indices((3, 4)), lambda key: isinstance(key, list))
    [0]
    """
    # PyTorch does not support negative steps.
    basic = npst.basic_indices(shape, allow_newaxis=True).map(_with_positive_steps)
    if not advanced or not shape:
        return basic
    mask = npst.arrays(np.bool_, shape)
    some = [st.lists(st.integers(-n, n - 1), min_size=1, max_size=4) if n else st.just([]) for n in shape]
    if 0 in shape:
        return basic | mask
    return basic | mask | some[0] | st.tuples(*(st.just(slice(None)) for _ in shape[1:]), some[-1])


def _with_positive_steps(key: Any) -> Any:
    if isinstance(key, tuple):
        return tuple(map(_with_positive_steps, key))
    if not isinstance(key, slice) or key.step is None or key.step > 0:
        return key
    return slice(None, None, -key.step)


# -- arrays and tensors -----------------------------------------------------------------------------


ANYWHERE = Values()


def layouts() -> st.SearchStrategy[str]:
    """Names of memory layouts, the keys of `LAYOUTS`: contiguous, transposed, sliced, negative strides.

    >>> from hypothesis import find
    >>> LAYOUTS[find(layouts(), lambda name: "neg" in name)](np.array([1.0, 2.0])).strides
    (-8,)
    """
    return st.sampled_from(list(LAYOUTS))


@st.composite
def arrays(
    draw: Any,
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    whole: bool = False,
    *,
    dtype: Any = np.float64,
    values: Values = ANYWHERE,
) -> Array:
    """NumPy arrays in any memory layout. Hypothesis shrinks their shape and layout; the numbers come from a seed.

    Args:
        draw: passed by Hypothesis.
        shape: a shape or a strategy for one; by default any small shape, including 0-d and empty ones.
        whole: whether they hold integers from -5 to 5.
        dtype: a floating-point or complex NumPy dtype, or a strategy for one.
        values: the range of the elements, which keeps them off kinks and poles; of both parts for complex ones.

    >>> from hypothesis import find
    >>> off_zero = arrays((2,), values=Values(-2, 2, off=(0,)))
    >>> bool(np.abs(find(off_zero, lambda x: True)).min() >= 0.1)
    True
    """
    source = HypothesisDraw(draw)
    size = _drawn(draw, shapes() if shape is None else shape)
    if whole:
        return source.layout(np.asarray(source.rng.integers(-5, 6, size)))
    return source.layout(_filled(values, size, np.dtype(_drawn(draw, dtype)), source.rng))


def _filled(values: Values, shape: Shape, dtype: np.dtype[Any], rng: np.random.Generator) -> Array:
    x = values.fill(shape, rng)
    return (x + 1j * values.fill(shape, rng) if dtype.kind == "c" else x).astype(dtype)


@st.composite
def tensors(
    draw: Any,
    shape: Shape | st.SearchStrategy[Shape] | None = None,
    dtype: Any = np.float64,
    values: Values = ANYWHERE,
    layouts: Sequence[str] = tuple(LAYOUTS),
    requires_grad: bool = True,
) -> Tensor:
    """Tensors. Hypothesis shrinks their shape and layout; the numbers come from a seed.

    Args:
        draw: passed by Hypothesis.
        shape: a shape or a strategy for one; by default any small shape, including 0-d and empty ones.
        dtype: a floating-point or complex NumPy dtype, or a strategy for one.
        values: the range of the elements; of both parts for complex ones.
        layouts: names of `LAYOUTS`.
        requires_grad: whether the tensors require a gradient.

    >>> from hypothesis import find
    >>> find(tensors((2,), values=Values(0, 1)), lambda x: True).requires_grad
    True
    """
    size = _drawn(draw, shapes() if shape is None else shape)
    kind = np.dtype(_drawn(draw, dtype))
    x = _filled(values, size, kind, np.random.default_rng(draw(st.integers(0, 2**16))))
    if x.ndim:
        x = LAYOUTS[draw(st.sampled_from(layouts))](x)
    return wrap(x).requires_grad_(requires_grad)


#: Makes a strategy for an array or tensor of a shape.
OfShape = Callable[[Shape], st.SearchStrategy[Any]]


@st.composite
def broadcastable(draw: Any, count: int = 2, of: OfShape = arrays, min_side: int = 0) -> tuple[Any, ...]:
    """Tuples of arrays whose shapes broadcast with one another.

    Args:
        draw: passed by Hypothesis.
        count: their number.
        of: `arrays`, `tensors`, or a function of a shape, such as `lambda shape: tensors(shape, values=Values(0, 1))`.
        min_side: the least size of a dim.

    >>> from hypothesis import find
    >>> x, y = find(broadcastable(2, tensors), lambda pair: pair[0].dim() == 2 and pair[1].dim() == 1)
    >>> (x + y).dim()
    2
    """
    return tuple(draw(of(shape)) for shape in draw(broadcastable_shapes(count, min_side=min_side)))


@st.composite
def matmul_pairs(draw: Any, of: OfShape = arrays, min_side: int = 0) -> tuple[Any, Any]:
    """Two arrays that `@` accepts; the arguments are those of `broadcastable`.

    >>> from hypothesis import find
    >>> x, y = find(matmul_pairs(min_side=2), lambda pair: pair[0].ndim == pair[1].ndim == 2)
    >>> (x @ y).shape
    (2, 2)
    """
    first, second = draw(matmul_shapes(min_side=min_side))
    return draw(of(first)), draw(of(second))


def _drawn(draw: Any, value: Any) -> Any:
    return draw(value) if isinstance(value, st.SearchStrategy) else value


# -- programs ---------------------------------------------------------------------------------------

#: The largest value in a program, so that its derivatives stay well within float64.
LARGEST = 20.0


@st.composite
def programs(draw: Any, max_steps: int = 8, writes: bool = True, unrecorded: bool = True) -> Program:
    """Random straight-line programs with shared subexpressions, views, and in-place writes into shared memory.

    Each line is chosen among those that are possible and smooth for the present values, so that no program is rejected.
    Writes go where PyTorch allows them; the backward pass may still have to raise. Programs shrink to fewer lines,
    smaller inputs and simpler operations.

    Args:
        draw: passed by Hypothesis.
        max_steps: the largest number of lines, besides inputs and loss.
        writes: whether there are in-place writes.
        unrecorded: whether there are detached values and writes under `no_grad`.

    >>> from hypothesis import find
    >>> len(find(programs(max_steps=2), lambda program: True).steps)
    1
    """
    first, *others = draw(broadcastable_shapes(draw(st.integers(1, 3)), min_side=1, max_side=3, max_dims=2))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    inputs = tuple(np.round(Values(off=(0,)).fill(shape, rng), 2) for shape in (first, *others))
    program = Program(inputs, (), ())
    duals = start(program)
    steps: list[Step] = []
    shown: list[str] = []
    for choice in draw(st.lists(_choices(writes, unrecorded), min_size=1, max_size=max_steps)):
        steps.append(step := _step_for(choice, duals, program.names, unrecorded))
        perform(step, duals)
        if choice.shown:
            shown.append(step.name)
    tracked = [name for name, dual in duals.items() if dual.tracked]
    outputs = tuple(name for name in tracked if name in shown)
    return Program(inputs, tuple(steps), outputs or (tracked[-1],))


class _Choice(NamedTuple):
    """The random numbers that choose a line among those possible for the present values. Hypothesis shrinks them."""

    kind: int
    operands: list[int]
    pick: int
    shown: bool
    recorded: bool


def _choices(writes: bool, unrecorded: bool) -> st.SearchStrategy[_Choice]:
    return st.builds(
        _Choice,
        kind=st.integers(0, 2 if writes else 1),
        operands=st.lists(st.integers(0, 11), min_size=1, max_size=2),
        pick=st.integers(0, 2**16),
        shown=st.booleans(),
        recorded=st.integers(0, 4).map(lambda i: i < 4 or not unrecorded),
    )


def _step_for(choice: _Choice, duals: dict[str, Dual], leaves: Sequence[str], unrecorded: bool) -> Step:
    names = list(duals)
    # Operands are counted from the latest value, so that removing an earlier line does not change the later ones.
    operands = tuple(names[-1 - i % len(names)] for i in choice.operands)
    xs = [duals[name].value for name in operands]
    target = duals[operands[0]]
    kind = (MAKES, VIEWS, WRITES)[choice.kind]
    if kind is WRITES and (not target.value.flags.writeable or (choice.recorded and target.base in leaves)):
        kind = MAKES
    options = possible(kind, *xs) or possible(kind, xs[0]) or possible(MAKES, xs[0])
    if not unrecorded:
        options.pop("detach", None)
    operation = list(options)[choice.pick % len(options)]
    arguments = options[operation][choice.pick // len(options) % len(options[operation])]
    xs = xs[: operations[operation].operands]
    if not np.all(np.abs(operations[operation].compute(*xs, *arguments)) <= LARGEST):
        operation, arguments, xs = "tanh_" if operation in WRITES else "tanh", (), xs[:1]
    name = "" if operation in WRITES else name_of(len(duals))
    return Step(operation, operands[: len(xs)], arguments, name, choice.recorded or bool(name))


_make_public(globals())
