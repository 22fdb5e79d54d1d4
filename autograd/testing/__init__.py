"""Gradient checks: they compare the gradients of the engine with oracles that do not use its rules."""

from ..surface import make_public as _make_public
from .check_op import check_op
from .check_rule import check_rule
from .closeness import assert_close
from .domains import Domain, domains
from .engine.calls import GradcheckError, Mismatch
from .engine.digits import Report
from .engine.draw import Draw, Sample, Values
from .engine.oracles import Estimate, complex_step, finite_difference, second_derivative
from .engine.sweep import ErrorMap
from .engine.taylor import taylor_slope
from .error_map import error_map
from .gradcheck import check_grads, gradcheck, gradgradcheck
from .vjp import check_primitive, check_vjp

__all__ = [
    "Domain", "Draw", "ErrorMap", "Estimate", "GradcheckError", "Mismatch", "Report", "Sample", "Values",
    "assert_close", "check_grads", "check_op", "check_primitive", "check_rule", "check_vjp", "complex_step", "domains",
    "error_map", "finite_difference", "gradcheck", "gradgradcheck", "second_derivative", "taylor_slope",
]  # fmt: skip

_make_public(globals())
