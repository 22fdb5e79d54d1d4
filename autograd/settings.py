"""PyTorch's global settings: threads, precision, determinism, the default device; most have no effect on NumPy."""

from __future__ import annotations

import operator
from typing import Any

from .base import blas, threads
from .base.device import check_device, device
from .base.dtypes import set_default_dtype
from .surface import make_public as _make_public
from .typed_tensors import TensorType

__all__ = [
    "are_deterministic_algorithms_enabled", "get_default_device",
    "get_float32_matmul_precision", "get_num_threads", "set_default_device", "set_default_tensor_type",
    "set_float32_matmul_precision", "set_num_threads", "use_deterministic_algorithms",
]  # fmt: skip


def get_num_threads() -> int:
    """The number of threads for large elementwise work: as OMP_NUM_THREADS says, else the number of processors.

    Matrix products have as many, unless another variable (OPENBLAS_NUM_THREADS, …) says otherwise to their library.

    >>> get_num_threads() >= 1
    True
    """
    return threads.number()


def set_num_threads(int: int) -> None:
    """Set the number of threads for large elementwise work and for matrix products; 1 turns them off.

    Where NumPy's matrix products are not those of OpenBLAS, which its wheels bring, they keep the number that
    OMP_NUM_THREADS had when NumPy was imported.

    Raises:
        RuntimeError: the number is not positive.
    """
    if int <= 0:
        raise RuntimeError(f"set_num_threads expects a positive integer, but got {int}")
    threads.set_number(operator.index(int))
    blas.set_number(operator.index(int))


_exact_kernels = False


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Whether programs of `torch.compile` keep to kernels whose results are those of NumPy, bit for bit.

    Otherwise exp, log and the like change in their last places once a program continues with kernels. Everything else
    is deterministic, on the same machine with the same number of threads.

    Raises:
        TypeError: `mode` is not a bool.
    """
    global _exact_kernels
    if not isinstance(mode, bool):
        raise TypeError(f"use_deterministic_algorithms(): argument 'mode' must be bool, not {type(mode).__name__}")
    _exact_kernels = mode


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` has set: False by default."""
    return _exact_kernels


def set_float32_matmul_precision(precision: str) -> None:
    """No-op: products of float32 matrices are computed in float32."""


def get_float32_matmul_precision() -> str:
    """The precision of products of float32 matrices: always "highest", which is float32."""
    return "highest"


def get_default_device() -> device:
    """The default device: always the CPU."""
    return device("cpu")


def set_default_device(device: Any) -> None:
    """No-op for the CPU, the only device.

    Raises:
        RuntimeError: another device.
    """
    check_device("cpu" if device is None else device)


def set_default_tensor_type(t: Any) -> None:
    """Set the default dtype by the old name of a floating-point tensor type, such as `DoubleTensor`.

    Raises:
        TypeError: the name is not that of a floating-point tensor type.
    """
    found = TensorType.named(t)
    if found is None or not found.dtype.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, but got {t!r}")
    set_default_dtype(found.dtype)


_make_public(globals())
