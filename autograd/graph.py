"""What PyTorch calls `autograd.graph`: a node, hooks for what nodes save, and saying that memory was written."""

from __future__ import annotations

from collections.abc import Iterable

from .core.aliasing import write
from .core.graph import Node
from .core.tensor import Tensor
from .recording import save_on_cpu, saved_tensors_hooks

__all__ = ["Node", "increment_version", "save_on_cpu", "saved_tensors_hooks"]


def increment_version(tensor: Tensor | Iterable[Tensor]) -> None:
    """Say that the memory of one tensor, or of several, was written by other means than a tensor's own.

    So a backward pass that needs what stood there raises, rather than use what stands there now.

    Raises:
        RuntimeError: something else than a tensor.

    >>> from autograd import ones
    >>> x = ones(2, requires_grad=True)
    >>> y = x.exp()
    >>> y.detach().numpy()[0] = 5.0
    >>> increment_version(y)
    >>> y.sum().backward()
    Traceback (most recent call last):
        ...
    RuntimeError: one of the variables needed for gradient computation has been modified by an inplace operation: exp...
    """
    tensors = [tensor] if isinstance(tensor, Tensor) else tensor
    if not isinstance(tensors, Iterable):
        raise RuntimeError(f"increment_version expects a tensor or several, but got {type(tensor).__name__}")
    for x in tensors:
        if not isinstance(x, Tensor):
            raise RuntimeError(f"increment_version expects each element to be a tensor, but got {type(x).__name__}")
        write(x)
