"""Running a module to look at it: recorded and remembered, with its buffers and the random numbers put back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.grad_mode import enable_grad, no_grad
from ..core.graph import Leaf
from ..core.tensor import Tensor, wrap
from ..ops.creation.random import get_rng_state, set_rng_state
from .remember import remember
from .walk import is_module


def run(module: Any, inputs: Sequence[Any]) -> tuple[Any, list[Any]]:
    """The module's output, remembered, and the inputs it was given: floating-point ones as leaves.

    So the way of an input through the module is recorded, whatever it was. Running statistics and the
    generator are as before; the module runs in the mode that it is in.

    Raises:
        TypeError: it is no module, or there are no inputs.
    """
    check_module(module)
    if not inputs:
        raise TypeError(
            f"to see what {type(module).__name__} computes takes an input to call it with, such as randn(1, 3, 32, 32)"
        )
    given = [_as_leaf(x) for x in inputs]
    before = [(buffer, buffer.array.copy()) for buffer in module.buffers()]
    state = get_rng_state()
    try:
        with enable_grad(), remember(module):
            out = module(*given)
    finally:
        set_rng_state(state)
        with no_grad():
            for buffer, values in before:
                buffer.data = wrap(values)
    return out, given


def check_module(module: Any) -> None:
    """Raise unless it is an `nn.Module`.

    Raises:
        TypeError: it is not.
    """
    if not is_module(module):
        raise TypeError(
            f"expected an nn.Module, but got {type(module).__name__}; models of Keras' spelling have summary() and "
            "plot_model of their own, and their results can be explained and drawn"
        )


def tensors_in(out: Any) -> list[Tensor]:
    """The tensors of an output: a tensor, or those in tuples, lists and dicts."""
    if isinstance(out, Tensor):
        return [out]
    if isinstance(out, dict):
        out = list(out.values())
    return [t for part in out for t in tensors_in(part)] if isinstance(out, (tuple, list)) else []


def _as_leaf(x: Any) -> Any:
    if isinstance(x, Tensor) and x.array.dtype.kind in "fc" and x.node is None:
        return wrap(x.array, Leaf())
    return x
