"""What a module registers of its own accord: parameters, which an optimizer updates, and buffers."""

from __future__ import annotations

from typing import Any

from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.filled import empty
from autograd.ops.creation.from_data import tensor


class Parameter(Tensor):
    """A Tensor that becomes part of a module when it is assigned to an attribute.

    It is a leaf, shares its memory with `data`, and requires a gradient unless told otherwise.

    Args:
        data: Tensor of any shape; without it, an empty one.
        requires_grad: whether backward writes its `.grad`.

    Raises:
        RuntimeError: integers or booleans that should require a gradient.

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
        """A parameter with its own memory and no gradient; parameters that are shared stay shared."""
        if id(self) not in memo:
            memo[id(self)] = Parameter(wrap(self.array.copy()), self.requires_grad)
        found: Parameter = memo[id(self)]
        return found


def optional(wanted: bool, *shape: int, device: Any = None, dtype: DType | None = None) -> Parameter | None:
    """A parameter whose values are yet to be set, or None for a module that does without."""
    return Parameter(empty(*shape, device=device, dtype=dtype)) if wanted else None


class Buffer(Tensor):
    """A Tensor that becomes a module's buffer when it is assigned to an attribute: part of its state, but not trained.

    Args:
        data: Tensor of any shape, whose memory is shared; without it, an empty one.
        persistent: whether it belongs to the state dict.

    >>> from autograd import ones
    >>> Buffer(ones(2))
    tensor([1., 1.])
    """

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        self.array, self.node = (tensor([]) if data is None else data.detach()).array, None
        self.persistent = persistent
