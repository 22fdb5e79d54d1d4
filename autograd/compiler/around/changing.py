"""Changing: numbers and lists around a step that the step itself changes, as in `running += loss.item()`.

A program takes the number as an input and returns the new one, which is then assigned; it also returns what is to be
appended to a list. That the step changes a variable shows at the end of the first watched call. So the next call is
watched too, with a Number or an Appended in place of the old value, in order to see what the step does with it.
"""

from __future__ import annotations

import builtins
import gc
import operator
import re
from collections import deque
from types import CellType
from typing import Any

from ...base.nests import mapped, rebuilt
from ...core.tensor import Tensor
from ..state.places import PLAIN, Place, Variable, is_constant, same
from ..state.surroundings import Surroundings
from ..symbols import Number, bare, mapped as inside, parts


class Appended:
    """Stands for a list to which the step appends; if the step reads it, no program is made."""

    def __init__(self, trace: Any, name: str, values: Any) -> None:
        self._trace, self._name, self.values = trace, name, values
        self.added: list[Any] = []

    __class__ = property(lambda self: type(self.values))  # what isinstance asks

    def append(self, value: Any) -> None:
        """Append a value."""
        self.added.append(value)
        self.values.append(value)

    def extend(self, values: Any) -> None:
        """Append several values."""
        for value in values:
            self.append(value)

    def __iadd__(self, values: Any) -> Appended:
        self.extend(values)
        return self

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._read().__reduce_ex__(protocol)

    def __radd__(self, values: Any) -> Any:
        return values + self._read()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._read(), name)

    def _read(self) -> Any:
        self._trace.give_up(f"the step reads {self._name}, to which it appends: do one of the two outside the step")
        return self.values


for _name in (
    "len", "iter", "bool", "repr", "reversed", "getitem", "setitem", "delitem", "contains", "add", "mul", "imul",
    "eq", "ne", "lt", "le", "gt", "ge",
):  # fmt: skip
    _call = getattr(builtins, _name, None) or getattr(operator, f"__{_name}__")  # of the list itself
    setattr(Appended, f"__{_name}__", lambda self, *args, _call=_call: _call(self._read(), *args))


class Changing:
    """What a step changes around itself in a way that its program can repeat.

    Attributes:
        assigned: the variables to which it assigned another number, bool, string or None, each with the new value.
        lists: the lists that became longer, each with what was appended.
        containers: the lists, dicts and tuples among what was appended: the program makes new ones.
        read: the variables whose numbers the program reads.
        again: whether the step changed a variable or list that had no stand-in, so that it must be watched again.
    """

    def __init__(self, trace: Any, surroundings: Surroundings, known: set[Any]) -> None:
        self._trace, self._surroundings, self._known = trace, surroundings, known
        self.assigned: list[tuple[Variable, Any]] = []
        self.lists: list[tuple[Any, list[Any]]] = []
        self.containers: list[Any] = []
        self.read: list[Variable] = []
        self.again = False
        self._stand_ins: dict[Place, Any] = {}

    def begin(self) -> None:
        """Put stand-ins in the places that earlier calls have shown to be changed."""
        made: dict[int, Appended] = {}
        for v in self._surroundings.places():
            if type(v.value) in (int, float) and v.place in self._known and not self._surroundings.asks_type:
                name = re.sub(r"\W+", "_", v.name).strip("_")
                self._stand_ins[v.place] = self._trace.readings.hand_out(Number(self._trace, v.value, name, read=v))
                self.read.append(v)
            elif type(v.value) in (list, deque) and (id(v.value), None) in self._known:
                made.setdefault(id(v.value), Appended(self._trace, v.name, v.value))
                self._stand_ins[v.place] = made[id(v.value)]
            else:
                continue
            v.put(self._stand_ins[v.place])
        self._lists = list(made.values())

    def end(self) -> None:
        """Put plain values in place of the stand-ins, and note what the step changed."""
        for v in self._surroundings.places():
            before = self._stand_ins.pop(v.place, v.value)
            try:
                now = v.now()
            except (LookupError, ValueError):  # it was deleted
                continue
            if type(now) is Appended:
                v.put(now.values)
            elif now is before:
                if now is not v.value:
                    v.put(v.value)
            elif type(now) is Number or (type(now) in PLAIN and type(v.value) in PLAIN and not same(now, before)):
                v.put(bare(now))
                self.assigned.append((v, now.own if type(now) is Number else now))
                if type(v.value) in (int, float):
                    self.learn(v.place)
        for found in self._lists:
            self._note_added(found)
        for container in self._surroundings.longer():
            self.learn((id(container), None))

    def _note_added(self, found: Appended) -> None:
        added = found.added
        self.lists.append((found.values, [mapped(lambda x: x.own if type(x) is Number else x, v) for v in added]))
        for i in range(-min(len(added), len(found.values)), 0):
            found.values[i] = self._made_plain(found.values[i])
        added.clear()

    def _made_plain(self, x: Any) -> Any:
        """A value that was appended, with plain numbers; what is not made of constants cannot be made again."""
        if type(x) in (list, dict):
            if any(x is other for other in self.containers):
                self._trace.give_up("the step appends one list or dict twice: append a copy")
            self.containers.append(x)
            for key, v in list(x.items() if type(x) is dict else enumerate(x)):
                x[key] = self._made_plain(v)
            return x
        if isinstance(x, tuple):
            plain = list(map(self._made_plain, x))
            self.containers.append(x := x if all(a is b for a, b in zip(plain, x)) else rebuilt(x, plain))
            return x
        if not isinstance(x, Tensor) and not is_constant(x := bare(x)):
            self._trace.give_up(
                f"the step appends a {type(x).__name__}: append numbers, texts, and lists, tuples and dicts of them"
            )
        return x

    def plain(self, result: Any) -> Any:
        """What the step returned, with lists in place of their stand-ins."""
        if not any(type(x) is Appended for x in parts(result)):
            return result
        return inside(lambda x: x.values if type(x) is Appended else x, result)

    def undo(self) -> None:
        """Put the old values back, and take away what was appended."""
        for v, _ in self.assigned:
            v.put(v.value)
        for values, added in self.lists:
            for _ in added:
                values.pop()

    def holders(self) -> set[int]:
        """The lists and dicts that the program changes, by identity."""
        return {id(v.holder) for v, _ in self.assigned} | {id(values) for values, _ in self.lists}

    def learn(self, found: Any) -> None:
        """Remember what is known; if new, the next call is watched."""
        self.again = self.again or found not in self._known
        self._known.add(found)

    def places(self) -> set[Place]:
        """The places whose value may be another one in the next call, or is changed by the program."""
        return {v.place for v in self.read} | {v.place for v, _ in self.assigned}

    def sizes(self) -> dict[int, int]:
        """How many values were appended to each list, by its identity."""
        return {id(values): len(added) for values, added in self.lists}


def replace(old: Any, new: Any) -> None:
    """Replace an object by another one in every list, dict, set, tuple, closure and attribute that holds it."""
    for holder in gc.get_referrers(old):  # no comprehension below: its cell for `old` would be a holder too
        if isinstance(holder, (list, deque, dict)):
            classes = [c for c in gc.get_referrers(holder) if isinstance(c, type)]  # that have it as their __dict__
            for key, v in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
                if v is old and classes:  # Python remembers attributes of classes, and must be told
                    type.__setattr__(classes[0], key, new)
                elif v is old:
                    holder[key] = new
        elif isinstance(holder, set):
            holder.remove(old)
            holder.add(new)
        elif isinstance(holder, tuple):
            parts = list(holder)
            for i, v in enumerate(holder):
                if v is old:
                    parts[i] = new
            replace(holder, rebuilt(holder, parts))
        elif isinstance(holder, CellType):
            holder.cell_contents = new
        else:
            for key in (*getattr(holder, "__dict__", ()), *getattr(type(holder), "__slots__", ())):
                if getattr(holder, key, None) is old:
                    object.__setattr__(holder, key, new)
