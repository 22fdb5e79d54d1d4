"""Run a step as it is and compiled, and compare all that both leave, bit for bit."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import autograd as torch
from autograd import Tensor
from autograd.base.nests import leaves
from autograd.compiler import CompiledStep


class Made(NamedTuple):
    """A step and what it works on.

    Attributes:
        step: the function that is called.
        state: modules, optimizers and tensors, compared after every call.
        between: called with the number of each call before it, for what changes between the calls.
        differentiated: whether the results are differentiated by the arguments after each call.
    """

    step: Callable[..., Any]
    state: Sequence[Any] = ()
    between: Callable[[int], Any] = lambda i: None
    differentiated: bool = False


class Ran(NamedTuple):
    """What came of the calls.

    Attributes:
        left: for each call, everything that it returned, raised, left and printed.
        reasons: why something was not compiled.
        compiled: the compiled step.
    """

    left: list[Any]
    reasons: list[str]
    compiled: Any


def bits(x: Any) -> Any:
    """A value in a form that compares equal only if it is the same bit for bit."""
    if isinstance(x, Tensor):
        return ("tensor", bits(x.detach().numpy()), x.requires_grad, bits(x.grad) if x.is_leaf else None)
    if isinstance(x, (np.ndarray, np.generic)):
        return (x.shape, str(x.dtype), np.asarray(x).tobytes())
    if isinstance(x, torch.nn.Module):
        tensors = {**dict(x.named_parameters()), **dict(x.named_buffers())}
        return {name: bits(t) for name, t in tensors.items()}
    if isinstance(x, torch.optim.Optimizer):
        return [bits(v) for v in x.state.values()] + [bits(g["params"]) for g in x.param_groups]
    if isinstance(x, dict):
        return {k: bits(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return (type(x).__name__, [bits(v) for v in x])
    return repr(x)


def differentiate(result: Any) -> None:
    """Differentiate a sum of all that was returned, each element with a weight of its own."""
    outs = [x for x in leaves(result) if isinstance(x, Tensor) and x.requires_grad]
    total = sum((x * torch.arange(1.0, x.numel() + 1, dtype=x.dtype).cos().reshape(x.shape)).sum() for x in outs)
    if isinstance(total, Tensor):
        total.backward()


def run(make: Callable[[], Made], calls: Sequence[Callable[[], tuple[Any, ...]]], compiled: bool) -> Ran:
    """Call a step once for each of `calls`, which make its arguments."""
    torch.manual_seed(0)
    made = make()
    step = CompiledStep(made.step) if compiled else made.step
    left = []
    torch.manual_seed(1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for i, arguments in enumerate(calls):
            made.between(i)
            args = arguments()
            if made.differentiated:
                args = tuple([x.requires_grad_() if x.is_floating_point() else x for x in args])
            printed = io.StringIO()
            try:
                with contextlib.redirect_stdout(printed):
                    result = step(*args)
                if made.differentiated:
                    differentiate(result)
                result = bits(result)
            except BaseException as error:
                result = f"{type(error).__name__}: {error}"
            state = repr(torch.get_rng_state())
            left.append([result, bits(args), [bits(v) for v in made.state], state, printed.getvalue()])
    reasons = [str(w.message) for w in caught if str(w.message).startswith("torch.compile")]
    return Ran(left, reasons, step)


def compare(make: Callable[[], Made], calls: Sequence[Callable[[], tuple[Any, ...]]]) -> Ran:
    """Run the calls with the step as it is and compiled; raise where they leave something else."""
    eager, compiled = run(make, calls, False), run(make, calls, True)
    for i, (expected, got) in enumerate(zip(eager.left, compiled.left)):
        for what, a, b in zip(("result", "arguments", "state", "generator", "text"), expected, got):
            if a != b:
                program = f"\n{compiled.compiled.program}" if compiled.compiled.program else ""
                raise AssertionError(f"the {what} of call {i + 1} is\n{b}\nand not\n{a}{program}"[:20000])
    return compiled


def data(
    *shapes: tuple[int, ...], n: int = 6, dtype: str = "f4", grad: bool = False
) -> list[Callable[[], tuple[Any, ...]]]:
    """Arguments for `n` calls: new tensors of these shapes in each."""
    rng = np.random.default_rng(0)
    arrays = [[rng.standard_normal(shape).astype(dtype) for shape in shapes] for _ in range(n)]
    return [lambda own=own: tuple([torch.tensor(x, requires_grad=grad) for x in own]) for own in arrays]


def trained(
    model: Any,
    optimizer: Callable[[Any], Any],
    loss: Any = torch.nn.functional.mse_loss,
    between: Any = lambda *_: None,
) -> Made:
    """The usual training step of a model; `between(i, model, optimizer)` is called before call i."""
    stepper = optimizer(model)

    def step(x: Any, y: Any) -> Any:
        stepper.zero_grad()
        value = loss(model(x), y)
        value.backward()
        stepper.step()
        return value

    return Made(step, [model, stepper], lambda i: between(i, model, stepper))
