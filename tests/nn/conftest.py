"""What the tests of `nn` share: an independent gradient."""

from collections.abc import Callable

import numpy as np
import pytest


def differences(f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-3) -> np.ndarray:
    """The gradient of f at x by central differences, with one Richardson step: an error of order h⁴."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):

        def slope(step: float, index: tuple[int, ...] = index) -> float:
            above, below = x.copy(), x.copy()
            above[index] += step
            below[index] -= step
            return (f(above) - f(below)) / (2 * step)

        gradient[index] = (4 * slope(h / 2) - slope(h)) / 3
    return gradient


@pytest.fixture(name="differences", scope="session")
def _differences() -> Callable[..., np.ndarray]:
    return differences
