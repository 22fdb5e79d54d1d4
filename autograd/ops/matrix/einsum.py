"""einsum: sums of products over named dims."""

from __future__ import annotations

import math
from typing import Any

from ...core.tensor import Tensor
from ..elementwise.arithmetic import mul
from ..reduce.reductions import sum_axes
from ..shape.diagonals import diagonal
from .products import matmul

__all__ = ["einsum"]


def einsum(equation: Any, *operands: Any) -> Tensor:
    """The sum of products over named dims: `einsum("ij,jk->ik", a, b)` is the matrix product.

    Letters name dims; those not after the arrow are summed; `...` stands for further dims, which broadcast; a letter
    that occurs twice in one operand takes the diagonal. The operands are multiplied two at a time, from left to right,
    as stacks of matrices. Dims can be named by numbers too: `einsum(a, [0, 1], b, [1, 2], [0, 2])`.

    Raises:
        RuntimeError: the equation does not fit the operands, or dims with the same letter differ in size.

    >>> from autograd import ones
    >>> einsum("bij,bj->bi", ones(2, 3, 4), ones(2, 4)).shape
    autograd.Size([2, 3])
    """
    if isinstance(equation, Tensor):
        equation, operands = _with_letters((equation, *operands))
    tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else list(operands)
    inputs, output = _parse(equation, [x.array.ndim for x in tensors])
    sizes: dict[str, int] = {}
    parts = []
    for labels, x in zip(inputs, tensors, strict=True):
        parts.append(_take_diagonals(list(labels), x))
        for label, size in zip(labels, x.array.shape, strict=True):
            known = sizes.setdefault(label, size)
            if known != size and 1 not in (known, size):
                raise RuntimeError(
                    f"einsum(): dim {label!r} has size {size} in one operand and {known} in another: {equation!r}"
                )
            sizes[label] = max(known, size) if 0 not in (known, size) else 0
    labels, x = parts[0]
    for i, (other_labels, other) in enumerate(parts[1:], start=1):
        later = set(output).union(*(set(more) for more, _ in parts[i + 1 :]))
        labels, x = _contract(labels, x, other_labels, other, later, sizes)
    labels, x = _sum_out(labels, x, set(output))
    return x.permute(*(labels.index(label) for label in output)) if output else x


#: Those of `string`, which takes a while to import.
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _with_letters(operands: tuple[Any, ...]) -> tuple[str, tuple[Tensor, ...]]:
    """The equation with letters, and the operands, for tensors that are each followed by the numbers of their dims."""
    paired = len(operands) // 2 * 2
    lists = [*operands[1:paired:2], *operands[paired:]]
    if not all(isinstance(part, (list, tuple)) for part in lists):
        raise TypeError("einsum(): expected each operand to be followed by a list of the numbers of its dims")
    try:
        words = ["".join("..." if n is Ellipsis else _LETTERS[n] for n in part) for part in lists]
    except IndexError:
        raise ValueError(f"einsum(): expected numbers of dims from 0 to 51, but got {lists}") from None
    inputs = ",".join(words[: paired // 2])
    return (f"{inputs}->{words[-1]}" if len(operands) > paired else inputs), operands[0:paired:2]


def _parse(equation: str, ndims: list[int]) -> tuple[list[list[str]], list[str]]:
    """The labels of the dims of each operand and of the result; the dims of an ellipsis are labelled by numbers."""
    text = equation.replace(" ", "")
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(ndims):
        raise RuntimeError(
            f"einsum(): the equation {equation!r} has {len(terms)} operands, but {len(ndims)} were given"
        )
    inputs = []
    for term, ndim in zip(terms, ndims, strict=True):
        before, dots, after = term.partition("...")
        named = [*before, *after]
        if not all(c.isalpha() for c in named):
            raise RuntimeError(f"einsum(): subscripts must be letters, but got {term!r} in {equation!r}")
        extra = ndim - len(named)
        if extra < 0 or (extra and not dots):
            raise RuntimeError(f"einsum(): {term!r} names {len(named)} dims, but the operand has {ndim}")
        inputs.append([*before, *(str(i) for i in range(extra - 1, -1, -1)), *after] if dots else named)
    free = sorted({c for labels in inputs for c in labels if c.isdigit()}, key=int, reverse=True)
    if arrow:
        before, dots, after = right.partition("...")
        output = [*before, *(free if dots else []), *after]
    else:
        counts = [c for labels in inputs for c in labels]
        output = [*free, *sorted(c for c in set(counts) if c.isalpha() and counts.count(c) == 1)]
    for label in output:
        if output.count(label) > 1 or not any(label in labels for labels in inputs):
            where = "twice" if output.count(label) > 1 else "in no operand"
            raise RuntimeError(f"einsum(): output subscript {label!r} appears {where}: {equation!r}")
    return inputs, output


def _take_diagonals(labels: list[str], x: Tensor) -> tuple[list[str], Tensor]:
    """The operand with repeated labels removed by taking diagonals."""
    for label in sorted(set(labels)):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            x = diagonal(x, 0, first, second)
            labels = [c for i, c in enumerate(labels) if i not in (first, second)] + [label]
    return labels, x


def _sum_out(labels: list[str], x: Tensor, keep: set[str]) -> tuple[list[str], Tensor]:
    """The operand summed over the labels that are not in `keep`."""
    drop = tuple(i for i, label in enumerate(labels) if label not in keep)
    if drop:
        x = sum_axes(x, drop, False)
    return [label for label in labels if label in keep], x


def _contract(
    a_labels: list[str], a: Tensor, b_labels: list[str], b: Tensor, later: set[str], sizes: dict[str, int]
) -> tuple[list[str], Tensor]:
    """The product of two operands, summed over the labels that are not needed later, as a stack of matrix products."""
    a_labels, a = _sum_out(a_labels, a, later | set(b_labels))
    b_labels, b = _sum_out(b_labels, b, later | set(a_labels))
    shared = [c for c in a_labels if c in b_labels]
    # A dim of size 1 that broadcasts against a larger one is expanded before it is contracted.
    a = a.expand(*(sizes[c] if c in shared else -1 for c in a_labels)) if a_labels else a
    b = b.expand(*(sizes[c] if c in shared else -1 for c in b_labels)) if b_labels else b
    batch = [c for c in shared if c in later]
    inner = [c for c in shared if c not in later]
    rows = [c for c in a_labels if c not in shared]
    cols = [c for c in b_labels if c not in shared]
    a_sizes, b_sizes = dict(zip(a_labels, a.array.shape)), dict(zip(b_labels, b.array.shape))
    n_batch, n_rows, n_inner = (math.prod(a_sizes[c] for c in labels) for labels in (batch, rows, inner))
    n_cols = math.prod(b_sizes[c] for c in cols)
    left = a.permute(*(a_labels.index(c) for c in batch + rows + inner)) if a_labels else a
    right = b.permute(*(b_labels.index(c) for c in batch + inner + cols)) if b_labels else b
    if not inner and not rows and not cols:
        return batch, mul(left, right)
    stack = [n_batch] if batch else []
    product = matmul(left.reshape(*stack, n_rows, n_inner), right.reshape(*stack, n_inner, n_cols))
    shape = [a_sizes[c] for c in batch + rows] + [b_sizes[c] for c in cols]
    return batch + rows + cols, product.reshape(shape)
