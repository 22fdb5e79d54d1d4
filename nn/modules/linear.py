"""Linear layers: Linear, Bilinear and Identity."""

from __future__ import annotations

import math
from typing import Any

import autograd
from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor

from .. import functional as F, init
from ..checks import expect_integers
from ..module import Module
from ..parameter import Parameter, optional
from .lazy import Lazy

__all__ = ["Linear", "Bilinear", "Identity", "LazyLinear"]


class Linear(Module):
    """x Wᵀ + b: (*, in_features) to (*, out_features).

    W is (out_features, in_features). W and b are initialized uniformly in ±1/√in_features.

    Raises:
        ValueError: a negative number of features.

    >>> layer = Linear(3, 2)
    >>> layer
    Linear(in_features=3, out_features=2, bias=True)
    >>> tuple(layer(autograd.ones(5, 3)).shape)
    (5, 2)
    """

    bias: Parameter  # None with bias=False; annotated for its usual case, as type checkers see PyTorch's

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, device: Any = None, dtype: DType | None = None
    ) -> None:
        super().__init__()
        _check_sizes("Linear", in_features=in_features, out_features=out_features)
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(autograd.empty(out_features, in_features, device=device, dtype=dtype))
        self.register_parameter("bias", optional(bias, out_features, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights."""
        draw_within_fan_in(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """(*, in_features) to (*, out_features)."""
        return autograd.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


#: PyTorch's name for the output projection of attention, which libraries look for to leave it alone.
NonDynamicallyQuantizableLinear = Linear


class Bilinear(Module):
    """x1ᵀ A x2 + b: (*, in1_features) and (*, in2_features) to (*, out_features).

    A is (out_features, in1_features, in2_features). A and b are initialized uniformly in ±1/√in1_features. Args: the
    numbers of features, and whether there is a `bias` b.

    Raises:
        ValueError: a number of features is negative, or `in1_features` is 0.
    """

    bias: Parameter  # None with bias=False; annotated for its usual case, as type checkers see PyTorch's

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        expect_integers("Bilinear", in1_features=in1_features)
        _check_sizes("Bilinear", in2_features=in2_features, out_features=out_features)
        if in1_features <= 0:
            raise ValueError(f"in1_features must be > 0, but got {in1_features}")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(autograd.empty(out_features, in1_features, in2_features, device=device, dtype=dtype))
        self.register_parameter("bias", optional(bias, out_features, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights."""
        bound = 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        """(*, in1_features) and (*, in2_features) to (*, out_features)."""
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Identity(Module):
    """A layer that returns its input; all constructor arguments are ignored.

    >>> Identity(54, unused=True)
    Identity()
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        """The input itself."""
        return input


def _check_sizes(layer: str, **sizes: int) -> None:
    expect_integers(layer, **sizes)
    for name, size in sizes.items():
        if size < 0:
            raise ValueError(f"{layer}: {name} must not be negative, but got {size}")


def draw_within_fan_in(weight: Tensor, bias: Tensor | None) -> None:
    """Draw a weight, and the bias if there is one, uniformly in ±1/√fan_in."""
    init.kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        fan_in, _ = init.fans(weight)
        bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
        init.uniform_(bias, -bound, bound)


class LazyLinear(Lazy, layer=Linear, feature_dim=-1, weight_dim=1):
    """A `Linear` that infers `in_features` from its first input; the other arguments are those of `Linear`.

    >>> from autograd import ones
    >>> layer = LazyLinear(2)
    >>> layer
    LazyLinear(in_features=0, out_features=2, bias=True)
    >>> tuple(layer(ones(5, 3)).shape), layer
    ((5, 2), Linear(in_features=3, out_features=2, bias=True))
    """
