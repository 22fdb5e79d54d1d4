"""What users call to get gradients: `backward` accumulates them into `.grad`, `grad` returns them."""

from __future__ import annotations

import functools
import threading
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from ..base.dtypes import Array
from ..base.memory import owner_of
from ..base.symbolic import contiguous_copy
from ..core import writes
from ..core.backward import Cotangents, pull_back
from ..core.errors import not_a_tensor, users_level
from ..core.grad_mode import enable_grad, no_grad
from ..core.graph import Leaf, Node, all_nodes
from ..core.hooks import RETAIN, observed
from ..core.operation import array_of
from ..core.tensor import Tensor, wrap
from ..ops.creation.conversion import clone
from ..ops.shape.joining import stack

__all__ = ["backward", "grad"]


class GradientEdge(NamedTuple):
    """A place in the graph, which `backward` and `grad` take in place of a tensor: see `get_gradient_edge`.

    Attributes:
        node: the node that computes the value, or the leaf.
        output_nr: the index of the value among the node's outputs: always 0.
        like: an array of the shape and dtype of the value, without its memory.
    """

    node: Node | Leaf
    output_nr: int
    like: Array


def get_gradient_edge(tensor: Tensor) -> GradientEdge:
    """The place of a tensor in the graph.

    It is the same after the tensor was written in place, and does not keep the tensor's elements alive.

    Raises:
        RuntimeError: the tensor does not require a gradient.

    >>> from autograd import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> y = x * x
    >>> edge = get_gradient_edge(y)
    >>> grad(y.exp().log(), edge)
    (tensor(1.),)
    """
    if tensor.node is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(tensor.node, 0, np.broadcast_to(np.zeros((), tensor.array.dtype), tensor.array.shape))


#: What can be differentiated, and with respect to what.
Place: TypeAlias = Tensor | GradientEdge


def backward(
    tensors: Place | Sequence[Place],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Tensor | Sequence[Tensor | None] | None = None,
    inputs: Place | Sequence[Place] | None = None,
) -> None:
    """Compute the sum of the gradients of `tensors` and accumulate it into `.grad` of the leaves.

    Args:
        tensors: the tensors to differentiate: scalars, unless `grad_tensors` is given.
        grad_tensors: the cotangent of each tensor, in its shape; None for a scalar, whose cotangent is 1.
        retain_graph: keep the saved values for another backward pass (default: `create_graph`).
        create_graph: record the gradients too, so that they can be differentiated.
        grad_variables: the old name of `grad_tensors`, with a FutureWarning.
        inputs: accumulate into these tensors only.

    Raises:
        RuntimeError: a tensor has no graph, or is not a scalar and has no cotangent; the shape or dtype of a cotangent
            differs from its tensor's; the graph was freed, or a saved value was modified in place; the numbers of
            tensors and of cotangents differ; `inputs` is empty.

    >>> from autograd import tensor
    >>> x = tensor([1.0, 2.0], requires_grad=True)
    >>> backward([x.sum(), x * x], [None, tensor([1.0, 10.0])])
    >>> x.grad
    tensor([ 3., 41.])
    """
    if grad_variables is not None:
        warnings.warn(
            "`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=users_level()
        )
        if grad_tensors is not None:
            raise RuntimeError("backward: `grad_tensors` and its old name `grad_variables` were both given: drop one")
        grad_tensors = grad_variables
    outs = _listed(tensors)
    gradients = _gradients_of(outs, grad_tensors)
    sources = _sources(inputs)
    if outs:
        _fill_grads(_cotangents(outs, gradients, create_graph), sources, retain_graph, create_graph)


def backward_of_one(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Place | Sequence[Place] | None = None,
) -> None:
    """Compute the gradient of this tensor and accumulate it into `.grad` of the leaves.

    Args:
        gradient: the cotangent of this tensor, in its shape; None for a scalar, whose cotangent is 1.
        retain_graph, create_graph, inputs: as for `autograd.backward`, whose errors are raised here too.

    >>> from autograd import tensor
    >>> x = tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    cotangents = {_node_of(self): initial_cotangent(self, gradient, create_graph)}
    _fill_grads(cotangents, _sources(inputs), retain_graph, create_graph)


def grad(
    outputs: Place | Sequence[Place],
    inputs: Place | Sequence[Place],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of the sum of `outputs` with respect to `inputs`, without accumulating them.

    Args:
        outputs, inputs: Tensors or sequences of them; inputs may be intermediate values.
        grad_outputs, retain_graph, create_graph: as for `backward`.
        only_inputs: ignored; only the inputs get gradients.
        allow_unused: return None for an input that the outputs do not depend on, where an error is the default.
        is_grads_batched: the cotangents, and then the gradients, have an additional first dim; each slice of it takes
            a backward pass of its own.
        materialize_grads: return zeros for an input that the outputs do not depend on.

    Raises:
        RuntimeError: as `backward`; there are no inputs; an input does not require a gradient; or an input is unused
            and neither `allow_unused` nor `materialize_grads` is set.
        ValueError: `materialize_grads` together with `allow_unused=False`.

    >>> from autograd import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> (dx,) = grad(x**3, x, create_graph=True)
    >>> grad(dx, x)
    (tensor(18.),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: False")
    outs, ins = _listed(outputs), _listed(inputs)
    if not ins:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    gradients = _gradients_of(outs, grad_outputs)
    keep_graph = create_graph if retain_graph is None else retain_graph
    if is_grads_batched:
        row = functools.partial(
            grad, outs, ins, create_graph=create_graph, allow_unused=allow_unused, materialize_grads=materialize_grads
        )
        return _stacked_rows(row, gradients, keep_graph)
    cotangents = _cotangents(outs, gradients, create_graph)
    for t in ins:
        if t.node is None:
            raise RuntimeError(
                f"One of the differentiated Tensors does not require grad: shape {_like(t).shape}; "
                "set requires_grad=True on it before it is used"
            )
    sources = [t.node for t in ins if t.node is not None]
    hooks_saw = _hooks_see(cotangents)
    found = pull_back(cotangents, sources, create_graph, keep_graph)
    in_use = _memory_of(cotangents)
    retained = {node: g for node, g in found.items() if node.hooks is not None and RETAIN in node.hooks}
    if retained:
        _accumulate(retained, in_use, hooks_saw)
    results: list[Tensor | None] = []
    for i, t in enumerate(ins):
        g = found.get(t.node)  # type: ignore[arg-type]  # checked above
        if g is None and not (allow_unused or materialize_grads):
            raise RuntimeError(
                f"The differentiated Tensor at index {i} appears to not have been used in the graph: its shape is "
                f"{_like(t).shape}. Set allow_unused=True if this is the desired behavior: it returns None"
            )
        if g is None:
            results.append(wrap(np.zeros_like(_like(t))) if materialize_grads else None)
        elif isinstance(g, Tensor):
            results.append(g)
        else:
            found[t.node] = g = unshared(g, in_use, hooks_saw)  # type: ignore[index]  # checked above
            results.append(wrap(g))
    return tuple(results)


def _stacked_rows(
    row: Callable[..., tuple[Tensor | None, ...]], gradients: list[Tensor | None], keep_graph: bool
) -> tuple[Tensor | None, ...]:
    """The gradients for each slice of the cotangents, computed by `row` and stacked."""
    batches = [g for g in gradients if g is not None]
    counts = {len(batch) for batch in batches}
    if len(batches) < len(gradients) or len(counts) != 1:
        raise RuntimeError("is_grads_batched=True: expected a cotangent for each output, all with the same first dim")
    (count,) = counts
    if not count:
        raise RuntimeError("is_grads_batched=True: expected at least one cotangent in the batch, but got none")
    rows = [row([batch[i] for batch in batches], retain_graph=keep_graph or i + 1 < count) for i in range(count)]
    return tuple(first if first is None else stack([first, *others]) for first, *others in zip(*rows))


# -- the start of a backward pass -------------------------------------------------------------------


def _fill_grads(
    cotangents: Cotangents, sources: list[Node | Leaf] | None, retain_graph: bool | None, create_graph: bool
) -> None:
    """Run the backward pass, and accumulate what it finds into `.grad`."""
    keep_graph = create_graph if retain_graph is None else retain_graph
    in_use = _memory_of(cotangents)
    if not _hooks_see(cotangents):
        _accumulate(pull_back(cotangents, sources, create_graph, keep_graph), in_use, False)
        return
    # Hooks run during the pass: each gradient is accumulated as soon as it is complete, for them to see.
    arrived = functools.partial(_arrived, in_use)
    outermost = _pass.callbacks is None
    callbacks = _pass.callbacks = [] if _pass.callbacks is None else _pass.callbacks
    try:
        _accumulate(pull_back(cotangents, sources, create_graph, keep_graph, arrived=arrived), in_use, True)
        while outermost and callbacks:
            callbacks.pop(0)()
    finally:
        if outermost:
            _pass.callbacks = None


class _Pass(threading.local):
    """The backward pass that runs in this thread."""

    callbacks: list[Callable[[], None]] | None = None


_pass = _Pass()


def queue_callback(callback: Callable[[], None]) -> None:
    """From within a hook: call `callback` at the end of the backward pass, when it has written all gradients.

    If backward passes are nested, at the end of the outermost.

    Raises:
        RuntimeError: no hook is running in a backward pass of this thread.
    """
    if _pass.callbacks is None:
        raise RuntimeError("Final callbacks can only be installed during backward pass.")
    _pass.callbacks.append(callback)


def in_backward() -> bool:
    """Whether a hook of `backward`, and not of `grad`, runs in this thread."""
    return _pass.callbacks is not None


def _hooks_see(starts: Iterable[Node | Leaf]) -> bool:
    """Whether hooks, or other functions of the user, see gradients in a backward pass from these nodes."""
    return bool(observed) and any(id(node) in observed for node in all_nodes(starts))


def _sources(inputs: Place | Sequence[Place] | None) -> list[Node | Leaf] | None:
    """The nodes of the `inputs` of a backward pass; None for all leaves."""
    if inputs is None:
        return None
    sources = [_node_of(t) for t in _listed(inputs)]
    if not sources:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    return sources


def _listed(tensors: Place | Sequence[Place]) -> list[Place]:
    return [tensors] if isinstance(tensors, (Tensor, GradientEdge)) else list(tensors)


def _like(place: Place) -> Array:
    """An array of the shape and dtype of a tensor or edge."""
    return place.like if isinstance(place, GradientEdge) else place.array


def _gradients_of(outs: list[Place], gradients: Tensor | Sequence[Tensor | None] | None) -> list[Tensor | None]:
    """The cotangents that the user passed, one for each output."""
    listed: list[Tensor | None] = [None] * len(outs)
    if gradients is not None:
        listed = [gradients] if isinstance(gradients, Tensor) else list(gradients)
    if len(listed) != len(outs):
        raise RuntimeError(f"got {len(outs)} tensors and {len(listed)} gradients: pass one gradient for each output")
    return listed


def _cotangents(outs: list[Place], gradients: list[Tensor | None], create_graph: bool) -> Cotangents:
    """The cotangent of each node that the backward pass starts from."""
    cotangents: Cotangents = {}
    for out, gradient in zip(outs, gradients):
        node, g = _node_of(out), initial_cotangent(out, gradient, create_graph)
        cotangents[node] = cotangents[node] + g if node in cotangents else g
    return cotangents


def _node_of(tensor: Place) -> Node | Leaf:
    if tensor.node is None:
        raise RuntimeError(
            "element 0 of tensors does not require grad and does not have a grad_fn: the tensor "
            f"(shape {_like(tensor).shape}) was not computed from anything with requires_grad=True, or under "
            "no_grad(), or it was detached; set requires_grad=True on the inputs and compute it again"
        )
    return tensor.node


def initial_cotangent(tensor: Place, gradient: Tensor | None, create_graph: bool) -> Any:
    """The cotangent of an output: the gradient that the user passed, checked, or 1 for a scalar.

    A Tensor if `create_graph`, else an array.
    """
    array = _like(tensor)
    if gradient is None:
        if array.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs: this tensor has shape "
                f"{array.shape}; reduce it to a scalar, such as with sum(), or pass gradient= of its shape"
            )
        if array.dtype.kind == "c":
            raise RuntimeError(
                "grad can be implicitly created only for real scalar outputs but got "
                f"{array.dtype}: pass gradient=, or take the real part or abs() first"
            )
        g = np.ones(array.shape, array.dtype) if array.ndim else array.dtype.type(1)
        return wrap(g) if create_graph else g
    if not isinstance(gradient, Tensor):
        raise TypeError(f"gradient must be None or {not_a_tensor(gradient)}")
    if gradient.array.shape != array.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {gradient.array.shape} and output[0] has a shape of "
            f"{array.shape}: pass a gradient of the output's shape"
        )
    if gradient.array.dtype != array.dtype:
        raise RuntimeError(
            f"Mismatch in dtype: grad_output[0] has dtype {gradient.dtype} and output[0] has dtype {array.dtype}: "
            "convert the gradient with .to(output.dtype)"
        )
    return gradient if create_graph else gradient.array


# -- the end of a backward pass ---------------------------------------------------------------------


#: Held while gradients are added to `.grad`, so that none is lost when several threads add to one leaf.
_accumulating = threading.RLock()


def _accumulate(found: Cotangents, in_use: set[int], hooks_saw: bool) -> None:
    """Add each gradient that was found to the `.grad` of its node.

    No `.grad` shares memory with another or with the cotangents, which the user may have passed. The gradients are
    taken out of `found`, so that each is freed once it has been copied. Arguments as for `unshared`.
    """
    with _accumulating:
        while found:
            node, g = found.popitem()
            if node.frozen:
                continue
            before = getattr(node, "grad", None)
            if isinstance(g, Tensor):
                with enable_grad():
                    node.grad = clone(g) if before is None else before + g
            elif before is not None:
                _add_into(before, g)
            elif node.place is None:
                node.grad = wrap(unshared(g, in_use, hooks_saw))
            else:
                node.place[...] = g
                node.grad = wrap(node.place)


def _arrived(in_use: set[int], leaf: Leaf, g: Any) -> None:
    """Accumulate the gradient of a leaf, which is complete, and call the hooks that follow."""
    _accumulate({leaf: g}, in_use, True)
    for hook in list(leaf.after or ()):
        with no_grad():
            hook(leaf, g)


def unshared(g: Array, in_use: set[int], hooks_saw: bool) -> Array:
    """`g`, or a copy if it is not contiguous, read-only, a part of other memory, or another gradient has its memory.

    Args:
        g: a gradient.
        in_use: the ids of the arrays whose memory is in use; that of the result is added.
        hooks_saw: whether hooks saw the gradients of this pass: then it is always a copy, as they may have kept one.
    """
    if isinstance(g, np.ndarray):
        owner = g if g.base is None else owner_of(g)
        in_part = owner is not g and (owner.size != g.size or owner.base is not None)
        flags = g.flags
        if hooks_saw or in_part or not (flags.c_contiguous and flags.writeable) or id(owner) in in_use:
            owner = g = contiguous_copy(g)
        in_use.add(id(owner))
    return g


def _memory_of(cotangents: Cotangents) -> set[int]:
    """The ids of the arrays that own the memory of the cotangents."""
    in_use = set()
    for g in cotangents.values():
        array = array_of(g)
        in_use.add(id(owner_of(array) if isinstance(array, np.ndarray) else array))
    return in_use


def _add_into(grad: Tensor, g: Array) -> None:
    """Add to an existing gradient: in place, so that other references to it see the sum."""
    if grad.node is None and isinstance(grad.array, np.ndarray):
        writes.write(grad)[...] += g
    elif grad.node is None:
        grad.array = grad.array + g
    else:
        grad.array, grad.node = grad.array + g, None
