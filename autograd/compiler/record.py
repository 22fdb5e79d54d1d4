"""Record: what NumPy was asked to do in a call of a step: each call as a Statement, with symbols for its arrays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..base.memory import owner_of
from ..base.symbolic import current
from . import varying
from .layout import storage_of
from .origin import origin
from .symbols import Number, Statement, Symbol, mapped, parts, real_call


class Record:
    """The statements of one call. Symbols hand it what is done with them; it does that for real, and writes it down.

    Attributes:
        statements: in order.
        made: the storages that came to be in the call.
        written: the storages that were written and existed before, each with the array that owns it.
        draws: the random generators that were drawn from.
        silenced: whether a function was called where NumPy shall warn of nothing (see `numpy_warnings`).
    """

    def __init__(self, trace: Any) -> None:
        self._trace = trace
        self.statements: list[Statement] = []
        self.made: set[int] = set()
        self.written: dict[int, Any] = {}
        self.draws: list[Any] = []
        self.silenced = False
        self._symbols: dict[int, Symbol] = {}  # by the identity of the array, which the symbol keeps alive
        self._kept: list[Any] = []  # owners of memory, so that no identity is used twice

    # -- symbols -----------------------------------------------------------------------------------------

    def symbol(self, array: Any) -> Symbol:
        """The symbol that stands for an array."""
        if type(array) is Symbol:
            return array
        found = self._symbols.get(id(array))
        if found is None:
            found = self._symbols[id(array)] = Symbol(self._trace, array)
            if isinstance(array, np.ndarray) and array.base is not None and array.size:
                self._kept.append(array)
        return found

    def given(self, array: Any) -> Symbol:
        """The symbol of an array that is another one in each call, such as a cotangent."""
        self._note_made(array)
        return self.symbol(array)

    def constant(self, array: Any) -> Any:
        """The symbol of an array that was made without NumPy's handing it over: a copy, new in each call."""
        return array if type(array) is Symbol or not isinstance(array, np.ndarray) else self.symbol(array).copy("K")

    def known(self, array: Any) -> Symbol | None:
        """The symbol of an array that has one."""
        return self._symbols.get(id(array))

    def followed(self) -> set[int]:
        """The storages of the arrays that statements read or write."""
        return {symbol.storage for symbol in self._symbols.values()}

    # -- statements --------------------------------------------------------------------------------------

    def do(self, kind: str, call: Any, args: Any, kwargs: Any = None, into: Any = None, method: Any = None) -> Any:
        """Do a call for real, write it down as a Statement, and return symbols for what it returned."""
        s = Statement(kind, call, tuple(args), kwargs or {}, (), into, method)
        if current.trace is not self._trace:
            return real_call(s)
        effects = self._trace.effects
        effects.pause()  # what follows is none of the step's calls
        try:
            if kind == "call" and not isinstance(call, str):
                self.silenced = self.silenced or np.geterr()["invalid"] == "ignore"
            return self._write_down(s)
        finally:
            effects.resume()

    def _write_down(self, s: Statement) -> Any:
        if s.into is not None:
            s.into = self._writable(s.into)
        s.args, s.kwargs = mapped(
            lambda x: self.symbol(x) if type(x) is np.ndarray else x.own if type(x) is Number else x,
            (s.args, s.kwargs),
        )
        result = varying.told_apart(real_call(s))
        if s.into is not None:
            s.outs = () if s.kind == "write" else (s.into,)
            self.add(s)
            return result if s.kind == "write" else s.into
        several = isinstance(result, (tuple, list))
        outs = self._symbols_of(result if several else (result,), s)
        if several or s.outs[0] is not None or s.kind == "effect":  # else NumPy returned its argument
            self.add(s)
            self._guard_shapes(s)
        return type(result)(outs) if type(result) in (tuple, list) else tuple(outs) if several else outs[0]

    def _symbols_of(self, values: Sequence[Any], s: Statement) -> list[Any]:
        """Symbols for what a statement returned; its `outs` have None for an array that there was before."""
        given = {v.storage for v in s.reads()}
        outs: list[Any] = []
        made: list[Any] = []
        for value in values:
            known, out = self.known(value), value
            if isinstance(value, (np.ndarray, np.generic)):
                if known is None and isinstance(value, np.ndarray) and storage_of(value) in given:
                    s.kind = "view"
                elif known is None:
                    self._note_made(value)
                out = self.symbol(value)
            outs.append(out)
            made.append(out if known is None else None)
        s.outs = tuple(made)
        return outs

    def _guard_shapes(self, s: Statement) -> None:
        """The program checks the shapes of what a statement makes if they depend on values."""
        if varying.shape_depends_on_values(s.call, s.args):
            for v in s.made():
                if isinstance(v.real_array, np.ndarray):
                    self.add(Statement("guard", np.shape, (v,), {}, (v.shape,)))

    def one_statement(self, forward: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Do a forward on the real arrays, and write it down as one call in place of what it did so far."""
        frame, end = sys._getframe(2), len(self.statements)
        while end and any(f is frame for f in self.statements[end - 1].where.frames):
            end -= 1
        done, kept, needed = self.statements[end:], [], {id(v) for v in parts(tuple(args))}
        for s in reversed(done):  # what prepared the arguments stays
            if any(id(v) in needed for v in s.outs):
                kept.append(s)
                needed |= {id(v) for v in s.reads()}
        self.statements[end:] = reversed(kept)
        return self.do("call", forward, args)

    def drawing(self, generator: Any) -> Any:
        """What stands for NumPy's generator: its draws are statements."""
        return varying.Drawing(self, generator)

    def draw(self, generator: Any, name: str, args: Any, kwargs: Any) -> Any:
        """Draw random numbers: a statement that draws others in every call."""
        if generator not in self.draws:
            self.draws.append(generator)
            self._trace.before.add_generator(generator)
        return self.do("draw", varying.Draw(generator, name), args, kwargs)

    def outside(self, function: Callable[..., Any], args: Sequence[Any]) -> Any:
        """Call a function of arrays on the real ones, unseen, and write down one statement that calls it."""

        def unseen(*arrays: Any) -> Any:
            current.trace = None
            try:
                return function(*arrays)
            finally:
                current.trace = self._trace

        first = len(self.statements)
        out = self.do("effect", unseen, args)
        for s in self.statements[first:]:
            s.call = function
        return out

    def add(self, statement: Statement) -> None:
        """Write a statement down."""
        statement.where = origin(sys._getframe(2))
        self.statements.append(statement)
        self._trace.origins.note_names()

    def _note_made(self, value: Any) -> None:
        owner = owner_of(value) if isinstance(value, np.ndarray) else value
        self._kept.append(owner)
        self.made.add(id(owner))

    def _writable(self, into: Any) -> Symbol:
        """The symbol of an array that is written: of the trace, or of a tensor."""
        if type(into) is not Symbol:
            found = self.known(into)
            if found is None:
                self._trace.fall_back("a NumPy array, which is not a tensor's, is written")
                return self.symbol(into)
            into = found
        storage = into.storage
        if storage not in self.made and storage not in self.written:
            if not self._trace.tensors.has_storage(storage):
                self._trace.fall_back("a NumPy array, which is not a tensor's, is written")
            self.written[storage] = owner = owner_of(into.real_array)
            self._trace.before.add_array(owner)
        return into

    def end(self) -> None:
        """Let go of the frames of the step, which keep what they worked with alive."""
        for s in self.statements:
            s.where = s.where._replace(frames=())

    def let_go(self) -> None:
        """Let go of all arrays."""
        self.statements, self._symbols, self._kept = [], {}, []

    @contextmanager
    def reopened(self) -> Iterator[None]:
        """Write down once more, after the step has ended."""
        current.trace = self._trace
        try:
            yield
        finally:
            self._trace.effects.pause()
            current.trace = None
