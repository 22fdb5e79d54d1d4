"""Gradients of PyTorch and JAX that public reports called wrong or unstable, and what the checks say of each.

`python tests/tools/rules/reported.py torch` (or jax), with that library installed, prints the rows of the table in
`autograd/testing/REPORTED.md`.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Reported(NamedTuple):
    """A function that was reported: its name, the number of the issue, and a check of it."""

    name: str
    issue: int
    check: Callable[[Any, Any], Any]


def leaf(torch: Any, values: Any) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def saved_intermediate(torch: Any) -> Any:
    """The report's Function, which keeps an intermediate value on its context."""

    class Made(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.twice, ctx.x = x * 2, x
            return ctx.twice * 3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 3 * ctx.twice / ctx.x

    return Made.apply


def without_cotangent(torch: Any) -> Any:
    """The report's activation x/√(1 + min(x, 0)²), whose backward leaves out grad_out."""

    class Made(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            scale = torch.rsqrt(1 + torch.minimum(x, 0 * x) ** 2)
            ctx.save_for_backward(scale)
            return x * scale

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return ctx.saved_tensors[0] ** 3

    return Made.apply


def slope(torch: Any, f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: torch.autograd.grad(f(x).sum(), x, create_graph=True)[0]


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def rebuilt(m: Any) -> Callable[[Any], Any]:
    """A matrix from its own eigenvectors and eigenvalues: the identity function on symmetric matrices."""

    def f(a: Any) -> Any:
        values, vectors = m.linalg.eigh((a + m.swapaxes(a, 0, 1)) / 2)
        return (vectors * values) @ m.swapaxes(vectors, 0, 1)

    return f


def from_svd(m: Any) -> Callable[[Any], Any]:
    def f(a: Any) -> Any:
        u, s, v = m.linalg.svd(a, full_matrices=False)
        return (u * s) @ v

    return f


TORCH = [
    Reported("`norm` at 0", 2421, lambda t, c: c.gradcheck(lambda x: x.norm(), leaf(t, [0.0, 0.0]))),
    Reported(
        "`F.normalize` at 0", 184575,
        lambda t, c: c.gradcheck(lambda x: t.nn.functional.normalize(x, dim=0), leaf(t, [0.0, 0.0, 0.0])),
    ),
    Reported(
        "an intermediate value kept on `ctx`", 76185,
        lambda t, c: c.check_grads(saved_intermediate(t), leaf(t, [0.5, 1.5])),
    ),
    Reported("ISRLU without `grad_out`", 4355, lambda t, c: c.gradcheck(without_cotangent(t), leaf(t, [0.5, -1.5]))),
    Reported(
        "`sigmoid`'s gradient above 30", 195681,
        lambda t, c: c.error_map(t.sigmoid, (30, 37.5), dtype="float64", reference=sigmoid, points=32),
    ),
    Reported(
        "`logsigmoid`'s second derivative", 195679,
        lambda t, c: c.error_map(slope(t, t.nn.functional.logsigmoid), (5, 20), points=32),
    ),
    Reported("`gelu` below -3", 189234, lambda t, c: c.error_map(t.nn.functional.gelu, (-6, -3), points=32)),
    Reported(
        "`eigh` with equal eigenvalues", 76531, lambda t, c: c.gradcheck(rebuilt(t), leaf(t, [[1.0, 0.0], [0.0, 1.0]]))
    ),
    Reported(
        "`svd` with equal singular values", 49886,
        lambda t, c: c.gradcheck(from_svd(t), leaf(t, [[1.0, 0.0], [0.0, 1.0]])),
    ),
    Reported(
        "`binary_cross_entropy`, twice", 59477,
        lambda t, c: c.check_grads(
            lambda x: t.nn.functional.binary_cross_entropy(x, t.full_like(x, 0.3), reduction="sum"),
            leaf(t, [0.2, 0.7]),
        ),
    ),
    Reported(
        "a quotient, twice", 43414,
        lambda t, c: c.check_op(lambda x, y: x / y, [(-2, 2), (1e-3, 1e-2)], examples=5, order=2, dtypes=()),
    ),
]  # fmt: skip

JAX = [
    Reported("`linalg.norm` at 0", 3058, lambda j, c: c.gradcheck(j.numpy.linalg.norm, np.zeros(2))),
    Reported(
        "`arccos(clip(x))` outside", 23649,
        lambda j, c: c.gradcheck(lambda x: j.numpy.arccos(j.numpy.clip(x, -1, 1)), np.array(10.0)),
    ),
    Reported("`sinc` at 0", 1722, lambda j, c: c.check_grads(j.numpy.sinc, np.array([0.0, 0.5]))),
    Reported("`tanh` from 190 to 200", 764, lambda j, c: c.check_op(j.numpy.tanh, (190, 200), examples=1, order=1)),
    Reported(
        "`log_softmax`'s gradient", 40384,
        lambda j, c: c.error_map(
            lambda x: j.nn.log_softmax(j.numpy.stack([x, 0 * x]))[0], (30, 37.5), dtype="float64",
            reference=lambda x: -np.log1p(np.exp(-x)), points=32,
        ),
    ),
    Reported(
        "`x log(cos(x))` outside", 29152,
        lambda j, c: c.gradcheck(lambda x: x * j.numpy.log(j.numpy.cos(x)), np.array([6.0, 7.0, 8.0])),
    ),
    Reported("SVD with equal singular values", 8732, lambda j, c: c.gradcheck(from_svd(j.numpy), np.eye(2))),
    Reported(
        "`nanmean(x²)` with a NaN", 9040,
        lambda j, c: c.gradcheck(lambda x: j.numpy.nanmean(x**2), np.array([np.nan, 1.0, 2.0])),
    ),
]  # fmt: skip


#: Why a gradient is not judged, in its message.
NOT_JUDGED = re.compile(
    r"the slopes on its two sides differ by \d+|cannot be judged: differences give \S+ ± \S+?(?=\.)|"
    r"not finite at these inputs"
)


def verdict(case: Reported, library: Any, checks: Any) -> str:
    """What the check says, in a line."""
    try:
        found = case.check(library, checks)
    except (RuntimeError, AssertionError) as error:
        text = re.sub(r"\s+", " ", str(error))
        values = re.search(r"analytical[^:]*: (\S+) numerical[^:]*: (\S+ ± \S+)", text)
        if values is None:
            return f"no derivative to compare with: {NOT_JUDGED.search(text)[0]}"
        ulps = re.search(r"differ by (\S+) units", text)
        cause = f"; {error.cause}" if getattr(error, "cause", None) else ""
        apart = f", {ulps[1]} ulps apart" if ulps else ""
        return f"wrong at {text[:7]}: {values[1]} by backward, {values[2]} by differences{apart}{cause}"
    if hasattr(found, "unstable"):
        parts = []
        for what, errors in (("value", found.value), ("gradient", found.gradient)):
            left = float(found.left(errors).min())
            fault = "more than rounding" if found.unstable(errors).any() else "only rounding"
            parts.append(f"{what} keeps {left:.1f} of {found.digits:.1f} digits, {fault}")
        return "unstable: " + "; ".join(parts) if "more" in "".join(parts) else "; ".join(parts)
    return "right"


def rows(name: str) -> list[str]:
    """The rows of the table for a library."""
    library, checks = importlib.import_module(name), importlib.import_module(f"autograd.testing.{name}")
    owner = {"torch": "pytorch/pytorch", "jax": "jax-ml/jax"}[name]
    return [
        f"| {case.name} | [#{case.issue}](https://github.com/{owner}/issues/{case.issue}) | "
        f"{verdict(case, library, checks)} |"
        for case in {"torch": TORCH, "jax": JAX}[name]
    ]


def recorded(lines: list[str], name: str = "") -> list[tuple[str, ...]]:
    """Of each row of the table: the function, its report, and the first word of the answer."""
    owner = {"torch": "pytorch/pytorch", "jax": "jax-ml/jax", "": ""}[name]
    found = [line.strip("| ").split(" | ") for line in lines if "/issues/" in line and owner in line]
    return [(function, report, answer.split(" ")[0].rstrip(":")) for function, report, answer in found]


if __name__ == "__main__":
    print("\n".join(rows(sys.argv[1])))
