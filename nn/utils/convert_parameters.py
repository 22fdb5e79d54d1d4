"""Conversion of all parameters to one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from autograd import cat
from autograd.core.tensor import Tensor
from autograd.core.writes import write


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters as one vector.

    >>> from nn import Linear
    >>> tuple(parameters_to_vector(Linear(3, 2).parameters()).shape)
    (8,)
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Copy the elements of a vector into the parameters in place.

    Raises:
        TypeError: `vec` is not a Tensor.
        RuntimeError: the vector has too few elements; no parameter is changed.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    listed = list(parameters)
    needed = sum(parameter.numel() for parameter in listed)
    if vec.numel() < needed:
        raise RuntimeError(f"the parameters hold {needed} elements, but the vector only {vec.numel()}")
    start = 0
    for parameter in listed:
        count = parameter.numel()
        write(parameter)[...] = vec.array[start : start + count].reshape(parameter.array.shape)
        start += count
