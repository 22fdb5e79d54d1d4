"""Whole random programs, compiled as steps and as functions, leave bit for bit what they leave as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import Phase, given, settings

import autograd as torch
from autograd.testing.programs import Program, weights
from autograd.testing.strategies import programs
from tests.tools.compiled import Made, compare

#: Without shrinking, which would compile for minutes.
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]

#: A program takes a tenth of a second: a quarter of the usual number, as elsewhere in the large profile.
EXAMPLES = max(15, settings.default.max_examples // 4)


def values_of(program: Program, inputs: list[Any]) -> dict[str, Any]:
    """Run the lines of a program on inputs; its values by name."""
    names: dict[str, Any] = {"torch": torch, **dict(zip(program.names, inputs, strict=True))}
    for line in program.steps:
        exec(line.source(), names)
    return names


def loss_of(program: Program, names: dict[str, Any]) -> Any:
    return sum((names[name] * torch.tensor(weights(tuple(names[name].shape)))).sum() for name in program.outputs)


def fresh_inputs(program: Program) -> list[Any]:
    """Arguments for several calls, all different."""
    return [lambda i=i: tuple(torch.tensor(x * (1 - i / 64)) for x in program.inputs) for i in range(4)]


@settings(phases=QUICK, max_examples=EXAMPLES)
@given(programs())
def test_a_step_that_differentiates(program: Program) -> None:
    parameters = [torch.tensor(np.array(x), requires_grad=True) for x in program.inputs]

    def make() -> Made:
        leaves = [p.detach().clone().requires_grad_() for p in parameters]

        def step(*inputs: Any) -> Any:
            names = values_of(program, [leaf * x for leaf, x in zip(leaves, inputs)])
            loss = loss_of(program, names)
            if loss.requires_grad:
                loss.backward()
            with torch.no_grad():
                for leaf in leaves:
                    if leaf.grad is not None:
                        leaf.sub_(leaf.grad.clamp(-1, 1) * 0.01)
                        leaf.grad = None
            return [names[name].detach() for name in program.outputs], loss.detach()

        return Made(step, leaves)

    compare(make, fresh_inputs(program))


@settings(phases=QUICK, max_examples=EXAMPLES)
@given(programs())
def test_a_function_is_differentiated_outside(program: Program) -> None:
    def make() -> Made:
        function = lambda *inputs: tuple(values_of(program, list(inputs))[name] for name in program.outputs)
        return Made(function, differentiated=True)

    compare(make, fresh_inputs(program))
