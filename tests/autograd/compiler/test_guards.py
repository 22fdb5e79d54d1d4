"""What changes between the calls of a compiled step is noticed: without a guard each case would be silently wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nn.modules.module import register_module_forward_hook

import autograd as torch
from autograd import nn, optim
from autograd.compiler import CompiledStep
from autograd.compiler.state import attributes
from autograd.nn import functional as F
from nn.optim.hooks import register_optimizer_step_post_hook
from tests.tools.compiled import Made, compare, data, trained

XY = data((8, 4), (8, 2), n=12)


def net(*layers: Any) -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 3), *layers, nn.Linear(3, 2))


def setting(key: str, values: list[Any]) -> Callable[..., Any]:
    """Sets a setting of the optimizer before each call."""
    return lambda i, model, optimizer: optimizer.param_groups[0].__setitem__(key, values[i])


def at(calls: Any, change: Callable[..., Any]) -> Callable[..., Any]:
    """Calls `change(model, optimizer)` before some of the calls."""
    return lambda i, model, optimizer: change(model, optimizer) if i in calls else None


SGD = lambda model: optim.SGD(model.parameters(), lr=0.1)
MOMENTUM = lambda model: optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
ADAM = lambda model: optim.Adam(model.parameters(), lr=0.1)


def saved_and_loaded() -> Callable[..., Any]:
    states: list[Any] = []

    def between(i: int, model: Any, optimizer: Any) -> None:
        if i == 2:
            states.extend(copy.deepcopy([model.state_dict(), optimizer.state_dict()]))
        if i in (5, 9):
            model.load_state_dict(states[0])
            optimizer.load_state_dict(copy.deepcopy(states[1]))

    return between


def scheduled(kind: Any, *args: Any) -> Callable[..., Any]:
    made: list[Any] = []

    def between(i: int, model: Any, optimizer: Any) -> None:
        if made:
            made[0].step()
        else:
            made.append(kind(optimizer, *args))

    return between


#: For each case the model, the optimizer, and what happens between the calls.
CASES: dict[str, tuple[Any, Any, Any]] = {
    "rate": (net, SGD, setting("lr", [0.1, 0.1, 0.1, 0.0, 0.1, 0.2, 0.3, 1.0, 1, 0.5, 0.0, 0.1])),
    "momentum": (net, SGD, setting("momentum", [0, 0, 0, 0.9, 0.9, 0.9, 0.5, 0, 0, 0.5, 0.9, 0.9])),
    "weight decay": (net, ADAM, setting("weight_decay", [0, 0, 0, 0.1, 0.1, 0.2, 0, 0, 0.1, 0.3, 0, 0])),
    "maximize": (net, SGD, setting("maximize", [False] * 3 + [True] * 5 + [False] * 4)),
    "betas": (net, ADAM, setting("betas", [(0.9, 0.99)] * 3 + [(0.9, 0.5)] * 3 + [(0.0, 0.9)] * 3 + [(0.5, 0.5)] * 3)),
    "cosine schedule": (net, MOMENTUM, scheduled(optim.lr_scheduler.CosineAnnealingLR, 8)),
    "one cycle": (net, ADAM, scheduled(optim.lr_scheduler.OneCycleLR, 0.1, 20)),
    "group added": (net, SGD, at([4], lambda m, o: o.add_param_group({"params": [torch.ones(2, requires_grad=True)]}))),
    "group removed": (
        net, lambda m: optim.SGD([{"params": m[0].parameters()}, {"params": m[1].parameters(), "lr": 0.3}], lr=0.1),
        at([5], lambda m, o: o.param_groups.pop()),
    ),
    "states loaded": (net, ADAM, saved_and_loaded()),
    "state cleared": (net, ADAM, at([5], lambda m, o: o.state.clear())),
    "data replaced": (net, MOMENTUM, at([4, 5, 8], lambda m, o: setattr(m[0].weight, "data", torch.ones(3, 4)))),
    "data written": (net, MOMENTUM, at([4, 5, 8], lambda m, o: m[0].weight.data.fill_(0.5))),
    "parameter replaced": (net, SGD, at([6], lambda m, o: setattr(m[0], "weight", nn.Parameter(torch.ones(3, 4))))),
    "layer replaced": (lambda: net(nn.Tanh()), SGD, at([6], lambda m, o: m.__setitem__(1, nn.ReLU()))),
    "frozen": (net, SGD, lambda i, m, o: m[0].weight.requires_grad_(i not in (4, 5, 6))),
    "unfrozen": (net, SGD, lambda i, m, o: m[0].weight.requires_grad_(i > 5)),
    "eval": (lambda: net(nn.BatchNorm1d(3), nn.Dropout(0.5)), SGD, lambda i, m, o: m.train(i not in (3, 4, 8))),
    "eval of a part": (lambda: net(nn.Dropout(0.5)), SGD, lambda i, m, o: m[1].train(i not in (3, 4, 8))),
    "attribute": (lambda: net(nn.Dropout(0.5)), SGD, lambda i, m, o: setattr(m[1], "p", 0.1 if i > 5 else 0.5)),
    "gradient deleted": (net, SGD, lambda i, m, o: setattr(m[0].weight, "grad", None)),
    "gradient written": (net, SGD, at([3, 7], lambda m, o: m[0].weight.grad.fill_(3.0))),
    "default dtype": (net, SGD, lambda i, m, o: torch.set_default_dtype(torch.float64 if i in (4, 5) else torch.float32)),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_change_between_the_calls(name):
    model, optimizer, between = CASES[name]
    changes = saved_and_loaded if name == "states loaded" else lambda: between
    if name.endswith(("schedule", "cycle")):
        kind, args = (
            (optim.lr_scheduler.CosineAnnealingLR, (8,))
            if name[0] == "c"
            else (optim.lr_scheduler.OneCycleLR, (0.1, 20))
        )
        changes = lambda: scheduled(kind, *args)
    try:
        ran = compare(lambda: trained(model(), optimizer, between=changes()), XY)
    finally:
        torch.set_default_dtype(torch.float32)
    assert ran.compiled.program is not None and not ran.reasons


def test_changing_between_training_and_evaluation_looks_at_the_modes_alone(monkeypatch):
    model = nn.Sequential(*[nn.Linear(3, 3) for _ in range(20)], nn.Dropout(0.5))
    step = torch.compile(lambda x: model(x).sum())
    x = torch.ones(2, 3)
    looked: list[int] = []
    look = attributes.states_changed

    def noted(states: Any) -> Any:
        looked.append(1)
        return look(states)

    monkeypatch.setattr(attributes, "states_changed", noted)
    for i in range(12):
        model.train(i % 2 == 0)
        step(x)
        if i < 8:  # while programs are made, hooks come and go
            looked.clear()
    assert len(step._runners) == 1 and sum(map(len, step._runners.values())) == 2 and not looked


@pytest.mark.parametrize("optimizer", [ADAM, MOMENTUM, lambda m: optim.NAdam(m.parameters())])
def test_an_optimizer_that_takes_its_first_step_in_the_watched_call_is_compiled_at_a_later_one(optimizer):
    between = at([1], lambda m, o: o.state.clear())
    ran = compare(lambda: trained(net(), optimizer, between=between), XY)
    assert ran.compiled.program is not None and not ran.reasons


def test_an_optimizer_that_is_made_anew_in_each_call_is_watched_no_more_than_twice(monkeypatch):
    watched: list[int] = []
    plain = CompiledStep._watch

    def noted(*args: Any) -> Any:
        watched.append(1)
        return plain(*args)

    def make() -> Made:
        model = net()

        def step(x: Any, y: Any) -> Any:
            optimizer = ADAM(model)
            F.mse_loss(model(x), y).backward()
            optimizer.step()

        return Made(step, [model])

    monkeypatch.setattr(CompiledStep, "_watch", noted)
    compare(make, XY)
    assert len(watched) == 2


def hooked(register: Callable[[Any, Any, Any], Any]) -> Callable[[], Made]:
    """A step to which a hook is added before the sixth call, and removed before the ninth; and what the hook saw."""

    def make() -> Made:
        seen: list[int] = []
        handles: list[Any] = []

        def between(i: int, model: Any, optimizer: Any) -> None:
            if i == 5:
                handles.append(register(model, optimizer, lambda *args: seen.append(1)))
            if i == 8:
                handles.pop().remove()

        made = trained(net(), SGD, between=between)
        return made._replace(state=[*made.state, seen])

    return make


@pytest.mark.parametrize(
    "register",
    [
        lambda m, o, f: m[0].register_forward_hook(f), lambda m, o, f: m[0].register_forward_pre_hook(f),
        lambda m, o, f: m[0].register_full_backward_hook(f), lambda m, o, f: register_module_forward_hook(f),
        lambda m, o, f: m[0].weight.register_hook(f), lambda m, o, f: o.register_step_post_hook(f),
        lambda m, o, f: m[0].weight.register_post_accumulate_grad_hook(f),
        lambda m, o, f: register_optimizer_step_post_hook(f),
    ],
)  # fmt: skip
def test_hooks_are_called_in_every_call(register):
    assert compare(hooked(register), XY).compiled.program is not None


def test_variables_around_the_step():
    class Box:
        z = 0

    def make() -> Made:
        number, config, box, part = 2.0, {"k": 1}, Box(), torch.ones(4)
        box.z = 3
        model = nn.Linear(4, 2)

        def step(x: Any, y: Any) -> Any:
            return model(x * number + config["k"] + box.z) + part[0]

        def between(i: int) -> None:
            nonlocal number, part, model
            if i in (3, 4):
                number = -0.0 if i == 3 else 0.0
            if i == 6:
                config["k"], box.z = 5, 9
            if i == 8:
                part = torch.ones(4) * 7
            if i == 10:
                model = nn.Linear(4, 2)

        return Made(step, [], between)

    assert compare(make, XY).compiled.program is not None


def test_the_elements_of_numpy_arrays_are_read_in_every_call():
    def make() -> Made:
        array = np.zeros(4, "f4")
        steps = lambda x, y: (x * torch.from_numpy(array), x * torch.tensor(array), x * array)
        return Made(steps, [], lambda i: array.fill(i))

    assert compare(make, XY).compiled.program is not None


def test_grad_mode_around_the_call():
    def make() -> Made:
        model = net()
        return Made(lambda x, y: model(x), [model], lambda i: torch.set_grad_enabled(i % 4 < 2))

    try:
        compare(make, XY)
    finally:
        torch.set_grad_enabled(True)


@pytest.mark.parametrize("layers", [[nn.Dropout(0.5)], [nn.BatchNorm1d(3), nn.Dropout(0.2)], []])
def test_a_label_out_of_range_raises_what_the_step_raises_and_leaves_what_it_leaves(layers):
    rng = np.random.default_rng(0)
    labels = [rng.integers(0, 2, 8) for _ in range(12)]
    for i in (1, 2, 7, 8, 10):
        labels[i][3] = 7
    x = [rng.standard_normal((8, 4)).astype("f4") for _ in labels]
    calls = [lambda i=i: (torch.tensor(x[i]), torch.tensor(labels[i])) for i in range(12)]
    make = lambda: trained(net(*copy.deepcopy(layers)), MOMENTUM, F.cross_entropy)
    ran = compare(make, calls)
    assert sum("out of bounds" in str(left[0]) for left in ran.left) == 5 and ran.compiled.program is not None
    indices = [lambda i=i: (torch.tensor(labels[i]),) for i in range(12)]

    def embedding() -> Made:
        table = nn.Embedding(5, 3)
        optimizer = optim.Adam(table.parameters())

        def step(i: Any) -> Any:
            optimizer.zero_grad()
            loss = table(i).square().sum()
            loss.backward()
            optimizer.step()
            return loss

        return Made(step, [table, optimizer])

    compare(embedding, indices)


def test_branches_on_values():
    def make() -> Made:
        model = nn.Linear(4, 2)
        optimizer = SGD(model)

        def step(x: Any, y: Any) -> Any:
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            if loss > 1.2:
                loss = loss * 0.5
            loss.backward()
            if model.weight.grad.norm() > 0.5:
                optimizer.step()
            return loss

        return Made(step, [model, optimizer])

    assert compare(make, XY).compiled.program is not None


@pytest.mark.parametrize(
    "step",
    [
        lambda x, y: (x[x > 1] * 2 + 1).exp().sum(), lambda x, y: (x > 1).nonzero() * 2,
        lambda x, y: torch.masked_select(x, x > 1).exp() + 1, lambda x, y: x[(x > 0.5).any(1)].sum(0),
        lambda x, y: (x > 0).to(torch.int64).sum(1).bincount() + 1, lambda x, y: (x * 2).to(torch.int64).unique() + 1,
    ],
)  # fmt: skip
def test_shapes_that_depend_on_values(step):
    compare(lambda: Made(step), XY)
    assert compare(lambda: Made(step), XY[:1] * 5).compiled.program is not None


def test_a_floating_point_error_in_the_middle():
    def make() -> Made:
        made = trained(net(nn.Dropout(0.5)), MOMENTUM, lambda x, y: F.mse_loss(x, y).log())

        def step(i: Any, x: Any, y: Any) -> Any:
            with np.errstate(all="raise" if raising[0] else "warn"):
                return made.step(x * (1e30 if raising[0] == 2 else 1), y)

        return made._replace(step=step)

    raising = [0]
    inner = [lambda i=i, call=call: (None, *call()) for i, call in enumerate(XY)]
    compare(make, inner)
