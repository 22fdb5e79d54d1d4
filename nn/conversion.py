"""Convertible: the conversions of a module's parameters and buffers to another dtype."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import autograd
from autograd.base.device import check_device
from autograd.base.dtypes import dtype as DType
from autograd.core.public_methods import public_methods
from autograd.core.tensor import Tensor

from . import tree
from .parameter import Parameter, is_lazy


@public_methods
class Convertible:
    """The methods of a module that convert its parameters and buffers, in place."""

    if TYPE_CHECKING:  # a module defines them

        def parameters(self, recurse: bool = True) -> Iterator[Parameter]: ...
        def buffers(self, recurse: bool = True) -> Iterator[Tensor]: ...
        def children(self) -> Iterator[Any]: ...

    def cpu(self) -> Self:
        """The module itself: all parameters are on the CPU."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Not supported: raises RuntimeError, as there is no GPU."""
        raise RuntimeError("cuda() is not supported: Glassgrad is CPU-only. Remove the call, or use .to('cpu')")

    def to(
        self, device: Any = None, dtype: DType | None = None, non_blocking: bool = False, memory_format: Any = None
    ) -> Self:
        """Convert floating-point parameters and buffers in place: `to(float64)`, `to(tensor)`, `to("cpu", float64)`.

        Args:
            device: "cpu", which has no effect; or a dtype, or a tensor whose dtype is used.
            dtype: a dtype.
            non_blocking, memory_format: accepted for compatibility with PyTorch; ignored.

        Raises:
            TypeError: the dtype is neither floating-point nor complex.
            RuntimeError: the device is not the CPU.
        """
        target = dtype
        if isinstance(device, Tensor):
            target = device.dtype
        elif isinstance(device, DType):
            target = device
        elif device is not None:
            check_device(device)
        if target is None:
            return self
        if not (target.is_floating_point or target.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={target}"
            )
        return self._apply(lambda x: x.to(target) if x.dtype.is_floating_point or x.dtype.is_complex else x)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace each parameter's and buffer's data, and its gradient, by what `fn` returns for it.

        All conversions go through it: modules that hold other tensors extend it.
        """
        for module, overrides in tree.parts(self, "_apply", Convertible._apply) if recurse else [(self, False)]:
            if overrides:
                module._apply(fn)
                continue
            for value in chain(module.parameters(recurse=False), module.buffers(recurse=False)):
                if is_lazy(value):
                    value.cast(fn(autograd.empty(0, dtype=value.dtype)).dtype)
                    continue
                value.data = fn(value.data)
                if value.grad is not None:
                    value.grad = fn(value.grad.detach())
        return self

    def type(self, dst_type: DType) -> Self:
        """Convert floating-point parameters and buffers to a dtype."""
        return self.to(dst_type)

    def float(self) -> Self:
        """Convert floating-point parameters and buffers to float32."""
        return self.to(autograd.float32)

    def double(self) -> Self:
        """Convert floating-point parameters and buffers to float64."""
        return self.to(autograd.float64)

    def share_memory(self) -> Self:
        """Refused: processes do not share memory, so that each would train a copy of its own.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            f"{type(self).__name__}.share_memory: processes do not share memory: use threads, or torch.distributed"
        )

    def half(self) -> Self:
        """Convert floating-point parameters and buffers to float16."""
        return self.to(autograd.float16)
