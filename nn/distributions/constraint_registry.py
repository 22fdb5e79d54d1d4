"""Transforms from unconstrained numbers to the values of a constraint, for optimizers and samplers.

`biject_to(c)` is bijective, with a log determinant; `transform_to(c)` need not be, and is often better conditioned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import constraints as c
from .transforms import (
    AffineTransform,
    CatTransform,
    ComposeTransform,
    CorrCholeskyTransform,
    ExpTransform,
    IndependentTransform,
    LowerCholeskyTransform,
    PositiveDefiniteTransform,
    SigmoidTransform,
    SoftmaxTransform,
    StackTransform,
    StickBreakingTransform,
    Transform,
    identity_transform,
)

__all__ = ["ConstraintRegistry", "biject_to", "transform_to"]

Factory = Callable[[Any], Transform]


class ConstraintRegistry:
    """A function from a constraint to a transform, to which other types of constraints can be added.

    >>> from nn.distributions import constraints
    >>> from autograd import zeros
    >>> transform_to(constraints.interval(2.0, 4.0))(zeros(1))
    tensor([3.])
    """

    def __init__(self) -> None:
        self._registry: dict[type, Factory] = {}

    def register(self, constraint: Any, factory: Factory | None = None) -> Any:
        """Register a factory, which takes a constraint, for the type of a constraint; without it, a decorator.

        Raises:
            TypeError: `constraint` is neither a Constraint nor a class of constraints.
        """
        if factory is None:
            return lambda given: self.register(constraint, given)
        kind = type(constraint) if isinstance(constraint, c.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, c.Constraint):
            raise TypeError(f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}")
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: c.Constraint) -> Transform:
        """The transform for a constraint.

        Raises:
            NotImplementedError: none is registered for its type.
        """
        if type(constraint) not in self._registry:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return self._registry[type(constraint)](constraint)


biject_to, transform_to = ConstraintRegistry(), ConstraintRegistry()


def _above(constraint: Any) -> Transform:
    return ComposeTransform([ExpTransform(), AffineTransform(constraint.lower_bound, 1)])


def _below(constraint: Any) -> Transform:
    return ComposeTransform([ExpTransform(), AffineTransform(constraint.upper_bound, -1)])


def _between(constraint: Any) -> Transform:
    low, high = constraint.lower_bound, constraint.upper_bound
    if isinstance(low, (int, float)) and isinstance(high, (int, float)) and (low, high) == (0, 1):
        return SigmoidTransform()
    return ComposeTransform([SigmoidTransform(), AffineTransform(low, high - low)])


def _register_shared(registry: ConstraintRegistry) -> None:
    """Register what both registries have in common."""

    def independent(it: Any) -> Transform:
        return IndependentTransform(registry(it.base_constraint), it.reinterpreted_batch_ndims)

    factories: list[tuple[Any, Factory]] = [
        (c.real, lambda it: identity_transform), (c.independent, independent), (c.greater_than, _above),
        (c.greater_than_eq, _above), (c.less_than, _below), (c.interval, _between), (c.half_open_interval, _between),
        (c.corr_cholesky, lambda it: CorrCholeskyTransform()),
        (c.cat, lambda it: CatTransform([registry(part) for part in it.cseq], it.dim, it.lengths)),
        (c.stack, lambda it: StackTransform([registry(part) for part in it.cseq], it.dim)),
    ]  # fmt: skip
    for kind, factory in factories:
        registry.register(kind, factory)


_register_shared(biject_to)
_register_shared(transform_to)
biject_to.register(c.simplex, lambda it: StickBreakingTransform())
transform_to.register(c.simplex, lambda it: SoftmaxTransform())
transform_to.register(c.lower_cholesky, lambda it: LowerCholeskyTransform())
transform_to.register(c.positive_definite, lambda it: PositiveDefiniteTransform())
