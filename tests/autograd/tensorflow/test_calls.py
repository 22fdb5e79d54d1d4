"""Every function called by the names of its arguments, and the gradient of every number among them."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from tests.tools.tensorflow_calls import (
    CASES,
    RANDOM,
    differentiable,
    gradient_of,
    gradient_or_refusal,
    value_of,
)


@pytest.mark.parametrize("name", CASES)
def test_a_call_by_names_gives_what_tensorflow_gives(name, answers):
    (mine, found), (theirs, expected) = value_of(tf, name), answers("tensorflow", value_of, name)
    assert list(mine) == list(theirs)
    assert [(dtype, tuple(shape)) for dtype, shape, _ in found] == [(kind, tuple(size)) for kind, size, _ in expected]
    for (*_, values), (*_, others) in zip(found, expected, strict=True):
        if name not in RANDOM:
            np.testing.assert_allclose(values, others, rtol=3e-4, atol=3e-5)


@pytest.mark.parametrize("name, key", [(name, key) for name in CASES for key in differentiable(name)])
def test_every_number_has_the_gradient_that_it_has_in_tensorflow(name, key, answers):
    expected = answers("tensorflow", gradient_or_refusal, name, key)
    if isinstance(expected, str):
        return  # TensorFlow refuses a tensor there
    found = gradient_of(tf, name, key)
    if name in ("math.igamma", "math.igammac") and key == "a":
        assert np.isnan(found).all()  # this derivative is not implemented
    elif expected is None or name in RANDOM:
        assert found == expected
    else:
        np.testing.assert_allclose(np.hstack(found), np.hstack(expected), rtol=2e-3, atol=2e-4)
