"""Running a function or a module to inspect it, under `remember`; buffers and the generator are put back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from nn.module import Module

from ..compiler.arguments import argument_names
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


def called(tool: str, what: Any, args: Sequence[Any] = ()) -> tuple[Any, dict[str, Any]]:
    """A tensor as it is; of a function the first tensor that it returns, and the names that it knows.

    Raises:
        TypeError: `what` is neither a tensor nor a function, arguments were given with a tensor, or the function
            returns no tensor.
    """
    if isinstance(what, Tensor):
        if args:
            raise TypeError(f"{tool}: arguments are given with a function, but the first argument is a Tensor")
        return what, {}
    if not callable(what):
        raise TypeError(f"{tool}: expected a Tensor or a function, but got {type(what).__name__}")
    with remember():
        found = tensors_in(what(*args))
    if not found:
        raise TypeError(f"{tool}: expected {what!r:.60} to return a tensor")
    return found[0], names_known_to(what, args)


def names_known_to(function: Callable[..., Any], args: Sequence[Any]) -> dict[str, Any]:
    """The tensors among the arguments of a call, by the function's own names, and the variables around it."""
    known = dict(zip(argument_names(function, args, {}), tensors_in(list(args))))
    code, cells = getattr(function, "__code__", None), getattr(function, "__closure__", None) or ()
    around = {} if code is None else dict(zip(code.co_freevars, (cell.cell_contents for cell in cells)))
    return known | {name: value for name, value in around.items() if name not in known}


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
