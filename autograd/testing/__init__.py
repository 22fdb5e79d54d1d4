"""Checking gradients: oracles that know nothing of the rules, and what compares the two."""

from . import window_domains
from .checking import Mismatch, check_primitive, check_vjp
from .domains import Domain, domains
from .drawing import Draw, Sample
from .gradcheck import GradcheckError, gradcheck
from .oracles import Estimate, complex_step, finite_difference

__all__ = [
    "Domain", "Draw", "Estimate", "GradcheckError", "Mismatch", "Sample",
    "check_primitive", "check_vjp", "complex_step", "domains", "finite_difference", "gradcheck",
]  # fmt: skip
