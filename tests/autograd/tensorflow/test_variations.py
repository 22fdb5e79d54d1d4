"""Calls of every function with one argument changed: values that agree with TensorFlow's, and errors word for word."""

import pytest

import autograd.tensorflow as tf
from tests.tools.tensorflow_calls import CASES
from tests.tools.variations import agree, outcomes, recorded


@pytest.mark.parametrize("name", CASES)
def test_a_changed_argument_gives_the_value_or_the_error_that_is_recorded(name):
    found, expected = outcomes(tf, name), recorded()[name]
    assert expected.keys() <= found.keys()
    for change, outcome in expected.items():
        assert found[change] == outcome if isinstance(outcome, str) else agree(found[change], outcome), change
