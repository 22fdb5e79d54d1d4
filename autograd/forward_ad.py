"""`torch.autograd.forward_ad`: tangents that follow the values, by the engine's Jacobian-vector product.

A dual tensor is a source of its own in the graph. Nothing is computed beside the values: when the tangent of a result
is asked for, two backward passes compute J v from its graph (see `transforms.jacobians.recorded_products`).
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import NamedTuple

from .core.grad_mode import enable_grad
from .core.graph import Leaf, Node, all_nodes
from .core.tensor import Tensor, wrap
from .ops.shape.reshape import view
from .surface import make_public as _make_public
from .transforms.jacobians import vector_jacobian

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(NamedTuple):
    """A value and its tangent, which is None if the value depends on no dual tensor."""

    primal: Tensor
    tangent: Tensor | None


class _Dual(NamedTuple):
    tensor: Tensor
    node: Node | Leaf
    primal: Tensor
    tangent: Tensor


#: The dual tensors of the level that is entered in this thread; None outside.
_duals: ContextVar[list[_Dual] | None] = ContextVar("duals", default=None)


def enter_dual_level() -> int:
    """Begin a level, in which tensors can have tangents; its number is always 0.

    Raises:
        RuntimeError: a level is entered already.
    """
    if _duals.get() is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment: leave the level first")
    _duals.set([])
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: its tangents are dropped.

    Raises:
        RuntimeError: no level is entered.
    """
    duals = _duals.get()
    if duals is None:
        raise RuntimeError(
            "Trying to exit a forward AD level but no level exists, make sure to enter_dual_level() first."
        )
    _duals.set(None)
    for dual in duals:
        if dual.tensor.node is dual.node and isinstance(dual.node, Leaf):
            dual.tensor.node = None


class dual_level:
    """A context manager for a level, in which tensors can have tangents.

    >>> from autograd import tensor
    >>> with dual_level():
    ...     x = make_dual(tensor([1.0, 2.0]), tensor([1.0, 10.0]))
    ...     print(unpack_dual(x * x).tangent)
    tensor([ 2., 40.])
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *_: object) -> None:
        exit_dual_level()


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """A tensor that shares the elements of `tensor` and has a tangent, until the level ends.

    Inside the level it requires grad, unlike in PyTorch, so that what is computed from it is recorded; under
    `no_grad()` its tangent does not reach the results.

    Raises:
        RuntimeError: no level is entered, the shapes differ, or `tensor` is dual already.
        ValueError: the elements are neither floating-point nor complex.
    """
    duals = _duals.get()
    if duals is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for what, given in (("primal", tensor), ("tangent", tangent)):
        if given.array.dtype.kind not in "fc":
            raise ValueError(f"Expected {what} to be floating point or complex, but got: {given.dtype}")
    if tensor.array.shape != tangent.array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor.array.shape)} while the given forward gradient is of size "
            f"{list(tangent.array.shape)}."
        )
    if any(dual.node is tensor.node for dual in duals):
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient is not supported."
        )
    with enable_grad():
        made = tensor.detach().requires_grad_() if tensor.node is None else view(tensor, tensor.array.shape)
    assert made.node is not None
    duals.append(_Dual(made, made.node, tensor, tangent))
    return made


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The value of a tensor and its tangent: the Jacobian by all dual tensors, times their tangents.

    Both are recorded if the value depends on more than dual tensors that were made of constants.
    """
    duals = _duals.get() or []
    for dual in duals:
        if dual.tensor is tensor and dual.node is tensor.node:
            return UnpackedDualTensor(dual.primal, dual.tangent)
    if tensor.node is None or not duals:
        return UnpackedDualTensor(tensor, None)
    sources = [wrap(dual.tensor.array, dual.node) for dual in duals]
    u = wrap(tensor.array * 0).requires_grad_()
    pulled = vector_jacobian([tensor], sources, [u], create_graph=True)  # linear in u
    reached = [(g, dual.tangent) for g, dual in zip(pulled, duals) if g is not None]
    constants = {dual.node for dual in duals if isinstance(dual.node, Leaf)}
    leaves = {node for node in all_nodes([tensor.node]) if isinstance(node, Leaf)}
    recorded = not leaves <= constants or any(tangent.requires_grad for _, tangent in reached)
    primal = tensor if recorded else tensor.detach()
    if not reached:
        return UnpackedDualTensor(primal, None)
    gs, tangents = zip(*reached)
    (product,) = vector_jacobian(gs, [u], tangents, create_graph=recorded)
    return UnpackedDualTensor(primal, wrap(tensor.array * 0) if product is None else product)


_make_public(globals())
