"""Constraints: the ranges of parameters and values, with the names that PyTorch gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from autograd import linalg
from autograd.core.public_methods import public_methods
from autograd.core.tensor import Tensor
from autograd.surface import make_public as _make_public


@public_methods
@dataclass(frozen=True, repr=False)
class Constraint:
    """A range of values, which its repr describes.

    Attributes:
        text: the repr.
        test: `check`, for a Tensor.
        event_dim: the number of dims that make one value: 0 for numbers, 1 for vectors, 2 for matrices.
        is_discrete: whether the values are integers.
    """

    text: str
    test: Callable[[Tensor], Tensor]
    event_dim: int = 0
    is_discrete: bool = False

    def check(self, value: Tensor) -> Tensor:
        """A Tensor of bools without the event dims, False where a value is out of range."""
        return self.test(value)

    def __repr__(self) -> str:
        return self.text


#: The constraints of a distribution's parameters, by name.
Ranges: TypeAlias = Mapping[str, Constraint]


def independent(base: Constraint, reinterpreted_batch_ndims: int) -> Constraint:
    """A constraint whose last batch dims are event dims: all values along them satisfy it."""
    count = reinterpreted_batch_ndims
    dims = tuple(range(-count, 0))

    def check(x: Tensor) -> Tensor:
        inside = base.check(x)
        return inside.all(dims) if dims else inside

    text = f"IndependentConstraint({base.text}, {count})"
    return Constraint(text, check, base.event_dim + count, base.is_discrete)


def integer_interval(lower_bound: int, upper_bound: int) -> Constraint:
    """Integers in [lower_bound, upper_bound]."""
    return Constraint(
        f"IntegerInterval(lower_bound={lower_bound}, upper_bound={upper_bound})",
        lambda x: (x >= lower_bound) & (x <= upper_bound) & _whole(x),
        is_discrete=True,
    )


def interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Numbers in [lower_bound, upper_bound]; the bounds are numbers or Tensors."""
    return Constraint(
        f"Interval(lower_bound={lower_bound}, upper_bound={upper_bound})",
        lambda x: (x >= lower_bound) & (x <= upper_bound),
    )


def greater_than(lower_bound: Any) -> Constraint:
    """Numbers in (lower_bound, inf]."""
    return Constraint(f"GreaterThan(lower_bound={lower_bound})", lambda x: x > lower_bound)


def less_than(upper_bound: Any) -> Constraint:
    """Numbers in [-inf, upper_bound)."""
    return Constraint(f"LessThan(upper_bound={upper_bound})", lambda x: x < upper_bound)


def greater_than_eq(lower_bound: Any) -> Constraint:
    """Numbers in [lower_bound, inf]."""
    return Constraint(f"GreaterThanEq(lower_bound={lower_bound})", lambda x: x >= lower_bound)


def _whole(x: Tensor) -> Tensor:
    return x % 1 == 0  # NaN, and so False, for infinities


def _symmetric(x: Tensor) -> Tensor:
    return (x - x.mT).abs().amax((-2, -1)) <= 1e-5 * x.abs().amax((-2, -1))


boolean = Constraint("Boolean()", lambda x: (x == 0) | (x == 1), is_discrete=True)
nonnegative = greater_than_eq(0.0)
nonnegative_integer = Constraint("IntegerGreaterThan(lower_bound=0)", lambda x: (x >= 0) & _whole(x), is_discrete=True)
one_hot = Constraint(
    "OneHot()", lambda x: ((x == 0) | (x == 1)).all(-1) & (x.sum(-1) == 1), event_dim=1, is_discrete=True
)
positive = greater_than(0.0)
positive_vector = independent(positive, 1)
real = Constraint("Real()", lambda x: ~x.isnan())
real_vector = independent(real, 1)
simplex = Constraint("Simplex()", lambda x: (x >= 0).all(-1) & ((x.sum(-1) - 1).abs() < 1e-6), event_dim=1)
unit_interval = interval(0.0, 1.0)
lower_cholesky = Constraint(
    "LowerCholesky()",
    lambda x: (x.tril() == x).all(-1).all(-1) & (x.diagonal(dim1=-2, dim2=-1) > 0).all(-1),
    event_dim=2,
)
positive_definite = Constraint(
    "PositiveDefinite()", lambda x: _symmetric(x) & (linalg.cholesky_ex(x.detach()).info == 0), event_dim=2
)

_make_public(globals())
