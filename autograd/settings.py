"""What scripts set for PyTorch's backends, and what it comes to on NumPy."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from .base.device import check_device, device
from .base.dtypes import set_default_dtype
from .typed_tensors import TensorType

__all__ = [
    "accelerator", "are_deterministic_algorithms_enabled", "compile", "get_default_device",
    "get_float32_matmul_precision", "get_num_threads", "mps", "set_default_device", "set_default_tensor_type",
    "set_float32_matmul_precision", "set_num_threads", "use_deterministic_algorithms", "xpu",
]  # fmt: skip


#: What newer scripts ask instead of `cuda`, and the other makers' devices.
accelerator = SimpleNamespace(is_available=lambda: False, current_accelerator=lambda: None, device_count=lambda: 0)
mps = xpu = SimpleNamespace(is_available=lambda: False, device_count=lambda: 0, empty_cache=lambda: None)

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def get_num_threads() -> int:
    """How many threads matrix products use: what the environment said when NumPy started, or all processors.

    >>> get_num_threads() >= 1
    True
    """
    said = [value for name in _THREADS if (value := os.environ.get(name, "")).isdecimal() and int(value)]
    return int(said[0]) if said else os.cpu_count() or 1


def set_num_threads(int: int) -> None:
    """Accepted, without effect: NumPy's matrix products read OMP_NUM_THREADS once, when NumPy is first imported.

    Raises:
        RuntimeError: the number is not positive.
    """
    if int <= 0:
        raise RuntimeError(f"set_num_threads expects a positive integer, but got {int}")


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accepted: every operation is deterministic here, on one machine with one number of threads."""


def are_deterministic_algorithms_enabled() -> bool:
    """Whether every operation is deterministic: always."""
    return True


def set_float32_matmul_precision(precision: str) -> None:
    """Accepted, without effect: products of float32 are computed in float32."""


def get_float32_matmul_precision() -> str:
    """How products of float32 are computed: in float32, the highest of PyTorch's precisions."""
    return "highest"


def get_default_device() -> device:
    """The CPU."""
    return device("cpu")


def set_default_device(device: Any) -> None:
    """Accepted for the CPU.

    Raises:
        RuntimeError: it is another device.
    """
    check_device("cpu" if device is None else device)


def set_default_tensor_type(t: Any) -> None:
    """Set the default type of floating-point tensors by an old name, such as `DoubleTensor`.

    Raises:
        TypeError: the name is not that of a floating-point type.
    """
    found = TensorType.named(t)
    if found is None or not found.dtype.is_floating_point:
        raise TypeError(f"only floating-point types are supported as the default type, but got {t!r}")
    set_default_dtype(found.dtype)


def compile(model: Callable[..., Any] | None = None, **_: Any) -> Any:
    """The function or module itself: there is no compiler here. With options alone, a decorator that does the same.

    >>> compile(abs) is abs
    True
    """
    return model if model is not None else lambda function: function
