"""Source: the C of kernels.

A kernel takes the arrays as Python objects, finds their elements itself, and then takes numbers as double. Shapes and
strides are constants of the text. Names are numbered, so that equal steps have equal text and share a file.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..symbols import Number, Symbol
from .functions import PRELUDE, TYPES
from .grouping import Kernel, Nest, place

#: What NumPy adds the elements of a sum to: 0 or -0, which only the sum of -0 shows.
_ZERO = f"({float(np.add.reduce(np.full(1, -0.0)))!r}f)"


def source(kernels: list[Kernel]) -> str:
    """The C of a file with these kernels: kernel0, kernel1, …"""
    head = f"#define HEAD {object.__basicsize__}\n"
    return head + PRELUDE + "".join(_function(kernel, i) for i, kernel in enumerate(kernels))


def _function(kernel: Kernel, number: int) -> str:
    places = {place(v): i for i, v in enumerate(kernel.arrays)}
    numbers = {id(v): i for i, v in enumerate(kernel.numbers)}
    parameters = ["long from", "long to"] if kernel.spread else []
    parameters += [f"void *p{i}" for i in range(len(kernel.arrays))] + [f"double n{i}" for i in numbers.values()]
    lines = [f"\nvoid kernel{number}({', '.join(parameters)}) {{"]
    for i, v in enumerate(kernel.arrays):
        lines.append(f"  {TYPES[v.dtype.name]} *a{i} = (void *)DATA(p{i});")
    for nest in kernel.nests:
        lines += ["  {", *(f"  {line}" for line in _Loops(nest, places, numbers, kernel.spread).lines()), "  }"]
    return "\n".join([*lines, "}"]) + "\n"


def rows(nest: Nest) -> int:
    """The number of parts into which a nest can be divided."""
    return _Loops(nest, {}, {}, True).rows


class _Loops:
    """A nest as C: loops over its dimensions, and within them a line for each statement."""

    def __init__(self, nest: Nest, places: dict[Any, int], numbers: dict[int, int], spread: bool) -> None:
        self._nest, self._places, self._numbers, self._spread = nest, places, numbers, spread
        work = nest.works[0]
        self._columns = nest.shape[-1] if nest.shape else 1
        if work.kind == "row":
            self.rows = nest.size // self._columns
        elif work.kind == "column":
            self.rows = self._columns
        else:
            self._shape, self._strides = _merged(nest)
            self.rows = self._shape[0]

    def lines(self) -> Iterator[str]:
        """The lines of C."""
        work = self._nest.works[0]
        start, end = ("from", "to") if self._spread else ("0", str(self.rows))
        if work.kind == "each":
            yield from self._loops(start, end)
            return
        x, out = (f"a{self._places[place(v)]}" for v in (work.operands[0], work.target))
        char, n = work.result.char, self._columns
        first = f"{_ZERO} + " if work.text == "sum" else ""
        if work.kind == "row":
            yield f"  for (long i = {start}; i < {end}; i++) {out}[i] = {first}{work.text}_{char}({x} + i * {n}, {n});"
            return
        better = "{0} + {1}" if work.text == "sum" else f"{work.text}_of_{char}({{0}}, {{1}})"
        better = better.format(f"{out}[j]", f"{x}[i * {n} + j]")
        yield f"  for (long j = {start}; j < {end}; j++) {out}[j] = {first}{x}[j];"
        yield f"  for (long i = 1; i < {self._nest.size // n}; i++) INDEPENDENT"
        yield f"  for (long j = {start}; j < {end}; j++) {out}[j] = {better};"

    def _loops(self, start: str, end: str) -> Iterator[str]:
        last = len(self._shape) - 1
        for d, n in enumerate(self._shape):
            first, stop = (start, end) if d == 0 else ("0", str(n))
            yield f"{'  INDEPENDENT' if d == last else ''}  for (long i{d} = {first}; i{d} < {stop}; i{d}++) {{"
        yield from (f"    {line}" for line in self._body())
        yield "  " + "}" * len(self._shape)

    def _body(self) -> Iterator[str]:
        holds: dict[Any, tuple[str, Any]] = {}  # the variable that holds each place, and its dtype
        written: dict[Any, Symbol] = {}
        for number, work in enumerate(self._nest.works):
            operands = []
            for v, dtype in zip(work.operands, work.types):
                if type(v) is Symbol and isinstance(v.real_array, np.ndarray):
                    key = place(v)
                    if key not in holds:
                        holds[key] = f"x{len(holds)}_{number}", v.dtype
                        yield f"{_variable(v.dtype)} {holds[key][0]} = {self._element(v)};"
                    operands.append(_cast(*holds[key], dtype))
                elif type(v) in (Symbol, Number):
                    operands.append(f"({TYPES[dtype.name]})n{self._numbers[id(v)]}")
                else:
                    operands.append(_constant(v, dtype))
            f = "f" if work.types[0].char == "f" else ""
            text = _cast(work.text.format(*operands, f=f), work.result, work.target.dtype)
            yield f"{_variable(work.target.dtype)} v{number} = {text};"
            key = place(work.target)
            holds[key] = f"v{number}", work.target.dtype
            if work.target.storage not in self._nest.scratch:
                written[key] = work.target
        for key, v in written.items():
            yield f"{self._element(v)} = {holds[key][0]};"

    def _element(self, v: Symbol) -> str:
        strides = self._strides[place(v)]
        index = " + ".join(f"i{d} * {stride}" if stride != 1 else f"i{d}" for d, stride in enumerate(strides) if stride)
        return f"a{self._places[place(v)]}[{index or '0'}]"


def _merged(nest: Nest) -> tuple[list[int], dict[Any, list[int]]]:
    """The shape of the loops, and by place the strides in elements: in the order of memory, with as few as possible."""
    arrays = {place(v): v for work in nest.works for v in (*work.operands, work.target)
              if type(v) is Symbol and isinstance(v.real_array, np.ndarray)}  # fmt: skip
    shape = nest.shape
    strides = {}
    for key, v in arrays.items():
        its = (0,) * (len(shape) - v.ndim) + tuple([s // v.itemsize for s in v.strides])
        sizes = (1,) * (len(shape) - v.ndim) + v.shape
        strides[key] = [0 if n == 1 else stride for n, stride in zip(sizes, its)]
    target = strides[place(nest.works[0].target)]
    order = sorted([d for d in range(len(shape)) if shape[d] > 1], key=lambda d: -abs(target[d])) or [0][: len(shape)]
    sizes = [shape[d] for d in order] or [1]
    found = {key: [its[d] for d in order] or [0] for key, its in strides.items()}
    for d in range(len(sizes) - 2, -1, -1):
        if all(its[d] == its[d + 1] * sizes[d + 1] for its in found.values()):
            sizes[d : d + 2] = [sizes[d] * sizes[d + 1]]
            for its in found.values():
                its[d : d + 2] = [its[d + 1]]
    return sizes, found


def _variable(dtype: Any) -> str:
    return f"const {TYPES[dtype.name]}"


def _cast(text: str, dtype: Any, to: Any) -> str:
    if dtype == to:
        return text
    return f"(({text}) != 0)" if to.kind == "b" else f"({TYPES[to.name]})({text})"


def _constant(v: Any, dtype: Any) -> str:
    """A number in C, rounded to a dtype as NumPy does."""
    if dtype.kind != "f":
        whole = int(dtype.type(v))
        suffix = "ull" if dtype.kind == "u" and dtype.itemsize == 8 else "ll" if dtype.itemsize == 8 else ""
        return f"(({TYPES[dtype.name]}){f'{whole}{suffix}' if whole > -(2**63) else '(-0x7fffffffffffffffll - 1)'})"
    with np.errstate(all="ignore"):
        value = float(dtype.type(v))
    f = "f" if dtype.char == "f" else ""
    if math.isfinite(value):
        return f"({value.hex()}{f})"
    sign = "-" if math.copysign(1, value) < 0 else ""
    return f'({sign}__builtin_nan{f}(""))' if math.isnan(value) else f"({sign}__builtin_inf{f}())"
