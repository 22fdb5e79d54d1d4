"""Printing: a `print` of the step, which is done again after each call of its program.

The variables in the call are looked up when the step is watched. Numbers and tensors among them are returned by the
program; Python's numbers and strings are constants. Then the call is evaluated as the user wrote it, with these values.
"""

from __future__ import annotations

import ast
import builtins
import copy
from types import CodeType, FrameType
from typing import Any

from nn.optim.optimizer import Optimizer

from ...core.tensor import Tensor, wrap
from ...tape.tape_tensor import TapeTensor
from ..origin import is_the_users, place_of
from ..source import statement_at
from ..state.places import is_constant
from ..state.tensors import node_of
from ..symbols import Number

#: Expressions that cannot be evaluated a second time, outside their function.
_OTHERS = (ast.Lambda, ast.comprehension, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await, ast.Starred)
#: The methods that a print may call: on any tensor those whose result has no graph, and all on one without a graph.
_WITHOUT_GRAPH = ("argmax", "argmin", "detach", "dim", "item", "numel", "size", "tolist")
_METHODS = (
    "", *_WITHOUT_GRAPH, "abs", "all", "any", "cpu", "double", "exp", "float", "int", "log", "long", "max", "mean",
    "min", "norm", "round", "softmax", "sqrt", "std", "sum", "tanh", "sigmoid", "unique", "var",
)  # fmt: skip


class NotPrintable(Exception):
    """Why a print cannot be repeated."""


class Print:
    """A print of the step; called with the values of its parts, it prints again.

    Attributes:
        parts: the Numbers in it, and copies of the arrays of tensors.
    """

    def __init__(self, frame: FrameType) -> None:
        call = print_at(frame)
        if (
            call is None
            or ((frame.f_code.co_filename, call.lineno), call.col_offset) != place_of(frame)  # a call within it
            or any(isinstance(node, _OTHERS) for node in ast.walk(call))
        ):
            raise NotPrintable("write the call as a statement of its own, of numbers and texts")
        self.parts: list[Any] = []
        self._tensors: list[bool] = []
        self._constants: dict[str, Any] = {}
        looked_up = ast.Expression(_LookedUp(frame, self).visit(copy.deepcopy(call)))
        self._code: CodeType = compile(ast.fix_missing_locations(looked_up), frame.f_code.co_filename, "eval")

    def part(self, value: Any, method: str = "") -> str:
        """The name that takes the place of a value in the call; `method` is what the call asks of it."""
        is_tensor = isinstance(value, Tensor) and not isinstance(value, TapeTensor)
        if is_tensor and method not in (_METHODS if node_of(value) is None else _WITHOUT_GRAPH):
            raise NotPrintable("print the item() or the detach() of a tensor, and nothing that is computed of it")
        if is_tensor or type(value) is Number:
            self._tensors.append(is_tensor)
            self.parts.append(value.array.copy() if is_tensor else value.own)
            return f"part{len(self.parts) - 1}"
        if not is_constant(value):
            raise NotPrintable(f"print numbers, texts and tensors, and no {type(value).__name__}")
        name = f"constant{len(self._constants)}"
        self._constants[name] = value
        return name

    def let_go(self) -> list[Any]:
        """Return the parts, and keep none of them."""
        parts, self.parts = self.parts, []
        return parts

    def __call__(self, values: list[Any]) -> None:
        parts = [wrap(v) if is_tensor else v for v, is_tensor in zip(values, self._tensors)]
        eval(self._code, self._constants | {f"part{i}": v for i, v in enumerate(parts)})


class _LookedUp(ast.NodeTransformer):
    """Replaces variables, attributes and items in an expression by names of their values."""

    def __init__(self, frame: FrameType, made: Print) -> None:
        self._space = {**vars(builtins), **frame.f_globals, **frame.f_locals}
        self._print, self._file = made, frame.f_code.co_filename

    def visit_Call(self, call: ast.Call) -> Any:
        function = call.func
        if isinstance(function, ast.Attribute):
            function.value = self._value(function.value, function.attr)
        else:
            call.func = self._value(function)
        call.args = [self.visit(x) for x in call.args]
        for keyword in call.keywords:
            keyword.value = self.visit(keyword.value)
        return call

    def visit_Name(self, node: ast.Name) -> Any:
        return self._value(node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        return self._value(node)

    def visit_Subscript(self, node: ast.Subscript) -> Any:
        return self._value(node)

    def _value(self, node: Any, method: str = "") -> Any:
        if not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript)):
            return self.visit(node)
        inner = list(ast.walk(node))
        if not all(isinstance(x, (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Load)) for x in inner):
            return self.generic_visit(node)
        if any(isinstance(self._now(x), Optimizer) for x in inner if isinstance(x, (ast.Name, ast.Attribute))):
            raise NotPrintable("a setting of an optimizer may be another one then: print it outside")
        return ast.Name(self._print.part(self._now(node), method), ast.Load())

    def _now(self, node: ast.expr) -> Any:
        return eval(compile(ast.Expression(node), self._file, "eval"), dict(self._space))


def print_at(frame: FrameType) -> ast.Call | None:
    """The print at which a frame of the user's code stands; None if it is not at one, or not as a statement."""
    if not is_the_users(frame.f_code.co_filename):
        return None
    statement = statement_at(*place_of(frame))
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print"):
        return None
    return None if "print" in frame.f_globals or "print" in frame.f_locals else call
