"""`check_rule`: check a gradient that is written by hand in plain NumPy, with everything that `check_op` does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.dtypes import Array
from .engine.calls import hides_frames
from .engine.checks import Plan, check, check_forward
from .engine.digits import Report
from .engine.pair_rule import PairRule
from .engine.rule import Rule
from .engine.run import name_of, run

__tracebackhide__ = hides_frames


def check_rule(
    func: Callable[..., Any],
    vjp: Callable[..., Any] | None = None,
    domain: Any = None,
    *,
    jvp: Callable[..., Any] | None = None,
    reference: Callable[..., Any] | None = None,
    analytic: bool = False,
    dtypes: Sequence[str] = ("float32",),
    min_side: int = 0,
    examples: int = 20,
    seed: int = 0,
) -> Report:
    """Check the vector-Jacobian product, or the Jacobian-vector product, of a function of NumPy arrays.

    It checks what `check_op` checks: values, derivatives against differences and, if `analytic`, against the complex
    step; broadcasting, 0-d and empty inputs, memory layouts, other dtypes, determinism, and that no input changes; and
    that `jvp` is the transpose of `vjp`. The derivative of a vjp is that of another function: if it has a rule, call
    `check_rule` on the vjp, with the cotangent as its first input.

    Args:
        func: takes arrays, returns an array or a tuple of arrays.
        vjp: `vjp(g, *arrays)` or `vjp(g, out, *arrays)`, with the output if its second parameter is called `out`. It
            returns the gradient of each input, in a tuple if there are several; that of an integer input may be left
            out. `g` has the shape and dtype of the output, and is a tuple if the function returns one. For complex
            numbers the gradient is that of PyTorch, conj(f′)·g for an analytic f.
        domain: the range of each input, as for `check_op`: a pair (low, high) or `Values`; for several inputs a list
            of them, whose shapes will broadcast; or a function that takes a `Draw` and returns a tuple of arrays.
        jvp: `jvp(*tangents, *arrays)` or `jvp(*tangents, out, *arrays)`; returns the tangent of each output. At least
            one of `vjp` and `jvp` is needed.
        reference: the same function, written in another way.
        analytic: whether the function also works in complex numbers: it has no abs, norm or comparison.
        dtypes, min_side, examples, seed: as for `check_op`.

    Returns:
        A report on how exact the results are, as `check_op`.

    Raises:
        GradcheckError: a derivative is wrong.
        Mismatch: something else is wrong. Both errors have the smallest such input that was found, as code to paste.
        TypeError: the arguments do not fit together.

    >>> report = check_rule(np.tanh, lambda g, out, x: g * (1 - out * out), (-2, 2), analytic=True, examples=2)
    >>> report = check_rule(np.sin, None, (-2, 2), jvp=lambda t, x: t * np.cos(x), examples=2)
    >>> from autograd.testing import GradcheckError
    >>> try:
    ...     check_rule(np.sin, lambda g, x: -g * np.cos(x), (-2, 2))
    ... except GradcheckError as error:
    ...     print(error)
    order 1: Jacobian mismatch for output 0 with respect to input 0: ...
        d output 0 / d input 0
        analytical, by vjp:          -0.5403023059
        numerical, by differences:   0.5403023059 ± ...
    Cause: wrong sign: every entry is minus what it should be...
    """
    for what, given in ("a function of arrays", func), ("a vjp", vjp), ("a jvp", jvp):
        if not callable(given) and not (given is None and given is not func):
            hint = ": the domain is the third argument" if what == "a vjp" else ""
            raise TypeError(f"check_rule: expected {what}, but got {type(given).__name__}{hint}")
    if vjp is None and jvp is None:
        raise TypeError("check_rule: a vjp or a jvp is needed, but both are None")
    if domain is None:
        raise TypeError("check_rule: a domain is needed, the range (low, high) of each input")
    rules = [PairRule(func, vjp, jvp)] if vjp is not None else []
    if jvp is not None:
        rules.insert(0, PairRule(func, None, jvp))
    call = f"check_rule({name_of(func)}, {'None' if vjp is None else name_of(vjp, 'vjp')}"
    plan = Plan(reference, analytic, 1, dtypes, Report("check_rule"))

    def check_both(rule: Rule, inputs: Sequence[Array], plan: Plan, rng: np.random.Generator) -> None:
        check(rule, inputs, plan, rng)
        check_forward(rule, inputs, rng)

    return run(
        "check_rule", call, lambda _: rules, func, domain, plan,
        min_side=min_side, examples=examples, seed=seed, check=check_both,
    )  # fmt: skip
