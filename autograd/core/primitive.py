"""Primitives: a NumPy forward and, for each argument, a vector-Jacobian product: its rule.

For y = f(x) and a scalar loss L, the cotangent of y is g = ∂L/∂y, and the vector-Jacobian product of f turns it
into the cotangent of x, ∂L/∂x = g · ∂y/∂x.

A rule is a function whose first parameter `g` is the cotangent of the output, and which returns the cotangent of
one argument. Its other parameters *name what it needs*, and exactly that is kept alive until the backward pass:

    out        the output
    x_shape    the shape of the argument `x` (so that `x` itself can be freed)
    x_dtype    its NumPy dtype
    any other  the argument of that name

For example:

    mul = binary("mul", operator.mul, lambda g, y: g * y, lambda g, x: g * x)

A rule is written in operators and primitives, which take arrays and Tensors alike. Called with arrays
it computes a plain gradient; called with Tensors it computes a gradient that has a graph of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from ..base.dtypes import Array, NumpyDType, default_for
from .rule_text import text_of

Rule: TypeAlias = Callable[..., Any]
#: A rule as the backward pass calls it: (cotangent of the output, saved values) -> cotangent of one argument.
BoundRule: TypeAlias = Callable[[Any, Any], Any]

#: How a node gets one of the values that it keeps for its rules: the position of an argument (None: the output), the
#: function that takes its shape or dtype (None: the value itself), and the indices of the rules that need it. A plain
#: tuple, which unpacks faster than a named one.
Saved: TypeAlias = tuple[int | None, Callable[[Any], Any] | None, tuple[int, ...]]

#: Every primitive by name. The gradient checks, the table of operations and the teaching tools walk it.
registry: dict[str, Primitive] = {}


class Primitive:
    """A differentiable operation: its name, its forward and a rule for each differentiable argument.

    Attributes:
        name: unique in the registry.
        backward_name: PyTorch's name of a node of this operation, such as `MulBackward0`.
        forward: a function of arrays.
        parameters: the names of all arguments, those of the forward.
        rules: for each differentiable argument its vector-Jacobian product, as written.
        doc: what it computes, in words; after a colon its derivative, where the text of the rules does not show it.
        function: what users call.
        method: the same of an elementwise primitive as a method, which takes no `out=`; None for the others.
        operator: the same of a binary primitive for an operator, which returns NotImplemented for unknown operands.
        elementwise: the forward that `unary` or `binary` was given, often one of NumPy's ufuncs; None for the others.
        saves: the names of the values that a node keeps for the rules, in order.
        plan: how to get each of them.
        inputs: the positions of the differentiable arguments among all.
        saves_values: whether a node keeps a differentiable argument or the output, not only shapes and options.
        vjps: the rules as the backward pass calls them, in the order of a node's parents.
        defined_in, domain: for a user's own operation the place of its definition, and where it can be tested.
    """

    def __init__(self, name: str, forward: Callable[..., Array], rules: dict[str, Rule], doc: str = "") -> None:
        if name in registry:
            raise ValueError(f"primitive: the name {name!r} is taken: choose another")
        self.name = name
        self.backward_name = "".join(word.capitalize() for word in name.split("_")) + "Backward0"
        self.forward = forward
        self.parameters = parameters_of(forward)
        self.rules, self.doc, self.defined_in = dict(rules), doc, ""
        self.elementwise: Callable[..., Array] | None = None
        self.function: Callable[..., Any] = forward
        self.method: Callable[..., Any] | None = None
        self.operator: Callable[..., Any] | None = None
        self.domain: Any = None
        self._prepare_rules()
        registry[name] = self

    def _prepare_rules(self) -> None:
        """Work out what the rules need, and put each into the form that the backward pass calls.

        Raises:
            ValueError: a rule names something that is neither an argument nor the output.
        """
        wanted = {parameter: needs(rule) for parameter, rule in self.rules.items()}
        for parameter, names in wanted.items():
            for name in names:
                if name != "out" and _argument(name) not in self.parameters:
                    raise ValueError(f"{self.name}: the rule for {parameter} asks for {name}, which is not an argument")
        named = {name for names in wanted.values() for name in names}
        # Arguments as in the forward and the output last: the fast paths of `unary` and `binary` rely on it.
        order = [p + trait for trait in ("", "_shape", "_dtype") for p in self.parameters] + ["out"]
        self.saves = tuple(name for name in order if name in named)
        self.inputs = tuple(self.parameters.index(parameter) for parameter in self.rules)
        self.plan: tuple[Saved, ...] = tuple(
            (
                None if name == "out" else self.parameters.index(_argument(name)),
                _trait(name),
                tuple(i for i, names in enumerate(wanted.values()) if name in names),
            )
            for name in self.saves
        )
        self.vjps: Iterable[BoundRule] = tuple(
            bound(rule, tuple(self.saves.index(name) for name in wanted[parameter]))
            for parameter, rule in self.rules.items()
        )
        self.saves_values = any(name in self.rules or name == "out" for name in self.saves)

    def help(self) -> str:
        """The docstring of the operation: what it computes and its gradient, from `doc` or from the rules' text."""
        what, _, gradient = self.doc.partition(": ")
        if not gradient:
            gradient = " and ".join([text for rule in self.rules.values() if (text := text_of(rule))])
            if gradient and "out" in self.saves:
                gradient += ", where out is the result"
        return f"{what}.\n\nIts gradient: {gradient}" if what and gradient else f"{what}." if what else ""

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def parameters_of(function: Any) -> tuple[str, ...]:
    """The names of a Python function's positional parameters, from its code object: much faster than `inspect`.

    Raises:
        TypeError: it has no code object: a ufunc, a builtin, a partial.
    """
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    if code is None:
        raise TypeError(f"expected a lambda or def, whose parameters have names, but got {function!r}: wrap it in one")
    return tuple(code.co_varnames[: code.co_argcount])


def needs(rule: Rule) -> tuple[str, ...]:
    """The names of what a rule needs besides the cotangent."""
    return parameters_of(rule)[1:]


def _argument(name: str) -> str:
    """The argument that a parameter of a rule refers to: `x` for `x`, `x_shape` and `x_dtype`."""
    return name.removesuffix("_shape").removesuffix("_dtype")


def _trait(name: str) -> Callable[[Any], Any] | None:
    """The function that takes what `x_shape` or `x_dtype` asks for; None for `x` itself."""
    return _shape_of if name.endswith("_shape") else _dtype_of if name.endswith("_dtype") else None


def _shape_of(x: Any) -> tuple[int, ...]:
    """np.shape, which takes longer."""
    shape: tuple[int, ...] | None = getattr(x, "shape", None)
    return np.shape(x) if shape is None else shape


def _dtype_of(x: Any) -> NumpyDType | None:
    """The dtype of an array, or the one that a Python number would have; None for anything else."""
    return getattr(x, "dtype", default_for(x) if isinstance(x, (bool, int, float, complex)) else None)


def bound(rule: Rule, places: tuple[int, ...]) -> BoundRule:
    """The rule as a function of the cotangent and of all saved values, from which it takes those at `places`."""
    match places:  # the common cases without unpacking a list, which is slower
        case ():
            return lambda g, saved: rule(g)
        case (i,):
            return lambda g, saved: rule(g, saved[i])
        case (i, j):
            return lambda g, saved: rule(g, saved[i], saved[j])
    return lambda g, saved: rule(g, *[saved[i] for i in places])
