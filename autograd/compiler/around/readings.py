"""Readings: the Python values that a step reads off tensors, and what depends on them.

`item()` returns a Number, and arithmetic with it makes further ones: the program computes them in every call. Where
Python needs the value itself (`if`, `range`, `float`), a guard checks that it is the one that was seen.
"""

from __future__ import annotations

import sys
import weakref
from types import FrameType
from typing import Any

import numpy as np

from ..origin import is_only_returned, reads_item, users_frames
from ..symbols import Number, Statement, Symbol, parts
from .changing import replace
from .effects import PRINTS
from .printing import NotPrintable, Print, print_at


class Readings:
    """What a trace knows of the values that were read.

    Attributes:
        returned: the Python numbers that were read off tensors only to be returned, each with its symbol.
        guarded: the numbers that depend on settings and variables alone, each with the value that was seen.
        prints: the prints that the step made.
        handed_out: whether `item()` returns a Number and effects are noted, as when the trace becomes a program.
        asks: the function that is running and of whose argument the step needs the answer alone, such as math.isnan.
    """

    def __init__(self, trace: Any, handed_out: bool) -> None:
        self._trace, self.handed_out = trace, handed_out
        self.returned: list[tuple[Any, Symbol]] = []
        self.guarded: list[tuple[Number, Any]] = []
        self.prints: list[Print] = []
        self.asks: Any = None
        self._given_out: list[weakref.ref[Number]] = []
        self._counters: dict[tuple[Symbol, type], Number] = {}

    def item(self, symbol: Symbol) -> Any:
        """The number that a tensor holds; a Number if the user's code asks for it."""
        value = symbol.real_array.item()
        asked = self.handed_out and self._trace.on() and type(value) in (bool, int, float)
        if not asked or not reads_item(sys._getframe(2)):
            return self.guard(symbol, value)
        if self._trace.surroundings.asks_type:
            self._trace.give_up("the step calls type(), and a number of item() has another type here: use isinstance()")
            return value
        if symbol.ndim:
            symbol = symbol[(0,) * symbol.ndim]
        self._trace.origins.note_names()
        known = self._trace.origins.names.get(id(symbol.real_array))
        return self.hand_out(self.read_number(symbol, type(value), f"{known}_item" if known else "number"))

    def hand_out(self, number: Number) -> Number:
        """A number for the user's code, with a weak reference that tells whether the step keeps it."""
        given = Number(self._trace, number.value, inner=number)
        self._given_out.append(weakref.ref(given))
        return given

    def note(self, effect: str, frame: FrameType) -> None:
        """Note an effect of the call at which a frame stands: a print is repeated, all others end in a refusal."""
        try:
            if effect != PRINTS:
                raise NotPrintable("do it outside")
            self.prints.append(Print(frame))
        except NotPrintable as reason:
            self._trace.give_up(f"the step {effect}, which its program would not do again: {reason}")

    def any(self) -> bool:
        """Whether the user's code was given any numbers that are not Python's own."""
        return bool(self._given_out)

    def held(self) -> list[Number]:
        """The numbers that the user's code still holds."""
        return [n for r in self._given_out if (n := r()) is not None]

    def put_plain(self) -> None:
        """Put Python's numbers in place of those that the user's code still holds."""
        for number in self.held():
            replace(number, number.value)

    def guard(self, symbol: Symbol, value: Any) -> Any:
        """The step depends on this value: the program checks that it is the same, else the step itself does the call.

        A value that is only returned is read off when the program has run.
        """
        if self._trace.on() and not self.prints_now():
            if self.asks is not None and type(value) is float:
                self.guard_number(self.read_number(symbol, float))
            elif is_only_returned():
                kept = symbol if isinstance(symbol.real_array, np.generic) else symbol.copy()
                self.returned.append((value, kept))
            else:
                self._add_guard(symbol, value)
        return value

    def prints_now(self) -> bool:
        """Whether it is a print that asks for a value: it is done again after each call, with the value then."""
        frames = users_frames()
        return bool(frames) and print_at(frames[0]) is not None

    def _add_guard(self, x: Symbol | Number, value: Any) -> None:
        if (self._trace.record.written or self._trace.tensors.assigned) and not isinstance(value, bool):
            self._trace.give_up(
                "the step asks for a tensor's value after it wrote what outlives the call (an update): compute with "
                "tensor.item() alone, without float(), math or text, or return the tensor"
            )
        if any(s.kind == "effect" for s in self._trace.record.statements):
            self._trace.give_up("the step asks for a tensor's value after it updated a metric")
        self._trace.record.add(Statement("guard", type(value), (x,), {}, (value,)))

    def guard_number(self, number: Number) -> Any:
        """The value of a number, on which the step depends from now on."""
        if self._trace.on() and not self.prints_now():
            if self.asks is not None and type(number.value) is float:
                asks, self.asks = self.asks, None
                self.guard_number(Number(self._trace, asks(number.value), call=asks, operands=(number.own,)))
            elif all(v.read is not None for v in parts(number.own) if type(v) is Number and v.call is None):
                self.guarded.append((number.own, number.value))
            elif number.inner is None and type(number.value) is not bool:
                self._trace.give_up("the step depends on the value of a counter")
            else:
                self._add_guard(number.own, number.value)
        return number.value

    def read_number(self, symbol: Symbol, kind: type, name: str = "count") -> Any:
        """A counter and the like, which the program reads as a Python number."""
        if not self._trace.on():
            return kind(symbol.real_array)
        known = self._counters.get((symbol, kind))
        if known is not None and isinstance(symbol.real_array, np.generic):  # which nothing can write
            return known
        number = self._counters[symbol, kind] = Number(self._trace, kind(symbol.real_array), name)
        self._trace.record.add(Statement("number", kind, (symbol,), {}, (number,)))
        return number
