"""Symbols: an operation and its rules as formulas, printed from the primitive's own source.

A rule such as `lambda g, out: g * (1 - out * out)` is printed as `g·(1 - out²)`, and an operation is printed from its
forward: `np.sqrt` as `√(x)`. So a new primitive needs nothing here. The tables hold what the source does not say, or
says less clearly than a formula or a few words. The letters are the rule's own: `g` is the cotangent of the output,
`out` is the output, and every other letter is an argument.
"""

from __future__ import annotations

import builtins
import functools
from collections import ChainMap
from collections.abc import Mapping
from types import BuiltinFunctionType, CellType
from typing import Any

import numpy as np

from ..core.graph import PrimitiveLike
from ..core.primitive import parameters_of, registry
from ..core.rule_text import text_of
from .blackboard import Notation, formula, replaced

#: How to write an operation whose forward is a longer function.
EXPRESSIONS: dict[str, str] = {
    # elementwise
    "square": "x²",
    "pow": "x^y",
    "pow_number": "x^exponent",
    "sigmoid": "1/(1 + exp(-x))",
    "softplus": "log(1 + exp(x))",
    "log_sigmoid": "-log(1 + exp(-x))",
    "keep": "x where mask, else 0",
    "clamp": "min(max(x, low), high)",
    "angle": "arg(x)",
    "to_copy": "x in another type",
    "binary_cross_entropy": "-(y·log(x) + (1 - y)·log(1 - x))",
    # special functions
    "erfcx": "exp(x²)·erfc(x)",
    "erfinv": "the z with erf(z) = x",
    "ndtri": "the z with Φ(z) = x",
    "log_ndtr": "log Φ(x), Φ the normal integral",
    "lgamma": "log |Γ(x)|",
    "digamma": "ψ(x), the derivative of log Γ",
    "polygamma": "the derivative of order n of ψ at x",
    "zeta": "ζ(x, y)",
    "igamma": "P(x, y), the lower incomplete Γ",
    "igammac": "Q(x, y), the upper incomplete Γ",
    "bessel_i": "Iₙ(x), n = order",
    "bessel_ie": "exp(-|x|)·Iₙ(x), n = order",
    "fft": "the Fourier transform of x",
    "ifft": "the inverse Fourier transform of x",
    "rfft": "half of the Fourier transform of real x",
    "irfft": "the real signal whose half transform is x",
    # matrices
    "dot": "Σ x·y",
    "linear": "x @ weightᵀ + bias",
    "inv": "x⁻¹",
    "solve": "a⁻¹ @ b",
    "log_det": "log |det x|",
    "cofactors": "the cofactors of x",
    "pinv": "the pseudo-inverse of x",
    "matrix_exp": "the matrix exponential of x",
    "cholesky": "the Cholesky factor of x",
    "lu_factor": "the LU factors of x",
    "qr": "the QR factors of x",
    "eigh": "the eigenvalues and eigenvectors of x",
    "eig": "the eigenvalues and eigenvectors of x",
    "svd": "the singular values and vectors of x",
    # reductions and losses
    "sum": "Σ x",
    "mean": "(Σ x)/n",
    "amax": "max x",
    "amin": "min x",
    "spread": "x copied over a group",
    "cumsum": "running sums of x",
    "cumsum_back": "running sums of x from the end",
    "logsumexp": "log Σ exp(x)",
    "softmax": "exp(x)/Σ exp(x)",
    "log_softmax": "x - log Σ exp(x)",
    "cross_entropy": "mean of -log softmax(x) at target",
    "cross_entropy_miss": "softmax(x) - one_hot(target)",
    "mse_loss": "mean of (x - y)²",
    "normalize": "x̂·weight + bias, x̂ = (x - mean)/√(variance + eps)",
    # shapes and indices
    "expand": "x copied to a shape",
    "sum_to": "x summed to a shape",
    "view": "x in another shape",
    "permute": "x with its dims permuted",
    "flip": "x reversed along axes",
    "roll": "x rolled by shifts",
    "index": "x[key]",
    "index_put": "zeros with x added at key",
    "diagonal": "the diagonal of x",
    "diagonal_scatter": "zeros with x on the diagonal",
    "tril": "the lower triangle of x",
    "triu": "the upper triangle of x",
    "cat": "the xs concatenated",
    "constant_pad": "x with a border",
    "embedding_add": "zeros with the rows of y added at numbers",
    # in-place writes
    "setitem": "x after x[key] = value",
    "copy_slices": "base after a write through a view",
    "zero_part": "x with 0 in a view",
    # windows
    "convolution": "x ⋆ weight + bias",
    "convolution_input": "y ⋆ᵀ weight",
    "convolution_weight": "x ⋆ y",
    "unfold": "each window of x as a column",
    "fold": "the columns of y added at their windows",
    "max_pool": "the maximum of each window of x",
    "max_pool_take": "x at the chosen positions",
    "max_pool_put": "y placed at the chosen positions",
    "avg_pool": "the mean of each window of x",
    "avg_pool_spread": "y/divisor added over each window",
}

#: How to write the rules that are longer functions, or whose source guards against zeros and overflow.
RULES: dict[str, dict[str, str]] = {
    # elementwise
    "pow": {"x": "g·y·x^(y - 1)", "y": "g·out·log(x)"},
    "pow_number": {"x": "g·exponent·x^(exponent - 1)"},
    "exp_number": {"y": "g·out·log(base)"},
    "root": {"x": "g/(2·out)"},
    "modulus": {"x": "g·conj(x)/out"},
    "imag": {"x": "-i·g"},
    "angle": {"x": "-i·g/x"},
    "relu": {"x": "g where out > 0, else 0"},
    "maximum": {"x": "g where x > y, g/2 where x = y, else 0", "y": "g where y > x, g/2 where x = y, else 0"},
    "minimum": {"x": "g where x < y, g/2 where x = y, else 0", "y": "g where y < x, g/2 where x = y, else 0"},
    "clamp": {"x": "g where low ≤ x ≤ high, else 0"},
    "binary_cross_entropy": {"x": "g·(x - y)/(x·(1 - x))"},
    # special functions
    "erf": {"x": "g·2/√(π)·exp(-x²)"},
    "erfc": {"x": "-g·2/√(π)·exp(-x²)"},
    "erfcx": {"x": "g·(2·x·out - 2/√π)"},
    "erfinv": {"x": "g·exp(out²)·√π/2"},
    "log_ndtr": {"x": "g·φ(x)/Φ(x), φ the normal density"},
    "lgamma": {"x": "g·ψ(x)"},
    "digamma": {"x": "g·ψ′(x)"},
    "polygamma": {"x": "g·(the derivative of order n + 1 of ψ at x)"},
    "igamma": {"y": "g·y^(x - 1)·exp(-y)/Γ(x)"},
    "igammac": {"y": "-g·y^(x - 1)·exp(-y)/Γ(x)"},
    "bessel_i": {"x": "g·(Iₙ₋₁(x) + Iₙ₊₁(x))/2"},
    "bessel_ie": {"x": "g·exp(-|x|)·((Iₙ₋₁(x) + Iₙ₊₁(x))/2 - sign(x)·Iₙ(x))"},
    "rfft": {"x": "the real part of the Fourier transform of g, padded with zeros"},
    "irfft": {"x": "half of the inverse transform of g, its inner terms doubled"},
    # matrices
    "linear": {"bias": "Σ g over the rows"},
    "cofactors": {"x": "the second derivative of det x, applied to g"},
    "pinv": {"x": "-outᵀ @ g @ outᵀ, plus two projection terms"},
    "matrix_exp": {"x": "its derivative at xᵀ, applied to g"},
    "cholesky": {"x": "(outᵀ)⁻¹ @ Φ(outᵀ @ g) @ out⁻¹, made symmetric"},
    "lu_factor": {"x": "the gradients of both factors, solved for that of x"},
    "qr": {"x": "the gradients of both factors, solved for that of x"},
    "eigh": {"x": "V @ (diag(gλ) + F∘(Vᵀ @ gV)) @ Vᵀ"},
    "eig": {"x": "(Vᴴ)⁻¹ @ (diag(gλ) + F∘(Vᴴ @ gV)) @ Vᴴ"},
    "svd": {"x": "U @ (diag(gS) + the terms of the vectors) @ Vᴴ"},
    # reductions and losses
    "sum": {"x": "g copied to every element that was summed"},
    "mean": {"x": "g/n copied to every element that was summed"},
    "amax": {"x": "g where x = out, shared by ties, else 0"},
    "amin": {"x": "g where x = out, shared by ties, else 0"},
    "spread": {"x": "Σ g over the group"},
    "logsumexp": {"x": "g·exp(x - out)"},
    "cross_entropy": {"x": "g·(softmax(x) - one_hot(target))/n"},
    "cross_entropy_miss": {"x": "p·(g - Σ g·p), p = softmax(x)"},
    "mse_loss": {"x": "g·2·(x - y)/n", "y": "g·2·(y - x)/n"},
    "normalize": {
        "x": "(h - mean(h) - x̂·mean(h·x̂))/√(variance + eps), h = g·weight",
        "weight": "Σ g·x̂",
        "bias": "Σ g",
    },
    # shapes and indices
    "view": {"x": "g in the shape of x"},
    "permute": {"x": "g with its dims permuted back"},
    "roll": {"x": "g rolled back by shifts"},
    "cat": {"xs": "the piece of g that belongs to this input"},
    "constant_pad": {"x": "g without the border"},
    "embedding": {"weight": "zeros with the rows of g added at numbers"},
    # in-place writes
    "setitem": {"x": "g with 0 at key"},
    "copy_slices": {"view": "the view of g"},
    # windows
    "convolution": {"x": "g ⋆ᵀ weight (the transposed convolution)", "bias": "Σ g over rows and positions"},
    "convolution_input": {"y": "g ⋆ weight"},
    "convolution_weight": {"y": "x ⋆ g"},
    "max_pool": {"x": "g placed where each window's maximum was"},
}

#: How to write functions that are not primitives: NumPy's, Python's operators, and the engine's helpers.
_FUNCTIONS: dict[str, str] = {
    "add": "x + y", "sub": "x - y", "mul": "x·y", "truediv": "x/y", "neg": "-x",
    "remainder": "x - y·⌊x/y⌋", "fmod": "x - y·trunc(x/y)", "floor_divide": "⌊x/y⌋",
    "sqrt": "√(x)", "exp2": "2^x", "expm1": "exp(x) - 1", "log1p": "log(1 + x)", "log2": "log₂(x)", "log10": "log₁₀(x)",
    "hypot": "√(x² + y²)", "absolute": "|x|", "abs": "|x|", "floor": "⌊x⌋", "ceil": "⌈x⌉",
    "maximum": "max(x, y)", "minimum": "min(x, y)", "conjugate": "conj(x)", "copy": "x", "dot": "x @ y",
    "where": "y where x, else z", "cast": "x in y", "array_of": "x", "scalars": "x", "zero_cotangent": "0",
    "unknown": "NaN: this derivative is not implemented",
}  # fmt: skip


def expression_of(primitive: PrimitiveLike) -> str:
    """An operation as a formula or in words; `name(x, y)` if neither the tables nor its source say more.

    >>> expression_of(registry["mul"]), expression_of(registry["rsqrt"]), expression_of(registry["sin"])
    ('x·y', '1/√(x)', 'sin(x)')
    """
    if primitive.name in EXPRESSIONS:
        return EXPRESSIONS[primitive.name]
    if "outputs" in primitive.rules:  # each output of a Function with several outputs has a node of its own
        return f"one output of {primitive.name}"
    forward = getattr(primitive, "elementwise", None) or getattr(primitive, "forward", None)
    printed = _printed(forward)
    if printed is not None:
        return printed
    name = getattr(forward, "__name__", "")
    if name in _FUNCTIONS and _is_library(forward):
        return _FUNCTIONS[name]
    return f"{primitive.name}({', '.join(getattr(primitive, 'parameters', primitive.rules))})"


def rule_of(primitive: PrimitiveLike, parameter: str) -> str:
    """The rule of a parameter as a formula or in words; without a table row or source, the name of its function.

    >>> rule_of(registry["mul"], "x"), rule_of(registry["asin"], "x")
    ('g·y', 'g/√(1 - x²)')
    """
    parameter = parameter.partition("[")[0]
    row = RULES.get(primitive.name, {})
    if parameter in row:
        return row[parameter]
    if parameter == "outputs":
        return "g, as that of this output"
    rule = primitive.rules.get(parameter)
    text = _printed(rule) or _called(rule)
    if text is None:
        return f"{primitive.name}.backward(g)"
    return replaced(text, {parameters_of(rule)[0]: "g"})


@functools.lru_cache(maxsize=1024)  # an explanation asks for the same rule at thousands of nodes
def _printed(function: Any) -> str | None:
    """What a lambda returns, as a formula; None for anything else, and for a lambda whose source is not at hand."""
    text = text_of(function)
    return None if text is None else formula(text, _scope_of(function), _notation)


def _called(function: Any) -> str | None:
    """A call of a function that was written with `def`: `slope(g, x)`."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_name == "<lambda>":
        return None
    return formula(f"{code.co_name}({', '.join(parameters_of(function))})", _scope_of(function), _notation)


def _notation(function: Any, name: str) -> Notation | None:
    """How to write a function that a rule or a forward calls; a primitive is written as its own operation is."""
    called = registry.get(getattr(function, "__name__", ""))
    if called is not None and called.function is function:
        return expression_of(called), called.parameters
    name = name.lstrip("_")
    if name in _FUNCTIONS and (function is None or _is_library(function)):
        return _FUNCTIONS[name], ("x", "y", "z")
    return None


def _is_library(function: Any) -> bool:
    """Whether a function belongs to NumPy, Python or the engine, not to the user."""
    if isinstance(function, (np.ufunc, BuiltinFunctionType)):
        return True
    return str(getattr(function, "__module__", "")).partition(".")[0] in ("numpy", "autograd", "nn")


def _scope_of(function: Any) -> Mapping[str, Any]:
    """What the names in a function refer to; its parameters are letters and refer to nothing."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or ())
    closure = {name: cell.cell_contents for name, cell in cells if cell != CellType()}
    return ChainMap(dict.fromkeys(parameters_of(function)), closure, function.__globals__, vars(builtins))
