"""Batch and instance normalization, with running statistics."""

from __future__ import annotations

from typing import Any

import autograd
from autograd.base.dtypes import dtype as DType
from autograd.core.aliasing import write
from autograd.core.tensor import Tensor

from .. import functional as F, init
from ..module import Module
from ..parameter import Parameter, optional
from .normalization import reset_affine

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"]


class _NormBase(Module):
    """The base of batch and instance norms: weight and bias, running mean and variance, a count of batches."""

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    _ndims: tuple[int, ...]
    _optional_buffers = ("num_batches_tracked",)

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
        self.register_parameter("weight", optional(affine, num_features, device=device, dtype=dtype))
        self.register_parameter("bias", optional(affine and bias, num_features, device=device, dtype=dtype))
        mean = autograd.zeros(num_features, device=device, dtype=dtype) if track_running_stats else None
        var = autograd.ones(num_features, device=device, dtype=dtype) if track_running_stats else None
        self.register_buffer("running_mean", mean)
        self.register_buffer("running_var", var)
        self.register_buffer("num_batches_tracked", autograd.tensor(0) if track_running_stats else None)
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Reset the running statistics: mean 0, variance 1, no batch counted."""
        for buffer, value in ((self.running_mean, 0.0), (self.running_var, 1.0), (self.num_batches_tracked, 0)):
            if buffer is not None:
                init.constant_(buffer, value)

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0, and reset the running statistics."""
        self.reset_running_stats()
        reset_affine(self.weight, self.bias)

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
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            count = write(self.num_batches_tracked)
            count += 1
            if self.momentum is None:
                momentum = 1.0 / float(count)
        use_running = not self.training or self.track_running_stats
        return F.batch_norm(
            input,
            self.running_mean if use_running else None,
            self.running_var if use_running else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )


class BatchNorm1d(_BatchNorm):
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

    _ndims = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Normalize each channel of (N, C, H, W) over the batch; after `eval()`, by the running statistics.

    Args as for `BatchNorm1d`.

    >>> BatchNorm2d(6)
    BatchNorm2d(6, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True)
    """

    _ndims = (4,)


class BatchNorm3d(_BatchNorm):
    """Normalize each channel of (N, C, D, H, W) over the batch; after `eval()`, by the running statistics.

    Args as for `BatchNorm1d`.
    """

    _ndims = (5,)


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
        out = F.instance_norm(
            input.unsqueeze(0) if unbatched else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out.squeeze(0) if unbatched else out


class InstanceNorm1d(_InstanceNorm):
    """Normalize each channel of each sample of (N, C, L).

    Args as for `BatchNorm1d`, but `affine` and `track_running_stats` default to False.
    """

    _ndims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Normalize each channel of each sample of (N, C, H, W).

    Args as for `BatchNorm1d`, but `affine` and `track_running_stats` default to False.
    """

    _ndims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Normalize each channel of each sample of (N, C, D, H, W).

    Args as for `BatchNorm1d`, but `affine` and `track_running_stats` default to False.
    """

    _ndims = (4, 5)
