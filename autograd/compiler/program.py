"""Program: the statements of a trace, with equal ones shared, dead ones dropped, and memory given to each value.

Writes in place are statements like any other: the order of the step is kept, and which values share memory is known by
their storage. So nothing needs to be put into a functional form first.
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

import numpy as np

from ..base.memory import owner_of
from ..base.symbolic import Symbolic
from .blocks import gathered, without_blocks
from .layout import capacity_of, layout_of
from .symbols import Number, Statement, Symbol, mapped, parts, real_call
from .trace import Trace

#: Functions of two arguments whose order does not matter, so that a statement is the same with them exchanged.
_COMMUTATIVE = (np.add, np.multiply, np.maximum, np.minimum, np.equal, np.not_equal)
#: Calls, other than ufuncs, that can write their result into given memory.
_TAKES_OUT = (np.dot, np.matmul, np.concatenate, np.stack, np.clip, np.take, "dot", "take", "clip")
#: Calls that are written as a copy into given memory.
_FILLS = (np.zeros, np.ones, np.full, np.zeros_like, np.ones_like, np.full_like)
_COPIES = ("astype", "copy", "flatten", np.copy)


class Program:
    """What a step does, as a list of statements in which every array has its memory.

    Attributes:
        statements: in order.
        inputs: the symbols of the arguments.
        outputs: the symbols and numbers to return; the memory of the symbols is new in every call.
        kept: the storages that outlive a call, such as gradients.
        in_place_of: for each value that takes the memory of an argument, that argument, by identity.
        memory_of: for each storage that the program reuses, the number of its memory.
        sizes: the bytes of each memory.
        straight: the statements before any are gathered into blocks.
        runtime: the storages whose arrays are new in every call.
        made: the storages that came to be in the watched call.
        origins: where the values come from.
        silenced: whether NumPy shall warn of nothing while it runs.
        replaced: for an array that another one stands for, this other one, both by identity.
    """

    def __init__(
        self, trace: Trace, statements: list[Statement], inputs: list[Symbol], outputs: list[Any], kept: set[int],
        elements: bool = False,
    ) -> None:  # fmt: skip
        self.inputs, self.outputs, self.kept = inputs, outputs, kept
        self.origins, self.made, self.silenced = trace.origins, trace.record.made, trace.record.silenced
        self.traced = len(statements)
        self.replaced: dict[int, int] = {}
        self.statements = self._shared(self._simplified(statements))
        self._drop_dead()
        if not elements:
            self._let_go()
        self.straight = self.statements
        self.statements = self.gathered(self.straight)
        self._give_memory()

    def gathered(self, statements: list[Statement]) -> list[Statement]:
        """Statements with runs of those over large arrays as blocks."""
        return gathered(statements, self.returned() | {v.storage for v in self.inputs} | self.kept)

    def with_statements(self, statements: list[Statement]) -> Program:
        """The same program, with these statements and memory of its own."""
        other = copy.copy(self)
        other.statements = statements
        other._give_memory()
        return other

    def returned(self) -> set[int]:
        """The storages of the arrays that are returned."""
        return {v.storage for v in self.outputs if type(v) is Symbol}

    # -- fewer statements ------------------------------------------------------------------------------

    def _simplified(self, statements: list[Statement]) -> list[Statement]:
        """x · 1 and x / 1 of the same type are x; so is x[...]."""
        kept, same = [], _Replaced(self.replaced)
        statements = _without_empty(statements)
        written, own = self._with_own_memory(statements)
        for s in map(same.statement, statements):
            if _is_all_of_it(s):
                same.replace(s.outs[0], s.args[0])
                continue
            if s.call == "__setitem__" and s.args[2] is s.args[0] and is_all(s.args[1]):
                continue
            x = _times_one(s)
            if x is not None and not ({x.storage} & written or s.outs[0].storage in own):
                same.replace(s.outs[0], x)
            else:
                kept.append(s)
        self.outputs = [same(v) for v in self.outputs]
        return kept

    def _with_own_memory(self, statements: list[Statement]) -> tuple[set[int], set[int]]:
        """The storages that are written, and those that no other may stand for: they also outlive, or have views."""
        written = {s.into.storage for s in statements if s.into is not None}
        returned = self.returned()
        viewed = {v.storage for s in statements if s.kind == "view" for v in s.made()}
        return written, written | returned | viewed | self.kept

    def _shared(self, statements: list[Statement]) -> list[Statement]:
        """A statement that computes what another one has, of values that were not written since, is dropped."""
        kept, same, key = [], _Replaced(self.replaced), Keys()
        computed: dict[Any, Symbol] = {}
        asked = set()
        written, own = self._with_own_memory(statements)
        returned = {id(v) for v in self.outputs}
        for s in map(same.statement, statements):
            _follow(s)
            if s.kind == "guard":
                question = key(s.args[0]), s.outs
                if question in asked:
                    continue
                asked.add(question)
            out = _only_result(s)
            if out is not None and (s.kind == "view" or out.storage not in written):
                found = computed.setdefault(key.of_call(s), out)
                droppable = (s.kind == "view" or out.storage not in own) and id(out) not in returned
                if found is not out and droppable:
                    same.replace(out, found)
                    continue
            if s.into is not None:
                key.note_write(s.into)
            kept.append(s)
        self.outputs = [same(v) for v in self.outputs]
        return kept

    def _drop_dead(self) -> None:
        """From the end: a statement stays if what it makes is read later, returned, or outlives the call."""
        live = self.returned() | self.kept
        used = {id(v) for v in parts(self.outputs)}
        kept = []
        for s in reversed(self.statements):
            if s.kind in ("guard", "draw", "effect"):
                needed = True
            elif s.into is not None:
                storage = s.into.storage
                needed = storage in live or storage not in self.made
            elif s.kind in ("view", "number"):
                needed = any(id(v) in used for v in s.outs)
            else:
                needed = any(v.storage in live for v in s.made())
            if needed:
                kept.append(s)
                read = [*s.reads(), *s.written()]
                live |= {v.storage for v in read}
                used |= {id(v) for v in parts((s.args, s.kwargs))} | {id(s.into)}
        self.statements = kept[::-1]

    def _let_go(self) -> None:
        """Put layouts in place of the arrays that came to be in the watched call, or were its arguments."""
        inputs = {id(v): v.storage for v in self.inputs}
        given, computed = set(inputs.values()), {id(v) for s in self.statements for v in s.made()}
        made = self.made = self.made & {v.storage for s in self.statements for v in s.symbols()}
        put: dict[int, Any] = {}

        def left(v: Any) -> Any:
            if type(v) is Symbol and id(v) not in put:
                storage, array = v.storage, v.real_array
                gone = storage in made or id(v) in inputs or storage in given and id(v) in computed
                put[id(v)] = Symbol(None, layout_of(array) if gone and storage not in self.kept else array)
            elif type(v) is Number and id(v) not in put:
                put[id(v)] = Number(None, v.value, v.name, v.call, tuple(map(left, v.operands)), v.read)
            return put.get(id(v), v)

        self.inputs, self.outputs = mapped(left, (self.inputs, self.outputs))
        self.statements = [
            Statement(
                s.kind, s.call, mapped(left, s.args), mapped(left, s.kwargs), mapped(left, s.outs), left(s.into),
                s.method, s.where,
            )
            for s in self.statements
        ]  # fmt: skip

    # -- memory ----------------------------------------------------------------------------------------

    def _give_memory(self) -> None:
        """Decide which storage stands in which memory; a memory is free after the last use of what stood in it."""
        last = {v.storage: i for i, s in enumerate(self.statements) for v in s.symbols()}
        written = {v.storage for s in self.statements for v in s.written()}
        returned = self.returned()
        self.memory_of: dict[int, int] = {}
        self.sizes: list[int] = []
        self.in_place_of: dict[int, Symbol] = {}
        self.runtime = {v.storage for v in self.inputs}
        free: dict[int, list[int]] = {}
        for i, s in enumerate(self.statements):
            used = {v.storage for v in (*s.reads(), *s.written())}
            ending = {storage for storage in used if last[storage] == i and storage in self.memory_of}
            for v in s.made() if s.kind != "view" else ():
                storage = v.storage
                if storage in self.kept:
                    continue
                if storage in returned or not _can_reuse_memory(s, v, written):
                    self.runtime.add(storage)
                    continue
                over = self._overwritten(s, v, ending)
                if over is None:
                    self.memory_of[storage] = self._free_memory(capacity_of(v.real_array), free)
                else:
                    self.memory_of[storage] = self.memory_of[over.storage]
                    self.in_place_of[id(v)] = over
                    ending.discard(over.storage)
                if last[storage] == i:
                    ending.add(storage)
            for storage in ending:
                memory = self.memory_of[storage]
                free.setdefault(self.sizes[memory], []).append(memory)

    def _free_memory(self, size: int, free: dict[int, list[int]]) -> int:
        """The number of a memory of this size: one that is free, else a new one."""
        if free.get(size):
            return free[size].pop()
        self.sizes.append(size)
        return len(self.sizes) - 1

    def _overwritten(self, s: Statement, out: Symbol, ending: set[int]) -> Symbol | None:
        """An argument of an elementwise statement that is not used later, whose memory the result can take."""
        if s.kind != "ufunc" or s.method is not None or s.call is np.matmul:
            return None
        shape, dtype, strides = out.shape, out.dtype, out.strides
        for v in s.reads():
            storage = v.storage
            if (
                storage in ending and isinstance(v.real_array, np.ndarray)
                and (v.shape, v.dtype, v.strides) == (shape, dtype, strides)
                and capacity_of(v.real_array) == capacity_of(out.real_array)
                and all(w is v or w.storage != storage for w in s.reads())
            ):  # fmt: skip
                return v
        return None

    # -- figures -----------------------------------------------------------------------------------------

    @property
    def nbytes(self) -> int:
        """The bytes of all memory that the program reuses."""
        return sum(self.sizes)

    def lasting_writes(self, start: int, end: int) -> list[Any]:
        """The arrays that existed before the call and that the statements from `start` to `end` write."""
        found = {}
        for s in self.statements[start:end]:
            for v in s.written():
                if v.storage not in self.made:
                    found[v.storage] = owner_of(v.real_array)
        return list(found.values())

    def lasting_write_from(self, start: int) -> Statement | None:
        """The first statement from `start` on that writes what existed before the call."""
        for s in without_blocks(self.statements[start:]):
            if any(v.storage not in self.made for v in s.written()):
                return s
        return None


def takes_memory(s: Statement) -> bool:
    """Whether a statement can write its result into given memory."""
    if s.kind == "block":
        return True
    if s.kind == "ufunc":
        return s.method in (None, "reduce", "accumulate", "outer") and len(s.outs) == 1
    calls = (*_TAKES_OUT, *_COPIES, *_FILLS)
    return s.kind == "call" and any(s.call is c or s.call == c for c in calls) and "order" not in s.kwargs


def _can_reuse_memory(s: Statement, out: Symbol, written: set[int]) -> bool:
    """Whether a result can stand in memory that each call uses again; a truth value for a guard need not."""
    is_truth = out.shape == () and out.dtype == bool and out.storage not in written
    return not is_truth and takes_memory(s) and isinstance(out.real_array, np.ndarray)


def fills_with(s: Statement) -> Any:
    """The value with which a statement fills a new array; None if it does something else."""
    if s.kind != "call" or not any(s.call is c for c in _FILLS):
        return None
    if s.call in (np.full, np.full_like):
        return s.args[1] if len(s.args) > 1 else s.kwargs["fill_value"]
    return 0 if s.call in (np.zeros, np.zeros_like) else 1


def is_copy(s: Statement) -> bool:
    """Whether a statement is written as a copy into the memory of its result."""
    return s.kind == "call" and any(s.call is c or s.call == c for c in _COPIES)


def is_all(key: Any) -> bool:
    """Whether a key between brackets is ... or (); it may be a symbol, which compares element by element."""
    return key is Ellipsis or (type(key) is tuple and not key)


def _is_all_of_it(s: Statement) -> bool:
    """Whether a statement is x[...] or x[()] of an array x."""
    return (
        s.kind == "view" and s.call == "__getitem__" and is_all(s.args[1]) and type(s.args[0]) is Symbol
        and s.args[0].ndim > 0
    )  # fmt: skip


def _times_one(s: Statement) -> Symbol | None:
    """The x of a statement that computes x · 1 or x / 1."""
    if s.kind != "ufunc" or s.method is not None or s.into is not None or s.kwargs:
        return None
    if s.call is np.multiply or s.call is np.true_divide:
        x, one = s.args
        if type(x) is not Symbol and s.call is np.multiply:
            x, one = one, x
        if (
            type(x) is Symbol
            and isinstance(one, (int, float, np.generic))
            and not isinstance(one, Symbolic)
            and one == 1
        ):
            return x if (x.dtype, x.shape) == (s.outs[0].dtype, s.outs[0].shape) else None
    return None


def _without_empty(statements: list[Statement]) -> list[Statement]:
    """An array that is made without values: the statement that first writes all of it makes it."""
    empty = {id(s.outs[0]): s for s in statements if s.kind == "call" and s.call in (np.empty, np.empty_like)}
    kept: list[Statement] = []
    for s in statements:
        first = s.into is not None and id(s.into) in empty and all(v is not s.into for v in s.reads())
        if first and s.kind == "ufunc" and "where" not in s.kwargs:
            kept.remove(empty[id(s.into)])
            kept.append(Statement(s.kind, s.call, s.args, s.kwargs, (s.into,), None, s.method, s.where))
        else:
            kept.append(s)
        for v in s.symbols():
            if s is not empty.get(id(v)):
                empty.pop(id(v), None)
    return kept


def _follow(s: Statement) -> None:
    """Let a view of a value that was replaced be a view of the one that stays."""
    if s.kind != "view" or s.made()[0].storage in {v.storage for v in s.reads()}:
        return
    values = real_call(s)
    for out, value in zip(s.outs, values if isinstance(values, (tuple, list)) else [values]):
        if type(out) is Symbol:
            out.real_array = value


def _only_result(s: Statement) -> Symbol | None:
    """The one new value or view that a statement computes; None if there are others, or none."""
    one = s.kind in ("ufunc", "call", "view") and s.into is None and len(s.outs) == 1
    return s.outs[0] if one and type(s.outs[0]) is Symbol else None


class Keys:
    """Keys of values: two are equal where the values are, as far as the statements so far tell."""

    def __init__(self) -> None:
        self._writes: Counter[int] = Counter()

    def note_write(self, symbol: Symbol) -> None:
        """A symbol is another value from here on, and so is all that shares its memory."""
        self._writes[symbol.storage] += 1

    def of_call(self, s: Statement) -> Any:
        """The key of what a statement computes."""
        args = [self(v) for v in s.args]
        if s.method is None and any(s.call is c for c in _COMMUTATIVE):
            args.sort(key=repr)
        kwargs = sorted((name, self(v)) for name, v in s.kwargs.items())
        call = s.call if isinstance(s.call, str) else id(s.call)
        return call, s.method, tuple(args), tuple(kwargs), s.where.recomputed

    def __call__(self, x: Any) -> Any:
        if type(x) is Symbol:
            return ("symbol", id(x), self._writes[x.storage])
        if type(x) is Number:
            return ("number", id(x)) if x.call is None else ("number", x.call, *map(self, x.operands))
        if type(x) in (tuple, list):
            return tuple(map(self, x))
        if type(x) is slice:
            return ("slice", self(x.start), self(x.stop), self(x.step))
        if isinstance(x, (np.generic, int, float, complex, str, np.dtype)):
            return (type(x).__name__, repr(x))
        return ("object", id(x))


class _Replaced:
    """Puts the values that stay in place of those that were dropped.

    Attributes:
        arrays: see `Program.replaced`.
    """

    def __init__(self, arrays: dict[int, int]) -> None:
        self._by: dict[int, Symbol] = {}
        self.arrays = arrays

    def replace(self, dropped: Symbol, stays: Symbol) -> None:
        """Let one symbol stand for another from now on."""
        self._by[id(dropped)] = stays
        self.arrays[dropped.identity] = stays.identity

    def __call__(self, x: Any) -> Any:
        while id(x) in self._by:
            x = self._by[id(x)]
        return x

    def statement(self, s: Statement) -> Statement:
        args, kwargs = mapped(self, (s.args, s.kwargs))
        return Statement(s.kind, s.call, args, kwargs, s.outs, self(s.into), s.method, s.where)
