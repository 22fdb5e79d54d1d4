"""The base of the normal, the Laplace and the Cauchy distribution."""

from __future__ import annotations

from typing import ClassVar

from autograd.core.tensor import Tensor

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all


class _LocationScale(Distribution):
    """Base of the distributions of real numbers that are symmetric about `loc`, with a width of `scale`."""

    has_rsample = True
    _shown = ("loc", "scale")
    arg_constraints: ClassVar[constraints.Ranges] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real

    def __init__(self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc
