"""Checks that the tests of several losses share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, tensor
from tests.tools.answers import Answers, assert_alike

reductions = pytest.mark.parametrize("reduction", ["none", "mean", "sum"])


def log_softmax(x: np.ndarray) -> np.ndarray:
    """The logarithm of the softmax of each row, in NumPy."""
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def reduce(loss: np.ndarray, reduction: str) -> np.ndarray:
    """Losses of elements, reduced in NumPy."""
    return {"none": loss, "sum": loss.sum(), "mean": loss.mean()}[reduction]


def check_loss(
    loss: Callable[[Tensor, Tensor], Tensor],
    expected: Callable[[np.ndarray, np.ndarray], np.ndarray],
    x: np.ndarray,
    t: np.ndarray,
    differences: Callable[..., np.ndarray],
    seed: int = 0,
) -> None:
    """Compare a loss with its NumPy formula: the value, and the gradients in both arguments for a random cotangent."""
    a, b = tensor(x, requires_grad=True), tensor(t, requires_grad=True)
    out = loss(a, b)
    np.testing.assert_allclose(out.detach().numpy(), expected(x, t), rtol=1e-10, atol=1e-12)
    cotangent = np.random.default_rng(seed).normal(size=out.shape)
    out.backward(tensor(cotangent))
    for leaf, slopes in (
        (a, differences(lambda x: float((expected(x, t) * cotangent).sum()), x)),
        (b, differences(lambda t: float((expected(x, t) * cotangent).sum()), t)),
    ):
        np.testing.assert_allclose(leaf.grad.numpy(), slopes, rtol=1e-6, atol=1e-7)


def check_against_torch(answers: Answers, name: str, x: np.ndarray, t: np.ndarray, **options: Any) -> None:
    """Compare a function of `nn.functional` with PyTorch's: the value, and the gradient for a random cotangent."""

    def value_and_gradient(library: Any) -> tuple[Any, Any]:
        given = {key: library.tensor(v) if isinstance(v, np.ndarray) else v for key, v in options.items()}
        leaf = library.tensor(x, requires_grad=True)
        out = getattr(library.nn.functional, name)(leaf, library.tensor(t), **given)
        out.backward(library.tensor(np.random.default_rng(0).normal(size=out.shape)))
        return out, leaf.grad

    assert_alike(value_and_gradient(autograd), answers("torch", value_and_gradient), rtol=1e-10, atol=1e-14)
