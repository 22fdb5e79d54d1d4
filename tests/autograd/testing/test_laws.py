"""Laws of differentiation, which need no oracle, on whole random programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

import autograd
from autograd import Tensor, no_grad
from autograd.core.tensor import wrap
from autograd.testing.engine.vocabulary import operations
from autograd.testing.programs import Program, input_source
from autograd.testing.strategies import broadcastable_shapes, programs, tensors

smooth = programs(writes=False, unrecorded=False)
numbers = st.sampled_from([-2.5, -1.0, 0.5, 3.0])


def ran(program: Program) -> tuple[list[Tensor], list[Tensor]]:
    """The inputs and the outputs of a program that was run."""
    names = program.execute(autograd)
    return [names[name] for name in program.names], [names[name] for name in program.outputs]


def pulled(program: Program, cotangents: list[Any]) -> list[Any]:
    """The gradients of the inputs for the cotangents of the outputs."""
    inputs, outputs = ran(program)
    gradients = autograd.autograd.grad(outputs, inputs, [wrap(g) for g in cotangents], materialize_grads=True)
    return [g.numpy() for g in gradients]


def cotangents_of(program: Program, seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.normal(size=out.shape)) for out in ran(program)[1]]


def close(found: list[Any], expected: list[Any]) -> None:
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * max(1, np.max(np.abs(b), initial=0)))


@given(smooth, numbers, numbers)
def test_the_vjp_is_linear_in_the_cotangent(program: Program, s: float, t: float) -> None:
    g, h = cotangents_of(program, 1), cotangents_of(program, 2)
    both = pulled(program, [s * a + t * b for a, b in zip(g, h, strict=True)])
    scale = [np.max(np.abs(a), initial=0) + np.max(np.abs(b), initial=0) for a, b in zip(pulled(program, g), both)]
    apart = [s * a + t * b for a, b in zip(pulled(program, g), pulled(program, h), strict=True)]
    for a, b, size in zip(both, apart, scale, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * max(1, size))


def as_function(program: Program) -> Any:
    """The program as a function of its inputs that returns its outputs."""

    def function(*inputs: Tensor) -> Any:
        names: dict[str, Any] = {"torch": autograd, **dict(zip(program.names, inputs, strict=True))}
        for step in program.steps:
            exec(step.source(), names)
        outs = tuple(names[name] for name in program.outputs)
        return outs if len(outs) > 1 else outs[0]

    return function


@given(smooth)
def test_vjp_and_jvp_are_transposes(program: Program) -> None:
    inputs, outputs = ran(program)
    g = cotangents_of(program, 1)
    rng = np.random.default_rng(2)
    v = [np.asarray(rng.normal(size=x.shape)) for x in inputs]
    vjp = sum(np.sum(a * b) for a, b in zip(pulled(program, g), v, strict=True))
    primals = tuple(x.detach() for x in inputs)
    _, pushed = autograd.func.jvp(as_function(program), primals, tuple(map(wrap, v)))
    pushed = pushed if len(outputs) > 1 else (pushed,)
    jvp = sum(np.sum(a * b.numpy()) for a, b in zip(g, pushed, strict=True))
    size = sum(np.sum(np.abs(a * b)) for a, b in zip(pulled(program, g), v, strict=True))
    assert abs(vjp - jvp) <= 1e-9 * max(1, size)


@given(programs(max_steps=4, writes=False, unrecorded=False), st.data())
def test_the_chain_rule_pulls_back_step_by_step(program: Program, data: st.DataObject) -> None:
    """For h(y), where y is the result of a program: at once, or first through h and then through the program."""
    inputs, outputs = ran(program)
    y = outputs[-1]
    step = data.draw(st.sampled_from(["tanh", "cos", "square", "softmax"]))
    assume(step != "softmax" or (y.ndim and y.shape[-1]))
    line = operations[step].code.format("y", -1)
    z = eval(line, {"torch": autograd, "y": y})
    g = wrap(np.asarray(np.random.default_rng(3).normal(size=z.shape)))
    whole = autograd.autograd.grad(z, inputs, g, retain_graph=True, materialize_grads=True)
    (middle,) = autograd.autograd.grad(z, y, g, retain_graph=True)
    steps = autograd.autograd.grad(y, inputs, middle, materialize_grads=True)
    close([t.numpy() for t in steps], [t.numpy() for t in whole])


@given(smooth)
def test_the_gradient_of_a_sum_is_the_sum_of_the_gradients(program: Program) -> None:
    g = cotangents_of(program, 4)
    alone = []
    for i, one in enumerate(g):
        part = program._replace(outputs=program.outputs[i : i + 1])
        alone.append(pulled(part, [one]))
    close(pulled(program, g), [sum(parts) for parts in zip(*alone, strict=True)])


@given(tensors(), st.data())
def test_a_permutation_of_the_input_permutes_the_gradient(x: Tensor, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(x.ndim)))

    def f(t: Tensor) -> Tensor:
        return (t.tanh() * t).sum()

    f(x).backward()
    y = x.detach().permute(order).requires_grad_()
    f(y).backward()
    np.testing.assert_allclose(y.grad.numpy(), np.transpose(x.grad.numpy(), order), rtol=1e-14)


@given(broadcastable_shapes(2), st.integers(0, 99))
def test_the_gradient_of_a_broadcast_input_is_summed(pair: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = (np.asarray(rng.uniform(0.5, 2, shape)) for shape in pair)
    full = np.broadcast_shapes(*pair)
    g = wrap(np.asarray(rng.normal(size=full)))

    def gradients(x: Any, y: Any) -> list[Any]:
        leaves = [wrap(np.array(v)).requires_grad_() for v in (x, y)]
        out = leaves[0].sin() * leaves[1] / (1 + leaves[1])
        out.backward(g)
        return [leaf.grad.numpy() for leaf in leaves]

    wide = gradients(np.broadcast_to(a, full), np.broadcast_to(b, full))
    for narrow, shape, whole in zip(gradients(a, b), pair, wide, strict=True):
        lead = tuple(range(len(full) - len(shape)))
        summed = whole.sum(lead)
        ones = tuple(i for i, n in enumerate(shape) if n == 1 and summed.shape[i] != 1)
        np.testing.assert_allclose(narrow, summed.sum(ones, keepdims=True), rtol=1e-12, atol=1e-12)


@given(tensors())
def test_detach_is_idempotent_and_shares_the_memory(x: Tensor) -> None:
    y = x * 2
    once, twice = y.detach(), y.detach().detach()
    assert not once.requires_grad and not twice.requires_grad and once.is_leaf
    np.testing.assert_array_equal(once.numpy(), twice.numpy())
    assert x.array.size == 0 or np.shares_memory(once.numpy(), twice.numpy())


@given(programs())
def test_the_gradient_with_create_graph_equals_the_plain_one(program: Program) -> None:
    names = program.execute(autograd)
    inputs = [names[name] for name in program.names]
    try:
        plain = autograd.autograd.grad(names["loss"], inputs, retain_graph=True, materialize_grads=True)
    except RuntimeError:
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            autograd.autograd.grad(names["loss"], inputs, create_graph=True, allow_unused=True)
        return
    graphed = autograd.autograd.grad(names["loss"], inputs, create_graph=True, materialize_grads=True)
    close([g.detach().numpy() for g in graphed], [g.numpy() for g in plain])


@given(programs(unrecorded=False))
def test_a_run_under_no_grad_has_the_same_values(program: Program) -> None:
    names = program.execute(autograd)
    again: dict[str, Any] = {"torch": autograd}
    with no_grad():
        for line in program.lines():
            exec(line, again)
    for name in ("loss", *program.outputs):
        assert not again[name].requires_grad
        np.testing.assert_array_equal(again[name].numpy(), names[name].detach().numpy())


@given(smooth)
def test_the_tape_agrees_with_backward(program: Program) -> None:
    names = program.execute(autograd)
    names["loss"].backward()
    expected = [names[name].grad for name in program.names]
    taped: dict[str, Any] = {"torch": autograd}
    for name, x in zip(program.names, program.inputs, strict=True):
        exec(f"{name} = {input_source(x).replace(', requires_grad=True', '')}", taped)
    sources = [taped[name] for name in program.names]
    with autograd.GradientTape() as tape:
        tape.watch(sources)
        for line in list(program.lines())[len(sources) :]:
            exec(line, taped)
    for found, g in zip(tape.gradient(taped["loss"], sources), expected, strict=True):
        if g is None or found is None:
            assert found is None and g is None
        else:
            np.testing.assert_allclose(found.numpy(), g.numpy(), rtol=1e-12, atol=1e-12)
