"""Source: the statements of the user's program, as they stand in its file."""

from __future__ import annotations

import ast
import functools
import linecache
from typing import Any

#: At most so many characters of a statement are shown in a heading.
_WIDTH = 70
#: The fields of a statement that hold other statements, or what holds them.
_BODIES = ("body", "orelse", "finalbody", "handlers", "cases")


@functools.lru_cache(maxsize=8)
def _tree(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:  # a file that has changed since it was read
        return None


def _around(line: tuple[str, int], column: int) -> list[ast.AST]:
    """The statements around a place in a file, and the clauses of statements, the outermost first."""
    name, number = line
    tree = _tree("".join(linecache.getlines(name))) if number else None
    found: list[ast.AST] = []
    inner: list[Any] = [] if tree is None else tree.body
    while True:
        for node in inner:
            start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
            if start <= (number, column) < end:
                break
        else:
            return found
        found.append(node)
        inner = [x for field in _BODIES for x in getattr(node, field, ()) if hasattr(x, "lineno")]


def statement_at(line: tuple[str, int], column: int) -> ast.stmt | None:
    """The innermost statement at a place in a file."""
    return next((node for node in reversed(_around(line, column)) if isinstance(node, ast.stmt)), None)


def function_at(line: tuple[str, int]) -> ast.stmt | None:
    """The innermost function that holds a line of a file."""
    text = linecache.getline(*line)
    around = _around(line, len(text) - len(text.lstrip()))
    return next((node for node in reversed(around) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))), None)


def text_at(line: tuple[str, int], column: int) -> str:
    """The statement at a place in a file, on one line; of a compound one its first line; "" if it is not found."""
    found = statement_at(line, column)
    if found is None:
        return ""
    if hasattr(found, "body"):
        return linecache.getline(line[0], found.lineno).strip()
    lines = [text.encode() for text in linecache.getlines(line[0])[found.lineno - 1 : found.end_lineno]]
    lines[-1] = lines[-1][: found.end_col_offset]
    lines[0] = lines[0][found.col_offset :]
    return " ".join(text.decode().strip() for text in lines)


def target_at(line: tuple[str, int], column: int) -> str | None:
    """The variable to which the statement at a place assigns, if it is one variable."""
    found = statement_at(line, column)
    if isinstance(found, ast.Assign) and len(found.targets) == 1 and isinstance(found.targets[0], ast.Name):
        return found.targets[0].id
    return None


def called_at(line: tuple[str, int], column: int) -> str | None:
    """The name of the function of several arguments whose result the statement at a place assigns or returns."""
    found = statement_at(line, column)
    value = getattr(found, "value", None)
    if isinstance(value, ast.Call) and len(value.args) + len(value.keywords) > 1:
        function = value.func
        return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)
    return None


def shortened(text: str) -> str:
    """A text for a heading."""
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
