"""Progress: a progress bar on a terminal, and nothing in a pipe, a file or CI."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import TextIO, TypeVar

T = TypeVar("T")

_WIDTH = 30
#: Seconds between two drawings of the bar.
_PAUSE = 0.1
#: A graph with this many nodes takes seconds.
_MANY = 50_000


def progress(
    iterable: Iterable[T], label: str = "", total: int | None = None, file: TextIO | None = None
) -> Iterator[T]:
    """Yield the items, with a bar that shows how many are done and how long the rest will take.

    The bar is written to standard error, and not at all if that is not a terminal: in a pipe, a file or CI.

    Args:
        iterable: the items.
        label: the text before the bar.
        total: the number of items, if `iterable` has no length.
        file: where to write the bar; standard error by default.

    >>> for epoch in progress(range(3), "epochs"):
    ...     pass
    """
    out = sys.stderr if file is None else file
    if not isinstance(iterable, Iterable):
        raise TypeError(f"progress: iterable must be an iterable, not {type(iterable).__name__}")
    if not hasattr(out, "isatty"):
        raise TypeError(f"progress: file must be a text file, not {type(file).__name__}")
    if not out.isatty():
        yield from iterable
        return
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    start = drawn = time.monotonic()
    done = 0
    print("\r" + _bar(label, done, total, 0.0), end="", file=out, flush=True)
    try:
        for item in iterable:
            yield item
            done += 1
            now = time.monotonic()
            if now - drawn >= _PAUSE:
                drawn = now
                print("\r" + _bar(label, done, total, now - start), end="", file=out, flush=True)
    finally:
        print("\r" + _bar(label, done, total, time.monotonic() - start), file=out, flush=True)


def if_long(iterable: Iterable[T], label: str, total: int) -> Iterable[T]:
    """The items, with a bar if there are so many that they take seconds."""
    return progress(iterable, label, total) if total >= _MANY else iterable


def _bar(label: str, done: int, total: int | None, seconds: float) -> str:
    """`epochs ###.......  3/10  0:05 < 0:12`."""
    head = f"{label} " if label else ""
    if not total:
        return f"{head}{done} in {_clock(seconds)}"
    full = round(_WIDTH * min(done / total, 1))
    rest = f" < {_clock(seconds / done * (total - done))}" if 0 < done < total else ""
    return f"{head}{'#' * full}{'.' * (_WIDTH - full)} {done}/{total}  {_clock(seconds)}{rest}".ljust(79)[:79]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
