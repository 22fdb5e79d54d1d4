"""Grouping: which statements of a program become kernels.

A nest is a run of statements over arrays of one shape, computed in one pass: a value that is used in it alone is a
variable in C and no array. A kernel is one C function: a large nest, whose rows several threads share, or all small
ones that follow one another, since a call costs as much as small arrays do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from ...settings import are_deterministic_algorithms_enabled
from ..blocks import Block
from ..layout import address_of
from ..program import Program
from ..symbols import Number, Statement, Symbol, parts
from .functions import APPROXIMATE
from .work import Work, work_of

#: The elements from which a nest is a kernel of its own.
LARGE = 1 << 14
#: The most statements of a nest, and of all kernels of a program: the C compiler takes longer for each in longer text.
LONGEST, MOST = 256, 4000


class Nest:
    """Statements that are computed in one pass.

    Attributes:
        works: what each computes.
        shape: over which the elements are.
        scratch: the storages that only this nest uses.
    """

    def __init__(self, s: Statement, work: Work) -> None:
        self.statements, self.works, self.shape = [s], [work], _shape(work)
        self.scratch: set[int] = set()
        self._places: dict[int, set[Any]] = {}
        self._written: set[int] = set()
        self._note(work)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape))

    def takes(self, s: Statement, work: Work) -> bool:
        """Add a statement, if what is written has one place, so that no element needs another one's."""
        if work.kind != "each" or self.works[0].kind != "each" or work.target.shape != self.shape:
            return False
        written = self._written | {work.target.storage}
        for v in _arrays(work):
            known = self._places.get(v.storage, set()) | {w for w in map(place, _arrays(work)) if w[0] == v.storage}
            if v.storage in written and len(known) > 1:
                return False
        if len(self.works) >= LONGEST:
            return False
        self.statements.append(s)
        self.works.append(work)
        self._note(work)
        return True

    def alone(self) -> bool:
        """Whether the nest may be computed: what is written is read at its own place only."""
        return all(len(self._places[key]) == 1 for key in self._written)

    def _note(self, work: Work) -> None:
        self._written.add(work.target.storage)
        for v in _arrays(work):
            self._places.setdefault(v.storage, set()).add(place(v))


class Kernel(Block):
    """What a statement of the kind "block" does that is one C function.

    Attributes:
        nests: in order.
        arrays: the symbols of the arrays that it takes, each place once.
        numbers: the symbols of NumPy's scalars and the Numbers that it takes.
        spread: whether it computes a part of the rows in each call.
        approximate: whether it may differ from NumPy in the last places.
    """

    def __init__(self, nests: list[Nest]) -> None:
        super().__init__([s for nest in nests for s in nest.statements], set().union(*[n.scratch for n in nests]))
        self.nests = nests
        arrays: dict[Any, Symbol] = {}
        numbers: dict[int, Any] = {}
        for work in (w for nest in nests for w in nest.works):
            for v in (*work.operands, work.target):
                if type(v) is Number or type(v) is Symbol and isinstance(v.real_array, np.generic):
                    numbers.setdefault(id(v), v)
                elif type(v) is Symbol and v.storage not in self.scratch:
                    arrays.setdefault(place(v), v)
        self.arrays, self.numbers = list(arrays.values()), list(numbers.values())
        self.spread = nests[0].size >= LARGE
        self.approximate = any(map(_is_approximate, self.statements))


def place(v: Symbol) -> Any:
    """Where the elements of an array are: equal for two symbols only if each element is in the same place."""
    return v.storage, address_of(v.real_array), v.shape, v.strides, v.dtype.char


def _arrays(work: Work) -> list[Symbol]:
    found = [v for v in work.operands if type(v) is Symbol and isinstance(v.real_array, np.ndarray)]
    return [*found, work.target]


def _is_approximate(s: Statement) -> bool:
    return any(s.call is call for call in APPROXIMATE)


def _shape(work: Work) -> tuple[int, ...]:
    return tuple(work.operands[0].shape) if work.kind != "each" else tuple(work.target.shape)


def with_kernels(program: Program) -> list[Statement]:
    """The statements of a program with kernels in place of those that a kernel can hold."""
    return _Grouping(program).statements


class _Grouping:
    def __init__(self, program: Program) -> None:
        self.statements: list[Statement] = []
        self._program = program
        self._returned = program.returned()
        self._lasting = self._returned | program.kept | {v.storage for v in program.inputs}
        self._uses = Counter(v.storage for s in program.straight for v in s.symbols())
        self._solid: set[int] = set()  # the storages whose memory a kernel may write although each call makes it
        self._run: list[tuple[Statement, Work]] = []
        self._made: set[int] = set()  # in the run
        self._views: list[Statement] = []  # within the run, which stand before it then
        left, exact = MOST, are_deterministic_algorithms_enabled()
        for s in program.straight:
            if s.kind == "view" and self._run and self._may_move(s):
                self._views.append(s)
                continue
            work = None if not left or exact and _is_approximate(s) else work_of(s)
            if work is None or not self._has_memory(s, work):
                self._close()
                self.statements.append(s)
            else:
                left -= 1
                self._run.append((s, work))
                if s.into is None:
                    self._made.add(work.target.storage)
                    self._solid.add(work.target.storage)
        self._close()

    def _may_move(self, s: Statement) -> bool:
        """Whether a view can stand before the run: it needs the memory of an array, and that is there before."""
        read = [v for v in parts((s.args, s.kwargs)) if type(v) in (Symbol, Number)]
        if len(read) != 1 or type(read[0]) is not Symbol:
            return False
        return read[0].storage not in self._made or read[0].storage not in self._returned

    def _has_memory(self, s: Statement, work: Work) -> bool:
        """Whether the arrays of a statement are laid out in every call as they were when it was watched."""
        target, runtime = work.target, self._program.runtime
        if s.into is not None:
            if target.storage in runtime and target.storage not in self._solid or not target.flags.writeable:
                return False
        elif target.shape == ():
            return False
        if any(n > 1 and stride == 0 for n, stride in zip(target.shape, target.strides)):
            return False
        # What is new in each call may have another layout then; `contiguous` sees to it.
        new = [v for v in _arrays(work) if v.storage in runtime]
        return all(v.ndim and v.flags.c_contiguous for v in new) and Nest(s, work).alone()

    def _close(self) -> None:
        """Put the kernels of the run after the views that they need."""
        self.statements += self._views
        for nests in self._kernels(list(self._nests())):
            statements = [s for nest in nests for s in nest.statements]
            if len(statements) < 2 and nests[0].size < LARGE:
                self.statements += statements
            else:
                self.statements.append(self._statement(Kernel(nests)))
        self._run, self._views, self._made = [], [], set()

    def _nests(self) -> Iterator[Nest]:
        nest: Nest | None = None
        for s, work in self._run:
            if nest is not None and nest.takes(s, work):
                continue
            if nest is not None:
                yield nest
            nest = Nest(s, work)
        if nest is not None:
            yield nest

    def _kernels(self, nests: list[Nest]) -> Iterator[list[Nest]]:
        small: list[Nest] = []
        for nest in nests:
            uses = Counter(v.storage for s in nest.statements for v in s.symbols())
            made = {v.storage for s in nest.statements for v in s.made()} - self._lasting
            nest.scratch = {key for key in made if uses[key] == self._uses[key] and nest.works[0].kind == "each"}
            if nest.size < LARGE:
                small.append(nest)
                continue
            if small:
                yield small
                small = []
            yield [nest]
        if small:
            yield small

    def _statement(self, kernel: Kernel) -> Statement:
        made = {v.storage: v for s in kernel.statements for v in s.made()}
        read = {
            id(v): v for s in kernel.statements for v in parts((s.args, s.kwargs))
            if type(v) is Number and v.call is None or type(v) is Symbol and v.storage not in made
        }  # fmt: skip
        written = {s.into.storage: s.into for s in kernel.statements if s.into is not None}
        intos = tuple([v for key, v in written.items() if key not in made])
        outs = tuple([v for key, v in made.items() if key not in kernel.scratch])
        where = kernel.statements[0].where
        return Statement("block", kernel, tuple(read.values()), {}, outs, None, None, where, intos)
