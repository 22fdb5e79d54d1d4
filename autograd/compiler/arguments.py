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
from ..base.memory import owner_of, with_another_owner
from ..base.nests import flatten, leaves, mapped
from ..core.aliasing import View
from ..core.grad_mode import recording
from ..core.graph import Leaf
from ..core.tensor import Tensor, new
from ..core.writes import count_write
from ..tape.tape_tensor import TapeTensor
from .layout import storage_of
from .outliving import containers, is_kept
from .state.surroundings import Surroundings
from .state.tensors import array_in, node_of, put_array
from .symbols import Symbol
from .trace import Refused, Trace


class StandIns:
    """The arguments of a call that is watched.

    Attributes:
        args, kwargs: the arguments with new tensors of the same memory and node in place of the tensors.
        tensors: the tensors among them, in order.
        originals: for each of these, the tensor that was given.
        before: for each of these, its array and node when the step began.
        around: the tensors around the step, by identity, which it may compare with these.
    """

    def __init__(self, args: Any, kwargs: Any, surroundings: Surroundings) -> None:
        given, rebuild = flatten((args, kwargs))
        self.around = surroundings.tensors()
        own = set(map(id, given)) if surroundings.asks_id else self.around
        made: dict[int, Any] = {id(v): v for v in given if id(v) in own}
        values = [made.setdefault(id(v), _stand_in(v)) if isinstance(v, Tensor) else v for v in given]
        self.args, self.kwargs = rebuild(values)
        self.tensors = [v for v in values if isinstance(v, Tensor)]
        self.originals = [v for v in given if isinstance(v, Tensor)]
        self.before = [(array_in(s), node_of(s)) for s in self.tensors]

    def symbols(self, trace: Trace) -> list[Symbol]:
        """A symbol for each of the tensors; one that is used nowhere for a tensor that stands there twice."""
        found: list[Symbol] = []
        for array, _ in self.before:
            symbol = trace.record.symbol(array)
            found.append(Symbol(trace, array) if any(symbol is v for v in found) else symbol)
        return found

    def given_back(self, out: Any) -> Any:
        """What the step returned, with the originals in place of their stand-ins."""
        originals = {id(s): t for s, t in zip(self.tensors, self.originals)}
        return mapped(lambda v: originals.get(id(v), v), out) if originals.keys() & set(map(id, leaves(out))) else out

    def hand_back(self, trace: Trace) -> None:
        """Give the originals what the step did to their stand-ins beyond their elements, and refuse such a step."""
        for t, s, (array, node) in zip(self.originals, self.tensors, self.before):
            if s is t:
                continue
            if array_in(s) is not array:
                put_array(t, now := array_in(s))
                written = {v.storage for statement in trace.record.statements for v in statement.written()}
                if not isinstance(array, np.generic) or storage_of(now) in written:  # else a scalar's own array
                    trace.give_up("the step writes an argument, or gives it another array: use a clone() of it")
            if storage_of(array) in trace.record.written:
                count_write(array_in(t))
            if node_of(s) is not node:
                t.node = s.node
                if isinstance(s.node, Leaf):
                    s.node._variable = weakref.ref(t)
                trace.give_up("the step changes whether an argument requires a gradient: use a detach() of it")

    def check(self, trace: Trace, result: Any, outs: list[Any], sources: list[Tensor]) -> None:
        """Refuse a step that keeps an argument, or that knows one also from elsewhere.

        Args:
            trace: of the call.
            result: a list of what it returned.
            outs: the leaves of that.
            sources: the tensors that the gradients of a backward program belong to.
        """
        mine = [sources, self.tensors, self.originals, outs, *containers((self.args, self.kwargs, result))]
        mine += trace.tensors.touched.values()
        own = {id(x): x for x in (*mine, *outs)}
        for i in range(len(self.tensors)):  # enumerate and zip would hold the tensors too
            if (s := self.tensors[i]) is (t := self.originals[i]):
                continue
            if id(t) in trace.tensors.touched:
                raise Refused(
                    f"a tensor of shape {tuple(t.shape)} is an argument, and the step uses it under another name too"
                )
            if storage_of(array_in(t)) in trace.record.written:
                raise Refused(f"the step writes memory that its argument of shape {tuple(t.shape)} shares")
            if is_kept(s, own):
                raise Refused(f"the step keeps its argument of shape {tuple(t.shape)}")


def _stand_in(t: Tensor) -> Tensor:
    """Another tensor of the same memory, node and attributes; `t` itself where there can be none."""
    if type(t) is View:
        if t.node is not None or t.base.node is not None:
            return t
        made: Tensor = new(Tensor)
    elif any(vars(c).get("__slots__") for c in type(t).__mro__[: -len(Tensor.__mro__)] if c is not TapeTensor):
        return t  # of a class with fields of its own
    else:
        made = new(type(t))
    array = t.array
    put_array(made, _with_an_identity_of_its_own(array))
    made.node = t.node
    if t.__dict__:
        made.__dict__.update(t.__dict__)
    return made


def _with_an_identity_of_its_own(array: Any) -> Any:
    """The same elements in another object, so that the step's own arrays are told from it."""
    if isinstance(array, np.ndarray):
        return with_another_owner(array)
    return np.array(array) if type(array) is np.bool_ else type(array)(array)  # there are only two booleans


# -- kinds of calls -----------------------------------------------------------------------------------


def kind_of_call(args: Any, kwargs: Any) -> Any:
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
        return (_class_of(v), a.shape, a.strides, a.dtype, type(v.node))
    if isinstance(v, (list, tuple)):
        return (type(v), *map(_kind, v))
    if isinstance(v, dict):
        return (dict, *[(k, _kind(x)) for k, x in v.items()])
    if isinstance(v, (float, complex, np.inexact)):  # 0.0 == -0.0
        return (type(v), repr(v))
    return (type(v), v, id(v)) if type(v).__dictoffset__ else (type(v), v)  # an equal object may have other attributes


def _class_of(t: Tensor) -> type:
    return Tensor if type(t) is View else type(t)


def argument_guard(given: StandIns, trace: Trace, holds: Callable[[], bool]) -> tuple[Any, Any]:
    """Two functions of the tensors of a call.

    Whether they are of the kind of those that were watched, and everything else `holds`; and, where the kind is known
    to be right, whether they share no memory with what the program writes, and are the same where they must be.
    """
    space: dict[str, Any] = {
        "recording": recording, "default_float": default_float, "float": default_float(), "holds": holds, "View": View,
        "around": given.around, "written": frozenset(trace.record.written), "owner_of": owner_of,
    }  # fmt: skip
    kinds = [f"len(args) == {len(given.tensors)}", f"recording() is {recording()}", "default_float() is float"]
    tests = []
    for i, (t, s) in enumerate(zip(given.originals, given.tensors)):
        array = array_in(s)
        space[f"dtype{i}"], space[f"class{i}"] = array.dtype, _class_of(s)
        or_view = " or c is View" if _class_of(s) is Tensor else ""
        kinds.append(f"((c := type(x := args[{i}])) is class{i}{or_view}) and (a := x.array).dtype == dtype{i}")
        kinds.append(f"a.shape == {array.shape} and a.strides == {array.strides}")
        space[f"node{i}"] = type(node_of(s))
        kinds.append(f"type(x.node) is node{i}" + (" and id(x) not in around" if given.around and s is not t else ""))
        kinds += [f"x is {'' if other is s else 'not '}args[{j}]" for j, other in enumerate(given.tensors[:i])]
        if s is t:
            space[f"t{i}"] = t
            tests.append(f"args[{i}] is t{i}")
        elif trace.record.written:
            tests.append(f"(id(a) if (a := args[{i}].array).base is None else id(owner_of(a))) not in written")
    same = " and ".join(tests) or "True"
    accepts = " and ".join([*kinds, same, "holds()"])
    return eval(f"lambda args: {accepts}", space), eval(f"lambda args: {same}", space)


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
