"""Corners of the optimizers: every setting at both sides of its bound, state by state, hooks, groups and averages."""

import numpy as np
import pytest

import autograd
import nn
from autograd import float32, float64, tensor
from nn import optim
from nn.optim import swa_utils

ADAMS = ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"]
#: By optimizer, the settings that may be 0 or more.
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


def parameter(*values, dtype=float64):
    return tensor(values or (1.0,), dtype=dtype, requires_grad=True)


@pytest.mark.parametrize(("name", "setting"), [(name, key) for name, keys in NOT_NEGATIVE.items() for key in keys])
def test_a_setting_may_be_0_and_not_less(name, setting):
    kind = getattr(optim, name)
    for good in (0, 0.5, 1, 3.0):
        assert kind([parameter()], **{setting: good}).param_groups[0][setting] == good
    for bad in (-0.01, -1, float("nan")):
        with pytest.raises(ValueError, match=f"Invalid .*: {bad}$"):
            kind([parameter()], **{setting: bad})


@pytest.mark.parametrize("name", ADAMS)
def test_betas_lie_from_0_to_below_1(name):
    kind = getattr(optim, name)
    for good in ((0.0, 0.5), (0.5, 0.0), (0.99, 0.999)):
        assert kind([parameter()], betas=good).param_groups[0]["betas"] == good
    for bad in (-0.01, 1.0, 1.5):
        for index in (0, 1):
            with pytest.raises(ValueError, match=f"Invalid beta parameter at index {index}: {bad}"):
                kind([parameter()], betas=(bad, 0.5) if index == 0 else (0.5, bad))


def test_other_bounds_of_settings():
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


def test_what_can_be_combined_with_foreach():
    rate = tensor(0.1)
    for options in ({"fused": True}, {"foreach": True}, {"fused": False, "foreach": True}):
        optim.Adam([parameter()], **options)
    with pytest.raises(RuntimeError, match="`fused` and `foreach` cannot be `True` together"):
        optim.Adam([parameter()], fused=True, foreach=True)
    for options in ({}, {"capturable": True}, {"foreach": True, "capturable": True}, {"foreach": False}):
        optim.Adam([parameter()], lr=rate, **options)
    with pytest.raises(ValueError, match="lr as a Tensor is not supported for capturable=False and foreach=True"):
        optim.Adam([parameter()], lr=rate, foreach=True)
    for size in (0, 2):
        with pytest.raises(ValueError, match="Tensor lr must be 1-element"):
            optim.Adam([parameter()], lr=autograd.ones(size))


def fed(optimizer, w, gradients):
    """Where steps along these gradients lead."""
    path = []
    for g in gradients:
        w.grad = tensor(np.full(w.shape, float(g)))
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


@pytest.mark.parametrize(
    ("name", "decay"), [("SGD", 0.1), ("Adam", 0.1), ("RMSprop", 0.1), ("Adagrad", 0.1), ("ASGD", 0.1)]
)
def test_decay_and_ascent_act_on_the_gradient(name, decay):
    ways = []
    for options, sign in (({"weight_decay": decay}, 1), ({"weight_decay": decay, "maximize": True}, -1), ({}, 1)):
        w = parameter(2.0)
        optimizer = getattr(optim, name)([w], lr=0.1, **options)
        for g in (1.0, -0.3, 0.7):
            w.grad = tensor(np.array([sign * g if options else g + decay * w.item()]))
            optimizer.step()
        ways.append(w.item())
    assert ways == pytest.approx([ways[0]] * 3, rel=1e-12)


def test_the_mean_of_asgd_begins_after_its_first_steps():
    w = parameter(1.0, -2.0)
    optimizer = optim.ASGD([w], lr=0.1, lambd=0.2, alpha=0.6, t0=3)
    gradients = [1.0, -0.5, 2.0, 0.3, -1.0, 0.2, 0.9, -0.4]
    path = []
    for t, g in enumerate(gradients, 1):
        path += list(fed(optimizer, w, [g]))
        state = optimizer.state[w]
        mean = path[-1] if t < 5 else np.mean(path[4:], 0)
        np.testing.assert_allclose(state["ax"].numpy(), mean, rtol=1e-6)
        assert state["step"].item() == t
        assert state["eta"].item() == pytest.approx(0.1 / (1 + 0.2 * 0.1 * t) ** 0.6, rel=1e-6)
        assert state["mu"].item() == pytest.approx(1 / max(1, t - 3), rel=1e-6)


def test_the_sizes_of_rprop_grow_shrink_and_stop_at_their_bounds():
    w = parameter(0.0)
    optimizer = optim.Rprop([w], lr=0.1, etas=(0.5, 2.0), step_sizes=(0.04, 0.3))
    #: gradient, the size after it, and the way gone: none at a turn, and a step after it whatever its sign.
    steps = [(1, 0.1, -0.1), (3, 0.2, -0.2), (0.1, 0.3, -0.3), (2, 0.3, -0.3), (-1, 0.15, 0), (-1, 0.15, 0.15),
             (1, 0.075, 0), (-5, 0.075, 0.075), (2, 0.04, 0), (2, 0.04, -0.04), (0, 0.04, 0), (1, 0.04, -0.04),
             (1, 0.08, -0.08), (-1, 0.04, 0)]  # fmt: skip
    at = 0.0
    for t, (g, size, way) in enumerate(steps, 1):
        before, at = at, fed(optimizer, w, [g])[-1].item()
        assert at - before == pytest.approx(way) and optimizer.state[w]["step_size"].item() == pytest.approx(size)
        assert optimizer.state[w]["prev"].item() == (0 if way == 0 else g) and optimizer.state[w]["step"].item() == t


@pytest.mark.parametrize("name", [name for name in NOT_NEGATIVE if name not in ("SGD", "LBFGS")])
def test_steps_are_counted(name):
    w = parameter(1.0)
    optimizer = getattr(optim, name)([w])
    fed(optimizer, w, [1.0] * 3)
    assert optimizer.state[w]["step"].item() == 3 and optimizer.state[w]["step"].dtype == float32


@pytest.mark.parametrize("size", [4095, 4096, 4097])
def test_a_product_is_kept_for_large_parameters_only(size):
    w = autograd.ones(size, dtype=float64, requires_grad=True)
    optimizer = optim.SGD([w], lr=0.5)
    assert (fed(optimizer, w, [1.0, 3.0]) == [[0.5], [-1.0]]).all()
    assert (w in optimizer._scratch) == (size >= 4096)


def test_velocity_begins_as_the_gradient_and_is_dampened_later():
    w = parameter(0.0)
    optimizer = optim.SGD([w], lr=1.0, momentum=0.5, dampening=0.25)
    np.testing.assert_allclose(fed(optimizer, w, [4.0, 8.0])[:, 0], [-4, -12])
    assert optimizer.state[w]["momentum_buffer"].item() == 8
    w = parameter(0.0)
    np.testing.assert_allclose(fed(optim.SGD([w], 1.0, 0.5, nesterov=True), w, [4.0, 8.0])[:, 0], [-6, -19])


# -- groups, states and hooks -------------------------------------------------------------------------------


def test_a_state_is_loaded_in_the_parameters_type_but_for_its_counts():
    for shape in ((), (2,)):
        narrow = autograd.ones(*shape, dtype=float32).requires_grad_()
        wide = autograd.ones(*shape, dtype=float64).requires_grad_()
        first, second = optim.NAdam([narrow]), optim.NAdam([wide])
        narrow.grad = autograd.ones(*shape)
        first.step()
        second.load_state_dict(first.state_dict())
        assert second.state[wide]["exp_avg"].dtype == second.state[wide]["exp_avg_sq"].dtype == float64
        assert second.state[wide]["step"].dtype == float32
        if shape:
            assert second.state[wide]["mu_product"].dtype == float32
        assert second.state[wide]["exp_avg"].tolist() == first.state[narrow]["exp_avg"].tolist()
        narrow.grad = autograd.ones(*shape)
        first.step()
        assert second.state[wide]["step"].item() == 1


@pytest.mark.parametrize("counts", [(1,), (1, 1, 1)])
def test_a_state_of_more_or_fewer_groups_is_refused(counts):
    make = lambda count: optim.SGD([{"params": [parameter()]} for _ in range(count)])
    with pytest.raises(ValueError, match="a different number of parameter groups"):
        make(2).load_state_dict(make(len(counts)).state_dict())


def test_a_state_numbers_the_parameters_through_the_groups():
    a, b, c = parameter(), parameter(), parameter()
    optimizer = optim.Adam([{"params": [a, b]}, {"params": c, "lr": 0.5}], lr=0.25)
    for w in (a, c):
        fed(optimizer, w, [1.0])
        w.grad = None
    state = optimizer.state_dict()
    assert [group["params"] for group in state["param_groups"]] == [[0, 1], [2]] and list(state["state"]) == [0, 2]
    assert [group["lr"] for group in state["param_groups"]] == [0.25, 0.5]
    with pytest.warns(UserWarning, match="duplicate parameters"):
        twice = optim.Adam([{"params": [a, a]}, {"params": [b]}])
    assert [group["params"] for group in twice.state_dict()["param_groups"]] == [[0, 0], [1]]
    fed(twice, b, [1.0])
    assert list(twice.state_dict()["state"]) == [1]


def test_a_state_with_bad_settings_changes_nothing():
    optimizer = optim.SGD([parameter()], lr=0.5)
    state = optimizer.state_dict()
    state["param_groups"][0]["lr"] = -1
    with pytest.raises(ValueError, match="Invalid learning rate"):
        optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_groups_are_with_names_or_without():
    named, plain = {"params": [("w", parameter())]}, {"params": [parameter()]}
    for first, second in ((named, plain), (plain, named)):
        with pytest.raises(ValueError, match="with/without names: the new group differs"):
            optim.SGD([first, second])
    assert optim.SGD([named, {"params": [("b", parameter())]}]).param_groups[1]["param_names"] == ["b"]
    with pytest.raises(ValueError, match="Some param names are missing"):
        optim.SGD([parameter(), ("w", parameter())])


def test_the_warning_of_duplicates_points_to_the_call():
    w = parameter()
    with pytest.warns(UserWarning, match="duplicate parameters") as seen:
        optim.Optimizer([w, w], {"lr": 1.0})
    assert seen[0].filename == __file__


def test_a_set_and_a_frozen_set_are_refused():
    for kind in (set, frozenset):
        with pytest.raises(TypeError, match="ordered collections"):
            optim.SGD(kind([parameter()]))


def test_a_step_keeps_its_name_and_words():
    assert optim.SGD.step.__name__ == "step" and "closure" in optim.LBFGS.step.__doc__


def test_hooks_of_a_step_may_change_what_it_is_given():
    optimizer, seen = optim.SGD([parameter()]), []
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7), {}))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append((args[0] is o, len(args), kwargs)))
    assert optimizer.step() == 7 and seen == [(True, 2, {})]
    for bad in ((1,), [optimizer, {}], (1, 2, 3)):
        optimizer = optim.SGD([parameter()])
        optimizer.register_step_pre_hook(lambda o, args, kwargs, bad=bad: bad)
        with pytest.raises(RuntimeError, match="must return None or a tuple"):
            optimizer.step()


def test_hooks_of_one_optimizer_are_not_anothers():
    first, second, seen = optim.SGD([parameter()]), optim.SGD([parameter()]), []
    first.register_step_pre_hook(lambda *_: seen.append(1))
    second.step()
    assert not seen
    for register in (first.register_state_dict_pre_hook, first.register_state_dict_post_hook):
        for name in "ab":
            register(lambda *_, name=name: seen.append(name))
        register(lambda *_: seen.append("first"), prepend=True)
    first.register_load_state_dict_pre_hook(lambda *_: seen.append("x"))
    first.register_load_state_dict_pre_hook(lambda *_: seen.append("y"), prepend=True)
    first.load_state_dict(first.state_dict())
    assert seen == ["first", "a", "b", "first", "a", "b", "y", "x"]


# -- averages of weights ------------------------------------------------------------------------------------


def weights(*values):
    models = []
    for value in values:
        models.append(nn.Linear(1, 1, bias=False))
        models[-1].weight.data.fill_(value)
    return models


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [1, 2, 4]),
        ({"multi_avg_fn": swa_utils.get_swa_multi_avg_fn()}, [1, 2, 4]),
        ({"avg_fn": swa_utils.get_ema_avg_fn(0.75)}, [1, 1.5, 3.125]),
        ({"multi_avg_fn": swa_utils.get_ema_multi_avg_fn(0.75)}, [1, 1.5, 3.125]),
        ({"avg_fn": swa_utils.get_ema_avg_fn()}, [1, 1.002, 1.008998]),
        ({"avg_fn": lambda average, value, count: value * (1 + autograd.is_grad_enabled()) + count}, [1, 4, 10]),
    ],
)
def test_an_average_is_its_formula(options, expected):
    models = weights(1.0, 3.0, 8.0)
    averaged = swa_utils.AveragedModel(models[0], **options)
    for n, (model, value) in enumerate(zip(models, expected), 1):
        averaged.update_parameters(model)
        assert averaged.module.weight.item() == pytest.approx(value, rel=1e-6) and averaged.n_averaged.item() == n
    assert models[0].weight.item() == 1


def test_one_way_to_average_is_enough():
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn"):
        swa_utils.AveragedModel(*weights(1.0), None, max, max)
    for decay in (-0.01, 1.01):
        with pytest.raises(ValueError, match="Invalid decay value"):
            swa_utils.get_ema_avg_fn(decay)
    assert [swa_utils.get_ema_avg_fn(decay)(3.0, 5.0, 1) for decay in (0, 1)] == [5, 3]


@pytest.mark.parametrize("averaged", [False, True])
def test_buffers_are_taken_over_or_averaged(averaged):
    model = nn.BatchNorm1d(1)
    kept = swa_utils.AveragedModel(model, use_buffers=averaged)
    for mean in (1.0, 5.0):
        model.running_mean.fill_(mean)
        kept.update_parameters(model)
    assert kept.module.running_mean.item() == (3 if averaged else 5)


@pytest.mark.parametrize(("kind", "dims"), [(nn.BatchNorm1d, 1), (nn.BatchNorm2d, 2), (nn.BatchNorm3d, 3)])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("wrapped", [lambda x: x, lambda x: (x, 0), lambda x: [x, 0]])
def test_the_statistics_of_norms_are_those_of_the_whole_data(kind, dims, training, wrapped):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm = kind(1, momentum=0.3)
            self.seen = []

        def forward(self, x):
            self.seen.append((self.training, autograd.is_grad_enabled()))
            return self.norm(x)

    model = Model().train(training)
    model.norm.running_mean.fill_(9.0)
    batches = [tensor(np.full((2, 1, *[2] * dims), value)).float() for value in (1.0, 2.0, 6.0)]
    if dims == 1:
        batches = [batch[:, :, 0] for batch in batches]
    swa_utils.update_bn(map(wrapped, batches), model)
    assert model.norm.running_mean.item() == pytest.approx(3)
    assert model.seen == [(True, False)] * 3
    assert model.norm.momentum == 0.3 and model.training == model.norm.training == training


def test_a_model_without_norms_is_not_called():
    swa_utils.update_bn([tensor([1.0])], nn.Sequential(nn.Identity(), nn.Linear(9, 9)))
