"""Training steps on the values of random programs of `autograd.testing`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import Phase

import autograd as torch
from autograd.testing.programs import Program, weights

#: Without shrinking, which would compile for minutes.
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]


def values_of(program: Program, inputs: list[Any]) -> dict[str, Any]:
    """Run the lines of a program on inputs; its values by name."""
    names: dict[str, Any] = {"torch": torch, **dict(zip(program.names, inputs, strict=True))}
    for line in program.steps:
        exec(line.source(), names)
    return names


def training_step(program: Program) -> tuple[Callable[..., Any], list[torch.Tensor]]:
    """A step that differentiates a program and updates its parameters; it returns the outputs and the loss."""
    leaves = [torch.tensor(np.array(x), requires_grad=True) for x in program.inputs]

    def step(*inputs: Any) -> Any:
        names = values_of(program, [leaf * x for leaf, x in zip(leaves, inputs)])
        outputs = [names[name] for name in program.outputs]
        loss = sum((out * torch.tensor(weights(tuple(out.shape)))).sum() for out in outputs)
        if loss.requires_grad:
            loss.backward()
        with torch.no_grad():
            for leaf in leaves:
                if leaf.grad is not None:
                    leaf.sub_(leaf.grad.clamp(-1, 1) * 0.01)
                    leaf.grad = None
        return (*[out.detach() for out in outputs], loss.detach())

    return step, leaves


def calls_of(program: Program) -> list[Callable[[], tuple[Any, ...]]]:
    """Arguments for several calls, all different."""
    return [lambda i=i: tuple(torch.tensor(x * (1 - i / 64)) for x in program.inputs) for i in range(4)]
