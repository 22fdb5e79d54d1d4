"""Distribution: the base of all distributions."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from autograd import broadcast_shapes, no_grad
from autograd.base.size import Size
from autograd.core.errors import users_level
from autograd.core.public_methods import public_class_of_the_project, public_methods
from autograd.core.tensor import Tensor

from ..constructor_names import name_inherited_constructor
from .constraints import Constraint, Ranges, is_dependent


@public_methods
class Distribution:
    """Base of the distributions.

    A subclass sets its parameters before calling this constructor, which checks them by `arg_constraints`, and defines
    `support`, `log_prob`, and `rsample` or `sample`.

    Attributes:
        arg_constraints: the constraint of each parameter, by name.
        has_rsample: whether `rsample` is supported.
        has_enumerate_support: whether `enumerate_support` is supported.

    Raises:
        ValueError: a parameter is out of its range, or not exactly one of alternative parameters is given.
    """

    has_rsample = False
    has_enumerate_support = False
    arg_constraints: ClassVar[Ranges] = {}
    #: The parameters that `repr` shows.
    _shown: tuple[str, ...] = ()
    _validate_args = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name_inherited_constructor(cls)
        public_class_of_the_project(cls)

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape, self._event_shape = _sizes(batch_shape), _sizes(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            for name, constraint in self.arg_constraints.items():
                if name in vars(self) and not is_dependent(constraint):
                    self._check_parameter(name, constraint)

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Set whether distributions check parameters and values by default; initially True."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args expects True or False, but got {value!r}")
        Distribution._validate_args = value

    def expand(self, batch_shape: Sequence[int], _instance: Self | None = None) -> Self:
        """The distribution with its parameters expanded to a larger batch shape.

        A subclass that sets further attributes of the result may pass it on as `_instance`: see
        `_get_checked_instance`.

        Raises:
            RuntimeError: the batch shape does not expand to this one.
        """
        new = self._get_checked_instance(type(self), _instance)
        vars(new).update({name: value for name, value in vars(self).items() if name not in vars(new)})
        new._batch_shape = _sizes(batch_shape)
        for name, constraint in self.arg_constraints.items():
            if name in vars(self):
                x = getattr(self, name)
                setattr(new, name, x.expand((*batch_shape, *x.shape[x.ndim - constraint.event_dim :])))
        return new

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """The result of `expand` before its attributes are set; `cls` is the class whose `expand` asks for it."""
        return type(self).__new__(type(self)) if _instance is None else _instance

    @property
    def batch_shape(self) -> Size:
        """The shape of a batch of independent distributions."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw."""
        return self._event_shape

    @property
    def support(self) -> Constraint:
        """The constraint of the values."""
        raise NotImplementedError(f"{type(self).__name__} does not define its support")

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its mean")

    @property
    def mode(self) -> Tensor:
        """The value of the highest density or probability."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its variance")

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Random draws of shape sample_shape + batch_shape + event_shape, without a graph."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Reparameterized draws: as `sample`, but differentiable with respect to the parameters.

        Raises:
            NotImplementedError: the distribution has no reparameterization.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rsample: its draws are not differentiable")

    def sample_n(self, n: int) -> Tensor:
        """`sample((n,))`, under an older name."""
        warnings.warn(
            "sample_n(n) will be deprecated. Use .sample((n,)) instead.", FutureWarning, stacklevel=users_level()
        )
        return self.sample((n,))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution along a new first dim: (values, *batch_shape, *event_shape).

        Args:
            expand: whether to expand the batch dims; otherwise they have size 1.

        Raises:
            NotImplementedError: the values cannot be enumerated.
        """
        raise NotImplementedError(f"{type(self).__name__}: the values of its support cannot be enumerated")

    def cdf(self, value: Tensor) -> Tensor:
        """The cumulative distribution function: the probability of a draw of at most `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The inverse of `cdf`: the quantile for the probability `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its icdf")

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its log_prob")

    def entropy(self) -> Tensor:
        """The entropy, in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its entropy")

    def perplexity(self) -> Tensor:
        """exp of the entropy."""
        return self.entropy().exp()

    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> tuple[int, ...]:
        """The shape of draws: sample_shape + batch_shape + event_shape."""
        return (*_sizes(sample_shape), *self.batch_shape, *self.event_shape)

    def _check_parameter(self, name: str, constraint: Constraint) -> None:
        """Raise ValueError if the parameter, an attribute of that name, does not satisfy the constraint."""
        value = getattr(self, name)
        if not constraint.check(value).all():
            raise ValueError(
                f"Expected parameter {name} (Tensor of shape {tuple(value.shape)}) of distribution {self!r} to "
                f"satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
            )

    def _check_value(self, value: Any) -> None:
        """Raise ValueError if the argument of `log_prob` or `cdf` is not a Tensor of the right shape in the support."""
        if not self._validate_args:
            if not isinstance(value, (Tensor, int, float)):
                raise ValueError(f"The value argument must be a Tensor or a number, but got {type(value).__name__}")
            return
        if not isinstance(value, Tensor):
            raise ValueError(f"The value argument to log_prob must be a Tensor, but got {type(value).__name__}")
        shape, events = self._extended_shape(), len(self.event_shape)
        if tuple(value.shape[max(0, value.ndim - events) :]) != tuple(self.event_shape):
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.shape} vs {self.event_shape}."
            )
        try:
            broadcast_shapes(tuple(value.shape), shape)
        except RuntimeError:
            raise ValueError(
                f"Value is not broadcastable with batch_shape+event_shape: {value.shape} vs {Size(shape)}."
            ) from None
        support = self.support
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument (Tensor of shape {tuple(value.shape)}) to be within the support "
                f"({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        values = [(name, getattr(self, name)) for name in self._shown]
        return f"{type(self).__name__}({', '.join(f'{n}: {x if x.numel() == 1 else x.shape}' for n, x in values)})"


def _sizes(shape: Any) -> Size:
    if not isinstance(shape, Iterable) or isinstance(shape, str):
        raise TypeError(f"a shape must be a sequence of sizes, such as (3,), but got {shape!r}")
    return Size(shape)
