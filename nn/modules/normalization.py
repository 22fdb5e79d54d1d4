"""Normalization layers without running statistics: LayerNorm, RMSNorm, GroupNorm, LocalResponseNorm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor

from .. import functional as F, init
from ..checks import expect_integers
from ..module import Module
from ..parameter import Parameter, optional
from .function_layer import UnaryLayer

__all__ = ["LayerNorm", "RMSNorm", "GroupNorm", "LocalResponseNorm"]


class AffineNorm(Module):
    """The base of the norms with a learned weight and bias, initially 1 and 0; either may be None."""

    weight: Parameter | None
    bias: Parameter | None

    def _add_affine(self, weight: bool, bias: bool, *shape: int, device: Any, dtype: DType | None) -> None:
        """Register a weight and a bias of this shape, or None for those that are not wanted."""
        self.register_parameter("weight", optional(weight, *shape, device=device, dtype=dtype))
        self.register_parameter("bias", optional(bias, *shape, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1 and the bias to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class LayerNorm(AffineNorm):
    """Normalize over the last dims, then scale and shift each element by a weight and a bias.

    Args:
        normalized_shape: the shape of the last dims.
        eps: added to the variance, so that the divisor is not 0.
        elementwise_affine: whether to scale and shift by a learned weight and bias, initially 1 and 0.
        bias: with `elementwise_affine`, whether there is a bias.

    >>> LayerNorm(3)
    LayerNorm((3,), eps=1e-05, elementwise_affine=True, bias=True)
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._add_affine(elementwise_affine, elementwise_affine and bias, *shape, device=device, dtype=dtype)

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        bias = self.bias is not None
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, bias={bias}"


class RMSNorm(Module):
    """Divide by the root mean square over the last dims, then scale each element by a weight."""

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.normalized_shape = shape
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self.register_parameter("weight", optional(elementwise_affine, *shape, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the weight to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(AffineNorm):
    """Normalize groups of channels of each sample (N, C, *), then scale and shift each channel.

    Raises:
        ValueError: `num_channels` is not divisible by `num_groups`.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: DType | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        expect_integers("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_groups <= 0:
            raise ValueError(f"num_groups must be positive, but got {num_groups}")
        if num_channels % num_groups:
            raise ValueError(
                f"num_channels must be divisible by num_groups, but got {num_channels} channels and {num_groups} groups"
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._add_affine(affine, affine and bias, num_channels, device=device, dtype=dtype)

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        bias = self.bias is not None
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, bias={bias}"


class LocalResponseNorm(UnaryLayer, function=F.local_response_norm):
    """Divide (N, C, *) by (k + alpha · the mean square of `size` neighbouring channels) ^ beta (Krizhevsky, 2012)."""

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
