"""The vocabulary of programs: each operation as code, and as a NumPy function of complex arrays.

Comparisons use the real part, so that piecewise functions stay on the branch of the real value. An operation is offered
only for operands at which it is smooth: away from kinks, ties and poles.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array

#: The possible tuples of arguments for given operands; none where the operation is impossible or not smooth.
Options = Callable[..., Sequence[tuple[Any, ...]]]

#: The least distance of every element from a kink or a tie.
MARGIN = 1e-2


class Operation(NamedTuple):
    """One operation of the vocabulary.

    Attributes:
        code: its expression or statement; {0}, {1}, … stand for the operands and then the arguments.
        compute: the same as a function of real or complex arrays; for a write, the value that is written.
        options: the possible arguments for given real arrays.
        operands: the number of its operands.
    """

    code: str
    compute: Callable[..., Any]
    options: Options
    operands: int = 1


def _between(low: float, high: float) -> Options:
    return lambda *xs: [()] if all(x.size == 0 or (low <= x.min() and x.max() <= high) for x in xs) else []


def _away_from(*points: float) -> Options:
    return lambda x, *_: [()] if all(_apart(x, point) for point in points) else []


def _apart(x: Array, y: Any) -> bool:
    return bool(np.all(np.abs(x - y) > MARGIN))


_anywhere = _between(-math.inf, math.inf)


# -- new values from one ----------------------------------------------------------------------------


def _logsumexp(x: Any, dim: int, keepdims: bool = False) -> Any:
    return np.log(np.sum(np.exp(x), axis=dim, keepdims=keepdims))


def _each_dim(x: Array) -> list[tuple[Any, ...]]:
    """Every dim that is not empty, from the front and from the back."""
    return [(dim,) for dim in range(-x.ndim, x.ndim) if x.shape[dim]] if np.all(np.abs(x) < 20) else []


def _distinct_along(x: Array) -> list[tuple[Any, ...]]:
    return [
        (dim,) for dim in range(-x.ndim, x.ndim) if x.shape[dim] and np.all(np.diff(np.sort(x, dim), axis=dim) > MARGIN)
    ]


_unary = {
    "exp": Operation("torch.exp({0})", np.exp, _between(-20, 3)),
    "expm1": Operation("torch.expm1({0})", np.expm1, _between(-20, 3)),
    "log": Operation("torch.log({0})", np.log, _between(0.2, math.inf)),
    "log1p": Operation("torch.log1p({0})", np.log1p, _between(-0.8, math.inf)),
    "sqrt": Operation("torch.sqrt({0})", np.sqrt, _between(0.1, math.inf)),
    "rsqrt": Operation("torch.rsqrt({0})", lambda x: 1 / np.sqrt(x), _between(0.2, math.inf)),
    "sin": Operation("torch.sin({0})", np.sin, _anywhere),
    "cos": Operation("{0}.cos()", np.cos, _anywhere),
    "tanh": Operation("torch.tanh({0})", np.tanh, _anywhere),
    "sigmoid": Operation("torch.sigmoid({0})", lambda x: 1 / (1 + np.exp(-x)), _between(-20, 20)),
    "square": Operation("{0}.square()", lambda x: x * x, _anywhere),
    "cube": Operation("{0} ** 3", lambda x: x * x * x, _anywhere),
    "neg": Operation("-{0}", lambda x: -x, _anywhere),
    "reciprocal": Operation("1 / {0}", lambda x: 1 / x, _away_from(0, 0.1, -0.1)),
    "scale": Operation("{0} * 1.5", lambda x: x * 1.5, _anywhere),
    "rest": Operation("1 - {0}", lambda x: 1 - x, _anywhere),
    "abs": Operation("{0}.abs()", lambda x: np.where(x.real > 0, x, -x), _away_from(0)),
    "relu": Operation("torch.relu({0})", lambda x: np.where(x.real > 0, x, 0), _away_from(0)),
    "clamp": Operation(
        "{0}.clamp(-0.5, 0.5)", lambda x: np.where(abs(x.real) < 0.5, x, np.sign(x.real) / 2), _away_from(-0.5, 0.5)
    ),
    "clone": Operation("{0}.clone()", lambda x: x.copy(), _anywhere),
    "sum": Operation("{0}.sum()", np.sum, _anywhere),
    "mean": Operation("{0}.mean()", np.mean, lambda x: [()] if x.size else []),
    "prod": Operation("{0}.prod()", np.prod, _anywhere),
    "sum_dim": Operation("{0}.sum({1})", np.sum, _each_dim),
    "mean_dim": Operation("{0}.mean({1}, keepdim=True)", lambda x, dim: np.mean(x, axis=dim, keepdims=True), _each_dim),
    "cumsum": Operation("{0}.cumsum({1})", np.cumsum, _each_dim),
    "amax": Operation(
        "{0}.amax({1})",
        lambda x, dim: np.take_along_axis(x, np.argmax(x.real, dim, keepdims=True), dim).squeeze(dim),
        _distinct_along,
    ),
    "softmax": Operation("{0}.softmax({1})", lambda x, dim: np.exp(x - _logsumexp(x, dim, True)), _each_dim),
    "log_softmax": Operation("{0}.log_softmax({1})", lambda x, dim: x - _logsumexp(x, dim, True), _each_dim),
    "logsumexp": Operation("{0}.logsumexp({1})", _logsumexp, _each_dim),
    "gather": Operation(
        "{0}[{1}]", lambda x, rows: x[rows], lambda x: [([n - 1, 0, n - 1],) for n in x.shape[:1] if n]
    ),
    "flip": Operation("{0}.flip({1})", lambda x, dim: np.flip(x, dim), _each_dim),
}


# -- new values from two ----------------------------------------------------------------------------


def _broadcast(a: Sequence[int], b: Sequence[int]) -> bool:
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b)))


def _pair(fits: Callable[[Array, Array], bool] = lambda x, y: True) -> Options:
    return lambda x, y: [()] if _broadcast(x.shape, y.shape) and fits(x, y) else []


def _divisible(x: Array, y: Array) -> bool:
    return bool(np.all(np.abs(y) > 0.2))


def _powers(x: Array, y: Array) -> bool:
    return bool(np.all(x > 0.2) and np.all(np.abs(y) < 3))


def _multipliable(x: Array, y: Array) -> list[tuple[Any, ...]]:
    fits = x.ndim and y.ndim and x.shape[-1] == y.shape[max(-2, -y.ndim)]
    return [()] if fits and _broadcast(x.shape[:-2], y.shape[:-2]) else []


def _joinable(x: Array, y: Array) -> list[tuple[Any, ...]]:
    if x.ndim != y.ndim:
        return []
    unlike = [dim for dim in range(x.ndim) if x.shape[dim] != y.shape[dim]]
    return [(dim,) for dim in range(x.ndim) if set(unlike) <= {dim}]


_binary = {
    "add": Operation("{0} + {1}", lambda x, y: x + y, _pair(), 2),
    "sub": Operation("{0} - {1}", lambda x, y: x - y, _pair(), 2),
    "mul": Operation("{0} * {1}", lambda x, y: x * y, _pair(), 2),
    "div": Operation("{0} / {1}", lambda x, y: x / y, _pair(_divisible), 2),
    "pow": Operation("{0} ** {1}", lambda x, y: np.exp(y * np.log(x)), _pair(_powers), 2),
    "maximum": Operation("torch.maximum({0}, {1})", lambda x, y: np.where(x.real > y.real, x, y), _pair(_apart), 2),
    "minimum": Operation("torch.minimum({0}, {1})", lambda x, y: np.where(x.real < y.real, x, y), _pair(_apart), 2),
    "where": Operation(
        "torch.where({0} > 0, {0}, {1})", lambda x, y: np.where(x.real > 0, x, y), _pair(lambda x, y: _apart(x, 0)), 2
    ),
    "matmul": Operation("{0} @ {1}", lambda x, y: x @ y, _multipliable, 2),
    "cat": Operation("torch.cat([{0}, {1}], {2})", lambda x, y, dim: np.concatenate([x, y], dim), _joinable, 2),
    "stack": Operation(
        "torch.stack([{0}, {1}])", lambda x, y: np.stack([x, y]), lambda x, y: [()] if x.shape == y.shape else [], 2
    ),
}


# -- views ------------------------------------------------------------------------------------------


def _keys(x: Array) -> list[tuple[Any, ...]]:
    """Basic indices: integers and slices of the first and the last dim, steps, and a new dim."""
    keys: list[Any] = [None, ...]
    if x.ndim:
        keys += [slice(1, None), slice(None, None, 2), (..., slice(None, -1))]
        keys += [0, -1] if x.shape[0] else []
        keys += [(..., -1)] if x.shape[-1] else []
    if x.ndim > 1:
        keys += [(slice(None), 0), (slice(None, 1), None)] if x.shape[1] else []
    return [(key,) for key in keys]


def _shown(x: Array, key: Any) -> Array:
    """`x[key]` as a view, even of a single element, which NumPy would copy."""
    parts = key if isinstance(key, tuple) else (key,)
    return np.asarray(x[parts if Ellipsis in parts else (*parts, Ellipsis)])


def _diagonal(x: Array) -> Array:
    shown = np.diagonal(x)
    shown.flags.writeable = x.flags.writeable  # NumPy makes it read-only
    return shown


#: Operations whose result shares the memory of the operand.
VIEWS = {
    "index": Operation("{0}[{1}]", _shown, _keys),
    "transpose": Operation(
        "{0}.transpose({1}, {2})", np.swapaxes, lambda x: list(itertools.combinations(range(x.ndim), 2))
    ),
    "permute": Operation("{0}.permute({1})", np.transpose, lambda x: [((*range(1, x.ndim), 0),)] if x.ndim else []),
    "view": Operation(
        "{0}.view({1})", np.reshape, lambda x: [(-1,), ((x.size, 1),)] if x.size and x.flags.c_contiguous else []
    ),
    "unsqueeze": Operation("{0}.unsqueeze({1})", np.expand_dims, lambda x: [(dim,) for dim in range(-1, x.ndim)]),
    "squeeze": Operation(
        "{0}.squeeze({1})", np.squeeze, lambda x: [(dim,) for dim in range(x.ndim) if x.shape[dim] == 1]
    ),
    "expand": Operation("{0}.expand({1})", np.broadcast_to, lambda x: [((2, *x.shape),)]),
    "diagonal": Operation("{0}.diagonal()", _diagonal, lambda x: [()] if x.ndim == 2 else []),
    "detach": Operation("{0}.detach()", lambda x: x, _anywhere),
}


# -- in-place writes --------------------------------------------------------------------------------


def _into(fits: Callable[[Array, Array], bool] = lambda x, y: True) -> Options:
    """For a second operand that broadcasts to the first, and of which no part is overwritten before it is read."""

    def options(x: Array, y: Array) -> list[tuple[Any, ...]]:
        same = x.ctypes.data == y.ctypes.data and (x.shape, x.strides) == (y.shape, y.strides)
        apart = same or not np.shares_memory(x, y)
        return [()] if apart and _fills(y, x) and fits(x, y) else []

    return options


def _fills(y: Array, x: Array) -> bool:
    return _broadcast(x.shape, y.shape) and np.broadcast_shapes(x.shape, y.shape) == x.shape


def _at(x: Any, value: Any, key: Any) -> Any:
    out = np.array(x)
    out[key] = value
    return out


def _keys_of_size(x: Array, y: Array) -> list[tuple[Any, ...]]:
    if np.shares_memory(x, y):
        return []
    return [key for key in _keys(x) if _fills(y, _shown(x, key[0]))]


#: Operations that write into their first operand.
WRITES = {
    "add_": Operation("{0}.add_({1}, alpha=2)", lambda x, y: x + 2 * y, _into(), 2),
    "sub_": Operation("{0} -= {1}", lambda x, y: x - y, _into(), 2),
    "mul_": Operation("{0}.mul_({1})", lambda x, y: x * y, _into(), 2),
    "div_": Operation("{0}.div_({1})", lambda x, y: x / y, _into(_divisible), 2),
    "copy_": Operation("{0}.copy_({1})", lambda x, y: np.broadcast_to(y, x.shape), _into(), 2),
    "setitem": Operation("{0}[{2}] = {1}", _at, _keys_of_size, 2),
    "scale_": Operation("{0} *= 0.5", lambda x: x * 0.5, _anywhere),
    "shift_": Operation("{0}.add_(0.3)", lambda x: x + 0.3, _anywhere),
    "fill_": Operation("{0}.fill_(0.7)", lambda x: np.full(x.shape, 0.7), _anywhere),
    "zero_": Operation("{0}.zero_()", lambda x: np.zeros(x.shape), _anywhere),
    **{
        f"{name}_": _unary[name]._replace(code=f"{{0}}.{name}_()")
        for name in ("exp", "log", "sqrt", "sin", "tanh", "sigmoid", "square", "neg", "abs", "relu")
    },
    "clamp_": _unary["clamp"]._replace(code="{0}.clamp_(-0.5, 0.5)"),
}

#: Operations that create a new value.
MAKES = _unary | _binary

#: Every operation by name.
operations = MAKES | VIEWS | WRITES


def possible(names: Iterable[str], *xs: Array) -> dict[str, Sequence[tuple[Any, ...]]]:
    """Those of the named operations that are possible for these operands, and their possible arguments.

    >>> possible(["log", "sum_dim", "add"], np.array([0.5, 1.0]))
    {'log': [()], 'sum_dim': [(-1,), (0,)]}
    """
    suited = {name: operations[name].options(*xs) for name in names if operations[name].operands == len(xs)}
    return {name: arguments for name, arguments in suited.items() if arguments}
