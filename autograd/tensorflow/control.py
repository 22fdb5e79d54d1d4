"""Branches, loops and maps as functions; they run Python's own statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.nests import Rebuild, flatten, mapped
from .arranging import stack
from .dtypes import as_dtype
from .elementwise import add, cast
from .errors import invalid
from .tensors import EagerTensor, tensor_of

__all__ = [
    "add_n", "case", "cond", "foldl", "foldr", "map_fn", "numpy_function", "py_function", "scan", "switch_case",
    "vectorized_map", "while_loop",
]  # fmt: skip


def cond(
    pred: Any, true_fn: Callable[[], Any] | None = None, false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """Return `true_fn()` if the condition is true, else `false_fn()`.

    Raises:
        TypeError: `true_fn` or `false_fn` is not callable.
    """
    for argument, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"'{argument}' must be callable.")
    chosen: Any = true_fn if bool(pred) else false_fn
    return chosen()


def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Sequence[Any], shape_invariants: Any = None,
    parallel_iterations: int = 10, back_prop: bool = True, swap_memory: bool = False, maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """Repeat `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` is true; returns the last `loop_vars`.

    >>> print(*while_loop(lambda i: i < 10, lambda i: [i + 3], [tensor_of(0)]))
    tf.Tensor(12, shape=(), dtype=int32)
    """
    state, steps = loop_vars, 0
    while (maximum_iterations is None or steps < int(maximum_iterations)) and bool(cond(*state)):
        out = body(*state)
        state = out if isinstance(out, (list, tuple)) else [out]
        steps += 1
    return state


def map_fn(
    fn: Callable[[Any], Any], elems: Any, dtype: Any = None, parallel_iterations: int | None = None,
    back_prop: bool = True, swap_memory: bool = False, infer_shape: bool = True, name: str | None = None,
    fn_output_signature: Any = None,
) -> Any:  # fmt: skip
    """Apply `fn` to every slice along the first axis, and stack the results; both may be nested tuples or dicts.

    Raises:
        ValueError: there are no slices, or the tensors in `elems` have different lengths.

    >>> print(map_fn(lambda row: row[0] - row[1], np.array([[3.0, 1.0], [5.0, 2.0]], "float32")))
    tf.Tensor([2. 3.], shape=(2,), dtype=float32)
    """
    tensors, rebuild = _tensors_in(elems)
    lengths = {len(t) for t in tensors}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            f"map_fn: the tensors in elems must have the same number of slices, at least one, but have {lengths}"
        )
    outs = [fn(rebuild([t[i] for t in tensors])) for i in range(lengths.pop())]
    return mapped(lambda *column: stack([tensor_of(leaf) for leaf in column]), *outs)


def _tensors_in(elems: Any) -> tuple[list[EagerTensor], Rebuild]:
    """The tensors of a nested tuple or dict, and the function that rebuilds it; a list is one tensor's values."""
    leaves, rebuild = flatten(elems) if isinstance(elems, (tuple, dict)) else ([elems], lambda parts: parts[0])
    return [tensor_of(leaf) for leaf in leaves], rebuild


def vectorized_map(fn: Callable[[Any], Any], elems: Any, fallback_to_while_loop: bool = True, warn: bool = True) -> Any:
    """The same as `map_fn`: the function is not vectorized."""
    return map_fn(fn, elems)


def scan(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10,
    back_prop: bool = True, swap_memory: bool = False, infer_shape: bool = True, reverse: bool = False,
    name: str | None = None,
) -> Any:  # fmt: skip
    """All states of `state = fn(state, slice)` over the slices along the first axis, stacked.

    Args:
        fn: computes the next state from a state and a slice; both may be nested tuples or dicts.
        elems: a tensor, or a nested tuple or dict of tensors.
        initializer: the initial state; by default the first slice, which is then also the first result.
        reverse: whether to go from the last slice to the first.

    >>> print(scan(lambda total, x: total + x, np.array([1, 2, 3])))
    tf.Tensor([1 3 6], shape=(3,), dtype=int64)
    """
    states = _states(fn, elems, initializer, reverse)
    return mapped(lambda *column: stack(column[:: -1 if reverse else 1]), *states)


def foldl(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10,
    back_prop: bool = True, swap_memory: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """The last state of `state = fn(state, slice)` over the slices along the first axis."""
    return _states(fn, elems, initializer, reverse=False)[-1]


def foldr(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10,
    back_prop: bool = True, swap_memory: bool = False, name: str | None = None,
) -> Any:  # fmt: skip
    """The same as `foldl`, but from the last slice to the first."""
    return _states(fn, elems, initializer, reverse=True)[-1]


def _states(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any, reverse: bool) -> list[Any]:
    """The states of a scan, in the order of their computation."""
    tensors, rebuild = _tensors_in(elems)
    slices = [rebuild([t[i] for t in tensors]) for i in range(len(tensors[0]))][:: -1 if reverse else 1]
    state = slices.pop(0) if initializer is None else initializer
    states = [state] if initializer is None else []
    for x in slices:
        state = mapped(tensor_of, fn(state, x))
        states.append(state)
    return states


def case(
    pred_fn_pairs: Any, default: Callable[[], Any] | None = None, exclusive: bool = False, strict: bool = False,
    name: str | None = None,
) -> Any:  # fmt: skip
    """Call the function of the first pair (condition, function) whose condition is true, else `default`.

    Raises:
        ValueError: no condition is true and `default` is None, or several are true and `exclusive` is set.
    """
    chosen = [function for condition, function in pred_fn_pairs if bool(condition)]
    if exclusive and len(chosen) > 1:
        raise ValueError(f"case: {len(chosen)} conditions are true, but exclusive=True")
    chosen += [] if default is None else [default]
    if not chosen:
        raise ValueError("case: no condition is true, and default is None")
    return chosen[0]()


def switch_case(
    branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None, name: str | None = None
) -> Any:
    """Call the function with the number `branch_index`; without such a function call `default`, or the last one."""
    numbered = dict(
        branch_fns if isinstance(branch_fns, dict) or not callable(branch_fns[0]) else enumerate(branch_fns)
    )
    return numbered.get(int(branch_index), default or numbered[max(numbered)])()


def py_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any:
    """Call a function of tensors, and convert the results to the dtypes `Tout`; tapes record its operations."""
    return _typed(func(*[tensor_of(x) for x in inp]), Tout)


def numpy_function(
    func: Callable[..., Any], inp: Any, Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """Call a function of NumPy arrays, and convert the results to the dtypes `Tout`; tapes do not record it."""
    return _typed(func(*[tensor_of(x).numpy() for x in inp]), Tout)


def _typed(out: Any, dtypes: Any) -> Any:
    """Convert a result, or a list of results, to tensors of the given dtypes; None stays None."""
    if isinstance(dtypes, (list, tuple)):
        parts = out if isinstance(out, (list, tuple)) else [out]
        return [_typed(part, dtype) for part, dtype in zip(parts, dtypes, strict=True)]
    if out is None:
        return None
    tensor = tensor_of(out)
    wanted = as_dtype(dtypes).numpy
    return tensor if tensor.array.dtype == wanted else cast(tensor, wanted)


def add_n(inputs: Any, name: str | None = None) -> EagerTensor:
    """The sum of a list of tensors of the same shape.

    Raises:
        ValueError: the list is empty.
        InvalidArgumentError: the shapes differ.
    """
    parts = [inputs] if isinstance(inputs, EagerTensor) else list(inputs) if isinstance(inputs, (list, tuple)) else []
    if not parts:
        raise ValueError("Input `inputs` expected to be a non-empty list of tensors")
    shapes = {tuple(np.shape(tensor_of(part).array)) for part in parts}
    if len(shapes) > 1:
        raise invalid("AddN", f"Inputs to operation AddN must have the same size and shape: {sorted(shapes)}")
    total = tensor_of(parts[0])
    for part in parts[1:]:
        total = add(total, part)
    return total
