"""DataParallel and data_parallel, PyTorch's multi-GPU wrappers: here they only call the module."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..module import Module

__all__ = ["DataParallel", "data_parallel"]


class DataParallel(Module):
    """A wrapper that calls `module`. PyTorch's splits batches over GPUs; here there is only the CPU.

    The state dict's keys begin with "module.", as in PyTorch.

    Args:
        module: the module to call.
        device_ids, output_device: ignored, as in PyTorch on a machine without GPUs.
        dim: the dim that PyTorch would split; not used here.

    >>> from nn import Linear
    >>> DataParallel(Linear(2, 1))
    DataParallel(
      (module): Linear(in_features=2, out_features=1, bias=True)
    )
    """

    def __init__(
        self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[Any] = []
        self.dim = dim

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The output of the module."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Sequence[Any] | None = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """The output of the module for `inputs`, a single argument or a tuple of arguments."""
    arguments = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*arguments, **(module_kwargs or {}))
