"""Constraints: the ranges of parameters and values, with the names that PyTorch's error messages give them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from autograd import linalg
from autograd.core.tensor import Tensor


class Constraint(NamedTuple):
    """A range of values.

    Attributes:
        text: the constraint in an error message.
        check: returns a Tensor of bools, False where a value is out of range.
    """

    text: str
    check: Callable[[Tensor], Tensor]


def integer_interval(low: int, high: int) -> Constraint:
    """Integers in [low, high]."""
    return Constraint(
        f"IntegerInterval(lower_bound={low}, upper_bound={high})", lambda x: (x >= low) & (x <= high) & (x == x.floor())
    )


boolean = Constraint("Boolean()", lambda x: (x == 0) | (x == 1))
nonnegative = Constraint("GreaterThanEq(lower_bound=0.0)", lambda x: x >= 0)
nonnegative_integer = Constraint("IntegerGreaterThan(lower_bound=0)", lambda x: (x >= 0) & (x == x.floor()))
one_hot = Constraint("OneHot()", lambda x: ((x == 0) | (x == 1)).all(-1) & (x.sum(-1) == 1))
positive = Constraint("GreaterThan(lower_bound=0.0)", lambda x: x > 0)
positive_vector = Constraint("IndependentConstraint(GreaterThan(lower_bound=0.0), 1)", positive.check)
real = Constraint("Real()", lambda x: ~x.isnan())
real_vector = Constraint("IndependentConstraint(Real(), 1)", real.check)
simplex = Constraint("Simplex()", lambda x: (x >= 0) & ((x.sum(-1, keepdim=True) - 1).abs() < 1e-6))
unit_interval = Constraint("Interval(lower_bound=0.0, upper_bound=1.0)", lambda x: (x >= 0) & (x <= 1))
#: Weights that normalization turns into probabilities: at least one of them is positive.
weights = Constraint("Simplex()", lambda x: (x >= 0) & (x.sum(-1, keepdim=True) > 0))


def _symmetric(x: Tensor) -> Tensor:
    return (x - x.mT).abs().amax((-2, -1)) <= 1e-5 * x.abs().amax((-2, -1))


lower_cholesky = Constraint(
    "LowerCholesky()", lambda x: (x.tril() == x).all() & (x.diagonal(dim1=-2, dim2=-1) > 0).all()
)
positive_definite = Constraint(
    "PositiveDefinite()", lambda x: _symmetric(x) & (linalg.cholesky_ex(x.detach()).info == 0)
)
