"""What the update of an optimizer reads and writes: gradients, weights, and the number of steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.core.tensor import Tensor
from autograd.core.writes import count_writes, write, writes_to

#: The most elements that an elementwise rule gets at a time: the cache holds what it computes from them, and temporary
#: arrays are small. (Several threads gain nothing here: those of BLAS still wait for work, and would be in the way.)
STRETCH = 2**18


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


def write_together(tensors: list[Tensor]) -> list[np.ndarray]:
    """The arrays of several tensors, to be written to, with complex numbers viewed as pairs of real ones."""
    arrays = [x.array if type(x.array) is np.ndarray else x._shared() for x in tensors]
    count_writes([writes_to(array) for array in arrays])
    return [as_real(array) for array in arrays]


def stretches(arrays: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """The same elements of each array, at most `STRETCH` at a time and in one dim.

    Arrays that are small, not contiguous or of several shapes, and symbols, are left whole.
    """
    first = arrays[0]
    if first.size <= STRETCH or not all(
        type(array) is np.ndarray and array.shape == first.shape and array.flags.c_contiguous for array in arrays
    ):
        yield arrays
        return
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, first.size, STRETCH):
        yield tuple([array[start : start + STRETCH] for array in flat])
