"""Source: the statements of the user's program, as they stand in its file."""

from __future__ import annotations

import ast
import functools
import linecache
from typing import Any

#: At most so many characters of a statement are shown in a heading.
_WIDTH = 70
#: What reads a Python number off a tensor.
_READS_NUMBER = ("item", "float", "int", "bool", "complex")
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


@functools.lru_cache(maxsize=64)
def only_returns(file: str, place: tuple[int, int, int, int]) -> bool:
    """Whether the Python number that a call reads off a tensor goes into the result of its function, and nowhere else.

    It is returned at once, also in a list, tuple or dict, or by way of one variable that every `return` names.

    Args:
        file: where the call stands.
        place: its first and last line, and its first and last column.
    """
    around = _around((file, place[0]), place[2])
    functions = [node for node in around if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    inside = list(ast.walk((functions or around)[-1])) if around else []
    parents = {child: node for node in inside for child in ast.iter_child_nodes(node)}

    def goes_to(node: ast.AST) -> ast.AST:
        while isinstance(node := parents[node], (ast.List, ast.Tuple, ast.Dict)):
            pass
        return node

    end = place[1], place[3]  # which no other call has; of a chain over several lines Python tells another start
    call = next((v for v in inside if isinstance(v, ast.Call) and (v.end_lineno, v.end_col_offset) == end), None)
    if call is None or getattr(call.func, "attr", getattr(call.func, "id", "")) not in _READS_NUMBER:
        return False
    target = goes_to(call)
    if not (isinstance(target, ast.Assign) and len(target.targets) == 1 and isinstance(target.targets[0], ast.Name)):
        return isinstance(target, (ast.Return, ast.Lambda))
    name = target.targets[0].id
    uses = [v for v in inside if isinstance(v, ast.Name) and v.id == name and isinstance(v.ctx, ast.Load)]
    returns = {v for v in inside if isinstance(v, ast.Return)}
    return bool(returns) and {goes_to(v) for v in uses} == returns


def shortened(text: str) -> str:
    """A text for a heading."""
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
