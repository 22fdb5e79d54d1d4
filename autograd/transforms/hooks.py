"""Hooks that users register: at tensors, at the nodes of the graph, and at leaves; and gradients that are retained."""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np

from ..core.backward import Cotangents, pass_watchers, undoing
from ..core.graph import Leaf, Node, StandIn, all_nodes
from ..core.hooks import RETAIN, RemovableHandle, check_hook, observe
from ..core.primitive import BoundRule
from ..core.tensor import Tensor, wrap

#: The gradients of a node's inputs, or of its outputs; None where none is needed.
Grads: TypeAlias = tuple[Tensor | None, ...]


# -- of tensors: methods of Tensor ------------------------------------------------------------------


def register_hook(tensor: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Call `hook` with the gradient of this tensor when it is computed; if it returns a tensor, use that instead.

    If the tensor is written in place later, the hook goes on receiving the gradient of its former value.

    Returns:
        A handle whose `remove()` removes the hook.

    Raises:
        RuntimeError: the tensor does not require a gradient.
        TypeError: the hook cannot be called.

    >>> from autograd import tensor
    >>> x = tensor(2.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: 10 * g)
    >>> (x * x).backward()
    >>> x.grad
    tensor(40.)
    """
    check_hook(hook)
    if tensor.node is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    return _added(tensor.node, "hooks", hook)


def _added(node: Node | Leaf, which: str, hook: Callable[..., Any]) -> RemovableHandle:
    """Add a hook to one of the lists of a node or leaf: hooks of the tensor come before those of the leaf itself."""
    observe(node)
    if getattr(node, which) is None:
        setattr(node, which, [])
    hooks = getattr(node, which)
    place = len(hooks)
    while place and isinstance(hooks[place - 1], _OfLeaf) and not isinstance(hook, _OfLeaf):
        place -= 1
    hooks.insert(place, hook)
    return RemovableHandle(hooks, hook)


class _OfLeaf(functools.partial[Any]):
    """A hook of a leaf itself, not of its tensor."""


def retain_grad(tensor: Tensor) -> None:
    """Keep the gradient of this intermediate value in `.grad` at the next backward.

    If the tensor is written in place, the gradient of its new value is kept.

    Raises:
        RuntimeError: the tensor does not require a gradient.
    """
    node = tensor.node
    if node is None:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False: set requires_grad on its inputs")
    if isinstance(node, Leaf) or retains_grad(tensor):
        return
    if node.hooks is None:
        node.hooks = []
    node.hooks.append(RETAIN)
    node.grad = None


def retains_grad(tensor: Tensor) -> bool:
    """Whether this is an intermediate value that keeps its gradient (see `retain_grad`)."""
    return isinstance(tensor.node, Node) and RETAIN in (tensor.node.hooks or [])


def register_post_accumulate_grad_hook(tensor: Tensor, hook: Callable[[Tensor], Any]) -> RemovableHandle:
    """Call `hook(tensor)` each time that `backward()` has accumulated a gradient into `tensor.grad`.

    For example, to update a parameter and free its gradient at once, during the backward pass: the hook is called as
    soon as the gradient is complete.

    Returns:
        A handle whose `remove()` unregisters the hook.

    Raises:
        RuntimeError: the tensor does not require a gradient, or is not a leaf; during backward, the hook returned
            something.
        TypeError: the hook cannot be called.

    >>> from autograd import tensor
    >>> x = tensor(2.0, requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad))
    >>> (x * x).backward()
    tensor(4.)
    """
    check_hook(hook)
    leaf = tensor.node
    if leaf is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if not isinstance(leaf, Leaf):
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")

    def call(leaf: Leaf, g: Any) -> None:  # the leaf must not keep its tensor alive: that would be a reference cycle
        if (tensor := leaf.variable) is not None:
            returned = hook(tensor)
            if returned is not None:
                raise RuntimeError("Tensor post accumulate grad hooks should return None.")

    return _added(leaf, "after", call)


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[..., None], *, mode: Literal["all", "any"] = "all"
) -> RemovableHandle:
    """Call `fn` when the gradients of several tensors have been computed.

    Args:
        tensors: the tensors, which require a gradient.
        fn: in mode "all", called once in a backward pass, with the list of all gradients that the pass computes, None
            for the others; in mode "any", called with the first gradient that the pass computes.
        mode: "all" or "any".

    Returns:
        A handle whose `remove()` unregisters the hook.

    Raises:
        ValueError: another mode.
        TypeError: `fn` cannot be called.
        RuntimeError: a tensor does not require a gradient.

    >>> from autograd import tensor
    >>> x, y = tensor(2.0, requires_grad=True), tensor(3.0, requires_grad=True)
    >>> handle = register_multi_grad_hook([x, y], print)
    >>> (x * y).backward()
    [tensor(3.), tensor(2.)]
    """
    check_hook(fn)
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    nodes = [tensor.node for tensor in tensors]
    if any(node is None for node in nodes):
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    return _MultiHook([node for node in nodes if node is not None], fn, mode == "any")


class _MultiHook(RemovableHandle):
    """A hook of several nodes: a watcher of backward passes, which counts the gradients that arrive in each thread."""

    def __init__(self, nodes: list[Node | Leaf], fn: Callable[..., None], first_only: bool) -> None:
        super().__init__([], None)
        self.fn, self.first_only = fn, first_only
        self._passes = threading.local()
        self._nodes = [weakref.ref(node, self._gone) for node in nodes]  # which hold the hooks, and so this object
        self._handles = [_added(node, "hooks", functools.partial(self._arrived, i)) for i, node in enumerate(nodes)]
        pass_watchers.append(self._starting)

    def remove(self) -> None:
        """Remove the hook; calling it again has no effect."""
        if self._starting in pass_watchers:
            pass_watchers.remove(self._starting)
        while self._handles:
            self._handles.pop().remove()

    def _gone(self, _: object) -> None:
        if all(node() is None for node in self._nodes):
            self.remove()

    def _starting(self, cotangents: Cotangents, needed: set[Node | Leaf] | None) -> None:
        reached = {*cotangents, *(all_nodes(cotangents) if needed is None else needed)}
        self._passes.missing = sum(node() in reached for node in self._nodes)
        self._passes.grads = [None] * len(self._nodes)

    def _arrived(self, i: int, g: Tensor) -> None:
        state = self._passes
        if self.first_only:
            if state.missing:
                state.missing = 0
                self.fn(g)
            return
        state.grads[i] = g
        state.missing -= 1
        if not state.missing:
            self.fn(state.grads)


# -- of nodes: methods of Node and Leaf -------------------------------------------------------------


def register_hook_of_node(node: Node, hook: Callable[[Grads, Grads], Grads | None]) -> RemovableHandle:
    """Call `hook(grad_inputs, grad_outputs)` after the backward of this node; a tuple it returns replaces grad_inputs.

    >>> from autograd import tensor
    >>> y = tensor(2.0, requires_grad=True) ** 2
    >>> handle = y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: print(grad_inputs, grad_outputs))
    >>> y.backward()
    (tensor(4.),) (tensor(1.),)
    """
    check_hook(hook)
    hooks = _hooked(node).after
    hooks.append(hook)
    return RemovableHandle(hooks, hook)


def register_prehook_of_node(node: Node, hook: Callable[[Grads], Grads | None]) -> RemovableHandle:
    """Call `hook(grad_outputs)` before the backward of this node; a tuple that it returns replaces grad_outputs."""
    check_hook(hook)
    hooks = _hooked(node).before
    hooks.append(hook)
    return RemovableHandle(hooks, hook)


def register_hook_of_leaf(leaf: Leaf, hook: Callable[[Grads, Grads], Any]) -> RemovableHandle:
    """Call `hook((), grad_outputs)` after the gradient has been accumulated."""
    check_hook(hook)
    return _added(leaf, "after", _OfLeaf(lambda _, g: hook((), _tensors((g,)))))


def register_prehook_of_leaf(leaf: Leaf, hook: Callable[[Grads], Grads | None]) -> RemovableHandle:
    """Call `hook(grad_outputs)` before the gradient is accumulated; a tuple that it returns replaces it."""
    check_hook(hook)
    return _added(leaf, "hooks", _OfLeaf(lambda g: _returned(hook, hook((g,)), (g,))[0]))


class _Hooked(StandIn):
    """The primitive of a node with hooks of its own: its rules call them before and after the rules themselves.

    It also undoes broadcasting and conjugation, in place of the node, so that hooks see the gradients of the inputs.
    """

    has_hooks = True

    def __init__(self, node: Node) -> None:
        super().__init__(node.primitive)
        self.needed = [parent is not None for parent in node.parents]
        self.undo, node.undo = node.undo, None
        self.before: list[Callable[[Grads], Grads | None]] = []
        self.after: list[Callable[[Grads, Grads], Grads | None]] = []

    @property
    def vjps(self) -> Iterator[BoundRule]:
        """A rule for each input; the first to be called computes all gradients and calls the hooks."""
        results: list[Any] = []

        def rule(i: int, g: Any, saved: Any) -> Any:
            if not results:
                results.extend(self._gradients(g, saved))
            return results[i]

        return (functools.partial(rule, i) for i in range(len(self.needed)))

    def _gradients(self, g: Any, saved: Any) -> Sequence[Any]:
        records = isinstance(g, Tensor)
        for prehook in list(self.before):
            given = _tensors((g,))
            (replaced,) = _returned(prehook, prehook(given), given)
            g = replaced if records or replaced is None else replaced.array
        vjps = self.primitive.vjps if self.undo is None else undoing(self.undo, self.primitive.vjps)
        grads = _tensors([vjp(g, saved) if needed else None for needed, vjp in zip(self.needed, vjps)])
        for hook in list(self.after):
            grads = _returned(hook, hook(grads, _tensors((g,))), grads)
        return [gx if records or gx is None else gx.array for gx in grads]


def _hooked(node: Node) -> _Hooked:
    """The stand-in for the primitive of the node that calls its hooks."""
    if not isinstance(node.primitive, _Hooked):
        observe(node)
        node.primitive = _Hooked(node)
    return node.primitive


def _tensors(gradients: Sequence[Any]) -> Grads:
    return tuple(wrap(g) if isinstance(g, (np.ndarray, np.generic)) else g for g in gradients)


def _returned(hook: Any, returned: Any, given: Grads) -> Grads:
    """What a hook returned, checked; what it was given if it returned None."""
    if returned is None:
        return given
    if not isinstance(returned, tuple):
        raise TypeError(f"expected tuple, but hook returned {type(returned).__name__!r}")
    if len(returned) != len(given):
        raise RuntimeError(
            f"hook {getattr(hook, '__name__', repr(hook))!r} has returned an incorrect number of values (got "
            f"{len(returned)}, but expected {len(given)})"
        )
    return returned


def put_on_nodes() -> None:
    """Give nodes and leaves their methods that register hooks."""
    for kind, methods in (
        (Node, {"register_hook": register_hook_of_node, "register_prehook": register_prehook_of_node}),
        (Leaf, {"register_hook": register_hook_of_leaf, "register_prehook": register_prehook_of_leaf}),
    ):
        for name, method in methods.items():
            setattr(kind, name, method)
