"""The verdict on a block of the Jacobian: which entries are wrong, by how much, and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from .calls import Block, Call, GradcheckError, as_reals, hides_frames
from .diagnosis import Diagnosis, diagnose
from .taylor import taylor_slope

__tracebackhide__ = hides_frames

#: An oracle whose error exceeds this part of the largest entry is too coarse to judge, in double precision.
_LARGEST_ERROR = 1e-4


class Options(NamedTuple):
    """How a call is checked.

    Attributes:
        eps: the step of the differences; None for extrapolated differences, which estimate their own error.
        tolerance: the user's (atol, rtol), for |backward − differences| <= atol + rtol·|differences|; None for the
            error of the oracle.
        nondet_tol: by how much two runs may differ.
        undefined: whether some outputs get no cotangent.
        dtypes: whether the gradient must have the dtype of the input.
        projected: True to compare along random directions, False the whole Jacobian, None to decide by its size.
        constants: whether an input without any effect is accepted, as in the gradient of a linear function.
        record: takes every block that is right.
    """

    eps: float | None = None
    tolerance: tuple[float, float] | None = None
    nondet_tol: float = 0.0
    undefined: bool = True
    dtypes: bool = False
    projected: bool | None = None
    constants: bool = False
    record: Callable[[Call, Block], None] | None = None


def wrong_entries(block: Block, options: Options) -> Array:
    """Where the two Jacobians of a block differ by more than the oracle's error and the rounding of the gradient."""
    if options.tolerance is not None:
        atol, rtol = options.tolerance
        allowed = atol + rtol * np.abs(block.oracle)
    else:
        largest = max(np.max(np.abs(part[np.isfinite(part)]), initial=0) for part in (block.oracle, block.backward))
        allowed = 4 * block.error + 256 * np.finfo(block.backward.dtype).eps * largest + options.nondet_tol
    return ~(np.abs(block.backward - block.oracle) <= allowed)


def judge(
    call: Call, block: Block, out: int, source: int, options: Options, nearby: Callable[[], Sequence[Block]],
    known: Diagnosis | None = None,
) -> None:  # fmt: skip
    """Raise if a block of the Jacobian, the derivatives of an output by a source, is wrong or cannot be judged.

    `nearby` computes the same block at other inputs, to confirm the cause of a mistake, unless the cause is known.
    """
    wrong = wrong_entries(block, options)
    kinks = block.jump != 0
    own = options.tolerance is None
    clear = wrong & ~kinks & (~too_coarse(call, block, out, 0.1) if own else np.isfinite(block.error))
    if np.any(kinks):
        clear &= np.isfinite(block.backward)
    if np.any(clear):
        cause = known or diagnose([block, *nearby()])
        if cause is not None and cause.name == "not conjugated":
            cause = cause._replace(words=call.rule.not_conjugated)
        raise GradcheckError(_mismatch(call, block, out, source, clear, cause), cause and cause.name)
    refuse_unclear(call, block, out, source, options)
    if options.record is not None:
        options.record(call, block)


def refuse_unclear(call: Call, block: Block, out: int, source: int | None, options: Options) -> None:
    """Raise if an entry lies on a kink, or its oracle is too coarse; without a source, of a direction of all inputs."""
    kinks = np.argwhere(block.jump != 0)
    if kinks.size:
        raise GradcheckError(_kink(call, block, out, source, kinks[0]), "kink")
    unclear = np.argwhere(too_coarse(call, block, out))
    if options.tolerance is not None or not unclear.size:
        return
    row, column = unclear[0]
    if np.isfinite(block.error[row, column]):
        found = f"differences give {block.oracle[row, column]:.6g} ± {block.error[row, column]:.1g}"
    else:
        found = "it is not finite near these inputs"
    inputs = [call.inputs[i] for i in (call.sources if source is None else [source])]
    coarse = [call.dtype_name(x) for x in inputs if x.dtype not in (np.float64, np.complex128)]
    coarser = f" In {coarse[0]} rounding hides it: convert the inputs with .double()." if coarse else ""
    raise GradcheckError(
        f"the derivative of {call.output_names[out]} by {_column_name(call, block, source, column)} cannot be judged: "
        f"{found}.{coarser} The function changes too fast here, is noisy, or has a pole: choose other inputs, or pass "
        "eps, atol and rtol"
    )


def _mismatch(call: Call, block: Block, out: int, source: int, wrong: Array, cause: Diagnosis | None) -> str:
    distance = np.where(wrong, np.nan_to_num(np.abs(block.backward - block.oracle), nan=np.inf), -1)
    row, column = map(int, np.unravel_index(np.argmax(distance), distance.shape))
    got, expected, error = (part[row, column] for part in (block.backward, block.oracle, block.error))
    output = call.output_names[out]
    number = f"a random sum over {output}" if block.rows is None else _number_name(output, call.outs[out], row)
    lines = [
        f"Jacobian mismatch for {output} with respect to {call.input_names[source]}: "
        f"{int(np.sum(wrong))} of {wrong.size} entries are wrong, the worst is",
        f"    d {number} / d {_column_name(call, block, source, column)}",
        f"    analytical, by {call.rule.backward}:".ljust(33) + f"{got:.10g}",
        f"    numerical, by differences:   {expected:.10g} ± {error:.1g}",
    ]
    size = max(abs(got), abs(expected))
    if 0 < abs(got - expected) < 1e-8 * size:  # ten digits show no difference
        ulps = abs(got - expected) / np.spacing(size)
        lines.append(f"    which differ by {ulps:.2g} units in the last place: {got:.17g} and {expected:.17g}")
    if cause is not None:
        lines.append(f"Cause: {cause.words}.")
    if block.rows is not None and block.columns is not None:
        if np.isfinite(got):
            lines.append(_second_opinion(call, block, out, source, row, column))
        if block.oracle.size <= 64:
            lines += [f"numerical:\n{block.oracle}", f"analytical:\n{block.backward}"]
    return "\n".join(lines)


def _second_opinion(call: Call, block: Block, out: int, source: int, row: int, column: int) -> str:
    """A sentence on what Taylor's test says about both values, if it can tell them apart."""
    f = call.along_number(source, column, [out])
    size = abs(float(as_reals(call.inputs[source])[column]))
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


def _kink(call: Call, block: Block, out: int, source: int | None, place: Array) -> str:
    row, column = place
    jump = float(block.jump[row, column])
    if np.isinf(jump):
        what = f"the edge of the domain of {call.output_names[out]}: it is not finite on one side"
    else:
        what = f"a kink or a jump of the function: the slopes on its two sides differ by {jump:.4g}"
    where = _column_name(call, block, source, column)
    if source is not None and block.columns is not None:
        where += f" = {as_reals(call.inputs[source])[block.columns[column]]:.6g}"
    return (
        f"{where} lies on {what}, or nearer to it than the smallest step. There {call.output_names[out]} has no "
        "derivative to compare with: choose inputs away from it, and test the documented choice at it separately"
    )


def too_coarse(call: Call, block: Block, out: int, part: float = _LARGEST_ERROR) -> Array:
    """Where the oracle's error is too large: above a part of its largest derivative plus 1e-9 of the values."""
    epsilon = max(np.finfo(block.backward.dtype).eps, np.finfo(call.outs[out].dtype).eps)
    finite = np.isfinite(block.error)
    scale = float(np.max(np.abs(block.oracle[finite]), initial=0))
    # A derivative that is tiny beside others, as for a bias before a batch norm, is known only up to their rounding.
    own, *others = (float(np.max(np.abs(as_reals(call.outs[k])), initial=0)) for k in (out, *call.checked))
    value = max(own, 0.1, *(0.1 * other for other in others))
    return ~(4 * block.error <= max(part, 1e4 * epsilon) * scale + max(1e-9, 400 * epsilon) * value)


def _column_name(call: Call, block: Block, source: int | None, column: int) -> str:
    if source is None:
        return "a random direction of all inputs"
    name = call.input_names[source]
    if block.columns is None:
        return f"a random direction of {name}"
    return _number_name(name, call.inputs[source], int(block.columns[column]))


def _number_name(name: str, array: Any, place: int) -> str:
    """The name of one number of an input or output: `input 0[2, 1]`, with its part if it is complex."""
    part = ""
    if np.asarray(array).dtype.kind == "c":
        place, half = divmod(place, 2)
        part = (" (real part)", " (imaginary part)")[half]
    index = np.unravel_index(place, np.shape(array)) if np.ndim(array) else ()
    return name + (f"[{', '.join(str(int(i)) for i in index)}]" if index else "") + part
