"""Probability distributions: draws, densities and entropies that are differentiable in the parameters.

`rsample` makes reparameterized draws, through which gradients flow (as in a variational autoencoder). `sample` makes
draws without a graph, whose `log_prob` a policy gradient differentiates.
"""

from autograd.surface import make_public as _make_public

from . import constraints
from .bernoulli import Bernoulli
from .beta import Beta
from .categorical import Categorical
from .dirichlet import Dirichlet
from .distribution import Distribution
from .exponential import Exponential
from .gamma import Gamma
from .independent import Independent
from .kl import kl_divergence, register_kl
from .laplace import Laplace
from .mixture_same_family import MixtureSameFamily
from .multivariate_normal import MultivariateNormal
from .normal import Normal
from .one_hot_categorical import OneHotCategorical
from .poisson import Poisson
from .studentT import StudentT
from .uniform import Uniform

__all__ = [
    "Bernoulli", "Beta", "Categorical", "Dirichlet", "Distribution", "Exponential", "Gamma", "Independent",
    "kl_divergence", "Laplace", "MixtureSameFamily", "MultivariateNormal", "Normal", "OneHotCategorical", "Poisson",
    "StudentT", "Uniform", "constraints", "register_kl",
]  # fmt: skip

_make_public(globals())
