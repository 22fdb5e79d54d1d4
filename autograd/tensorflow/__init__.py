"""Automatic differentiation with a tape, under TensorFlow's names.

TensorFlow's rules apply: no implicit dtype promotion, immutable tensors.

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

from ..tape.gradient_tape import GradientTape as GradientTape, UnconnectedGradients as UnconnectedGradients
from . import (
    arranging as _arranging,
    config as config,
    data as data,
    debugging as debugging,
    dtypes as dtypes,
    elementwise as _elementwise,
    errors as errors,
    function as _function,
    image as image,
    linalg as linalg,
    math as math,
    nest as nest,
    nn as nn,
    operators as _operators,
    random as random,
    tensors as _tensors,
    train as train,
    version as version,
)
from .arranging import *
from .control import *
from .counting import *
from .creation import *
from .debugging import *
from .dtypes import *
from .elementwise import *
from .function import *
from .gradients import *
from .module import Module as Module
from .products import *
from .reductions import *
from .scattering import *
from .special import *
from .tensor_array import TensorArray as TensorArray
from .tensor_spec import TensorSpec as TensorSpec
from .tensors import *
from .variable import Variable as Variable

#: TensorFlow's names that hide Python's own.
bool, slice, print = dtypes.bool_, _arranging.slice_, _function.print_

Tensor = _tensors.EagerTensor
newaxis = None
scalar_mul = _elementwise.scalar_mul

#: The version of TensorFlow whose behavior this package follows.
__version__ = version.VERSION

_operators.set_operators()

#: Names of Keras that TensorFlow hands on: namespaces, and initializers under older names.
_KERAS_NAMESPACES = {"initializers", "losses", "metrics", "optimizers"}
_KERAS_INITIALIZERS = {
    "constant_initializer": "Constant",
    "ones_initializer": "Ones",
    "random_normal_initializer": "RandomNormal",
    "random_uniform_initializer": "RandomUniform",
    "zeros_initializer": "Zeros",
}


def __getattr__(name: str) -> Any:
    """Import Keras on first use: `nn.keras` itself imports this package."""
    if name == "keras":
        return importlib.import_module("nn.keras")
    if name in _KERAS_NAMESPACES:
        return importlib.import_module(f"nn.keras.{name}")
    if name in _KERAS_INITIALIZERS:
        return getattr(importlib.import_module("nn.keras.initializers"), _KERAS_INITIALIZERS[name])
    raise AttributeError(
        f"module 'autograd.tensorflow' has no attribute {name!r}; dir(autograd.tensorflow) lists the names of "
        "TensorFlow that are supported"
    )
