"""The domain of each primitive: random arguments away from its kinks and poles, on which its rules are checked."""

from . import elementwise, matrix, reduce, shape, transforms, window
from .domain import Domain, domain, domains, stated_domain

__all__ = ["Domain", "domain", "domains", "stated_domain"]
