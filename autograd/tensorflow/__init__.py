"""Automatic differentiation with a tape, under TensorFlow's names.

>>> import autograd.tensorflow as tf
>>> x = tf.Variable([1.0, 2.0, 3.0])
>>> with tf.GradientTape() as tape:
...     y = tf.reduce_sum(x**2)
>>> tape.gradient(y, x)
<tf.Tensor: shape=(3,), dtype=float32, numpy=array([2., 4., 6.], dtype=float32)>
"""

# mypy: implicit-reexport

from __future__ import annotations

import importlib
from typing import Any

from ..tape.gradient_tape import GradientTape, UnconnectedGradients
from . import config, data, debugging, errors, image, linalg, math, nest, nn, operators, random
from .arranging import (
    boolean_mask,
    broadcast_to,
    concat,
    expand_dims,
    gather,
    gather_nd,
    identity,
    meshgrid,
    pad,
    repeat,
    reshape,
    reverse,
    roll,
    slice_ as slice,
    split,
    squeeze,
    stack,
    tile,
    transpose,
    unstack,
    where,
)
from .control import (
    TensorSpec,
    add_n,
    case,
    cond,
    foldl,
    foldr,
    map_fn,
    numpy_function,
    py_function,
    scan,
    switch_case,
    vectorized_map,
    while_loop,
)
from .counting import searchsorted, sequence_mask, unique, unique_with_counts
from .creation import (
    eye,
    fill,
    linspace,
    one_hot,
    ones,
    ones_like,
    range,
    rank,
    shape,
    size,
    zeros,
    zeros_like,
)
from .debugging import assert_equal, assert_greater, assert_less, ensure_shape
from .dtypes import (
    DType,
    as_dtype,
    bool_ as bool,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .elementwise import (
    abs,
    acos,
    acosh,
    add,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cast,
    clip_by_value,
    cos,
    cosh,
    divide,
    equal,
    exp,
    floor,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    maximum,
    minimum,
    multiply,
    negative,
    not_equal,
    pow,
    round,
    sigmoid,
    sign,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    truediv,
)
from .function import control_dependencies, device, executing_eagerly, function, group, name_scope, print_ as print
from .gradients import custom_gradient, no_gradient, recompute_grad, stop_gradient
from .module import Module
from .products import clip_by_global_norm, clip_by_norm, einsum, matmul, norm, tensordot
from .reductions import (
    argmax,
    argmin,
    argsort,
    cumsum,
    reduce_all,
    reduce_any,
    reduce_logsumexp,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
    sort,
)
from .scattering import scatter_nd, tensor_scatter_nd_add, tensor_scatter_nd_sub, tensor_scatter_nd_update
from .special import complex
from .tensor_array import TensorArray
from .tensors import EagerTensor, TensorShape, constant, convert_to_tensor, is_tensor
from .variable import Variable

Tensor = EagerTensor
newaxis = None
scalar_mul = multiply

#: The TensorFlow whose behaviour this follows.
__version__ = "2.21.0"

operators.put_on_tensor()


#: Keras' namespaces that TensorFlow shows too, and its initializers under older names.
_OF_KERAS = {"initializers", "losses", "metrics", "optimizers"}
_INITIALIZERS = {
    "constant_initializer": "Constant",
    "ones_initializer": "Ones",
    "random_normal_initializer": "RandomNormal",
    "random_uniform_initializer": "RandomUniform",
    "zeros_initializer": "Zeros",
}


def __getattr__(name: str) -> Any:
    """Open the door to Keras, when it is asked for."""
    if name == "keras":
        return importlib.import_module("nn.keras")
    if name in _OF_KERAS:
        return importlib.import_module(f"nn.keras.{name}")
    if name in _INITIALIZERS:
        return getattr(importlib.import_module("nn.keras.initializers"), _INITIALIZERS[name])
    raise AttributeError(
        f"module 'autograd.tensorflow' has no attribute {name!r}: of TensorFlow's names it has those that "
        "dir(autograd.tensorflow) lists"
    )
