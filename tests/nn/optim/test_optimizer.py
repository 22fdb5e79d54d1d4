"""Optimizers: trajectories against the textbook's formula in NumPy, and against PyTorch where it is installed."""

import copy

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor
from autograd.core.tensor import wrap
from nn import optim

TARGET = np.array([[1.0, -2.0, 0.5], [3.0, 0.1, -1.0]])
SCALE = np.array([[1.0, 2.0, 0.3], [0.7, 1.5, 1.0]])
STEPS = 60


def slope(w):
    """The gradient of sum(SCALE · (w - TARGET)⁴ / 4 + sin w)."""
    return SCALE * (w - TARGET) ** 3 + np.cos(w)


def trajectory(make):
    """Where the optimizer goes from 0, with gradients from the engine."""
    w = tensor(np.zeros_like(TARGET), requires_grad=True)
    optimizer = make([w])
    path = []
    for _ in range(STEPS):
        optimizer.step(again(optimizer, lambda: (tensor(SCALE) * (w - tensor(TARGET)) ** 4 / 4 + w.sin()).sum()))
        path.append(w.detach().numpy().copy())
    return np.array(path)


def again(optimizer, loss):
    """The closure that computes the loss and its gradients."""

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    return closure


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
#: Those that PyTorch alone is the oracle for, beside the laws below.
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
def test_the_trajectory_is_the_formulas(name, formula, options):
    decoupled = {"decoupled": True} if name == "AdamW" else {}
    steps = formula(**options, **decoupled)
    expected = np.array([next(steps) for _ in range(STEPS)])
    path = trajectory(lambda params: getattr(optim, name)(params, **options))
    np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-12)


@every
def test_the_trajectory_is_pytorchs(name, options):
    torch = pytest.importorskip("torch")
    w = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], **options)
    expected = []
    for _ in range(STEPS):
        optimizer.step(
            again(optimizer, lambda: (torch.tensor(SCALE) * (w - torch.tensor(TARGET)) ** 4 / 4 + w.sin()).sum())
        )
        expected.append(w.detach().numpy().copy())
    path = trajectory(lambda params: getattr(optim, name)(params, **options))
    np.testing.assert_allclose(path, np.array(expected), rtol=1e-9, atol=1e-12)


@every
def test_a_saved_optimizer_goes_on_where_it_was(name, options):
    def advance(w, optimizer, steps):
        for _ in range(steps):
            optimizer.step(again(optimizer, lambda: (w**4).sum()))

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
        optimizer.step(again(optimizer, lambda: (tensor(SCALE) * (w - tensor(TARGET)) ** 2).sum()))
    np.testing.assert_allclose(w.detach().numpy(), TARGET, atol=1e-2)


def test_a_line_search_finds_the_end_of_a_curved_valley():
    w = tensor([-1.2, 1.0], dtype=autograd.float64, requires_grad=True)
    optimizer = optim.LBFGS([w], max_iter=100, line_search_fn="strong_wolfe")
    valley = lambda: 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2
    assert optimizer.step(again(optimizer, valley)).item() == pytest.approx(24.2)
    np.testing.assert_allclose(w.tolist(), [1, 1], atol=1e-3)
    assert optimizer.state[w]["func_evals"] <= 125


def test_lbfgs_goes_on_from_the_state_that_pytorch_saved():
    torch = pytest.importorskip("torch")

    def advance(library, weight, state=None):
        weight.requires_grad_()
        optimizer = library.optim.LBFGS([weight], lr=0.3, max_iter=4, history_size=2)
        if state is not None:
            optimizer.load_state_dict(state)
        for _ in range(2):
            optimizer.step(again(optimizer, lambda: ((weight - 3) ** 2).sum() + (weight**4).sum()))
        return optimizer.state_dict()

    def ours(value):
        if isinstance(value, dict):
            return {key: ours(part) for key, part in value.items()}
        if isinstance(value, list):
            return [ours(part) for part in value]
        return tensor(value.numpy()) if isinstance(value, torch.Tensor) else value

    start = np.array([[1.0, 2.0], [0.5, -1.0]])
    theirs, mine = torch.tensor(start), tensor(start)
    state = advance(torch, theirs)
    assert set(state["state"][0]) - {"al"} == set(advance(autograd, mine)["state"][0])
    mine = tensor(theirs.detach().numpy())
    advance(autograd, mine, ours(copy.deepcopy(state)))
    advance(torch, theirs, state)
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-9)


class Plain(optim.Optimizer):
    """A user's own, with a step of its own."""

    def __init__(self, params):
        super().__init__(params, {"lr": 1.0})

    def step(self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.data -= group["lr"] * parameter.grad


@pytest.mark.parametrize("kind", [optim.SGD, optim.LBFGS, Plain])
def test_hooks_are_called_around_a_step_and_a_state(kind):
    w, seen = tensor([2.0], requires_grad=True), []
    optimizer = kind([w])
    closure = again(optimizer, lambda: (w * w).sum())
    closure()
    handle = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", args[0] is o, w.item())))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", w.item() != 2)))
    optimizer.step(closure)
    assert seen == [("before", True, 2.0), ("after", True)]
    handle.remove()
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\), but got 3"):
        optimizer.step(closure)
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("saving"))
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "more": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, state: seen.append(state.pop("more")))
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)
    assert seen[2:] == ["saving", 1, "loaded"] and "more" in state


def test_read_only_memory_is_refused_and_nothing_moves():
    locked = np.ones(3)
    locked.flags.writeable = False
    a, b = autograd.ones(2, requires_grad=True), wrap(locked).requires_grad_()
    (a.sum() + b.sum()).backward()
    for kind in (optim.SGD, optim.Adam):
        with pytest.raises(
            RuntimeError, match=f"{kind.__name__}.step: a parameter of shape .3,. is backed by read-only"
        ):
            kind([a, b]).step()
        assert a.tolist() == [1, 1]


def test_large_parameters_step_as_small_ones():
    w = autograd.ones(80, 80, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        w.sum().backward()
        grad = w.grad
        optimizer.step()
        assert (grad.numpy() == 1).all()
    assert (w.detach().numpy() == 0).all()


def test_the_learning_rate_of_a_group_can_be_changed():
    a, b = (tensor([1.0], requires_grad=True) for _ in range(2))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.param_groups[0]["lr"] = 0.25
    (a + b).sum().backward()
    optimizer.step()
    assert (a.item(), b.item()) == (0.75, 0.5)


def test_a_parameter_without_gradient_stays():
    a, b = (tensor([1.0], requires_grad=True) for _ in range(2))
    for kind in (optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad):
        optimizer = kind([a, b])
        a.sum().backward()
        optimizer.step()
        assert b.item() == 1
        assert b not in optimizer.state


def test_a_closure_is_called_with_gradients_on():
    w = tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with autograd.no_grad():
        assert optimizer.step(closure).item() == 1
    assert w.item() == pytest.approx(0.8)


def test_zero_grad_forgets_or_zeroes():
    w = tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w])
    w.sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0]
    optimizer.zero_grad()
    assert w.grad is None


def test_a_scalar_parameter_moves():
    for kind in (optim.SGD, optim.Adam, optim.RMSprop, optim.Adagrad):
        w = tensor(1.0, requires_grad=True)
        optimizer = kind([w], lr=0.1)
        (w * w).backward()
        optimizer.step()
        assert w.item() < 1


def test_a_step_after_forward_is_noticed():
    w = tensor([1.0], requires_grad=True)
    loss = (w * w).sum()
    w.grad = tensor([1.0])
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError):
        loss.backward()


def test_the_state_dict_has_pytorchs_keys():
    model = nn.Linear(2, 1)
    optimizer = optim.Adam(model.parameters())
    model(autograd.ones(1, 2)).sum().backward()
    optimizer.step()
    state = optimizer.state_dict()
    assert set(state) == {"state", "param_groups"}
    assert list(state["state"]) == [0, 1]
    assert list(state["state"][0]) == ["step", "exp_avg", "exp_avg_sq"]
    assert state["state"][0]["step"].item() == 1
    assert state["param_groups"][0]["params"] == [0, 1]


def test_the_repr_lists_the_groups():
    assert repr(optim.SGD([tensor([1.0], requires_grad=True)], lr=0.1)) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n    fused: None\n"
        "    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n    weight_decay: 0\n)"
    )


p = tensor([1.0], requires_grad=True)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: optim.SGD([p], -1), ValueError, "Invalid learning rate: -1"),
        (lambda: optim.SGD([p], float("nan")), ValueError, "Invalid learning rate: nan"),
        (lambda: optim.SGD([p], momentum=-1), ValueError, "Invalid momentum value: -1"),
        (lambda: optim.SGD([p], weight_decay=-1), ValueError, "Invalid weight_decay value: -1"),
        (lambda: optim.SGD([{"params": [p], "lr": -1}]), ValueError, "Invalid learning rate: -1"),
        (
            lambda: optim.SGD([p], nesterov=True),
            ValueError,
            "Nesterov momentum requires a momentum and zero dampening",
        ),
        (lambda: optim.Adam([p], -1), ValueError, "Invalid learning rate: -1"),
        (lambda: optim.Adam([p], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: optim.Adam([p], betas=(1, 0.9)), ValueError, "Invalid beta parameter at index 0: 1"),
        (lambda: optim.AdamW([p], betas=(0.9, 2)), ValueError, "Invalid beta parameter at index 1: 2"),
        (lambda: optim.RMSprop([p], alpha=-1), ValueError, "Invalid alpha value: -1"),
        (lambda: optim.Adagrad([p], lr_decay=-1), ValueError, "Invalid lr_decay value: -1"),
        (lambda: optim.NAdam([p], momentum_decay=-1), ValueError, "Invalid momentum_decay value: -1"),
        (lambda: optim.RAdam([p], betas=(0.9, 1)), ValueError, "Invalid beta parameter at index 1: 1"),
        (lambda: optim.Adamax([p], eps=-1), ValueError, "Invalid epsilon value: -1"),
        (lambda: optim.Adadelta([p], rho=2), ValueError, "Invalid rho value: 2"),
        (lambda: optim.Rprop([p], etas=(1.2, 0.5)), ValueError, "Invalid eta values: 1.2, 0.5"),
        (lambda: optim.ASGD([p], lr=-1), ValueError, "Invalid learning rate: -1"),
        (
            lambda: optim.LBFGS([{"params": [p]}, {"params": [tensor(1.0, requires_grad=True)]}]),
            ValueError,
            "LBFGS doesn't support per-parameter options (parameter groups)",
        ),
        (
            lambda: optim.LBFGS([p], line_search_fn="weak"),
            ValueError,
            "only 'strong_wolfe' is supported as line_search_fn, got 'weak'",
        ),
        (
            lambda: optim.LBFGS([p]).step(),
            TypeError,
            "LBFGS.step() needs a closure that computes the gradients and returns the loss",
        ),
        (
            lambda: optim.SGD([]),
            ValueError,
            "optimizer got an empty parameter list: the layers of a module must be its attributes (or in a "
            "ModuleList, not in a plain list), and an iterator such as model.parameters() can be used only once",
        ),
        (
            lambda: optim.SGD([p * 2]),
            ValueError,
            "can't optimize a non-leaf Tensor: the one of shape (1,) was computed from other tensors. "
            "Optimize those, or make it a leaf with detach().requires_grad_()",
        ),
        (
            lambda: optim.SGD(nn.Linear(1, 1)),
            TypeError,
            "'Linear' object is not iterable: expected an iterable of Tensors or dicts, such as model.parameters()",
        ),
        (lambda: optim.SGD([3]), TypeError, "optimizer can only optimize Tensors, but one of the params is int"),
        (
            lambda: optim.SGD(p),
            TypeError,
            "params argument given to the optimizer should be an iterable of Tensors or dicts, but got Tensor: "
            "put it in a list",
        ),
        (
            lambda: optim.SGD([{"params": [p]}, {"params": p}]),
            ValueError,
            "some parameters appear in more than one parameter group",
        ),
        (
            lambda: optim.SGD({p}),
            TypeError,
            "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
            "will change between runs. Please use a list instead.",
        ),
        (
            lambda: optim.SGD([p]).add_param_group(3),
            TypeError,
            "param_group must be a dict, but got <class 'int'>",
        ),
        (
            lambda: optim.SGD([p]).load_state_dict({"state": {}, "param_groups": []}),
            ValueError,
            "loaded state dict has a different number of parameter groups",
        ),
        (
            lambda: optim.SGD([p]).load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}),
            ValueError,
            "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
        ),
    ],
)
def test_bad_input_is_named(make, error, message):
    with pytest.raises(error) as raised:
        make()
    assert str(raised.value) == message


def test_duplicates_in_a_group_warn():
    with pytest.warns(UserWarning, match="optimizer contains a parameter group with duplicate parameters"):
        optim.SGD([p, p])


SETTINGS = [
    ("SGD", {"nesterov": True, "momentum": 0.9, "fused": False}),
    ("Adam", {"amsgrad": True, "foreach": True}),
    ("AdamW", {"capturable": False}),
    ("Adadelta", {"maximize": True}),
    ("Adagrad", {}),
    ("Adamax", {}),
    ("ASGD", {}),
    ("NAdam", {"decoupled_weight_decay": True}),
    ("RAdam", {}),
    ("RMSprop", {"centered": True}),
    ("Rprop", {}),
]


@pytest.mark.parametrize(("name", "options"), SETTINGS)
def test_an_optimizer_shows_and_keeps_pytorchs_settings(name, options):
    torch = pytest.importorskip("torch")
    ours = getattr(optim, name)([("w", tensor([1.0], requires_grad=True))], **options)
    theirs = getattr(torch.optim, name)([("w", torch.tensor([1.0], requires_grad=True))], **options)
    assert repr(ours) == repr(theirs)
    assert ours.state_dict()["param_groups"] == theirs.state_dict()["param_groups"]


@pytest.mark.parametrize("name", [name for name, _ in SETTINGS])
def test_a_differentiable_step_is_refused(name):
    with pytest.raises(RuntimeError, match="differentiable=True is not supported"):
        getattr(optim, name)([tensor([1.0], requires_grad=True)], differentiable=True)


def test_a_rate_in_a_tensor_is_followed_and_scheduled():
    w, rate = tensor([1.0], requires_grad=True), tensor(0.5)
    optimizer = optim.SGD([w], lr=rate)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    for _ in range(2):
        optimizer.step(again(optimizer, w.sum))
        schedule.step()
    assert w.item() == 1 - 0.5 - 0.25
    assert rate.item() == 0.125
    assert optimizer.param_groups[0]["lr"] is rate
    with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
        optim.SGD([w], lr=tensor([0.1, 0.2]))


def test_names_of_parameters_are_kept_all_or_none():
    w, b = tensor([1.0], requires_grad=True), tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([("w", w)], lr=0.1)
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["w"]
    with pytest.raises(ValueError, match="with/without names"):
        optimizer.add_param_group({"params": [b]})
    with pytest.raises(ValueError, match="Some param names are missing"):
        optim.SGD([("w", w), b], lr=0.1)
    assert len(optimizer.param_groups) == 1


def bowl(z):
    """A function of complex numbers that is not linear in either part."""
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
def test_the_parts_of_a_complex_parameter_go_as_two_real_parameters(name, settings, dtype):
    start = np.array([[1.0 - 2.0j, 0.5 + 0.1j], [0.0 + 1.0j, -2.0 + 0.3j]], dtype)
    whole = tensor(start, requires_grad=True)
    parts = tensor(np.stack([start.real, start.imag], -1), requires_grad=True)
    together, apart = (getattr(optim, name)([w], lr=0.05, **settings) for w in (whole, parts))
    for _ in range(8):
        together.step(again(together, lambda: bowl(whole)))
        apart.step(again(apart, lambda: bowl(autograd.complex(parts[..., 0], parts[..., 1]))))
    np.testing.assert_allclose(autograd.view_as_real(whole.detach()).numpy(), parts.detach().numpy(), rtol=1e-4)
    assert all(value.dtype == whole.dtype for key, value in together.state[whole].items() if value.ndim == 2)
