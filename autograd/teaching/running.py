"""Running a module to inspect it: under `remember`, with its buffers and the random generator restored afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from nn.module import Module

from ..core.grad_mode import enable_grad, no_grad
from ..core.graph import Leaf
from ..core.tensor import Tensor, wrap
from ..ops.creation.random import get_rng_state, set_rng_state
from ..tape.gradient_tape import GradientTape
from .parts import Hook, check_model, hooks, ignore, keras_input
from .remember import remember


class Run(NamedTuple):
    """What a model computed.

    Attributes:
        out: its output.
        inputs: its inputs as it received them.
        tape: the tape that holds the graph of a Keras model; None for an nn.Module, whose output holds it.
    """

    out: Any
    inputs: list[Any]
    tape: GradientTape | None


def run(model: Any, inputs: Sequence[Any], enter: Hook = ignore, leave: Hook = ignore) -> Run:
    """Call a model under `remember`.

    Floating-point inputs become leaves, so that every operation on them is recorded. A module runs in its present
    mode, a Keras model as for inference; its running statistics and the random generator are restored. Every call of
    a part calls `enter` and `leave`, as `hooks` says.

    Raises:
        TypeError: the first argument is not a model, or there are no inputs.
    """
    check_model(model)
    if not inputs:
        raise TypeError(
            f"{type(model).__name__} needs an input to run on: pass one after the module, such as randn(1, 3, 32, 32)"
        )
    if not isinstance(model, Module):
        return _run_keras(model, inputs, enter, leave)
    given = [
        wrap(x.array, Leaf()) if isinstance(x, Tensor) and x.array.dtype.kind in "fc" and x.node is None else x
        for x in inputs
    ]
    before = [(buffer, buffer.array.copy()) for buffer in model.buffers()]
    state = get_rng_state()
    try:
        with enable_grad(), hooks(model, enter, leave), remember(model), _room_for(model):
            out = model(*given)
    finally:
        set_rng_state(state)
        with no_grad():
            for buffer, values in before:
                buffer.data = wrap(values)
    return Run(out, given, None)


def _run_keras(model: Any, inputs: Sequence[Any], enter: Hook, leave: Hook) -> Run:
    given = [keras_input(x) for x in inputs]
    before = [(weight, weight.array.copy()) for weight in model.non_trainable_weights]
    state = get_rng_state()
    tape = GradientTape(persistent=True)
    # An input is of one nest: a model with two inputs takes a list of two.
    first = given[0] if len(given) == 1 else given
    if not model.built:
        model(first)  # which creates the weights and the layers that are to be observed
    try:
        with enable_grad(), tape, hooks(model, enter, leave), remember(model):
            for x in given:
                if x.array.dtype.kind in "fc":
                    tape.watch(x)
            out = model(first)
    finally:
        set_rng_state(state)
        for weight, values in before:
            weight.assign(values)
    return Run(out, given, tape)


@contextmanager
def _room_for(module: Module) -> Iterator[None]:
    """Let Python call functions as deep as the modules are nested, up to some thousands of levels."""
    levels = max((name.count(".") for name, _ in module.named_modules()), default=0)
    before = sys.getrecursionlimit()
    # A level takes four calls of Python's, and as many again if it passes its input on through functions of its own.
    sys.setrecursionlimit(before + 8 * min(levels, 2000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def tensors_in(out: Any) -> list[Tensor]:
    """The tensors in an output: itself, or those in its tuples, lists and dicts."""
    found, waiting = [], [out]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Tensor):
            found.append(part)
        elif isinstance(part, (tuple, list, dict)):
            waiting += reversed(part.values() if isinstance(part, dict) else part)
    return found
