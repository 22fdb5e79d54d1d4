"""Whole random programs, compiled as steps and as functions, leave bit for bit what they leave as they are."""

from __future__ import annotations

from hypothesis import given, settings

from autograd.testing.programs import Program
from autograd.testing.strategies import programs
from tests.tools.compiled import Made, compare
from tests.tools.random_steps import QUICK, calls_of, training_step, values_of

#: A program takes a tenth of a second: a quarter of the usual number, as elsewhere in the large profile.
EXAMPLES = max(15, settings.default.max_examples // 4)


@settings(phases=QUICK, max_examples=EXAMPLES)
@given(programs())
def test_a_step_that_differentiates(program: Program) -> None:
    compare(lambda: Made(*training_step(program)), calls_of(program))


@settings(phases=QUICK, max_examples=EXAMPLES)
@given(programs())
def test_a_function_is_differentiated_outside(program: Program) -> None:
    def make() -> Made:
        function = lambda *inputs: tuple(values_of(program, list(inputs))[name] for name in program.outputs)
        return Made(function, differentiated=True)

    compare(make, calls_of(program))
