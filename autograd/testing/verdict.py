"""The verdict on a Jacobian: which entry is wrong, by how much, and why."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..base.dtypes import Array
from .calls import Block, Call, GradcheckError, as_reals
from .diagnosis import Diagnosis, diagnose
from .taylor import taylor_slope

#: pytest ends its report of a failed check at the line of the test, and leaves out the frames from here.
__tracebackhide__ = operator.methodcaller("errisinstance", GradcheckError)

#: An oracle that errs by more than this part of the largest entry can't judge, in double precision.
_TOO_COARSE = 1e-4


class Tolerance(NamedTuple):
    """What the user allows in place of the oracle's error: |backward − differences| <= atol + rtol·|differences|."""

    atol: float
    rtol: float


class Options(NamedTuple):
    """How a call is checked.

    Attributes:
        eps: the step of the differences; None to extrapolate, with an error of their own.
        tolerance: what the user allows, None for the oracle's own error.
        nondet_tol: by how much two runs may differ.
        undefined: whether outputs without a cotangent are tried.
        dtypes: whether the gradient must have the dtype of the input.
        projected: True compares along random directions, False the whole Jacobian, None by size.
        constants: whether an input without any effect is fine, as in the gradient of a linear function.
    """

    eps: float | None = None
    tolerance: Tolerance | None = None
    nondet_tol: float = 0.0
    undefined: bool = True
    dtypes: bool = False
    projected: bool | None = None
    constants: bool = False


def wrong_entries(block: Block, options: Options) -> Array:
    """Where the two Jacobians of a block differ by more than the oracle's error and the rounding of the gradient."""
    if options.tolerance is not None:
        allowed = options.tolerance.atol + options.tolerance.rtol * np.abs(block.oracle)
    else:
        allowed = 4 * block.error + 256 * np.finfo(block.backward.dtype).eps * _scale(block) + options.nondet_tol
    return ~(np.abs(block.backward - block.oracle) <= allowed)


def _scale(block: Block) -> float:
    """The largest entry of either Jacobian."""
    return max(float(np.max(np.abs(part[np.isfinite(part)]), initial=0)) for part in (block.oracle, block.backward))


def judge(
    call: Call, block: Block, out: int, source: int, options: Options, nearby: Callable[[], Sequence[Block]],
    known: Diagnosis | None = None,
) -> None:  # fmt: skip
    """Raise if a block of the Jacobian is wrong, or can't be judged.

    Args:
        call: what is checked.
        block: the derivatives of output `out` by input `source`.
        out, source: their places.
        options: how it is checked.
        nearby: makes the same block at other inputs, to be sure of the cause.
        known: a cause that was found already.

    Raises:
        GradcheckError: a gradient is wrong, an input lies on a kink, or the oracle is too coarse to tell.
    """
    wrong = wrong_entries(block, options)
    kinks = block.jump != 0
    own = options.tolerance is None
    clear = wrong & ~kinks & (~coarse(call, block, out, 0.1) if own else np.isfinite(block.error))
    if np.any(kinks):
        clear &= np.isfinite(block.backward)
    if np.any(clear):
        cause = known or diagnose([block, *nearby()])
        name = None if cause is None else cause.name
        raise GradcheckError(_mismatch(call, block, out, source, clear, cause), name)
    if np.any(kinks):
        raise GradcheckError(_kink(call, block, out, source, np.argwhere(kinks)[0]), "kink")
    if own:
        _refuse_coarse(call, block, out, source)


def _mismatch(call: Call, block: Block, out: int, source: int, wrong: Array, cause: Diagnosis | None) -> str:
    distance = np.where(wrong, np.nan_to_num(np.abs(block.backward - block.oracle), nan=np.inf), -1)
    row, column = np.unravel_index(np.argmax(distance), distance.shape)
    got, expected, error = (part[row, column] for part in (block.backward, block.oracle, block.error))
    entry = f"d {_row_name(call, block, out, int(row))} / d {_column_name(call, block, source, int(column))}"
    lines = [
        f"Jacobian mismatch for {call.output_names[out]} with respect to {call.input_names[source]}: "
        f"{int(np.sum(wrong))} of {wrong.size} entries are wrong, the worst is",
        f"    {entry}",
        f"    analytical, by backward:     {got:.10g}",
        f"    numerical, by differences:   {expected:.10g} ± {error:.1g}",
    ]
    if cause is not None:
        lines.append(f"Cause: {cause.words}.")
    if block.rows is not None and block.columns is not None:
        if np.isfinite(got):
            lines.append(_second_opinion(call, block, out, source, int(row), int(column)))
        if block.oracle.size <= 64:
            lines += [f"numerical:\n{block.oracle}", f"analytical:\n{block.backward}"]
    return "\n".join(lines)


def _second_opinion(call: Call, block: Block, out: int, source: int, row: int, column: int) -> str:
    """What Taylor's test says of both values: it decides only if it can tell them apart."""
    f = call.along_number(source, column, [out])
    size = abs(float(as_reals(call.inputs[source].array)[column]))
    # Large numbers are moved further, as differences move them; tiny ones by a part of themselves.
    for step in (0.125 * max(1.0, size), 0.125 * size):
        ours, theirs = (
            taylor_slope(lambda t: float(f(t)[row]), float(side[row, column]), step)
            for side in (block.backward, block.oracle)
        )
        if ours is None or theirs is None or not step:
            continue
        found = f"Second opinion: what Taylor's first two terms leave shrinks as h^{ours:.2f} (h^2 if right): "
        if ours < 1.3 and theirs > 1.7:
            return f"{found}it agrees that the gradient is wrong."
        if ours > 1.7 and theirs < 1.3:
            return f"{found}it finds the gradient right, so doubt the step."
    return "Second opinion: none; Taylor's test can't tell the two values apart here."


def _kink(call: Call, block: Block, out: int, source: int, place: Array) -> str:
    row, column = int(place[0]), int(place[1])
    at = _column_name(call, block, source, column)
    jump = float(block.jump[row, column])
    if np.isinf(jump):
        what = "the edge of its domain: the function is not finite on one side"
    else:
        what = f"a kink or a jump of the function: the slopes on its sides differ by {jump:.4g}"
    where = at
    if block.columns is not None:
        where += f" = {as_reals(call.inputs[source].array)[block.columns[column]]:.6g}"
    return (
        f"{where} lies on {what}, nearer than the smallest step. There is no derivative to compare with "
        f"(of {call.output_names[out]}); choose inputs away from there, and test the documented choice there by itself"
    )


def coarse(call: Call, block: Block, out: int, part: float = _TOO_COARSE) -> Array:
    """Where the oracle errs by more than a part of the largest derivative that it finds, or 1e-9 of the values."""
    epsilon = max(np.finfo(block.backward.dtype).eps, np.finfo(call.outs[out].array.dtype).eps)
    finite = np.isfinite(block.error)
    scale = float(np.max(np.abs(block.oracle[finite]), initial=0))
    # A derivative that is nothing beside others is known to their rounding: of a bias before a batch norm, say.
    own, *others = (float(np.max(np.abs(as_reals(call.outs[k].array)), initial=0)) for k in (out, *call.checked))
    value = max(own, 0.1, *(0.1 * other for other in others))
    return ~(4 * block.error <= max(part, 1e4 * epsilon) * scale + max(1e-9, 400 * epsilon) * value)


def _refuse_coarse(call: Call, block: Block, out: int, source: int) -> None:
    unclear = coarse(call, block, out)
    if not np.any(unclear):
        return
    row, column = np.argwhere(unclear)[0]
    at = _column_name(call, block, source, int(column))
    if np.isfinite(block.error[row, column]):
        found = f"differences give {block.oracle[row, column]:.6g} ± {block.error[row, column]:.1g}"
    else:
        found = "it is not finite around there"
    double = call.inputs[source].array.dtype in (np.float64, np.complex128)
    coarser = "" if double else f" In {call.inputs[source].dtype} rounding hides it: convert inputs with .double()."
    raise GradcheckError(
        f"the derivative of {call.output_names[out]} by {at} can't be judged: {found}.{coarser} The function changes "
        "too fast there, is noisy, or has a pole: choose other inputs, or pass eps, atol and rtol"
    )


def _row_name(call: Call, block: Block, out: int, row: int) -> str:
    name = call.output_names[out]
    return f"a random sum over {name}" if block.rows is None else _number_name(name, call.outs[out].array, row)


def _column_name(call: Call, block: Block, source: int, column: int) -> str:
    name = call.input_names[source]
    if block.columns is None:
        return f"a random direction of {name}"
    return _number_name(name, call.inputs[source].array, int(block.columns[column]))


def _number_name(name: str, array: Any, place: int) -> str:
    """The name of one number of an input or output: `input 0[2, 1]`, with its part if it is complex."""
    part = ""
    if np.asarray(array).dtype.kind == "c":
        place, half = divmod(place, 2)
        part = (" (real part)", " (imaginary part)")[half]
    index = np.unravel_index(place, np.shape(array)) if np.ndim(array) else ()
    return name + (f"[{', '.join(str(int(i)) for i in index)}]" if index else "") + part
