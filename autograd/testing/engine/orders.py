"""Derivatives of any order, each checked as the derivative of the one before, and those of forward mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array
from .calls import Block, Call, GradcheckError, as_reals, direction_of, hides_frames
from .draw import LAYOUTS
from .jacobian import compare
from .rule import Rule
from .verdict import Options, refuse_unclear, wrong_entries

__tracebackhide__ = hides_frames


def check_orders(call: Call, order: int, options: Options, rng: np.random.Generator) -> None:
    """Raise unless the derivatives of a call up to an order are right, each as the derivative of the one before.

    Orders whose derivative has no rule are left out.
    """
    for at in range(1, order + 1):
        try:
            compare(call, options, rng)
        except GradcheckError as error:
            raise error.of_order(at) from error.__cause__
        if at < order:
            further = gradient_call(call, rng)
            if further is None:
                return
            call, options = further, options._replace(constants=True, record=None)


def gradient_call(
    call: Call, rng: np.random.Generator, given: Sequence[Any] | None = None, gaps: bool = False
) -> Call | None:
    """The gradient as a call: it takes inputs and cotangents, and returns the gradients of the checked inputs.

    `given` are cotangents, as the library's own values or None; by default they are random. None if it has no rule.
    """
    call.check_unchanged()
    outs = call.differentiable
    if given is not None and len(given) != len(outs):
        raise ValueError(f"gradgradcheck: expected {len(outs)} grad_outputs, one for each output, but got {len(given)}")
    cotangents = [
        t if given is not None and (t := given[n]) is not None else _random_cotangent(call.outs[k], rng, gaps)
        for n, k in enumerate(outs)
    ]
    arrays = [np.asarray(getattr(g, "array", g)) for g in cotangents]
    reached = [i for i, g in call.pull(outs, arrays).items() if g is not None]
    if not reached:
        raise GradcheckError(
            "the function depends on none of its inputs that require a gradient: there is no gradient to check"
        )
    rule = call.rule.gradient(outs, reached, cotangents)
    if rule is None:
        return None
    return Call(
        rule,
        rule.own_arrays() or [*call.inputs, *arrays],
        [*call.input_names, *(f"the cotangent of {call.output_names[k]}" for k in outs)],
        [f"the gradient of {call.input_names[i]}" for i in reached],
        every_output=True,
    )


def _random_cotangent(out: Array, rng: np.random.Generator, gaps: bool) -> Array:
    """A random array of the shape of `out`; with `gaps`, its elements do not lie next to each other in memory."""
    values = np.asarray(direction_of(out, rng))
    return LAYOUTS["sliced"](values) if gaps and values.ndim else values


def compare_forward(call: Call, directions: dict[int, Array], options: Options, rng: np.random.Generator) -> None:
    """Raise unless forward mode agrees with differences along a direction of the inputs."""
    pushed = call.rule.jvp(call.inputs, directions)
    if pushed is None:
        return
    for k in call.checked:
        slope = pushed[k] if k < len(pushed) else None
        found = call.slope(directions, [k], call.noise([k], rng), options.eps)
        got = as_reals(np.zeros_like(call.outs[k]) if slope is None else slope)
        value, error, jump = (part[:, None] for part in found)
        block = Block(got[:, None], value, error, jump, rows=np.arange(got.size))
        refuse_unclear(call, block, k, None, options)
        wrong = wrong_entries(block, options).ravel()
        if np.any(wrong):
            row = int(np.argmax(wrong))
            raise GradcheckError(
                f"Jacobian computed with forward mode mismatch for {call.output_names[k]}, number {row}, along a "
                f"random direction of all inputs\nnumerical: {found.value[row]:.10g} ± {found.error[row]:.1g}\n"
                f"analytical: {got[row]:.10g}"
            )


def check_given(
    rule: Rule, inputs: Sequence[Any], names: Sequence[str] | None, *,
    orders: Sequence[int], raise_exception: bool, seed: int,
) -> bool:  # fmt: skip
    """Check derivatives of the given orders, 1 and above, at given inputs.

    Raises:
        GradcheckError: a derivative is wrong, and `raise_exception`.
        ValueError: an order is less than 1.
    """
    if not orders or min(orders) < 1:
        raise ValueError(f"order must be a whole number of 1 or more, but got {max(orders, default=0)}")
    rng = np.random.default_rng(seed)
    call: Call | None = Call(rule, inputs, names)
    options = Options()
    try:
        for at in range(1, max(orders) + 1):
            if call is None:
                break
            if at in orders:
                compare(call, options, rng)
            if at < max(orders):
                call, options = gradient_call(call, rng), options._replace(constants=True)
    except GradcheckError as error:
        if raise_exception:
            raise error.of_order(at) from error.__cause__
        return False
    return True
