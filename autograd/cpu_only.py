"""Methods of Tensor that concern devices, layouts and lazy values, of which there is one kind: dense and on the CPU."""

from __future__ import annotations

from typing import Any

from .base.dtypes import to_numpy_dtype
from .core.operation import as_dtype
from .core.tensor import Tensor


def get_device(input: Tensor) -> int:
    """The index of the GPU: always -1, which stands for the CPU.

    >>> from autograd import ones
    >>> get_device(ones(2))
    -1
    """
    return -1


def is_pinned(input: Tensor) -> bool:
    """Whether the memory is pinned for a GPU: always False."""
    return False


def pin_memory(input: Tensor) -> Tensor:
    """Return the tensor unchanged: there is no GPU to pin memory for."""
    return input


def cpu(input: Tensor) -> Tensor:
    """Return the tensor unchanged: it is on the CPU already."""
    return input


def cuda(input: Tensor, device: Any = None) -> Tensor:
    """Not supported: Glassgrad is CPU-only.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("cuda() is not supported: Glassgrad is CPU-only. Remove the call, or use .to('cpu')")


def to_dense(input: Tensor, dtype: Any = None, *, masked_grad: bool | None = None) -> Tensor:
    """The tensor itself, which is dense already; converted to `dtype` if one is given."""
    return input if dtype is None else as_dtype(input, to_numpy_dtype(dtype))


def share_memory_(input: Tensor) -> Tensor:
    """Return the tensor unchanged: sharing memory with other processes is not supported."""
    return input


def is_shared(input: Tensor) -> bool:
    """Whether the memory is shared with other processes: always False."""
    return False


def is_conj(input: Tensor) -> bool:
    """Whether the tensor is a lazy conjugate: always False, conjugation is immediate."""
    return False


def is_neg(input: Tensor) -> bool:
    """Whether the tensor is a lazy negative: always False, negation is immediate."""
    return False


def is_inference(input: Tensor) -> bool:
    """Whether the tensor is barred from a graph: always False, `inference_mode` computes ordinary constants."""
    return False
