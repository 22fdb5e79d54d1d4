"""`tf.debugging`: assertions about values and shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .elementwise import equal, greater, greater_equal, less, less_equal
from .errors import invalid
from .tensors import EagerTensor, described, tensor_of

#: The names at the top level of `autograd.tensorflow`; the others are in tf.debugging only.
__all__ = ["assert_equal", "assert_greater", "assert_less", "ensure_shape"]


def _assertion(op: str, compare: Callable[[Any, Any], EagerTensor], symbol: str) -> Callable[..., None]:
    @described(op, f"Raise InvalidArgumentError unless x {symbol} y for every element.")
    def check(x: Any, y: Any, message: str = "", summarize: int | None = None, name: str | None = None) -> None:
        if not np.all(compare(x, y).array):
            raise invalid(op, f"{message}\nCondition x {symbol} y did not hold: x = {x!r:.200}, y = {y!r:.200}")

    return check


assert_equal = _assertion("assert_equal", equal, "==")
assert_less = _assertion("assert_less", less, "<")
assert_less_equal = _assertion("assert_less_equal", less_equal, "<=")
assert_greater = _assertion("assert_greater", greater, ">")
assert_greater_equal = _assertion("assert_greater_equal", greater_equal, ">=")


def assert_near(
    x: Any, y: Any, rtol: float | None = None, atol: float | None = None, message: str | None = None,
    summarize: int | None = None, name: str | None = None,
) -> None:  # fmt: skip
    """Raise InvalidArgumentError unless |x - y| <= atol + rtol |y|; both are 10 machine epsilons by default."""
    a, b = (np.asarray(tensor_of(part).array) for part in (x, y))
    unit = 10 * float(np.finfo(np.result_type(a, np.float16)).eps)
    within = np.abs(a - b) <= (unit if atol is None else atol) + (unit if rtol is None else rtol) * np.abs(b)
    if not within.all():
        raise invalid("assert_near", f"{message or ''}\nx and y are not near: x = {x!r:.200}, y = {y!r:.200}")


def assert_all_finite(x: Any, message: str, name: str | None = None) -> EagerTensor:
    """Return the tensor; raise InvalidArgumentError if an element is infinite or NaN."""
    return check_numerics(x, message)


def check_numerics(tensor: Any, message: str, name: str | None = None) -> EagerTensor:
    """Return the tensor; raise InvalidArgumentError if an element is infinite or NaN."""
    t = tensor_of(tensor)
    if not np.isfinite(t.array).all():
        raise invalid("CheckNumerics", f"{message} : Tensor had NaN or Inf values")
    return t


def assert_shapes(shapes: Any, data: Any = None, summarize: int | None = None, message: str | None = None) -> None:
    """Raise ValueError unless the tensors have the given shapes.

    Args:
        shapes: pairs (tensor, shape), or a dict; a string in a shape stands for the same size everywhere.
    """
    known: dict[Any, int] = {}
    for tensor, shape in shapes.items() if isinstance(shapes, dict) else shapes:
        sizes = tuple(tensor_of(tensor).array.shape)
        fits = len(sizes) == len(shape) and all(
            size == (wanted if isinstance(wanted, int) else known.setdefault(wanted, size))
            for size, wanted in zip(sizes, shape)
        )
        if not fits:
            raise ValueError(
                f"{message or 'assert_shapes'}: a tensor of shape {sizes} should have shape {tuple(shape)}"
            )


def ensure_shape(x: Any, shape: Any, name: str | None = None) -> EagerTensor:
    """Return the tensor; raise InvalidArgumentError unless it has the shape, in which None stands for any size."""
    t = tensor_of(x)
    sizes, wanted = tuple(t.array.shape), tuple(shape)
    if len(sizes) != len(wanted) or any(w not in (None, n) for n, w in zip(sizes, wanted)):
        raise invalid("EnsureShape", f"Shape of tensor {sizes} is not compatible with expected shape {wanted}.")
    return t
