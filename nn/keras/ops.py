"""`keras.ops`: functions of tensors that also accept symbols, as nodes of a functional model.

>>> from nn import keras
>>> x = keras.Input((3,))
>>> keras.ops.concatenate([x, keras.ops.mean(x, axis=-1, keepdims=True)], axis=-1).shape
(None, 4)
"""

from __future__ import annotations

import builtins
import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import promote_types
from autograd.base.dtypes import dtype, to_numpy_dtype
from autograd.ops.matrix import products as core
from autograd.tensorflow import (
    arranging,
    creation,
    dtypes,
    elementwise,
    gradients,
    nn as tf_nn,
    products,
    reductions,
    tensors,
)
from autograd.tensorflow.tensors import EagerTensor

from .layers.operation import operation
from .metrics.base import plain
from .symbols import KerasTensor

Unary = Callable[[Any], Any]
Binary = Callable[[Any, Any], Any]
Reduction = Callable[..., Any]


def _kind(name: str) -> str:
    """The type of an operation in summaries, from the name of its function: `ExpandDims` for `expand_dims`."""
    return "".join(word.capitalize() for word in name.split("_"))


def _named(name: str, doc: str, op: Callable[..., Any]) -> Callable[..., Any]:
    op.__name__, op.__qualname__, op.__doc__ = name, name, doc
    return operation(_kind(name))(op)


def _unary(name: str, function: Unary, doc: str) -> Unary:
    return _named(name, doc, lambda x: function(_floating(x)))


def _binary(name: str, function: Binary, doc: str) -> Binary:
    return _named(name, doc, lambda x1, x2: function(*_promoted(x1, x2)))


def _reduction(name: str, function: Reduction, doc: str) -> Reduction:
    return _named(name, doc, lambda x, axis=None, keepdims=False: function(x, axis, keepdims))


def _floating(x: Any) -> EagerTensor:
    """The tensor, with integers converted to float32."""
    tensor = tensors.convert_to_tensor(x)
    return elementwise.cast(tensor, dtypes.float32) if tensor.array.dtype.kind in "biu" else tensor


def _of_floats(function: Reduction) -> Reduction:
    return lambda x, axis, keepdims: function(_floating(x), axis, keepdims)


def _of_numbers(function: Reduction) -> Reduction:
    """A sum or product, for which booleans and small integers become integers of 32 bits."""
    return lambda x, axis, keepdims: function(_widened(x), axis, keepdims)


def _widened(x: Any) -> EagerTensor:
    tensor = tensors.convert_to_tensor(x)
    kind, size = tensor.array.dtype.kind, tensor.array.dtype.itemsize
    small = kind == "b" or kind in "iu" and size < 4
    return elementwise.cast(tensor, dtypes.uint32 if kind == "u" else dtypes.int32) if small else tensor


def _promoted(*values: Any) -> list[EagerTensor]:
    """Values as tensors in the dtype that all promote to; numbers give way to arrays and tensors of their kind."""
    numbers = [type(value) in (bool, int, float, complex) for value in values]
    converted = [value if is_number else tensors.convert_to_tensor(value) for value, is_number in zip(values, numbers)]
    kinds = [dtype(value.array.dtype) for value, is_number in zip(converted, numbers) if not is_number]
    if not kinds:
        kinds = [dtype(tensors.convert_to_tensor(value).array.dtype) for value in values]
    common = to_numpy_dtype(functools.reduce(promote_types, kinds))
    for value, is_number in zip(values, numbers):
        if is_number and common.kind in "biu" and isinstance(value, (float, complex)):
            common = np.dtype(np.complex64 if isinstance(value, complex) else np.float32)
        elif is_number and common.kind == "b" and not isinstance(value, bool):
            common = np.dtype(np.int32)
    return [elementwise.cast(tensors.tensor_of(value, hint=common), common) for value in converted]


def _quotient(x1: EagerTensor, x2: EagerTensor) -> EagerTensor:
    return elementwise.divide(_floating(x1), _floating(x2))


def _by_integers(function: Unary) -> Unary:
    """A function that TensorFlow does not have for booleans, computed from integers."""

    def computed(x: Any) -> EagerTensor:
        tensor = tensors.convert_to_tensor(x)
        is_boolean = tensor.array.dtype.kind == "b"
        return function(elementwise.cast(tensor, dtypes.int32) if is_boolean else tensor)

    return computed


def _extreme(name: str, reduce: Reduction, combine: Binary, doc: str) -> Reduction:
    def extreme(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Any:
        tensor = tensors.convert_to_tensor(x)
        out = _by_integers(lambda t: reduce(t, axis, keepdims))(tensor)
        out = out if initial is None else combine(out, initial)
        return elementwise.cast(out, tensor.dtype)

    return _named(name, doc, extreme)


def _along(x: Any, axis: int | None) -> tuple[Any, int]:
    """The tensor and the axis; for None the flattened tensor and axis 0."""
    return (arranging.reshape(x, [-1]), 0) if axis is None else (x, axis)


# -- elementwise ------------------------------------------------------------------------------------------

exp = _unary("exp", elementwise.exp, "eˣ.")
log = _unary("log", elementwise.log, "The natural logarithm.")
log1p = _unary("log1p", elementwise.log1p, "log(1 + x).")
sqrt = _unary("sqrt", elementwise.sqrt, "√x.")
sin = _unary("sin", elementwise.sin, "The sine.")
cos = _unary("cos", elementwise.cos, "The cosine.")
tanh = _unary("tanh", elementwise.tanh, "The hyperbolic tangent.")
sigmoid = _unary("sigmoid", elementwise.sigmoid, "1 / (1 + e⁻ˣ).")
relu = _named("relu", "max(x, 0).", lambda x: tf_nn.relu(x))
softplus = _unary("softplus", elementwise.softplus, "log(1 + eˣ).")
square = _named("square", "x².", _by_integers(elementwise.square))
absolute = abs = _named("absolute", "|x|.", lambda x: elementwise.cast(_by_integers(elementwise.abs)(x), _dtype_of(x)))
negative = _named("negative", "-x.", lambda x: elementwise.negative(x))
sign = _named("sign", "-1, 0 or 1.", lambda x: elementwise.sign(x))
floor = _unary("floor", elementwise.floor, "x rounded down.")


def _dtype_of(x: Any) -> Any:
    return tensors.convert_to_tensor(x).dtype


@operation("Round")
def round(x: Any, decimals: int = 0) -> Any:
    """`x` rounded to a number of decimals, halves to even; negative numbers count places before the point."""
    tensor = tensors.convert_to_tensor(x)
    if not decimals or tensor.array.dtype.kind != "f" and decimals > 0:
        return elementwise.round(tensor)
    factor = 10.0**decimals
    scaled = elementwise.round(elementwise.multiply(_floating(tensor), factor))
    return elementwise.cast(elementwise.divide(scaled, factor), tensor.dtype)


add = _binary("add", elementwise.add, "x1 + x2.")
subtract = _binary("subtract", elementwise.subtract, "x1 - x2.")
multiply = _binary("multiply", elementwise.multiply, "x1 · x2.")
divide = true_divide = _binary("divide", _quotient, "x1 / x2; integers become float32.")
power = _binary("power", elementwise.pow, "x1 to the power x2.")
maximum = _binary("maximum", elementwise.maximum, "The elementwise maximum.")
minimum = _binary("minimum", elementwise.minimum, "The elementwise minimum.")
equal = _binary("equal", elementwise.equal, "Whether x1 == x2.")
not_equal = _binary("not_equal", elementwise.not_equal, "Whether x1 != x2.")
greater = _binary("greater", elementwise.greater, "Whether x1 > x2.")
greater_equal = _binary("greater_equal", elementwise.greater_equal, "Whether x1 >= x2.")
less = _binary("less", elementwise.less, "Whether x1 < x2.")
less_equal = _binary("less_equal", elementwise.less_equal, "Whether x1 <= x2.")
matmul = _binary(
    "matmul", lambda a, b: EagerTensor.result(core.matmul(a, b)), "The matrix product; a vector is a row or a column."
)


@operation("Clip")
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """`x` limited to [x_min, x_max]."""
    values, low, high = _promoted(x, x_min, x_max)
    return elementwise.clip_by_value(values, low, high)


@operation("Where")
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition is true, x2 elsewhere; without them a tuple of the indices where it is true, by dim."""
    chosen = elementwise.cast(condition, dtypes.bool_)
    if x1 is None and x2 is None:
        return tuple(EagerTensor(indices.astype(np.int32)) for indices in np.nonzero(np.asarray(chosen.array)))
    first, second = _promoted(x1, x2)
    return arranging.where(chosen, first, second)


@operation("Cast")
def cast(x: Any, dtype: Any) -> Any:
    """`x` in another dtype."""
    return elementwise.cast(x, dtype)


@operation("Softmax")
def softmax(x: Any, axis: int | Sequence[int] | None = -1) -> Any:
    """exp(x) / Σ exp(x) along an axis, along several, or along all for None."""
    return _along_axes(tf_nn.softmax, _floating(x), axis)


@operation("LogSoftmax")
def log_softmax(x: Any, axis: int | Sequence[int] | None = -1) -> Any:
    """The logarithm of softmax along an axis, along several, or along all for None."""
    return _along_axes(tf_nn.log_softmax, _floating(x), axis)


def _along_axes(function: Callable[..., EagerTensor], x: EagerTensor, axis: Any) -> EagerTensor:
    """A function along one axis, applied along several at once: they are moved to the end and flattened."""
    if isinstance(axis, int):
        return function(x, axis)
    ndim = x.array.ndim
    axes = [a % ndim for a in (range(ndim) if axis is None else axis)]
    order = [i for i in range(ndim) if i not in axes] + axes
    moved = arranging.transpose(x, order)
    flat = function(arranging.reshape(moved, [*moved.array.shape[: ndim - len(axes)], -1]), -1)
    return arranging.transpose(arranging.reshape(flat, moved.array.shape), np.argsort(order))


# -- reductions -------------------------------------------------------------------------------------------

sum = _reduction("sum", _of_numbers(reductions.reduce_sum), "The sum along the axes.")
mean = _reduction("mean", _of_floats(reductions.reduce_mean), "The mean along the axes.")
std = _reduction("std", _of_floats(reductions.reduce_std), "The standard deviation along the axes.")
var = _reduction("var", _of_floats(reductions.reduce_variance), "The variance along the axes.")
max = _extreme("max", reductions.reduce_max, elementwise.maximum, "The maximum along the axes, and of `initial`.")
min = _extreme("min", reductions.reduce_min, elementwise.minimum, "The minimum along the axes, and of `initial`.")
any = _reduction("any", reductions.reduce_any, "Whether any element is true along the axes.")
all = _reduction("all", reductions.reduce_all, "Whether all elements are true along the axes.")
logsumexp = _reduction("logsumexp", _of_floats(reductions.reduce_logsumexp), "log Σ eˣ along the axes.")


@operation("Prod")
def prod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Any:
    """The product along the axes, in a dtype."""
    return reductions.reduce_prod(_widened(x) if dtype is None else elementwise.cast(x, dtype), axis, keepdims)


@operation("Argmax")
def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the largest element along an axis, or in the flattened tensor."""
    return _positions(reductions.argmax, x, axis, keepdims)


@operation("Argmin")
def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Any:
    """The index of the smallest element along an axis, or in the flattened tensor."""
    return _positions(reductions.argmin, x, axis, keepdims)


def _positions(find: Callable[..., EagerTensor], x: Any, axis: int | None, keepdims: bool) -> EagerTensor:
    tensor = tensors.convert_to_tensor(x)
    found = find(*_along(tensor, axis), dtypes.int32)
    if not keepdims:
        return found
    return arranging.reshape(found, [1] * tensor.array.ndim) if axis is None else arranging.expand_dims(found, axis)


# -- shapes -----------------------------------------------------------------------------------------------


@operation("Concatenate")
def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """The tensors, concatenated along an axis."""
    return arranging.concat(_promoted(*xs), axis)


@operation("Stack")
def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """The tensors, stacked along a new axis."""
    return arranging.stack(_promoted(*x), axis)


@operation("Reshape")
def reshape(x: Any, newshape: Any) -> Any:
    """`x` in another shape; a size of -1 is inferred."""
    return arranging.reshape(x, newshape)


@operation("Transpose")
def transpose(x: Any, axes: Any = None) -> Any:
    """`x` with its axes in another order; reversed by default."""
    return arranging.transpose(x, axes)


@operation("ExpandDims")
def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """`x` with an additional axis of size 1, or with several at these places."""
    if isinstance(axis, int):
        return arranging.expand_dims(x, axis)
    tensor = tensors.convert_to_tensor(x)
    return arranging.reshape(tensor, np.expand_dims(np.empty(tensor.array.shape, bool), tuple(axis)).shape)


@operation("Squeeze")
def squeeze(x: Any, axis: Any = None) -> Any:
    """`x` without an axis of size 1, or without all such axes."""
    return arranging.squeeze(x, axis)


@operation("Tile")
def tile(x: Any, repeats: Any) -> Any:
    """`x` repeated along its last axes, as often as `repeats` says for each; more numbers than axes add axes."""
    tensor, counts = tensors.convert_to_tensor(x), creation.sizes_of(repeats)
    ndim = builtins.max(tensor.array.ndim, len(counts))
    tensor = arranging.reshape(tensor, [1] * (ndim - tensor.array.ndim) + list(tensor.array.shape))
    return arranging.tile(tensor, [1] * (ndim - len(counts)) + list(counts))


@operation("Take")
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The slices along an axis, or the elements of the flattened tensor, at the given indices.

    Negative indices count from the end.
    """
    x, axis = _along(tensors.convert_to_tensor(x), axis)
    places = np.asarray(tensors.convert_to_tensor(indices).array)
    size = x.array.shape[axis] if x.array.ndim else 0
    return arranging.gather(x, np.where((places < 0) & (places >= -size), places + size, places), axis=axis)


@operation("OneHot")
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None) -> Any:
    """One-hot rows for class indices, which may be floating-point numbers, rounded towards 0."""
    return creation.one_hot(elementwise.cast(x, dtypes.int32), num_classes, axis=axis, dtype=dtype or "float32")


def einsum(subscripts: str, *operands: Any) -> Any:
    """The sum of products described by the subscripts."""
    return operation("Einsum")(lambda *xs: products.einsum(subscripts, *xs))(*operands)


def shape(x: Any) -> tuple[int | None, ...]:
    """The shape, with None for unknown sizes."""
    return x.shape if isinstance(x, KerasTensor) else tuple(tensors.convert_to_tensor(x).array.shape)


# -- creation ---------------------------------------------------------------------------------------------


def zeros(shape: Any, dtype: Any = None) -> EagerTensor:
    """A tensor of zeros; float32 by default."""
    return creation.zeros(shape, dtype or "float32")


def ones(shape: Any, dtype: Any = None) -> EagerTensor:
    """A tensor of ones; float32 by default."""
    return creation.ones(shape, dtype or "float32")


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> EagerTensor:
    """The matrix (N, M) with ones on the diagonal `k`, which is above the main one if k > 0.

    >>> eye(2, 3, 1).numpy().tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    rows, columns = creation.checked_sizes("Eye", [N, N if M is None else M])
    return EagerTensor(np.eye(rows, columns, int(k), dtypes.as_dtype(dtype or "float32").numpy))


@operation("ZerosLike")
def zeros_like(x: Any, dtype: Any = None) -> Any:
    """Zeros with the shape of another tensor, and its dtype by default."""
    return creation.zeros_like(x, dtype)


@operation("OnesLike")
def ones_like(x: Any, dtype: Any = None) -> Any:
    """Ones with the shape of another tensor, and its dtype by default."""
    return creation.ones_like(x, dtype)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> EagerTensor:
    """The numbers from `start` to `stop`, exclusive; `arange(n)` is from 0 to n."""
    return creation.range(start, stop, 1 if step is None else step, dtype)


def convert_to_tensor(x: Any, dtype: Any = None) -> EagerTensor:
    """A value as a tensor, in a dtype."""
    tensor = tensors.convert_to_tensor(x)
    return tensor if dtype is None else elementwise.cast(tensor, dtype)


@operation("StopGradient")
def stop_gradient(variable: Any) -> Any:
    """The same values as a constant: no gradient passes."""
    return gradients.stop_gradient(variable)


def convert_to_numpy(x: Any) -> np.ndarray:
    """The tensor as an array."""
    return plain(x)
