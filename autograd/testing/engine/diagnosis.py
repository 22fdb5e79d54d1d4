"""The diagnosis of a wrong gradient: its cause, from the Jacobian that backward computes and the right one.

A cause is named only if it explains every entry of the Jacobian, at the inputs and at other inputs nearby. A wrong
cause would mislead, so in doubt there is none.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...base.dtypes import Array
from .calls import Block


class Diagnosis(NamedTuple):
    """A cause and its explanation.

    Attributes:
        name: one of "wrong sign", "lost sign", "constant factor", "not conjugated", "transposed",
            "broadcast not undone", "missing term", "cut off", "partly cut off", "not finite"; other modules find
            "kink", "non-determinism", "changed input" and "ignores the cotangent".
        words: a sentence for the message.
    """

    name: str
    words: str


def diagnose(blocks: Sequence[Block]) -> Diagnosis | None:
    """The cause that explains all blocks: the same part of the Jacobian at the inputs and at points nearby.

    >>> right = np.array([[2.0, 0.0], [0.0, 3.0]])
    >>> zeros = np.zeros((2, 2))
    >>> diagnose([Block(-right, right, zeros, zeros, (2,), (2,), None, None)]).name
    'wrong sign'
    """
    if blocks and np.any(np.isfinite(blocks[0].oracle) & ~np.isfinite(blocks[0].backward)):
        return Diagnosis(
            "not finite",
            "the rule divides by zero or overflows at these inputs, or so does the rule of a branch that where() does "
            "not choose (0 · ∞ is NaN; replace the input of that branch first)",
        )
    if not blocks or not all(np.all(np.isfinite(b.backward) & np.isfinite(b.oracle)) for b in blocks):
        return None
    causes = (_cut_off, _factor, _not_conjugated, _lost_sign, _transposed, _missing)
    return next((found for cause in causes if (found := cause(blocks)) is not None), None)


def _allowed(block: Block) -> Array:
    """The allowed difference between a computed entry and the oracle's, if both are the same number.

    Where backward is wrong by little, as in a small entry beside large ones, a cause must explain just that.
    """
    largest = np.max(np.abs(block.oracle), initial=0)
    wrong_by = np.abs(block.backward - block.oracle)
    rounding = 256 * np.finfo(block.backward.dtype).eps * largest
    return np.asarray(8 * block.error + np.minimum(1e-9 * largest, np.maximum(0.1 * wrong_by, rounding)))


def _cut_off(blocks: Sequence[Block]) -> Diagnosis | None:
    if any(np.any(block.backward) for block in blocks):
        return None
    return Diagnosis(
        "cut off",
        "no gradient arrives: the graph is cut (by detach(), data, item(), numpy() or a raw array), or the rule for "
        "this input returns none or zeros",
    )


def _factor(blocks: Sequence[Block]) -> Diagnosis | None:
    factors = []
    for block in blocks:
        size = float(np.sum(block.oracle**2))
        c = float(np.sum(block.backward * block.oracle)) / size if size else math.nan
        if not np.all(np.abs(block.backward - c * block.oracle) <= (1 + abs(c)) * _allowed(block)):
            return None
        factors.append(c)
    c = factors[0]
    if any(not abs(other - c) <= 1e-6 * abs(c) for other in factors) or c == 0 or len(blocks) < 2 and c != -1:
        return None
    if abs(c + 1) < 1e-6:
        return Diagnosis("wrong sign", "wrong sign: every entry is minus what it should be")
    more = f"{c:.{6 if abs(c - 1) > 1e-5 else 12}g} times what it should be"
    sign = " and the wrong sign" if c < 0 else ""
    return Diagnosis(
        "constant factor", f"a constant factor{sign}: every entry is {more}{_element_count_remark(abs(c), blocks[0])}"
    )


def _element_count_remark(c: float, block: Block) -> str:
    """A remark if the factor is a number of elements, as after a confusion of mean and sum; else empty."""
    if block.out_shape == block.in_shape:
        return ""  # most likely an elementwise function, which sums nothing
    for what, shape in (("output", block.out_shape), ("input", block.in_shape)):
        sizes = [("elements in it", math.prod(shape))] if shape else []
        sizes += [(f"elements along dim {d} of it", n) for d, n in enumerate(shape or ())]
        for words, n in sizes:
            if n > 1 and (abs(c - n) < 1e-6 * n or abs(c * n - 1) < 1e-6):
                ratio = "" if abs(c - n) < 1e-6 * n else "1 / "
                return f" ({ratio}{n}: the {what} has {n} {words}; is a sum used for a mean, or a mean for a sum?)"
    return ""


def _not_conjugated(blocks: Sequence[Block]) -> Diagnosis | None:
    """Whether a conjugate is missing: then the 2×2 real Jacobian of each complex number is transposed."""

    def explains(block: Block) -> bool:
        if not block.complex:
            return False
        pairs = block.oracle.reshape(block.oracle.shape[0] // 2, 2, block.oracle.shape[1] // 2, 2)
        turned = pairs.transpose(0, 3, 2, 1).reshape(block.oracle.shape)
        return bool(np.all(np.abs(block.backward - turned) <= np.max(_allowed(block))))

    if not all(map(explains, blocks)):
        return None
    return Diagnosis("not conjugated", "a conjugate is missing, or one too many")


def _lost_sign(blocks: Sequence[Block]) -> Diagnosis | None:
    def explains(block: Block) -> bool:
        allowed = _allowed(block)
        right = np.abs(block.backward - block.oracle) <= allowed
        turned = np.abs(block.backward + block.oracle) <= allowed
        clear = np.abs(block.oracle) > 4 * allowed
        return bool(np.all(right | turned) and np.any(right & clear) and np.any(turned & clear))

    if len(blocks) < 2 or not all(map(explains, blocks)):
        return None
    wrong = int(np.sum(np.abs(blocks[0].backward - blocks[0].oracle) > _allowed(blocks[0])))
    return Diagnosis(
        "lost sign",
        f"wrong sign in {wrong} entries, the others are right: a sign that depends on the values, or the sign of one "
        "of several parts, is lost",
    )


def _transposed(blocks: Sequence[Block]) -> Diagnosis | None:
    out_shape, in_shape = blocks[0].out_shape, blocks[0].in_shape
    if out_shape is None or in_shape is None:
        return None
    shape, first = out_shape + in_shape, len(out_shape)
    rows, columns = range(max(0, first - 2), first), range(max(first, len(shape) - 2), len(shape))
    if not (_dims_exchanged(blocks, shape, [*rows, *columns]) or _inner_dims_exchanged(blocks, shape, rows, columns)):
        return None
    return Diagnosis(
        "transposed",
        "a matrix is transposed: the right Jacobian has two dims exchanged (x instead of x.mT in the rule, the result "
        "without .mT, or a cumsum, roll or permute that is repeated instead of undone)",
    )


def _dims_exchanged(blocks: Sequence[Block], shape: tuple[int, ...], movable: Sequence[int]) -> bool:
    """Whether the Jacobian is the right one with dims exchanged, among the last two of the output and of the input."""
    for order in itertools.permutations(movable):
        axes = list(range(len(shape)))
        for place, axis in zip(movable, order):
            axes[place] = axis
        if [shape[a] for a in axes] != list(shape) or sum(shape[a] > 1 for b, a in enumerate(axes) if a != b) < 2:
            continue

        def explains(block: Block, axes: list[int] = axes) -> bool:
            turned, error = (x.reshape(shape).transpose(axes).reshape(x.shape) for x in (block.oracle, block.error))
            return bool(np.all(np.abs(block.backward - turned) <= _allowed(block) + 8 * error))

        if all(map(explains, blocks)):
            return True
    return False


def _inner_dims_exchanged(blocks: Sequence[Block], shape: tuple[int, ...], rows: range, columns: range) -> bool:
    """Whether dims are exchanged in a middle factor, as where the product with a matrix is the argument of tanh.

    Transposing w in s[o]·w[o, i]·t[i] changes neither the diagonal nor the product of opposite entries.
    """
    for p, q in itertools.product(rows, columns):
        if shape[p] != shape[q] or shape[p] < 2:
            continue

        def explains(block: Block, p: int = p, q: int = q) -> bool:
            got, right = (np.moveaxis(x.reshape(shape), (p, q), (-2, -1)) for x in (block.backward, block.oracle))
            limit = float(np.max(_allowed(block)))
            largest = float(np.max(np.abs(right)))
            opposite = np.abs(got * got.mT - right * right.mT) <= 8 * limit * largest
            diagonal = np.abs(np.diagonal(got - right, axis1=-2, axis2=-1)) <= limit
            # The product around a cycle of three entries equals that of the opposite cycle.
            around = [m[..., [0], 1] * m[..., [1], -1] * m[..., [-1], 0] for m in (got, right.mT)]
            circle = np.abs(around[0] - around[1]) <= 16 * limit * largest**2
            return bool(np.all(opposite) and np.all(diagonal) and np.all(circle))

        if all(map(explains, blocks)):
            return True
    return False


def _missing(blocks: Sequence[Block]) -> Diagnosis | None:
    """Whether contributions are missing: entries are 0 where the right Jacobian's are not."""

    def absent(block: Block) -> Array:
        return (block.backward == 0) & (np.abs(block.oracle) > 8 * block.error + 1e-6 * np.max(np.abs(block.oracle)))

    def superfluous(block: Block) -> bool:
        return bool(np.any((np.abs(block.backward) > _allowed(block)) & (np.abs(block.oracle) <= _allowed(block))))

    def right_elsewhere(block: Block) -> bool:
        return bool(np.all((block.backward == 0) | (np.abs(block.backward - block.oracle) <= _allowed(block))))

    lacks = [absent(block) for block in blocks]
    if not np.any(lacks[0]) or any(not np.array_equal(a, lacks[0]) for a in lacks) or any(map(superfluous, blocks)):
        return None
    all_right_elsewhere = all(map(right_elsewhere, blocks))
    columns = np.any(lacks[0], axis=0)
    served = np.any(blocks[0].backward != 0, axis=0)
    if not np.any(columns & served):
        if not all_right_elsewhere:
            return None
        return Diagnosis(
            "partly cut off",
            f"no gradient arrives at {int(np.sum(columns))} of {columns.size} elements of the input, the others are "
            "right: a part of it (a slice, a branch) is cut off",
        )
    if np.any(columns & ~served):
        return None
    out_shape, in_shape = blocks[0].out_shape, blocks[0].in_shape
    dims = _broadcast_dims(blocks[0])
    if dims and all_right_elsewhere:
        return Diagnosis(
            "broadcast not undone",
            f"a broadcast is not undone: the input of shape {in_shape} was broadcast to {out_shape}, and its "
            f"gradient lacks the sum over dim {', '.join(map(str, dims))} of the output",
        )
    if out_shape is None:
        return None
    count = int(np.sum(lacks[0]))
    return Diagnosis(
        "missing term",
        f"a term of a sum is missing: {count} of {lacks[0].size} entries are zero but should not be, so elements of "
        "the output that depend on an element of the input do not contribute to its gradient",
    )


def _broadcast_dims(block: Block) -> tuple[int, ...]:
    """The dims of the output along which the input was broadcast; none if the function is not elementwise."""
    out_shape, in_shape = block.out_shape, block.in_shape
    if out_shape is None or in_shape is None or len(in_shape) > len(out_shape):
        return ()
    padded = (1,) * (len(out_shape) - len(in_shape)) + in_shape
    if any(m not in (1, n) for m, n in zip(padded, out_shape)):
        return ()
    places = np.broadcast_to(np.arange(math.prod(in_shape)).reshape(padded), out_shape).ravel()
    elsewhere = np.ones(block.oracle.shape, bool)
    elsewhere[np.arange(places.size), places] = False
    if np.any(np.abs(block.oracle[elsewhere]) > _allowed(block)[elsewhere]):
        return ()
    return tuple(d for d, (m, n) in enumerate(zip(padded, out_shape)) if m != n)
