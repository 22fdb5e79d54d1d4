"""The verdict on a block of the Jacobian: which entries are wrong, by how much, and why."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..base.dtypes import Array
from .calls import Block, Call, GradcheckError, as_reals
from .diagnosis import Diagnosis, diagnose
from .taylor import taylor_slope

#: Tells pytest to end the traceback of a failed check at the line of the test, without the frames of this module.
__tracebackhide__ = operator.methodcaller("errisinstance", GradcheckError)

#: An oracle whose error exceeds this part of the largest entry is too coarse to judge, in double precision.
_LARGEST_ERROR = 1e-4


class Tolerance(NamedTuple):
    """The user's tolerance instead of the oracle's error: |backward − differences| <= atol + rtol·|differences|."""

    atol: float
    rtol: float


class Options(NamedTuple):
    """How a call is checked.

    Attributes:
        eps: the step of the differences; None for extrapolated differences, which estimate their own error.
        tolerance: the user's tolerance; None for the error of the oracle.
        nondet_tol: by how much two runs may differ.
        undefined: whether some outputs get no cotangent.
        dtypes: whether the gradient must have the dtype of the input.
        projected: True to compare along random directions, False the whole Jacobian, None to decide by its size.
        constants: whether an input without any effect is accepted, as in the gradient of a linear function.
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
    """Raise if a block of the Jacobian is wrong, or cannot be judged.

    Args:
        call: the call that is checked.
        block: the derivatives of output `out` by input `source`.
        out, source: the indices of the output and the input.
        options: how the call is checked.
        nearby: computes the same block at other inputs, to confirm the cause.
        known: a cause that is known already.

    Raises:
        GradcheckError: a gradient is wrong, an input lies on a kink, or the oracle is too coarse to tell.
    """
    wrong = wrong_entries(block, options)
    kinks = block.jump != 0
    own = options.tolerance is None
    clear = wrong & ~kinks & (~too_coarse(call, block, out, 0.1) if own else np.isfinite(block.error))
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
    """A sentence on what Taylor's test says about both values, if it can tell them apart."""
    f = call.along_number(source, column, [out])
    size = abs(float(as_reals(call.inputs[source].array)[column]))
    # Large numbers need larger steps, as for differences; tiny ones change by a part of themselves.
    for step in (0.125 * max(1.0, size), 0.125 * size):
        ours, theirs = (
            taylor_slope(lambda t: float(f(t)[row]), float(side[row, column]), step)
            for side in (block.backward, block.oracle)
        )
        if ours is None or theirs is None or not step:
            continue
        found = f"Second opinion: the remainder after Taylor's first two terms shrinks as h^{ours:.2f} (h^2 if right): "
        if ours < 1.3 and theirs > 1.7:
            return f"{found}it agrees that the gradient is wrong."
        if ours > 1.7 and theirs < 1.3:
            return f"{found}the gradient seems right, so the step may be unsuitable."
    return "Second opinion: none; Taylor's test cannot tell the two values apart here."


def _kink(call: Call, block: Block, out: int, source: int, place: Array) -> str:
    row, column = int(place[0]), int(place[1])
    at = _column_name(call, block, source, column)
    jump = float(block.jump[row, column])
    if np.isinf(jump):
        what = "the edge of its domain: the function is not finite on one side"
    else:
        what = f"a kink or a jump of the function: the slopes on its two sides differ by {jump:.4g}"
    where = at
    if block.columns is not None:
        where += f" = {as_reals(call.inputs[source].array)[block.columns[column]]:.6g}"
    return (
        f"{where} lies on {what}, or nearer to it than the smallest step. There {call.output_names[out]} has no "
        "derivative to compare with: choose inputs away from it, and test the documented choice at it separately"
    )


def too_coarse(call: Call, block: Block, out: int, part: float = _LARGEST_ERROR) -> Array:
    """Where the oracle's error is too large: above a part of its largest derivative plus 1e-9 of the values."""
    epsilon = max(np.finfo(block.backward.dtype).eps, np.finfo(call.outs[out].array.dtype).eps)
    finite = np.isfinite(block.error)
    scale = float(np.max(np.abs(block.oracle[finite]), initial=0))
    # A derivative that is tiny beside others, as for a bias before a batch norm, is known only up to their rounding.
    own, *others = (float(np.max(np.abs(as_reals(call.outs[k].array)), initial=0)) for k in (out, *call.checked))
    value = max(own, 0.1, *(0.1 * other for other in others))
    return ~(4 * block.error <= max(part, 1e4 * epsilon) * scale + max(1e-9, 400 * epsilon) * value)


def _refuse_coarse(call: Call, block: Block, out: int, source: int) -> None:
    unclear = too_coarse(call, block, out)
    if not np.any(unclear):
        return
    row, column = np.argwhere(unclear)[0]
    at = _column_name(call, block, source, int(column))
    if np.isfinite(block.error[row, column]):
        found = f"differences give {block.oracle[row, column]:.6g} ± {block.error[row, column]:.1g}"
    else:
        found = "it is not finite near these inputs"
    double = call.inputs[source].array.dtype in (np.float64, np.complex128)
    coarser = "" if double else f" In {call.inputs[source].dtype} rounding hides it: convert the inputs with .double()."
    raise GradcheckError(
        f"the derivative of {call.output_names[out]} by {at} cannot be judged: {found}.{coarser} The function changes "
        "too fast here, is noisy, or has a pole: choose other inputs, or pass eps, atol and rtol"
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
