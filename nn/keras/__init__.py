"""The Keras API: models and layers, and their training with compile, fit, evaluate and predict.

>>> import numpy as np
>>> from nn import keras
>>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
>>> model.compile(optimizer="sgd", loss="mse")
>>> history = model.fit(np.ones((8, 2)), np.zeros(8), epochs=3, verbose=0)
>>> len(history.history["loss"])
3
"""

from . import (
    activations,
    backend,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    preprocessing,
    random,
    regularizers,
    saving,
    utils,
)
from .initializers import Initializer
from .layers import Input, InputSpec, Layer
from .losses import Loss
from .metrics import Metric
from .model import Model, Sequential
from .optimizers import Optimizer
from .symbols import KerasTensor
from .weights import Weight as Variable

__all__ = [
    "Initializer", "Input", "InputSpec", "KerasTensor", "Layer", "Loss", "Metric", "Model", "Optimizer", "Sequential",
    "Variable", "activations", "backend", "callbacks", "constraints", "datasets", "initializers", "layers", "losses",
    "metrics", "models", "ops", "optimizers", "preprocessing", "random", "regularizers", "saving", "utils",
]  # fmt: skip

#: The version of Keras whose behavior this package follows.
__version__ = "3.15.1"
