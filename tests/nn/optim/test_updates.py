"""Details of single optimizers: momentum, averages, step sizes, the count of steps, and large parameters."""

import tracemalloc

import numpy as np
import pytest

import autograd
from autograd import float32, float64, ones, tensor, zeros
from nn import optim
from nn.optim.gradients import STRETCH
from tests.nn.optim.helpers import parameter, path_along


@pytest.mark.parametrize(
    ("name", "decay"), [("SGD", 0.1), ("Adam", 0.1), ("RMSprop", 0.1), ("Adagrad", 0.1), ("ASGD", 0.1)]
)
def test_weight_decay_and_maximize_change_the_gradient(name, decay):
    ways = []
    for options, sign in (({"weight_decay": decay}, 1), ({"weight_decay": decay, "maximize": True}, -1), ({}, 1)):
        w = parameter(2.0)
        optimizer = getattr(optim, name)([w], lr=0.1, **options)
        for g in (1.0, -0.3, 0.7):
            w.grad = tensor(np.array([sign * g if options else g + decay * w.item()]))
            optimizer.step()
        ways.append(w.item())
    assert ways == pytest.approx([ways[0]] * 3, rel=1e-12)


def test_asgd_averages_after_t0_steps():
    w = parameter(1.0, -2.0)
    optimizer = optim.ASGD([w], lr=0.1, lambd=0.2, alpha=0.6, t0=3)
    gradients = [1.0, -0.5, 2.0, 0.3, -1.0, 0.2, 0.9, -0.4]
    path = []
    for t, g in enumerate(gradients, 1):
        path += list(path_along(optimizer, w, [g]))
        state = optimizer.state[w]
        mean = path[-1] if t < 5 else np.mean(path[4:], 0)
        np.testing.assert_allclose(state["ax"].numpy(), mean, rtol=1e-6)
        assert state["step"].item() == t
        assert state["eta"].item() == pytest.approx(0.1 / (1 + 0.2 * 0.1 * t) ** 0.6, rel=1e-6)
        assert state["mu"].item() == pytest.approx(1 / max(1, t - 3), rel=1e-6)


def test_rprop_step_sizes_grow_and_shrink_within_their_bounds():
    w = parameter(0.0)
    optimizer = optim.Rprop([w], lr=0.1, etas=(0.5, 2.0), step_sizes=(0.04, 0.3))
    #: gradient, the size after it, and the way gone: none at a turn, and a step after it whatever its sign.
    steps = [(1, 0.1, -0.1), (3, 0.2, -0.2), (0.1, 0.3, -0.3), (2, 0.3, -0.3), (-1, 0.15, 0), (-1, 0.15, 0.15),
             (1, 0.075, 0), (-5, 0.075, 0.075), (2, 0.04, 0), (2, 0.04, -0.04), (0, 0.04, 0), (1, 0.04, -0.04),
             (1, 0.08, -0.08), (-1, 0.04, 0)]  # fmt: skip
    at = 0.0
    for t, (g, size, way) in enumerate(steps, 1):
        before, at = at, path_along(optimizer, w, [g])[-1].item()
        assert at - before == pytest.approx(way) and optimizer.state[w]["step_size"].item() == pytest.approx(size)
        assert optimizer.state[w]["prev"].item() == (0 if way == 0 else g) and optimizer.state[w]["step"].item() == t


@pytest.mark.parametrize(
    "name", ["Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adadelta", "Adagrad", "RMSprop", "ASGD", "Rprop"]
)
def test_the_state_counts_steps(name):
    w = parameter(1.0)
    optimizer = getattr(optim, name)([w])
    path_along(optimizer, w, [1.0] * 3)
    assert optimizer.state[w]["step"].item() == 3 and optimizer.state[w]["step"].dtype == float32


def test_velocity_starts_as_the_gradient_and_is_dampened_later():
    w = parameter(0.0)
    optimizer = optim.SGD([w], lr=1.0, momentum=0.5, dampening=0.25)
    np.testing.assert_allclose(path_along(optimizer, w, [4.0, 8.0])[:, 0], [-4, -12])
    assert optimizer.state[w]["momentum_buffer"].item() == 8
    w = parameter(0.0)
    np.testing.assert_allclose(path_along(optim.SGD([w], 1.0, 0.5, nesterov=True), w, [4.0, 8.0])[:, 0], [-6, -19])


@pytest.mark.parametrize("size", [4095, 4096, 4097])
def test_the_buffer_is_kept_for_large_parameters_only(size):
    w = autograd.ones(size, dtype=float64, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    assert (path_along(optimizer, w, [1.0, 3.0]) == [[0.5], [-1.0]]).all()
    assert bool(optimizer._scratch) == (size >= 4096)


@pytest.mark.parametrize("name", ["Adadelta", "Adagrad", "Adam", "Adamax", "AdamW", "RAdam", "RMSprop", "Rprop", "SGD"])
def test_a_parameter_too_large_for_the_cache_takes_the_steps_of_its_parts(name):
    rng, size, part = np.random.default_rng(0), STRETCH + 5, slice(STRETCH - 4, STRETCH + 5)
    start, gradients = rng.normal(size=size), rng.normal(size=(3, size))
    paths = []
    for at in (slice(None), part):
        w = autograd.tensor(start[at], requires_grad=True)
        optimizer = getattr(optim, name)([w])
        for g in gradients:
            w.grad = autograd.tensor(g[at])
            optimizer.step()
        paths.append(w.detach().numpy())
    np.testing.assert_array_equal(paths[0][part], paths[1])


def test_a_large_step_takes_little_memory_besides_its_arrays():
    w = zeros(8 * STRETCH, requires_grad=True)
    w.grad = ones(8 * STRETCH)
    optimizer = optim.Adam([w])
    optimizer.step()
    tracemalloc.start()
    optimizer.step()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < w.array.nbytes / 2


def test_a_step_of_a_large_parameter_leaves_its_gradient_unchanged():
    w = autograd.ones(80, 80, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        w.sum().backward()
        grad = w.grad
        optimizer.step()
        assert (grad.numpy() == 1).all()
    assert (w.detach().numpy() == 0).all()


def test_a_large_parameter_whose_dtype_changes_steps_in_the_new_precision():
    w = zeros(5000, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    for dtype in (float32, float64):
        w.data = zeros(5000, dtype=dtype)
        w.grad = ones(5000, dtype=dtype)
        optimizer.step()
    assert w[0].item() == -0.1
