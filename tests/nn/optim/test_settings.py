"""The settings of optimizers: accepted and refused values at both sides of each bound, and PyTorch's defaults."""

import inspect

import pytest

import autograd
from autograd import tensor
from nn import optim
from tests.nn.optim.helpers import parameter
from tests.tools.answers import plain

ADAMS = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]

#: For each optimizer, the settings that must be at least 0.
NOT_NEGATIVE = {
    "SGD": ["lr", "momentum", "weight_decay"],
    **{name: ["lr", "eps", "weight_decay"] for name in [*ADAMS, "Adadelta"]},
    "NAdam": ["lr", "eps", "weight_decay", "momentum_decay"],
    "Adagrad": ["lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps"],
    "RMSprop": ["lr", "eps", "momentum", "weight_decay", "alpha"],
    "ASGD": ["lr", "weight_decay"],
    "Rprop": ["lr"],
    "LBFGS": ["lr"],
}


@pytest.mark.parametrize(("name", "setting"), [(name, key) for name, keys in NOT_NEGATIVE.items() for key in keys])
def test_a_setting_may_be_0_but_not_negative(name, setting):
    kind = getattr(optim, name)
    for good in (0, 0.5, 1, 3.0):
        assert kind([parameter()], **{setting: good}).param_groups[0][setting] == good
    for bad in (-0.01, -1, float("nan")):
        with pytest.raises(ValueError, match=f"Invalid .*: {bad}$"):
            kind([parameter()], **{setting: bad})


@pytest.mark.parametrize("name", ADAMS)
def test_betas_must_be_at_least_0_and_below_1(name):
    kind = getattr(optim, name)
    for good in ((0.0, 0.5), (0.5, 0.0), (0.99, 0.999)):
        assert kind([parameter()], betas=good).param_groups[0]["betas"] == good
    for bad in (-0.01, 1.0, 1.5):
        for index in (0, 1):
            with pytest.raises(ValueError, match=f"Invalid beta parameter at index {index}: {bad}"):
                kind([parameter()], betas=(bad, 0.5) if index == 0 else (0.5, bad))


def test_bounds_of_rho_etas_and_nesterov():
    for rho in (0, 0.5, 1):
        optim.Adadelta([parameter()], rho=rho)
    for rho in (-0.01, 1.01):
        with pytest.raises(ValueError, match=f"Invalid rho value: {rho}"):
            optim.Adadelta([parameter()], rho=rho)
    for etas in ((0.0, 1.2), (-0.5, 1.2), (1.0, 1.2), (0.5, 1.0), (0.5, 0.9)):
        with pytest.raises(ValueError, match=f"Invalid eta values: {etas[0]}, {etas[1]}"):
            optim.Rprop([parameter()], etas=etas)
    optim.SGD([parameter()], momentum=0.1, nesterov=True)
    for options in ({}, {"momentum": 0.1, "dampening": 0.1}, {"momentum": 0.1, "dampening": -0.1}, {"dampening": 0.1}):
        with pytest.raises(ValueError, match="Nesterov momentum requires a momentum and zero dampening"):
            optim.SGD([parameter()], nesterov=True, **options)
    optim.SGD([parameter()], momentum=0.1, dampening=0.1)


def test_combinations_of_foreach_fused_and_tensor_rates():
    rate = tensor(0.1)
    for options in ({"fused": True}, {"foreach": True}, {"fused": False, "foreach": True}):
        optim.Adam([parameter()], **options)
    with pytest.raises(RuntimeError, match="`fused` and `foreach` cannot be `True` together"):
        optim.Adam([parameter()], fused=True, foreach=True)
    for options in ({}, {"capturable": True}, {"foreach": True, "capturable": True}, {"foreach": False}):
        optim.Adam([parameter()], lr=rate, **options)
    with pytest.raises(ValueError, match="lr as a Tensor is not supported for capturable=False and foreach=True"):
        optim.Adam([parameter()], lr=rate, foreach=True)
    for name in optim.__all__:
        kind = getattr(optim, name)
        if isinstance(kind, type) and "foreach" in inspect.signature(kind).parameters and name not in ("Adam", "AdamW"):
            kind([parameter()], lr=rate, foreach=True)
    for size in (0, 2):
        with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
            optim.Adam([parameter()], lr=autograd.ones(size))


@pytest.mark.parametrize("name", [*NOT_NEGATIVE, "Adadelta"])
def test_every_argument_of_a_constructor_is_a_setting(name):
    kind = getattr(optim, name)
    settings = set(kind([parameter()]).param_groups[0]) - {"params"}
    implied = {"decoupled_weight_decay"} if name == "AdamW" else set()
    assert settings - implied == set(inspect.signature(kind).parameters) - {"params"}


#: The settings of a group in the order of PyTorch's state dicts.
KEYS = {
    "ASGD": "lr lambd alpha t0 weight_decay maximize foreach capturable differentiable",
    "Adadelta": "lr rho eps weight_decay maximize foreach capturable differentiable",
    "Adagrad": "lr lr_decay eps weight_decay initial_accumulator_value maximize foreach differentiable fused",
    **dict.fromkeys(("Adam", "AdamW"), "lr betas eps weight_decay amsgrad maximize foreach capturable differentiable "
                    "fused decoupled_weight_decay"),
    "Adamax": "lr betas eps weight_decay maximize foreach capturable differentiable",
    "LBFGS": "lr max_iter max_eval tolerance_grad tolerance_change history_size line_search_fn",
    "NAdam": "lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize foreach capturable "
             "differentiable",
    "RAdam": "lr betas eps weight_decay decoupled_weight_decay maximize foreach capturable differentiable",
    "RMSprop": "lr momentum alpha eps centered weight_decay maximize foreach capturable differentiable",
    "Rprop": "lr etas step_sizes maximize foreach capturable differentiable",
    "SGD": "lr momentum dampening weight_decay nesterov maximize foreach differentiable fused",
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_the_settings_of_a_group_have_pytorchs_order(name):
    optimizer = getattr(optim, name)([parameter()])
    expected = [*KEYS[name].split(), "params"]
    assert list(optimizer.param_groups[0]) == list(optimizer.state_dict()["param_groups"][0]) == expected


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
def test_repr_and_state_dict_show_the_settings_of_pytorch(name, options, answers):
    def shown(library):
        weight = library.tensor([1.0], requires_grad=True)
        optimizer = getattr(library.optim, name)([("w", weight)], **options)
        return repr(optimizer), optimizer.state_dict()["param_groups"]

    ours, theirs = plain(shown(autograd)), answers("torch", shown)
    assert ours[0] == theirs[0]
    assert ours[1] == theirs[1]


@pytest.mark.parametrize("name", [name for name, _ in SETTINGS])
def test_a_differentiable_step_is_refused(name):
    with pytest.raises(RuntimeError, match="differentiable=True is not supported"):
        getattr(optim, name)([tensor([1.0], requires_grad=True)], differentiable=True)


def test_a_learning_rate_can_be_a_tensor():
    w, rate = tensor([1.0], requires_grad=True), tensor(0.5)
    optimizer = optim.SGD([w], lr=rate)
    schedule = optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    for _ in range(2):
        optimizer.zero_grad()
        w.sum().backward()
        optimizer.step()
        schedule.step()
    assert w.item() == 1 - 0.5 - 0.25
    assert rate.item() == 0.125
    assert optimizer.param_groups[0]["lr"] is rate
    with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
        optim.SGD([w], lr=tensor([0.1, 0.2]))
