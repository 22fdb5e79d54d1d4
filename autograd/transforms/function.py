"""Function: an operation of the user's own, with a backward of its own.

A call becomes one node. The engine's nodes have one output, so several outputs each get a light node
that puts its cotangent into its place among `Parts`; parts add up like any cotangent until the
call's node is reached, where the user's backward sees them side by side.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from ..base.dtypes import Array
from ..core import aliasing
from ..core.broadcasting import sum_to
from ..core.grad_mode import no_grad, recording, set_grad_enabled
from ..core.graph import Leaf, Node, notify, watchers
from ..core.operation import as_dtype
from ..core.primitive import BoundRule
from ..core.tensor import Tensor, wrap
from ..ops.inplace import writing

__all__ = ["Function"]


class FunctionCtx:
    """What a call hands from `forward` to `backward`; other attributes may be set freely.

    Attributes:
        needs_input_grad: for each argument of `apply` whether it requires a gradient.
    """

    needs_input_grad: tuple[bool, ...]

    def __init__(self) -> None:
        self.needs_input_grad = ()
        self._to_save: tuple[Tensor | None, ...] = ()
        self._non_differentiable: tuple[Tensor, ...] = ()
        self._dirty: tuple[Tensor, ...] = ()
        self._materializes = True
        # For each saved tensor the node that made it; for an output its place among the outputs.
        self._places: list[Node | Leaf | int | None] = []
        self._outputs: dict[int, weakref.ref[Node]] = {}
        self._node: weakref.ref[Node] | None = None
        self._at_hand: Sequence[Array | None] | None = None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for `backward`, where `saved_tensors` gives them back.

        They are freed by the backward pass, and it raises if one of them was overwritten since.

        Raises:
            TypeError: an argument is neither a Tensor nor None.
        """
        for i, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, Tensor):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {i} is of type {type(tensor).__name__}: "
                    "set it as an attribute, ctx.name = value"
                )
        self._to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What was saved, in order.

        Raises:
            RuntimeError: it was freed by a backward pass.
        """
        if self._node is None:
            return self._to_save
        arrays = self._at_hand
        if arrays is None:
            node = self._node()
            arrays = None if node is None else node.saved
        if arrays is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved tensors after they have "
                "already been freed): call the first backward with retain_graph=True, or detach() what is used again"
            )
        saved = zip(arrays, self._places)
        return tuple(None if array is None else wrap(array, self._place(place)) for array, place in saved)

    def _place(self, place: Node | Leaf | int | None) -> Node | Leaf | None:
        if not isinstance(place, int):
            return place
        if place not in self._outputs:
            return None
        node = self._outputs[place]()
        if node is None:
            # The output is gone, and its light node with it: another does as well.
            call: Any = self._node and self._node()
            node = Node(_Part(call.primitive, place), (call,), ())
        return node

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """Say that these outputs have no gradient, such as indices; `backward` gets zeros for them."""
        self._non_differentiable = outputs

    def mark_dirty(self, *inputs: Tensor) -> None:
        """Say that `forward` wrote these inputs in place; it must return them."""
        self._dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (the default) or None for an output that nothing was made from."""
        self._materializes = value


class Function:
    """Base of an operation whose gradient its author writes.

    A subclass defines static methods: `forward(ctx, *args)`, or `forward(*args)` with
    `setup_context(ctx, inputs, output)`, and `backward(ctx, *grads)`, which takes a gradient for each
    output and returns one for each argument of `apply`, None where there is none. A backward that
    speaks in tensors and their operations can itself be differentiated. `forward` is not recorded.

    >>> from autograd import tensor
    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return g * 3 * x**2
    >>> x = tensor(2.0, requires_grad=True)
    >>> y = Cube.apply(x)
    >>> y.backward()
    >>> y, x.grad
    (tensor(8., grad_fn=<CubeBackward>), tensor(12.))
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The value: a Tensor, or a tuple of Tensors and other values."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Save what `backward` needs, where `forward` has no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The gradient of each argument, for those of the outputs."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call the operation, recorded as one node if an argument requires a gradient.

        Raises:
            NotImplementedError: the subclass has no `forward`.
            RuntimeError: a leaf that requires a gradient was marked dirty.
        """
        ctx = FunctionCtx()
        ctx.needs_input_grad = tuple(isinstance(arg, Tensor) and arg.requires_grad for arg in args)
        with no_grad():
            if cls.setup_context is Function.setup_context:
                returned = cls.forward(ctx, *args)
            else:
                returned = cls.forward(*args)
                cls.setup_context(ctx, args, returned)
        if isinstance(returned, tuple):
            return _recorded(cls, ctx, args, returned)
        (output,) = _recorded(cls, ctx, args, (returned,))
        return output


# -- recording a call -------------------------------------------------------------------------------


class Parts:
    """Cotangents of several outputs, by their places: what a call's node is handed."""

    __slots__ = ("at",)

    def __init__(self, at: dict[int, Any]) -> None:
        self.at = at

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the first part, for messages."""
        return tuple(next(iter(self.at.values())).shape)

    def __add__(self, other: Parts) -> Parts:
        both = dict(self.at)
        for i, g in other.at.items():
            both[i] = both[i] + g if i in both else g
        return Parts(both)


class _Part:
    """The primitive of an output's light node: it puts the cotangent into its place."""

    saves: tuple[str, ...] = ()
    saves_values = False
    rules: ClassVar[dict[str, None]] = {"parts": None}

    def __init__(self, call: _Call, i: int) -> None:
        self.name, self.backward_name = call.name, call.backward_name
        self.vjps = (lambda g, saved: Parts({i: g}),)


class _Call:
    """The primitive of one call: for the backward pass as any other, but its rules are the user's backward."""

    def __init__(self, cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], outputs: Sequence[Any]) -> None:
        self.name = cls.__name__
        self.backward_name = f"{cls.__name__}Backward"
        self.cls, self.ctx = cls, ctx
        self.rules = {f"argument {i}": None for i in range(len(args))}
        self.saves = tuple(f"tensor {i}" for i in range(len(ctx._to_save)))
        self.saves_values = bool(self.saves)
        self.inputs = [_kind(arg) for arg in args]
        self.outputs = [_kind(out) for out in outputs]

    @property
    def vjps(self) -> Iterator[BoundRule]:
        """A rule for each argument; the first that is called calls the user's backward, once for all."""
        results: list[Any] = []

        def rule(i: int) -> BoundRule:
            def vjp(g: Any, saved: Any) -> Any:
                if not results:
                    results.extend(self.gradients(g, saved))
                return results[i]

            return vjp

        return map(rule, range(len(self.inputs)))

    def gradients(self, g: Any, saved: Any) -> list[Any]:
        """What the user's backward returns, checked: for each argument an array (a Tensor if recorded), or None."""
        given = g.at if isinstance(g, Parts) else {self._only_output(): g}
        records = any(isinstance(part, Tensor) for part in given.values())
        grads = [self._cotangent(given.get(i), kind) for i, kind in enumerate(self.outputs)]
        ctx = self.ctx
        ctx._at_hand = saved
        try:
            with set_grad_enabled(records):
                backward = self.cls.backward if self.cls.backward is not Function.backward else self.cls.vjp
                returned = backward(ctx, *grads)
                returned = returned if isinstance(returned, tuple) else (returned,)
                checked = [self._checked(i, gx) for i, gx in enumerate(self._counted(returned))]
        finally:
            ctx._at_hand = None
        return [gx if gx is None or records else gx.array for gx in checked]

    def _only_output(self) -> int:
        return next(iter(self.ctx._outputs))

    def _cotangent(self, g: Any, kind: _Kind | None) -> Tensor | None:
        if g is not None:
            return g if isinstance(g, Tensor) else wrap(g)
        if kind is None or not self.ctx._materializes:
            return None
        return wrap(np.zeros(*kind)[()])

    def _counted(self, returned: tuple[Any, ...]) -> tuple[Any, ...]:
        count = len(self.inputs)
        if len(returned) < count or any(gx is not None for gx in returned[count:]):
            raise RuntimeError(
                f"function {self.backward_name} returned an incorrect number of gradients (expected {count}, got "
                f"{len(returned)}): {self.name}.backward returns one for each argument of apply, or None for it"
            )
        return returned[:count]

    def _checked(self, i: int, gx: Any) -> Tensor | None:
        """The gradient of argument i in its shape and type."""
        kind = self.inputs[i]
        if gx is None:
            return None
        if not isinstance(gx, Tensor):
            raise RuntimeError(
                f"function {self.backward_name}: expected Variable or None (got {type(gx).__name__}) as gradient {i}"
            )
        if kind is None:
            raise RuntimeError(
                f"function {self.backward_name} returned a gradient different than None at position {i + 1}, but the "
                "corresponding forward input was not a Variable"
            )
        if not self.ctx.needs_input_grad[i]:
            return None
        shape, numpy_dtype = kind
        if gx.array.shape != shape:
            if not _expands(shape, gx.array.shape):
                raise RuntimeError(
                    f"Function {self.backward_name} returned an invalid gradient at index {i} - got "
                    f"{list(gx.array.shape)} but expected shape compatible with {list(shape)}"
                )
            gx = sum_to(gx, shape)
        result: Tensor = as_dtype(gx, numpy_dtype)
        return result


_Kind = tuple[tuple[int, ...], Any]


def _kind(value: Any) -> _Kind | None:
    """Shape and NumPy dtype of a Tensor; None for anything else."""
    return (value.array.shape, value.array.dtype) if isinstance(value, Tensor) else None


def _expands(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether `small` broadcasts to `large`."""
    if len(small) > len(large):
        return False
    return all(m == n or m == 1 for m, n in zip(reversed(small), reversed(large)))


def _recorded(
    cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], outputs: tuple[Any, ...]
) -> tuple[Any, ...]:
    """The outputs of a call at their places in the graph."""
    dirty = {id(tensor) for tensor in ctx._dirty}
    for tensor in ctx._dirty:
        if recording() and tensor.requires_grad and tensor.is_leaf:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        aliasing.write(tensor)
    fixed = {id(tensor) for tensor in ctx._non_differentiable}
    differentiable = [
        i
        for i, out in enumerate(outputs)
        if isinstance(out, Tensor) and id(out) not in fixed and out.array.dtype.kind in "fc"
    ]
    taken = {id(arg) for arg in args if isinstance(arg, Tensor)}
    results = [_fresh(out, taken) if isinstance(out, Tensor) and id(out) not in dirty else out for out in outputs]
    if not (recording() and any(ctx.needs_input_grad) and differentiable):
        return tuple(results)
    by_id: dict[int, Node | Leaf | int | None] = {
        id(out): i for i, out in enumerate(outputs) if isinstance(out, Tensor)
    }
    for arg in args:
        if isinstance(arg, Tensor) and id(arg) not in dirty:
            by_id[id(arg)] = arg.node
    ctx._places = [None if t is None else by_id.get(id(t), t.node) for t in ctx._to_save]
    saved = tuple(None if t is None else t.array for t in ctx._to_save)
    call = _Call(cls, ctx, args, outputs)
    parents = tuple(arg.node if isinstance(arg, Tensor) else None for arg in args)
    node = Node(call, parents, saved)
    if watchers:
        notify(node, results, args)
    ctx._node, ctx._to_save = weakref.ref(node), ()
    ctx._non_differentiable = ctx._dirty = ()
    for i in differentiable:
        out = results[i]
        of_output = node if differentiable == [i] else Node(_Part(call, i), (node,), ())
        if watchers and of_output is not node:
            notify(of_output, out, args)
        ctx._outputs[i] = weakref.ref(of_output)
        if id(out) in dirty:
            writing.set_node(out, of_output)
        else:
            out.node = of_output
    return tuple(results)


def _fresh(out: Tensor, taken: set[int]) -> Tensor:
    """The output, or another Tensor of its elements if it has a place in a graph already or was given out."""
    if out.node is None and id(out) not in taken:
        taken.add(id(out))
        return out
    return wrap(out._shared())


# -- a backward that can't be differentiated --------------------------------------------------------


class OnceDifferentiableError(RuntimeError):
    """A second derivative was asked of what has but a first."""


class _Once:
    """The primitive of a gradient that has no rule of its own."""

    saves: tuple[str, ...] = ()
    saves_values = False

    def __init__(self, name: str, count: int) -> None:
        self.name, self.backward_name = name, f"{name}Backward"
        self.rules = {f"gradient {i}": None for i in range(count)}
        self.vjps = (self._refuse,) * count

    def _refuse(self, g: Any, saved: Any) -> Any:
        raise OnceDifferentiableError(
            f"trying to differentiate twice a function that was marked with @once_differentiable: {self.name}"
        )


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Say of a `backward` that it can't be differentiated: it may use NumPy, and a second derivative raises."""

    @functools.wraps(backward)
    def wrapped(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            returned = backward(ctx, *grads)
        parents = tuple(g.node for g in grads if isinstance(g, Tensor) and g.node is not None)
        if not recording() or not parents:
            return returned
        once = _Once(backward.__qualname__.removesuffix(".backward").rpartition(".")[2], len(parents))
        results = [
            wrap(gx.array, Node(once, parents, ())) if isinstance(gx, Tensor) else gx
            for gx in (returned if isinstance(returned, tuple) else (returned,))
        ]
        return tuple(results)

    return wrapped
