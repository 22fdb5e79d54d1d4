"""Gradient clipping."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np

from autograd.base.numpy_warnings import silenced
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor, wrap
from autograd.core.writes import write

from ..deprecated import without_underscore

_norm = silenced(np.linalg.norm)


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float | str = 2.0,
    error_if_nonfinite: bool = False, foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """Scale all gradients in place so that their total norm is at most `max_norm`.

    Args:
        parameters: parameters; those without a gradient are skipped.
        max_norm: the largest norm allowed.
        norm_type: the p of the p-norm; may be inf, also as the text "inf".
        error_if_nonfinite: raise an error if the norm is infinite or NaN.
        foreach: accepted for PyTorch compatibility; no effect.

    Returns:
        The total norm before clipping.

    Raises:
        RuntimeError: the norm is not finite, and `error_if_nonfinite` is set.

    >>> from autograd import tensor
    >>> w = tensor([0.0, 0.0], requires_grad=True)
    >>> (w * tensor([3.0, 4.0])).sum().backward()
    >>> clip_grad_norm_(w, 1.0)
    tensor(5.)
    >>> w.grad
    tensor([0.6000, 0.8000])
    """
    listed = _listed(parameters)
    total = get_total_norm([p.grad for p in listed if p.grad is not None], norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total


clip_grad_norm = without_underscore("nn.utils", clip_grad_norm_)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor], norm_type: float | str = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:  # fmt: skip
    """The norm of the vector of all elements of all tensors.

    Raises:
        RuntimeError: the norm is not finite, and `error_if_nonfinite` is set.
    """
    arrays = [as_array(t.array) for t in _listed(tensors)]
    if not arrays:
        return wrap(np.float32(0))
    norm_type = float(norm_type)  # scripts also write "inf"
    norms = [_norm(array.ravel(), norm_type) for array in arrays if array.size]
    total = _norm(np.stack(norms), norm_type) if norms else np.float64(0.0)
    if error_if_nonfinite and not math.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return wrap(total.astype(np.result_type(*arrays)))


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale all gradients in place by max_norm / total_norm, unless that is above 1."""
    scale = np.minimum(max_norm / (total_norm.array + 1e-6), 1.0)
    for g in _gradients(parameters):
        np.multiply(g, scale.astype(g.dtype), out=g)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Clamp every element of every gradient to [-clip_value, clip_value] in place."""
    for g in _gradients(parameters):
        np.clip(g, -clip_value, clip_value, out=g)


def _gradients(parameters: Tensor | Iterable[Tensor]) -> Iterator[np.ndarray]:
    """The arrays of the gradients, to be written to."""
    return (write(parameter.grad) for parameter in _listed(parameters) if parameter.grad is not None)


def _listed(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)
