"""Primitives: a NumPy forward and its vector-Jacobian products, one for each argument: the rules.

A rule is a function whose first parameter `g` is the cotangent of the output. Its other
parameters *name what it needs*, and exactly that is kept alive until the backward pass:

    out        the output
    x_shape    the shape of the input `x` (so that `x` itself can be freed)
    x_dtype    its NumPy dtype
    any other  the argument of that name

A primitive called on a Tensor returns a Tensor and records a node; called on arrays it returns
an array. So a rule, which is written in operators and primitives, computes a plain gradient when
it is handed arrays, and a gradient with a graph of its own when it is handed Tensors.
"""

from __future__ import annotations

import functools
import linecache
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np

from ..base.dtypes import Array, NumpyDType

Rule: TypeAlias = Callable[..., Any]
#: A rule in the form that the backward pass calls: (cotangent, saved values) -> cotangent of one input.
BoundRule: TypeAlias = Callable[[Any, Any], Any]


#: Every primitive by name: the tests, the tables and the teaching tools walk it.
registry: dict[str, Primitive] = {}


class Undo:
    """What the backward pass undoes after the rules of one node, so that no rule needs to.

    Attributes:
        shapes: for each parent the shape to sum its cotangent back to, or None if it was not broadcast.
        conjugate: whether complex numbers took part. A gradient is the conjugate of the derivative's
            transpose applied to the conjugated cotangent; rules are written without conjugates.
    """

    __slots__ = ("conjugate", "shapes")

    def __init__(self, shapes: tuple[tuple[int, ...] | None, ...] | None, conjugate: bool) -> None:
        self.shapes = shapes
        self.conjugate = conjugate


class Primitive:
    """A differentiable operation: its name, its forward and a rule for each differentiable parameter.

    Attributes:
        name: the operation's name, unique in the registry.
        forward: a function of arrays.
        kernel: the same function as its definition gave it: a ufunc, say, whose parameters have no names.
        parameters: the forward's parameters.
        rules: for each differentiable parameter its vector-Jacobian product, as written.
        saves: what the rules need, in the order in which a node keeps it.
        plan: for each of those the place of its argument (None: the output), what is taken of it (None:
            the value itself), and the differentiable parameters whose rules want it.
        saves_values: whether the elements of an input or of the output are among what the rules need.
        vjps: the rules, aligned with a node's parents, as the backward pass calls them.
        function: what users call.
        doc: what it computes, in words; after a colon, its derivative, where the rule's own text would not tell.
    """

    def __init__(self, name: str, forward: Callable[..., Array], rules: dict[str, Rule], doc: str = "") -> None:
        if name in registry:
            raise ValueError(f"primitive: the name {name!r} is taken: choose another")
        self.name = name
        self.backward_name = "".join(word.capitalize() for word in name.split("_")) + "Backward0"
        self.forward = self.kernel = forward
        self.parameters = parameters_of(forward)
        self.rules = dict(rules)
        self.doc = doc
        self.function: Callable[..., Any] = forward
        self.bind()
        registry[name] = self

    def bind(self) -> None:
        """Work out what the rules need, and give each the form that the backward pass calls."""
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
        """What `help` prints of the operation: what it is, and its gradient: the words of `doc`, else its rules."""
        what, _, gradient = self.doc.partition(": ")
        if not gradient:
            gradient = " and ".join([text for rule in self.rules.values() if (text := text_of(rule))])
        return f"{what}.\n\nIts gradient: {gradient}" if what and gradient else f"{what}." if what else ""

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


class PrimitiveLike(Protocol):
    """What a node holds: a Primitive, or what stands in its place, such as a call of a user's Function."""

    name: str
    backward_name: str
    saves: tuple[str, ...]
    saves_values: bool

    @property
    def rules(self) -> Mapping[str, Any]:
        """For each differentiable parameter its rule, if that can be shown."""

    @property
    def vjps(self) -> Iterable[BoundRule]:
        """The rules, aligned with a node's parents, as the backward pass calls them."""


class StandIn:
    """A primitive seen through glasses: all is as before, but for what a subclass changes."""

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


def parameters_of(function: Any) -> tuple[str, ...]:
    """The names of a Python function's parameters, read off its code: much faster than `inspect`.

    Raises:
        TypeError: it is none: a ufunc, a builtin, a partial.
    """
    code = getattr(function, "__code__", None)
    if code is None:
        raise TypeError(f"expected a lambda or def, whose parameters have names, but got {function!r}: wrap it in one")
    return tuple(code.co_varnames[: code.co_argcount])


def needs(rule: Rule) -> tuple[str, ...]:
    """The names that a rule asks for, after the cotangent."""
    return parameters_of(rule)[1:]


def text_of(rule: Rule) -> str | None:
    """What a lambda returns, as it is written; None for a `def`, or where there is no source.

    >>> text_of(registry["mul"].rules["x"])
    'g * y'
    """
    code = getattr(rule, "__code__", None)
    if code is None or code.co_name != "<lambda>":
        return None
    # Instructions know from which line and column to which they were written.
    first = [where for where in code.co_positions() if where[2] is not None and where[3]]
    if not first:  # python -X no_debug_ranges
        return None
    start, end = (
        min((line, column) for line, _, column, _ in first),
        max((line, column) for _, line, _, column in first),
    )
    lines = _lines_of(code.co_filename)[start[0] - 1 : end[0]]
    if not lines:
        return None
    lines[-1] = lines[-1][: end[1]]
    lines[0] = lines[0][start[1] :]
    return " ".join(line.decode().strip() for line in lines)


@functools.lru_cache(maxsize=1)  # primitives are defined a file at a time
def _lines_of(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read().split(b"\n")
    except OSError:  # a notebook's cell, which linecache knows
        return [line.encode() for line in linecache.getlines(path)]


def _dtype_of(array: Array) -> NumpyDType:
    return array.dtype


def _argument(name: str) -> str:
    """The argument that a rule's parameter speaks of: `x` for `x`, `x_shape` and `x_dtype`."""
    return name.removesuffix("_shape").removesuffix("_dtype")


def bound(rule: Rule, places: tuple[int, ...]) -> BoundRule:
    """The rule as a function of the cotangent and the tuple of saved values, where it picks its own."""
    match places:
        case ():
            return lambda g, saved: rule(g)
        case (i,):
            return lambda g, saved: rule(g, saved[i])
        case (i, j):
            return lambda g, saved: rule(g, saved[i], saved[j])
    return lambda g, saved: rule(g, *[saved[i] for i in places])


# -- three ways to define a primitive ---------------------------------------------------------------


# -- recording --------------------------------------------------------------------------------------
