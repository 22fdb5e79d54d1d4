"""Functions spelled for one, two and three dims: their names, signatures, docstrings and errors."""

import inspect
import pickle

import pytest

from autograd import ones
from nn import functional as F

NAMES = [
    *[f"{name}{dims}d" for name in ("conv", "conv_transpose", "max_pool", "adaptive_avg_pool", "adaptive_max_pool",
                                    "lp_pool", "max_unpool") for dims in (1, 2, 3)],
    "avg_pool2d", "avg_pool3d", "fractional_max_pool2d", "fractional_max_pool3d",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_function_has_its_name_signature_and_docstring(name):
    function = getattr(F, name)
    assert function.__name__ == function.__qualname__.partition(".")[0] == name
    assert next(iter(inspect.signature(function).parameters)) == "input"
    sizes = {"1": "(N, C, L)", "2": "(N, C, H, W)", "3": "(N, C, D, H, W)"}[name[-2]]
    assert sizes in function.__doc__ and "*size" not in function.__doc__
    assert pickle.loads(pickle.dumps(function)) is function


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: F.conv2d(ones(1, 1, 2, 2)), r"conv2d\(\) missing a required argument: 'weight'"),
        (lambda: F.max_pool1d(ones(1, 1, 2), 2, strides=1), r"max_pool1d\(\) got an unexpected keyword argument"),
        (lambda: F.lp_pool3d(*range(9)), r"lp_pool3d\(\) too many positional arguments"),
        (lambda: F.conv1d(1, 2), r"conv1d\(\): argument 'input' must be Tensor, not int"),
    ],
)
def test_wrong_arguments_are_named_as_the_caller_spelled_them(call, message):
    with pytest.raises(TypeError, match=message):
        call()
