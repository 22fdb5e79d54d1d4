"""What every function that makes a new tensor ends with."""

from __future__ import annotations

from typing import Any

from .base.device import check_device
from .base.dtypes import Array
from .core.tensor import Tensor, wrap


def finish(array: Array, requires_grad: bool, device: Any = None) -> Tensor:
    """The tensor of a new array, 0-d as a NumPy scalar.

    Raises:
        RuntimeError: the device is not the CPU, or the elements can't require a gradient.
    """
    if device is not None:
        check_device(device)
    out = wrap(array if array.ndim else array[()])
    return out.requires_grad_() if requires_grad else out
