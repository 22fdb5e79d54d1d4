"""Primitives: a NumPy forward and, for each argument, a vector-Jacobian product: its rule.

A rule is a function whose first parameter `g` is the cotangent of the output, and which returns the
cotangent of one argument. Its other parameters *name what it needs*, and exactly that is kept alive
until the backward pass:

    out        the output
    x_shape    the shape of the argument `x` (so that `x` itself can be freed)
    x_dtype    its NumPy dtype
    any other  the argument of that name

    mul = binary("mul", operator.mul, lambda g, y: g * y, lambda g, x: g * x)

A rule is written in operators and primitives, which take arrays and Tensors alike. Called with arrays
it computes a plain gradient; called with Tensors it computes a gradient that has a graph of its own.
"""

from __future__ import annotations

import functools
import linecache
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..base.dtypes import Array, NumpyDType

Rule: TypeAlias = Callable[..., Any]
#: A rule as the backward pass calls it: (cotangent of the output, saved values) -> cotangent of one argument.
BoundRule: TypeAlias = Callable[[Any, Any], Any]

#: Every primitive by name. The gradient checks, the table of operations and the teaching tools walk it.
registry: dict[str, Primitive] = {}


class Primitive:
    """A differentiable operation: its name, its forward and a rule for each differentiable parameter.

    Attributes:
        name: unique in the registry.
        forward: a function of arrays.
        parameters: the names of the forward's parameters.
        rules: for each differentiable parameter its vector-Jacobian product, as written.
        doc: what it computes, in words; after a colon its derivative, where the text of the rules is no help.
        function: what users call.
        elementwise: the forward that `unary` or `binary` was given, often one of NumPy's ufuncs; None for the others.
        saves: the names of the values that a node keeps for the rules, in order.
        inputs: the positions of the differentiable parameters among all.
        plan: how to collect each saved value: the position of its argument (None: it is the output), the function
            that takes its shape or dtype (None: the value itself), and the indices of the rules that need it.
        saves_values: whether a node keeps elements of an argument or of the output, not only shapes and options.
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
        self.domain: Any = None
        self.bind()
        registry[name] = self

    def bind(self) -> None:
        """Work out what the rules need, and put each into the form that the backward pass calls.

        Raises:
            ValueError: a rule names something that is neither an argument nor the output.
        """
        wanted = {parameter: needs(rule) for parameter, rule in self.rules.items()}
        for parameter, names in wanted.items():
            for name in names:
                if name != "out" and _argument(name) not in self.parameters:
                    raise ValueError(f"{self.name}: the rule for {parameter} asks for {name}, which is no argument")
        named = {name for names in wanted.values() for name in names}
        order = [p + trait for trait in ("", "_shape", "_dtype") for p in self.parameters] + ["out"]
        self.saves = tuple(name for name in order if name in named)
        self.inputs = tuple(self.parameters.index(parameter) for parameter in self.rules)
        self.plan = tuple(
            (
                None if name == "out" else self.parameters.index(_argument(name)),
                np.shape if name.endswith("_shape") else _dtype_of if name.endswith("_dtype") else None,
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
        return f"{what}.\n\nIts gradient: {gradient}" if what and gradient else f"{what}." if what else ""

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


def parameters_of(function: Any) -> tuple[str, ...]:
    """The names of a Python function's positional parameters, from its code object: much faster than `inspect`.

    Raises:
        TypeError: it has no code object: a ufunc, a builtin, a partial.
    """
    code = getattr(function, "__code__", None)
    if code is None:
        raise TypeError(f"expected a lambda or def, whose parameters have names, but got {function!r}: wrap it in one")
    return tuple(code.co_varnames[: code.co_argcount])


def needs(rule: Rule) -> tuple[str, ...]:
    """The names of what a rule needs besides the cotangent."""
    return parameters_of(rule)[1:]


def _argument(name: str) -> str:
    """The argument that a parameter of a rule refers to: `x` for `x`, `x_shape` and `x_dtype`."""
    return name.removesuffix("_shape").removesuffix("_dtype")


def _dtype_of(array: Array) -> NumpyDType:
    return array.dtype


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


# -- the text of a rule -----------------------------------------------------------------------------


def text_of(rule: Rule) -> str | None:
    """The expression that a lambda returns, as it stands in the source; None for a `def` or without a source.

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


# -- what a node may hold ---------------------------------------------------------------------------


class Undo:
    """What the backward pass undoes after the rules of one node, so that no rule needs to.

    Attributes:
        shapes: for each parent the shape to sum its cotangent back to, or None if it was not broadcast.
        conjugate: whether complex numbers took part. A gradient is the conjugate of the transposed derivative
            applied to the conjugated cotangent; rules are written without conjugates.
    """

    __slots__ = ("conjugate", "shapes")

    def __init__(self, shapes: tuple[tuple[int, ...] | None, ...] | None, conjugate: bool) -> None:
        self.shapes = shapes
        self.conjugate = conjugate


class PrimitiveLike(Protocol):
    """What a node holds: a Primitive, or something that acts as one, such as a call of a user's Function."""

    name: str
    backward_name: str
    saves: tuple[str, ...]
    saves_values: bool

    @property
    def rules(self) -> Mapping[str, Any]:
        """For each differentiable parameter its rule, or None if it has no text to show."""

    @property
    def vjps(self) -> Iterable[BoundRule]:
        """The rules as the backward pass calls them, in the order of a node's parents."""


class StandIn:
    """Takes the place of a node's primitive and acts as it does, except for what a subclass overrides."""

    name: str
    backward_name: str
    saves: tuple[str, ...]
    saves_values: bool
    rules: Mapping[str, Any]

    def __init__(self, made: PrimitiveLike) -> None:
        self.made = made

    @property
    def vjps(self) -> Iterable[BoundRule]:
        """The rules of the primitive itself."""
        return self.made.vjps

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)

    def __repr__(self) -> str:
        return repr(self.made)
