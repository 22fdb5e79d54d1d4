"""The tolerances and the messages of `assert_close`, compared with a recorded file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import tensor
from autograd.testing import assert_close
from tests.tools.thresholds import threshold


@pytest.mark.parametrize(
    ("dtype", "rtol", "atol"),
    [
        ("float16", 1e-3, 1e-5), ("float32", 1.3e-6, 1e-5), ("float64", 1e-7, 1e-7), ("complex64", 1.3e-6, 1e-5),
        ("complex128", 1e-7, 1e-7),
    ],
)  # fmt: skip
def test_the_tolerances_of_assert_close(dtype: str, rtol: float, atol: float) -> None:
    def unlike(off: float, at: float) -> bool:
        wide = np.complex128 if dtype.startswith("c") else np.float64
        a, b = np.array([at + off], wide), np.array([at]).astype(dtype)
        try:
            assert_close(a, b, check_dtype=False)
        except AssertionError:
            return True
        return False

    assert float(threshold(lambda off: unlike(off, 0.0))) == pytest.approx(atol, rel=1e-3)
    assert float(threshold(lambda off: unlike(off, 8.0))) == pytest.approx(atol + 8 * rtol, rel=1e-3)


def test_the_messages_of_assert_close(golden: Any) -> None:
    x = tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    cases: dict[str, tuple[Any, Any, dict[str, Any]]] = {
        "two elements": (x, x + tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 2.0]]), {}),
        "tolerances": (x, x + 1, {"rtol": 0.25, "atol": 0.125}),
        "equal": (x, x + 1, {"rtol": 0, "atol": 0}),
        "only rtol": (x, x, {"rtol": 1.0}),
        "only atol": (x, x, {"atol": 1.0}),
        "nan": (tensor([float("nan"), 1.0]), tensor([float("nan"), 2.0]), {"equal_nan": True}),
        "nan and nan": (tensor([float("nan")]), tensor([float("nan")]), {}),
        "inf": (tensor([float("inf"), 1.0]), tensor([1.0, float("inf")]), {}),
        "integers": (tensor([1, 2**62 + 1]), tensor([1, 2**62]), {}),
        "booleans": (tensor([True]), tensor([False]), {}),
        "scalars": (1.0, 1.5, {}),
        "numbers of unlike kinds": (1, 1.5, {}),
        "0-d": (tensor(1.0), tensor(1.5), {}),
        "shapes": (x, x[0], {}),
        "dtypes": (x, x.double(), {}),
        "dtypes unchecked": (x, x.double() + 1, {"check_dtype": False}),
        "strides": (x, x.T.contiguous().T, {"check_stride": True}),
        "lengths": ([x], [x, x], {}),
        "keys": ({"a": x, 1: x}, {"a": x, "b": x}, {}),
        "nested": ({"a": [x, (x, 1.0)]}, {"a": [x, (x, 2.0)]}, {}),
        "kinds": (x, 1.0, {}),
        "strings": ("a", "a", {}),
        "none": (None, x, {}),
        "subclasses": (nn.Parameter(x), x, {"allow_subclasses": False}),
        "a message": (1.0, 2.0, {"msg": "mine"}),
        "a function of the message": ([1.0], [2.0], {"msg": lambda text: f"<{text}>"}),
        "complex": (tensor([1 + 1j]), tensor([1 + 4j]), {}),
        "right": ([x, None, {"a": 1.0}], [x, None, {"a": 1.0}], {}),
    }
    lines = []
    for name, (a, b, options) in cases.items():
        try:
            result = str(assert_close(a, b, **options))
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
        lines.append(f"-- {name}\n{result}\n")
    golden("assert_close.txt", "\n".join(lines))
