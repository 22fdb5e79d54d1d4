"""Checks of the matrices that the functions of `linalg` take and return."""

from __future__ import annotations

import numpy as np

from ..base.dtypes import Array
from ..core.errors import not_a_tensor
from ..core.tensor import Tensor
from ..ops.matrix.functions import LinAlgError

#: The failure of an inverse or a solution, for `check_result`.
SINGULAR = "is singular: the inverse or solution does not exist; linalg.pinv and linalg.lstsq take any matrix"


def check_floating(name: str, A: Tensor, least: int = 2) -> Tensor:
    """`A`, checked for the function `name`.

    Raises:
        TypeError: it is not a Tensor.
        RuntimeError: it has fewer than `least` dims, or its elements are integers or of half precision.
    """
    if not isinstance(A, Tensor):
        raise TypeError(f"{name}(): argument 'A' must be {not_a_tensor(A)}")
    if A.array.ndim < least:
        raise RuntimeError(
            f"{name}: The input tensor A must have at least {least} dimensions, but its shape is {A.array.shape}"
        )
    if A.array.dtype.kind not in "fc" or A.array.dtype.itemsize < 4:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input of at least 32 bits. Got {A.dtype}: "
            "convert it with .float()"
        )
    return A


def check_square(name: str, A: Tensor) -> Tensor:
    """`A`, checked for the function `name`.

    Raises:
        TypeError, RuntimeError: as for `check_floating`; or its matrices are not square.
    """
    m, n = check_floating(name, A).array.shape[-2:]
    if m != n:
        raise RuntimeError(f"{name}: A must be batches of square matrices, but they are {m} by {n} matrices")
    return A


def check_equation(name: str, A: Tensor, B: Tensor, left: bool = True, vector: bool = False) -> None:
    """Raise RuntimeError unless the sizes of A and B fit: of AX = B, of XA = B, or of Ax = b for vectors.

    Args:
        name: of the function.
        A: (*, n, n).
        B: (*, n, k); (*, k, n) if `left` is False; (*, n) if `vector`.
        left: whether the equation is AX = B or XA = B.
        vector: whether B holds vectors.
    """
    sizes = B.array.shape
    dim = -1 if vector or not left else -2
    if len(sizes) < (1 if vector else 2) or sizes[dim] != A.array.shape[-1]:
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {'AX' if left else 'XA'} = B "
            f"({A.array.shape} and {sizes})"
        )


def check_result(name: str, A: Tensor, out: Tensor, failure: str) -> None:
    """Raise LinAlgError for the first matrix of finite numbers whose result is NaN."""
    raise_for(name, np.isnan(out.array).any((-2, -1)) & np.isfinite(A.array).all((-2, -1)), failure)


def raise_for(name: str, bad: Array, failure: str) -> None:
    """Raise LinAlgError for the first of the matrices that are `bad`."""
    if np.any(bad):
        place = f"(Batch element {int(np.argmax(bad.reshape(-1)))}): " if bad.ndim else ""
        raise LinAlgError(f"{name}: {place}The input matrix {failure}.")
