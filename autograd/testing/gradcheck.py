"""`gradcheck`: compare a function's gradients with central differences, under PyTorch's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backprop import grad
from ..dtypes import Array
from ..graph import no_grad
from ..tensor import Tensor


class GradcheckError(RuntimeError):
    """The gradients that the engine computes are not those that differences show."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the Jacobians of `func` agree with central differences.

    They do where |analytical - numerical| <= atol + rtol · |numerical|.

    Args:
        func: takes `inputs` and returns a Tensor or a tuple of them; must not draw random numbers.
        inputs: what it is called with; those that require a gradient are checked, and must be float64.
        eps: the step of the differences.
        atol, rtol: how far the two may differ.
        raise_exception: raise where they differ, rather than return False.

    Raises:
        GradcheckError: they differ; the message shows both.
        ValueError: no input requires a gradient, or one that does is not double precision.

    >>> from autograd import tensor, sin, float64
    >>> gradcheck(sin, tensor([0.0, 1.0], dtype=float64, requires_grad=True))
    True
    """
    given = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [i for i, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of them do")
    for i in checked:
        if given[i].array.dtype != np.float64:
            raise ValueError(
                f"gradcheck: input {i} is {given[i].dtype}, too coarse for differences of {eps}: make it float64"
            )
    try:
        for place, out in enumerate(_outputs(func, given)):
            for i in checked:
                numerical = _numerical(func, given, i, place, eps)
                analytical = _analytical(out, given[i])
                if not np.all(np.abs(analytical - numerical) <= atol + rtol * np.abs(numerical)):
                    raise GradcheckError(
                        f"Jacobian mismatch for output {place} with respect to input {i},\n"
                        f"numerical (by differences):\n{numerical}\nanalytical (by backward):\n{analytical}"
                    )
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _outputs(func: Callable[..., Any], inputs: Sequence[Any]) -> list[Tensor]:
    out = func(*inputs)
    return [out] if isinstance(out, Tensor) else list(out)


def _numerical(func: Callable[..., Any], inputs: Sequence[Any], i: int, place: int, eps: float) -> Array:
    """The Jacobian of one output by one input, a row for each element of the input."""
    x = np.array(inputs[i].array)

    def at(y: Array) -> Array:
        with no_grad():
            return np.array(_outputs(func, [*inputs[:i], Tensor(y[()]), *inputs[i + 1 :]])[place].array).ravel()

    rows = []
    for j in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[j] += eps
        below[j] -= eps
        rows.append((at(above) - at(below)) / (2 * eps))
    return np.array(rows)


def _analytical(out: Tensor, x: Tensor) -> Array:
    """The same Jacobian by the engine: a column for each element of the output, from a cotangent of one 1."""
    columns = []
    for j in np.ndindex(out.array.shape):
        cotangent = np.zeros(out.array.shape, out.array.dtype)
        cotangent[j] = 1
        if out.requires_grad:
            (g,) = grad(out, x, Tensor(cotangent[()]), retain_graph=True, materialize_grads=True)
            assert g is not None
            columns.append(np.ravel(g.array))
        else:
            columns.append(np.zeros(x.array.size))
    return np.array(columns).reshape(out.array.size, x.array.size).T
