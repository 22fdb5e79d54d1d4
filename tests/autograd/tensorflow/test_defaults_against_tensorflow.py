"""Default arguments equal TensorFlow's and Keras': functions, constructors and methods."""

import pytest

import autograd.tensorflow as tf
from tests.tools.defaults import defaults_of, differences, public_names

PLACES = [
    "", "math", "nn", "linalg", "random", "image", "debugging", "data", "data.Dataset", "nest", "train", "errors",
    "Variable", "GradientTape", "TensorArray", "TensorSpec", "Tensor", "config", "train.Checkpoint",
    "train.CheckpointManager",
]  # fmt: skip
#: Parameters whose default None stands for the value that is the default here.
MEANS_THE_SAME = {
    *(f"{place}assert_{name}: message=, not None" for place in ("", "debugging.") for name in
      ("equal", "less", "less_equal", "greater", "greater_equal")),
    "norm: keepdims=False, not None", "linalg.norm: keepdims=False, not None",
    "math.count_nonzero: keepdims=False, not None", "shape: out_type=int32, not None",
    "size: out_type=int32, not None", "random.categorical: dtype=int64, not None",
    "data.Dataset.from_generator: args=(), not None", "data.Dataset.interleave: block_length=1.0, not None",
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_defaults_equal_those_of_tensorflow(place, answers):
    names = public_names(tf, place)
    others = differences(defaults_of(tf, names), answers("tensorflow", defaults_of, names))
    assert set(others) <= MEANS_THE_SAME
