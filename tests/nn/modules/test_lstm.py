"""The LSTM over a whole sequence as one operation, beside the same recorded step by step."""

import numpy as np
import pytest

from autograd import autograd, float16, func, ones, tensor
from autograd.testing import check_vjp
from nn import LSTM
from nn.modules.lstm import lstm, step_by_step

RNG = np.random.default_rng(0)
SIZES = {"usual": (4, 2, 3, 5), "one step": (1, 2, 3, 2), "no sequences": (3, 0, 2, 2), "one feature": (3, 2, 1, 1)}


def arrays(steps, batch, features, size, bias=True):
    """x, h, c, W, U and b."""
    shapes = [(steps, batch, features), (batch, size), (batch, size), (4 * size, features), (4 * size, size)]
    return [RNG.normal(size=shape) for shape in [*shapes, (4 * size,)][: 5 + bias]]


def outputs_and_gradients(function, args, seed, bias):
    """What a function returns, and the gradients of all arguments for random cotangents."""
    tensors = [tensor(a, requires_grad=True) for a in args]
    outs = function(*tensors, *[None] * (not bias))
    rng = np.random.default_rng(seed)
    return [*outs, *autograd.grad(outs, tensors, [tensor(rng.normal(size=tuple(out.shape))) for out in outs])]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_outputs_and_all_gradients_are_those_of_the_recorded_steps(sizes, bias):
    args = arrays(*sizes, bias=bias)
    whole, steps = [outputs_and_gradients(function, args, 1, bias) for function in (lstm, step_by_step)]
    for a, b in zip(whole, steps, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("bias", [True, False])
def test_gradients_are_right_to_second_order_in_every_argument(bias):
    def weighted(*args):
        out, h, c = lstm(*[a if hasattr(a, "node") else tensor(a) for a in args], *[None] * (not bias))
        return out.sum((0, 1)) + 2 * h.sum(0) + 3 * c.sum(0)

    check_vjp(weighted, tuple(arrays(2, 2, 2, 2, bias)), RNG, order=2)


def test_each_gradient_alone_equals_that_among_all():
    args = arrays(3, 2, 3, 2)
    every = outputs_and_gradients(lstm, args, 1, True)[3:]
    for i, expected in enumerate(every):
        tensors = [tensor(a, requires_grad=i == k) for k, a in enumerate(args)]
        outs = lstm(*tensors)
        rng = np.random.default_rng(1)
        (found,) = autograd.grad(outs, tensors[i], [tensor(rng.normal(size=tuple(out.shape))) for out in outs])
        np.testing.assert_array_equal(found.numpy(), expected.numpy())


def test_a_loss_of_one_output_leaves_the_others_without_a_cotangent():
    args = arrays(3, 2, 3, 2)
    for k in range(3):
        gradients = []
        for function in (lstm, step_by_step):
            x, *rest = [tensor(a, requires_grad=True) for a in args]
            gradients.append(autograd.grad(function(x, *rest)[k].sum(), x)[0].numpy())
        np.testing.assert_allclose(*gradients, rtol=1e-12, atol=1e-14)


def test_forward_mode_and_vmap_go_through_the_layer():
    layer = LSTM(2, 3).double()
    x, direction = [tensor(RNG.normal(size=(4, 2, 2))) for _ in range(2)]
    out, slope = func.jvp(lambda x: layer(x)[0], (x,), (direction,))
    ends = [layer(x + sign * 1e-6 * direction)[0] for sign in (1, -1)]
    np.testing.assert_allclose(slope.detach().numpy(), ((ends[0] - ends[1]) / 2e-6).detach().numpy(), atol=1e-8)
    each = func.vmap(lambda x: layer(x)[0], 1, 1)(x)
    np.testing.assert_allclose(each.detach().numpy(), out.detach().numpy(), atol=1e-14)


def test_the_outputs_may_be_written_before_the_backward_pass():
    layer, x = LSTM(2, 3), ones(4, 1, 2)
    layer(x)[0].sum().backward()
    expected = layer.weight_hh_l0.grad.numpy().copy()
    layer.zero_grad()
    out, (h, c) = layer(x)
    total = out.sum()
    for result in (out, h, c):
        result.detach().zero_()
    total.backward()
    np.testing.assert_array_equal(layer.weight_hh_l0.grad.numpy(), expected)


def test_half_precision_is_recorded_step_by_step():
    layer = LSTM(2, 3)
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


def test_saturated_gates_warn_of_nothing():
    layer = LSTM(1, 1)
    for parameter in layer.parameters():
        parameter.data.fill_(-1e3)
    x = ones(3, 1, 1, requires_grad=True)
    layer(x)[0].sum().backward()
    assert x.grad.tolist() == [[[0.0]]] * 3


def test_a_backward_pass_frees_what_the_forward_saved():
    out = LSTM(2, 3)(ones(4, 1, 2))[0].sum()
    out.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        out.backward()
