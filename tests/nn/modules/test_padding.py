"""Padding layers."""

import numpy as np
import pytest

import nn
from autograd import tensor


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("Zero", "constant"), ("Reflection", "reflect"), ("Replication", "edge"), ("Circular", "wrap")],
)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_padding_equals_numpys(kind, mode, dims):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5, 6)[: dims + 2])
    padding = (1, 2, 2, 0, 1, 1)[: 2 * dims]
    widths = [(0, 0), (0, 0), *[padding[i : i + 2] for i in range(2 * dims - 2, -1, -2)]]
    out = getattr(nn, f"{kind}Pad{dims}d")(padding)(tensor(x))
    np.testing.assert_array_equal(out.numpy(), np.pad(x, widths, mode=mode))
    inner = getattr(nn, f"ConstantPad{dims}d")(1, 7.0)(tensor(x)).numpy()
    np.testing.assert_array_equal(inner, np.pad(x, [(0, 0)] * 2 + [(1, 1)] * dims, constant_values=7.0))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: nn.ZeroPad2d((1, 2)), ValueError, "ZeroPad2d: expected padding of 4 numbers, but got .1, 2."),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
