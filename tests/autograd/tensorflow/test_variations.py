"""Calls of every function with one argument changed: values that agree with TensorFlow's, and errors word for word."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from tests.tools.tensorflow_calls import CASES
from tests.tools.variations import agree, outcomes, recorded

#: NumPy before 2.1 accepts or refuses these elsewhere, so that another sentence of ours is reached.
OLD_NUMPY = np.lib.NumpyVersion(np.__version__) < "2.1.0"
WORDED_OTHERWISE = {
    ("range", "start: list"),
    ("range", "limit: list"),
    ("range", "delta: list"),
    ("searchsorted", "side: upper"),
    ("nn.leaky_relu", "alpha: list"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_changed_argument_gives_the_value_or_the_error_that_is_recorded(name):
    found, expected = outcomes(tf, name), recorded()[name]
    assert expected.keys() <= found.keys()
    for change, outcome in expected.items():
        if OLD_NUMPY and (name, change) in WORDED_OTHERWISE:
            continue
        assert found[change] == outcome if isinstance(outcome, str) else agree(found[change], outcome), change
