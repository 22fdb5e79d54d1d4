"""TODO: say what idea this file holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.core.aliasing import write
from autograd.core.tensor import Tensor


def gradients(group: dict[str, Any]) -> Iterator[tuple[Tensor, np.ndarray]]:
    """Each parameter that has a gradient, and the gradient to descend along: negated for "maximize".

    "weight_decay" times the parameter is added to it, or shrinks the parameter itself if the decay is decoupled.
    """
    decay = group.get("weight_decay", 0)
    decoupled = group.get("decoupled_weight_decay", False)
    for parameter in group["params"]:
        if parameter.grad is None:
            continue
        g: np.ndarray = parameter.grad.array
        if group["maximize"]:
            g = -g
        if decay and decoupled:
            weights = write(parameter)
            weights *= 1 - group["lr"] * decay
        elif decay:
            g = g + decay * parameter.array
        yield parameter, g


def as_real(array: Any) -> np.ndarray:
    """Complex numbers as pairs of real ones in a last dim, in the same memory; real ones as they are.

    To an optimizer that squares or divides, the two parts of a complex parameter are two parameters.
    """
    if array.dtype.kind != "c":
        return array
    pairs: np.ndarray = array[..., None].view(array.real.dtype)
    return pairs


def real_gradients(group: dict[str, Any]) -> Iterator[tuple[Tensor, np.ndarray]]:
    """As `gradients`, with complex ones as pairs of real ones."""
    return ((parameter, as_real(g)) for parameter, g in gradients(group))


def write_real(x: Tensor) -> np.ndarray:
    """The array to write into, with complex numbers as pairs of real ones."""
    return as_real(write(x))


def count_step(state: dict[str, Any]) -> int:
    """Count one more step in `state`, and say how many there were."""
    steps = write(state["step"])
    steps += 1
    return int(steps)
