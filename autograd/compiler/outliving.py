"""What outlives a call: what a step leaves behind besides its result must be something that the program can repeat.

Arrays that are written in place and gradients can be repeated. A tensor that the step made and keeps somewhere, a hook
that is a Python function, and another array given to a tensor cannot: such a step is refused.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from nn.hooks import hooks_of_all as modules_hooks
from nn.optim.hooks import hooks_of_all as optimizers_hooks

from ..base.symbolic import Symbolic
from ..core.graph import Node, all_nodes
from ..core.hooks import has_hook
from ..core.tensor import Tensor
from ..tape.tape_tensor import TapeTensor
from ..utils.checkpoint import Recomputed
from .layout import storage_of
from .state.places import is_constant
from .state.tensors import array_in, node_of, put_array
from .trace import Refused, Trace


@contextmanager
def set_aside(trace: Trace, results: set[int]) -> Iterator[None]:
    """Within the block the variables in which the step put tensors that it made are what they were before.

    A program can repeat that: the tensors are noted as `trace.put`. Of one that can be differentiated it can't.

    Args:
        trace: of the step.
        results: the leaves of what it returned, by identity.
    """
    put = trace.surroundings.put_in(trace.tensors.born.keys(), trace.tensors.touched.keys() | results)
    trace.put = [pair for pair in put if not can_be_differentiated(pair[1])]
    del put
    for pair in trace.put:
        pair[0].holder[pair[0].key] = pair[0].value
    try:
        yield
    finally:
        for variable, tensor in trace.put:
            variable.holder[variable.key] = tensor
        trace.put = []


def can_be_differentiated(tensor: Tensor) -> bool:
    """Whether the graph of a tensor still holds what a backward pass needs."""
    node = node_of(tensor)
    return isinstance(node, Node) and all(not isinstance(n, Node) or n.saved is not None for n in all_nodes([node]))


def check_results(result: list[Any], outs: list[Any], trace: Trace, arguments: list[Tensor]) -> None:
    """Refuse a step that returns NumPy arrays, or keeps a tensor that it returns: the program returns new tensors.

    Args:
        result: a list of the result alone.
        outs: the leaves of the result.
        trace: of the call; tensors that existed before may be kept, and gradients in `.grad`.
        arguments: the tensors among the arguments, which the caller keeps.
    """
    returned = containers(result[0])
    if trace.changing.holders() & set(map(id, returned)):
        raise Refused(
            "the step returns a list or dict that it changes, which is the same object in all calls: return a copy"
        )
    tensors = [t for t in outs if isinstance(t, Tensor)]
    own = {id(x): x for x in (result, outs, tensors, *tensors, *returned, *trace.grads.assigned, *trace.put)}
    older = trace.tensors.touched.keys() | {id(t) for t in arguments}
    for t in outs:
        if isinstance(t, np.ndarray):
            raise Refused("the step returns a NumPy array: return the tensor")
        if hasattr(t, "__next__") or hasattr(t, "__await__"):
            raise Refused("the step returns an iterator or awaitable, which can be used only once: return a list")
        if not isinstance(t, (Tensor, Symbolic)) and not is_constant(t) and not is_kept(t, own):
            raise Refused(f"the step returns a new {type(t).__name__}: return tensors, numbers, lists, tuples or dicts")
        if isinstance(t, Tensor) and id(t) not in older and is_kept(t, own):
            raise Refused(f"the step keeps a tensor of shape {tuple(t.shape)} that it returns")


def check_numbers(result: list[Any], outs: list[Any], trace: Trace) -> None:
    """Refuse a step that keeps a number that it read off a tensor, other than in its result."""
    numbers = trace.readings.held()
    own = {id(x): x for x in (result, outs, numbers, *containers(result[0]))}
    for n in numbers:
        if is_kept(n, own):
            raise Refused(
                f"the step keeps a number that it read off a tensor, {n.value}, where the compiler cannot follow it"
            )


def check_lists(trace: Trace) -> None:
    """Refuse a step that keeps a list or dict which it appends to another one: the program appends new ones."""
    made = trace.changing.containers
    own = {id(x): x for x in (made, *made, *[values for values, _ in trace.changing.lists])}
    for x in made:
        if not isinstance(x, tuple) and is_kept(x, own):
            raise Refused("the step keeps a list or dict that it appends to another one: append a copy")


def containers(nest: Any) -> list[Any]:
    """The lists, tuples and dicts of a nest."""
    if not isinstance(nest, (dict, list, tuple)):
        return []
    return [nest, *(c for v in (nest.values() if isinstance(nest, dict) else nest) for c in containers(v))]


def is_kept(tensor: Any, own: dict[int, Any]) -> bool:
    """Whether anything but function calls and the objects in `own`, by identity, refers to a tensor or a number."""
    known = 0
    for x in own.values():
        if isinstance(x, (list, tuple, dict)):
            for v in x.values() if isinstance(x, dict) else x:
                known += v is tensor
    if sys.getrefcount(tensor) <= known + 3:  # a variable of the caller, the argument, and that of getrefcount
        return False  # usual, and found without looking at every object that there is
    for _ in range(2):
        if all(r is own or id(r) in own or _of_a_call(r) for r in gc.get_referrers(tensor)):
            return False
        gc.collect()
    return True


def _of_a_call(referrer: Any) -> bool:
    """Whether something that refers to a value is a function call, or the dict of its variables."""
    if isinstance(referrer, (dict, tuple)):  # or the arguments of a call that `checkpoint` recomputes
        return any(isinstance(r, (FrameType, Recomputed)) for r in gc.get_referrers(referrer))
    return isinstance(referrer, FrameType)


_HOOK = "has a hook, a Python function that the program would not call"


def hook_of_the_users(trace: Trace) -> str | None:
    """Which tensor, module or optimizer of a step has hooks of the user, and why that matters."""
    for _, array, node in trace.tensors.touched.values():
        if node is not None and has_hook(node):
            return f"a tensor of shape {array.shape} {_HOOK}"
    return hook_of_modules(trace.modules, trace.optimizers.stepped)


def hook_of_modules(modules: Iterable[Any], optimizers: Iterable[Any]) -> str | None:
    """Which module or optimizer has hooks of the user."""
    if not all(map(_is_ours, modules_hooks())):
        return f"every module {_HOOK}"
    if not all(map(_is_ours, optimizers_hooks())):
        return f"every optimizer {_HOOK}"
    for module in modules:
        table = module._hooks
        kinds = () if table is None else (table.before, table.after, table.backward, table.backward_before)
        if not all(_is_ours(hook) for hooks in kinds for hook in hooks.values()):
            return f"{type(module).__name__} {_HOOK}"
    for optimizer in optimizers:
        if any(optimizer._hooks.values() if optimizer._hooks else ()):
            return f"{type(optimizer).__name__} {_HOOK}"
    return None


def _is_ours(hook: Any) -> bool:
    function = hook[0] if isinstance(hook, tuple) else hook
    return str(getattr(function, "__module__", "")).startswith(("nn.", "autograd."))


def numbers_returned(trace: Trace, outs: list[Any]) -> dict[int, Any]:
    """The symbols of the Python numbers that were read off tensors only to be returned, by their place in the result.

    Raises:
        Refused: they are not in the result, or can't be told from others (small integers are one object).
    """
    found: dict[int, Any] = {}
    for value, _ in trace.readings.returned:
        symbols = [symbol for v, symbol in trace.readings.returned if v is value]
        places = [i for i, v in enumerate(outs) if v is value]
        if len(symbols) == 1 and type(value) is float:
            symbols *= len(places)
        if not places or len(symbols) != len(places):
            raise Refused(f"the step asks for a tensor's value, {value}, and may not only return it: return the tensor")
        found |= zip(places, symbols)
    return found


def check_arguments(trace: Trace, arguments: list[Tensor]) -> None:
    """Refuse a step that writes its arguments, or fills their gradients: other tensors are given in the next call."""
    for t in arguments:
        if storage_of(array_in(t)) in trace.record.written:
            raise Refused(f"the step writes its argument of shape {tuple(t.shape)} in place: write a clone() of it")
        if t.node in trace.grads.assigned:
            raise Refused(
                f"the step fills .grad of its argument of shape {tuple(t.shape)}: use x.detach().requires_grad_() in "
                "the step, and return its gradient"
            )
        if t.node in trace.grads.read:
            raise Refused(f"the step reads .grad of its argument of shape {tuple(t.shape)}: pass the gradient")


def lasting_storages(trace: Trace, outs: list[Any]) -> set[int]:
    """The storages made in the trace that outlive it: those of gradients.

    Raises:
        Refused: something else that was made outlives it.
    """
    lasting, allowed = set(), {id(t) for t in [*outs, *[t for _, t in trace.put]]} | trace.grads.of_new_leaves
    for leaf in trace.grads.assigned:
        if leaf.grad is None:
            continue
        if leaf.grad.node is not None:
            raise Refused("a gradient with a graph of its own (create_graph=True) is kept in .grad")
        allowed.add(id(leaf.grad))
        array = array_in(leaf.grad)
        if not isinstance(array, np.ndarray):  # a scalar: an array, which the program can write
            symbol = trace.record.symbol(array)
            array = symbol.real_array = np.array(array)
            trace.record.made.add(id(array))
            put_array(leaf.grad, array)
        if storage_of(array) in trace.record.made:
            lasting.add(storage_of(array))
    for touched, before, _ in trace.tensors.touched.values():
        now = array_in(touched)
        if now is before or not isinstance(before, np.ndarray) or isinstance(touched, TapeTensor):
            continue
        if _place(now) == _place(before):  # x.data -= y: the same memory, by way of another array
            put_array(touched, before)
        else:
            raise Refused(
                f"the step gives a tensor of shape {before.shape} another array (x.data = …): write it in place, as "
                "with copy_()"
            )
    if any(r() is not None and key not in allowed for key, r in list(trace.tensors.born.items())):
        gc.collect()
    bases = {id(getattr(t, "base", None)) for t in outs}
    for key, r in list(trace.tensors.born.items()):
        if (tensor := r()) is not None and key not in allowed | bases:
            raise Refused(f"the step keeps a tensor of shape {tuple(tensor.shape)} that it made: return it instead")
    return lasting


def _place(array: Any) -> tuple[Any, ...]:
    """What two arrays of the same elements in the same memory have in common."""
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype
