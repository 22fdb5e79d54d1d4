"""Domains: for every primitive, how to draw arguments away from its kinks and poles, and which oracle applies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from ...core.operation import array_of
from ...core.primitive import registry
from ...core.tensor import Tensor
from ...ops.elementwise import selection
from ...ops.reduce.reductions import add_reduce
from ...ops.shape.indexing import take_at
from ..drawing import Draw, Sample


class Domain(NamedTuple):
    """Where a primitive is checked.

    Attributes:
        sample: draws a call.
        analytic: whether NumPy computes it in complex numbers, so that the complex step applies.
    """

    sample: Callable[[Draw], Sample]
    analytic: bool


#: The domain of each primitive, by its name in the registry.
domains: dict[str, Domain] = {}


def domain(*names: str, analytic: bool = True) -> Callable[[Any], Any]:
    """Give primitives their domain: the function below draws the differentiable arguments and the others."""

    def give(draw_call: Callable[[Draw], tuple[tuple[Array, ...], tuple[Any, ...]]]) -> Any:
        for name in names:

            def sample(draw: Draw, name: str = name) -> Sample:
                inputs, rest = draw_call(draw)
                return Sample(lambda *xs: registry[name].function(*xs, *rest), inputs)

            domains[name] = Domain(sample, analytic)
        return draw_call

    return give


# -- elementwise ------------------------------------------------------------------------------------


def _on(low: float, high: float, *names: str, analytic: bool = True) -> None:
    """Unary primitives on an interval."""
    domain(*names, analytic=analytic)(lambda draw: ((draw.uniform(draw.shape(), low, high),), ()))


_on(-2, 2, "exp", "exp2", "expm1", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "atan", "asinh")
_on(-2, 2, "neg", "square", "clone")
_on(0.4, 3, "sqrt", "rsqrt", "log", "log2", "log10", "root")
_on(-0.6, 3, "log1p")
_on(-1.2, 1.2, "tan")
_on(-0.8, 0.8, "asin", "acos", "atanh")
_on(1.3, 3, "acosh")
_on(-3, 3, "erf", "erfc", analytic=False)
domain("reciprocal")(lambda draw: ((draw.nonzero(draw.shape()),), ()))
domain("abs", "sign", "relu", analytic=False)(lambda draw: ((draw.nonzero(draw.shape()),), ()))
domain("floor", "ceil", "trunc", "round", "frac", analytic=False)(
    lambda draw: ((draw.between_whole(draw.shape()),), ())
)
domain("conj", "real", "imag", "angle", "modulus", analytic=False)(lambda draw: ((draw.complex(draw.shape()),), ()))


@domain("add", "sub", "mul", "div")
def _pair(draw: Draw) -> Any:
    a, b = draw.pair_of_shapes()
    return (draw.uniform(a), draw.nonzero(b)), ()


@domain("atan2", "hypot", analytic=False)
def _pair_away_from_origin(draw: Draw) -> Any:
    a, b = draw.pair_of_shapes()
    return (draw.nonzero(a), draw.nonzero(b)), ()


@domain("pow")
def _power(draw: Draw) -> Any:
    a, b = draw.pair_of_shapes()
    return (draw.uniform(a, 0.4, 2.5), draw.uniform(b)), ()


@domain("maximum", "minimum", analytic=False)
def _pair_without_ties(draw: Draw) -> Any:
    a, b = draw.pair_of_shapes()
    values = draw.distinct((math.prod(a) + math.prod(b),))
    return (draw.layout(values[: math.prod(a)].reshape(a)), draw.layout(values[math.prod(a) :].reshape(b))), ()


@domain("floor_divide", "remainder", "fmod", analytic=False)
def _division_with_rest(draw: Draw) -> Any:
    full, divisors = draw.pair_of_shapes()
    full = np.broadcast_shapes(full, divisors)
    y = draw.layout(np.asarray(np.sign(draw.nonzero(divisors)) * draw.rng.uniform(1, 2, divisors)))
    # The quotient stays 0.25 away from whole numbers, and the steps of the differences are at most 0.1.
    return (draw.layout(np.asarray(y * (draw.rng.integers(-2, 2, full) + draw.rng.uniform(0.4, 0.6, full)))), y), ()


def _sample_where(draw: Draw) -> Sample:
    a, b = draw.pair_of_shapes()
    mask = draw.rng.random(np.broadcast_shapes(a, b)) < 0.5
    return Sample(lambda x, y: selection.where(mask, x, y), (draw.uniform(a), draw.uniform(b)))


@domain("keep")
def _kept(draw: Draw) -> Any:
    shape = draw.shape()
    return (draw.uniform(shape),), ((draw.rng.random(shape) < 0.5),)


def _sample_clamp(draw: Draw) -> Sample:
    low, high = draw.choice([(-0.1, 0.1), (-1.1, None), (None, 0.0), (0.1, -0.1)])
    return Sample(lambda x: selection.clamp(x, low, high), (draw.nonzero(draw.shape()),))


domains["where"] = Domain(_sample_where, analytic=True)
domains["clamp"] = Domain(_sample_clamp, analytic=False)


@domain("pow_number")
def _power_by_number(draw: Draw) -> Any:
    return (draw.uniform(draw.shape(), 0.4, 2.5),), (draw.choice([0, 1, 2, 3, 4, -1, -2, 0.5, 2.5, -0.5]),)


def _sample_number_to_power(draw: Draw) -> Sample:
    base = draw.choice([2, 0.5, 3.0, 1])
    return Sample(lambda y: registry["exp_number"].function(base, y), (draw.uniform(draw.shape()),))


domains["exp_number"] = Domain(_sample_number_to_power, analytic=True)


@domain("to_copy", analytic=False)
def _conversion(draw: Draw) -> Any:
    x = draw.complex(draw.shape()) if draw.integer(0, 1) else draw.uniform(draw.shape())
    return (np.asarray(x),), (np.dtype(draw.choice(["float64", "complex128"])),)


# -- shapes -----------------------------------------------------------------------------------------


@domain("expand")
def _expansion(draw: Draw) -> Any:
    shape = draw.shape()
    wide = tuple(draw.integer(0, 3) if n == 1 else n for n in shape)
    return (draw.uniform(shape),), ((*draw.shape(0, 2), *wide),)


@domain("sum_to")
def _expansion_back(draw: Draw) -> Any:
    full = draw.shape()
    return (draw.uniform(full),), (tuple(1 if draw.integer(0, 1) else n for n in full[draw.integer(0, len(full)) :]),)


@domain("view")
def _new_shape(draw: Draw) -> Any:
    shape = draw.shape()
    shapes = [(math.prod(shape),), (1, *shape), shape[::-1], tuple(n for n in shape if n != 1), (*shape, 1, 1)]
    return (draw.uniform(shape),), (draw.choice(shapes),)


@domain("permute")
def _order_of_dims(draw: Draw) -> Any:
    shape = draw.shape()
    return (draw.uniform(shape),), (tuple(int(i) for i in draw.rng.permutation(len(shape))),)


@domain("flip")
def _some_axes(draw: Draw) -> Any:
    shape = draw.shape(1)
    return (draw.uniform(shape),), (_axes(draw, len(shape)) or (0,),)


@domain("roll")
def _shifts(draw: Draw) -> Any:
    shape = draw.shape(1)
    axes = _axes(draw, len(shape)) or (0,)
    return (draw.uniform(shape),), (tuple(draw.integer(-4, 4) for _ in axes), axes)


def _axes(draw: Draw, ndim: int) -> tuple[int, ...] | None:
    """Some of the axes, or None for all of them."""
    chosen = tuple(axis for axis in range(ndim) if draw.integer(0, 1))
    return chosen or None


def _diagonal_dims(draw: Draw) -> tuple[tuple[int, ...], int, int, int]:
    shape = draw.shape(2, 3, 1)
    first = draw.integer(0, len(shape) - 1)
    second = (first + draw.integer(1, len(shape) - 1)) % len(shape)
    return shape, draw.integer(1 - shape[first], shape[second] - 1), first, second


@domain("diagonal")
def _diagonal(draw: Draw) -> Any:
    shape, *rest = _diagonal_dims(draw)
    return (draw.uniform(shape),), tuple(rest)


@domain("diagonal_scatter")
def _on_diagonal(draw: Draw) -> Any:
    shape, *rest = _diagonal_dims(draw)
    return (draw.uniform(np.diagonal(np.empty(shape), *rest).shape),), (shape, *rest)


@domain("tril", "triu")
def _triangle(draw: Draw) -> Any:
    return (draw.uniform(draw.shape(2)),), (draw.integer(-3, 3),)


@domain("constant_pad")
def _border(draw: Draw) -> Any:
    shape = draw.shape()
    return (draw.uniform(shape),), (tuple((draw.integer(0, 2), draw.integer(0, 2)) for _ in shape), 1.5)


def _sample_cat(draw: Draw) -> Sample:
    shape = draw.shape(1)
    axis = draw.integer(0, len(shape) - 1)
    sizes = [draw.integer(0, 2) for _ in range(draw.integer(1, 3))]
    xs = tuple(draw.uniform((*shape[:axis], n, *shape[axis + 1 :])) for n in sizes)
    bounds = (0, *itertools.accumulate(sizes))
    return Sample(lambda *parts: registry["cat"].function(parts, bounds, axis), xs)


domains["cat"] = Domain(_sample_cat, analytic=True)


# -- indexing ---------------------------------------------------------------------------------------


def key_for(draw: Draw, shape: tuple[int, ...]) -> Any:
    """A key without Tensors: integers, slices, None, Ellipsis, masks, integer arrays and mixtures."""
    if not shape or draw.integer(0, 7) == 0:
        return draw.choice([(), Ellipsis, None, (None, ...), draw.rng.random(shape) < 0.5])
    parts: list[Any] = []
    for n in shape[: draw.integer(1, len(shape))]:
        options: list[Any] = [
            slice(None),
            slice(draw.integer(-3, 3), None, draw.choice([None, 1, 2])),
            slice(None, draw.integer(-3, 3), draw.choice([1, -1, -2])),
        ]
        if n:
            options += [draw.integer(-n, n - 1), draw.rng.integers(0, n, 4), draw.rng.integers(0, n, (2, 1))]
        parts.append(draw.choice(options))
        if draw.integer(0, 5) == 0:
            parts.append(None)
    if draw.integer(0, 4) == 0:
        parts.insert(draw.integer(0, len(parts)) if len(parts) < len(shape) else len(parts), Ellipsis)
        count = sum(p is not None and p is not Ellipsis for p in parts)
        assert count <= len(shape)
        parts = _fit_ellipsis(parts, shape)
    return tuple(parts) if len(parts) > 1 or draw.integer(0, 1) else parts[0]


def _fit_ellipsis(parts: list[Any], shape: tuple[int, ...]) -> list[Any]:
    """What follows an Ellipsis counts from the end, where sizes may be smaller: only slices are kept there."""
    place = next(i for i, p in enumerate(parts) if p is Ellipsis)
    return [p if i <= place or p is None or isinstance(p, slice) else slice(None) for i, p in enumerate(parts)]


@domain("index")
def _taking(draw: Draw) -> Any:
    shape = draw.shape()
    return (draw.uniform(shape),), (key_for(draw, shape),)


@domain("index_put")
def _putting(draw: Draw) -> Any:
    shape = draw.shape()
    key = key_for(draw, shape)
    return (draw.uniform(np.shape(np.empty(shape)[key])),), (shape, key)


def _basic_key(draw: Draw, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """A key that shows every element at most once, and is a view."""
    options = [
        [slice(None), slice(0, 2), slice(None, None, -1), *([draw.integer(0, n - 1)] if n else [])] for n in shape
    ]
    return tuple(draw.choice(o) for o in options[: draw.integer(1, len(shape))])


@domain("zero_part")
def _blanking(draw: Draw) -> Any:
    shape = draw.shape(1)
    return (draw.uniform(shape),), (((take_at, (_basic_key(draw, shape),)),),)


def _write_at(x: Any, value: Any, key: Any) -> Any:
    """A copy of `x` with `value` written at `key`."""
    out = x.clone() if isinstance(x, Tensor) else np.array(x)
    out[key] = value
    return out


def _add_at(x: Any, value: Any, key: Any) -> Any:
    """A copy of `x` with value² added to its part at `key` in place, through a view."""
    out = x.clone() if isinstance(x, Tensor) else np.array(x)
    if isinstance(out, Tensor):
        out[key].add_(value * value)
    else:
        out[key] = out[key] + value * value
    return out


def _sample_writing(call: Callable[..., Any]) -> Callable[[Draw], Sample]:
    def sample(draw: Draw) -> Sample:
        shape = draw.shape(1)
        key = _basic_key(draw, shape)
        part = np.empty(shape)[key].shape
        value = draw.uniform(part[draw.integer(0, len(part)) :])
        return Sample(lambda x, v: call(x, v, key), (draw.uniform(shape), value))

    return sample


domains["setitem"] = Domain(_sample_writing(_write_at), analytic=True)
domains["copy_slices"] = Domain(_sample_writing(_add_at), analytic=True)


# -- reductions -------------------------------------------------------------------------------------


@domain("sum", "mean")
def _reduction(draw: Draw) -> Any:
    shape = draw.shape(min_side=draw.integer(0, 1) or 1)
    return (draw.uniform(shape),), (_axes(draw, len(shape)), bool(draw.integer(0, 1)))


@domain("logsumexp")
def _filled_reduction(draw: Draw) -> Any:
    shape = draw.shape(min_side=1)
    return (draw.uniform(shape),), (_axes(draw, len(shape)), bool(draw.integer(0, 1)))


@domain("amax", "amin", analytic=False)
def _extreme(draw: Draw) -> Any:
    shape = draw.shape(min_side=1)
    return (draw.distinct(shape),), (_axes(draw, len(shape)), bool(draw.integer(0, 1)))


@domain("spread")
def _reduction_back(draw: Draw) -> Any:
    shape = draw.shape()
    axes, keepdims = _axes(draw, len(shape)), bool(draw.integer(0, 1))
    return (draw.uniform(np.shape(add_reduce(np.empty(shape), axes, keepdims=keepdims))),), (shape, axes, keepdims)


@domain("cumsum", "cumsum_back")
def _running(draw: Draw) -> Any:
    shape = draw.shape(1)
    return (draw.uniform(shape),), (draw.integer(0, len(shape) - 1),)


@domain("softmax", "log_softmax")
def _along_an_axis(draw: Draw) -> Any:
    shape = draw.shape(1, min_side=1)
    return (draw.uniform(shape),), (draw.integer(0, len(shape) - 1),)


# -- products and losses -----------------------------------------------------------------------------


@domain("dot")
def _two_vectors(draw: Draw) -> Any:
    n = draw.integer(0, 4)
    return (draw.uniform((n,)), draw.uniform((n,))), ()


@domain("mv")
def _matrix_and_vector(draw: Draw) -> Any:
    m, n = draw.integer(0, 3), draw.integer(0, 3)
    return (draw.uniform((m, n)), draw.uniform((n,))), ()


@domain("mm")
def _two_matrices(draw: Draw) -> Any:
    m, n, p = (draw.integer(0, 3) for _ in range(3))
    return (draw.uniform((m, n)), draw.uniform((n, p))), ()


@domain("matmul")
def _two_stacks(draw: Draw) -> Any:
    m, n, p = (draw.integer(0, 2) for _ in range(3))
    a, b = draw.pair_of_shapes()
    return (draw.uniform((*a[-2:], m, n)), draw.uniform((*b[-2:], n, p))), ()


@domain("linear")
def _affine(draw: Draw) -> Any:
    rows, m, n = (draw.integer(0, 3) for _ in range(3))
    return (draw.uniform((rows, m)), draw.uniform((n, m)), draw.uniform((n,))), ()


def _sample_scores(name: str) -> Callable[[Draw], Sample]:
    """Scores and classes; the logarithms of the softmax are at hand, as the function that users call has them."""

    def sample(draw: Draw) -> Sample:
        rows, classes = draw.integer(1, 3), draw.integer(1, 4)
        target = draw.rng.integers(0, classes, rows)

        def call(x: Any) -> Any:
            return registry[name].function(x, registry["log_softmax"].function(array_of(x), 1), target)

        return Sample(call, (draw.uniform((rows, classes)),))

    return sample


domains["cross_entropy"] = Domain(_sample_scores("cross_entropy"), analytic=True)
domains["cross_entropy_miss"] = Domain(_sample_scores("cross_entropy_miss"), analytic=True)


# Those of `nn` are in the registry once `nn` is imported.
_on(-3, 3, "softplus", "log_sigmoid", analytic=False)
domain("binary_cross_entropy", analytic=False)(
    lambda draw: ((draw.uniform(shape := draw.shape(), 0.25, 0.75), draw.uniform(shape, 0.25, 0.75)), ())
)


@domain("mse_loss")
def _two_alike(draw: Draw) -> Any:
    shape = draw.shape(min_side=1)
    return (draw.uniform(shape), draw.uniform(shape)), ()
