"""What is called when a gradient is there, and backward from several tensors at once."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from .core import backward as backprop
from .core.backward import Cotangents, _accumulate, _cotangent, _node_of
from .core.graph import Leaf, Node, no_grad
from .core.tensor import RemovableHandle, Tensor


def register_post_accumulate_grad_hook(tensor: Tensor, hook: Callable[[Tensor], None]) -> RemovableHandle:
    """Call `hook(tensor)` whenever `backward()` has accumulated a gradient into `tensor.grad`.

    So a parameter can be updated, and its gradient forgotten, as soon as it is there.

    Returns:
        A handle whose `remove()` takes the hook away.

    Raises:
        RuntimeError: the tensor does not require a gradient, or is not a leaf.

    >>> from autograd import tensor
    >>> x = tensor(2.0, requires_grad=True)
    >>> handle = x.register_post_accumulate_grad_hook(lambda x: print(x.grad))
    >>> (x * x).backward()
    tensor(4.)
    """
    node = tensor.node
    if node is None:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if not isinstance(node, Leaf):
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if node.after is None:
        node.after = []
    # The node must not keep its tensor alive: that would be a cycle.
    owner = weakref.ref(tensor)

    def call() -> None:
        leaf = owner()
        if leaf is not None:
            with no_grad():
                hook(leaf)

    node.after.append(call)
    return RemovableHandle(node.after, call)


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Accumulate into `.grad` of the leaves the sum of the gradients of `tensors`.

    Args:
        tensors: what to differentiate: scalars, unless `grad_tensors` is given.
        grad_tensors: the cotangent of each, in its shape; None for a scalar's, which is 1.
        retain_graph: keep the saved values for another pass (default: `create_graph`).
        create_graph: record the gradients too, so that they can be differentiated.
        inputs: accumulate into these alone.

    Raises:
        RuntimeError: a tensor has no graph, or is not a scalar and has no cotangent; a cotangent does not fit; the
            graph was freed, or a saved value was overwritten; the numbers of tensors and of gradients differ;
            `inputs` is empty.

    >>> from autograd import tensor
    >>> x = tensor([1.0, 2.0], requires_grad=True)
    >>> backward([x.sum(), x * x], [None, tensor([1.0, 10.0])])
    >>> x.grad
    tensor([ 3., 41.])
    """
    outs = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    gradients = _each(grad_tensors, len(outs))
    if len(gradients) != len(outs):
        raise RuntimeError(f"got {len(outs)} tensors and {len(gradients)} gradients")
    sources: list[Node | Leaf] | None = None
    if inputs is not None:
        sources = [_node_of(t) for t in ([inputs] if isinstance(inputs, Tensor) else inputs)]
        if not sources:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    if not outs:
        return
    cotangents: Cotangents = {}
    for out, gradient in zip(outs, gradients):
        node, g = _node_of(out), _cotangent(out, gradient, create_graph)
        cotangents[node] = cotangents[node] + g if node in cotangents else g
    keep = create_graph if retain_graph is None else retain_graph
    _accumulate(backprop.pull_back(cotangents, sources, create_graph, keep), cotangents.values())


def backward_of_one(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Accumulate into `.grad` of the leaves the gradient of this tensor: `autograd.backward` of one.

    Args:
        gradient: the cotangent of this tensor, in its shape; 1 for a scalar.
        retain_graph: keep the saved values for another pass (default: `create_graph`).
        create_graph: record the gradients too, so that they can be differentiated.
        inputs: accumulate into these alone.

    Raises:
        RuntimeError: as `autograd.backward`.

    >>> from autograd import tensor
    >>> x = tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    backward([self], [gradient], retain_graph, create_graph, inputs)


def _each(gradients: Any, count: int) -> list[Any]:
    if gradients is None:
        return [None] * count
    return [gradients] if isinstance(gradients, Tensor) else list(gradients)
