"""Inlining: the source of functions of ours that a program calls, so that a saved program needs NumPy alone."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ..base import threads
from ..base.half_precision import in_single
from ..core.primitive import registry
from .expressions import is_numpys, literal, nested

_IN_SINGLE = in_single(lambda x: x).__code__


class NotWritable(ValueError):
    """Something that cannot be written as source that NumPy alone runs."""


class Sources:
    """Collects the source of functions, and of all that they use.

    Attributes:
        imports: lines that import from NumPy and Python's own library.
        definitions: by name, the source of functions and classes of ours, and constants; what is used comes first.
    """

    def __init__(self) -> None:
        self.imports: dict[str, None] = {}
        self.definitions: dict[str, str] = {}
        self._objects: dict[str, Any] = {}

    def add(self, name: str, x: Any) -> None:
        """Define a name as an object: a function, a class or a constant.

        Raises:
            NotWritable: it cannot be written.
        """
        x = _plain(x)
        if name in self._objects:
            if self._objects[name] is not x:
                raise NotWritable(f"two things are called {name}")
            return
        self._objects[name] = x
        if isinstance(x, ModuleType):
            self._import(name, x.__name__, None)
        elif is_numpys(x):
            self.definitions[name] = f"{name} = np.{x.__name__}"
        elif x is threads.each:  # in a saved file one thread does the work, with the same results
            self.definitions[name] = f"def {name}(work, parts):\n    for part in parts:\n        work(part)"
        elif isinstance(x, (FunctionType, type)) and _is_pythons(x.__module__):
            self._import(name, x.__module__, x.__name__)
        elif isinstance(x, (FunctionType, type)):
            self._define(name, x)
        else:
            self.definitions[name] = f"{name} = {self.value(x, name)}"

    def value(self, x: Any, name: str) -> str:
        """A constant as text."""
        if isinstance(x, tuple) and hasattr(x, "_fields"):
            self.add(type(x).__name__, type(x))
            return f"{type(x).__name__}({', '.join(self.value(v, name) for v in x)})"
        if isinstance(x, np.dtype) and x == np.dtype(x.name):
            return f"np.dtype({x.name!r})"
        if isinstance(x, np.ndarray) and x.size <= 100 and x.dtype.kind in "biuf":
            return f"np.array({x.tolist()}, np.{x.dtype.name})"
        if isinstance(x, np.ndarray) and x.size and (x == x.flat[0]).all():
            return f"np.full({x.shape}, {literal(x.flat[0])})"
        text = nested(x, lambda v: self.value(v, name)) or literal(x)
        if text is None:
            raise NotWritable(f"{name} is an object of type {type(x).__name__}")
        return text

    def _import(self, name: str, module: str, attribute: str | None) -> None:
        if not _is_pythons(module):
            raise NotWritable(f"{name} is of the package {module.partition('.')[0]}")
        line = f"import {module}" if attribute is None else f"from {module} import {attribute}"
        self.imports[line + ("" if name == (attribute or module) else f" as {name}")] = None

    def _define(self, name: str, x: Any) -> None:
        """The source of a function or class, after that of what it uses."""
        code = getattr(x, "__code__", None)
        if x.__name__ == "<lambda>" or (code is not None and code.co_freevars):
            raise NotWritable(f"{name} is a function that holds values of another")
        try:
            source = textwrap.dedent(inspect.getsource(x))
        except (OSError, TypeError):
            raise NotWritable(f"the source of {name} was not found") from None
        tree = ast.parse(source)
        around = vars(sys.modules[x.__module__]) if code is None else x.__globals__
        for used in _names_in(tree):
            if used in around and used != x.__name__:
                self.add(used, around[used])
            elif used not in around and not hasattr(builtins, used) and used not in _bound_in(tree):
                raise NotWritable(f"{name} uses {used}, which was not found")
        self.definitions[name] = source.rstrip() + (f"\n\n\n{name} = {x.__name__}" if x.__name__ != name else "")


def _is_pythons(module: str) -> bool:
    """Whether a module is NumPy's or of Python's own library."""
    return (root := module.partition(".")[0]) == "numpy" or root in sys.stdlib_module_names


def _plain(x: Any) -> Any:
    """What an operation of ours does with arrays: its forward, without the detour for float16."""
    made = registry.get(getattr(x, "__name__", ""))
    if made is not None and made.function is x:
        x = made.forward
    if getattr(x, "__code__", None) is _IN_SINGLE:
        x = x.__wrapped__
    return x


def _names_in(tree: ast.AST) -> list[str]:
    """The names that a source reads, apart from its annotations."""
    found: dict[str, None] = {}

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            found[node.id] = None
        for field, child in ast.iter_fields(node):
            if field in ("annotation", "returns"):
                continue
            for inner in child if isinstance(child, list) else [child]:
                if isinstance(inner, ast.AST):
                    visit(inner)

    visit(tree)
    return list(found)


def _bound_in(tree: ast.AST) -> set[str]:
    """The names that a source binds."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return names | {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
