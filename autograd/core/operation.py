"""Operations: how a primitive is defined, and what a call does: compute, and record what the rules will need.

`unary`, `binary`, `primitive`, `viewing` and `variadic` each define one operation from a forward and its rules:

    exp = unary("exp", np.exp, lambda g, out: g * out, doc="e raised to x")

An operation called with arrays returns an array. Called with a Tensor it returns a Tensor, and if that needs a
gradient it leaves a node in the graph.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy import float32, float64, ndarray  # which are faster to look up than attributes of a module

from ..base.dtypes import Array, NumpyDType, default_float, result_numpy
from ..base.half_precision import HALF, SINGLE, in_single, is_half
from ..base.memory import copy_as, owner_of
from ..base.parts import LARGE, apply, ufunc_of
from ..base.symbolic import Symbolic, Untraceable, as_array
from .aliasing import view_of
from .errors import broadcast_failure, check_kind, is_boolean
from .grad_mode import recording
from .graph import Node, Undo, notify, tick, watchers
from .operands import NUMBERS, constant, declined, operand
from .out import compute_into, without_out
from .primitive import BoundRule, Primitive, Rule, needs, parameters_of
from .reraise import reraise
from .tensor import Tensor, new, wrap

#: What a definition returns: called with a Tensor it returns a Tensor, with arrays an array.
Operation: TypeAlias = Callable[..., Any]

_FLOAT32, _FLOAT64 = np.dtype(np.float32), np.dtype(np.float64)
_FLOATS, _FLOAT_SCALARS = frozenset({_FLOAT32, _FLOAT64}), frozenset({np.float32, np.float64})


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
        args: its arguments, some of them Tensors.
        out: what its forward returned.
        arrays: the arguments with arrays in place of Tensors, if the caller has them.
        broadcasts: whether the arguments were broadcast against each other.
        conjugate: whether an argument is complex. (A complex `out` implies it.)
    """
    parents: list[Any] = []
    for i in made.inputs:  # a comprehension takes longer, until Python 3.12
        arg = args[i]
        parents.append(arg.node if isinstance(arg, Tensor) else None)
    if not any(parents) or not recording():
        return wrap(out)
    kind = out.dtype.kind
    if kind not in "fc":  # integers and booleans have no gradient
        return wrap(out)
    if arrays is None:
        arrays = [array_of(arg) for arg in args]
    saved: list[Any] = []
    for position, trait, rules in made.plan:
        for i in rules:
            if parents[i] is not None:
                value = out if position is None else arrays[position]
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
    node = Node(made, tuple(parents), tuple(saved), undo)
    if watchers:
        notify(node, out, args)
    return wrap(out, node)


def computed(forward: Callable[..., Array], *args: Any) -> Array:
    """What a forward returns; while the compiler watches and cannot look into it, the forward is one statement."""
    try:
        return forward(*args)
    except Untraceable as error:
        return error.as_one_statement(forward, args)


@functools.lru_cache(maxsize=256)
def number_array(number: float, dtype: NumpyDType) -> Array:
    """A number as an array of one element: NumPy computes with it in half the time that it takes for a number."""
    return np.array(number, dtype)


# -- any arguments ----------------------------------------------------------------------------------


def primitive(
    name: str, forward: Callable[..., Array], /, *, doc: str = "", keeps_layout: bool = False, **vjps: Rule
) -> Callable[..., Any]:
    """A primitive of any arguments, passed by position. Called with Tensors it returns a contiguous one, as in PyTorch.

        cumsum = primitive("cumsum", lambda x, axis: np.cumsum(x, axis), x=lambda g, axis: cumsum_back(g, axis))

    Args:
        name: unique among all primitives.
        forward: a function of arrays and options (a dim, a shape, an index).
        doc: what it computes.
        keeps_layout: for an elementwise operation: whether the result has the memory layout that the forward gives it.
        vjps: the rule of each parameter that can have a gradient, by its name.
    """
    made = Primitive(name, forward, vjps, doc)

    def function(*args: Any) -> Any:
        arrays, of_tensors = [], False
        for arg in args:
            is_tensor = isinstance(arg, Tensor)
            arrays.append(arg.array if is_tensor else arg)
            of_tensors = of_tensors or is_tensor
        try:
            out = forward(*arrays)
        except Untraceable as error:
            out = error.as_one_statement(forward, arrays)
        if not of_tensors:
            return out
        return record(made, args, out if keeps_layout or out.flags.c_contiguous else out.copy(), arrays)

    return _named(made, function)


def viewing(name: str, forward: Callable[..., Array], *, doc: str = "", **vjps: Rule) -> Operation:
    """A primitive of one array and options whose result shares the memory of the array where it can.

    permute = viewing("permute", lambda x, order: x.transpose(order), x=lambda g, order: …)
    """
    made = Primitive(name, forward, vjps, doc)

    def function(x: Any, *rest: Any) -> Any:
        if not isinstance(x, Tensor):
            return computed(forward, x, *rest)
        array = x._shared()
        result = computed(forward, array, *rest)
        shares = isinstance(result, np.ndarray) and owner_of(result) is owner_of(array)
        if not shares and not result.flags.c_contiguous:
            result = result.copy()
        out = record(made, (x, *rest), result, (array, *rest), conjugate=array.dtype.kind == "c")
        return view_of(x, out, function, rest) if shares else out

    return _named(made, function)


def variadic(name: str, forward: Callable[..., Array], vjp: Rule, doc: str = "") -> Callable[..., Any]:
    """A primitive of a sequence of arrays and options, such as `cat(xs, axis)`.

    One rule serves every array of the sequence. Its second parameter is the index `i` of the array; the others
    name options. It cannot name the arrays.
    """
    made = Primitive(name, forward, {}, doc)
    made.rules = {"xs": vjp}
    made.saves = parameters_of(vjp)[2:]
    made.vjps = _EachInput(vjp)
    kept = [made.parameters.index(parameter) - 1 for parameter in made.saves]  # among the options after `xs`

    def function(xs: Sequence[Any], *rest: Any) -> Any:
        arrays = [array_of(x) for x in xs]
        out = computed(forward, arrays, *rest)
        if not out.flags.c_contiguous:
            out = out.copy()
        if not any(isinstance(x, Tensor) for x in xs):
            return out
        nodes = tuple(x.node if isinstance(x, Tensor) else None for x in xs)
        if not any(nodes) or not recording():
            return wrap(out)
        undo = Undo(None, True) if out.dtype.kind == "c" else None
        node = Node(made, nodes, tuple([rest[i] for i in kept]), undo)
        if watchers:
            notify(node, out, xs)
        return wrap(out, node)

    return _named(made, function)


class _EachInput:
    """The rules of a variadic primitive: for input i its one rule with that i; as many as a node has parents."""

    def __init__(self, vjp: Rule) -> None:
        self.vjp = vjp

    def __iter__(self) -> Iterator[BoundRule]:
        i = 0
        while True:
            yield self._at(i)
            i += 1

    def _at(self, i: int) -> BoundRule:
        return lambda g, saved: self.vjp(g, i, *saved)


def _named(made: Primitive, function: Operation, elementwise: Any = None, method: Any = None) -> Operation:
    """Give the function that users call, and the method of an elementwise one, its name, docstring and module."""
    text = made.help()
    for form in (function, method) if method else (function,):
        form.__name__ = form.__qualname__ = made.name
        form.__doc__ = text
        form.__module__ = next(iter(made.rules.values())).__module__  # the forward may be NumPy's
        form.__annotations__ = dict.fromkeys(form.__annotations__, Any)  # strings would not resolve there
    made.function, made.elementwise, made.method = function, elementwise, method
    return function


# -- elementwise, the same with fast paths: one argument, or two that broadcast --------------------------


def unary(name: str, forward: Callable[[Array], Array], vjp: Rule, kinds: str = "fc", doc: str = "") -> Operation:
    """An elementwise primitive of one array.

        exp = unary("exp", np.exp, lambda g, out: g * out, doc="e raised to x")

    Args:
        name: unique among all primitives.
        forward: a function of one array.
        vjp: its rule; the argument is called `x`.
        kinds: the kinds of dtypes that it takes, by NumPy's letters ("biufc"). If integers are not among them, they
            are converted to the default float type.
        doc: what it computes.
    """
    made = Primitive(name, lambda x: forward(x), {"x": vjp}, doc)  # in a lambda, since a ufunc has no parameter names
    of_any_float = in_single(forward)
    keeps_traits = not set(made.saves) <= {"x", "out"}  # a shape or a dtype: rare, and left to `record`
    keeps_x, keeps_out = "x" in made.saves and not keeps_traits, "out" in made.saves and not keeps_traits

    def define(given_out: Callable[..., Any]) -> Operation:
        def function(input: Any, *, out: Any = None) -> Any:
            if out is not None:
                return given_out(out, function, input)
            try:
                if not isinstance(input, Tensor):
                    out = forward(constant(name, input))
                    return as_array(out).item() if type(input) in NUMBERS else out
                array = input.array
                dtype = array.dtype
                if dtype is not _FLOAT32 and dtype not in _FLOATS:
                    return _unary_of_other_kinds(made, of_any_float, kinds, input)
                is_large = type(array) is ndarray and array.nbytes >= LARGE
                out = apply(forward, array) if is_large else forward(array)
            except Untraceable as error:
                if not isinstance(input, Tensor):
                    return error.as_one_statement(forward, (input,))
                out = error.as_one_statement(forward, (array,))
            except Exception as error:
                reraise(error, function, input)
            node = input.node
            if node is not None:
                if not recording():
                    return wrap(out)
                if keeps_x:
                    saved: tuple[Any, ...] = (array, out) if keeps_out else (array,)
                elif keeps_out:
                    saved = (out,)
                elif keeps_traits:
                    return record(made, (input,), out, (array,))
                else:
                    saved = ()
                x_node, node = node, new(Node)  # as `Node(…)` does, without its call
                node.primitive, node.x, node.saved, node.age = made, x_node, saved, tick()
                node.y = node.many = node.undo = node.hooks = None
                if watchers:
                    notify(node, out, (input,))
            result = new(Tensor)  # as `wrap` does, without its call
            result.array, result.node = out, node
            return result

        return function

    return _named(made, define(compute_into), forward, define(without_out))


def _unary_of_other_kinds(made: Primitive, forward: Callable[[Array], Array], kinds: str, x: Tensor) -> Tensor:
    """A unary primitive of integers, booleans, complex numbers or float16."""
    array = x.array
    if array.dtype.kind in "biu" and "i" not in kinds:
        array = array.astype(default_float())
    check_kind(made.name, array.dtype, kinds)
    out = computed(forward, array)
    if array.dtype.kind in "iu" and (out.dtype.kind == "f" or np.may_share_memory(out, array)):
        out = out.astype(array.dtype)  # NumPy before 2.1 rounds integers to floats, or returns them themselves
    return record(made, (x,), out, (array,), conjugate=array.dtype.kind == "c")


def binary(
    name: str, forward: Callable[[Array, Array], Array], vjp_x: Rule, vjp_y: Rule, kinds: str = "biufc", doc: str = ""
) -> Operation:
    """An elementwise primitive of two arrays or numbers, which broadcast; their types are promoted as in PyTorch.

        mul = binary("mul", operator.mul, lambda g, y: g * y, lambda g, x: g * x, doc="x · y, broadcast")

    Args:
        name: unique among all primitives.
        forward: a function of two arrays.
        vjp_x, vjp_y: the rules; the arguments are called `x` and `y`.
        kinds, doc: as for `unary`.
    """
    made = Primitive(name, lambda x, y: forward(x, y), {"x": vjp_x, "y": vjp_y}, doc)
    of_any_float, ufunc = in_single(forward), ufunc_of(forward)
    saves_nothing, saves_x_and_y = not made.saves, made.saves == ("x", "y")
    # Which rule needs which argument: x_for_y, say, is whether the rule for y needs x.
    x_for_x, y_for_x, x_for_y, y_for_y = (n in needs(vjp) for vjp in (vjp_x, vjp_y) for n in ("x", "y"))

    def define(failed: Callable[..., Any], given_out: Callable[..., Any]) -> Operation:
        # No function is called more often than this one: its usual cases call no helper.
        def function(input: Any, other: Any, *, out: Any = None) -> Any:
            if out is not None:
                return given_out(out, function, input, other)
            if isinstance(input, Tensor):
                a, x_node = input.array, input.node
            else:
                a, x_node = input, None
            if isinstance(other, Tensor):
                b, y_node = other.array, other.node
            else:
                b, y_node = other, None

            # Nothing to promote or to broadcast (`plain`) between
            #   two arrays of one shape and one dtype, float32 or float64
            #   two NumPy scalars of one float type
            #   a Python number and a float array or scalar, on either side.
            a_type, b_type = type(a), type(b)
            if a_type is b_type:
                if a_type is ndarray:
                    dtype = a.dtype
                    plain = dtype is b.dtype and (dtype is _FLOAT32 or dtype is _FLOAT64) and a.shape == b.shape
                else:
                    plain = a_type is float32 or a_type is float64
            elif b_type is float or b_type is int:
                plain = a.dtype in _FLOATS if a_type is ndarray else a_type in _FLOAT_SCALARS
            elif a_type is float or a_type is int:
                plain = b.dtype in _FLOATS if b_type is ndarray else b_type in _FLOAT_SCALARS
            else:
                plain = False
            if not plain:
                # A 0-d array, which a tensor has once its memory is shared, computes as its NumPy scalar does.
                if a_type is ndarray and not a.ndim:
                    a = a[()]
                if b_type is ndarray and not b.ndim:
                    b = b[()]
                a_type, b_type = type(a), type(b)
                plain = a_type is b_type and a_type in _FLOAT_SCALARS
                if a_type is b_type is ndarray and a.shape == b.shape and a.dtype == b.dtype:
                    plain = plain or a.dtype.char in "fd"  # equal dtypes: an unpickled array has its own

            try:
                if not plain:
                    return _binary_of_unlike(made, of_any_float, kinds, input, other)
                if a_type is ndarray and a.nbytes >= LARGE:  # a number before an array is rare
                    out = apply(ufunc or forward, a, b)
                elif a_type is b_type or not ufunc:
                    out = forward(a, b)
                elif a_type is ndarray and b:  # not 0, which equals -0.0
                    out = forward(a, number_array(b, a.dtype))
                elif b_type is ndarray and a:
                    out = forward(number_array(a, b.dtype), b)
                else:
                    out = forward(a, b)
            except Exception as error:
                return failed(error, function, input, other)
            if x_node is None and y_node is None:
                if not isinstance(input, Tensor) and not isinstance(other, Tensor):
                    return out
                result = new(Tensor)  # as `wrap` does, without its call
                result.array, result.node = out, None
                return result
            if not recording():
                return wrap(out)

            # Keep what the rule of an argument needs, if that argument needs a gradient: as `record` does, but faster.
            if saves_nothing:  # but for a number, which costs nothing and says what the graph computed
                saved: tuple[Any, ...] = () if a_type is b_type else (b if b_type is float or b_type is int else a,)
            elif saves_x_and_y:
                saved = (
                    a if x_for_y and y_node is not None or x_for_x and x_node is not None else None,
                    b if y_for_x and x_node is not None or y_for_y and y_node is not None else None,
                )
            else:
                return record(made, (input, other), out, (a, b))
            node = new(Node)  # as `record` does, without its call
            node.primitive, node.x, node.y, node.saved, node.age = made, x_node, y_node, saved, tick()
            node.many = node.undo = node.hooks = None
            if watchers:
                notify(node, out, (input, other))
            result = new(Tensor)
            result.array, result.node = out, node
            return result

        return function

    made.operator = define(declined, without_out)
    made.operator.__name__ = made.operator.__qualname__ = name
    return _named(made, define(reraise, compute_into), forward, define(reraise, without_out))


def _binary_of_unlike(made: Primitive, forward: Callable[[Array, Array], Array], kinds: str, x: Any, y: Any) -> Any:
    """A binary primitive of operands of different types or shapes: promote, broadcast, record."""
    if not isinstance(x, Tensor) and not isinstance(y, Tensor):
        return made.forward(constant(made.name, x), constant(made.name, y))
    x, y = (v if isinstance(v, Tensor) else operand(made.name, v) for v in (x, y))
    common = result_numpy(tuple(v.array if isinstance(v, Tensor) else v for v in (x, y)))
    if common.kind in "biu" and "i" not in kinds:
        common = default_float()
    check_kind(made.name, common, kinds)
    if "b" not in kinds and "i" in kinds and (is_boolean(x) or is_boolean(y)):
        check_kind(made.name, np.dtype(np.bool_), kinds)
    if common == HALF and not (is_half(array_of(x)) and is_half(array_of(y))):
        return cast(made.function(as_dtype(x, SINGLE), as_dtype(y, SINGLE)), HALF)
    x, y = as_dtype(x, common), as_dtype(y, common)
    a, b = array_of(x), array_of(y)
    if isinstance(a, Symbolic) and isinstance(b, Symbolic) and not a.ndim and not b.ndim and common.char in "fd":
        a, b = a[()], b[()]
    try:
        out = forward(a, b)
    except Untraceable as error:
        out = error.as_one_statement(forward, (a, b))
    except ValueError:
        raise RuntimeError(broadcast_failure(made.name, np.shape(a), np.shape(b))) from None
    result = record(made, (x, y), out, (a, b), broadcasts=True)
    if isinstance(result.node, Node) and not made.saves:
        # A number costs nothing to keep, and says what the graph computed.
        result.node.saved = tuple([v for v in (x, y) if isinstance(v, np.generic)])
    return result


# -- operands ---------------------------------------------------------------------------------------


def array_of(x: Any) -> Any:
    """The array of a Tensor; anything else unchanged."""
    return x.array if isinstance(x, Tensor) else x


# -- casts: the one primitive that the engine itself needs ------------------------------------------


def _cast(x: Array, numpy_dtype: NumpyDType) -> Array:
    return copy_as(x if numpy_dtype.kind in "cb" else x.real, numpy_dtype)


_to_copy = Primitive(
    "to_copy", _cast, {"x": lambda g, x_dtype: cast(g, x_dtype)}, doc="x with elements of another type: cast back"
)


def cast(x: Any, numpy_dtype: NumpyDType) -> Any:
    """An array or Tensor with elements of another type.

    From complex to real numbers it keeps the real part; a complex number becomes True if either part is not 0.
    """
    if not isinstance(x, Tensor):
        return _cast(x, numpy_dtype)
    out = _cast(x.array, numpy_dtype)
    return record(_to_copy, (x, numpy_dtype), out)


_to_copy.function = cast


def as_dtype(x: Any, numpy_dtype: NumpyDType) -> Any:
    """`x` if its elements are of that type, else a cast; of a Tensor the cast is recorded."""
    if isinstance(x, Tensor):
        return x if x.array.dtype == numpy_dtype else cast(x, numpy_dtype)
    if isinstance(x, np.ndarray):
        return x.astype(numpy_dtype, copy=False)
    return as_array(x).astype(numpy_dtype)[()]
