"""Initialization: functions that fill a tensor in place and return it.

`generator` is the source of random numbers; None means the global generator.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np

from autograd import Generator, rand, randn
from autograd.base.dtypes import number_as
from autograd.core.errors import users_level
from autograd.core.tensor import Tensor
from autograd.core.writes import write
from autograd.ops.creation.random import float_type
from autograd.surface import make_public as _make_public

from .checks import expect_integers
from .deprecated import without_underscore

#: `trunc_normal_` ignores the density beyond this many standard deviations, where it is below 1e-14.
_WIDTH = 8.0


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with a constant."""
    write(tensor)[...] = number_as(val, tensor.array.dtype)
    return tensor


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with 0."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with 1."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """Fill with the identity matrix.

    Raises:
        ValueError: the tensor is not a matrix.

    >>> from autograd import empty
    >>> eye_(empty(2, 3)).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    _expect_matrix(tensor)
    write(tensor)[...] = np.eye(*tensor.shape)
    return tensor


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw from the uniform distribution on [a, b).

    Raises:
        RuntimeError: a > b.
    """
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}")
    write(tensor)[...] = a + (b - a) * _like(rand, tensor, generator)
    return tensor


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw from the normal distribution.

    Raises:
        RuntimeError: std is negative.
    """
    if std < 0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std}")
    write(tensor)[...] = mean + std * _like(randn, tensor, generator)
    return tensor


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Draw from the normal distribution truncated to [a, b].

    By rejection sampling: draw points uniformly in a box around the density's curve, and keep those under the curve.

    Raises:
        RuntimeError: a > b, or std is not positive; or `mean` or `std` is not finite, or a bound is NaN.
    """
    float_type("trunc_normal_", tensor.dtype)
    if a > b:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={a} > to={b}")
    if std <= 0:
        raise RuntimeError(f"trunc_normal_ expects std > 0.0, but found std {std}")
    if not (math.isfinite(mean) and math.isfinite(std)) or math.isnan(a) or math.isnan(b):
        raise RuntimeError(f"trunc_normal_ expects numbers, but found mean={mean}, std={std}, a={a}, b={b}")
    low, high = (a - mean) / std, (b - mean) / std
    peak = min(max(0.0, low), high)
    # In a tail the density falls as exp(-|peak| · distance): a wider box would reject nearly all points.
    width = min(_WIDTH, 40 / max(abs(peak), 1.0))
    low, high = max(low, peak - width), min(high, peak + width)
    values = np.empty(tensor.numel())
    filled = 0
    while filled < len(values):
        count = 2 * (len(values) - filled) + 16
        x = low + (high - low) * rand(count, generator=generator).array.astype(np.float64)
        height = rand(count, generator=generator).array
        x = x[height <= np.exp((peak * peak - x * x) / 2)][: len(values) - filled]
        values[filled : filled + len(x)] = x
        filled += len(x)
    write(tensor)[...] = np.clip(mean + std * values, a, b).reshape(tensor.shape)
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw uniformly in ±gain √(6 / (fan_in + fan_out)), which preserves variances in both passes (Glorot, 2010).

    Raises:
        ValueError: fewer than two dimensions.
    """
    fan_in, fan_out = fans(tensor)
    bound = gain * math.sqrt(6.0 / (fan_in + fan_out))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw normally with std = gain √(2 / (fan_in + fan_out)) (Glorot, 2010). Errors as for `xavier_uniform_`."""
    fan_in, fan_out = fans(tensor)
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / (fan_in + fan_out)), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Draw uniformly in ±gain √(3 / fan), which preserves variances through a rectifier (He, 2015).

    Args:
        tensor: two or more dimensions, (fan_out, fan_in, ...).
        a: the negative slope of "leaky_relu".
        mode: "fan_in" preserves the variance of the forward pass, "fan_out" that of the backward pass.
        nonlinearity: the function after the layer, by a name that `calculate_gain` accepts.
        generator: the source of random numbers.

    Raises:
        ValueError: fewer than two dimensions, or an unknown mode or nonlinearity.
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Draw normally with std = gain / √fan (He, 2015). Arguments and errors as for `kaiming_uniform_`."""
    if _is_empty(tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution so that it is the identity on as many channels as possible.

    Raises:
        ValueError: the tensor does not have 3, 4 or 5 dims, or its first dim is not divisible by `groups`.
    """
    if tensor.ndim not in (3, 4, 5):
        raise ValueError(f"Only tensors with 3, 4, or 5 dimensions are supported, but got shape {tuple(tensor.shape)}")
    expect_integers("dirac_", groups=groups)
    if groups <= 0 or tensor.shape[0] % groups:
        raise ValueError(
            f"dim 0 must be divisible by groups, a positive integer, but got size {tensor.shape[0]} and groups={groups}"
        )
    outs = tensor.shape[0] // groups
    weights = write(tensor)
    weights[...] = 0
    centre = tuple(size // 2 for size in tensor.shape[2:])
    for group in range(groups):
        for channel in range(min(outs, tensor.shape[1])):
            weights[(group * outs + channel, channel, *centre)] = 1
    return tensor


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Draw a matrix from the normal distribution of mean 0, and set a fraction `sparsity` of each column to 0.

    Raises:
        ValueError: the tensor is not a matrix.
    """
    _expect_matrix(tensor)
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    normal_(tensor, 0.0, std, generator)
    order = rand(rows, columns, generator=generator).array.argsort(0)
    write(tensor)[order < zeros] = 0
    return tensor


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Draw a matrix with orthonormal rows or columns, whichever are fewer, and multiply it by `gain`.

    All dims after the first count as columns. All such matrices are equally likely (Saxe, 2013).

    Raises:
        ValueError: fewer than two dimensions.
    """
    if tensor.ndim < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported, but got shape {tuple(tensor.shape)}")
    if tensor.numel() == 0:
        return tensor
    float_type("orthogonal_", tensor.dtype)
    rows = tensor.shape[0]
    columns = tensor.numel() // rows
    flat = randn(max(rows, columns), min(rows, columns), generator=generator).array.astype(np.float64)
    q, r = np.linalg.qr(flat)
    q *= np.where(np.diag(r) < 0, -1.0, 1.0)
    write(tensor)[...] = gain * (q.T if rows < columns else q).reshape(tensor.shape)
    return tensor


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor over 1/√fan for the std of a layer's weights that makes the nonlinearity after it preserve variance.

    Args:
        nonlinearity: "linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu", "conv1d", ...
        param: the negative slope of "leaky_relu"; 0.01 if None.

    Raises:
        ValueError: an unknown name, or a slope that is not a number.

    >>> calculate_gain("relu") ** 2
    2.0000000000000004
    """
    if nonlinearity in _GAINS:
        return _GAINS[nonlinearity]
    if nonlinearity != "leaky_relu":
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}")
    slope = 0.01 if param is None else param
    if isinstance(slope, bool) or not isinstance(slope, (int, float)):
        raise ValueError(f"negative_slope {param} not a valid number")
    return math.sqrt(2.0 / (1 + slope**2))


_GAINS = {
    "linear": 1.0, "conv1d": 1.0, "conv2d": 1.0, "conv3d": 1.0,
    "conv_transpose1d": 1.0, "conv_transpose2d": 1.0, "conv_transpose3d": 1.0,
    "sigmoid": 1.0, "tanh": 5.0 / 3, "relu": math.sqrt(2.0), "selu": 3.0 / 4,
}  # fmt: skip


def fans(tensor: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out): the number of inputs of each output, and the number of outputs of each input.

    Raises:
        ValueError: fewer than two dimensions.
    """
    if tensor.ndim < 2:
        raise ValueError(
            f"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, but got shape "
            f"{tuple(tensor.shape)}"
        )
    field_size = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field_size, tensor.shape[0] * field_size


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """The fan that a mode names, "fan_in" or "fan_out"."""
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return fans(tensor)[modes.index(mode.lower())]


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def _expect_matrix(tensor: Tensor) -> None:
    if tensor.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, but got shape {tuple(tensor.shape)}")


def _is_empty(tensor: Tensor) -> bool:
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=users_level())
        return True
    return False


def _like(draw: Callable[..., Tensor], tensor: Tensor, generator: Generator | None) -> np.ndarray:
    """Random numbers of the tensor's shape and dtype."""
    return draw(tensor.shape, generator=generator, dtype=tensor.dtype).array


# -- deprecated names -------------------------------------------------------------------------------------------

uniform = without_underscore("nn.init", uniform_)
normal = without_underscore("nn.init", normal_)
constant = without_underscore("nn.init", constant_)
eye = without_underscore("nn.init", eye_)
dirac = without_underscore("nn.init", dirac_)
xavier_uniform = without_underscore("nn.init", xavier_uniform_)
xavier_normal = without_underscore("nn.init", xavier_normal_)
kaiming_uniform = without_underscore("nn.init", kaiming_uniform_)
kaiming_normal = without_underscore("nn.init", kaiming_normal_)
orthogonal = without_underscore("nn.init", orthogonal_)
sparse = without_underscore("nn.init", sparse_)

_make_public(globals())
_calculate_fan_in_and_fan_out = fans  # libraries call it by this name
