"""`check_op`: check everything about a function of tensors, in one line of a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .domains.domain import Domain, stated_domain
from .engine.calls import hides_frames
from .engine.checks import Plan
from .engine.digits import Report
from .engine.run import name_of, run
from .engine.tensor_rule import TensorRule

__tracebackhide__ = hides_frames


def check_op(
    func: Callable[..., Any],
    domain: Any = None,
    reference: Callable[..., Any] | None = None,
    *,
    analytic: bool = False,
    order: int = 2,
    dtypes: Sequence[str] = ("float32",),
    min_side: int = 0,
    examples: int = 20,
    seed: int = 0,
) -> Report:
    """Check a function of tensors on many small inputs, of every kind of shape and memory layout.

    It checks

    - the values, against `reference`; that a second call returns the same; that no input changes;
    - the derivatives up to `order`, against differences; those of an analytic function also against the complex step
      (first order) and Cauchy's formula (second order);
    - that `jvp` is the transpose of the vjp, and that `vmap` equals a loop;
    - inputs that broadcast, are 0-d or empty, in Fortran order, strided or reversed; and other dtypes;
    - that the graph is freed with its last reference.

    Args:
        func: takes Tensors, returns a Tensor or several. Of an `nn.Module` a copy is checked, with its parameters.
        domain: the range of each input, a pair (low, high) or `Values`, which also keeps away from kinks and
            poles; for several inputs a list of them, whose shapes will broadcast. If shapes must fit in another way, a
            function that takes a `Draw` and returns a tuple of arrays. Or a `Domain`, which has its own call. It can be
            left out for an operation that has been given one by `extend.domain`.
        reference: the same function on NumPy arrays.
        analytic: whether the function also works in complex numbers: it has no abs, norm or comparison.
        order: the order of the highest derivative to check.
        dtypes: names of further dtypes in which it must work and return its results.
        min_side: 1 leaves out empty inputs, which some functions (such as a maximum) do not accept.
        examples: the number of examples that Hypothesis draws, besides the shapes that are always tried.
        seed: the seed of the examples.

    Returns:
        A report on how exact the results are: their largest errors in units of the last place, and the condition of
        the point.

    Raises:
        GradcheckError: a derivative is wrong.
        Mismatch: something else is wrong. Both errors have the smallest such input that was found, as code to paste.
        ModuleNotFoundError: Hypothesis is not installed.

    >>> import autograd
    >>> report = check_op(autograd.log, (0.1, 3), np.log, analytic=True, examples=2)
    >>> report.worst["value in float32"].ulps < 2
    True
    """
    if not (callable(func) or isinstance(domain, Domain)):
        raise TypeError(f"check_op: expected a function of tensors, but got {type(func).__name__}")
    if domain is None:
        domain, analytic = stated_domain(func)
    analytic = analytic or isinstance(domain, Domain) and domain.analytic
    plan = Plan(reference, analytic, order, dtypes, Report("check_op"))

    def rules_of(f: Any) -> list[TensorRule]:
        return [TensorRule(f).cast(np.dtype(np.float64))]

    call = f"check_op({name_of(func)}"
    return run("check_op", call, rules_of, func, domain, plan, min_side=min_side, examples=examples, seed=seed)
