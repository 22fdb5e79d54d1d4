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

#: How to write an operation (`out`) whose forward is a longer function, and the rules of its arguments that are longer
#: functions, or whose source guards against zeros and overflow.
FORMULAS: dict[str, dict[str, str]] = {
    # elementwise
    "square": {"out": "x²"},
    "pow": {"out": "x^y", "x": "g·y·x^(y - 1)", "y": "g·out·log(x)"},
    "pow_number": {"out": "x^exponent", "x": "g·exponent·x^(exponent - 1)"},
    "exp_number": {"y": "g·out·log(base)"},
    "root": {"x": "g/(2·out)"},
    "atan2": {"x": "g·y/(x² + y²)", "y": "-g·x/(x² + y²)"},
    "xlogy": {"out": "x·log(y)", "x": "g·log(y)", "y": "g·x/y"},
    "xlog1py": {"out": "x·log(1 + y)", "x": "g·log(1 + y)", "y": "g·x/(1 + y)"},
    "entr": {"out": "-x·log(x)"},
    "logit": {"x": "g/(x·(1 - x))"},
    "copysign": {"out": "x with the sign of y", "x": "g where x keeps its sign, -g where it changes, 0 for x = 0"},
    "nextafter": {"out": "the next number from x towards y", "x": "g where x ≠ y, else 0"},
    "elu": {"out": "x where x > 0, else scale·(exp(rate·x) - 1)", "x": "g where x > 0, else g·scale·rate·exp(rate·x)"},
    "modulus": {"x": "g·conj(x)/out"},
    "imag": {"x": "-i·g"},
    "sigmoid": {"out": "1/(1 + exp(-x))"},
    "softplus": {"out": "log(1 + exp(x))"},
    "log_sigmoid": {"out": "-log(1 + exp(-x))"},
    "keep": {"out": "x where mask, else 0"},
    "clamp": {"out": "min(max(x, low), high)", "x": "g where low ≤ x ≤ high, else 0"},
    "hardtanh": {"out": "min(max(x, low), high)", "x": "g where low < x < high, else 0"},
    "hardsigmoid": {"out": "min(max(x + 3, 0), 6)/6", "x": "g/6 where -3 < x < 3, else 0"},
    "leaky_relu": {"out": "x where x > 0, else slope·x", "x": "g where x > 0, else g·slope"},
    "huber": {"out": "d²/2 where |d| ≤ delta, else delta·(|d| - delta/2)", "d": "g·(d limited to [-delta, delta])"},
    "angle": {"out": "arg(x)", "x": "-i·g/x"},
    "relu": {"out": "max(x, 0)", "x": "g where out > 0, else 0"},
    "relu_back": {"out": "x where y ≠ 0, else 0"},
    "maximum": {"x": "g where x > y, g/2 where x = y, else 0", "y": "g where y > x, g/2 where x = y, else 0"},
    "minimum": {"x": "g where x < y, g/2 where x = y, else 0", "y": "g where y < x, g/2 where x = y, else 0"},
    "clone": {"out": "a copy of x"},
    "to_copy": {"out": "x in another type"},
    "binary_cross_entropy": {"out": "-(y·log(x) + (1 - y)·log(1 - x))", "x": "g·(x - y)/(x·(1 - x))"},
    # special functions
    "erf": {"x": "g·2/√(π)·exp(-x²)"},
    "erfc": {"x": "-g·2/√(π)·exp(-x²)"},
    "erfcx": {"out": "exp(x²)·erfc(x)", "x": "g·(2·x·out - 2/√π)"},
    "erfinv": {"out": "the z with erf(z) = x", "x": "g·exp(out²)·√π/2"},
    "ndtri": {"out": "the z with Φ(z) = x"},
    "log_ndtr": {"out": "log Φ(x), Φ the normal integral", "x": "g·φ(x)/Φ(x), φ the normal density"},
    "gelu": {"out": "x·Φ(x), Φ the normal integral", "x": "g·(Φ(x) + x·φ(x)), φ the normal density"},
    "gelu_slope": {"out": "Φ(x) + x·φ(x)", "x": "g·(2 - x²)·φ(x), φ the normal density"},
    "lgamma": {"out": "log |Γ(x)|", "x": "g·ψ(x)"},
    "digamma": {"out": "ψ(x), the derivative of log Γ", "x": "g·ψ′(x)"},
    "polygamma": {"out": "the derivative of order n of ψ at x", "x": "g·(the derivative of order n + 1 of ψ at x)"},
    "zeta": {"out": "ζ(x, y)"},
    "igamma": {"out": "P(x, y), the lower incomplete Γ", "y": "g·y^(x - 1)·exp(-y)/Γ(x)"},
    "igammac": {"out": "Q(x, y), the upper incomplete Γ", "y": "-g·y^(x - 1)·exp(-y)/Γ(x)"},
    "bessel_i": {"out": "Iₙ(x), n = order", "x": "g·(Iₙ₋₁(x) + Iₙ₊₁(x))/2"},
    "bessel_ie": {"out": "exp(-|x|)·Iₙ(x), n = order", "x": "g·exp(-|x|)·((Iₙ₋₁(x) + Iₙ₊₁(x))/2 - sign(x)·Iₙ(x))"},
    "fft": {"out": "the Fourier transform of x"},
    "ifft": {"out": "the inverse Fourier transform of x"},
    "rfft": {
        "out": "half of the Fourier transform of real x",
        "x": "the real part of the Fourier transform of g, padded with zeros",
    },
    "irfft": {
        "out": "the real signal whose half transform is x",
        "x": "half of the inverse transform of g, its inner terms doubled",
    },
    # matrices
    "dot": {"out": "Σ x·y"},
    "linear": {"out": "x @ weightᵀ + bias", "x": "g @ weight", "weight": "gᵀ @ x", "bias": "Σ g over the rows"},
    "inv": {"out": "x⁻¹"},
    "solve": {"out": "a⁻¹ @ b"},
    "log_det": {"out": "log |det x|"},
    "cofactors": {"out": "the cofactors of x", "x": "the second derivative of det x, applied to g"},
    "pinv": {"out": "the pseudo-inverse of x", "x": "-outᵀ @ g @ outᵀ, plus two projection terms"},
    "matrix_exp": {"out": "the matrix exponential of x", "x": "its derivative at xᵀ, applied to g"},
    "cholesky": {"out": "the Cholesky factor of x", "x": "(outᵀ)⁻¹ @ Φ(outᵀ @ g) @ out⁻¹, made symmetric"},
    "lu_factor": {"out": "the LU factors of x", "x": "the gradients of both factors, solved for that of x"},
    "qr": {"out": "the QR factors of x", "x": "the gradients of both factors, solved for that of x"},
    "eigh": {"out": "the eigenvalues and eigenvectors of x", "x": "V @ (diag(gλ) + F∘(Vᵀ @ gV)) @ Vᵀ"},
    "eig": {"out": "the eigenvalues and eigenvectors of x", "x": "(Vᴴ)⁻¹ @ (diag(gλ) + F∘(Vᴴ @ gV)) @ Vᴴ"},
    "svd": {"out": "the singular values and vectors of x", "x": "U @ (diag(gS) + the terms of the vectors) @ Vᴴ"},
    # reductions and losses
    "sum": {"out": "Σ x", "x": "g copied to every element that was summed"},
    "mean": {"out": "(Σ x)/n", "x": "g/n copied to every element that was summed"},
    "amax": {"out": "max x", "x": "g where x = out, shared by ties, else 0"},
    "amin": {"out": "min x", "x": "g where x = out, shared by ties, else 0"},
    "spread": {"out": "x copied over a group", "x": "Σ g over the group"},
    "cumsum": {"out": "running sums of x"},
    "cumsum_back": {"out": "running sums of x from the end"},
    "prod": {"out": "Π x", "x": "g·(the product of the other factors)"},
    "logsumexp": {"out": "log Σ exp(x)", "x": "g·exp(x - out)"},
    "softmax": {"out": "exp(x)/Σ exp(x)"},
    "masked_softmax": {
        "out": "p = softmax(x + mask), along the last dim",
        "x": "p·(g - Σ g·p)",
        "mask": "Σ p·(g - Σ g·p)",
    },
    "log_softmax": {"out": "x - log Σ exp(x)"},
    "cross_entropy": {"out": "mean of -log softmax(x) at target", "x": "g·(softmax(x) - one_hot(target))/n"},
    "cross_entropy_miss": {"out": "softmax(x) - one_hot(target)", "x": "p·(g - Σ g·p), p = softmax(x)"},
    "mse_loss": {"out": "mean of (x - y)²", "x": "g·2·(x - y)/n", "y": "g·2·(y - x)/n"},
    "normalize": {
        "out": "x̂·weight + bias, x̂ = (x - mean)/√(variance + eps)",
        "x": "(h - mean(h) - x̂·mean(h·x̂))/√(variance + eps), h = g·weight",
        "weight": "Σ g·x̂",
        "bias": "Σ g",
    },
    "self_attention": {"out": "p @ v, p = softmax(q @ kᵀ/√D + mask)", "qkv": "ds @ k/√D, dsᵀ @ q/√D and pᵀ @ g"},
    # shapes and indices
    "expand": {"out": "x copied to a shape"},
    "sum_to": {"out": "x summed to a shape"},
    "view": {"out": "x in another shape", "x": "g in the shape of x"},
    "permute": {"out": "x with its dims permuted", "x": "g with its dims permuted back"},
    "flip": {"out": "x reversed along axes"},
    "roll": {"out": "x rolled by shifts", "x": "g rolled back by shifts"},
    "index": {"out": "x[key]"},
    "index_put": {"out": "zeros with x added at key"},
    "scatter": {
        "out": "x with y at positions",
        "y": "g at positions, where no later y overwrote it, else 0",
    },
    "windows": {"out": "sliding windows of x", "x": "zeros with each window of g added at its place"},
    "windows_back": {"out": "zeros with each window added at its place", "g": "the sliding windows of g"},
    "diagonal": {"out": "the diagonal of x"},
    "diagonal_scatter": {"out": "zeros with x on the diagonal"},
    "tril": {"out": "the lower triangle of x"},
    "triu": {"out": "the upper triangle of x"},
    "cat": {"out": "the xs concatenated", "xs": "the piece of g that belongs to this input"},
    "stack": {"out": "the xs stacked along a new axis", "xs": "the slice of g that belongs to this input"},
    "constant_pad": {"out": "x with a border", "x": "g without the border"},
    "embedding": {"weight": "zeros with the rows of g added at numbers"},
    # in-place writes
    "setitem": {"out": "x after x[key] = value", "x": "g with 0 at key", "value": "g[key]"},
    "copy_slices": {
        "out": "base with view written into a part of it",
        "base": "g with 0 in that part",
        "view": "that part of g",
    },
    "zero_part": {"out": "x with 0 in a view"},
    # windows
    "convolution": {
        "out": "x ⋆ weight + bias",
        "x": "g ⋆ᵀ weight (the transposed convolution)",
        "bias": "Σ g over rows and positions",
    },
    "convolution_input": {"out": "y ⋆ᵀ weight", "y": "g ⋆ weight"},
    "convolution_weight": {"out": "x ⋆ y", "y": "x ⋆ g"},
    "unfold": {"out": "each window of x as a column"},
    "fold": {"out": "the columns of y added at their windows"},
    "max_pool": {"out": "the maximum of each window of x", "x": "g placed where each window's maximum was"},
    "max_pool_take": {"out": "x at the chosen positions"},
    "max_pool_put": {"out": "y placed at the chosen positions"},
    "avg_pool": {"out": "the mean of each window of x"},
    "avg_pool_spread": {"out": "y/divisor added over each window"},
}

#: How to write functions that are not primitives: NumPy's, Python's operators, and the engine's helpers.
_FUNCTIONS: dict[str, str] = {
    "add": "x + y", "sub": "x - y", "mul": "x·y", "truediv": "x/y", "neg": "-x",
    "remainder": "x - y·⌊x/y⌋", "fmod": "x - y·trunc(x/y)", "floor_divide": "⌊x/y⌋", "trunc_divide": "trunc(x/y)",
    "sqrt": "√(x)", "exp2": "2^x", "expm1": "exp(x) - 1", "log1p": "log(1 + x)", "log2": "log₂(x)", "log10": "log₁₀(x)",
    "hypot": "√(x² + y²)", "absolute": "|x|", "abs": "|x|", "floor": "⌊x⌋", "ceil": "⌈x⌉",
    "arcsin": "asin(x)", "arccos": "acos(x)", "arctan": "atan(x)", "arctan2": "atan2(x, y)",
    "arcsinh": "asinh(x)", "arccosh": "acosh(x)", "arctanh": "atanh(x)",
    "multiply": "x·y", "subtract": "x - y", "divide": "x/y", "negative": "-x",
    "maximum": "max(x, y)", "minimum": "min(x, y)", "conjugate": "conj(x)", "copy": "x", "dot": "x @ y",
    "where": "y where x, else z", "cast": "x in y", "array_of": "x", "scalars": "x", "zero_cotangent": "0",
    "unknown": "NaN: this derivative is not implemented",
}  # fmt: skip


def expression_of(primitive: PrimitiveLike) -> str:
    """An operation as a formula or in words; `name(x, y)` if neither the tables nor its source say more.

    >>> expression_of(registry["mul"]), expression_of(registry["rsqrt"]), expression_of(registry["sin"])
    ('x·y', '1/√(x)', 'sin(x)')
    """
    row = FORMULAS.get(primitive.name, {})
    if "out" in row:
        return row["out"]
    if "outputs" in primitive.rules:  # each output of a Function with several outputs has a node of its own
        return f"one output of {primitive.name}"
    forward = getattr(primitive, "elementwise", None) or getattr(primitive, "forward", None)
    if (printed := _printed(forward)) is not None:
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
    row = FORMULAS.get(primitive.name, {})
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
    """What a lambda returns, as a formula; None for anything else, and for a lambda whose source is not available."""
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
