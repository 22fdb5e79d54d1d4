"""Arrays as code, and the smallest inputs that fail."""

import numpy as np
import pytest

from autograd.testing import Values
from autograd.testing.engine.draw import LAYOUTS
from autograd.testing.engine.shrink import smallest
from autograd.testing.engine.source import relaid, source_of

ARRAYS = [
    np.array(0.1),
    np.array([[1.5, -2.0, 0.25], [1e-300, np.inf, -np.inf]]),
    np.array([1.1, np.nan], np.float32),
    np.array([1 + 2j, 1 - 0.5j]),
    np.array([1, 2]),
    np.array([True, False]),
    np.zeros((2, 0, 3)),
    np.array([0.1, 0.2], np.float16),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("x", ARRAYS, ids=lambda x: f"{x.dtype}{x.shape}")
def test_the_code_of_an_array_makes_it_again_with_its_layout(x, layout):
    laid = LAYOUTS[layout](x) if x.ndim else x
    again = eval(source_of(laid), {"np": np})
    assert again.dtype == laid.dtype and again.shape == laid.shape
    assert again.tobytes() == laid.tobytes()
    if laid.size > 1:
        assert [s < 0 for s in again.strides] == [s < 0 for s in laid.strides]
        assert again.flags.c_contiguous == laid.flags.c_contiguous


@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_values_can_have_the_layout_of_an_array(layout):
    like = LAYOUTS[layout](np.arange(6.0).reshape(2, 3))
    values = relaid(np.arange(6.0).reshape(2, 3) + 1, like)
    assert values.tolist() == [[1, 2, 3], [4, 5, 6]] and values.strides == like.strides


def found_at(condition):
    def error_at(inputs):
        return RuntimeError("still wrong") if condition(*inputs) else None

    return error_at


def shrunk(condition, *inputs, values=None):
    return smallest(found_at(condition), inputs, values or [Values()] * len(inputs), RuntimeError("wrong"))[1]


def test_inputs_shrink_to_one_element_in_the_plain_layout_with_few_digits():
    (x,) = shrunk(lambda x: x.size > 0, np.flip(np.random.default_rng(0).uniform(0.5, 2, (2, 3))))
    assert x.shape == () and x in (1.0, 2.0)


def test_inputs_keep_what_the_failure_needs():
    (x,) = shrunk(lambda x: x.ndim == 2 and x.shape[-1] > 1, np.ones((3, 3)))
    assert x.shape == (1, 2)
    (x,) = shrunk(lambda x: min(x.strides, default=0) < 0, np.flip(np.ones((2, 3))))
    assert x.size == 1 and min(x.strides) < 0
    (x,) = shrunk(lambda x: np.any((x > 0.3) & (x < 0.4)), np.array([0.1, 0.34567]))
    assert x == 0.35


def test_inputs_that_broadcast_shrink_together():
    x, y = shrunk(lambda x, y: x.ndim != y.ndim, np.ones((2, 3)), np.ones(3))
    assert (x.shape, y.shape) == ((1, 1), (1,))


def test_numbers_stay_in_their_range():
    (x,) = shrunk(lambda x: True, np.array(0.234), values=[Values(0.21, 0.26)])
    assert x == 0.23
    (x,) = shrunk(lambda x: True, np.array(0.123), values=[Values(-1, 1, off=(0,), margin=0.11)])
    assert x == 0.12
