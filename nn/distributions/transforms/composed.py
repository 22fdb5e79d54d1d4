"""Transforms made of others."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

from autograd import Tensor, cat, stack, zeros_like

from .. import constraints
from ..constraints import Constraint
from ..utils import _sum_rightmost
from .base import Transform, with_events


class ComposeTransform(Transform):
    """Several transforms, one after the other."""

    _compared = ("parts",)

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = [part.with_cache(cache_size) for part in parts] if cache_size else list(parts)
        domains, codomains = [part.domain for part in self.parts], [part.codomain for part in self.parts]
        self.domain = _chained([*zip(domains, codomains)])
        self.codomain = _chained([*zip(codomains, domains)][::-1])

    @property
    def bijective(self) -> Any:
        return all(part.bijective for part in self.parts)

    @property
    def sign(self) -> Any:
        return math.prod(part.sign for part in self.parts)

    def with_cache(self, cache_size: int = 1) -> Transform:
        return self if self._cache_size == cache_size else ComposeTransform(self.parts, cache_size)

    def _call(self, x: Any) -> Any:
        return reduce(lambda value, part: part(value), self.parts, x)

    def _inverse(self, y: Any) -> Any:
        return reduce(lambda value, part: part.inv(value), reversed(self.parts), y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        if not self.parts:
            return zeros_like(x)
        terms, event_dim = [], self.domain.event_dim
        for part in self.parts:
            after = y if part is self.parts[-1] else part(x)
            terms.append(_sum_rightmost(part.log_abs_det_jacobian(x, after), event_dim - part.domain.event_dim))
            event_dim += part.codomain.event_dim - part.domain.event_dim
            x = after
        return sum(terms[1:], terms[0])

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return reduce(lambda sizes, part: part.forward_shape(sizes), self.parts, tuple(shape))

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return reduce(lambda sizes, part: part.inverse_shape(sizes), reversed(self.parts), tuple(shape))

    def __repr__(self) -> str:
        return "ComposeTransform(\n    " + ",\n    ".join(map(repr, self.parts)) + "\n)"


def _chained(pairs: list[tuple[Constraint, Constraint]]) -> Constraint:
    """The constraint of a chain's first values, with the event dims that the links after it need.

    Args:
        pairs: for each link the constraint of its first and of its last values.
    """
    if not pairs:
        return constraints.real
    event_dim = pairs[-1][1].event_dim
    for first, last in reversed(pairs):
        event_dim = max(event_dim + first.event_dim - last.event_dim, first.event_dim)
    return with_events(pairs[0][0], event_dim - pairs[0][0].event_dim)


class IndependentTransform(Transform):
    """Another transform, whose last batch dims are event dims."""

    _compared = ("base_transform", "reinterpreted_batch_ndims")

    def __init__(self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform.with_cache(cache_size)
        self.reinterpreted_batch_ndims = reinterpreted_batch_ndims
        self.domain = constraints.independent(base_transform.domain, reinterpreted_batch_ndims)
        self.codomain = constraints.independent(base_transform.codomain, reinterpreted_batch_ndims)

    @property
    def bijective(self) -> Any:
        return self.base_transform.bijective

    @property
    def sign(self) -> Any:
        return self.base_transform.sign

    def _call(self, x: Any) -> Any:
        return self.base_transform(x)

    def _inverse(self, y: Any) -> Any:
        return self.base_transform.inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return _sum_rightmost(self.base_transform.log_abs_det_jacobian(x, y), self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.base_transform.forward_shape(shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return self.base_transform.inverse_shape(shape)

    def __repr__(self) -> str:
        return f"IndependentTransform({self.base_transform!r}, {self.reinterpreted_batch_ndims})"


class _Several(Transform):
    """Base of the transforms that apply one transform to each part of a tensor along `dim`."""

    transforms: list[Transform]
    dim: int
    _split: Callable[[Any], Sequence[Tensor]]
    _join: Callable[[list[Any], int], Tensor]

    @property
    def bijective(self) -> Any:
        return all(part.bijective for part in self.transforms)

    def _call(self, x: Any) -> Any:
        return self._join([t(part) for t, part in zip(self.transforms, self._split(x), strict=True)], self.dim)

    def _inverse(self, y: Any) -> Any:
        return self._join([t.inv(part) for t, part in zip(self.transforms, self._split(y), strict=True)], self.dim)

    def _log_dets(self, x: Any, y: Any) -> list[Any]:
        parts = zip(self.transforms, self._split(x), self._split(y), strict=True)
        return [t.log_abs_det_jacobian(a, b) for t, a, b in parts]


class CatTransform(_Several):
    """One transform for each part of a tensor along `dim`; `lengths` are their sizes, by default 1."""

    _join = staticmethod(cat)

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size)
        self.transforms, self.dim = [t.with_cache(cache_size) for t in tseq], dim
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        self.domain = constraints.cat([t.domain for t in self.transforms], dim, self.lengths)
        self.codomain = constraints.cat([t.codomain for t in self.transforms], dim, self.lengths)

    @property
    def length(self) -> int:
        """The size of `dim`."""
        return sum(self.lengths)

    def _split(self, x: Any) -> Sequence[Tensor]:
        return x.split(self.lengths, self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        terms = [
            _sum_rightmost(term, self.event_dim - t.event_dim)
            for t, term in zip(self.transforms, self._log_dets(x, y), strict=True)
        ]
        dim = (self.dim - x.ndim if self.dim >= 0 else self.dim) + self.event_dim
        return cat(terms, dim) if dim < 0 else sum(terms[1:], terms[0])


class StackTransform(_Several):
    """One transform for each index along `dim`."""

    _join = staticmethod(stack)

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.transforms, self.dim = [t.with_cache(cache_size) for t in tseq], dim
        self.domain = constraints.stack([t.domain for t in self.transforms], dim)
        self.codomain = constraints.stack([t.codomain for t in self.transforms], dim)

    def _split(self, x: Any) -> Sequence[Tensor]:
        return x.unbind(self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return stack(self._log_dets(x, y), self.dim)


identity_transform = ComposeTransform([])
