"""Methods of Tensor that have one answer here, where there is one device and one layout of tensors."""

from __future__ import annotations

from typing import Any

from .base.dtypes import to_numpy_dtype
from .core.operation import as_dtype
from .core.tensor import Tensor


def get_device(input: Tensor) -> int:
    """The number of the GPU: -1, as on the CPU.

    >>> from autograd import ones
    >>> get_device(ones(2))
    -1
    """
    return -1


def is_pinned(input: Tensor) -> bool:
    """Whether the memory is pinned for a GPU: never."""
    return False


def pin_memory(input: Tensor) -> Tensor:
    """The tensor itself: there is no GPU to pin its memory for."""
    return input


def cpu(input: Tensor) -> Tensor:
    """The tensor itself, which is on the CPU already."""
    return input


def cuda(input: Tensor, device: Any = None) -> Tensor:
    """Not there.

    Raises:
        RuntimeError: always: there is no GPU.
    """
    raise RuntimeError("cuda() is not there: every tensor lives on the CPU; leave it out, or use .to('cpu')")


def to_dense(input: Tensor, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
    """The tensor itself, which is dense already; in another element type if one is given."""
    return input if dtype is None else as_dtype(input, to_numpy_dtype(dtype))


def share_memory_(input: Tensor) -> Tensor:
    """The tensor itself: nothing is moved to memory that other processes see."""
    return input


def is_shared(input: Tensor) -> bool:
    """Whether other processes see the memory: never."""
    return False


def is_conj(input: Tensor) -> bool:
    """Whether the elements are yet to be conjugated: never, that is done at once."""
    return False


def is_neg(input: Tensor) -> bool:
    """Whether the elements are yet to be negated: never, that is done at once."""
    return False


def is_inference(input: Tensor) -> bool:
    """Whether the tensor may not take part in a graph: never; what `inference_mode` makes are ordinary constants."""
    return False
