"""What users call to get gradients: `backward`, which fills `.grad`, `grad`, which returns them, and hooks."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..core import aliasing, backward as backprop
from ..core.backward import Cotangents, pull_back
from ..core.grad_mode import no_grad
from ..core.graph import Leaf, Node
from ..core.operation import array_of
from ..core.tensor import RemovableHandle, Tensor, wrap

__all__ = ["backward", "grad"]


def _accumulate(found: Cotangents, given: Iterable[Any]) -> None:
    """Add each gradient to what its node holds; arrays that others show, as who gave them does, are copied."""
    taken = {id(array_of(g)) for g in given}
    for node, g in found.items():
        before = getattr(node, "grad", None)
        if isinstance(g, Tensor):
            node.grad = g if before is None else before + g
        elif before is None:
            node.grad = wrap(_own(g, taken))
        else:
            _add_into(before, g)
    for node in found:  # a hook that raises finds every gradient written
        if isinstance(node, Leaf) and node.after is not None:
            for hook in list(node.after):
                hook()


def _own(g: Array, taken: set[int]) -> Array:
    """`g`, or a copy if it is a view or is given out already: no two gradients share memory."""
    if isinstance(g, np.ndarray):
        if g.base is not None or id(g) in taken:
            g = g.copy()
        taken.add(id(g))
    return g


def _add_into(grad: Tensor, g: Array) -> None:
    """Add to a gradient that is there already: in place, so that who holds it sees the sum."""
    if grad.node is None and isinstance(grad.array, np.ndarray):
        aliasing.write(grad)[...] += g
    elif grad.node is None:
        grad.array = grad.array + g
    else:
        grad.array, grad.node = grad.array + g, None


def _node_of(tensor: Tensor) -> Node | Leaf:
    if tensor.node is None:
        raise RuntimeError(
            "element 0 of tensors does not require grad and does not have a grad_fn: the tensor "
            f"(shape {tensor.array.shape}) was not computed from anything with requires_grad=True, or under "
            "no_grad(), or it was detached; set requires_grad=True on the inputs and compute it again"
        )
    return tensor.node


def _cotangent(tensor: Tensor, gradient: Tensor | None, create_graph: bool) -> Any:
    """The cotangent to begin with: ones for a scalar, or the gradient given, checked."""
    array = tensor.array
    if gradient is None:
        if array.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs: this tensor has shape "
                f"{array.shape}; reduce it to a scalar, such as with sum(), or pass gradient= of its shape"
            )
        if array.dtype.kind == "c":
            raise RuntimeError(
                "grad can be implicitly created only for real scalar outputs but got "
                f"{tensor.dtype}: pass gradient=, or take the real part or abs() first"
            )
        g = np.ones(array.shape, array.dtype) if array.ndim else array.dtype.type(1)
        return wrap(g) if create_graph else g
    if not isinstance(gradient, Tensor):
        raise TypeError(f"gradient must be a Tensor or None, but got {type(gradient).__name__}: wrap it in tensor(...)")
    if gradient.array.shape != array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient.array.shape} and output[0] has a shape of "
            f"{array.shape}: pass a gradient of the output's shape"
        )
    if gradient.array.dtype != array.dtype:
        raise RuntimeError(
            f"Mismatch in dtype: grad_output[0] has dtype {gradient.dtype} and output[0] has dtype {tensor.dtype}: "
            "convert the gradient with .to(output.dtype)"
        )
    return gradient if create_graph else gradient.array


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the sum of `outputs` with respect to `inputs`, returned and not accumulated.

    Args:
        outputs, inputs: Tensors or sequences of them; inputs may be intermediate values.
        grad_outputs: the cotangents of the outputs; ones for scalars.
        retain_graph: keep the saved values (default: `create_graph`).
        create_graph: record the gradients, for derivatives of higher order.
        only_inputs: accepted; only the inputs get gradients.
        allow_unused: give None for an input that the outputs do not reach.
        is_grads_batched: the cotangents have one dim more, the first, and so have the gradients: a pass for each.
        materialize_grads: give zeros for an input that the outputs do not reach.

    Raises:
        RuntimeError: as `backward`, for an unused input unless it is allowed, and for no inputs.

    >>> from autograd import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> (dx,) = grad(x**3, x, create_graph=True)
    >>> grad(dx, x)
    (tensor(18.),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: False")
    outs = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    ins = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    if not ins:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    seeds: list[Tensor | None] = (
        [None] * len(outs)
        if grad_outputs is None
        else [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
    )  # fmt: skip
    if len(seeds) != len(outs):
        raise RuntimeError(f"got {len(outs)} tensors and {len(seeds)} gradients: pass one gradient for each output")
    if is_grads_batched:
        keep = create_graph if retain_graph is None else retain_graph
        return _batch_of_grads(outs, ins, seeds, keep, create_graph, bool(allow_unused), materialize_grads)
    cotangents: Cotangents = {}
    for out, seed in zip(outs, seeds):
        node, g = _node_of(out), _cotangent(out, seed, create_graph)
        cotangents[node] = cotangents[node] + g if node in cotangents else g
    for t in ins:
        if t.node is None:
            raise RuntimeError(
                f"One of the differentiated Tensors does not require grad: shape {t.array.shape}; "
                "set requires_grad=True on it before it is used"
            )
    keep = create_graph if retain_graph is None else retain_graph
    sources = [t.node for t in ins if t.node is not None]
    found = pull_back(cotangents, sources, create_graph, keep)
    unused_is_fine = allow_unused or materialize_grads
    results: list[Tensor | None] = []
    taken = {id(array_of(g)) for g in cotangents.values()}
    for i, t in enumerate(ins):
        g = found.get(t.node)  # type: ignore[arg-type]  # checked above
        if g is None and not unused_is_fine:
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph: its shape is "
                f"{t.array.shape}. Set allow_unused=True if this is the desired behavior: it gives None"
            )
        if g is None:
            results.append(wrap(np.zeros(t.array.shape, t.array.dtype)) if materialize_grads else None)
        elif isinstance(g, Tensor):
            results.append(g)
        else:
            results.append(wrap(_own(g, taken)))
    return tuple(results)


def _batch_of_grads(
    outs: list[Tensor],
    ins: list[Tensor],
    seeds: list[Tensor | None],
    keep: bool,
    create_graph: bool,
    allow_unused: bool,
    materialize: bool,
) -> tuple[Tensor | None, ...]:
    """The gradients for each slice of the cotangents, stacked."""
    from ..ops.shape.joining import stack

    given = [seed for seed in seeds if seed is not None]
    counts = {len(seed) for seed in given}
    if any(seed is None for seed in seeds) or len(counts) != 1:
        raise RuntimeError("is_grads_batched=True: expected a cotangent for each output, all with the same first dim")
    (count,) = counts
    if not count:
        raise RuntimeError("is_grads_batched=True: expected at least one cotangent in the batch, but got none")
    rows = [
        grad(
            outs,
            ins,
            [seed[i] for seed in given],
            retain_graph=keep or i + 1 < count,
            create_graph=create_graph,
            allow_unused=allow_unused,
            materialize_grads=materialize,
        )
        for i in range(count)
    ]
    return tuple(first if first is None else stack([first, *others]) for first, *others in zip(*rows))


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
