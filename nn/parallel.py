"""Modules for several devices, as they are where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """The module itself under the name "module": PyTorch spreads its batches over GPUs, and there is none here.

    The keys of the state dict begin with "module.", as PyTorch's do.

    Args:
        module: what is called.
        device_ids, output_device: GPUs; ignored, as PyTorch ignores them where it finds none.
        dim: the dim that PyTorch would split.

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
        """What the module gives."""
        return self.module(*inputs, **kwargs)


def data_parallel(
    module: Module,
    inputs: Any,
    device_ids: Sequence[Any] | None = None,
    output_device: Any = None,
    dim: int = 0,
    module_kwargs: dict[str, Any] | None = None,
) -> Any:
    """What the module gives for `inputs`, one or a tuple of them: there is one device."""
    arguments = inputs if isinstance(inputs, tuple) else (inputs,)
    return module(*arguments, **(module_kwargs or {}))
