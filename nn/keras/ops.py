"""`keras.ops`: functions of tensors that also accept symbols, as nodes of a functional model.

>>> from nn import keras
>>> x = keras.Input((3,))
>>> keras.ops.concatenate([x, keras.ops.mean(x, axis=-1, keepdims=True)], axis=-1).shape
(None, 4)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import result_type
from autograd.base.dtypes import to_numpy_dtype
from autograd.core.tensor import Tensor
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

from . import activations
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


def _promoted(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Two tensors in the dtype that both promote to. A number or a list later takes the dtype of the other value."""
    if not (isinstance(x1, Tensor) and isinstance(x2, Tensor)):
        return x1, x2
    common = to_numpy_dtype(result_type(x1, x2))
    return elementwise.cast(x1, common), elementwise.cast(x2, common)


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
relu = _unary("relu", activations.relu, "max(x, 0).")
softplus = _unary("softplus", elementwise.softplus, "log(1 + eˣ).")
square = operation("Square")(elementwise.square)
absolute = abs = operation("Absolute")(elementwise.abs)
negative = operation("Negative")(elementwise.negative)
sign = operation("Sign")(elementwise.sign)
floor = operation("Floor")(elementwise.floor)
round = operation("Round")(elementwise.round)

add = _binary("add", elementwise.add, "x1 + x2.")
subtract = _binary("subtract", elementwise.subtract, "x1 - x2.")
multiply = _binary("multiply", elementwise.multiply, "x1 · x2.")
divide = true_divide = _binary("divide", elementwise.divide, "x1 / x2.")
power = _binary("power", elementwise.pow, "x1 to the power x2.")
maximum = _binary("maximum", elementwise.maximum, "The elementwise maximum.")
minimum = _binary("minimum", elementwise.minimum, "The elementwise minimum.")
equal = _binary("equal", elementwise.equal, "Whether x1 == x2.")
not_equal = _binary("not_equal", elementwise.not_equal, "Whether x1 != x2.")
greater = _binary("greater", elementwise.greater, "Whether x1 > x2.")
greater_equal = _binary("greater_equal", elementwise.greater_equal, "Whether x1 >= x2.")
less = _binary("less", elementwise.less, "Whether x1 < x2.")
less_equal = _binary("less_equal", elementwise.less_equal, "Whether x1 <= x2.")
matmul = _binary("matmul", products.matmul, "The matrix product.")


@operation("Clip")
def clip(x: Any, x_min: Any, x_max: Any) -> Any:
    """`x` limited to [x_min, x_max]."""
    return elementwise.clip_by_value(x, x_min, x_max)


@operation("Where")
def where(condition: Any, x1: Any, x2: Any) -> Any:
    """x1 where the condition is true, x2 elsewhere."""
    return arranging.where(condition, *_promoted(x1, x2))


@operation("Cast")
def cast(x: Any, dtype: Any) -> Any:
    """`x` in another dtype."""
    return elementwise.cast(x, dtype)


@operation("Softmax")
def softmax(x: Any, axis: int = -1) -> Any:
    """exp(x) / Σ exp(x) along an axis."""
    return tf_nn.softmax(x, axis)


@operation("LogSoftmax")
def log_softmax(x: Any, axis: int = -1) -> Any:
    """The logarithm of softmax along an axis."""
    return tf_nn.log_softmax(x, axis)


# -- reductions -------------------------------------------------------------------------------------------

sum = _reduction("sum", reductions.reduce_sum, "The sum along the axes.")
mean = _reduction("mean", _of_floats(reductions.reduce_mean), "The mean along the axes.")
std = _reduction("std", _of_floats(reductions.reduce_std), "The standard deviation along the axes.")
var = _reduction("var", _of_floats(reductions.reduce_variance), "The variance along the axes.")
max = _reduction("max", reductions.reduce_max, "The maximum along the axes.")
min = _reduction("min", reductions.reduce_min, "The minimum along the axes.")
prod = _reduction("prod", reductions.reduce_prod, "The product along the axes.")
any = _reduction("any", reductions.reduce_any, "Whether any element is true along the axes.")
all = _reduction("all", reductions.reduce_all, "Whether all elements are true along the axes.")
logsumexp = _reduction("logsumexp", reductions.reduce_logsumexp, "log Σ eˣ along the axes.")


@operation("Argmax")
def argmax(x: Any, axis: int | None = None) -> Any:
    """The index of the largest element along an axis, or in the flattened tensor."""
    return reductions.argmax(*_along(x, axis), dtypes.int32)


@operation("Argmin")
def argmin(x: Any, axis: int | None = None) -> Any:
    """The index of the smallest element along an axis, or in the flattened tensor."""
    return reductions.argmin(*_along(x, axis), dtypes.int32)


# -- shapes -----------------------------------------------------------------------------------------------


@operation("Concatenate")
def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """The tensors, concatenated along an axis."""
    return arranging.concat(xs, axis)


@operation("Stack")
def stack(x: Sequence[Any], axis: int = 0) -> Any:
    """The tensors, stacked along a new axis."""
    return arranging.stack(x, axis)


@operation("Reshape")
def reshape(x: Any, newshape: Any) -> Any:
    """`x` in another shape; a size of -1 is inferred."""
    return arranging.reshape(x, newshape)


@operation("Transpose")
def transpose(x: Any, axes: Any = None) -> Any:
    """`x` with its axes in another order; reversed by default."""
    return arranging.transpose(x, axes)


@operation("ExpandDims")
def expand_dims(x: Any, axis: int) -> Any:
    """`x` with an additional axis of size 1."""
    return arranging.expand_dims(x, axis)


@operation("Squeeze")
def squeeze(x: Any, axis: Any = None) -> Any:
    """`x` without an axis of size 1, or without all such axes."""
    return arranging.squeeze(x, axis)


@operation("Tile")
def tile(x: Any, repeats: Any) -> Any:
    """`x` repeated along its axes."""
    return arranging.tile(x, repeats)


@operation("Take")
def take(x: Any, indices: Any, axis: int | None = None) -> Any:
    """The slices along an axis, or the elements of the flattened tensor, at the given indices."""
    x, axis = _along(x, axis)
    return arranging.gather(x, indices, axis=axis)


@operation("OneHot")
def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = "float32") -> Any:
    """One-hot rows for class indices."""
    return creation.one_hot(x, num_classes, axis=axis, dtype=dtype)


def einsum(subscripts: str, *operands: Any) -> Any:
    """The sum of products described by the subscripts."""
    return operation("Einsum")(lambda *xs: products.einsum(subscripts, *xs))(*operands)


def shape(x: Any) -> tuple[int | None, ...]:
    """The shape, with None for unknown sizes."""
    return x.shape if isinstance(x, KerasTensor) else tuple(tensors.convert_to_tensor(x).array.shape)


# -- creation ---------------------------------------------------------------------------------------------

zeros, ones, eye = creation.zeros, creation.ones, creation.eye
zeros_like, ones_like = creation.zeros_like, creation.ones_like
arange, convert_to_tensor, stop_gradient = creation.range, tensors.convert_to_tensor, gradients.stop_gradient


def convert_to_numpy(x: Any) -> np.ndarray:
    """The tensor as an array."""
    return plain(x)
