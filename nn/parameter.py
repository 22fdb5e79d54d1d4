"""Parameter and Buffer: tensors that a Module registers on assignment."""

from __future__ import annotations

from typing import Any

from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.filled import empty
from autograd.ops.creation.from_data import tensor

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor):
    """A leaf Tensor that a module registers when it is assigned to an attribute, to be trained.

    It shares memory with `data`.

    Args:
        data: Tensor of any shape; if None, an empty tensor.
        requires_grad: whether backward accumulates into its `.grad`.

    Raises:
        RuntimeError: `requires_grad` with an integer or boolean dtype.

    >>> from autograd import ones
    >>> Parameter(ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        self.array, self.node = (tensor([]) if data is None else data.detach()).array, None
        if requires_grad:
            self.requires_grad_()

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo: dict[int, Any]) -> Parameter:
        """A parameter with its own memory and no gradient; shared parameters stay shared in the copy."""
        if id(self) not in memo:
            memo[id(self)] = Parameter(wrap(self.array.copy("K")), self.requires_grad)
        return memo[id(self)]


def optional(present: bool, *shape: int, device: Any = None, dtype: DType | None = None) -> Parameter | None:
    """An uninitialized parameter of this shape, or None if not `present`."""
    return Parameter(empty(*shape, device=device, dtype=dtype)) if present else None


class Buffer(Tensor):
    """A Tensor that a module registers as a buffer when it is assigned to an attribute: state that is not trained.

    Args:
        data: Tensor of any shape, whose memory is shared; if None, an empty tensor.
        persistent: whether the state dict includes it.

    >>> from autograd import ones
    >>> Buffer(ones(2))
    tensor([1., 1.])
    """

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        self.array, self.node = (tensor([]) if data is None else data.detach()).array, None
        self.persistent = persistent
