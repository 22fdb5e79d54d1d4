"""The LSTM and the GRU over a whole sequence as one operation, beside the same recorded step by step."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest

from autograd import autograd, float16, func, ones, tensor
from autograd.testing import check_vjp
from nn import GRU, LSTM
from nn.modules import gru, lstm

RNG = np.random.default_rng(0)


class Unit(NamedTuple):
    """A recurrent unit: its operation, the same step by step, its layer, and the numbers of its arguments."""

    whole: Callable
    step_by_step: Callable
    layer: type
    states: int
    gates: int
    biases: int


UNITS = {
    "lstm": Unit(lstm.lstm, lstm.step_by_step, LSTM, 2, 4, 1),
    "gru": Unit(gru.gru, gru.step_by_step, GRU, 1, 3, 2),
}
SIZES = {"usual": (4, 2, 3, 5), "one step": (1, 2, 3, 2), "no sequences": (3, 0, 2, 2), "one feature": (3, 2, 1, 1)}


@pytest.fixture(params=UNITS.values(), ids=UNITS)
def unit(request):
    """Each of the units."""
    return request.param


def arrays(unit, steps, batch, features, size, bias=True):
    """x, the states, W, U and the biases."""
    rows = unit.gates * size
    shapes = [(steps, batch, features), *[(batch, size)] * unit.states, (rows, features), (rows, size)]
    return [RNG.normal(size=shape) for shape in [*shapes, *[(rows,)] * (unit.biases * bias)]]


def outputs_and_gradients(unit, function, args, seed=1):
    """What a function returns, and the gradients of all arguments for random cotangents."""
    tensors = [tensor(a, requires_grad=True) for a in args]
    outs = function(*tensors, *without_bias(unit, args))
    rng = np.random.default_rng(seed)
    return [*outs, *autograd.grad(outs, tensors, [tensor(rng.normal(size=tuple(out.shape))) for out in outs])]


def without_bias(unit, args):
    """None for each bias that is not among the arguments."""
    return [None] * (3 + unit.states + unit.biases - len(args))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_outputs_and_all_gradients_are_those_of_the_recorded_steps(unit, sizes, bias):
    args = arrays(unit, *sizes, bias=bias)
    whole, steps = [outputs_and_gradients(unit, function, args) for function in (unit.whole, unit.step_by_step)]
    for a, b in zip(whole, steps, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("bias", [True, False])
def test_gradients_are_right_to_second_order_in_every_argument(unit, bias):
    def weighted(*args):
        tensors = [a if hasattr(a, "node") else tensor(a) for a in args]
        out, *states = unit.whole(*tensors, *without_bias(unit, args))
        return sum((k * state.sum(0) for k, state in enumerate(states, 2)), out.sum((0, 1)))

    check_vjp(weighted, tuple(arrays(unit, 2, 2, 2, 2, bias)), RNG, order=2)


def test_each_gradient_alone_equals_that_among_all(unit):
    args = arrays(unit, 3, 2, 3, 2)
    every = outputs_and_gradients(unit, unit.whole, args)[1 + unit.states :]
    for i, expected in enumerate(every):
        tensors = [tensor(a, requires_grad=i == k) for k, a in enumerate(args)]
        outs = unit.whole(*tensors)
        rng = np.random.default_rng(1)
        (found,) = autograd.grad(outs, tensors[i], [tensor(rng.normal(size=tuple(out.shape))) for out in outs])
        np.testing.assert_array_equal(found.numpy(), expected.numpy())


def test_a_loss_of_one_output_leaves_the_others_without_a_cotangent(unit):
    args = arrays(unit, 3, 2, 3, 2)
    for k in range(1 + unit.states):
        gradients = []
        for function in (unit.whole, unit.step_by_step):
            x, *rest = [tensor(a, requires_grad=True) for a in args]
            gradients.append(autograd.grad(function(x, *rest)[k].sum(), x)[0].numpy())
        np.testing.assert_allclose(*gradients, rtol=1e-12, atol=1e-14)


def test_forward_mode_and_vmap_go_through_the_layer(unit):
    layer = unit.layer(2, 3).double()
    x, direction = [tensor(RNG.normal(size=(4, 2, 2))) for _ in range(2)]
    out, slope = func.jvp(lambda x: layer(x)[0], (x,), (direction,))
    ends = [layer(x + sign * 1e-6 * direction)[0] for sign in (1, -1)]
    np.testing.assert_allclose(slope.detach().numpy(), ((ends[0] - ends[1]) / 2e-6).detach().numpy(), atol=1e-8)
    each = func.vmap(lambda x: layer(x)[0], 1, 1)(x)
    np.testing.assert_allclose(each.detach().numpy(), out.detach().numpy(), atol=1e-14)


def test_the_outputs_may_be_written_before_the_backward_pass(unit):
    layer, x = unit.layer(2, 3), ones(4, 1, 2)
    layer(x)[0].sum().backward()
    expected = layer.weight_hh_l0.grad.numpy().copy()
    layer.zero_grad()
    out, states = layer(x)
    total = out.sum()
    for result in (out, *(states if isinstance(states, tuple) else (states,))):
        result.detach().zero_()
    total.backward()
    np.testing.assert_array_equal(layer.weight_hh_l0.grad.numpy(), expected)


def test_half_precision_is_recorded_step_by_step(unit):
    layer = unit.layer(2, 3)
    out = layer(ones(4, 1, 2))[0]
    halved = layer.half()(ones(4, 1, 2, dtype=float16))[0]
    assert halved.dtype == float16
    np.testing.assert_allclose(halved.float().tolist(), out.tolist(), atol=2e-3)


def test_projected_outputs_equal_the_recorded_formula():
    layer = LSTM(2, 4, proj_size=3).double()
    x = tensor(RNG.normal(size=(3, 2, 2)))
    W, U, b, b2, projection = [p.detach().numpy() for p in layer.all_weights[0]]
    sigmoid = lambda z: 1 / (1 + np.exp(-z))
    h, c = np.zeros((2, 3)), np.zeros((2, 4))
    for t, out in enumerate(layer(x)[0].detach().numpy()):
        i, f, g, o = np.split(x.numpy()[t] @ W.T + h @ U.T + b + b2, 4, -1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = (sigmoid(o) * np.tanh(c)) @ projection.T
        np.testing.assert_allclose(out, h, atol=1e-14)


def test_saturated_gates_warn_of_nothing(unit):
    layer = unit.layer(1, 1)
    for parameter in layer.parameters():
        parameter.data.fill_(-1e3)
    x = ones(3, 1, 1, requires_grad=True)
    layer(x)[0].sum().backward()
    assert x.grad.tolist() == [[[0.0]]] * 3


def test_a_backward_pass_frees_what_the_forward_saved(unit):
    out = unit.layer(2, 3)(ones(4, 1, 2))[0].sum()
    out.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        out.backward()
