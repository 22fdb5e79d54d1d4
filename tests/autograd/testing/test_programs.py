"""Random programs: the engine compared with the complex step and with PyTorch, and the programs themselves.

Where PyTorch is installed, it also runs programs that are drawn anew.
"""

from __future__ import annotations

import operator
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, find, given, settings

import autograd
from autograd.core.primitive import registry
from autograd.testing.engine.vocabulary import WRITES, operations, possible
from autograd.testing.programs import Program, Step, check_program, name_of, reference
from autograd.testing.strategies import programs
from autograd.testing.vjp import Mismatch
from tests.tools.answers import Answers, imported, installed
from tests.tools.shares import drawn, share

#: More examples than for other properties, because programs cover many operations.
many = share(4)


@many
@given(programs())
def test_values_and_gradients_agree_with_the_complex_step(program: Program) -> None:
    check_program(program)


@given(programs(unrecorded=False, writes=False))
def test_backward_does_not_raise_for_programs_without_writes(program: Program) -> None:
    assert check_program(program)


# -- PyTorch ----------------------------------------------------------------------------------------

#: How PyTorch refuses a write that it allows in another order: it forgets the base of a view that was written before
#: its base began to require a gradient.
FORGOTTEN = "a leaf Variable that requires grad"


def test_pytorch_agrees_and_raises_wherever_backward_raises(answers: Answers) -> None:
    """Where PyTorch raises, backward need not: the rules keep fewer values, and the gradient is checked anyway."""
    examples = answers.examples("torch", lambda: drawn(programs(), 300))
    runs = lambda torch: [_runs(torch, _program(example)) for example in examples]
    for example, theirs in zip(examples, answers("torch", runs), strict=True):
        assert theirs is None or check_program(_program(example)) or not theirs, _program(example)


def test_second_derivatives_are_those_of_pytorch(answers: Answers) -> None:
    examples = answers.examples("torch", lambda: drawn(programs(max_steps=5, unrecorded=False), 100))
    second = lambda torch: [_second_derivatives(torch, _program(example)) for example in examples]
    for example, theirs in zip(examples, answers("torch", second), strict=True):
        _compare_second_derivatives(_program(example), theirs)


def test_versions_leaves_and_requires_grad_are_those_of_pytorch(answers: Answers) -> None:
    examples = answers.examples("torch", lambda: drawn(programs(), 200))
    states = lambda torch: [_states(torch, _program(example)) for example in examples]
    for example, theirs in zip(examples, answers("torch", states), strict=True):
        assert theirs is None or _states(autograd, _program(example)) == theirs, _program(example)


if installed("torch"):

    @many
    @given(programs())
    def test_pytorch_agrees_on_new_programs(program: Program) -> None:
        theirs = _runs(imported("torch"), program)
        assume(theirs is not None)
        assert check_program(program) or not theirs

    @given(programs(max_steps=5, unrecorded=False))
    def test_second_derivatives_of_new_programs_are_those_of_pytorch(program: Program) -> None:
        theirs = _second_derivatives(imported("torch"), program)
        assume(theirs is not None)
        _compare_second_derivatives(program, theirs)

    @given(programs())
    def test_versions_leaves_and_requires_grad_of_new_programs_are_those_of_pytorch(program: Program) -> None:
        theirs = _states(imported("torch"), program)
        assume(theirs is not None)
        assert _states(autograd, program) == theirs


def _program(example: Any) -> Program:
    """A program that was recorded as tuples."""
    inputs, steps, outputs = example
    return Program(inputs, tuple(Step(*step) for step in steps), outputs)


def _runs(torch: Any, program: Program) -> bool | None:
    """Whether the backward pass runs; its gradients are checked. None where a write is refused."""
    try:
        return check_program(program, torch)
    except RuntimeError as error:
        if FORGOTTEN in str(error):
            return None
        raise


def _states(torch: Any, program: Program) -> dict[str, tuple[int, bool, bool]] | None:
    """By name: how often a value was written in place, whether it is a leaf, and whether it requires a gradient."""
    names: dict[str, Any] = {"torch": torch}
    lines, begun = list(program.lines())[:-1], {}
    for line in lines:
        try:
            exec(line, names)
        except RuntimeError as error:
            if FORGOTTEN in str(error):
                return None
            raise
        for name in names.keys() - begun.keys() - {"torch", "__builtins__"}:
            # Some of PyTorch's products write into their result, so that it begins with another version. A view has
            # the version of its base.
            begun[name] = names[name]._version if line.startswith(f"{name} = ") else 0
    return {
        name: (names[name]._version - begun[name], names[name].is_leaf, names[name].requires_grad)
        for name in sorted(begun)
    }


def _compare_second_derivatives(program: Program, theirs: list[Any] | None) -> None:
    if theirs is None or not check_program(program):
        return
    for a, b in zip(_second_derivatives(autograd, program), theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8 * max(1, np.max(np.abs(b), initial=0)))


def _second_derivatives(torch: Any, program: Program) -> list[Any] | None:
    """The gradients of the sum of all squared gradients; None where the first backward pass is refused."""
    try:
        names = program.execute(torch)
        inputs = [names[name] for name in program.names]
        first = torch.autograd.grad(names["loss"], inputs, create_graph=True, allow_unused=True)
    except RuntimeError as error:
        assert FORGOTTEN in str(error) or "modified by an inplace operation" in str(error)
        return None
    total = sum((g * g).sum() for g in first if g is not None)
    if not total.requires_grad:
        return [np.zeros(x.shape) for x in inputs]
    second = torch.autograd.grad(total, inputs, allow_unused=True)
    return [np.zeros(x.shape) if g is None else g.clone().numpy() for x, g in zip(inputs, second, strict=True)]


# -- refused writes ---------------------------------------------------------------------------------


@given(programs(max_steps=4))
def test_writes_into_leaves_their_views_and_expanded_tensors_are_refused_without_effect(program: Program) -> None:
    engines = [autograd]
    if "torch" in sys.modules:
        engines.append(sys.modules["torch"])
    for engine in engines:
        try:
            names = program.execute(engine)
        except RuntimeError:
            continue
        leaf = names["a"]
        for target in (leaf, leaf.view(-1), leaf[None], (leaf * 1).expand(2, *leaf.shape)):
            before = target.detach().numpy().copy()
            with pytest.raises(RuntimeError):
                target.mul_(2)
            with pytest.raises(RuntimeError):
                operator.iadd(target, 1)
            assert np.array_equal(target.detach().numpy(), before)


# -- the programs themselves ------------------------------------------------------------------------


@given(programs(max_steps=3))
def test_a_program_prints_itself_as_a_script_that_prints_the_gradients(program: Program) -> None:
    script = program.source()
    assert script == str(program) and script in repr(program)
    names: dict[str, Any] = {}
    printed: list[Any] = []
    names["print"] = lambda *values: printed.extend(values)
    try:
        exec(script, names)
    except RuntimeError as error:
        assert "modified by an inplace operation" in str(error)
        return
    _, expected = reference(program)
    for g, e in zip(printed, expected, strict=True):
        np.testing.assert_allclose(0 * e if g is None else g.numpy(), e, rtol=1e-8, atol=1e-8)


def test_the_script_runs_by_itself(tmp_path: Any) -> None:
    steps = (Step("scale", ("a",), (), "b"), Step("index", ("b",), (0,), "c"), Step("scale_", ("c",)))
    file = tmp_path / "bug.py"
    file.write_text(Program((np.array([0.0, 0.0]),), steps, ("b",)).source())
    ran = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, check=True)
    assert ran.stdout == "tensor([ 0.2025, -1.0050], dtype=autograd.float64)\n"


def test_a_wrong_rule_shrinks_to_a_program_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    made = registry["tanh"]
    (right,) = made.vjps
    monkeypatch.setattr(made, "vjps", (lambda g, saved: right(g, saved) * 1.01,))

    def is_wrong(program: Program) -> bool:
        try:
            check_program(program)
        except Mismatch as error:
            shown.append(str(error))
            return True
        return False

    shown: list[str] = []

    enough = settings(
        max_examples=2000, derandomize=True, database=None, suppress_health_check=list(HealthCheck), phases=tuple(Phase)
    )
    smallest = find(programs(), is_wrong, settings=enough)
    # Hypothesis may find any local minimum; the message leaves out the lines that are not needed.
    assert sum(x.size for x in smallest.inputs) <= 4
    assert is_wrong(smallest)
    lines = shown[-1].split("import autograd as torch\n")[1].splitlines()
    assert [line for line in lines if "tanh" in line] and len(lines) <= 7, lines


def test_lines_that_do_not_matter_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = registry["tanh"]
    (right,) = made.vjps
    monkeypatch.setattr(made, "vjps", (lambda g, saved: right(g, saved) * 1.01,))
    steps = (
        Step("exp", ("a",), (), "b"), Step("unsqueeze", ("b",), (0,), "c"), Step("tanh", ("a",), (), "d"),
        Step("scale_", ("b",)), Step("mul", ("d", "b"), (), "e"), Step("sum", ("c",), (), "f"),
    )  # fmt: skip
    with pytest.raises(Mismatch) as info:
        check_program(Program((np.array(0.5),), steps, ("b", "d", "e", "f")))
    assert str(info.value).endswith("""requires_grad=True)
d = torch.tanh(a)
loss = (d * torch.tensor(0.27, dtype=torch.float64)).sum()
loss.backward()
print(a.grad)""")


#: Operands that include suitable ones for every operation.
SAMPLES = (
    np.array([[0.9, 0.4, 1.7], [1.2, 2.0, 0.7]]),
    np.array([[1.1, -0.3], [0.6, 0.8], [-0.9, 1.4]]),
    np.array([0.25, 0.8, 1.5]),
    np.array([[0.3]]),
)


@pytest.mark.parametrize("operation", operations)
def test_every_operation_of_the_vocabulary_does_what_its_code_says(operation: str) -> None:
    """On every suitable pair of samples, with every possible argument; writes go into a copy."""
    found = 0
    for i, x in enumerate(SAMPLES):
        for j, y in enumerate(SAMPLES[: len(SAMPLES) if operations[operation].operands == 2 else 1]):
            first = ("c", "b")[: operations[operation].operands]
            inputs = (x, y)[: len(first)]
            for arguments in possible([operation], *inputs).get(operation, []):
                copied = Step("clone", ("a",), (), "c")
                step = Step(operation, first, arguments, "" if operation in WRITES else "d")
                shown = ("c",) if operation in WRITES or operation == "detach" else ("d",)
                assert check_program(Program(inputs, (copied, step), shown)), (i, j)
                found += 1
    assert found


def test_names_are_letters_and_then_letters_with_numbers() -> None:
    assert [name_of(i) for i in (0, 1, 25, 26, 53)] == ["a", "b", "z", "a1", "b2"]


@pytest.mark.parametrize(
    ("key", "text"),
    [(0, "0"), (slice(1, None), "1:"), (slice(None, None, 2), "::2"), ((..., -1), "..., -1"), (None, "None")],
)
def test_indices_are_printed_as_in_brackets(key: Any, text: str) -> None:
    assert Step("index", ("a",), (key,), "b").source() == f"b = a[{text}]"


def test_an_unrecorded_write_is_printed_under_no_grad() -> None:
    step = Step("mul_", ("a", "b"), (), "", False)
    assert step.source() == "with torch.no_grad():\n    a.mul_(b)"
