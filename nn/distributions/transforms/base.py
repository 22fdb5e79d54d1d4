"""Transform: the base of the transforms, and inverse transforms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, ClassVar
from weakref import ref

from autograd import Tensor
from autograd.core.public_methods import public_class_of_the_project

from ..constraints import Constraint, independent


class Transform:
    """Base of the transforms. A subclass defines `_call`, `_inverse`, `log_abs_det_jacobian` and the attributes.

    Args:
        cache_size: 1 to keep the latest x and y: the inverse of a result is then the very x it was computed from.

    Attributes:
        domain, codomain: the constraints of x and of y.
        bijective: whether the inverse of f(x) is x.
        sign: 1 or -1, if a bijective function of numbers increases or decreases.
    """

    domain: Any
    codomain: Any
    bijective: Any = False
    #: The attributes that make two transforms of one class equal; None if each equals itself alone.
    _compared: ClassVar[tuple[str, ...] | None] = None
    _inv: Any = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        public_class_of_the_project(cls)

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError(f"cache_size must be 0 or 1, but got {cache_size!r}")
        self._cache_size = cache_size
        self._cached_x_y: tuple[Any, Any] = None, None
        super().__init__()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_inv" or isinstance(value, Transform)}

    @property
    def event_dim(self) -> int:
        """The number of event dims of x and of y, if both are the same."""
        if self.domain.event_dim != self.codomain.event_dim:
            raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")
        return int(self.domain.event_dim)

    @property
    def inv(self) -> Transform:
        """The inverse transform; `t.inv.inv is t`."""
        inverse: Transform | None = self._inv and self._inv()
        if inverse is None:
            inverse = _InverseTransform(self)
            self._inv = ref(inverse)  # weak, so that the two are freed with their last use
        return inverse

    @property
    def sign(self) -> Any:
        """1 or -1: whether a bijective function of numbers increases or decreases."""
        raise NotImplementedError(f"{type(self).__name__} has no sign: it is not monotonic")

    def with_cache(self, cache_size: int = 1) -> Transform:
        """The same transform with another size of its cache."""
        if self._cache_size == cache_size:
            return self
        new = copy(self)
        Transform.__init__(new, cache_size)
        return new

    def __eq__(self, other: object) -> bool:
        if self._compared is None or type(self) is not type(other):
            return self is other
        return all(_equal(getattr(self, name), getattr(other, name)) for name in self._compared)

    def __hash__(self) -> int:
        return hash(type(self))

    def __call__(self, x: Any) -> Any:
        """The result y = f(x)."""
        return self._cached(x, 0, self._call)

    def _inv_call(self, y: Any) -> Any:
        return self._cached(y, 1, self._inverse)

    def _cached(self, given: Any, place: int, function: Callable[[Any], Any]) -> Any:
        if not self._cache_size:
            return function(given)
        if self._cached_x_y[place] is not given:
            found = function(given)
            self._cached_x_y = (found, given) if place else (given, found)
        return self._cached_x_y[1 - place]

    def _call(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _call(x)")

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _inverse(y)")

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |det ∂y/∂x| at x and y = f(x), without the event dims."""
        raise NotImplementedError(f"{type(self).__name__} does not define log_abs_det_jacobian(x, y)")

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of y for the shape of x."""
        return tuple(shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """The shape of x for the shape of y."""
        return tuple(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _equal(a: Any, b: Any) -> bool:
    equal = a == b
    return bool(equal.all()) if isinstance(equal, Tensor) else bool(equal)


class _InverseTransform(Transform):
    _compared = ("_inv",)

    def __init__(self, transform: Transform) -> None:
        super().__init__(transform._cache_size)
        self._inv = transform

    domain = property(lambda self: self._inv.codomain)
    codomain = property(lambda self: self._inv.domain)
    bijective = property(lambda self: self._inv.bijective)
    sign = property(lambda self: self._inv.sign)
    inv = property(lambda self: self._inv)

    def with_cache(self, cache_size: int = 1) -> Transform:
        return self._inv.with_cache(cache_size).inv

    def __call__(self, x: Any) -> Any:
        return self._inv._inv_call(x)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self._inv.forward_shape(shape)

    def __repr__(self) -> str:
        return f"_InverseTransform({self._inv!r})"


def with_events(base: Constraint, count: int) -> Constraint:
    """A constraint of values with `count` more event dims."""
    return independent(base, count) if count > 0 else base
