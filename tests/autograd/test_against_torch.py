"""The same calls in PyTorch: values, dtypes, shapes, errors and gradients.

`ON_PURPOSE` lists the deliberate differences, with reasons.
"""

import math

import numpy as np
import pytest

import autograd
from tests.tools.answers import assert_alike, plain

pytestmark = [
    pytest.mark.filterwarnings(r"ignore::RuntimeWarning:autograd\..*"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

RNG = np.random.default_rng(5)
INF, NAN = math.inf, math.nan

X23 = RNG.normal(size=(2, 3))
X3 = RNG.normal(size=3)
X234 = RNG.normal(size=(2, 3, 4))
INPUTS = {
    "matrix": X23,
    "transposed": RNG.normal(size=(3, 2)).T,
    "strided": RNG.normal(size=(4, 6))[::2, ::2],
    "cube": X234,
    "scalar": np.array(0.7),
    "one": np.array([[1.3]]),
    "empty": np.zeros((0,)),
    "no columns": np.zeros((2, 0)),
    "no rows": np.zeros((0, 3)),
    "ties": np.array([[1.0, 3.0, 3.0], [0.0, 0.0, -2.0]]),
    "not finite": np.array([[NAN, 1.0, INF], [-INF, 0.0, 2.0]]),
    "single": X23.astype(np.float32),
    "whole": np.array([[3, -1, 0], [2, 2, 5]]),
    "small": np.array([[3, 1], [2, 2]], np.uint8),
    "truth": np.array([[True, False, True], [False, False, True]]),
    "complex": X23 + 1j * X23[::-1],
}

UNARY = [
    "exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "rsqrt", "square", "reciprocal", "abs", "sign",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sigmoid", "erf", "erfc", "relu", "floor",
    "ceil", "round", "trunc", "frac", "neg", "isnan", "isfinite", "isinf", "signbit", "logical_not", "sgn", "asinh",
    "acosh", "atanh", "angle", "positive",
]  # fmt: skip
UNARY = [name for name in UNARY if hasattr(autograd, name)]

#: Calls with one tensor, as functions of the module and the tensor.
CALLS = {name: (lambda t, x, name=name: getattr(t, name)(x)) for name in UNARY} | {
    "sum": lambda t, x: t.sum(x),
    "sum -1": lambda t, x: t.sum(x, dim=-1),
    "sum keepdim": lambda t, x: t.sum(x, dim=0, keepdim=True),
    "sum ()": lambda t, x: t.sum(x, dim=()),
    "sum dtype": lambda t, x: t.sum(x, dtype=t.float64),
    "mean": lambda t, x: t.mean(x),
    "mean 0": lambda t, x: t.mean(x, 0),
    "mean (0, -1)": lambda t, x: t.mean(x, (0, -1)),
    "prod": lambda t, x: t.prod(x),
    "prod 0": lambda t, x: t.prod(x, 0),
    "max": lambda t, x: t.max(x),
    "min": lambda t, x: t.min(x),
    "max 0": lambda t, x: t.max(x, 0)[0],
    "min -1": lambda t, x: t.min(x, -1, keepdim=True)[0],
    "amax": lambda t, x: t.amax(x, -1),
    "amin": lambda t, x: t.amin(x, (0,), True),
    "argmax": lambda t, x: t.argmax(x),
    "argmin 0": lambda t, x: t.argmin(x, 0),
    "argmax keepdim": lambda t, x: t.argmax(x, -1, keepdim=True),
    "var": lambda t, x: t.var(x),
    "std": lambda t, x: t.std(x),
    "var 0": lambda t, x: t.var(x, 0),
    "std biased": lambda t, x: t.std(x, dim=-1, correction=0, keepdim=True),
    "cumsum": lambda t, x: t.cumsum(x, 0),
    "cumprod": lambda t, x: t.cumprod(x, -1),
    "logsumexp": lambda t, x: t.logsumexp(x, -1),
    "logsumexp 0": lambda t, x: t.logsumexp(x, 0, keepdim=True),
    "softmax": lambda t, x: t.softmax(x, 0),
    "log_softmax": lambda t, x: t.log_softmax(x, -1),
    "norm": lambda t, x: t.norm(x),
    "norm 1": lambda t, x: t.norm(x, p=1, dim=-1),
    "norm inf": lambda t, x: t.norm(x, p=INF, dim=0),
    "norm 3": lambda t, x: t.norm(x, p=3),
    "trace": lambda t, x: t.trace(x),
    "clamp": lambda t, x: t.clamp(x, 0, 1),
    "clamp min": lambda t, x: t.clamp(x, min=0.5),
    "clamp max": lambda t, x: t.clamp(x, max=1),
    "+ 1": lambda t, x: x + 1,
    "* 1.5": lambda t, x: x * 1.5,
    "2 - x": lambda t, x: 2 - x,
    "1 / x": lambda t, x: 1 / x,
    "x / 2": lambda t, x: x / 2,
    "x // 2": lambda t, x: x // 2,
    "x % 2": lambda t, x: x % 2,
    "x % -1.5": lambda t, x: x % -1.5,
    "x ** 2": lambda t, x: x**2,
    "x ** 3": lambda t, x: x**3,
    "x ** 0.5": lambda t, x: x**0.5,
    "x ** 0": lambda t, x: x**0,
    "2 ** x": lambda t, x: 2**x,
    "0 ** x": lambda t, x: 0**x,
    "x ** x": lambda t, x: x**x,
    "x > 0": lambda t, x: x > 0,
    "x == 1": lambda t, x: x == 1,
    "any": lambda t, x: t.any(x),
    "all 0": lambda t, x: t.all(x, 0),
    "reshape": lambda t, x: t.reshape(x, (-1,)),
    "reshape 3": lambda t, x: t.reshape(x, (3, -1)),
    "view": lambda t, x: x.view(-1, 1),
    "flatten": lambda t, x: t.flatten(x),
    "flatten 1": lambda t, x: t.flatten(x, 1),
    "permute": lambda t, x: t.permute(x, (1, 0)),
    "transpose": lambda t, x: t.transpose(x, 0, -1),
    "t": lambda t, x: t.t(x),
    "mT": lambda t, x: x.mT,
    "squeeze": lambda t, x: t.squeeze(x),
    "squeeze 0": lambda t, x: t.squeeze(x, 0),
    "unsqueeze": lambda t, x: t.unsqueeze(x, -1),
    "unsqueeze 1": lambda t, x: t.unsqueeze(x, 1),
    "expand": lambda t, x: x.expand(2, *x.shape),
    "expand 2 3": lambda t, x: x.expand(2, 3),
    "flip": lambda t, x: t.flip(x, (0,)),
    "roll": lambda t, x: t.roll(x, 1),
    "roll 0": lambda t, x: t.roll(x, -2, 0),
    "repeat": lambda t, x: x.repeat(2, 1),
    "tile": lambda t, x: t.tile(x, (2,)),
    "cat": lambda t, x: t.cat([x, x], -1),
    "stack": lambda t, x: t.stack([x, x], -1),
    "split": lambda t, x: t.split(x, 2)[0],
    "chunk": lambda t, x: t.chunk(x, 2, -1)[-1],
    "unbind": lambda t, x: t.unbind(x, 0)[0],
    "diagonal": lambda t, x: t.diagonal(x, 1),
    "diag": lambda t, x: t.diag(x),
    "tril": lambda t, x: t.tril(x, -1),
    "triu": lambda t, x: t.triu(x),
    "sort": lambda t, x: t.sort(x, dim=-1, stable=True)[0],
    "sort indices": lambda t, x: t.sort(x, dim=0, descending=True, stable=True)[1],
    "argsort": lambda t, x: t.argsort(x, dim=-1, stable=True),
    "topk": lambda t, x: t.topk(x, 2, -1)[0],
    "median": lambda t, x: t.median(x),
    "unique": lambda t, x: t.unique(x),
    "x[0]": lambda t, x: x[0],
    "x[-1]": lambda t, x: x[-1],
    "x[:, 1:]": lambda t, x: x[:, 1:],
    "x[..., None]": lambda t, x: x[..., None],
    "x[None]": lambda t, x: x[None],
    "x[[0, 1, 0]]": lambda t, x: x[[0, 1, 0]],
    "x[:, [2, 0]]": lambda t, x: x[:, [2, 0]],
    "x[x > 0]": lambda t, x: x[x > 0],
    "x[1, 1]": lambda t, x: x[1, 1],
    "x[5]": lambda t, x: x[5],
    "index_select": lambda t, x: t.index_select(x, 0, t.tensor([0, 1])),
    "gather": lambda t, x: t.gather(x, 1, t.tensor([[0, 1], [2, 0]])),
    "where": lambda t, x: t.where(x > 0, x, 0.0),
    "masked_fill": lambda t, x: x.masked_fill(x > 0, 7),
    "matmul": lambda t, x: x @ x.mT,
    "x @ x": lambda t, x: x @ x,
    "dim 7": lambda t, x: t.sum(x, 7),
    "dims twice": lambda t, x: t.sum(x, (0, 0)),
    "nonzero": lambda t, x: t.nonzero(x),
    "float": lambda t, x: x.float(),
    "long": lambda t, x: x.long(),
    "bool": lambda t, x: x.bool(),
    "item": lambda t, x: x.item(),
    "tolist": lambda t, x: x.tolist(),
    "repr": lambda t, x: "".join(repr(x).replace("torch.", "autograd.").split()),
    "bool()": lambda t, x: bool(x),
    "len": lambda t, x: len(x),
}  # fmt: skip

#: Deliberate differences, and those that follow from NumPy: (call, input) or call -> the reason.
ON_PURPOSE = {
    "angle": "of real numbers: a step without a graph, where PyTorch gives a gradient of 0",
    ("0 ** x", "matrix"): "0 to a negative power has no gradient; in PyTorch it is -inf",
    "acosh": "outside its domain the gradient is NaN, as the value is; in PyTorch it is a number below -1",
    ("sign", "not finite"): "the sign of NaN is NaN, as in NumPy; in PyTorch it is 0",
    ("sgn", "not finite"): "the sign of NaN is NaN",
    ("abs", "not finite"): "the sign of NaN is NaN",
    ("norm 1", "not finite"): "the sign of NaN is NaN",
    ("norm inf", "not finite"): "the sign of NaN is NaN",
    ("norm 3", "not finite"): "the sign of NaN is NaN",
    ("amax", "not finite"): "a NaN that is the extreme gets the gradient; in PyTorch the whole gradient is NaN",
    ("amin", "not finite"): "a NaN that is the extreme gets the gradient",
    ("var 0", "not finite"): "gradients at infinities depend on our order of operations",
    ("cumprod", "not finite"): "gradients at infinities, as above",
    ("x ** 0.5", "not finite"): "the gradient at -∞ follows from NumPy's power",
    ("logsumexp 0", "not finite"): "an element of -∞ has the weight 0, even beside a NaN",
    ("any", "small"): "only for uint8 PyTorch's result is uint8",
    ("all 0", "small"): "only for uint8 PyTorch's result is uint8",
    ("median", "ties"): "one of the ties gets the gradient, as along a dim",
    ("mT", "scalar"): "deprecated in PyTorch: a scalar has no matrix to transpose",
    ("roll 0", "scalar"): "dim 0 of a scalar is valid here as in other functions",
    ("neg", "truth"): "NumPy's TypeError names the remedy",
    ("square", "truth"): "a boolean squared is itself",
    ("2 - x", "truth"): "an integer minus a boolean is well defined",
} | {
    ("median", name): "an empty group has no median; PyTorch returns NaN" for name in ("empty", "no columns", "no rows")
} | {
    ("norm inf", name): "an empty group has no extreme: an IndexError, as for amax" for name in ("empty", "no rows")
} | {
    ("index_select", name): "an index out of range is an IndexError for every shape" for name in ("scalar", "no rows")
} | {
    (call, "whole"): "NumPy refuses a negative integer power of an integer; PyTorch rounds it to 0"
    for call in ("2 ** x", "0 ** x", "x ** x")
} | {
    ("0 ** x", name): "0 to a negative power has no gradient; in PyTorch it is -inf"
    for name in ("transposed", "strided", "cube", "ties", "not finite", "single", "complex")
}  # fmt: skip


def answer(library, call, array):
    """The result of a call: ("value", value, gradient), or ("error", the name of its class, None)."""
    x = library.tensor(array) if library is autograd else library.from_numpy(np.array(array))
    if array.dtype.kind in "fc":
        x.requires_grad_()
    try:
        out = CALLS[call](library, x)
    except Exception as error:
        return "error", type(error).__name__, None
    # PyTorch has no gradient of some steps; ours is 0, as for other step functions.
    if call not in ("unique", "x // 2") and getattr(out, "requires_grad", False):
        value = out.detach().numpy()
        g = np.cos(np.arange(value.size)).reshape(value.shape).astype(value.dtype)
        out.backward(library.tensor(g) if library is autograd else library.from_numpy(g))
    return "value", out, x.grad


def tolerance(dtype):
    return 1e-5 if np.dtype(dtype) in (np.float32, np.complex64) else 1e-10


@pytest.mark.parametrize("call", CALLS)
def test_a_call_has_the_result_of_pytorch(call, answers):
    theirs = answers("torch", lambda torch: {name: answer(torch, call, array) for name, array in INPUTS.items()})
    for name, array in INPUTS.items():
        if not (ON_PURPOSE.get((call, name)) or ON_PURPOSE.get(call)):
            compare(plain(answer(autograd, call, array)), theirs[name], array.dtype, name)


def compare(ours, theirs, dtype, name):
    """Check that the answers are the same; where PyTorch does not support a dtype, NumPy may."""
    if theirs[0] == "error" and theirs[1] in ("NotImplementedError", "RuntimeError") and dtype.kind in "cbiu":
        return
    assert ours[0] == theirs[0], f"{name}: {ours[:2]}, but in PyTorch {theirs[:2]}"
    if ours[0] == "error" or not isinstance(theirs[1], np.ndarray):
        assert repr(ours[1]) == repr(theirs[1]) or ours[1] == theirs[1], name
        return
    for a, b in zip(ours[1:], theirs[1:]):
        assert (a is None) == (b is None), f"{name}: only one of them has a gradient"
        if b is not None:
            limit = tolerance(b.dtype) if b.dtype.kind in "fc" else 0
            assert_alike(a, b, limit, limit, name)
