"""Primitives: a NumPy forward, its vector-Jacobian products, and how a call is recorded.

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

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..base.dtypes import Array, NumpyDType, default_float, result_numpy
from ..views import view_of
from ..words import WORDS
from .aliasing import owner_of
from .graph import Node, recording
from .tensor import Tensor, wrap

Rule: TypeAlias = Callable[..., Any]
#: A rule in the form that the backward pass calls: (cotangent, saved values) -> cotangent of one input.
BoundRule: TypeAlias = Callable[[Any, Any], Any]

#: What defining a primitive gives: called on a Tensor it returns a Tensor, on arrays an array.
Operation: TypeAlias = Callable[..., Any]

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
        parameters: the forward's parameters.
        rules: for each differentiable parameter its vector-Jacobian product, as written.
        saves: what the rules need, in the order in which a node keeps it.
        plan: for each of those the place of its argument (None: the output), what is taken of it (None:
            the value itself), and the differentiable parameters whose rules want it.
        saves_values: whether the elements of an input or of the output are among what the rules need.
        vjps: the rules, aligned with a node's parents, as the backward pass calls them.
        function: what users call.
    """

    def __init__(self, name: str, forward: Callable[..., Array], rules: dict[str, Rule]) -> None:
        if name in registry:
            raise ValueError(f"primitive: the name {name!r} is taken: choose another")
        self.name = name
        self.backward_name = "".join(word.capitalize() for word in name.split("_")) + "Backward0"
        self.forward = forward
        self.parameters = parameters_of(forward)
        self.rules = dict(rules)
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

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"


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

_F32, _F64 = np.dtype(np.float32), np.dtype(np.float64)
_FLOAT_SCALARS = frozenset({np.float16, np.float32, np.float64})
_NUMBERS = frozenset({bool, int, float, complex})


def unary(name: str, forward: Callable[[Array], Array], vjp: Rule, kinds: str = "fc") -> Callable[[Any], Any]:
    """A primitive of one array, elementwise.

    `kinds` are the kinds of elements that it takes as they are, named as NumPy does ("biufc"); where
    integers are not among them they become the default float first.

        exp = unary("exp", np.exp, lambda g, out: g * out)
    """
    made = Primitive(name, lambda x: forward(x), {"x": vjp})
    keeps_x, keeps_out = "x" in made.saves, "out" in made.saves

    def function(input: Any) -> Any:
        if not isinstance(input, Tensor):
            out = forward(constant(name, input))
            return out.item() if type(input) in _NUMBERS else out
        array = input.array
        if array.dtype.kind != "f":
            return _unary_of_other_kinds(made, forward, kinds, input)
        out = forward(array)
        node = input.node
        if node is None or not recording():
            return wrap(out)
        if keeps_x:
            saved: tuple[Any, ...] = (array, out) if keeps_out else (array,)
        else:
            saved = (out,) if keeps_out else ()
        return wrap(out, Node(made, (node,), saved))

    return _named(made, function)


def _unary_of_other_kinds(made: Primitive, forward: Callable[[Array], Array], kinds: str, x: Tensor) -> Tensor:
    """A unary primitive on integers, booleans and complex numbers."""
    array = x.array
    if array.dtype.kind in "biu" and "i" not in kinds:
        array = array.astype(default_float())
    check_kind(made.name, array.dtype, kinds)
    return record(made, (x,), forward(array), (array,), conjugate=array.dtype.kind == "c")


def check_kind(name: str, numpy_dtype: NumpyDType, kinds: str) -> None:
    """Raise unless the elements are of one of the kinds, named as NumPy does.

    Raises:
        RuntimeError: they are not.
    """
    if numpy_dtype.kind not in kinds:
        words = {"b": "booleans", "i": "integers", "f": "floating-point numbers", "c": "complex numbers"}
        taken = ", ".join(words[k] for k in "bifc" if k in kinds)
        raise RuntimeError(f"{name}: not implemented for {numpy_dtype} elements: it takes {taken}")


def binary(
    name: str, forward: Callable[[Array, Array], Array], vjp_x: Rule, vjp_y: Rule, kinds: str = "biufc"
) -> Callable[[Any, Any], Any]:
    """A primitive of two arrays or numbers that broadcast, elementwise.

    Types are promoted as PyTorch does. `kinds` are the kinds of elements that it takes as they are, named
    as NumPy does; where integers are not among them they become the default float, as in a division.

        mul = binary("mul", operator.mul, lambda g, y: g * y, lambda g, x: g * x)
    """
    made = Primitive(name, lambda x, y: forward(x, y), {"x": vjp_x, "y": vjp_y})
    saves = made.saves
    x_for_x, y_for_x, out_for_x = (n in needs(vjp_x) for n in ("x", "y", "out"))
    x_for_y, y_for_y, out_for_y = (n in needs(vjp_y) for n in ("x", "y", "out"))
    in_rule_order = saves == ("x", "y")
    nothing = not saves

    def function(input: Any, other: Any) -> Any:
        if isinstance(input, Tensor):
            a, x_node = input.array, input.node
        else:
            a, x_node = input, None
        if isinstance(other, Tensor):
            b, y_node = other.array, other.node
        else:
            b, y_node = other, None
        a_type, b_type = type(a), type(b)
        # Equal shapes and one float type, or a Python number beside floats: nothing to promote or to broadcast.
        if a_type is b_type:
            if a_type is np.ndarray:
                plain = (kind := a.dtype) is b.dtype and (kind is _F32 or kind is _F64) and a.shape == b.shape
            else:
                plain = a_type in _FLOAT_SCALARS
        elif b_type is float or b_type is int:
            plain = a_type in _FLOAT_SCALARS or (a_type is np.ndarray and a.dtype.kind == "f")
        else:
            plain = (a_type is float or a_type is int) and (
                b_type in _FLOAT_SCALARS or (b_type is np.ndarray and b.dtype.kind == "f")
            )
        if not plain:
            # A 0-d array that is shared with others is as good as its NumPy scalar.
            if a_type is np.ndarray and not a.ndim:
                a = a[()]
            if b_type is np.ndarray and not b.ndim:
                b = b[()]
            plain = type(a) is type(b) and type(a) in _FLOAT_SCALARS
        if not plain:
            return _binary_of_unlike(made, forward, kinds, input, other)
        out = forward(a, b)
        if x_node is None and y_node is None:
            return wrap(out) if isinstance(input, Tensor) or isinstance(other, Tensor) else out
        if not recording():
            return wrap(out)
        if nothing:
            saved: tuple[Any, ...] = ()
        elif in_rule_order:
            saved = (
                a if x_for_y and y_node is not None or x_for_x and x_node is not None else None,
                b if y_for_x and x_node is not None or y_for_y and y_node is not None else None,
            )
        else:
            wanted = {
                "x": a if x_for_x and x_node or x_for_y and y_node else None,
                "y": b if y_for_x and x_node or y_for_y and y_node else None,
                "out": out if out_for_x and x_node or out_for_y and y_node else None,
            }
            saved = tuple([wanted[n] for n in saves])
        return wrap(out, Node(made, (x_node, y_node), saved))

    return _named(made, function)


def _binary_of_unlike(made: Primitive, forward: Callable[[Array, Array], Array], kinds: str, x: Any, y: Any) -> Any:
    """A binary primitive on operands of unlike types or shapes: promote, broadcast, record."""
    if not isinstance(x, Tensor) and not isinstance(y, Tensor):
        return forward(constant(made.name, x), constant(made.name, y))
    x, y = (v if isinstance(v, Tensor) else operand(made.name, v) for v in (x, y))
    common = result_numpy(tuple(v.array if isinstance(v, Tensor) else v for v in (x, y)))
    if common.kind in "biu" and "i" not in kinds:
        common = default_float()
    check_kind(made.name, common, kinds)
    x, y = as_dtype(x, common), as_dtype(y, common)
    a, b = array_of(x), array_of(y)
    try:
        out = forward(a, b)
    except ValueError:
        raise RuntimeError(broadcast_failure(made.name, np.shape(a), np.shape(b))) from None
    return record(made, (x, y), out, broadcasts=True)


def primitive(name: str, forward: Callable[..., Array], **vjps: Rule) -> Callable[..., Any]:
    """A primitive of any arguments: `vjps` holds a rule for each parameter that can get a gradient.

    The arguments are passed by position. Other parameters (a dim, a shape, an index) are
    passed on as they are.

        cumsum = primitive("cumsum", np.cumsum, a=lambda g, axis: reverse_cumsum(g, axis))
    """
    made = Primitive(name, forward, vjps)

    def function(*args: Any) -> Any:
        for arg in args:
            if isinstance(arg, Tensor):
                arrays = [a.array if isinstance(a, Tensor) else a for a in args]
                return record(made, args, forward(*arrays), arrays)
        return forward(*args)

    return _named(made, function)


def viewing(name: str, forward: Callable[..., Array], **vjps: Rule) -> Operation:
    """A primitive of one array and further arguments that shows the array's own memory where it can.

    permute = viewing("permute", lambda x, order: x.transpose(order), x=lambda g, order: …)
    """
    made = Primitive(name, forward, vjps)

    def function(x: Any, *rest: Any) -> Any:
        if not isinstance(x, Tensor):
            return forward(x, *rest)
        array = x._shared()
        out = record(made, (x, *rest), forward(array, *rest), (array, *rest), conjugate=array.dtype.kind == "c")
        shares = isinstance(out.array, np.ndarray) and owner_of(out.array) is owner_of(array)
        return view_of(x, out, function, rest) if shares else out

    return _named(made, function)


def variadic(name: str, forward: Callable[..., Array], vjp: Rule) -> Callable[..., Any]:
    """A primitive of a sequence of arrays and further arguments, such as `cat(xs, axis)`.

    One rule serves every input: its second parameter is the input's place `i`; it may ask for the further
    arguments, not for the inputs.
    """
    made = Primitive(name, forward, {})
    made.rules = {"xs": vjp}
    made.saves = parameters_of(vjp)[2:]
    made.vjps = _EachInput(vjp)
    kept = [made.parameters.index(parameter) - 1 for parameter in made.saves]

    def function(xs: Sequence[Any], *rest: Any) -> Any:
        arrays = [array_of(x) for x in xs]
        out = forward(arrays, *rest)
        if not any(isinstance(x, Tensor) for x in xs):
            return out
        nodes = tuple(x.node if isinstance(x, Tensor) else None for x in xs)
        if not any(nodes) or not recording():
            return wrap(out)
        undo = Undo(None, True) if out.dtype.kind == "c" else None
        return wrap(out, Node(made, nodes, tuple([rest[i] for i in kept]), undo))

    return _named(made, function)


class _EachInput:
    """The rules of a variadic primitive: for input i, its one rule at i."""

    def __init__(self, vjp: Rule) -> None:
        self.vjp = vjp

    def __iter__(self) -> Iterator[BoundRule]:
        i = 0
        while True:
            yield self._at(i)
            i += 1

    def _at(self, i: int) -> BoundRule:
        return lambda g, saved: self.vjp(g, i, *saved)


# -- recording --------------------------------------------------------------------------------------


def record(
    made: Primitive,
    args: Sequence[Any],
    out: Array,
    arrays: Sequence[Any] | None = None,
    broadcasts: bool = False,
    conjugate: bool = False,
) -> Tensor:
    """The Tensor of `out`, with a node if any differentiable argument needs a gradient.

    Args:
        made: the primitive that was called.
        args: its arguments, Tensors among them.
        out: what its forward returned.
        arrays: the same arguments with arrays in place of Tensors, if they are at hand.
        broadcasts: whether inputs were broadcast against each other.
        conjugate: whether an input is complex; a complex output says so itself.
    """
    parents = [arg.node if isinstance(arg := args[i], Tensor) else None for i in made.inputs]
    if not any(parents) or not recording():
        return wrap(out)
    kind = out.dtype.kind
    if kind not in "fc":
        return wrap(out)
    if arrays is None:
        arrays = [array_of(arg) for arg in args]
    saved: list[Any] = []
    for place, trait, users in made.plan:
        for i in users:
            if parents[i] is not None:
                value = out if place is None else arrays[place]
                saved.append(value if trait is None else trait(value))
                break
        else:
            saved.append(None)
    undo = None
    if broadcasts:
        shape = np.shape(out)
        shapes = tuple([s if (s := np.shape(arrays[i])) != shape else None for i in made.inputs])
        undo = Undo(shapes, conjugate or kind == "c")
    elif conjugate or kind == "c":
        undo = Undo(None, True)
    return wrap(out, Node(made, tuple(parents), tuple(saved), undo))


def array_of(x: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return x.array if isinstance(x, Tensor) else x


def constant(name: str, x: Any) -> Array:
    """`x` if it is an array or a number.

    Raises:
        TypeError: it is neither.
    """
    if isinstance(x, (np.ndarray, np.generic)) or type(x) in _NUMBERS:
        return x
    raise TypeError(f"{name}: expected a Tensor, an array or a number, but got {type(x).__name__}: {x!r:.60}")


def operand(name: str, x: Any) -> Any:
    """A plain array, or a Python number: NumPy's scalars become one, so that they don't widen a tensor's type.

    Raises:
        TypeError: it is neither, or a masked array, whose mask would be lost.
    """
    if isinstance(x, np.generic):
        return constant(name, x).item()
    if not isinstance(x, np.ndarray) or type(x) is np.ndarray:
        return constant(name, x)
    if hasattr(x, "mask"):
        raise TypeError(f"{name}: a masked array would lose its mask beside a Tensor: fill it first")
    return np.asarray(x)


def as_dtype(x: Any, numpy_dtype: NumpyDType) -> Any:
    """`x` with elements of the type given; for a Tensor a recorded step."""
    if isinstance(x, Tensor):
        return x if x.array.dtype == numpy_dtype else cast(x, numpy_dtype)
    if isinstance(x, np.ndarray):
        return x.astype(numpy_dtype, copy=False)
    return np.asarray(x).astype(numpy_dtype)[()]


def broadcast_failure(name: str, a: tuple[int, ...], b: tuple[int, ...]) -> str:
    """Why two shapes do not broadcast, in words."""
    for back, (m, n) in enumerate(zip(reversed(a), reversed(b)), start=1):
        if m != n and m != 1 and n != 1:
            return (
                f"{name}: shapes {a} and {b} do not broadcast: the size of tensor a ({m}) must match the size of "
                f"tensor b ({n}) at dim {-back}, or one of them must be 1; reshape or unsqueeze one of them"
            )
    return f"{name}: failed on shapes {a} and {b}"


def _named(made: Primitive, function: Callable[..., Any]) -> Callable[..., Any]:
    function.__name__ = function.__qualname__ = made.name
    what, colon, slope = WORDS.get(made.name, "").partition(": ")
    function.__doc__ = f"{what}.\n\nIts gradient: {slope}" if colon else what
    function.__module__ = next(iter(made.rules.values())).__module__
    made.function = function
    return function


def _cast(x: Array, numpy_dtype: NumpyDType) -> Array:
    return (x if numpy_dtype.kind in "cb" else x.real).astype(numpy_dtype)


_to_copy = Primitive("to_copy", _cast, {"x": lambda g, x_dtype: cast(g, x_dtype)})


def cast(x: Any, numpy_dtype: NumpyDType) -> Any:
    """`x`, an array or Tensor, with elements of another type. Complex to real keeps the real part, to bool both."""
    if not isinstance(x, Tensor):
        return _cast(x, numpy_dtype)
    out = _cast(x.array, numpy_dtype)
    return record(_to_copy, (x, numpy_dtype), out)


_to_copy.function = cast
