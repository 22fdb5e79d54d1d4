"""Distributions: samples, densities and entropies, with gradients for the parameters.

`rsample` draws by a formula that the gradient passes through (the reparameterization of an autoencoder); `sample`
cuts the graph, and `log_prob` is what a policy gradient differentiates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import bernoulli as draw_bernoulli
from autograd import (
    broadcast_shapes,
    broadcast_tensors,
    erf,
    erfinv,
    finfo,
    log,
    logsumexp,
    multinomial,
    no_grad,
    rand,
    randn,
    sigmoid,
    tensor,
    where,
)
from autograd.tensor import Size, Tensor

from .functional import binary_cross_entropy_with_logits

__all__ = [
    "Bernoulli", "Categorical", "Distribution", "Exponential", "Independent", "Normal", "Uniform", "kl_divergence",
]  # fmt: skip


class Distribution:
    """Base of the distributions: `batch_shape` counts independent ones, `event_shape` is the shape of one draw.

    Raises:
        ValueError: a parameter is out of its range; or neither or both of `probs` and `logits` are given.
    """

    has_rsample = False
    _shown: tuple[str, ...] = ()

    def __init__(self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = ()) -> None:
        self.batch_shape, self.event_shape = Size(batch_shape), Size(event_shape)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its mean")

    @property
    def mode(self) -> Tensor:
        """Where the density is highest."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its variance")

    @property
    def stddev(self) -> Tensor:
        """The root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws of shape sample_shape + batch_shape + event_shape, outside any graph."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws that the parameters' gradients pass through.

        Raises:
            NotImplementedError: the distribution has no such formula.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rsample: its draws are no smooth function")

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its log_prob")

    def entropy(self) -> Tensor:
        """The entropy, in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its entropy")

    def perplexity(self) -> Tensor:
        """exp of the entropy."""
        return self.entropy().exp()

    def _extended(self, sample_shape: Sequence[int]) -> tuple[int, ...]:
        return (*sample_shape, *self.batch_shape, *self.event_shape)

    def _check_value(self, value: Any, allowed: str, is_allowed: Any) -> None:
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        try:
            broadcast_shapes(tuple(value.shape), self._extended(()))
        except RuntimeError:
            raise ValueError(
                f"Value is not broadcastable with batch_shape+event_shape: {value.shape} vs {Size(self._extended(()))}."
            ) from None
        if not is_allowed(value).all():
            raise ValueError(
                f"Expected value argument (Tensor of shape {tuple(value.shape)}) to be within the support ({allowed}) "
                f"of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        values = [(name, getattr(self, name)) for name in self._shown]
        return f"{type(self).__name__}({', '.join(f'{n}: {x if x.numel() == 1 else x.shape}' for n, x in values)})"


def _parameters(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and tensors as tensors of one shape."""
    for value in values:
        if not isinstance(value, (Tensor, int, float)):
            raise ValueError(f"Input arguments must all be numbers or Tensors, but got {type(value).__name__}")
    kinds = [value for value in values if isinstance(value, Tensor)]
    dtype = kinds[0].dtype if kinds else None
    tensors = [value if isinstance(value, Tensor) else tensor(float(value), dtype=dtype) for value in values]
    return tuple(broadcast_tensors(*tensors))


def _check(distribution: Distribution, name: str, ok: Tensor, constraint: str) -> None:
    if not ok.all():
        value = getattr(distribution, name)
        raise ValueError(
            f"Expected parameter {name} (Tensor of shape {tuple(value.shape)}) of distribution {distribution!r} to "
            f"satisfy the constraint {constraint}, but found invalid values:\n{value}"
        )


def _any(value: Tensor) -> Tensor:
    return ~value.isnan()


class Normal(Distribution):
    """The normal distribution of mean `loc` and standard deviation `scale`.

    >>> Normal(0.0, 1.0).log_prob(tensor(0.0))
    tensor(-0.9189)
    """

    has_rsample = True
    _shown = ("loc", "scale")

    def __init__(self, loc: Tensor | float, scale: Tensor | float) -> None:
        self.loc, self.scale = _parameters(loc, scale)
        super().__init__(self.loc.shape)
        _check(self, "loc", _any(self.loc), "Real()")
        _check(self, "scale", self.scale > 0, "GreaterThan(lower_bound=0.0)")

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self.scale**2

    @property
    def stddev(self) -> Tensor:
        return self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.loc + randn(*self._extended(sample_shape), dtype=self.loc.dtype) * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, "Real()", _any)
        return -((value - self.loc) ** 2) / (2 * self.scale**2) - self.scale.log() - math.log(2 * math.pi) / 2

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a draw up to `value`."""
        return 0.5 * (1 + erf((value - self.loc) / (self.scale * math.sqrt(2))))

    def icdf(self, value: Tensor) -> Tensor:
        """Up to where draws have the probability `value`."""
        return self.loc + self.scale * erfinv(2 * value - 1) * math.sqrt(2)


class Uniform(Distribution):
    """Every number in [low, high) alike."""

    has_rsample = True
    _shown = ("low", "high")

    def __init__(self, low: Tensor | float, high: Tensor | float) -> None:
        self.low, self.high = _parameters(low, high)
        super().__init__(self.low.shape)
        if not (self.low < self.high).all():
            raise ValueError("Uniform is not defined when low >= high")

    @property
    def mean(self) -> Tensor:
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Tensor:
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.low + rand(*self._extended(sample_shape), dtype=self.low.dtype) * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, "Interval()", lambda x: (x >= self.low) & (x <= self.high))
        inside = (self.low <= value) & (value < self.high)
        return log(inside.to(self.low.dtype)) - log(self.high - self.low)

    def entropy(self) -> Tensor:
        return log(self.high - self.low)


class Exponential(Distribution):
    """The time to the next event, where `rate` events are expected in one unit of time."""

    has_rsample = True
    _shown = ("rate",)

    def __init__(self, rate: Tensor | float) -> None:
        (self.rate,) = _parameters(rate)
        super().__init__(self.rate.shape)
        _check(self, "rate", self.rate > 0, "GreaterThan(lower_bound=0.0)")

    @property
    def mean(self) -> Tensor:
        return 1 / self.rate

    @property
    def variance(self) -> Tensor:
        return self.rate**-2

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return -log(1 - rand(*self._extended(sample_shape), dtype=self.rate.dtype)) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, "GreaterThanEq(lower_bound=0.0)", lambda x: x >= 0)
        return self.rate.log() - self.rate * value

    def entropy(self) -> Tensor:
        return 1.0 - self.rate.log()


class Bernoulli(Distribution):
    """1 with the probability `probs`, or sigmoid(`logits`), else 0."""

    def __init__(self, probs: Tensor | float | None = None, logits: Tensor | float | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if logits is None:
            (self.probs,) = _parameters(probs)
            self._shown = ("probs",)
            inside = self.probs.clamp(finfo(self.probs.dtype).eps, 1 - finfo(self.probs.dtype).eps)
            self.logits = log(inside) - (-inside).log1p()
        else:
            (self.logits,) = _parameters(logits)
            self._shown = ("logits",)
            self.probs = sigmoid(self.logits)
        super().__init__(self.logits.shape)
        if logits is None:
            _check(self, "probs", (self.probs >= 0) & (self.probs <= 1), "Interval(lower_bound=0.0, upper_bound=1.0)")

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return where(self.probs == 0.5, math.nan, (self.probs >= 0.5).to(self.probs.dtype))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return draw_bernoulli(self.probs.detach().expand(*self._extended(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, "Boolean()", lambda x: (x == 0) | (x == 1))
        logits, value = broadcast_tensors(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value.to(logits.dtype), reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class Categorical(Distribution):
    """A class from 0 to K - 1, with the probabilities `probs`, (*, K), or softmax(`logits`).

    >>> Categorical(tensor([1.0, 3.0])).log_prob(tensor(1)).exp()
    tensor(0.7500)
    """

    def __init__(self, probs: Tensor | None = None, logits: Tensor | None = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        given = logits if probs is None else probs
        assert given is not None
        name = "logits" if probs is None else "probs"
        if given.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        self._shown = (name,)
        super().__init__(given.shape[:-1])
        self.param_shape = given.shape
        self._num_events = given.shape[-1]
        if probs is None:
            self.logits = given - logsumexp(given, -1, keepdim=True)
            _check(self, "logits", _any(given), "IndependentConstraint(Real(), 1)")
            self.probs = self.logits.exp()
        else:
            self.probs = given
            _check(self, "probs", (given >= 0) & (given.sum(-1, keepdim=True) > 0), "Simplex()")
            self.probs = given / given.sum(-1, keepdim=True)
            self.logits = log(self.probs.clamp(finfo(given.dtype).eps, 1 - finfo(given.dtype).eps))

    @property
    def mean(self) -> Tensor:
        return self.probs.detach().sum(-1) * math.nan

    @property
    def variance(self) -> Tensor:
        return self.mean

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(-1)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        rows = self.probs.detach().reshape(-1, self._num_events)
        drawn = multinomial(rows, math.prod(sample_shape), replacement=True)
        return drawn.T.reshape(self._extended(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        last = self._num_events - 1
        self._check_value(
            value,
            f"IntegerInterval(lower_bound=0, upper_bound={last})",
            lambda x: (x >= 0) & (x <= last) & (x == x.to(x.dtype).floor()),
        )
        shape = broadcast_shapes(tuple(value.shape), tuple(self.batch_shape))
        chosen = value.long().expand(*shape).unsqueeze(-1)
        return self.logits.expand(*shape, self._num_events).gather(-1, chosen).squeeze(-1)

    def entropy(self) -> Tensor:
        return -(self.logits.clamp(min=finfo(self.logits.dtype).min) * self.probs).sum(-1)


class Independent(Distribution):
    """The last batch dims of another distribution made one event: their log probabilities are summed."""

    def __init__(self, base_distribution: Distribution, reinterpreted_batch_ndims: int) -> None:
        count, shape = reinterpreted_batch_ndims, base_distribution.batch_shape
        if count > len(shape):
            raise ValueError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), "
                f"actual {count} vs {len(shape)}"
            )
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, count
        self.has_rsample = base_distribution.has_rsample
        kept = len(shape) - count
        super().__init__(shape[:kept], (*shape[kept:], *base_distribution.event_shape))

    @property
    def mean(self) -> Tensor:
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        return self._summed(self.base_dist.log_prob(value))

    def entropy(self) -> Tensor:
        return self._summed(self.base_dist.entropy())

    def _summed(self, x: Tensor) -> Tensor:
        dims = tuple(range(-self.reinterpreted_batch_ndims, 0))
        return x.sum(dims) if dims else x

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The mean of log p - log q under p, in closed form.

    Raises:
        NotImplementedError: no closed form for the two is here.
    """
    if isinstance(p, Normal) and isinstance(q, Normal):
        ratio = (p.scale / q.scale) ** 2
        return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())
    if isinstance(p, Categorical) and isinstance(q, Categorical):
        return where(p.probs == 0, 0.0, p.probs * (p.logits - q.logits)).sum(-1)
    if isinstance(p, Bernoulli) and isinstance(q, Bernoulli):
        return binary_cross_entropy_with_logits(q.logits, p.probs, reduction="none") - p.entropy()
    if isinstance(p, Exponential) and isinstance(q, Exponential):
        ratio = q.rate / p.rate
        return ratio - 1 - ratio.log()
    if isinstance(p, Uniform) and isinstance(q, Uniform):
        inside = (q.low <= p.low) & (p.high <= q.high)
        return where(inside, log((q.high - q.low) / (p.high - p.low)), math.inf)
    if (
        isinstance(p, Independent)
        and isinstance(q, Independent)
        and p.reinterpreted_batch_ndims == q.reinterpreted_batch_ndims
    ):
        return p._summed(kl_divergence(p.base_dist, q.base_dist))
    raise NotImplementedError(f"kl_divergence: no formula for {type(p).__name__} and {type(q).__name__}")
