"""Guards: what a program takes for granted, as one function that says whether it still holds.

The arrays and nodes of the tensors that the step used, the gradients that it found, the modes of its modules, and the
settings of its optimizers that choose what is done. The function is generated, since it runs in every call.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from operator import is_, itemgetter
from typing import Any

from nn.hooks import changes

from ..core.aliasing import View
from ..core.graph import Leaf
from ..core.tensor import Tensor
from ..tape.tape_tensor import TapeTensor
from .layout import storage_of
from .outliving import hook_of_modules
from .state.attributes import Unchanged
from .state.optimizers import is_setting
from .state.places import PLAIN, same, same_items
from .symbols import Number
from .trace import Trace


def guard_of(trace: Trace, arguments: set[int]) -> tuple[Callable[[], bool], list[str]]:
    """A function without arguments that is true as long as the program is right, and its conditions as text.

    Args:
        trace: the call that was watched.
        arguments: the tensors that were arguments, by identity: other ones may be given.
    """
    space: dict[str, Any] = {}
    tests: list[str] = []

    def name(kind: str, value: Any) -> str:
        space[f"{kind}{len(space)}"] = value
        return f"{kind}{len(space) - 1}"

    for tensor, array, node in trace.tensors.touched.values():
        if id(tensor) in arguments or storage_of(array) in trace.record.made:
            continue
        t = name("t", tensor)
        if isinstance(tensor, TapeTensor):  # its array is given to the program in each call
            tests.append(f"(a := {t}.array).shape == {array.shape} and a.strides == {array.strides}")
            tests.append(f"a.dtype is {name('dtype', array.dtype)}")
            if hasattr(tensor, "trainable"):
                tests.append(f"{t}.trainable is {tensor.trainable}")
            continue
        where = "_node" if isinstance(tensor, View) else "node"
        tests.append(f"{t}.array is {name('a', array)}")
        tests.append(f"{t}.{where} is {(n := name('n', node))}")
        if node is not None:
            tests.append(f"not {n}.hooks" + (f" and not {n}.after" if isinstance(node, Leaf) else ""))
    for leaf, found in trace.grads.read.items():
        tests.append(f"{name('l', leaf)}.grad is {name('g', found)}")
    hooks = functools.partial(hook_of_modules, list(trace.modules), list(trace.optimizers.stepped))
    unchanged = name("u", Unchanged(trace.module_states, hooks))
    tests.append(f"(changes.latest is {unchanged}.latest and {unchanged}.at_once() or {unchanged}.after_all())")
    changing, appended = trace.changing.places(), trace.changing.sizes()
    read = {v.place for v in trace.changing.read}
    kept_apart = {id(v.holder) for v in trace.surroundings.variables if v.place in changing}
    for variable in trace.surroundings.guarded(kept_apart):
        holder, value = name("v", variable.holder), name("v", variable.value)
        found = f"{holder}.cell_contents" if variable.in_cell else f"{holder}[{name('k', variable.key)}]"
        if any(variable is v for v, _ in trace.put) and isinstance(variable.value, Tensor):
            tests.append(f"isinstance({found}, Tensor)")  # another one in each call
        elif variable.place in read:
            tests.append(f"type({found}) is {type(variable.value).__name__}")
        else:
            tests.append(f"({found} is {value} or same({found}, {value}))")
    for container, items in trace.surroundings.containers():
        if id(container) in appended:
            continue
        c, held = name("c", container), name("items", items)
        if id(container) in kept_apart and not isinstance(container, dict):
            tests.append(f"len({c}) == {len(items)}")
            continue
        tests.append(f"(len({c}) == {len(items)} and all(map(is_, {c}, {held})) or same_items({c}, {held}))")
    for holder, key, value in trace.surroundings.fixed.values():
        tests.append(f"{name('holder', holder)}.{key} is {name('value', value)}")
    for keys, names in trace.surroundings.absent.values():
        if names:
            tests.append(f"{name('keys', keys)}.isdisjoint({name('absent', frozenset(names))})")
    for holder, key in trace.surroundings.unset:
        tests.append(f"not hasattr({name('holder', holder)}, {key!r})")
    followed = trace.record.followed()
    for _, array, elements in trace.surroundings.arrays:
        if storage_of(array) not in followed:
            tests.append(f"{name('array', array)}.tobytes() == {name('elements', elements)}")
    for optimizer, groups in trace.optimizers.settings.items():
        o = name("o", optimizer)
        tests += _state_tests(optimizer, o, name)
        tests.append(f"len({o}.param_groups) == {len(groups)}")
        for i, group in enumerate(groups):
            if optimizer in trace.optimizers.stepped:
                listed, own = f"{o}.param_groups[{i}]['params']", tuple(group["params"])
                tests.append(f"len({listed}) == {len(own)} and all(map(is_, {listed}, {name('p', own)}))")
            fixed = [key for key, value in group.items() if key != "params" and not _varies(value)]
            if fixed:
                fixed.append(fixed[0])  # of one key, too, itemgetter shall return a tuple
                get = name("get", itemgetter(*fixed))
                tests.append(f"{get}({o}.param_groups[{i}]) == {name('s', tuple(group[key] for key in fixed))}")
            for key in group:
                if key not in fixed and key != "params":
                    tests.append(f"varies({o}.param_groups[{i}][{key!r}])")
    for test, meanings in trace.attributes.guards():
        tests.append(test)
        space.update(meanings)
    space["varies"] = _varies
    for number, value in trace.readings.guarded:
        tests.append(f"{name('value', current_value(number))}() == {name('v', value)}")
    space |= {"same": same, "same_items": same_items, "is_": is_, "changes": changes, "Tensor": Tensor}
    lines = [
        "def holds():",
        "    try:",
        f"        return {' and '.join(tests)}",
        "    except Exception:",
        "        return False",
    ]
    exec("\n".join(lines), space)
    return space["holds"], tests


def _state_tests(optimizer: Any, o: str, name: Callable[[str, Any], str]) -> list[str]:
    """Whether the state of an optimizer is made of the same tensors: `load_state_dict` puts others there."""
    states = list(optimizer.state.values())
    tests = [f"{o}.state is {name('state', optimizer.state)} and len({o}.state) == {len(states)}"]
    tests.append(f"all(map(is_, {o}.state.values(), {name('states', states)}))")
    for state in states:
        found = name("state", state)
        if isinstance(state, dict):
            tests.append(f"len({found}) == {len(state)}")
            tests += [
                f"{found}[{key!r}] is {name('v', v)}" if isinstance(v, Tensor) else f"same({found}[{key!r}], {v!r})"
                for key, v in state.items() if isinstance(v, (Tensor, *PLAIN))
            ]  # fmt: skip
    return tests


def _varies(value: Any) -> bool:
    """Whether the program reads a setting in every call."""
    return is_setting(value) or (isinstance(value, tuple) and bool(value) and all(map(is_setting, value)))


def current_value(number: Any) -> Callable[[], Any]:
    """A function that returns the value of a number that depends on settings, as they are then."""
    if type(number) is not Number:
        return lambda: number
    if number.call is None:
        return number.read  # of a setting or a variable
    call, operands = number.call, list(map(current_value, number.operands))
    return lambda: call(*[value() for value in operands])
