"""Progress: a progress bar on a terminal and in a notebook, and nothing in a pipe, a file or CI."""

from __future__ import annotations

import html
import importlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from functools import partial
from typing import TextIO, TypeAlias, TypeVar

from ..base.text import MONOSPACE

T = TypeVar("T")
#: Shows a bar: its label, how many items of how many are done, the seconds, and whether it is the last time.
_Show: TypeAlias = Callable[[str, int, "int | None", float, bool], object]

_WIDTH = 30
#: Seconds between two drawings of the bar.
_PAUSE = 0.1
#: A graph with this many nodes takes seconds.
_MANY = 50_000


def progress(
    iterable: Iterable[T], label: str = "", total: int | None = None, file: TextIO | None = None
) -> Iterator[T]:
    """Yield the items, with a bar that shows how many are done and how long the rest will take.

    In a notebook, the bar is shown below the cell. Elsewhere it is written to standard error, and not at all if that
    is not a terminal: in a pipe, a file or CI.

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
    show = _in_notebook() if file is None else None
    if show is None and out.isatty():
        show = partial(_on_terminal, out)
    if show is None:
        yield from iterable
        return
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    start = drawn = time.monotonic()
    done = 0
    show(label, done, total, 0.0, False)
    try:
        for item in iterable:
            yield item
            done += 1
            now = time.monotonic()
            if now - drawn >= _PAUSE:
                drawn = now
                show(label, done, total, now - start, False)
    finally:
        show(label, done, total, time.monotonic() - start, True)


def _on_terminal(out: TextIO, label: str, done: int, total: int | None, seconds: float, last: bool) -> None:
    print("\r" + _bar(label, done, total, seconds), end="\n" if last else "", file=out, flush=True)


def _in_notebook() -> _Show | None:
    """What shows a bar below the cell of a notebook; None outside of notebooks."""
    ipython = sys.modules.get("IPython")
    if ipython is None or not hasattr(ipython.get_ipython(), "kernel"):
        return None
    handle = importlib.import_module("IPython.display").display(_bundle("", 0, None, 0.0), raw=True, display_id=True)
    return lambda label, done, total, seconds, last: handle.update(_bundle(label, done, total, seconds), raw=True)


def _bundle(label: str, done: int, total: int | None, seconds: float) -> dict[str, str]:
    """The bar as HTML, and as text for what shows no HTML."""
    text = _bar(label, done, total, seconds).rstrip()
    bar = f'<progress value="{done}" max="{total}" aria-label="{html.escape(label or "progress")}"></progress> '
    numbers = text.replace(_marks(done, total), "") if total else text
    shown = f'<div style="{MONOSPACE}">{bar if total else ""}{html.escape(numbers)}</div>'
    return {"text/plain": text, "text/html": shown}


def if_long(iterable: Iterable[T], label: str, total: int) -> Iterable[T]:
    """The items, with a bar if there are so many that they take seconds."""
    return progress(iterable, label, total) if total >= _MANY else iterable


def _bar(label: str, done: int, total: int | None, seconds: float) -> str:
    """`epochs ###.......  3/10  0:05 < 0:12`."""
    head = f"{label} " if label else ""
    if not total:
        return f"{head}{done} in {_clock(seconds)}"
    rest = f" < {_clock(seconds / done * (total - done))}" if 0 < done < total else ""
    return f"{head}{_marks(done, total)} {done}/{total}  {_clock(seconds)}{rest}".ljust(79)[:79]


def _marks(done: int, total: int) -> str:
    """`###.......`."""
    full = round(_WIDTH * min(done / total, 1))
    return "#" * full + "." * (_WIDTH - full)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
