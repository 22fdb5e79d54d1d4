"""Batch and instance normalization, with running statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor
from autograd.core.writes import write

from .. import functional as F, init
from ..module import Module
from .lazy import Lazy
from .normalization import AffineNorm

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
    "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
    "LazyInstanceNorm3d", "SyncBatchNorm",
]  # fmt: skip


class _NormBase(AffineNorm):
    """The base of batch and instance norms: weight and bias, running mean and variance, a count of batches."""

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    _ndims: tuple[int, ...]
    _optional_buffers = ("num_batches_tracked",)

    def __init_subclass__(cls, *, ndims: tuple[int, ...] | None = None, **kwargs: Any) -> None:
        """`ndims`: the numbers of dims that an input may have."""
        super().__init_subclass__(**kwargs)
        if ndims is not None:
            cls._ndims = ndims

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        mean = autograd.zeros(num_features, device=device, dtype=dtype) if track_running_stats else None
        var = autograd.ones(num_features, device=device, dtype=dtype) if track_running_stats else None
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", var)
        self.register_buffer("num_batches_tracked", autograd.tensor(0) if track_running_stats else None)
        self._add_affine(affine, affine and bias, num_features, device=device, dtype=dtype)

    def reset_running_stats(self) -> None:
        """Reset the running statistics: mean 0, variance 1, no batch counted."""
        for buffer, value in ((self.running_mean, 0.0), (self.running_var, 1.0), (self.num_batches_tracked, 0)):
            if buffer is not None:
                init.constant_(buffer, value)

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0, and reset the running statistics."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check(self, input: Tensor) -> None:
        if input.ndim not in self._ndims:
            raise ValueError(f"expected {' or '.join(f'{n}D' for n in self._ndims)} input (got {input.ndim}D input)")

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_NormBase):
    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        self._check(input)
        return self._normalize(input, F.batch_norm)

    def _normalize(self, input: Tensor, batch_norm: Callable[..., Tensor]) -> Tensor:
        """The input normalized by a function like `F.batch_norm`, which updates the running statistics."""
        momentum = 0.0 if self.momentum is None else self.momentum
        tracked = self.num_batches_tracked if self.training and self.track_running_stats else None
        if tracked is not None and self.momentum is None:
            momentum = 1.0 / (tracked.item() + 1)
        use_running = not self.training or self.track_running_stats
        mean, var = (self.running_mean, self.running_var) if use_running else (None, None)
        by_batch = self.training or self.running_mean is None
        out = batch_norm(input, mean, var, self.weight, self.bias, by_batch, momentum, self.eps)
        if tracked is not None:
            count = write(tracked)
            count += 1
        return out


class BatchNorm1d(_BatchNorm, ndims=(2, 3)):
    """Normalize each channel of (N, C) or (N, C, L) over the batch; after `eval()`, by the running statistics.

    Args:
        num_features: the number of channels C.
        eps: added to the variance, so that the divisor is not 0.
        momentum: the weight of each batch in the running statistics; None for the plain mean over all batches.
        affine: whether to scale and shift by a learned weight and bias, initially 1 and 0.
        track_running_stats: whether to keep running statistics for evaluation.
        bias: with `affine`, whether there is a bias.

    >>> list(BatchNorm1d(2).state_dict())
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    """


class BatchNorm2d(_BatchNorm, ndims=(4,)):
    """Normalize each channel of (N, C, H, W) over the batch; after `eval()`, by the running statistics.

    Args as for `BatchNorm1d`.

    >>> BatchNorm2d(6)
    BatchNorm2d(6, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    """


class BatchNorm3d(_BatchNorm, ndims=(5,)):
    """As `BatchNorm2d`, for inputs (N, C, D, H, W)."""


class SyncBatchNorm(_BatchNorm):
    """Batch normalization over the batches of all processes of `autograd.distributed` together.

    The result and all gradients are those of one process with the whole batch; the parts may be of different sizes.
    All processes must call it, and go backward through it. Without other processes, in `eval()`, or with the running
    statistics in use it is `BatchNorm1d`, `2d` or `3d`.

    Args:
        process_group: None: all processes.
        others: as for `BatchNorm1d`.
    """

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
        track_running_stats: bool = True, process_group: Any = None, device: Any = None, dtype: DType | None = None,
        *, bias: bool = True,
    ) -> None:  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self.process_group = process_group

    def _check(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected at least 2D input (got {input.ndim}D input)")
        if input.shape[1] != self.num_features:
            raise ValueError(f"expected {self.num_features} channels, but the input has shape {tuple(input.shape)}")

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape, (N, C, *)."""
        self._check(input)
        by_batch = self.training or self.running_mean is None
        distributed = autograd.distributed
        together = by_batch and distributed.is_initialized() and distributed.get_world_size(self.process_group) > 1
        return self._normalize(input, _batch_norm_of_all if together else F.batch_norm)

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with a SyncBatchNorm in place of each batch norm in it, which takes over parameters and buffers.

        >>> from nn import BatchNorm1d, Linear, Sequential
        >>> SyncBatchNorm.convert_sync_batchnorm(Sequential(Linear(2, 3), BatchNorm1d(3)))[1]
        SyncBatchNorm(3, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
        """
        converted = module
        if isinstance(module, _BatchNorm) and not isinstance(module, cls):
            converted = cls(
                module.num_features, module.eps, module.momentum, module.affine, module.track_running_stats,
                process_group, bias=module.bias is not None,
            )  # fmt: skip
            for name in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
                setattr(converted, name, getattr(module, name))
            converted.training = module.training
        for name, child in module.named_children():
            converted.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return converted


def _batch_norm_of_all(
    input: Tensor, mean: Tensor | None, var: Tensor | None, weight: Tensor | None, bias: Tensor | None, _: bool,
    momentum: float, eps: float,
) -> Tensor:  # fmt: skip
    """`F.batch_norm` of the batches of all processes; `mean` and `var` are running statistics, which are updated.

    Float16 is computed in float32, as everywhere: the sums over a batch, and even its size, would overflow.
    """
    if input.dtype == autograd.float16:
        out = _batch_norm_of_all(input.float(), mean, var, weight, bias, _, momentum, eps)
        return out.half()
    distributed = autograd.distributed
    axes = (0, *range(2, input.ndim))
    shape = (1, -1, *[1] * (input.ndim - 2))
    count = autograd.tensor(float(input.numel() // input.shape[1]), dtype=input.dtype)
    total = distributed.nn.functional.all_reduce(autograd.cat([input.sum(axes), count.reshape(1)]))
    n = total[-1].item()
    if n <= 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got {n:g} in all processes together")
    centered = input - (total[:-1] / n).reshape(shape)
    squares = distributed.nn.functional.all_reduce((centered * centered).sum(axes))
    out = centered * autograd.rsqrt(squares / n + eps).reshape(shape)
    for running, new in ((mean, total[:-1] / n), (var, squares / (n - 1))):
        if running is not None:
            array = write(running)
            array += momentum * (new.array - array)
    out = out if weight is None else out * weight.reshape(shape)
    return out if bias is None else out + bias.reshape(shape)


class _InstanceNorm(_NormBase):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        self._check(input)
        unbatched = input.ndim == self._ndims[0]
        channels = input.shape[0 if unbatched else 1]
        if channels != self.num_features and self.affine:
            raise ValueError(f"expected input's size at dim={0 if unbatched else 1} to match num_features "
                             f"({self.num_features}), but got: {channels}.")  # fmt: skip
        x = input.unsqueeze(0) if unbatched else input
        mean, var, momentum = self.running_mean, self.running_var, 0.0 if self.momentum is None else self.momentum
        by_input = self.training or not self.track_running_stats
        out = F.instance_norm(x, mean, var, self.weight, self.bias, by_input, momentum, self.eps)
        return out.squeeze(0) if unbatched else out


class InstanceNorm1d(_InstanceNorm, ndims=(2, 3)):
    """Normalize each channel of each sample of (N, C, L).

    Args as for `BatchNorm1d`, but `affine` and `track_running_stats` default to False.
    """


class InstanceNorm2d(_InstanceNorm, ndims=(3, 4)):
    """Normalize each channel of each sample of (N, C, H, W); arguments as for `InstanceNorm1d`."""


class InstanceNorm3d(_InstanceNorm, ndims=(4, 5)):
    """Normalize each channel of each sample of (N, C, D, H, W); arguments as for `InstanceNorm1d`."""


class LazyBatchNorm1d(Lazy, layer=BatchNorm1d, feature_dim=1):
    """A `BatchNorm1d` that infers `num_features` from its first input."""


class LazyBatchNorm2d(Lazy, layer=BatchNorm2d, feature_dim=1):
    """A `BatchNorm2d` that infers `num_features` from its first input."""


class LazyBatchNorm3d(Lazy, layer=BatchNorm3d, feature_dim=1):
    """A `BatchNorm3d` that infers `num_features` from its first input."""


class LazyInstanceNorm1d(Lazy, layer=InstanceNorm1d, feature_dim=-2):
    """An `InstanceNorm1d` that infers `num_features` from its first input."""


class LazyInstanceNorm2d(Lazy, layer=InstanceNorm2d, feature_dim=-3):
    """An `InstanceNorm2d` that infers `num_features` from its first input."""


class LazyInstanceNorm3d(Lazy, layer=InstanceNorm3d, feature_dim=-4):
    """An `InstanceNorm3d` that infers `num_features` from its first input."""
