"""Default arguments equal those of Keras: functions, constructors and methods."""

import pytest

import autograd.tensorflow as tf
from tests.tools.defaults import defaults_of, differences, public_names

MODULES = [
    "activations", "backend", "callbacks", "constraints", "datasets", "datasets.mnist", "initializers", "layers",
    "losses", "metrics", "models", "ops", "optimizers", "optimizers.schedules", "preprocessing.image",
    "preprocessing.sequence", "random", "regularizers", "utils",
]  # fmt: skip
#: Classes whose methods are compared, too.
CLASSES = [
    "Model", "Sequential", "callbacks.Callback", "layers.Dense", "layers.LSTM", "layers.RNN", "layers.Normalization",
    "losses.Loss", "metrics.Metric", "metrics.Mean", "optimizers.Adam", "utils.PyDataset", "Variable",
]  # fmt: skip
#: Parameters with another default that means the same.
MEANS_THE_SAME = {
    *(f"keras.backend.{name}: dtype=float32, not None" for name in ("eye", "ones", "zeros")),
    *(f"keras.{place}: axes=_HAS_DEFAULT_FACTORY_CLASS, not None" for place in ("InputSpec", "layers.InputSpec")),
    *(f"keras.metrics.{kind}.add_weight: initializer=zeros, not None" for kind in ("Metric", "Mean")),
    "keras.layers.Cropping1D: cropping=1.0, not (1.0, 1.0)", "keras.Sequential.call: training=False, not None",
    "keras.layers.PReLU: alpha_initializer=zeros, not Zeros",
    "keras.layers.ZeroPadding2D: padding=((1.0, 1.0), (1.0, 1.0)), not (1.0, 1.0)",
}  # fmt: skip


@pytest.mark.parametrize("place", ["", *MODULES, *CLASSES])
def test_defaults_equal_those_of_keras(place, answers):
    names = public_names(tf, f"keras.{place}".rstrip("."))
    others = differences(defaults_of(tf, names), answers("tensorflow", defaults_of, names))
    assert set(others) <= MEANS_THE_SAME
