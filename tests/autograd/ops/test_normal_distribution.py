"""erf and erfc are right to a few units in the last place, and gelu is what they make of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd as torch
from autograd.ops.fused.gelu import gelu

POINTS = np.concatenate([np.linspace(-6, 6, 20001), np.logspace(-30, 0, 500), np.linspace(6, 9, 500)])


@pytest.mark.parametrize("name", ["erf", "erfc"])
@pytest.mark.parametrize("dtype, units", [("float32", 2.1), ("float64", 80)])
def test_values_differ_by_few_units_in_the_last_place(name: str, dtype: str, units: float) -> None:
    x = POINTS.astype(dtype)
    exact = np.array([getattr(math, name)(float(v)) for v in x])
    error = np.abs(getattr(torch, name)(torch.tensor(x)).numpy().astype(float) - exact)
    assert (error <= units * np.spacing(exact.astype(dtype))[()].astype(float).__abs__()).all()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name, limits", [("erf", (-1, 1, 0)), ("erfc", (2, 0, 1))])
def test_limits_and_nan(name: str, limits: tuple[float, ...], dtype: str) -> None:
    x = torch.tensor([-math.inf, math.inf, 0.0, math.nan], dtype=getattr(torch, dtype))
    np.testing.assert_array_equal(getattr(torch, name)(x).numpy(), np.array([*limits, math.nan], dtype))
    assert math.copysign(1, torch.erf(torch.tensor(-0.0)).item()) == -1


def test_gelu_and_its_slopes_are_those_of_the_formula() -> None:
    x = torch.tensor(np.linspace(-5, 5, 41), requires_grad=True)

    def slopes(y: torch.Tensor) -> list[np.ndarray]:
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        (second,) = torch.autograd.grad((first * x).sum(), x, create_graph=True)
        (third,) = torch.autograd.grad(second.sum(), x)
        return [v.detach().numpy() for v in (y, first, second, third)]

    for found, expected in zip(slopes(gelu(x)), slopes(x * 0.5 * (1 + torch.erf(x * 0.5**0.5))), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
