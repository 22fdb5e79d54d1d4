"""In symbols: what each primitive computes, and what its rule makes of the cotangent `g`, as on a blackboard."""

from __future__ import annotations

import inspect
from typing import Any

#: Elementwise primitives: the operation and the rule of each argument. The letters are the rule's own: `g`
#: is the cotangent of the output, `out` the output, x and y are the arguments.
ELEMENTWISE: dict[str, tuple[str, dict[str, str]]] = {
    "add": ("x + y", {"x": "g", "y": "g"}),
    "sub": ("x - y", {"x": "g", "y": "-g"}),
    "mul": ("x·y", {"x": "g·y", "y": "g·x"}),
    "div": ("x/y", {"x": "g/y", "y": "-g·(x/y)/y"}),
    "neg": ("-x", {"x": "-g"}),
    "square": ("x²", {"x": "g·2·x"}),
    "pow": ("x^y", {"x": "g·y·x^(y - 1)", "y": "g·out·log(x)"}),
    "pow_number": ("x^exponent", {"x": "g·exponent·x^(exponent - 1)"}),
    "exp_number": ("base^y", {"y": "g·out·log(base)"}),
    "sqrt": ("√(x)", {"x": "g/(2·out)"}),
    "root": ("√(x)", {"x": "g/(2·out)"}),
    "rsqrt": ("1/√(x)", {"x": "-g·out³/2"}),
    "reciprocal": ("1/x", {"x": "-g·out²"}),
    "exp": ("exp(x)", {"x": "g·out"}),
    "exp2": ("2^x", {"x": "g·out·log(2)"}),
    "expm1": ("exp(x) - 1", {"x": "g·(out + 1)"}),
    "log": ("log(x)", {"x": "g/x"}),
    "log1p": ("log(1 + x)", {"x": "g/(1 + x)"}),
    "log2": ("log(x)/log(2)", {"x": "g/(x·log(2))"}),
    "log10": ("log(x)/log(10)", {"x": "g/(x·log(10))"}),
    "sin": ("sin(x)", {"x": "g·cos(x)"}),
    "cos": ("cos(x)", {"x": "-g·sin(x)"}),
    "tan": ("tan(x)", {"x": "g·(1 + out²)"}),
    "asin": ("asin(x)", {"x": "g/√(1 - x²)"}),
    "acos": ("acos(x)", {"x": "-g/√(1 - x²)"}),
    "atan": ("atan(x)", {"x": "g/(1 + x²)"}),
    "sinh": ("sinh(x)", {"x": "g·cosh(x)"}),
    "cosh": ("cosh(x)", {"x": "g·sinh(x)"}),
    "tanh": ("tanh(x)", {"x": "g·(1 - out²)"}),
    "asinh": ("asinh(x)", {"x": "g/√(x² + 1)"}),
    "acosh": ("acosh(x)", {"x": "g/(√(x - 1)·√(x + 1))"}),
    "atanh": ("atanh(x)", {"x": "g/(1 - x²)"}),
    "atan2": ("atan2(x, y)", {"x": "g·y/(x² + y²)", "y": "-g·x/(x² + y²)"}),
    "hypot": ("√(x² + y²)", {"x": "g·x/out", "y": "g·y/out"}),
    "sigmoid": ("1/(1 + exp(-x))", {"x": "g·out·(1 - out)"}),
    "log_sigmoid": ("-log(1 + exp(-x))", {"x": "g/(1 + exp(x))"}),
    "softplus": ("log(1 + exp(x))", {"x": "g/(1 + exp(-x))"}),
    "erf": ("erf(x)", {"x": "g·2/√(π)·exp(-x²)"}),
    "erfc": ("erfc(x)", {"x": "-g·2/√(π)·exp(-x²)"}),
    "abs": ("|x|", {"x": "g·sign(x)"}),
    "sign": ("sign(x)", {"x": "0"}),
    "floor": ("⌊x⌋", {"x": "0"}),
    "ceil": ("⌈x⌉", {"x": "0"}),
    "trunc": ("trunc(x)", {"x": "0"}),
    "round": ("round(x)", {"x": "0"}),
    "frac": ("x - trunc(x)", {"x": "g"}),
    "floor_divide": ("⌊x/y⌋", {"x": "0", "y": "0"}),
    "remainder": ("x - y·⌊x/y⌋", {"x": "g", "y": "-g·⌊x/y⌋"}),
    "fmod": ("x - y·trunc(x/y)", {"x": "g", "y": "-g·trunc(x/y)"}),
    "clone": ("x", {"x": "g"}),
    "binary_cross_entropy": (
        "-(y·log(x) + (1 - y)·log(1 - x))",
        {"x": "g·(x - y)/(x·(1 - x))", "y": "g·(log(1 - x) - log(x))"},
    ),
}

#: Primitives that choose, arrange, sum or multiply matrices; what symbols can't say is said in words.
IN_WORDS: dict[str, tuple[str, dict[str, str]]] = {
    "relu": ("max(x, 0)", {"x": "g where out > 0, else 0"}),
    "keep": ("x where mask, else 0", {"x": "g where mask, else 0"}),
    "where": ("x where condition, else y", {"x": "g where condition, else 0", "y": "0 where condition, else g"}),
    "maximum": (
        "max(x, y)",
        {"x": "g where x > y, g/2 where x = y, else 0", "y": "g where y > x, g/2 where x = y, else 0"},
    ),
    "minimum": (
        "min(x, y)",
        {"x": "g where x < y, g/2 where x = y, else 0", "y": "g where y < x, g/2 where x = y, else 0"},
    ),
    "clamp": ("min(max(x, low), high)", {"x": "g where low ≤ x ≤ high, else 0"}),
    "modulus": ("|x|", {"x": "g·conj(x)/out"}),
    "conj": ("conj(x)", {"x": "conj(g)"}),
    "real": ("Re(x)", {"x": "g"}),
    "imag": ("Im(x)", {"x": "-i·g"}),
    "angle": ("arg(x)", {"x": "-i·g/x"}),
    "to_copy": ("x in another type", {"x": "g in the type of x"}),
    # matrices
    "dot": ("Σ x·y", {"x": "g·y", "y": "g·x"}),
    "mv": ("x @ y", {"x": "outer(g, y)", "y": "xᵀ @ g"}),
    "mm": ("x @ y", {"x": "g @ yᵀ", "y": "xᵀ @ g"}),
    "matmul": ("x @ y", {"x": "g @ yᵀ, summed to the shape of x", "y": "xᵀ @ g, summed to the shape of y"}),
    "linear": ("x @ weightᵀ + bias", {"x": "g @ weight", "weight": "gᵀ @ x", "bias": "Σ g over the rows"}),
    "inv": ("x⁻¹", {"x": "-outᵀ @ g @ outᵀ"}),
    "solve": ("a⁻¹ @ b", {"a": "-(aᵀ)⁻¹ @ g @ outᵀ", "b": "(aᵀ)⁻¹ @ g"}),
    "det": ("det x", {"x": "g·cofactors(x)"}),
    "log_det": ("log |det x|", {"x": "g·(x⁻¹)ᵀ"}),
    "cofactors": ("the cofactors of x", {"x": "the second derivative of det x, applied to g"}),
    "pinv": ("the pseudo-inverse of x", {"x": "-outᵀ @ g @ outᵀ, and what the two projections add"}),
    "matrix_exp": ("the matrix exponential of x", {"x": "its derivative at xᵀ, applied to g"}),
    "cholesky": ("the Cholesky factor of x", {"x": "(outᵀ)⁻¹ @ Φ(outᵀ @ g) @ out⁻¹, made symmetric"}),
    "lu_factor": ("the LU factors of x", {"x": "what both factors' rules give, solved back to x"}),
    "qr": ("the QR factors of x", {"x": "what both factors' rules give, solved back to x"}),
    "eigh": ("the eigenvalues and eigenvectors of x", {"x": "V @ (diag(gλ) + F∘(Vᵀ @ gV)) @ Vᵀ"}),
    "eig": ("the eigenvalues and eigenvectors of x", {"x": "(Vᴴ)⁻¹ @ (diag(gλ) + F∘(Vᴴ @ gV)) @ Vᴴ"}),
    "svd": ("the singular values and vectors of x", {"x": "U @ (diag(gS) + what the vectors add) @ Vᴴ"}),
    # special functions
    "erfcx": ("exp(x²)·erfc(x)", {"x": "g·(2·x·out - 2/√π)"}),
    "erfinv": ("the z whose erf(z) is x", {"x": "g·exp(out²)·√π/2"}),
    "ndtri": ("the z whose Φ(z) is x", {"x": "g·exp(out²/2)·√(2π)"}),
    "log_ndtr": ("log Φ(x), Φ the normal integral", {"x": "g·φ(x)/Φ(x), φ the normal density"}),
    "lgamma": ("log |Γ(x)|", {"x": "g·ψ(x)"}),
    "digamma": ("ψ(x), the slope of log Γ", {"x": "g·ψ′(x)"}),
    "polygamma": ("the derivative of order n of ψ at x", {"x": "g·(the derivative of order n + 1 of ψ at x)"}),
    "zeta": ("ζ(x, y)", {"x": "NaN: not known here", "y": "-g·x·ζ(x + 1, y)"}),
    "igamma": ("P(x, y), the lower incomplete Γ", {"x": "NaN: not known here", "y": "g·y^(x - 1)·exp(-y)/Γ(x)"}),
    "igammac": ("Q(x, y), the upper incomplete Γ", {"x": "NaN: not known here", "y": "-g·y^(x - 1)·exp(-y)/Γ(x)"}),
    "bessel_j": ("Jₙ(x), n = order", {"x": "g·(Jₙ₋₁(x) - Jₙ₊₁(x))/2"}),
    "bessel_y": ("Yₙ(x), n = order", {"x": "g·(Yₙ₋₁(x) - Yₙ₊₁(x))/2"}),
    "bessel_i": ("Iₙ(x), n = order", {"x": "g·(Iₙ₋₁(x) + Iₙ₊₁(x))/2"}),
    "bessel_ie": ("exp(-|x|)·Iₙ(x), n = order", {"x": "g·exp(-|x|)·((Iₙ₋₁(x) + Iₙ₊₁(x))/2 - sign(x)·Iₙ(x))"}),
    "bessel_k": ("Kₙ(x), n = order", {"x": "-g·(Kₙ₋₁(x) + Kₙ₊₁(x))/2"}),
    "bessel_ke": ("exp(x)·Kₙ(x), n = order", {"x": "g·exp(x)·(Kₙ(x) - (Kₙ₋₁(x) + Kₙ₊₁(x))/2)"}),
    "fft": ("the Fourier transform of x", {"x": "the Fourier transform of g"}),
    "ifft": ("the inverse Fourier transform of x", {"x": "the inverse Fourier transform of g"}),
    "rfft": ("half of the Fourier transform of real x", {"x": "Re of the Fourier transform of g, widened by zeros"}),
    "irfft": ("the real x of half a transform", {"x": "half of the inverse transform of g, most of it doubled"}),
    # sums and their like
    "sum": ("Σ x", {"x": "g copied to every element that was summed"}),
    "mean": ("(Σ x)/n", {"x": "g/n copied to every element that was summed"}),
    "amax": ("max x", {"x": "g where x = out, shared by ties, else 0"}),
    "amin": ("min x", {"x": "g where x = out, shared by ties, else 0"}),
    "spread": ("x copied over a group", {"x": "Σ g over the group"}),
    "cumsum": ("running sums of x", {"x": "running sums of g from behind"}),
    "cumsum_back": ("running sums of x from behind", {"x": "running sums of g"}),
    "logsumexp": ("log Σ exp(x)", {"x": "g·exp(x - out)"}),
    "softmax": ("exp(x)/Σ exp(x)", {"x": "out·(g - Σ g·out)"}),
    "log_softmax": ("x - log Σ exp(x)", {"x": "g - exp(out)·Σ g"}),
    "cross_entropy": ("mean of -log softmax(x) at target", {"x": "g·(softmax(x) - one_hot(target))/n"}),
    "cross_entropy_miss": ("softmax(x) - one_hot(target)", {"x": "p·(g - Σ g·p), p = softmax(x)"}),
    "mse_loss": ("mean of (x - y)²", {"x": "g·2·(x - y)/n", "y": "g·2·(y - x)/n"}),
    "normalize": (
        "x̂·weight + bias, x̂ = (x - mean)/√(variance + eps)",
        {
            "x": "(h - mean(h) - x̂·mean(h·x̂))/√(variance + eps), h = g·weight",
            "weight": "Σ g·x̂",
            "bias": "Σ g",
        },
    ),
    # arrangements
    "expand": ("x copied to a shape", {"x": "g summed to the shape of x"}),
    "sum_to": ("x summed to a shape", {"x": "g copied to the shape of x"}),
    "view": ("x in another shape", {"x": "g in the shape of x"}),
    "permute": ("x with its dims in order", {"x": "g with its dims back in order"}),
    "flip": ("x reversed along axes", {"x": "g reversed along axes"}),
    "roll": ("x moved on by shifts", {"x": "g moved back by shifts"}),
    "index": ("x[key]", {"x": "zeros in the shape of x, with g added at key"}),
    "index_put": ("zeros with x added at key", {"x": "g[key]"}),
    "diagonal": ("the diagonal of x", {"x": "zeros with g on the diagonal"}),
    "diagonal_scatter": ("zeros with x on the diagonal", {"x": "the diagonal of g"}),
    "tril": ("the lower triangle of x", {"x": "the lower triangle of g"}),
    "triu": ("the upper triangle of x", {"x": "the upper triangle of g"}),
    "cat": ("the xs one after the other", {"xs": "the piece of g that was this input"}),
    "constant_pad": ("x within a border", {"x": "g without the border"}),
    "embedding": ("weight[numbers]", {"weight": "zeros with the rows of g added at numbers"}),
    "embedding_add": ("zeros with the rows of y added at numbers", {"y": "g[numbers]"}),
    # writes in place
    "setitem": ("x after x[key] = value", {"x": "g with 0 at key", "value": "g[key]"}),
    "copy_slices": ("base after a write through a view", {"base": "g with 0 in the view", "view": "the view of g"}),
    "zero_part": ("x with 0 in a view", {"x": "g with 0 in the view"}),
    # windows
    "convolution": (
        "x ⋆ weight + bias",
        {"x": "g ⋆ᵀ weight (the transposed convolution)", "weight": "x ⋆ g", "bias": "Σ g over rows and places"},
    ),
    "convolution_input": ("y ⋆ᵀ weight", {"y": "g ⋆ weight", "weight": "g ⋆ y"}),
    "convolution_weight": ("x ⋆ y", {"x": "y ⋆ᵀ g", "y": "x ⋆ g"}),
    "unfold": ("each window of x as a column", {"x": "the columns of g added at their windows"}),
    "fold": ("the columns of y added at their windows", {"y": "each window of g as a column"}),
    "max_pool": ("the largest of each window of x", {"x": "g put where each window's largest stood"}),
    "max_pool_take": ("x at the chosen places", {"x": "g put at the chosen places"}),
    "max_pool_put": ("y put at the chosen places", {"y": "g at the chosen places"}),
    "avg_pool": ("the mean of each window of x", {"x": "g/divisor added over each window"}),
    "avg_pool_spread": ("y/divisor added over each window", {"y": "the mean of each window of g"}),
}

#: By the primitive's name: the operation, and the rule of each differentiable parameter.
SYMBOLS = ELEMENTWISE | IN_WORDS


def expression_of(primitive: Any) -> str:
    """The operation in symbols; `name(x, y)` for one that has none."""
    if primitive.name in SYMBOLS:
        return SYMBOLS[primitive.name][0]
    if "outputs" in primitive.rules:  # of a Function with several outputs each has a node of its own
        return f"one output of {primitive.name}"
    return f"{primitive.name}({', '.join(primitive.rules)})"


def rule_of(primitive: Any, parameter: str) -> str:
    """The rule of a parameter in symbols; of an operation that has none the source of the rule, or its name.

    >>> from autograd.core.primitive import registry
    >>> rule_of(registry["mul"], "x")
    'g·y'
    """
    parameter = parameter.partition("[")[0]
    if primitive.name in SYMBOLS:
        return SYMBOLS[primitive.name][1][parameter]
    if parameter == "outputs":
        return "g, as that of this output"
    rule = primitive.rules.get(parameter)
    return (None if rule is None else source_of(rule)) or f"{primitive.name}.backward(g)"


def source_of(rule: Any) -> str | None:
    """The text of a rule: what a lambda returns, or the name and parameters of a function; None if it has no source.

    >>> cube = lambda g, x: g * 3 * x**2
    >>> def times(g, y):
    ...     return g * y
    >>> source_of(times)
    'times(g, y)'
    """
    code = getattr(rule, "__code__", None)
    if code is None:
        return None
    parameters = ", ".join(code.co_varnames[: code.co_argcount])
    if code.co_name != "<lambda>":
        return f"{code.co_name}({parameters})"
    try:
        text = " ".join(line.strip() for line in inspect.getsource(rule).splitlines())
    except (OSError, TypeError):
        return None
    start = text.find(f"lambda {parameters}:")
    if start < 0:
        return None
    return _expression_at(text, start + len(f"lambda {parameters}:"))


def _expression_at(text: str, start: int) -> str:
    """The expression that begins at a place: up to the comma or bracket that ends it."""
    depth = 0
    for i in range(start, len(text)):
        if text[i] in "([{":
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
        if depth < 0 or (depth == 0 and text[i] == ","):
            return text[start:i].strip()
    return text[start:].strip()
