"""Functions of functions: grad, vjp, jvp, jacrev, jacfwd, hessian and vmap, under the names of `torch.func`.

Each takes a function and returns another, and they nest to any depth. Arguments and results may be
nested lists, tuples and dicts of tensors.

A transform gives its function sources of its own and differentiates at them. What it returns is
recorded exactly if something *older* than the call takes part in it: an argument or a captured tensor
that an outer transform, or the user, differentiates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .base import nests
from .core.grad_mode import enable_grad, recording
from .core.graph import all_nodes, tick
from .core.tensor import Tensor, check_can_require_grad, wrap
from .ops.creation.conversion import clone
from .ops.shape.joining import stack
from .transforms import gradients
from .transforms.functional_call import functional_call, stack_module_state
from .transforms.vmap import Transformed, vmap

__all__ = [
    "functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "stack_module_state",
    "value_and_grad", "vjp", "vmap",
]  # fmt: skip


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Transformed:
    """The function that computes the gradient of a scalar function.

    Args:
        func: returns a 0-d Tensor; with `has_aux` a pair of it and anything else.
        argnums: the argument to differentiate by, or a tuple of them.
        has_aux: whether the rest is returned too.

    Returns:
        A function of the same arguments, which returns the gradient in the structure of the argument (a
        tuple if `argnums` is one); with `has_aux` a pair of it and the rest.

    Raises:
        RuntimeError: when called: the result is no 0-d Tensor, or there is no such argument.
        ValueError: an argument to differentiate by is no Tensor.

    >>> from autograd import tensor, sin
    >>> grad(grad(sin))(tensor(0.5)) == -sin(tensor(0.5))
    tensor(True)
    """
    both = grad_and_value(func, argnums, has_aux)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        gradients, value = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return gradient


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Transformed:
    """As `grad`, but the function returns a pair of the gradient and the value (with its rest)."""

    def both(*args: Any, **kwargs: Any) -> Any:
        call = _Call(func, args, argnums, has_aux, kwargs)
        out = call.output
        if not isinstance(out, Tensor):
            raise RuntimeError(f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(out)}")
        if out.array.ndim:
            raise RuntimeError(
                "grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got tensor with "
                f"{out.array.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
            )
        gradients = call.rebuild(call.pulled([wrap(out.array.dtype.type(1))], keep=call.recorded))
        value = call.given(out)
        return gradients, (value, call.given(call.aux)) if has_aux else value

    return both


def value_and_grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Transformed:
    """As `grad`, but the function returns a pair of the value (with its rest) and the gradient: JAX's order.

    >>> from autograd import tensor
    >>> value_and_grad(lambda x: x**2)(tensor(3.0))
    (tensor(9.), tensor(6.))
    """
    both = grad_and_value(func, argnums, has_aux)

    def value_first(*args: Any, **kwargs: Any) -> Any:
        gradients, value = both(*args, **kwargs)
        return value, gradients

    return value_first


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The outputs of `func(*primals)`, and the function that pulls cotangents back through it.

    Returns:
        `(outputs, pull)`, with the rest third if `has_aux`. `pull(cotangents)` takes what has the
        structure and shapes of the outputs, any number of times, and returns a gradient for the one
        primal, or a tuple of them.

    Raises:
        RuntimeError: `pull`: the cotangents do not fit.

    >>> from autograd import tensor
    >>> out, pull = vjp(lambda x: x * x, tensor([1.0, 2.0]))
    >>> pull(tensor([1.0, 10.0]))
    (tensor([ 2., 40.]),)
    """
    call = _Call(func, primals, tuple(range(len(primals))), has_aux, {})

    def pull(cotangents: Any) -> Any:
        flat = nests.flatten(cotangents)[0]
        if len(flat) != len(call.outs):
            raise RuntimeError(
                f"Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function: there are {len(call.outs)} outputs, but got {len(flat)} cotangents"
            )
        return call.rebuild(call.pulled(flat, keep=True))

    outputs = call.given(call.output)
    return (outputs, pull, call.given(call.aux)) if has_aux else (outputs, pull)


def jvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...], *, has_aux: bool = False) -> Any:
    """The outputs of `func(*primals)`, and their derivative along `tangents`.

    Computed by two backward passes: u ↦ uᵀJ is linear, and its own vjp is J.

    Args:
        func: what to differentiate.
        primals: a tuple of its arguments.
        tangents: a tuple of what has their structure and shapes.
        has_aux: whether `func` returns a pair of its outputs and a rest, which is returned third.

    Raises:
        RuntimeError: primals and tangents are no tuples, or do not fit.

    >>> from autograd import tensor
    >>> jvp(lambda x: x * x, (tensor([1.0, 2.0]),), (tensor([1.0, 10.0]),))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise RuntimeError(
                f"jvp(f, primals, tangents): Expected {what} to be a tuple. "
                "E.g. it should be valid to call f(*primals)."
            )
    call = _Call(func, primals, tuple(range(len(primals))), has_aux, {})
    directions = nests.flatten(tangents)[0]
    if len(directions) != len(call.sources):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure."
        )
    slopes = call.rebuild_outputs(_pushforward(call)(directions))
    outputs = call.given(call.output)
    return (outputs, slopes, call.given(call.aux)) if has_aux else (outputs, slopes)


def jacrev(
    func: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Transformed:
    """The function that computes the Jacobian, row by row in reverse mode: for few outputs and many inputs.

    Args:
        func: returns a Tensor or a nest of them; with `has_aux` a pair of it and a rest.
        argnums: the argument to differentiate by, or a tuple of them.
        has_aux: whether the rest is returned too.
        chunk_size: accepted; the rows are computed one after the other.

    Returns:
        A function of the same arguments. For each output and argument it returns a Tensor of the output's
        shape and then the argument's, nested as outputs first, then arguments.

    >>> from autograd import tensor
    >>> jacrev(lambda x: x**2)(tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def rows(call: _Call) -> list[list[Tensor]]:
        zeros = [np.zeros(out.array.shape, out.array.dtype) for out in call.outs]
        blocks = []
        for i, zero in enumerate(zeros):
            pulled: list[list[Tensor]] = [[] for _ in call.sources]
            for unit in _units(zero):
                seeds = [wrap((unit if j == i else z)[()]) for j, z in enumerate(zeros)]
                for row, g in zip(pulled, call.pulled(seeds, keep=True)):
                    row.append(g)
            blocks.append([_stacked(row, zero, x, first=True) for row, x in zip(pulled, call.sources)])
        return blocks

    return _jacobian(func, argnums, has_aux, rows)


def jacfwd(
    func: Callable[..., Any],
    argnums: Any = 0,
    has_aux: bool = False,
    *,
    chunk_size: int | None = None,
    randomness: str = "error",
) -> Transformed:
    """The function that computes the Jacobian column by column, by derivatives along each input; else as `jacrev`.

    >>> from autograd import tensor
    >>> jacfwd(lambda x: x**2)(tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def columns(call: _Call) -> list[list[Tensor]]:
        push = _pushforward(call)
        zeros = [np.zeros(x.array.shape, x.array.dtype) for x in call.sources]
        blocks: list[list[Tensor]] = [[] for _ in call.outs]
        for i, zero in enumerate(zeros):
            pushed: list[list[Tensor]] = [[] for _ in call.outs]
            for unit in _units(zero):
                directions = [wrap((unit if j == i else z)[()]) for j, z in enumerate(zeros)]
                for column, t in zip(pushed, push(directions)):
                    column.append(t)
            for block, column, out in zip(blocks, pushed, call.outs):
                block.append(_stacked(column, out.array, wrap(zero), first=False))
        return blocks

    return _jacobian(func, argnums, has_aux, columns)


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Transformed:
    """The function that computes the second derivatives: `jacfwd(jacrev(func))`.

    >>> from autograd import tensor
    >>> hessian(lambda x: (x**3).sum())(tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


# -- one call of a function with sources of its own ---------------------------------------------------


class _Call:
    """A call of a function, and the way back from its outputs to its sources.

    Attributes:
        sources: the leaves of the arguments that are differentiated, entered into a graph of their own.
        outs: the tensors among the outputs, in order.
        output, aux: what the function returned.
        recorded: whether what is computed from here is part of an outer graph.
    """

    def __init__(
        self, func: Callable[..., Any], args: tuple[Any, ...], argnums: Any, has_aux: bool, kwargs: dict[str, Any]
    ) -> None:
        places = _checked_argnums(argnums, len(args))
        self.begun = tick()
        self.outside = recording()
        chosen = tuple(args[i] for i in places)
        flat, rebuild = nests.flatten(chosen)
        with enable_grad():
            self.sources = [self._entered(x) for x in flat]
            entered = dict(zip(places, rebuild(self.sources)))
            returned = func(*(entered.get(i, arg) for i, arg in enumerate(args)), **kwargs)
        if has_aux and not (isinstance(returned, tuple) and len(returned) == 2):
            raise RuntimeError(
                "grad_and_value(f)(*args): output of function f should be a tuple: (output, aux) if has_aux is True"
            )
        self.output: Any
        self.aux: Any
        self.output, self.aux = returned if has_aux else (returned, None)
        self.outs, self.rebuild_outputs = nests.flatten(self.output)
        roots = [t.node for t in self.outs if isinstance(t, Tensor)]
        self.recorded = self.outside and any(node.age > self.begun for node in all_nodes(roots))
        self.rebuild = rebuild if isinstance(argnums, tuple) else lambda leaves: rebuild(leaves)[0]

    def _entered(self, x: Any) -> Tensor:
        if not isinstance(x, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
        check_can_require_grad(x.array)
        # A clone is a node of its own behind which the outer graph goes on.
        return clone(x) if self.outside and x.requires_grad else x.detach().requires_grad_()

    def pulled(self, cotangents: Sequence[Any], keep: bool, record: bool = False) -> list[Tensor]:
        """The gradient at each source; zeros where no output depends on it."""
        for i, (out, g) in enumerate(zip(self.outs, cotangents)):
            if not isinstance(out, Tensor):
                raise RuntimeError(f"Expected f(*args) to return Tensors only, got {type(out)} as output {i}")
            if out.array.shape != g.array.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{i}] has a shape of {g.shape} and output[{i}] has a shape of "
                    f"{out.shape}."
                )
        outer = record or self.recorded or (self.outside and any(g.requires_grad for g in cotangents))
        with enable_grad():
            return _gradients(self.outs, self.sources, cotangents, keep, outer)

    def given(self, tree: Any) -> Any:
        """What the caller gets: cut off from the sources, unless an outer graph needs it."""
        leaves, rebuild = nests.flatten(tree)
        return rebuild([t.detach() if isinstance(t, Tensor) and not self.recorded else t for t in leaves])


def _gradients(
    outs: Sequence[Tensor], sources: Sequence[Tensor], cotangents: Sequence[Tensor], keep: bool, record: bool
) -> list[Tensor]:
    reached = [(out, g) for out, g in zip(outs, cotangents) if out.requires_grad]
    if not reached or not sources:
        return [wrap(np.zeros(x.array.shape, x.array.dtype)[()]) for x in sources]
    roots, seeds = zip(*reached)
    found = gradients.grad(roots, sources, seeds, retain_graph=keep, create_graph=record, materialize_grads=True)
    return [g for g in found if g is not None]


def _pushforward(call: _Call) -> Callable[[Sequence[Tensor]], list[Tensor]]:
    """The derivative of the outputs along directions of the sources, as a function of these."""
    us = [wrap(np.zeros(out.array.shape, out.array.dtype)).requires_grad_() for out in call.outs]
    gs = call.pulled(us, keep=True, record=True)

    def push(directions: Sequence[Tensor]) -> list[Tensor]:
        for x, t in zip(call.sources, directions):
            if x.array.shape != t.array.shape:
                raise RuntimeError(
                    "Trying to set a forward gradient that has a different size than that of the original Tensor, this "
                    f"is not supported. Tensor is of size {list(x.array.shape)} while the given forward gradient is of "
                    f"size {list(t.array.shape)}."
                )
        outer = call.recorded or (call.outside and any(t.requires_grad for t in directions))
        with enable_grad():
            return _gradients(gs, us, directions, True, outer)

    return push


def _checked_argnums(argnums: Any, count: int) -> tuple[int, ...]:
    """The places to differentiate by, counted from the front.

    Raises:
        RuntimeError: there is none, it is not there, or it is named twice.
    """
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    if not numbers and count:
        raise RuntimeError("argnums must be non-empty")
    for i in numbers:
        if not isinstance(i, int):
            raise RuntimeError(f"argnum must be int or Tuple[int], got: {type(i)}")
        if not -count <= i < count:
            raise RuntimeError(f"Got argnum={i}, but only {count} positional inputs")
    places = tuple(i % count for i in numbers)
    if len(set(places)) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return places


def _jacobian(
    func: Callable[..., Any], argnums: Any, has_aux: bool, blocks: Callable[[_Call], list[list[Tensor]]]
) -> Transformed:
    """The function that nests the blocks of a Jacobian: outputs first, then arguments."""

    def jacobian(*args: Any, **kwargs: Any) -> Any:
        call = _Call(func, args, argnums, has_aux, kwargs)
        nested = call.rebuild_outputs([call.rebuild(row) for row in blocks(call)])
        return (nested, call.given(call.aux)) if has_aux else nested

    return jacobian


def _units(zero: Any) -> list[Any]:
    """The unit arrays of a shape, in order."""
    units = []
    for place in np.ndindex(zero.shape):
        unit = zero.copy()
        unit[place] = 1
        units.append(unit)
    return units


def _stacked(parts: list[Tensor], out: Any, x: Tensor, first: bool) -> Tensor:
    """The block of shape out.shape + x.shape: stacked rows, or (if not `first`) stacked columns."""
    shape = out.shape + x.array.shape
    if not parts:
        return wrap(np.zeros(shape, out.dtype))
    return (stack(parts) if first else stack(parts, -1)).reshape(shape)
