"""Blocks: runs of elementwise statements over large arrays, computed tile by tile, and on all cores.

A statement that works on a large array alone reads it from memory and writes it back. A block does all its statements
on one tile, which the cache holds, then on the next. A value that is used in the block only is never a whole array: it
is a scratch of the size of a tile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import threads
from .layout import address_of
from .symbols import Number, Statement, Symbol, parts

#: The elements of a tile.
TILE = 1 << 16
#: The elements, times the statements, from which a block is faster: going through tiles and waking another thread cost
#: more than two statements over a million elements.
WORK = 1 << 22


class Block:
    """What a statement of the kind "block" does.

    Attributes:
        statements: in order; each is elementwise, over contiguous arrays of one shape.
        scratch: the storages that no other statement uses.
    """

    def __init__(self, statements: list[Statement], scratch: set[int]) -> None:
        self.statements, self.scratch = statements, scratch


def gathered(statements: list[Statement], lasting: set[int]) -> list[Statement]:
    """The statements with long runs of elementwise ones over large arrays as blocks.

    Args:
        statements: of a program.
        lasting: the storages that are used after the last statement, or exist before the first.
    """
    runs: list[list[Statement]] = []
    for s in statements:
        shape = _shape(s)
        if shape is not None and runs and _shape(runs[-1][-1]) == shape and _in_step(runs[-1], s):
            runs[-1].append(s)
        else:
            runs.append([s])
    uses = Counter(key for run in runs for key in {v.storage for s in run for v in s.symbols()})
    others = {key for key, count in uses.items() if count > 1} | lasting
    return [s for run in runs for s in ([_block(run, others)] if _pays(run) else run)]


def _shape(s: Statement) -> tuple[int, ...] | None:
    """The shape over which a statement can be tiled; None if it can't."""
    if s.kind != "ufunc" or s.method is not None or s.kwargs or s.call is np.matmul or len(s.outs) != 1:
        return None
    arrays = [v.real_array for v in (*s.reads(), s.outs[0]) if isinstance(v.real_array, np.ndarray)]
    shape: tuple[int, ...] = s.outs[0].shape
    if s.outs[0].size <= TILE or any(a.shape != shape or not a.flags.c_contiguous for a in arrays):
        return None
    return shape


def _pays(run: list[Statement]) -> bool:
    """Whether statements are faster as a block."""
    return len(run) > 1 and len(run) * run[0].outs[0].size >= WORK


def _in_step(run: list[Statement], s: Statement) -> bool:
    """Whether tiles of `s` touch no other tile of what the run works with: memory that is written has one place."""
    places: dict[int, set[int]] = {}
    written = set()
    for q in (*run, s):
        written |= {v.storage for v in q.written()}
        for v in q.symbols():
            if isinstance(v.real_array, np.ndarray):
                places.setdefault(v.storage, set()).add(address_of(v.real_array))
    return all(len(places[key]) == 1 for key in written)


def _block(run: list[Statement], others: set[int]) -> Statement:
    made = {v.storage: v for s in run for v in s.made()}
    scratch = made.keys() - others
    outs = tuple([v for key, v in made.items() if key not in scratch])
    read = {
        id(v): v for s in run for v in parts((s.args, s.kwargs))
        if type(v) is Number and v.call is None or type(v) is Symbol and v.storage not in made
    }  # fmt: skip
    written = {s.into.storage: s.into for s in run if s.into is not None}
    written = {key: v for key, v in written.items() if key not in made}
    where = run[0].where
    return Statement(
        "block", Block(run, scratch), tuple(read.values()), {}, outs, None, None, where, tuple(written.values())
    )


def in_tiles(
    block: Callable[..., None], arrays: tuple[Any, ...], numbers: tuple[Any, ...], scratch: tuple[str, ...]
) -> None:
    """Call `block` with one tile after the other of all arrays, with the numbers, and with scratch of a tile's size.

    Each thread takes a stretch of the arrays.
    """
    flat = [array.reshape(-1) for array in arrays]
    size = flat[0].size
    stretch = TILE * max(1, -(-size // (TILE * threads.number())))

    def compute(begin: int) -> None:
        own = [np.empty(min(TILE, size), dtype) for dtype in scratch]
        for start in range(begin, min(begin + stretch, size), TILE):
            tiles = [array[start : start + TILE] for array in flat]
            block(*tiles, *numbers, *[s[: len(tiles[0])] for s in own])

    threads.each(compute, range(0, size, stretch))


def without_blocks(statements: list[Statement]) -> list[Statement]:
    """The statements with those of each block in its place."""
    return [q for s in statements for q in (s.call.statements if s.kind == "block" else [s])]


def lines_of(s: Statement, text: Any, number: int) -> tuple[list[str], str]:
    """The definition of a block in the text of a program, and the line that calls it."""
    block: Block = s.call
    arrays = [v for v in (*s.args, *s.outs, *s.intos) if type(v) is Symbol and isinstance(v.real_array, np.ndarray)]
    arrays = list({text.name(v): v for v in arrays}.values())
    numbers = [v for v in s.args if not (type(v) is Symbol and isinstance(v.real_array, np.ndarray))]
    body, scratch = body_of(block, text)
    given = [text.value(v) for v in arrays]
    plain = [text.value(v) for v in numbers]
    head = f"def block{number}({', '.join([*given, *plain, *scratch])}):"
    rest = f"({''.join(f'{v}, ' for v in plain)}), {tuple([dtype for dtype, _ in scratch.values()])}"
    return ["", head, *[f"    {line}" for line in body]], f"in_tiles(block{number}, ({', '.join(given)},), {rest})"


def body_of(block: Block, text: Any) -> tuple[list[str], dict[str, tuple[str, tuple[int, ...]]]]:
    """The lines of the statements of a block, and the dtype and shape of each scratch that they use."""
    scratch: dict[str, tuple[str, tuple[int, ...]]] = {}
    last = {v.storage: i for i, q in enumerate(block.statements) for v in q.symbols()}
    free: dict[Any, list[str]] = {}
    holds: dict[int, str] = {}
    body = []
    for i, q in enumerate(block.statements):
        ending = [key for key in {v.storage for v in q.reads()} if key in holds and last[key] == i]
        out = q.result
        key, kind = out.storage, (out.dtype.name, out.shape)
        names = {id(v): holds[k] for v in q.reads() if (k := v.storage) in holds}
        if key in block.scratch and key not in holds:
            over = next((e for e in ending if scratch[holds[e]] == kind), None) if q.kind == "ufunc" else None
            if over is not None:
                holds[key] = holds.pop(over)
                ending.remove(over)
            elif free.get(kind):
                holds[key] = free[kind].pop()
            else:
                holds[key] = text.names.of(out)
                scratch[holds[key]] = kind
        if key in holds:
            names[id(out)] = holds[key]
        body.append(text.inner_line(q, names))
        for e in ending:
            free.setdefault(scratch[holds[e]], []).append(holds.pop(e))
    return body, scratch
