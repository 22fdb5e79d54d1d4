"""Hypothesis strategies for shapes, dims, indices, arrays, tensors, samples of domains, and whole programs."""

from __future__ import annotations

from collections.abc import Sequence
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
    """Sources of random arguments, for `check_primitive` and the domains."""
    return HypothesisDraw(draw)


# -- shapes -----------------------------------------------------------------------------------------


def shapes(min_dims: int = 0, max_dims: int = 3, min_side: int = 0, max_side: int = 4) -> st.SearchStrategy[Shape]:
    """Shapes of small arrays, including 0-d ones and, unless `min_side` is above 0, empty ones."""
    return st.lists(st.integers(min_side, max_side), min_size=min_dims, max_size=max_dims).map(tuple)


def broadcastable_shapes(
    count: int = 2, min_side: int = 0, max_side: int = 3, max_dims: int = 3
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """`count` shapes that broadcast with one another."""
    drawn = npst.mutually_broadcastable_shapes(
        num_shapes=count, min_side=min_side, max_side=max_side, max_dims=max_dims
    )
    return drawn.map(lambda found: tuple(found.input_shapes))


def matmul_shapes(min_side: int = 0, max_side: int = 3, max_dims: int = 2) -> st.SearchStrategy[tuple[Shape, Shape]]:
    """Two shapes that `@` accepts: vectors, matrices, and batches with up to `max_dims` more dims that broadcast."""
    drawn = npst.mutually_broadcastable_shapes(
        signature=np.matmul.signature, min_side=min_side, max_side=max_side, max_dims=max_dims
    )
    return drawn.map(lambda found: found.input_shapes)  # type: ignore[return-value, arg-type]  # two, by the signature


def dims(ndim: int) -> st.SearchStrategy[int]:
    """A dim of a tensor with `ndim` dims, counted from the front or from the back; for a 0-d tensor 0 or -1."""
    return st.integers(-max(ndim, 1), max(ndim, 1) - 1)


def some_dims(ndim: int, min_size: int = 0) -> st.SearchStrategy[tuple[int, ...]]:
    """Several different dims, each counted from the front or from the back; none for a 0-d tensor."""
    if ndim == 0:
        return st.just(())
    return st.lists(dims(ndim), min_size=min_size, max_size=ndim, unique_by=lambda dim: dim % ndim).map(tuple)


def indices(shape: Shape, advanced: bool = True) -> st.SearchStrategy[Any]:
    """Indices of a tensor of this shape that PyTorch accepts too.

    They have integers, slices, None and Ellipsis, and, if `advanced`, a mask or lists of integers.
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


# -- tensors ----------------------------------------------------------------------------------------


ANYWHERE = Values()


@st.composite
def arrays(draw: Any, shape: Any = None, whole: bool = False) -> Array:
    """Arrays of float64 between -2 and 2, or if `whole` of integers from -5 to 5, in any memory layout."""
    source = HypothesisDraw(draw)
    size = _drawn(draw, shapes() if shape is None else shape)
    numbers = source.rng.integers(-5, 6, size) if whole else source.rng.uniform(-2, 2, size)
    return source.layout(np.asarray(numbers))


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
    """
    size = _drawn(draw, shapes() if shape is None else shape)
    kind = np.dtype(_drawn(draw, dtype))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    x = values.fill(size, rng)
    if kind.kind == "c":
        x = x + 1j * values.fill(size, rng)
    x = x.astype(kind)
    if x.ndim:
        x = LAYOUTS[draw(st.sampled_from(layouts))](x)
    return wrap(x).requires_grad_(requires_grad)


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
