"""Arguments: of which kind a call is, and what takes the place of its tensors while it is watched.

A program may be given other tensors than those that it was made with, as long as they are of the same kind. So the
step is watched with stand-ins: then an argument is told from the same tensor that the step also knows from elsewhere.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.dtypes import default_float
from ..base.memory import owner_of
from ..base.nests import flatten, leaves
from ..core.aliasing import View
from ..core.grad_mode import recording
from ..core.graph import Leaf
from ..core.tensor import Tensor, new
from .trace import Refused, Trace, array_in, node_of, put_array, storage_of


class StandIns:
    """The arguments of a call that is watched.

    Attributes:
        args, kwargs: the arguments with new tensors of the same memory and node in place of the tensors.
        tensors: the tensors among them, in order.
        originals: for each of these, the tensor that was given.
        fixed: the places of those that must be the same tensor in every call.
    """

    def __init__(self, args: Any, kwargs: Any) -> None:
        given, rebuild = flatten((args, kwargs))
        made: dict[int, Any] = {}
        values = [made.setdefault(id(v), _stand_in(v)) if isinstance(v, Tensor) else v for v in given]
        self.args, self.kwargs = rebuild(values)
        self.tensors = [v for v in values if isinstance(v, Tensor)]
        self.originals = [v for v in given if isinstance(v, Tensor)]
        self._before = [(array_in(s), node_of(s)) for s in self.tensors]
        self.fixed: set[int] = {i for i, t in enumerate(self.originals) if t is self.tensors[i]}

    def place_of(self, tensor: Any) -> int | None:
        """The place of a stand-in; None for anything else."""
        return next((i for i, s in enumerate(self.tensors) if s is tensor), None)

    def given_back(self, out: Any) -> Any:
        """What the step returned, with the originals in place of their stand-ins."""
        values, rebuild = flatten(out)
        places = list(map(self.place_of, values))
        if all(place is None for place in places):
            return out
        return rebuild([v if place is None else self.originals[place] for v, place in zip(values, places)])

    def hand_back(self, trace: Trace) -> None:
        """Give the originals what the step did to their stand-ins beyond their elements, and refuse such a step."""
        for t, s, (array, node) in zip(self.originals, self.tensors, self._before):
            if s is t:
                continue
            if array_in(s) is not array:
                put_array(t, array_in(s))
                trace.give_up("the step gives an argument another array or shape in place")
            if node_of(s) is not node:
                t.node = s.node
                if isinstance(s.node, Leaf):
                    s.node._variable = weakref.ref(t)
                trace.give_up("the step changes whether an argument requires a gradient, or writes it under the graph")

    def find_fixed(self, trace: Trace) -> None:
        """Find the arguments that the step also knows from elsewhere, or whose gradient it uses."""
        written = {key for key in trace._written if key not in trace.made}
        owners = [storage_of(array_in(s)) for s in self.tensors]
        leaves_used = {*trace.grads_set, *trace.grads_read}
        known = {storage_of(array) for key, (_, array, _) in trace.touched.items() if key not in set(map(id, self.tensors))}
        for i, (t, s) in enumerate(zip(self.originals, self.tensors)):
            if id(t) in trace.touched or node_of(s) in leaves_used or (owners[i] in written and owners[i] in known):
                self.fixed.add(i)
            if owners[i] in written and any(o == owners[i] and v is not s for o, v in zip(owners, self.tensors)):
                raise Refused("the step writes an argument that shares its memory with another one")


def _stand_in(t: Tensor) -> Tensor:
    """Another tensor of the same memory, node and attributes; `t` itself where there can be none."""
    if type(t) is View:
        if t.node is not None or t.base.node is not None:
            return t
        made: Tensor = new(Tensor)
    elif any(vars(c).get("__slots__") for c in type(t).__mro__[: -len(Tensor.__mro__)]):
        return t  # of a class with fields of its own
    else:
        made = new(type(t))
    array = t.array
    put_array(made, array[...] if isinstance(array, np.ndarray) else np.array(array))
    made.node = t.node
    if t.__dict__:
        made.__dict__.update(t.__dict__)
    return made


# -- kinds of calls -----------------------------------------------------------------------------------


def key_of(args: Any, kwargs: Any) -> Any:
    """What tells one kind of call from another: shapes, dtypes and layouts of tensors, other values themselves.

    None if a value cannot be compared.
    """
    tensors = tensors_in((args, kwargs))
    places: dict[int, int] = {}
    same = tuple([places.setdefault(id(t), i) for i, t in enumerate(tensors)])
    key = (recording(), default_float(), same, _kind(args), _kind(kwargs))
    try:
        hash(key)
    except TypeError:
        return None
    return key


def _kind(v: Any) -> Any:
    if isinstance(v, Tensor):
        a = v.array
        return (_class_of(v), a.shape, a.strides, a.dtype, v.node is None)
    if isinstance(v, (list, tuple)):
        return (type(v), *map(_kind, v))
    if isinstance(v, dict):
        return (dict, *[(k, _kind(x)) for k, x in v.items()])
    return (type(v), repr(v)) if type(v) in (float, complex) else (type(v), v)  # 0.0 == -0.0


def _class_of(t: Tensor) -> type:
    return Tensor if type(t) is View else type(t)


def argument_guard(stand_ins: StandIns, trace: Trace, holds: Callable[[], bool]) -> tuple[Any, Any]:
    """Two functions of the tensors of a call: whether they are of the kind of those that were watched, and everything
    else `holds`; and, for a call whose kind is known to be right, whether they are the same tensors where they must be,
    and share no memory with what the program writes.
    """
    given = {storage_of(array_in(s)) for i, s in enumerate(stand_ins.tensors) if i not in stand_ins.fixed}
    written = {key for key in trace._written if key not in trace.made and key not in given}
    space: dict[str, Any] = {
        "recording": recording, "default_float": default_float, "float": default_float(), "holds": holds,
        "written": frozenset(written), "owner_of": _owner, "type": type, "id": id, "View": View,
    }  # fmt: skip
    kinds = [f"len(args) == {len(stand_ins.tensors)}", f"recording() is {recording()}", "default_float() is float"]
    tests = []
    for i, (t, s) in enumerate(zip(stand_ins.originals, stand_ins.tensors)):
        array = array_in(s)
        space[f"dtype{i}"], space[f"class{i}"] = array.dtype, _class_of(s)
        kinds.append(f"((c := type(x := args[{i}])) is class{i} or c is View)" if _class_of(s) is Tensor else f"type(x := args[{i}]) is class{i}")
        kinds.append(f"(a := x.array).dtype == dtype{i}")
        kinds.append(f"a.shape == {array.shape} and a.strides == {array.strides}")
        kinds.append("x.node is None" if node_of(s) is None else "x.node is not None")
        for j, other in enumerate(stand_ins.tensors[:i]):
            kinds.append(f"x is {'' if other is s else 'not '}args[{j}]")
        if i in stand_ins.fixed:
            space[f"t{i}"], space[f"a{i}"] = t, array_in(t)
            tests.append(f"args[{i}] is t{i} and t{i}.array is a{i}")
            continue
        if written:
            tests.append(f"(id(a) if (a := args[{i}].array).base is None else id(owner_of(a))) not in written")
        if storage_of(array) in trace._written:
            others = [j for j, o in enumerate(stand_ins.tensors) if o is not s]
            tests += [f"owner_of(args[{i}].array) is not owner_of(args[{j}].array)" for j in others]
    same = " and ".join(tests) or "True"
    return (
        eval(f"lambda args: {' and '.join(kinds)} and {same} and holds()", space),
        eval(f"lambda args: {same}", space),
    )


def _owner(array: Any) -> Any:
    return owner_of(array) if isinstance(array, np.ndarray) else array


def tensors_in(nest: Any) -> list[Tensor]:
    """The tensors in a nest, in order."""
    return [v for v in leaves(nest) if isinstance(v, Tensor)]


def argument_names(step: Any, args: Any, kwargs: Any) -> list[str]:
    """A name for each tensor among the arguments."""
    try:
        bound = inspect.signature(step).bind(*args, **kwargs).arguments
    except (TypeError, ValueError):
        bound = {f"x{i}": v for i, v in enumerate((*args, *kwargs.values()))}
    names: list[str] = []
    for name, value in bound.items():
        tensors = tensors_in(value)
        names += [name] if len(tensors) == 1 else [f"{name}_{i}" for i in range(len(tensors))]
    return names
