"""`keras.backend`: settings that programs query, and functions of tensors under their old names.

>>> from nn.keras import backend as K
>>> print(K.sum(K.square(K.constant([1.0, 2.0]))))
tf.Tensor(5.0, shape=(), dtype=float32)
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from autograd.tensorflow import arranging, control, creation, nn as tf_nn, products, tensors
from autograd.tensorflow.variable import Variable

from . import losses, naming, ops, random
from .layers.merging import Dot
from .losses.base import EPSILON
from .metrics.base import plain
from .symbols import KerasTensor

abs, exp, log, sin, cos, tanh, sigmoid = ops.abs, ops.exp, ops.log, ops.sin, ops.cos, ops.tanh, ops.sigmoid
square, sign, round, pow, relu, softplus = ops.square, ops.sign, ops.round, ops.power, ops.relu, ops.softplus
maximum, minimum, equal, not_equal = ops.maximum, ops.minimum, ops.equal, ops.not_equal
greater, greater_equal, less, less_equal = ops.greater, ops.greater_equal, ops.less, ops.less_equal
sum, mean, std, var, max, min, prod = ops.sum, ops.mean, ops.std, ops.var, ops.max, ops.min, ops.prod
any, all, logsumexp = ops.any, ops.all, ops.logsumexp
cast, clip, reshape, squeeze, stack, tile = ops.cast, ops.clip, ops.reshape, ops.squeeze, ops.stack, ops.tile
one_hot, softmax, elu, transpose = ops.one_hot, ops.softmax, tf_nn.elu, ops.transpose
permute_dimensions, stop_gradient, map_fn = ops.transpose, ops.stop_gradient, control.map_fn
ones, zeros, eye = creation.ones, creation.zeros, creation.eye
ones_like, zeros_like = creation.ones_like, creation.zeros_like
constant, variable, shape = tensors.constant, Variable, creation.shape
random_normal, random_uniform = random.normal, random.uniform
clear_session, int_shape = naming.clear_session, ops.shape


def sqrt(x: Any) -> Any:
    """√x, or 0 for negative x."""
    return ops.sqrt(ops.maximum(x, 0.0))


def expand_dims(x: Any, axis: int = -1) -> Any:
    """`x` with an additional axis of size 1."""
    return ops.expand_dims(x, axis)


def concatenate(tensors: Sequence[Any], axis: int = -1) -> Any:
    """The tensors, concatenated along an axis."""
    return ops.concatenate(tensors, axis)


def argmax(x: Any, axis: int = -1) -> Any:
    """The index of the largest element along an axis."""
    return ops.cast(ops.argmax(x, axis), "int64")


def argmin(x: Any, axis: int = -1) -> Any:
    """The index of the smallest element along an axis."""
    return ops.cast(ops.argmin(x, axis), "int64")


def gather(reference: Any, indices: Any) -> Any:
    """The slices along the first axis at the given indices."""
    return ops.take(reference, indices, 0)


def flatten(x: Any) -> Any:
    """The tensor flattened to one dim."""
    return ops.reshape(x, (-1,))


def batch_flatten(x: Any) -> Any:
    """Every sample flattened to one dim."""
    return ops.reshape(x, (len(x), -1))


def dot(x: Any, y: Any) -> Any:
    """The dot product over the last axis of `x` and the second last of `y`."""
    return products.tensordot(x, y, ([x.ndim - 1], [builtins.max(y.ndim - 2, 0)]))


def batch_dot(x: Any, y: Any, axes: Any = None) -> Any:
    """The dot product along an axis of each, for every sample; by default the last of `x`, the second last of `y`."""
    return Dot((x.ndim - 1, builtins.max(y.ndim - 2, 1)) if axes is None else axes)([x, y])


def l2_normalize(x: Any, axis: Any = None) -> Any:
    """`x` divided by its norm."""
    return tf_nn.l2_normalize(x, axis)


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """`then_expression` where the condition is true, `else_expression` elsewhere; functions are called first."""
    true, false = (value() if callable(value) else value for value in (then_expression, else_expression))
    return ops.where(condition, true, false)


def repeat_elements(x: Any, rep: int, axis: int) -> Any:
    """Every slice along an axis repeated `rep` times."""
    return arranging.repeat(x, rep, axis)


def ndim(x: Any) -> int:
    """The number of axes."""
    return len(ops.shape(x))


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is a symbol."""
    return isinstance(x, KerasTensor)


def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Any:
    """-y log p - (1 - y) log(1 - p) of every element."""
    each = losses.binary_crossentropy(ops.expand_dims(target, -1), ops.expand_dims(output, -1), from_logits)
    return ops.reshape(each, tuple(output.shape))


def categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-Σ y log p along an axis."""
    return losses.categorical_crossentropy(target, output, from_logits, axis=axis)


def sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Any:
    """-log p of the class with the index `target`."""
    return losses.sparse_categorical_crossentropy(target, output, from_logits, axis=axis)


def backend() -> str:
    """The name of the backend: "numpy"."""
    return "numpy"


def epsilon() -> float:
    """The small number that keeps arguments of logarithms and denominators from 0."""
    return EPSILON


def floatx() -> str:
    """The dtype of weights and floating-point inputs."""
    return "float32"


def image_data_format() -> str:
    """The order of the dims of images: "channels_last"."""
    return "channels_last"


def get_value(x: Any) -> Any:
    """The value of a variable as an array or a number."""
    value = plain(x)
    return value if value.ndim else value[()]


def set_value(x: Any, value: Any) -> None:
    """Assign a value to a variable."""
    x.assign(value)
