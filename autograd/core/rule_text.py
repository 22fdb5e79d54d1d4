"""The text of a rule, as it stands in the source: what `help` and `explain` print of it."""

from __future__ import annotations

import functools
import linecache
from typing import Any


def text_of(rule: Any) -> str | None:
    """The expression that a lambda returns, as it stands in the source; None for a `def` or without a source.

    >>> from autograd.core.primitive import registry
    >>> text_of(registry["mul"].rules["x"])
    'g * y'
    """
    code = getattr(rule, "__code__", None)
    if code is None or code.co_name != "<lambda>":
        return None
    # Each instruction knows the lines and columns of its source, but for Python's option -X no_debug_ranges.
    spans = [span for span in code.co_positions() if span[2] is not None and span[3]]
    first_line, first_column = min(((line, column) for line, _, column, _ in spans), default=(1, 0))
    last_line, last_column = max(((line, column) for _, line, _, column in spans), default=(0, 0))
    lines = _source_lines(code.co_filename)[first_line - 1 : last_line]
    if not lines:
        return None
    lines[-1] = lines[-1][:last_column]
    lines[0] = lines[0][first_column:]
    return " ".join(line.decode().strip() for line in lines)


@functools.lru_cache(maxsize=1)  # primitives are defined one file after another
def _source_lines(path: str) -> list[bytes]:
    # Columns count bytes. Reading the file is much faster than linecache, and `import autograd` reads them all.
    try:
        with open(path, "rb") as file:
            return file.read().split(b"\n")
    except OSError:  # a cell of a notebook, which only linecache knows
        return [line.encode() for line in linecache.getlines(path)]
