"""The Kullback-Leibler divergence of two distributions."""

from __future__ import annotations

import math

from autograd import digamma, lgamma, linalg, log, where
from autograd.core.tensor import Tensor

from ..functional import binary_cross_entropy_with_logits
from .bernoulli import Bernoulli
from .beta import Beta
from .categorical import Categorical
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exponential import Exponential
from .gamma import Gamma
from .independent import Independent
from .laplace import Laplace
from .multivariate_normal import MultivariateNormal, squared_distance
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .poisson import Poisson
from .uniform import Uniform


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """KL(p ‖ q), the mean of log p - log q under p, in closed form.

    Raises:
        NotImplementedError: there is no formula for the two types of distributions.
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
    if isinstance(p, Laplace) and isinstance(q, Laplace):
        ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
        return apart / q.scale + ratio * (-apart / p.scale).exp() - ratio.log() - 1
    if isinstance(p, Poisson) and isinstance(q, Poisson):
        return p.rate * (p.rate / q.rate).log() - (p.rate - q.rate)
    if isinstance(p, Gamma) and isinstance(q, Gamma):
        a, b = p.concentration, q.concentration
        rates = b * (p.rate / q.rate).log() + a * (q.rate / p.rate - 1)
        return rates + lgamma(b) - lgamma(a) + (a - b) * digamma(a)
    if isinstance(p, Dirichlet) and isinstance(q, Dirichlet):
        a, b = p.concentration, q.concentration
        return q._log_norm() - p._log_norm() + ((a - b) * (digamma(a) - digamma(a.sum(-1, keepdim=True)))).sum(-1)
    if isinstance(p, Beta) and isinstance(q, Beta):
        return kl_divergence(p._dirichlet, q._dirichlet)
    if isinstance(p, OneHotCategorical) and isinstance(q, OneHotCategorical):
        return kl_divergence(p._categorical, q._categorical)
    if isinstance(p, MultivariateNormal) and isinstance(q, MultivariateNormal):
        spread = linalg.solve_triangular(q.scale_tril, p.scale_tril, upper=False).square().sum((-2, -1))
        far = squared_distance(q.scale_tril, q.loc - p.loc)
        return q.half_log_det() - p.half_log_det() + 0.5 * (spread + far - p.event_shape[0])
    if (
        isinstance(p, Independent)
        and isinstance(q, Independent)
        and p.reinterpreted_batch_ndims == q.reinterpreted_batch_ndims
    ):
        return p._summed(kl_divergence(p.base_dist, q.base_dist))
    raise NotImplementedError(f"kl_divergence: no formula for {type(p).__name__} and {type(q).__name__}")
