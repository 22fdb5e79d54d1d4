"""Branches and loops as functions, which here are Python's own, and the signatures that `tf.function` takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.nests import flatten
from .arranging import stack
from .dtypes import as_dtype
from .elementwise import add, cast
from .errors import invalid
from .tensors import EagerTensor, tensor_of


def cond(
    pred: Any, true_fn: Callable[[], Any] | None = None, false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """What `true_fn` gives if the condition holds, else what `false_fn` does: the other is not called.

    Raises:
        TypeError: one of them is no function.
    """
    for said, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"'{said}' must be callable.")
    chosen: Any = true_fn if bool(pred) else false_fn
    return chosen()


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Sequence[Any],
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    maximum_iterations: Any = None,
    name: str | None = None,
) -> Any:
    """Call `body` on the variables, and on what it gives, as long as `cond` of them holds.

    >>> print(*while_loop(lambda i: i < 10, lambda i: [i + 3], [tensor_of(0)]))
    tf.Tensor(12, shape=(), dtype=int32)
    """
    state, steps = loop_vars, 0
    while (maximum_iterations is None or steps < int(maximum_iterations)) and bool(cond(*state)):
        given = body(*state)
        state = given if isinstance(given, (list, tuple)) else [given]
        steps += 1
    return state


def map_fn(
    fn: Callable[[Any], Any], elems: Any, dtype: Any = None, parallel_iterations: int | None = None,
    fn_output_signature: Any = None, name: str | None = None,
) -> Any:  # fmt: skip
    """The function of every slice along the first axis, stacked; nests are taken and given part by part.

    Raises:
        ValueError: there is nothing to map over, or the parts have different lengths.

    >>> print(map_fn(lambda row: row[0] - row[1], np.array([[3.0, 1.0], [5.0, 2.0]], "float32")))
    tf.Tensor([2. 3.], shape=(2,), dtype=float32)
    """
    given, rebuild = flatten(elems) if isinstance(elems, (tuple, dict)) else ([elems], lambda parts: parts[0])
    parts = [tensor_of(part) for part in given]
    lengths = {len(part) for part in parts}
    if len(lengths) != 1 or 0 in lengths:
        raise ValueError(
            f"map_fn: elems must have slices along the first axis, as many in each part, but has {lengths}"
        )
    outs = [flatten(fn(rebuild([part[i] for part in parts]))) for i in range(lengths.pop())]
    columns = zip(*(leaves for leaves, _ in outs))
    return outs[0][1]([stack([tensor_of(leaf) for leaf in column]) for column in columns])


def vectorized_map(fn: Callable[[Any], Any], elems: Any, fallback_to_while_loop: bool = True) -> Any:
    """As `map_fn`."""
    return map_fn(fn, elems)


def scan(
    fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, parallel_iterations: int = 10,
    back_prop: bool = True, swap_memory: bool = False, infer_shape: bool = True, reverse: bool = False,
    name: str | None = None,
) -> Any:  # fmt: skip
    """All states of `state = fn(state, slice)`, stacked; the first slice is the first state unless one is given.

    Args:
        fn: gives the next state from a state and a slice; both may be nests.
        elems: a tensor, or a nest of them, with a slice for each index of the first axis.
        initializer: the state to begin with.
        reverse: go from the last slice to the first.

    >>> print(scan(lambda total, x: total + x, np.array([1, 2, 3])))
    tf.Tensor([1 3 6], shape=(3,), dtype=int64)
    """
    states = _states(fn, elems, initializer, reverse)
    columns = zip(*(flatten(state)[0] for state in states))
    return flatten(states[0])[1]([stack(list(column)[:: -1 if reverse else 1]) for column in columns])


def foldl(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """The last state of `state = fn(state, slice)`."""
    return _states(fn, elems, initializer, reverse=False)[-1]


def foldr(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any = None, name: str | None = None) -> Any:
    """As `foldl`, from the last slice to the first."""
    return _states(fn, elems, initializer, reverse=True)[-1]


def _states(fn: Callable[[Any, Any], Any], elems: Any, initializer: Any, reverse: bool) -> list[Any]:
    """The states, in the order in which they come."""
    leaves, rebuild = flatten(elems) if isinstance(elems, (tuple, dict)) else ([elems], lambda parts: parts[0])
    parts = [tensor_of(leaf) for leaf in leaves]
    slices = [rebuild([part[i] for part in parts]) for i in range(len(parts[0]))][:: -1 if reverse else 1]
    state = slices.pop(0) if initializer is None else initializer
    states = [state] if initializer is None else []
    for x in slices:
        given, put_back = flatten(fn(state, x))
        state = put_back([tensor_of(leaf) for leaf in given])
        states.append(state)
    return states


def case(
    pred_fn_pairs: Any, default: Callable[[], Any] | None = None, exclusive: bool = False, name: str | None = None
) -> Any:
    """What the function of the first pair (condition, function) gives whose condition holds; else what `default` gives.

    Raises:
        ValueError: no condition holds, and there is no default; or more hold than one and they are `exclusive`.
    """
    chosen = [function for condition, function in pred_fn_pairs if bool(condition)]
    if exclusive and len(chosen) > 1:
        raise ValueError(f"case: {len(chosen)} conditions hold, but exclusive=True")
    chosen += [] if default is None else [default]
    if not chosen:
        raise ValueError("case: no condition holds, and there is no default")
    return chosen[0]()


def switch_case(
    branch_index: Any, branch_fns: Any, default: Callable[[], Any] | None = None, name: str | None = None
) -> Any:
    """What the function with this number gives; for other numbers what `default` does, or the last function."""
    numbered = dict(
        branch_fns if isinstance(branch_fns, dict) or not callable(branch_fns[0]) else enumerate(branch_fns)
    )
    return numbered.get(int(branch_index), default or numbered[max(numbered)])()


def py_function(func: Callable[..., Any], inp: Any, Tout: Any, name: str | None = None) -> Any:
    """What a function of tensors gives, in the dtypes of `Tout`; a tape records it."""
    return _typed(func(*[tensor_of(x) for x in inp]), Tout)


def numpy_function(
    func: Callable[..., Any], inp: Any, Tout: Any, stateful: bool = True, name: str | None = None
) -> Any:
    """What a function of arrays gives, in the dtypes of `Tout`; a tape does not see it."""
    return _typed(func(*[tensor_of(x).numpy() for x in inp]), Tout)


def _typed(out: Any, dtypes: Any) -> Any:
    """Results as tensors: one for a dtype, a list for a list; None for none."""
    if isinstance(dtypes, (list, tuple)):
        parts = out if isinstance(out, (list, tuple)) else [out]
        return [_typed(part, dtype) for part, dtype in zip(parts, dtypes, strict=True)]
    if out is None:
        return None
    tensor = tensor_of(out)
    wanted = as_dtype(dtypes).numpy
    return tensor if tensor.array.dtype == wanted else cast(tensor, wanted)


def add_n(inputs: Any, name: str | None = None) -> EagerTensor:
    """The sum of a list of tensors of one shape.

    Raises:
        ValueError: there are none.
    """
    parts = [inputs] if isinstance(inputs, EagerTensor) else list(inputs)
    if not parts:
        raise ValueError("Input `inputs` expected to be a non-empty list of tensors")
    shapes = {tuple(np.shape(tensor_of(part).array)) for part in parts}
    if len(shapes) > 1:
        raise invalid("AddN", f"Inputs to operation AddN must have the same size and shape: {sorted(shapes)}")
    total = tensor_of(parts[0])
    for part in parts[1:]:
        total = add(total, part)
    return total
