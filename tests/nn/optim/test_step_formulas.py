"""Every optimizer takes the steps of its formula, computed in NumPy, and those of PyTorch."""

import copy
import math

import numpy as np
import pytest

import autograd
from autograd import float64, tensor
from nn import optim
from tests.nn.optim.helpers import closure_of
from tests.tools.answers import assert_alike

TARGET = np.array([[1.0, -2.0, 0.5], [3.0, 0.1, -1.0]])

SCALE = np.array([[1.0, 2.0, 0.3], [0.7, 1.5, 1.0]])


STEPS = 60


def slope(w):
    """The gradient of sum(SCALE · (w - TARGET)⁴ / 4 + sin w)."""
    return SCALE * (w - TARGET) ** 3 + np.cos(w)


def trajectory(library, make):
    """The weights after each step from 0, with gradients from the library."""
    w = library.zeros(2, 3, dtype=library.float64, requires_grad=True)
    scale, target = library.tensor(SCALE), library.tensor(TARGET)
    optimizer = make(library.optim, [w])
    path = []
    for _ in range(STEPS):
        optimizer.step(closure_of(optimizer, lambda: (scale * (w - target) ** 4 / 4 + w.sin()).sum()))
        path.append(w.detach().numpy().copy())
    return np.array(path)


def sgd(lr, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False, maximize=False):
    w, v = np.zeros_like(TARGET), None
    while True:
        g = (-1 if maximize else 1) * slope(w) + weight_decay * w
        if momentum:
            v = g if v is None else momentum * v + (1 - dampening) * g
            g = g + momentum * v if nesterov else v
        w = w - lr * g
        yield w


def adam(lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False, decoupled=False):
    w = m = v = largest = np.zeros_like(TARGET)
    t = 0
    while True:
        t += 1
        g = -slope(w) if maximize else slope(w)
        if decoupled:
            w = w - lr * weight_decay * w
        else:
            g = g + weight_decay * w
        m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
        largest = np.maximum(largest, v) if amsgrad else v
        w = w - lr * (m / (1 - betas[0] ** t)) / (np.sqrt(largest / (1 - betas[1] ** t)) + eps)
        yield w


def rmsprop(lr, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False, maximize=False):
    w = v = mean = b = np.zeros_like(TARGET)
    while True:
        g = (-1 if maximize else 1) * slope(w) + weight_decay * w
        v, mean = alpha * v + (1 - alpha) * g**2, alpha * mean + (1 - alpha) * g
        d = g / (np.sqrt(v - mean**2 if centered else v) + eps)
        b = momentum * b + d
        w = w - lr * b
        yield w


def adagrad(lr, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10, maximize=False):
    w, s, t = np.zeros_like(TARGET), initial_accumulator_value, 0
    while True:
        g = (-1 if maximize else 1) * slope(w) + weight_decay * w
        s = s + g**2
        w = w - lr / (1 + t * lr_decay) * g / (np.sqrt(s) + eps)
        t += 1
        yield w


CASES = [
    ("SGD", sgd, {"lr": 0.01}),
    ("SGD", sgd, {"lr": 0.001, "maximize": True}),
    ("SGD", sgd, {"lr": 0.01, "momentum": 0.9}),
    ("SGD", sgd, {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", sgd, {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("SGD", sgd, {"lr": 0.01, "weight_decay": 0.1}),
    ("Adam", adam, {"lr": 0.1}),
    ("Adam", adam, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", adam, {"lr": 0.1, "amsgrad": True, "betas": (0.5, 0.6)}),
    ("Adam", adam, {"lr": 0.1, "betas": (0.0, 0.0)}),
    ("Adam", adam, {"lr": 0.01, "maximize": True}),
    ("AdamW", adam, {"lr": 0.1, "weight_decay": 0.2}),
    ("AdamW", adam, {"lr": 0.01, "weight_decay": 0.01, "amsgrad": True, "maximize": True}),
    ("RMSprop", rmsprop, {"lr": 0.01}),
    ("RMSprop", rmsprop, {"lr": 0.01, "alpha": 0.9, "weight_decay": 0.1, "momentum": 0.9}),
    ("RMSprop", rmsprop, {"lr": 0.01, "centered": True, "eps": 1e-2}),
    ("RMSprop", rmsprop, {"lr": 0.001, "maximize": True}),
    ("Adagrad", adagrad, {"lr": 0.1}),
    ("Adagrad", adagrad, {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adagrad", adagrad, {"lr": 0.01, "maximize": True}),
]


each = pytest.mark.parametrize(("name", "formula", "options"), CASES)


#: Optimizers and settings that are compared with PyTorch only.
FURTHER = [
    ("NAdam", {"lr": 0.1}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "momentum_decay": 0.3}),
    ("NAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}),
    ("RAdam", {"lr": 0.1}),
    ("RAdam", {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Adamax", {"lr": 0.1}),
    ("Adamax", {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1, "maximize": True}),
    ("Adadelta", {"lr": 0.3}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-3, "weight_decay": 0.1}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.5, "etas": (0.3, 1.5), "step_sizes": (1e-3, 1.0)}),
    ("ASGD", {"lr": 0.01}),
    ("ASGD", {"lr": 0.01, "lambd": 0.1, "t0": 10, "weight_decay": 0.1}),
    ("LBFGS", {"lr": 0.5}),
    ("LBFGS", {"lr": 0.1, "max_iter": 3, "history_size": 2}),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 1}),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "lr": 8.0, "max_iter": 2, "max_eval": 5}),
    ("SGD", {"lr": 0.01, "foreach": True}),
    ("Adam", {"lr": 0.1, "fused": True}),
]


every = pytest.mark.parametrize(("name", "options"), [(name, options) for name, _, options in CASES] + FURTHER)


@each
def test_the_trajectory_follows_the_formula(name, formula, options):
    decoupled = {"decoupled": True} if name == "AdamW" else {}
    steps = formula(**options, **decoupled)
    expected = np.array([next(steps) for _ in range(STEPS)])
    path = trajectory(autograd, lambda optim, params: getattr(optim, name)(params, **options))
    np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-12)


@every
def test_the_trajectory_is_the_one_of_pytorch(name, options, answers):
    def path(library):
        return trajectory(library, lambda optim, params: getattr(optim, name)(params, **options))

    assert_alike(path(autograd)[::3], answers("torch", lambda torch: path(torch)[::3]), rtol=1e-9, atol=1e-12)


@every
def test_an_optimizer_resumes_from_a_state_dict(name, options):
    def advance(w, optimizer, steps):
        for _ in range(steps):
            optimizer.step(closure_of(optimizer, lambda: (w**4).sum()))

    first = tensor(TARGET, requires_grad=True)
    optimizer = getattr(optim, name)([first], **options)
    advance(first, optimizer, 3)
    second = tensor(first.detach().numpy().copy(), requires_grad=True)
    restored = getattr(optim, name)([second], lr=9.0)
    saved = copy.deepcopy(optimizer.state_dict())
    restored.load_state_dict(saved)
    advance(first, optimizer, 3)
    advance(second, restored, 3)
    np.testing.assert_array_equal(first.detach().numpy(), second.detach().numpy())
    assert restored.state_dict()["param_groups"] == optimizer.state_dict()["param_groups"]


@pytest.mark.parametrize(
    ("name", "options", "steps"),
    [("SGD", {"lr": 0.1}, 200), ("SGD", {"lr": 0.05, "momentum": 0.8}, 200), ("Adam", {"lr": 0.1}, 600),
     ("NAdam", {"lr": 0.05}, 600), ("RAdam", {"lr": 0.1}, 600), ("Adamax", {"lr": 0.2}, 600),
     ("Adadelta", {"eps": 1e-4}, 600), ("Rprop", {}, 200), ("ASGD", {"lr": 0.1, "lambd": 0.0}, 200),
     ("LBFGS", {}, 5), ("LBFGS", {"line_search_fn": "strong_wolfe"}, 5)],
)  # fmt: skip
def test_a_quadratic_is_minimized(name, options, steps):
    w = tensor(np.zeros_like(TARGET), requires_grad=True)
    optimizer = getattr(optim, name)([w], **options)
    for _ in range(steps):
        optimizer.step(closure_of(optimizer, lambda: (tensor(SCALE) * (w - tensor(TARGET)) ** 2).sum()))
    np.testing.assert_allclose(w.detach().numpy(), TARGET, atol=1e-2)


START, CURVATURE, CENTRE = np.array([1.0, -2.0, 0.3]), np.array([1.0, 3.0, 0.5]), np.array([0.2, 0.1, -0.4])


B1, B2, EPS = 0.8, 0.95, 1e-6


def nadam(rate, decay):
    m = v = 0.0
    product = 1.0

    def step(p, g, t):
        nonlocal m, v, product
        mu, later = (B1 * (1 - 0.5 * 0.96 ** (s * decay)) for s in (t, t + 1))
        m, v, product = B1 * m + (1 - B1) * g, B2 * v + (1 - B2) * g * g, product * mu
        scale = np.sqrt(v / (1 - B2**t)) + EPS
        return p - rate * ((1 - mu) / (1 - product) * g + later / (1 - product * later) * m) / scale

    return step


def radam(rate):
    m = v = 0.0
    limit = 2 / (1 - B2) - 1

    def step(p, g, t):
        nonlocal m, v
        m, v = B1 * m + (1 - B1) * g, B2 * v + (1 - B2) * g * g
        length = limit - 2 * t * B2**t / (1 - B2**t)
        if length <= 5:
            return p - rate * m / (1 - B1**t)
        r = math.sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length))
        return p - rate * m / (1 - B1**t) * r * math.sqrt(1 - B2**t) / (np.sqrt(v) + EPS)

    return step


def adamax(rate):
    m = u = 0.0

    def step(p, g, t):
        nonlocal m, u
        m, u = B1 * m + (1 - B1) * g, np.maximum(B2 * u, np.abs(g) + EPS)
        return p - rate / (1 - B1**t) * m / u

    return step


def adadelta(rate, rho):
    v = moved = 0.0

    def step(p, g, t):
        nonlocal v, moved
        v = rho * v + (1 - rho) * g * g
        d = np.sqrt(moved + EPS) / np.sqrt(v + EPS) * g
        moved = rho * moved + (1 - rho) * d * d
        return p - rate * d

    return step


def asgd(rate, lambd, alpha):
    def step(p, g, t):
        eta = rate / (1 + lambd * rate * (t - 1)) ** alpha
        return p * (1 - lambd * eta) - eta * g

    return step


def rprop(rate):
    before, size = 0.0, rate

    def step(p, g, t):
        nonlocal before, size
        agreed = g * before
        size = np.clip(size * np.where(agreed > 0, 1.3, np.where(agreed < 0, 0.4, 1.0)), 1e-3, 0.3)
        g = np.where(agreed < 0, 0.0, g)
        before = g
        return p - np.sign(g) * size

    return step


COMMON = {"betas": (B1, B2), "eps": EPS}


OPTIMIZERS = {
    "NAdam": ({"lr": 0.1, "momentum_decay": 0.5, **COMMON}, lambda: nadam(0.1, 0.5)),
    "RAdam": ({"lr": 0.1, **COMMON}, lambda: radam(0.1)),
    "Adamax": ({"lr": 0.1, **COMMON}, lambda: adamax(0.1)),
    "Adadelta": ({"lr": 0.7, "rho": 0.8, "eps": EPS}, lambda: adadelta(0.7, 0.8)),
    "ASGD": ({"lr": 0.1, "lambd": 0.3, "alpha": 0.6}, lambda: asgd(0.1, 0.3, 0.6)),
    "Rprop": ({"lr": 0.1, "etas": (0.4, 1.3), "step_sizes": (1e-3, 0.3)}, lambda: rprop(0.1)),
}


@pytest.mark.parametrize("extra", [{}, {"weight_decay": 0.2}, {"maximize": True}], ids=["plain", "decay", "uphill"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_the_steps_of_its_formula(name, extra):
    if name == "Rprop" and "weight_decay" in extra:
        return  # Rprop has no weight decay
    options, formula = OPTIMIZERS[name]
    x = tensor(START, dtype=float64, requires_grad=True)
    optimizer = getattr(optim, name)([x], **options, **extra)
    p, step = START, formula()
    for t in range(1, 13):
        optimizer.zero_grad()
        (0.5 * tensor(CURVATURE) * (x - tensor(CENTRE)) ** 2).sum().backward()
        optimizer.step()
        g = CURVATURE * (p - CENTRE)
        g = -g if extra.get("maximize") else g
        p = step(p, g + extra.get("weight_decay", 0) * p, t)
        # NAdam and ASGD keep part of their state in single precision, as PyTorch does.
        np.testing.assert_allclose(x.detach().numpy(), p, rtol=1e-6, atol=1e-7)


def complex_loss(z):
    """A function of complex numbers that is nonlinear in the real and in the imaginary part."""
    return (z + 1j).abs().sum() + 0.2 * ((2 - 1j) * z - 1).abs().square().sum()


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("SGD", {"momentum": 0.9}),
        ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
        ("AdamW", {}),
        ("Adamax", {}),
        ("NAdam", {}),
        ("RAdam", {}),
        ("Adagrad", {"initial_accumulator_value": 0.1}),
        ("Adadelta", {}),
        ("RMSprop", {"centered": True, "momentum": 0.5}),
        ("Rprop", {}),
        ("ASGD", {}),
    ],
)
def test_a_complex_parameter_is_updated_like_two_real_ones(name, settings, dtype):
    start = np.array([[1.0 - 2.0j, 0.5 + 0.1j], [0.0 + 1.0j, -2.0 + 0.3j]], dtype)
    whole = tensor(start, requires_grad=True)
    parts = tensor(np.stack([start.real, start.imag], -1), requires_grad=True)
    together, apart = (getattr(optim, name)([w], lr=0.05, **settings) for w in (whole, parts))
    for _ in range(8):
        together.step(closure_of(together, lambda: complex_loss(whole)))
        apart.step(closure_of(apart, lambda: complex_loss(autograd.complex(parts[..., 0], parts[..., 1]))))
    np.testing.assert_allclose(autograd.view_as_real(whole.detach()).numpy(), parts.detach().numpy(), rtol=1e-4)
    assert all(value.dtype == whole.dtype for key, value in together.state[whole].items() if value.ndim == 2)
