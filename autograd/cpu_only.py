"""Methods of Tensor that concern devices, layouts and lazy values, of which there is one kind: dense and on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base.dtypes import to_numpy_dtype
from .core.operation import as_dtype
from .core.tensor import Tensor
from .ops.arguments import named


def get_device(input: Tensor) -> int:
    """The index of the GPU: always -1, which stands for the CPU.

    >>> from autograd import ones
    >>> get_device(ones(2))
    -1
    """
    return -1


def pin_memory(input: Tensor, device: Any = None) -> Tensor:
    """Return the tensor unchanged: there is no GPU to pin memory for."""
    return input


def cpu(input: Tensor, memory_format: Any = None) -> Tensor:
    """Return the tensor unchanged: it is on the CPU already."""
    return input


def cuda(input: Tensor, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Tensor:
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


def _never(name: str, doc: str) -> Callable[..., bool]:
    """Define a question about a tensor whose answer is always False."""

    def function(input: Tensor, device: Any = None) -> bool:
        return False

    return named(function, name, doc)


is_pinned = _never("is_pinned", "Whether the memory is pinned for a GPU: always False.")
is_shared = _never("is_shared", "Whether the memory is shared with other processes: always False.")
is_conj = _never("is_conj", "Whether the tensor is a lazy conjugate: always False, conjugation is immediate.")
is_neg = _never("is_neg", "Whether the tensor is a lazy negative: always False, negation is immediate.")
is_inference = _never(
    "is_inference",
    "Whether the tensor is barred from a graph: always False, `inference_mode` computes ordinary constants.",
)
