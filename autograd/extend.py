"""Your own differentiable operations, each defined in one line.

An operation is a forward, which computes on NumPy arrays, and a rule for each input: its vector-Jacobian
product. Here is x/√(1 + x²), a step from -1 to 1 whose slope is (1 + x²)^(-3/2):

>>> import numpy as np
>>> import autograd as torch
>>> from autograd import extend
>>> softclip = extend.unary(
...     "softclip", lambda x: x / np.sqrt(1 + x * x), lambda g, x: g * (1 + x * x) ** -1.5, doc="x / √(1 + x²)"
... )
>>> x = torch.tensor([0.0, 1.0], requires_grad=True)
>>> softclip(x).sum().backward()
>>> x.grad
tensor([1.0000, 0.3536])

The first parameter of a rule is the cotangent `g`, the gradient of the output. Its other parameters name what
the rule needs, and only that is kept until the backward pass:

    x, y, …    the argument of that name: `x` of a unary operation, `x` and `y` of a binary one
    out        the output
    x_shape    the shape of `x`, so that `x` itself can be freed
    x_dtype    the NumPy dtype of `x`

Write the rule in operators and in functions of `autograd`, not in those of NumPy. Then it has derivatives of
its own, and every tool reads it: `backward`, `grad` with `create_graph`, `func.jvp`, `func.vmap`,
`GradientTape`, `teaching.explain` and `draw`.

>>> (slope,) = torch.autograd.grad(softclip(x).sum(), x, create_graph=True)
>>> torch.autograd.grad(slope.sum(), x)
(tensor([-0.0000, -0.5303]),)

`primitive` defines an operation of any arguments, with a rule for each that can get a gradient. The other
arguments (a dim, an exponent, a mask) are passed on as they are. Call it with positional arguments:

>>> power = extend.primitive("power", lambda x, n: x**n, x=lambda g, x, n: g * n * x ** (n - 1))
>>> power(torch.tensor(3.0), 2)
tensor(9.)

`domain` says where an operation can be tested, and `check_op` (which needs Hypothesis) proves its rules there,
for every shape, memory layout and order of derivative:

>>> from autograd.testing import check_op
>>> check_op(extend.domain(softclip, (-2, 2)), examples=5)
check_op passed at 10 inputs...

A definition is checked when it is made: a rule that asks for something that is not an argument, a name that is
taken, or a rule that cannot be called is refused, and nothing is defined. Each call is checked too. A forward must
return an array; a view of an argument is copied, so that no in-place write to the output changes the argument. A
rule must return an array or Tensor of the argument's shape, and its elements are cast to the argument's dtype: so
the shape and dtype of an argument that has a rule are always kept. A definition that is made again in the
same module or function (a notebook cell that is run twice, a module that is reloaded) replaces the earlier one.

For an operation with state, or one that needs more than its arguments and its output, use `autograd.Function`.
"""

from __future__ import annotations

import inspect
import keyword
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np

from .base.dtypes import Array
from .core import operation
from .core.errors import users_level
from .core.operation import Operation, array_of, cast
from .core.primitive import Primitive, Rule, needs, parameters_of, registry
from .core.tensor import Tensor, wrap
from .surface import make_public as _make_public

__all__ = ["binary", "domain", "primitive", "primitive_of", "registry", "unary"]


def unary(name: str, forward: Callable[[Array], Array], vjp: Rule, *, kinds: str = "fc", doc: str = "") -> Operation:
    """Define an operation of one array, elementwise.

    Args:
        name: an identifier that no other operation has.
        forward: computes the output from an array; a ufunc or any function of single elements. It and the rule may be
            called with parts of a large array, on several threads.
        vjp: the rule, such as `lambda g, x: g * 2 * x`; it may also ask for `out`, `x_shape` and `x_dtype`.
        kinds: the kinds of elements that `forward` takes as they are, named as NumPy does ("biufc"), "f" among them.
            Where "i" is not among them, integers and booleans become the default float first.
        doc: what the operation computes, in a few words; `help` shows it and the rule.

    Returns:
        The operation: called with a Tensor it returns a Tensor, with an array an array.

    Raises:
        TypeError, ValueError: the definition is wrong; the message says what is.

    >>> cubed = unary("cubed", lambda x: x**3, lambda g, x: g * 3 * x**2)
    >>> cubed(2.0)
    8.0
    """
    what = f"extend.unary: {name!r}"
    _check_forward(what, forward, 1)
    _check_rule(what, "x", vjp, ("x",))
    _check_kinds(what, kinds)
    checked = _checked_forward(name, forward), _checked_rule(name, "x", vjp)
    return _define(what, name, doc, {"x": vjp}, lambda: operation.unary(name, *checked, kinds, doc))


def binary(
    name: str, forward: Callable[..., Array], vjp_x: Rule, vjp_y: Rule, *, kinds: str = "biufc", doc: str = ""
) -> Operation:
    """Define an operation of two arrays or numbers that broadcast, elementwise.

    Types are promoted as for `+`. Rules return the shape of the output, and need not sum over dims that were broadcast:
    the engine does so afterwards.

    Args:
        name, kinds, doc: as for `unary`, whose errors are raised here too.
        forward: computes the output from two arrays; a ufunc or any function.
        vjp_x: the rule for the first argument, such as `lambda g, y: g * y`; it may ask for `x`, `y` and `out`.
        vjp_y: the rule for the second.

    >>> area = binary("area", lambda x, y: x * y / 2, lambda g, y: g * y / 2, lambda g, x: g * x / 2)
    >>> area(3.0, 4.0)
    6.0
    """
    what = f"extend.binary: {name!r}"
    _check_forward(what, forward, 2)
    rules = {"x": vjp_x, "y": vjp_y}
    for parameter, rule in rules.items():
        _check_rule(what, parameter, rule, ("x", "y"))
    _check_kinds(what, kinds)
    checked = _checked_forward(name, forward)
    for_x, for_y = (_checked_rule(name, parameter, rule, broadcasts=True) for parameter, rule in rules.items())
    return _define(what, name, doc, rules, lambda: operation.binary(name, checked, for_x, for_y, kinds, doc))


def primitive(name: str, forward: Callable[..., Array], /, *, doc: str = "", **vjps: Rule) -> Operation:
    """Define an operation of any arguments, which are passed by position.

    Args:
        name, doc: as for `unary`, whose errors are raised here too.
        forward: a lambda or def that computes one array; its parameters name the arguments.
        **vjps: for each argument that can get a gradient its rule, under the argument's name, which cannot be `doc`.

    >>> scaled = primitive("scaled", lambda x, factor: x * factor, x=lambda g, factor: g * factor)
    >>> scaled(np.array([1.0, 2.0]), 10)
    array([10., 20.])
    """
    what = f"extend.primitive: {name!r}"
    _check_forward(what, forward, None)
    arguments = parameters_of(forward)
    if "doc" in arguments and callable(doc):
        raise TypeError(
            f"{what} has a rule for 'doc', but doc= is the text that help shows: rename this argument of the forward"
        )
    if not vjps:
        raise ValueError(
            f"{what} has no rule: give one for each argument that can get a gradient, "
            f"such as {(arguments or ('x',))[0]}=lambda g: …"
        )
    for argument in arguments:
        if argument == "out" or argument.endswith(("_shape", "_dtype")):
            raise ValueError(
                f"{what}: the forward has an argument called {argument!r}, which a rule would take for the output, or "
                "for the shape or dtype of an argument: rename it"
            )
    for parameter, rule in vjps.items():
        if parameter not in arguments:
            raise ValueError(
                f"{what} has a rule for {parameter!r}, which is not an argument of its forward: "
                f"the arguments are {', '.join(arguments) or 'none'}"
            )
        _check_rule(what, parameter, rule, arguments)
    rules = {parameter: _checked_rule(name, parameter, rule) for parameter, rule in vjps.items()}
    checked = _with_parameters(_checked_forward(name, forward), arguments, forward.__module__)
    return _define(
        what, name, doc, vjps, lambda: operation.primitive(name, checked, doc=doc, keeps_layout=False, **rules)
    )


# -- where it can be tested -------------------------------------------------------------------------


def domain(operation: Operation, arguments: Any, *, analytic: bool = False) -> Operation:
    """Say where an operation can be tested, so that `check_op(operation)` needs no other argument.

    Args:
        operation: what `unary`, `binary` or `primitive` returned.
        arguments: an interval (low, high), or a `testing.Values`, which also keeps away from kinks and
            poles; for several arguments a list with one for each. Or a function of a `testing.Draw` that returns a
            tuple of all arguments: it is needed where an argument has no rule, or where shapes must fit.
        analytic: whether `forward` also computes in complex numbers (no abs, no comparison): the check is then exact.

    Returns:
        The operation.

    Raises:
        TypeError: the operation was not defined by this module, or the domain is none of the above.
        ValueError: an interval is empty or infinite, or there is not one for each argument.

    >>> tripled = unary("tripled", lambda x: 3 * x, lambda g: 3 * g)
    >>> domain(tripled, (-1, 1), analytic=True) is tripled
    True
    """
    made = primitive_of(operation)
    if not callable(arguments):
        _check_intervals(made, arguments)
    made.domain = (arguments, analytic)
    return operation


def primitive_of(operation: Operation) -> Primitive:
    """The forward and rules behind an operation, as the registry has them.

    Raises:
        TypeError: the operation is not in the registry, or its definition was replaced.

    >>> from autograd import exp
    >>> primitive_of(exp).saves
    ('out',)
    """
    made = registry.get(getattr(operation, "__name__", ""))
    if made is None or made.function is not operation:
        raise TypeError(
            "expected an operation that unary, binary or primitive returned and that was not defined again since, "
            f"but got {operation!r}"
        )
    return made


def _check_intervals(made: Primitive, arguments: Any) -> None:
    several = arguments if isinstance(arguments, list) else [arguments]
    what = f"extend.domain: {made.name!r}"
    if without := [parameter for parameter in made.parameters if parameter not in made.rules]:
        raise ValueError(
            f"{what} has no rule for {', '.join(without)}, and an interval cannot say what to pass there: "
            f"give a function of a Draw that returns all arguments ({', '.join(made.parameters)})"
        )
    if len(several) != len(made.parameters):
        raise ValueError(
            f"{what} has {len(made.parameters)} arguments ({', '.join(made.parameters)}), but the domain has "
            f"{len(several)} interval{'' if len(several) == 1 else 's'}: give a list with one for each argument"
        )
    for interval in several:
        if hasattr(interval, "fill"):  # Values check themselves
            continue
        numbers = isinstance(interval, tuple) and all(isinstance(v, (int, float)) for v in interval)
        if not numbers or len(interval) != 2:
            raise TypeError(f"{what}: expected an interval (low, high), but got {interval!r}")
        low, high = interval
        if not (low < high and np.isfinite(low) and np.isfinite(high)):
            raise ValueError(f"{what}: the interval must have low < high, both finite, but is {interval}")


# -- the checks of each call ------------------------------------------------------------------------


def _checked_forward(name: str, forward: Callable[..., Any]) -> Callable[..., Any]:
    """The forward, whose result must be an array; it is copied if it shares memory with an argument.

    It gets its arguments read-only. If it was called with Python numbers alone, it may return a Python number.
    """

    def checked(*args: Any) -> Any:
        try:
            out = forward(*map(_read_only, args))
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise RuntimeError(
                f"{name}: the forward writes into its argument ({error}), whose tensor is used elsewhere: compute a "
                "new array, such as x * 2 in place of x *= 2, or copy the argument first"
            ) from error
        arrays = [arg for arg in args if isinstance(arg, (np.ndarray, np.generic))]
        if not _holds_numbers(out):
            if type(out) in (bool, int, float, complex) and not arrays:
                return out
            raise TypeError(f"{name}: the forward must return one NumPy array of numbers, but returned {_shown(out)}")
        # An array's chain of owners does not show every view: as_strided, say, breaks it. The bounds in memory do.
        return out.copy() if any(np.may_share_memory(out, array) for array in arrays) else out

    return checked


def _checked_rule(name: str, parameter: str, rule: Rule, *, broadcasts: bool = False) -> Rule:
    """The rule, whose result must have the shape of its argument and is cast to that argument's dtype.

    Args:
        name: that of the operation.
        parameter: the argument that the rule is for.
        rule: the user's rule.
        broadcasts: whether the result may have the shape of the output, to be summed by the engine.
    """
    wanted = needs(rule)
    kept = (*wanted, *(trait for trait in (f"{parameter}_shape", f"{parameter}_dtype") if trait not in wanted))
    shape_at, dtype_at = kept.index(f"{parameter}_shape"), kept.index(f"{parameter}_dtype")

    def checked(g: Any, *values: Any) -> Any:
        gradient = rule(g, *values[: len(wanted)])
        array = array_of(gradient)
        if not _holds_numbers(array):
            raise TypeError(
                f"{name}: the rule for {parameter} must return one Tensor or array, but returned {_shown(gradient)}"
            )
        expected, of = (array_of(g).shape, "the output") if broadcasts else (values[shape_at], parameter)
        if array.shape not in (expected, values[shape_at]):
            raise RuntimeError(
                f"{name}: the rule for {parameter} returned a gradient of shape {array.shape}, but expected "
                f"{expected}, the shape of {of}"
            )
        if not isinstance(g, Tensor):
            gradient = array  # from a Tensor, if the rule computed with one of its own
        elif gradient is array:
            gradient = wrap(array)
        return cast(gradient, values[dtype_at]) if array.dtype != values[dtype_at] else gradient

    return _with_parameters(checked, (*parameters_of(rule)[:1], *kept), rule.__module__)


def _read_only(value: Any) -> Any:
    """An array as a view that cannot be written; anything else unchanged."""
    if type(value) is np.ndarray:
        value = value.view()
        value.flags.writeable = False
    return value


def _holds_numbers(value: Any) -> bool:
    return isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc"


def _with_parameters(function: Callable[..., Any], names: Sequence[str], module: str) -> Callable[..., Any]:
    """`function`, which takes *args, as a lambda with named parameters: a primitive reads the names in its code."""
    parameters = ", ".join(names)  # from the code of the user's function, so they are identifiers
    named: Callable[..., Any] = eval(
        f"lambda {parameters}: __checked__({parameters})", {"__checked__": function, "__name__": module}
    )
    return named


# -- what is refused --------------------------------------------------------------------------------


def _define(what: str, name: str, doc: str, rules: dict[str, Rule], build: Callable[[], Operation]) -> Operation:
    """Build the operation, in place of an earlier definition from the same place; if that fails, leave all as it was.

    Args:
        what: how messages begin.
        name, doc: as given by the user.
        rules: the rules as the user wrote them, which `help` and `explain` show.
        build: defines the operation, with checks around its forward and rules.

    Raises:
        TypeError, ValueError: the name is not an identifier or is taken, or `doc` is not a string.
    """
    if not isinstance(name, str):
        raise TypeError(f"{what}: expected a name, but got {type(name).__name__}")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{what}: the name must be an identifier, such as 'soft_clip'")
    if not isinstance(doc, str):
        raise TypeError(f"{what}: expected a string for doc, but got {type(doc).__name__}")
    place = _place_of(sys._getframe(users_level() - 1))
    earlier = registry.get(name)
    if earlier is not None:
        if earlier.defined_in != place:
            taken_by = earlier.defined_in or earlier.function.__module__
            raise ValueError(f"{what}: the name is taken by an operation of {taken_by}: choose another")
        del registry[name]
    try:
        defined = build()
    except BaseException:
        if earlier is not None:
            registry[name] = earlier
        raise
    made = registry[name]
    made.defined_in, made.rules = place, rules
    defined.__doc__ = made.help()
    return defined


def _place_of(frame: Any) -> str:
    """The module of a definition and, inside a function or class, its qualified name.

    Every cell of a notebook is the module `__main__`.
    """
    module, scope = str(frame.f_globals.get("__name__", "__main__")), frame.f_code.co_qualname
    return module if scope.startswith("<") else f"{module}.{scope}"


def _check_forward(what: str, forward: Any, count: int | None) -> None:
    """Check that the forward can be called with `count` arguments; without a count, that it names its arguments."""
    if not callable(forward):
        raise TypeError(f"{what}: expected a function of arrays as its forward, but got {_shown(forward)}")
    _check_returns(f"{what}: the forward", forward)
    if count is None:
        if not isinstance(forward, FunctionType):
            raise TypeError(
                f"{what}: the forward is {_shown(forward)}, whose parameters have no names that a rule could ask for: "
                "wrap it in a lambda or def"
            )
        if forward.__code__.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
            raise TypeError(f"{what}: the forward takes *args or **kwargs: give each of its arguments a name")
        if forward.__defaults__ or forward.__code__.co_kwonlyargcount:
            raise TypeError(
                f"{what}: the forward has arguments with defaults, or keyword-only ones, but all are passed by "
                "position: remove the defaults and the *"
            )
        return
    if isinstance(forward, np.ufunc):
        if forward.nout != 1:
            raise TypeError(f"{what}: the forward must return one array, but {_shown(forward)} returns {forward.nout}")
        if all(set(types) <= set("O->") for types in forward.types):
            raise TypeError(
                f"{what}: the forward {_shown(forward)} returns arrays of objects, as every function of np.frompyfunc: "
                "use np.vectorize instead"
            )
        fits = forward.nin == count
    elif isinstance(forward, FunctionType):
        most = forward.__code__.co_argcount
        least = most - len(forward.__defaults__ or ())
        fits = least <= count and (count <= most or bool(forward.__code__.co_flags & inspect.CO_VARARGS))
    else:
        fits = True  # a builtin or an object: its call will tell
    if not fits:
        raise TypeError(
            f"{what}: the forward must take {count} argument{'s' if count > 1 else ''}, but {_shown(forward)} does not"
        )


def _check_rule(what: str, parameter: str, rule: Any, arguments: Sequence[str]) -> None:
    rule_of = f"{what}: the rule for {parameter}"
    if not callable(rule):
        raise TypeError(f"{rule_of} must be a function such as lambda g, {parameter}: …, but is {_shown(rule)}")
    if not isinstance(rule, FunctionType):
        raise TypeError(
            f"{rule_of} is {_shown(rule)}, whose parameters have no names that say what it needs: "
            f"wrap it in a lambda, such as lambda g, {parameter}: …"
        )
    _check_returns(rule_of, rule)
    code = rule.__code__
    if not code.co_argcount or code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS):
        raise TypeError(
            f"{rule_of} must take the cotangent first and then name what it needs, such as "
            f"lambda g, {parameter}: …; it cannot have *args, **kwargs or keyword-only parameters"
        )
    allowed = {"out", *arguments, *(f"{a}_shape" for a in arguments), *(f"{a}_dtype" for a in arguments)}
    first = code.co_varnames[0]
    if first in allowed:
        raise ValueError(
            f"{rule_of} begins with {first!r}, but its first parameter is the cotangent: call it g, and let {first!r} "
            "follow if the rule needs it"
        )
    for wanted in needs(rule):
        if wanted not in allowed:
            raise ValueError(
                f"{rule_of} asks for {wanted!r}, which is not an argument of the operation: it may ask for "
                f"{', '.join(arguments)}, for their shape or dtype (such as {arguments[0]}_shape), and for out"
            )


def _check_returns(what: str, function: Any) -> None:
    """Check that a call of the function computes its result, rather than return a coroutine or generator."""
    later = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR
    if isinstance(function, FunctionType) and function.__code__.co_flags & later:
        raise TypeError(
            f"{what} must return an array, but {_shown(function)} is a coroutine or generator function: remove its "
            "async or yield"
        )


def _check_kinds(what: str, kinds: Any) -> None:
    if not isinstance(kinds, str) or not kinds or set(kinds) - set("biufc"):
        raise ValueError(
            f"{what}: kinds must be letters of 'biufc' (bool, int, unsigned, float, complex), but is {kinds!r}"
        )
    if "f" not in kinds:
        raise ValueError(f"{what}: kinds must include 'f', the floating-point numbers, but is {kinds!r}")


def _shown(value: Any) -> str:
    """A value in a message: a function by its name, anything else by type and repr."""
    if isinstance(value, FunctionType):
        return f"{value.__qualname__}{inspect.signature(value)}"
    return f"{type(value).__name__} {value!r:.60}"


_make_public(globals())
