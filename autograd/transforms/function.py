"""Function: a differentiable operation whose forward and backward the user writes.

A call becomes one node. A node of the engine has one output, so for several outputs each gets a node of its own whose
parent is the node of the call. It wraps the cotangent of its output in `OutputCotangents`, which add up on the way
back like any cotangent; at the node of the call, the user's backward receives them all.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, ClassVar

import numpy as np

from ..base.dtypes import Array
from ..core import aliasing, writes
from ..core.broadcasting import sum_to
from ..core.grad_mode import no_grad, recording, reset_recording, set_recording
from ..core.graph import Leaf, Node, StandIn, notify, watchers
from ..core.hooks import observe
from ..core.operation import as_dtype
from ..core.primitive import BoundRule
from ..core.tensor import Tensor, wrap
from ..ops.inplace import writing

__all__ = ["Function"]


class FunctionCtx:
    """The context of one call: carries values from `forward` to `backward`, also as attributes that the user sets.

    Attributes:
        needs_input_grad: for each argument of `apply`, whether it requires a gradient.
    """

    needs_input_grad: tuple[bool, ...] = ()
    _to_save: tuple[Tensor | None, ...] = ()
    _non_differentiable: tuple[Tensor, ...] = ()
    _dirty: tuple[Tensor, ...] = ()
    _materialize_grads = True
    #: For each saved tensor its node; for an output of the call, its index.
    _saved_nodes: Sequence[Node | Leaf | int | None] = ()
    #: The saved arrays while `backward` runs; the node that holds them may have released them already.
    _saved_arrays: Sequence[Array | None] | None = None
    # Weak references: the node holds the context.
    _node: weakref.ref[Node] | None = None
    _output_nodes: dict[int, weakref.ref[Node]]

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Save tensors for `backward`, which reads them from `saved_tensors`.

        The backward pass frees them, and raises an error if one of them was modified in place since.

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
        """The saved tensors, in order.

        Raises:
            RuntimeError: a backward pass has freed them.
        """
        if self._node is None:
            return self._to_save
        arrays = self._saved_arrays
        if arrays is None:
            node = self._node()
            arrays = None if node is None else node.saved
            if node is not None and isinstance(node.primitive, StandIn):  # hooks for saved tensors may have packed them
                arrays = node.primitive.unpacked(arrays)
        if arrays is None:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved tensors after they have "
                "already been freed): call the first backward with retain_graph=True, or detach() a tensor before you "
                "use it again"
            )
        saved = zip(arrays, self._saved_nodes)
        return tuple([None if array is None else wrap(array, self._node_of(node)) for array, node in saved])

    def _node_of(self, node: Node | Leaf | int | None) -> Node | Leaf | None:
        """The node of a saved tensor, which for an output of the call is given by its index."""
        if not isinstance(node, int):
            return node
        if node not in self._output_nodes:
            return None
        found = self._output_nodes[node]()
        if found is None:
            # The output was deleted, and its node with it: make an equal one.
            call: Any = self._node and self._node()
            found = type(call)(_OutputPrimitive(call.primitive, node), (call,), ())
        return found

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """Mark outputs that have no gradient, such as indices; `backward` gets zeros for them."""
        self._non_differentiable = outputs

    def mark_dirty(self, *inputs: Tensor) -> None:
        """Mark inputs that `forward` modified in place; it must return them."""
        self._dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (the default) or None for an output that the loss does not depend on."""
        self._materialize_grads = value


class Function:
    """Base class of operations whose gradient is written by hand.

    A subclass defines static methods: `forward(ctx, *args)`, or `forward(*args)` together with
    `setup_context(ctx, inputs, output)`, and `backward(ctx, *grads)`. `backward` takes a gradient for each output and
    returns one for each argument of `apply`, or None. If it uses only tensor operations, it can itself be
    differentiated. Operations inside `forward` are not recorded.

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

    _node_class: ClassVar[type[FunctionNode]]  # of each subclass its own, made at the first recorded call
    #: Whether code of the user runs in `backward`, which may look at the gradients that are complete by then.
    _is_of_the_user: ClassVar[bool] = True

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the output: a Tensor, or a tuple of Tensors and other values."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Save what `backward` needs, if `forward` takes no ctx."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradient of each argument of `apply` from the gradients of the outputs."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with "
            "backward mode AD."
        )

    vjp = backward

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Call the operation, and record it as one node if an argument requires a gradient.

        Raises:
            NotImplementedError: the subclass has no `forward`.
            RuntimeError: a leaf that requires a gradient was marked as modified in place.
        """
        ctx = FunctionCtx()
        ctx.needs_input_grad = tuple([isinstance(arg, Tensor) and arg.node is not None for arg in args])
        before = set_recording(False)
        try:
            if cls.setup_context is Function.setup_context:
                returned = cls.forward(ctx, *args)
            else:
                returned = cls.forward(*args)
                cls.setup_context(ctx, args, returned)
        finally:
            reset_recording(before)
        if isinstance(returned, tuple):
            return _record(cls, ctx, args, returned)
        (output,) = _record(cls, ctx, args, (returned,))
        return output


# -- recording a call -------------------------------------------------------------------------------


class FunctionNode(Node):
    """The node of a call, or of one of its outputs; it has the attributes of the call's ctx.

    Each Function has a subclass of its own, so that the type of a node has PyTorch's name, such as `CubeBackward`.
    """

    __slots__ = ()

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """The tensors that `forward` saved."""
        saved: tuple[Tensor | None, ...] = self.primitive.ctx.saved_tensors  # type: ignore[attr-defined]  # as below
        return saved

    def __getattr__(self, name: str) -> Any:
        if name in Node.__slots__:  # a slot that is still empty
            raise AttributeError(name)
        return getattr(self.primitive.ctx, name)  # type: ignore[attr-defined]  # both primitives below have it


def _node_class(cls: type[Function]) -> type[FunctionNode]:
    """The class of the nodes of a Function."""
    if "_node_class" not in vars(cls):
        cls._node_class = type(f"{cls.__name__}Backward", (FunctionNode,), {"__slots__": ()})
    return cls._node_class


class OutputCotangents:
    """The cotangents of a call's outputs, by the index of the output: the cotangent of the node of the call."""

    __slots__ = ("by_index",)

    def __init__(self, by_index: dict[int, Any]) -> None:
        self.by_index = by_index

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the first cotangent, for error messages."""
        return tuple(next(iter(self.by_index.values())).shape)

    def __add__(self, other: OutputCotangents) -> OutputCotangents:
        total = dict(self.by_index)
        for i, g in other.by_index.items():
            total[i] = total[i] + g if i in total else g
        return OutputCotangents(total)


class _OutputPrimitive:
    """The primitive of one output among several: its rule wraps the cotangent in `OutputCotangents`."""

    saves: tuple[str, ...] = ()
    saves_values = False
    rules: ClassVar[dict[str, None]] = {"outputs": None}

    def __init__(self, call: _CallPrimitive, i: int) -> None:
        self.name, self.backward_name, self.ctx = call.name, call.backward_name, call.ctx
        self.vjps = (lambda g, saved: OutputCotangents({i: g}),)


class _CallPrimitive:
    """The primitive of one call of a Function: its rules run the user's backward."""

    def __init__(self, cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], outputs: Sequence[Any]) -> None:
        self.name = cls.__name__
        self.backward_name = f"{cls.__name__}Backward"
        self.cls, self.ctx = cls, ctx
        self.rules = dict.fromkeys(_numbered("argument", len(args)))
        self.saves = _numbered("tensor", len(ctx._to_save))
        self.saves_values = bool(self.saves)
        self.inputs = [_kind(arg) for arg in args]
        self.outputs = [_kind(out) for out in outputs]

    @property
    def vjps(self) -> Iterator[BoundRule]:
        """A rule for each argument; the first to be called runs the user's backward, once for all of them."""
        results: list[Any] = []

        def rule(i: int) -> BoundRule:
            def vjp(g: Any, saved: Any) -> Any:
                if not results:
                    results.extend(self.gradients(g, saved))
                return results[i]

            return vjp

        return map(rule, range(len(self.inputs)))

    def gradients(self, g: Any, saved: Any) -> list[Any]:
        """The result of the user's backward, checked: for each argument an array (a Tensor if recorded) or None."""
        cotangents = g.by_index if isinstance(g, OutputCotangents) else {next(iter(self.ctx._output_nodes)): g}
        records = any(isinstance(value, Tensor) for value in cotangents.values())
        grads = [self._cotangent(cotangents.get(i), kind) for i, kind in enumerate(self.outputs)]
        ctx = self.ctx
        ctx._saved_arrays, before = saved, set_recording(records)
        try:
            backward = self.cls.backward if self.cls.backward is not Function.backward else self.cls.vjp
            returned = backward(ctx, *grads)
            returned = returned if isinstance(returned, tuple) else (returned,)
            checked = [self._checked(i, gx) for i, gx in enumerate(self._one_for_each_input(returned))]
        finally:
            reset_recording(before)
            ctx._saved_arrays = None
        return [gx if gx is None or records else gx.array for gx in checked]

    def _cotangent(self, g: Any, kind: _Kind | None) -> Tensor | None:
        if g is not None:
            return g if isinstance(g, Tensor) else wrap(g)
        if kind is None or not self.ctx._materialize_grads:
            return None
        return wrap(np.zeros(*kind)[()])

    def _one_for_each_input(self, returned: tuple[Any, ...]) -> tuple[Any, ...]:
        count = len(self.inputs)
        if len(returned) < count or any(gx is not None for gx in returned[count:]):
            raise RuntimeError(
                f"function {self.backward_name} returned an incorrect number of gradients (expected {count}, got "
                f"{len(returned)}): {self.name}.backward returns one for each argument of apply, or None for it"
            )
        return returned[:count]

    def _checked(self, i: int, gx: Any) -> Tensor | None:
        """The gradient of argument i, in the shape and dtype of the argument."""
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
            if not _broadcasts(shape, gx.array.shape):
                raise RuntimeError(
                    f"Function {self.backward_name} returned an invalid gradient at index {i} - got "
                    f"{list(gx.array.shape)} but expected shape compatible with {list(shape)}"
                )
            gx = sum_to(gx, shape)
        result: Tensor = as_dtype(gx, numpy_dtype)
        return result


@functools.cache
def _numbered(word: str, count: int) -> tuple[str, ...]:
    return tuple(f"{word} {i}" for i in range(count))


_Kind = tuple[tuple[int, ...], Any]


def _kind(value: Any) -> _Kind | None:
    """The shape and NumPy dtype of a Tensor; None for anything else."""
    return (value.array.shape, value.array.dtype) if isinstance(value, Tensor) else None


def _broadcasts(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    """Whether `small` broadcasts to `large`."""
    return len(small) <= len(large) and all(m in (n, 1) for m, n in zip(reversed(small), reversed(large)))


def _record(cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], outputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The outputs of a call, with their nodes if it is recorded."""
    dirty = {id(tensor) for tensor in ctx._dirty}
    for tensor in ctx._dirty:
        if recording() and tensor.requires_grad and tensor.is_leaf:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
        writes.write(tensor)
    constant = {id(tensor) for tensor in ctx._non_differentiable}
    tensors = [arg if isinstance(arg, Tensor) else None for arg in args]
    in_use = {id(arg) for arg in tensors}
    nodes: dict[int, Node | Leaf | int | None] = {}  # of outputs, whose nodes do not exist yet, the index
    results, differentiable = list(outputs), []
    for i, out in enumerate(outputs):
        if isinstance(out, Tensor):
            nodes[id(out)] = i
            if id(out) not in constant and out.array.dtype.kind in "fc":
                differentiable.append(i)
            if id(out) not in dirty:
                results[i] = _distinct(out, in_use)
    if not (recording() and any(ctx.needs_input_grad) and differentiable):
        return tuple(results)
    parents = tuple([None if arg is None else arg.node for arg in tensors])
    for arg, parent in zip(tensors, parents):
        if id(arg) not in dirty:
            nodes[id(arg)] = parent
    ctx._saved_nodes = [None if t is None else nodes.get(id(t), t.node) for t in ctx._to_save]
    saved = tuple([None if t is None else t.array for t in ctx._to_save])
    call = _CallPrimitive(cls, ctx, args, outputs)
    kind = _node_class(cls)
    node = kind(call, parents, saved)
    if cls._is_of_the_user:
        observe(node)
    if watchers:
        notify(node, results, args)
    ctx._node, ctx._to_save, ctx._output_nodes = weakref.ref(node), (), {}
    ctx._non_differentiable = ctx._dirty = ()  # the node holds the context, which must not keep these tensors alive
    for i in differentiable:
        out = results[i]
        if isinstance(out, aliasing.View) and id(out) not in dirty:
            out.origin = "function"
        # A single output is the value of the call's own node; each of several gets a node behind it.
        output_node = node if differentiable == [i] else kind(_OutputPrimitive(call, i), (node,), ())
        if watchers and output_node is not node:
            notify(output_node, out, args)
        ctx._output_nodes[i] = weakref.ref(output_node)
        if id(out) in dirty:
            writing.set_node(out, output_node)
        else:
            out.node = output_node
    return tuple(results)


def _distinct(out: Tensor, in_use: set[int]) -> Tensor:
    """A tensor for an output that can be given a node: the output itself, unless it is in use or has a node already.

    An argument, or another output, is returned as a view of it. A tensor that has a node gives its elements.
    """
    if id(out) in in_use:
        base, steps = (out.base, out.steps) if isinstance(out, aliasing.View) else (out, ())
        return aliasing.View(out._shared(), None, base, steps)
    in_use.add(id(out))
    return out if out.node is None else wrap(out._shared())


# -- a backward that cannot be differentiated --------------------------------------------------------


class OnceDifferentiableError(RuntimeError):
    """A second derivative was requested of a function that is only once differentiable."""


class _OnceDifferentiable:
    """The primitive of gradients that cannot be differentiated: its rules raise an error."""

    saves: tuple[str, ...] = ()
    saves_values = False

    def __init__(self, name: str, count: int) -> None:
        self.name, self.backward_name = name, f"{name}Backward"
        self.rules = dict.fromkeys(_numbered("gradient", count))
        self.vjps = (self._raise,) * count

    def _raise(self, g: Any, saved: Any) -> Any:
        raise OnceDifferentiableError(
            f"trying to differentiate twice a function that was marked with @once_differentiable: {self.name}"
        )


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a `backward` that cannot be differentiated, such as one in NumPy: a second derivative raises."""

    @functools.wraps(backward)
    def wrapped(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            returned = backward(ctx, *grads)
        parents = tuple(g.node for g in grads if isinstance(g, Tensor) and g.node is not None)
        if not recording() or not parents:
            return returned
        once = _OnceDifferentiable(backward.__qualname__.removesuffix(".backward").rpartition(".")[2], len(parents))
        returned = returned if isinstance(returned, tuple) else (returned,)
        return tuple(wrap(gx.array, Node(once, parents, ())) if isinstance(gx, Tensor) else gx for gx in returned)

    return wrapped
