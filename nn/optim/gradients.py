"""What the update of an optimizer reads and writes: gradients, weights, and the number of steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.base.symbolic import number
from autograd.core.tensor import Tensor
from autograd.core.writes import write


def gradients(group: dict[str, Any]) -> Iterator[tuple[Tensor, np.ndarray]]:
    """Each parameter of a group that has a gradient, and the direction to descend along.

    The direction is the gradient, negated for "maximize". Weight decay is applied: "weight_decay" times the
    parameter is added to the direction, or, if the decay is decoupled, the parameter itself is scaled down.
    """
    decay, maximize = group.get("weight_decay", 0), group.get("maximize", False)
    decoupled = group.get("decoupled_weight_decay", False)
    for parameter in group["params"]:
        grad = parameter.grad
        if grad is None:
            continue
        g: np.ndarray = grad.array
        if maximize:
            g = -g
        if decay and decoupled:
            weights = write(parameter)
            weights *= 1 - group["lr"] * decay
        elif decay:
            g = g + decay * parameter.array
        yield parameter, g


def as_real(array: Any) -> np.ndarray:
    """A complex array viewed as pairs of real numbers, with a last dim of size 2; a real array unchanged.

    An optimizer that squares or divides treats the real and imaginary part of a parameter as two parameters.
    """
    if array.dtype.kind != "c":
        return array
    pairs: np.ndarray = array[..., None].view(array.real.dtype)
    return pairs


def write_real(x: Tensor) -> np.ndarray:
    """The array of `x`, to be written to, with complex numbers viewed as pairs of real ones."""
    return as_real(write(x))


def count_step(state: dict[str, Any]) -> int:
    """Increment "step" in the state of a parameter and return it."""
    steps = write(state["step"])
    steps += 1
    return number(steps, int)
