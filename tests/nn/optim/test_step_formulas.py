"""The less usual optimizers and schedules by their formulas, step by step."""

import math

import numpy as np
import pytest

from autograd import float32, float64, ones, tensor, zeros
from nn import optim
from nn.optim import lr_scheduler

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


def adagrad(rate, decay):
    total = 0.5

    def step(p, g, t):
        nonlocal total
        total = total + g * g
        return p - rate / (1 + (t - 1) * decay) * g / (np.sqrt(total) + EPS)

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
    "Adagrad": ({"lr": 0.1, "lr_decay": 0.2, "initial_accumulator_value": 0.5, "eps": EPS}, lambda: adagrad(0.1, 0.2)),
    "ASGD": ({"lr": 0.1, "lambd": 0.3, "alpha": 0.6}, lambda: asgd(0.1, 0.3, 0.6)),
    "Rprop": ({"lr": 0.1, "etas": (0.4, 1.3), "step_sizes": (1e-3, 0.3)}, lambda: rprop(0.1)),
}


@pytest.mark.parametrize("extra", [{}, {"weight_decay": 0.2}, {"maximize": True}], ids=["plain", "decay", "uphill"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_takes_the_steps_of_its_formula(name, extra):
    if name == "Rprop" and "weight_decay" in extra:
        return  # which it does not have
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
        # NAdam and ASGD keep a number of their state in single precision, as PyTorch does.
        np.testing.assert_allclose(x.detach().numpy(), p, rtol=1e-6, atol=1e-7)


def rates(make, count):
    schedule = make(optim.SGD([tensor([1.0], requires_grad=True)], lr=0.5))
    found = []
    for _ in range(count):
        found += schedule.get_last_lr()
        schedule.optimizer.step()
        schedule.step()
    return found


def polynomial(total, power):
    return lambda t: (1 - min(t, total) / total) ** power


def restarts(first, factor):
    """Half a cosine over periods that grow: 1 at the start of each."""

    def curve(t):
        period = first
        while t >= period:
            t, period = t - period, period * factor
        return (1 + math.cos(math.pi * t / period)) / 2

    return curve


SCHEDULES = {
    "a product": (
        lambda o: lr_scheduler.MultiplicativeLR(o, lambda t: 1 / (t + 1)), lambda t: 1 / math.factorial(t + 1)
    ),
    "a polynomial": (lr_scheduler.PolynomialLR, polynomial(5, 1)),
    "a polynomial of degree 2": (lambda o: lr_scheduler.PolynomialLR(o, 4, 2.0), polynomial(4, 2)),
    "restarts": (lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3), restarts(3, 1)),
    "restarts, later and later": (lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2, 2), restarts(2, 2)),
    "one after another": (
        lambda o: lr_scheduler.SequentialLR(
            o, [lr_scheduler.ConstantLR(o, 0.1, 9), lr_scheduler.ExponentialLR(o, 0.5)], [3]
        ),
        lambda t: 0.1 if t < 3 else 0.5 ** (t - 3),
    ),
    "together": (
        lambda o: lr_scheduler.ChainedScheduler(
            [lr_scheduler.ConstantLR(o, 0.1, 2), lr_scheduler.ExponentialLR(o, 0.5)]
        ),
        lambda t: (0.1 if t < 2 else 1.0) * 0.5**t,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_its_curve(name):
    make, curve = SCHEDULES[name]
    np.testing.assert_allclose(rates(make, 9), [0.5 * curve(t) for t in range(9)], atol=1e-12)


def test_a_chain_keeps_the_state_of_its_parts():
    optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.5)
    parts = [lr_scheduler.ConstantLR(optimizer, 0.1, 2), lr_scheduler.ExponentialLR(optimizer, 0.5)]
    state = lr_scheduler.ChainedScheduler(parts).state_dict()
    assert [part["last_epoch"] for part in state["_schedulers"]] == [0, 0]


def test_every_step_of_lbfgs_may_evaluate_as_often_as_the_first():
    x = tensor([-1.2, 1.0], dtype=float64, requires_grad=True)
    optimizer = optim.LBFGS([x], max_iter=100, max_eval=6, tolerance_change=0.0)
    calls = []

    def closure():
        calls.append(1)
        optimizer.zero_grad()
        loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
        loss.backward()
        return loss

    counts = []
    for _ in range(3):
        calls.clear()
        optimizer.step(closure)
        counts.append(len(calls))
    assert counts == [6, 6, 6]


@pytest.mark.parametrize("three", [False, True])
def test_one_cycle_goes_in_straight_lines_from_phase_to_phase(three):
    optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.5, momentum=0.5)
    schedule = lr_scheduler.OneCycleLR(
        optimizer, 1.0, 20, anneal_strategy="linear", div_factor=10, final_div_factor=100, three_phase=three
    )
    times, rates, momenta = [0, 5, 10, 19], [0.1, 1.0, 0.1, 0.001], [0.95, 0.85, 0.95, 0.95]
    if not three:
        times, rates, momenta = ([line[i] for i in (0, 1, 3)] for line in (times, rates, momenta))
    for t in range(20):
        group = optimizer.param_groups[0]
        assert group["lr"] == pytest.approx(np.interp(t, times, rates))
        assert group["momentum"] == pytest.approx(np.interp(t, times, momenta))
        optimizer.step()
        if t < 19:
            schedule.step()


def test_a_plateau_rests_after_a_step():
    w = tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=1.0)
    schedule = optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, cooldown=2)
    rates = []
    for _ in range(8):
        schedule.step(3.0)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates == [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]


@pytest.mark.parametrize("count", [1, 3])
def test_a_state_of_other_parameters_is_refused(count):
    params = lambda n: [tensor([1.0], requires_grad=True) for _ in range(n)]
    with pytest.raises(ValueError, match="doesn't match the size"):
        optim.SGD(params(2), lr=0.1).load_state_dict(optim.SGD(params(count), lr=0.1).state_dict())


def test_an_average_in_place_decays_and_takes_whole_numbers_as_they_are():
    averages, values = [tensor([1.0, 3.0]), tensor([4])], [tensor([2.0, 2.0]), tensor([7])]
    optim.swa_utils.get_ema_multi_avg_fn(0.75)(averages, values, 1)
    assert [a.tolist() for a in averages] == [[1.25, 2.75], [7]]


def test_a_large_parameter_that_is_widened_steps_in_its_new_precision():
    w = zeros(5000, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)
    for dtype in (float32, float64):
        w.data = zeros(5000, dtype=dtype)
        w.grad = ones(5000, dtype=dtype)
        optimizer.step()
    assert w[0].item() == -0.1


def test_a_schedules_state_holds_neither_its_functions_nor_the_optimizer():
    optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.1)
    state = lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / (epoch + 1)).state_dict()
    assert state["last_epoch"] == 0 and "optimizer" not in state
    assert not [value for value in state.values() if callable(value) or isinstance(value, list) and callable(value[0])]


def test_hooks_of_a_step_come_in_the_order_of_their_registration():
    optimizer, order = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.1), []
    for name in "ab":
        optimizer.register_step_pre_hook(lambda *_, name=name: order.append(name))
        optimizer.register_step_post_hook(lambda *_, name=name: order.append(name.upper()))
    optimizer.register_load_state_dict_post_hook(lambda *_: order.append("later"))
    optimizer.register_load_state_dict_post_hook(lambda *_: order.append("first"), prepend=True)
    optimizer.step()
    optimizer.load_state_dict(optimizer.state_dict())
    assert order == ["a", "b", "A", "B", "first", "later"]


@pytest.mark.parametrize("etas", [(1.0, 1.2), (0.5, 1.0), (-0.1, 1.2)])
def test_rates_of_rprop_that_do_not_shrink_and_grow_are_refused(etas):
    with pytest.raises(ValueError, match="eta"):
        optim.Rprop([tensor([1.0], requires_grad=True)], etas=etas)
