"""Operations on lists of tensors, such as `torch._foreach_add_`, with which optimizers update all parameters.

`_foreach_add(tensors, other)` computes `x.add(other)` for each tensor x. In a call, a list among the arguments has an
entry for each tensor, and anything else is the same for all. A name that ends in an underscore writes into the tensors
and returns the list; the others return a tuple. PyTorch computes all in one kernel; here it is a loop.

>>> from autograd import _foreach_mul, _foreach_sqrt, tensor
>>> _foreach_mul([tensor([1.0]), tensor([2.0, 3.0])], [10.0, 100.0])
(tensor([10.]), tensor([200., 300.]))
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import linalg
from .core.tensor import Tensor

#: Operations that have a form that writes, with an underscore, beside the one that does not.
_BOTH = [
    "abs", "acos", "add", "addcdiv", "addcmul", "asin", "atan", "ceil", "clamp_max", "clamp_min", "cos", "cosh", "div",
    "erf", "erfc", "exp", "expm1", "floor", "frac", "lerp", "lgamma", "log", "log10", "log1p", "log2", "maximum",
    "minimum", "mul", "neg", "pow", "reciprocal", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "sub",
    "tan", "tanh", "trunc",
]  # fmt: skip
#: All operations, by the name after `_foreach_`.
NAMES = {*_BOTH, *(f"{name}_" for name in _BOTH), "clone", "copy_", "max", "norm", "zero_"}


def _method(name: str) -> Callable[..., Any]:
    """What an operation computes for one tensor: the method of the same name, with the arguments of `_foreach_`."""
    written = "_" if name.endswith("_") else ""
    match name.rstrip("_"):
        case "norm":
            return lambda x, ord=2, dtype=None: linalg.vector_norm(x, ord, dtype=dtype)
        case "maximum" | "minimum" as which:
            number = getattr(Tensor, {"maximum": "clamp_min", "minimum": "clamp_max"}[which] + written)
            return lambda x, other: number(x, other)
        case "addcdiv" | "addcmul":
            method = getattr(Tensor, name)
            return lambda x, tensor1, tensor2, value=1: method(x, tensor1, tensor2, value=value)
        case "pow" if not written:
            return lambda x, exponent: x**exponent
    return getattr(Tensor, name)


def operation(name: str) -> Callable[..., Sequence[Tensor]]:
    """The function `torch._foreach_<name>`."""
    full, one = f"_foreach_{name}", _method(name)

    def foreach(self: Sequence[Tensor], *others: Any, **options: Any) -> Sequence[Tensor]:
        tensors = others[0] if name == "pow" and not isinstance(self, (list, tuple)) else self
        if not isinstance(tensors, (list, tuple)) or not all(isinstance(x, Tensor) for x in tensors):
            raise TypeError(f"{full}: expected a list or tuple of Tensors, but got {tensors!r:.200}")
        if not tensors:
            raise RuntimeError(f"{full}: Tensor list must have at least one tensor.")

        def each(value: Any) -> Sequence[Any]:
            if isinstance(value, Tensor) and value.ndim and name.startswith("addc"):
                value = value.tolist()  # one number for each tensor
            if not isinstance(value, (list, tuple)):
                return [value] * len(tensors)
            if len(value) != len(tensors):
                raise RuntimeError(
                    f"{full}: Tensor lists must have the same number of tensors, got {len(tensors)} and {len(value)}"
                )
            return value

        rows = zip(*(each(value) for value in (self, *others)))
        named = [{key: each(value)[i] for key, value in options.items()} for i in range(len(tensors))]
        results = [one(*row, **keywords) for row, keywords in zip(rows, named)]
        return tensors if name.endswith("_") else tuple(results)

    foreach.__name__ = foreach.__qualname__ = full
    foreach.__module__ = "autograd"
    foreach.__doc__ = f"`{name}` of each tensor of a list; `autograd/foreach.py` says more."
    return foreach


def __getattr__(name: str) -> Any:
    """Make an operation on first use."""
    if name.startswith("_foreach_") and name.removeprefix("_foreach_") in NAMES:
        made = globals()[name] = operation(name.removeprefix("_foreach_"))
        return made
    raise AttributeError(f"module 'autograd.foreach' has no attribute {name!r}")


def _group_tensors_by_device_and_dtype(
    tensorlistlist: list[list[Any]], with_indices: bool = False
) -> dict[tuple[Any, Any], tuple[list[list[Any]], list[int]]]:
    """Columns of parallel lists, by the device and the dtype of the first list's tensors.

    Returns:
        for each device and dtype: the lists that are left, and the positions of their entries (none unless
        `with_indices`).
    """
    groups: dict[tuple[Any, Any], tuple[list[list[Any]], list[int]]] = {}
    for i, first in enumerate(tensorlistlist[0]):
        lists, positions = groups.setdefault((first.device, first.dtype), ([[] for _ in tensorlistlist], []))
        for found, given in zip(lists, tensorlistlist):
            if given:
                found.append(given[i])
        if with_indices:
            positions.append(i)
    return groups
