"""Default arguments equal those of Keras: functions, constructors and methods."""

import pytest

import autograd.tensorflow as tf
from tests.tools.defaults import defaults_of, differences, found_at, public_names

MODULES = [
    "activations", "backend", "callbacks", "constraints", "datasets", "datasets.mnist", "initializers", "layers",
    "losses", "metrics", "models", "ops", "optimizers", "optimizers.schedules", "preprocessing.image",
    "preprocessing.sequence", "random", "regularizers", "utils",
]  # fmt: skip
#: Parameters with another default that means the same.
MEANS_THE_SAME = {
    *(f"keras.backend.{name}: dtype=float32, not None" for name in ("eye", "ones", "zeros")),
    *(f"keras.{place}: axes=_HAS_DEFAULT_FACTORY_CLASS, not None" for place in ("InputSpec", "layers.InputSpec")),
    *(f"keras.{place}.add_weight: initializer=zeros, not None" for place in ("Metric", "metrics.Metric")),
    *(f"keras.{kind}.call: training=False, not None" for kind in
      ("Sequential", "models.Sequential", "layers.BatchNormalization", "layers.Bidirectional",
       "layers.MultiHeadAttention")),
    "keras.layers.Cropping1D: cropping=1.0, not (1.0, 1.0)",
    "keras.layers.PReLU: alpha_initializer=zeros, not Zeros",
    "keras.layers.ZeroPadding2D: padding=((1.0, 1.0), (1.0, 1.0)), not (1.0, 1.0)",
}  # fmt: skip


def methods_of(place):
    """The dotted paths of the public methods that the classes of a module define."""
    for name in public_names(tf, place):
        found = found_at(tf, name)
        if isinstance(found, type) and found.__module__.startswith("nn.keras"):
            yield from (f"{name}.{method}" for method in vars(found) if not method.startswith("_"))


@pytest.mark.parametrize("module", ["", *MODULES])
def test_defaults_equal_those_of_keras(module, answers):
    place = f"keras.{module}".rstrip(".")
    names = [*public_names(tf, place), *methods_of(place)]
    others = differences(defaults_of(tf, names), answers("tensorflow", defaults_of, names))
    assert set(others) <= MEANS_THE_SAME
