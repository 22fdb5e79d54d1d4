"""Notebook: a program as HTML: the user's lines beside the lines of the program, each lit with what came of it.

Plain HTML and CSS: a line under the pointer, or one of the user's that has the keyboard's focus, lights all that belong
to it, by one rule of CSS for each of the user's statements.
"""

from __future__ import annotations

import ast
import html
import linecache
import zlib
from typing import Any

from .source import function_at, statement_at
from .symbols import Statement
from .writing import Text

#: A statement of the user: its file, and the lines from which and to which it goes.
Place = tuple[str, int, int]

_STYLE = """
.{0} {{ display: flex; gap: 1.5em; align-items: flex-start; font-size: 12px; }}
.{0} > div {{ overflow-x: auto; min-width: 0; }}
.{0} > div:first-child {{ flex: 0 1 auto; position: sticky; top: 0; max-width: 40%; }}
.{0} pre {{ font-family: ui-monospace, monospace; line-height: 1.4; margin: 0; background: none; }}
.{0} summary, .{0} p {{ font-family: system-ui, sans-serif; margin: 0 0 .4em; cursor: default; }}
.{0} span[tabindex]:focus {{ outline: 1px solid currentColor; }}
.{0} i {{ opacity: .65; font-style: normal; }}
"""


def page_of(text: Text) -> str:
    """The program as HTML."""
    name = f"program-{zlib.crc32(text.source().encode()):08x}"
    keys: dict[Place, int] = {}
    lines = []
    for s, line in [(None, text.head), *text.body]:
        places = [] if s is None else _places(text, s)
        lines.append(_line(line, [keys.setdefault(place, len(keys)) for place in places], False))
    rules = "\n".join(
        f".{name}:has([data-of~='{k}']:hover) [data-of~='{k}'], .{name}:has([data-of~='{k}']:focus) [data-of~='{k}'] "
        "{ background: color-mix(in srgb, #e69f00 35%, transparent); }"
        for k in keys.values()
    )
    once = html.escape("\n".join(text.once))
    return (
        f"<style>{_STYLE.format(name)}{rules}</style><div class='{name}'><div><p>your lines</p>{_users(keys)}</div>"
        f"<div><details><summary>what is made once: memory and views</summary><pre>{once}</pre></details>"
        f"<pre>{''.join(lines)}</pre></div></div>"
    )


def _places(text: Text, s: Statement) -> list[Place]:
    """The user's statements that a line of the program came from: in the backward pass, also what it goes back to."""
    forward = text.program.origins.of_node(s.where.node) if s.where.phase == "backward" else None
    found = []
    for where in (s.where, forward):
        statement: Any = None if where is None else statement_at(where.line, where.column)
        if where is not None and statement is not None:
            last = statement.body[0].lineno - 1 if hasattr(statement, "body") else statement.end_lineno
            found.append((where.line[0], statement.lineno, max(last or 0, statement.lineno)))
    return found


def _users(keys: dict[Place, int]) -> str:
    """The user's functions that hold the statements, with their lines."""
    functions: dict[tuple[str, int, int], None] = {}
    for file, first, last in keys:
        function: Any = function_at((file, first))
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions[file, function.lineno, function.end_lineno or last] = None
        else:
            functions[file, first, last] = None
    parts = []
    for file, first, last in functions:
        lines = linecache.getlines(file)[first - 1 : last]
        indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        shown = []
        for number, line in enumerate(lines, first):
            here = [k for (f, a, b), k in keys.items() if f == file and a <= number <= b]
            shown.append(_line(line.rstrip()[indent:], here, True))
        parts.append(f"<pre>{''.join(shown)}</pre>")
    return "<br>".join(parts)


def _line(line: str, keys: list[int], focus: bool) -> str:
    """One line, which belongs to the statements with these keys; the comment at its end is paler."""
    code, mark, comment = line.partition("  # ")
    shown = html.escape(code) + (f"<i>{html.escape(mark + comment)}</i>" if mark else "")
    if line.lstrip().startswith("# "):
        shown = f"<i>{html.escape(line)}</i>"
    if not keys:
        return f"{shown}\n"
    reached = " tabindex='0'" if focus else ""
    return f"<span data-of='{' '.join(map(str, keys))}'{reached}>{shown}</span>\n"
