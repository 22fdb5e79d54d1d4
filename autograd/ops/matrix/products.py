"""Products of matrices and vectors, and einsum."""

from __future__ import annotations

import math
import string
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.broadcasting import sum_to
from ...core.operation import Operation, primitive
from ...core.tensor import Tensor, wrap
from ..elementwise.arithmetic import conj, mul
from ..reduce.reductions import sum as total, sum_axes
from ..shape.joining import stack
from ..shape.reshape import diagonal, reshape, roll, unsqueeze

__all__ = [
    "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "baddbmm", "bmm", "cross", "dot", "einsum", "ger",
    "inner", "kron", "linear", "matmul", "mm", "mv", "outer", "tensordot", "vander", "vdot",
]  # fmt: skip


def _outer(x: Any, y: Any) -> Any:
    return x[:, None] * y


# Two vectors, a matrix and a vector, two matrices, and stacks of matrices that broadcast.
_dot = primitive(
    "dot",
    lambda x, y: x @ y,
    x=lambda g, y: g * y,
    y=lambda g, x: g * x,
    doc="The inner product of two vectors: each times the other",
)
_mv = primitive(
    "mv",
    lambda x, y: x @ y,
    x=lambda g, y: _outer(g, y),
    y=lambda g, x: x.T @ g,
    doc="A matrix times a vector: the outer product of g and y, and xᵀ @ g",
)
# The product of two matrices on its own: np.dot starts 1.5 µs sooner than np.matmul.
_mm: Operation = primitive(
    "mm",
    lambda x, y: x.dot(y),
    x=lambda g, y: _mm(g, y.T),
    y=lambda g, x: _mm(x.T, g),
    doc="The product of two matrices: g @ yᵀ and xᵀ @ g",
)
_matmul = primitive(
    "matmul",
    lambda x, y: x @ y,
    x=lambda g, y, x_shape: sum_to(g @ y.mT, x_shape),
    y=lambda g, x, y_shape: sum_to(x.mT @ g, y_shape),
    doc="Products of stacks of matrices, which broadcast: g @ yᵀ and xᵀ @ g",
)


def _affine(x: Array, weight: Array, bias: Array) -> Array:
    out = x.dot(weight.T)
    out += bias
    return out


#: x @ weight.T + bias: one node, and one pass over the output less than its parts.
_linear = primitive(
    "linear",
    _affine,
    x=lambda g, weight: _mm(g, weight),
    weight=lambda g, x: _mm(g.T, x),
    bias=lambda g: sum_axes(g, (0,), False),
    doc="x @ weight.T + bias: g @ weight, g.T @ x, and the sum of g over the rows",
)


def _check_types(name: str, x: Tensor, y: Tensor) -> None:
    for side in (x, y):
        if not isinstance(side, Tensor):
            raise TypeError(f"{name}: expected two Tensors, but got {type(side).__name__}: wrap it in tensor(...)")
    if x.array.dtype != y.array.dtype:
        raise RuntimeError(
            f"{name}: expected both to have the same dtype, but got {x.dtype} and {y.dtype}: convert one with .to()"
        )


def matmul(input: Tensor, other: Tensor) -> Tensor:
    """The matrix product, for 1-D operands the inner or matrix-vector product, for more dims in stacks.

    Raises:
        RuntimeError: the inner sizes differ, the stacks do not broadcast, an operand is 0-d, or the types differ.

    >>> from autograd import ones
    >>> matmul(ones(2, 3), ones(3))
    tensor([3., 3.])
    """
    if isinstance(input, np.ndarray):
        input = wrap(input)
    if isinstance(other, np.ndarray):
        other = wrap(other)
    if not (isinstance(input, Tensor) and isinstance(other, Tensor)) or input.array.dtype != other.array.dtype:
        _check_types("matmul", input, other)
    a, b = input.array.shape, other.array.shape
    m, n = len(a), len(b)
    if not m or not n:
        raise RuntimeError(f"matmul: both arguments need to be at least 1D, but they are {m}D and {n}D: use * instead")
    if a[-1] != b[-2 if n > 1 else 0]:
        raise RuntimeError(
            f"matmul: shapes {a} and {b} do not align: the last size of the first ({a[-1]}) must equal the "
            f"{'second to last' if n > 1 else 'only'} size of the second ({b[-2 if n > 1 else 0]}); "
            "transpose one of them with .mT if its dims are the other way round"
        )
    result: Tensor
    if m == n == 2:
        result = _mm(input, other)
    elif m == n == 1:
        result = _dot(input, other)
    elif (m, n) == (2, 1):
        result = _mv(input, other)
    elif (m, n) == (1, 2):
        result = _mv(other.mT, input)
    elif n == 1:
        result = matmul(input, unsqueeze(other, 1)).squeeze(-1)
    elif m == 1:
        result = matmul(unsqueeze(input, 0), other).squeeze(-2)
    elif n == 2 and m > 2:
        # A stack times one matrix is one tall product.
        result = reshape(_mm(reshape(input, (math.prod(a[:-1]), a[-1])), other), (*a[:-1], b[-1]))
    else:
        try:
            np.broadcast_shapes(a[:-2], b[:-2])
        except ValueError:
            raise RuntimeError(
                f"matmul: shapes {a} and {b} do not align: the stacks {a[:-2]} and {b[:-2]} do not broadcast"
            ) from None
        result = _matmul(input, other)
    return result


def _expect(name: str, x: Tensor, ndim: int, what: str) -> None:
    if x.array.ndim != ndim:
        raise RuntimeError(
            f"{name}: {what} must be {'a vector' if ndim == 1 else 'a matrix' if ndim == 2 else f'{ndim}-D'}, "
            f"but its shape is {x.array.shape}"
        )


def mm(input: Tensor, mat2: Tensor) -> Tensor:
    """The product of two matrices, without broadcasting."""
    _expect("mm", input, 2, "self")
    _expect("mm", mat2, 2, "mat2")
    return matmul(input, mat2)


def bmm(input: Tensor, mat2: Tensor) -> Tensor:
    """The products of two stacks of matrices (b, n, m) and (b, m, p), without broadcasting."""
    _expect("bmm", input, 3, "batch1")
    _expect("bmm", mat2, 3, "batch2")
    if input.array.shape[0] != mat2.array.shape[0]:
        raise RuntimeError(
            f"bmm: Expected size for first two dimensions of batch2 tensor to be: "
            f"[{input.array.shape[0]}, {input.array.shape[2]}] but got: {list(mat2.array.shape[:2])}."
        )
    return matmul(input, mat2)


def mv(input: Tensor, vec: Tensor) -> Tensor:
    """The product of a matrix and a vector."""
    _expect("mv", input, 2, "input")
    _expect("mv", vec, 1, "vec")
    return matmul(input, vec)


def dot(input: Tensor, tensor: Tensor) -> Tensor:
    """The inner product of two vectors of the same length."""
    _expect("dot", input, 1, "input")
    _expect("dot", tensor, 1, "tensor")
    return matmul(input, tensor)


def outer(input: Tensor, vec2: Tensor) -> Tensor:
    """The outer product of two vectors: every element of the one times every element of the other."""
    _expect("outer", input, 1, "self")
    _expect("outer", vec2, 1, "vec2")
    return mul(unsqueeze(input, 1), vec2)


ger = outer


def addmm(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · input + alpha · (mat1 @ mat2)."""
    return mixed(input, mm(mat1, mat2), beta, alpha)


def mixed(input: Tensor, product: Tensor, beta: Any, alpha: Any) -> Tensor:
    """beta · input + alpha · product; beside integers the two numbers lose their fractions."""
    if product.array.dtype.kind in "iu":
        beta, alpha = int(beta), int(alpha)
    scaled = product if alpha == 1 else product * alpha
    return scaled if beta == 0 else scaled + (input if beta == 1 else input * beta)


def addmv(input: Tensor, mat: Tensor, vec: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · input + alpha · (mat @ vec)."""
    return mixed(input, mv(mat, vec), beta, alpha)


def baddbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · input + alpha · (batch1 @ batch2)."""
    return mixed(input, bmm(batch1, batch2), beta, alpha)


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value · tensor1 · tensor2."""
    return input + tensor1 * tensor2 * value


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Tensor:
    """input + value · tensor1 / tensor2."""
    return input + tensor1 / tensor2 * value


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """An affine map of the last dim: input @ weight.T + bias.

    Args:
        input: (*, in_features).
        weight: (out_features, in_features), or (in_features,).
        bias: (out_features,).

    Raises:
        RuntimeError: the sizes do not align, or the types differ.
    """
    x, w = input.array, weight.array
    if not x.ndim and w.ndim:
        raise RuntimeError(
            f"linear: both arguments need to be at least 1D, but they are 0D and {w.ndim}D: "
            f"the input's last size must be in_features = {w.shape[-1]}; give it a dim with reshape(1)"
        )
    if w.ndim == 2 and x.shape[-1] != w.shape[1]:
        raise RuntimeError(
            f"linear: mat1 and mat2 shapes cannot be multiplied ({math.prod(x.shape[:-1])}x{x.shape[-1]} and "
            f"{w.shape[1]}x{w.shape[0]}): the input's last size must be in_features = {w.shape[1]}"
        )
    if bias is None or w.ndim != 2:
        out = matmul(input, weight.t())
        return out if bias is None else out + bias
    if bias.array.shape != w.shape[:1]:
        raise RuntimeError(
            f"linear: the bias has shape {bias.array.shape}, but the weight {w.shape} wants {w.shape[:1]}: "
            "one number for each of the out_features"
        )
    if x.dtype is not w.dtype or bias.array.dtype is not w.dtype:
        _check_types("linear", input, weight)
        _check_types("linear", bias, weight)
    if x.ndim == 2:
        return _linear(input, weight, bias)
    flat = _linear(reshape(input, (math.prod(x.shape[:-1]), x.shape[-1])), weight, bias)
    return reshape(flat, (*x.shape[:-1], w.shape[0]))


def tensordot(a: Tensor, b: Tensor, dims: Any = 2) -> Tensor:
    """The product summed over several dims: the last `dims` of `a` with the first of `b`, or the pairs listed."""
    if isinstance(dims, int):
        left = list(range(a.array.ndim - dims, a.array.ndim))
        right = list(range(dims))
    else:
        left, right = ([d % x.array.ndim for d in ds] for ds, x in zip(dims, (a, b), strict=True))
        for i, j in zip(left, right, strict=True):  # a size of 1 broadcasts: what it meets is summed first
            m, n = a.array.shape[i], b.array.shape[j]
            a = sum_axes(a, (i,), True) if n == 1 != m else a
            b = sum_axes(b, (j,), True) if m == 1 != n else b
    sizes = [a.array.shape[d] for d in left]
    if sizes != [b.array.shape[d] for d in right]:
        raise RuntimeError(
            f"tensordot: contracted dimensions need to match, but the sizes are {sizes} and "
            f"{[b.array.shape[d] for d in right]}"
        )
    a_free = [d for d in range(a.array.ndim) if d not in left]
    b_free = [d for d in range(b.array.ndim) if d not in right]
    inner = math.prod(sizes)
    rows = [a.array.shape[d] for d in a_free]
    cols = [b.array.shape[d] for d in b_free]
    first = a.permute(*a_free, *left).reshape(math.prod(rows), inner)
    second = b.permute(*right, *b_free).reshape(inner, math.prod(cols))
    return matmul(first, second).reshape(*rows, *cols)


# -- einsum ------------------------------------------------------------------------------------------


def einsum(equation: Any, *operands: Any) -> Tensor:
    """Sum of products over named dims: `einsum("ij,jk->ik", a, b)` is the matrix product.

    Letters name dims; those missing after the arrow are summed; `...` stands for further dims, which
    broadcast; a letter twice in one operand takes the diagonal. Operands are multiplied two at a time,
    left to right, as matrices. Numbers will do for letters: `einsum(a, [0, 1], b, [1, 2], [0, 2])`.

    Raises:
        RuntimeError: the equation does not fit the operands, or sizes of one letter differ.

    >>> from autograd import ones
    >>> einsum("bij,bj->bi", ones(2, 3, 4), ones(2, 4)).shape
    autograd.Size([2, 3])
    """
    if isinstance(equation, Tensor):
        equation, operands = _in_letters((equation, *operands))
    tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else list(operands)
    inputs, output = _parse(equation, [x.array.ndim for x in tensors])
    sizes: dict[str, int] = {}
    parts = []
    for labels, x in zip(inputs, tensors, strict=True):
        parts.append(_without_repeats(list(labels), x))
        for label, size in zip(labels, x.array.shape, strict=True):
            known = sizes.setdefault(label, size)
            if known != size and 1 not in (known, size):
                raise RuntimeError(
                    f"einsum(): dim {label!r} has size {size} in one operand and {known} in another: {equation!r}"
                )
            sizes[label] = max(known, size) if 0 not in (known, size) else 0
    labels, x = parts[0]
    for place, (other_labels, other) in enumerate(parts[1:], start=1):
        later = set(output).union(*(set(more) for more, _ in parts[place + 1 :]))
        labels, x = _contract(labels, x, other_labels, other, later, sizes)
    labels, x = _sum_out(labels, x, set(output))
    return x.permute(*(labels.index(label) for label in output)) if output else x


def _in_letters(operands: tuple[Any, ...]) -> tuple[str, tuple[Tensor, ...]]:
    """The equation, and its operands, of tensors that are each followed by the numbers of their dims."""
    paired = len(operands) // 2 * 2
    lists = [*operands[1:paired:2], *operands[paired:]]
    if not all(isinstance(part, (list, tuple)) for part in lists):
        raise TypeError("einsum(): expected each operand to be followed by a list of the numbers of its dims")
    try:
        words = ["".join("..." if n is Ellipsis else string.ascii_letters[n] for n in part) for part in lists]
    except IndexError:
        raise ValueError(f"einsum(): expected numbers of dims from 0 to 51, but got {lists}") from None
    inputs = ",".join(words[: paired // 2])
    return (f"{inputs}->{words[-1]}" if len(operands) > paired else inputs), operands[0:paired:2]


def _parse(equation: str, ndims: list[int]) -> tuple[list[list[str]], list[str]]:
    """The labels of each operand and of the result; the dims of an ellipsis are labelled by numbers."""
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


def _without_repeats(labels: list[str], x: Tensor) -> tuple[list[str], Tensor]:
    """A letter that stands twice takes the diagonal."""
    for label in sorted(set(labels)):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            x = diagonal(x, 0, first, second)
            labels = [c for i, c in enumerate(labels) if i not in (first, second)] + [label]
    return labels, x


def _sum_out(labels: list[str], x: Tensor, keep: set[str]) -> tuple[list[str], Tensor]:
    drop = tuple(i for i, label in enumerate(labels) if label not in keep)
    if drop:
        x = sum_axes(x, drop, False)
    return [label for label in labels if label in keep], x


def _contract(
    a_labels: list[str], a: Tensor, b_labels: list[str], b: Tensor, later: set[str], sizes: dict[str, int]
) -> tuple[list[str], Tensor]:
    """The product of two operands, summed over what nobody needs later, as one stack of matrix products."""
    a_labels, a = _sum_out(a_labels, a, later | set(b_labels))
    b_labels, b = _sum_out(b_labels, b, later | set(a_labels))
    shared = [c for c in a_labels if c in b_labels]
    # A size of 1 that broadcasts against a larger one is spread before it is paired.
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
    product = matmul(left.reshape(n_batch, n_rows, n_inner), right.reshape(n_batch, n_inner, n_cols))
    return batch + rows + cols, product.reshape(*(a_sizes[c] for c in batch + rows), *(b_sizes[c] for c in cols))


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of `input` times the whole of `other`."""
    ndim = max(input.array.ndim, other.array.ndim)
    a, b = ((1,) * (ndim - x.array.ndim) + x.array.shape for x in (input, other))
    left = input.reshape([n for size in a for n in (size, 1)])
    right = other.reshape([n for size in b for n in (1, size)])
    return (left * right).reshape([m * n for m, n in zip(a, b, strict=True)])


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sums of products along the last dims."""
    return tensordot(input, other, ([-1], [-1])) if input.array.ndim and other.array.ndim else input * other


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The dot product of two vectors, with the first one conjugated."""
    return dot(conj(input), other)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · `input` + alpha · the outer product of two vectors."""
    product = outer(vec1, vec2)
    if product.array.dtype.kind == input.array.dtype.kind == "b":
        return (product & bool(alpha)) | (input & bool(beta))
    return mixed(input, product, beta, alpha)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · `input` + alpha · the sum of the products of two batches of matrices."""
    return mixed(input, total(bmm(batch1, batch2), 0), beta, alpha)


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vector product along `dim`, or the first dim of size 3.

    Raises:
        RuntimeError: there is no dim of size 3, or one tensor has more dims than the other.
    """
    if input.array.ndim != other.array.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions, but got {input.array.shape} and "
            f"{other.array.shape}"
        )
    if dim is None:
        dim = next((i for i, n in enumerate(input.array.shape) if n == 3), None)
    if dim is None or input.array.shape[dim] != 3 or other.array.shape[dim] != 3:
        raise RuntimeError("linalg.cross: inputs dimension must have length 3.")
    return roll(input, -1, dim) * roll(other, 1, dim) - roll(input, 1, dim) * roll(other, -1, dim)


def vander(x: Tensor, N: int | None = None, *, increasing: bool = False) -> Tensor:
    """The powers of a vector as columns, from the highest to 0."""
    powers = range(len(x.array) if N is None else N)
    return stack([x**i for i in (powers if increasing else reversed(powers))], 1)
