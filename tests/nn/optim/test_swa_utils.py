"""Averages of weights and their schedule: formulas, buffers, batch normalizations, and PyTorch's results."""

import math

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor
from nn import optim
from nn.optim import swa_utils
from tests.tools.answers import assert_alike


def averages(library, averaged_as, data):
    """The average of a net over four steps, then with its norm's statistics computed anew; and the rates."""
    net = library.nn.Sequential(library.nn.Linear(3, 4), library.nn.BatchNorm1d(4), library.nn.Linear(4, 1)).double()
    random = np.random.default_rng(0)
    net.load_state_dict({k: library.tensor(random.normal(size=tuple(v.shape))) for k, v in net.state_dict().items()})
    utils = library.optim.swa_utils
    options = {
        "mean": {},
        "decaying": {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.7)},
        "one by one": {"avg_fn": utils.get_ema_avg_fn(0.7)},
        "buffers too": {"avg_fn": utils.get_swa_avg_fn(), "use_buffers": True},
    }
    averaged = utils.AveragedModel(net, **options[averaged_as])
    optimizer = library.optim.SGD(net.parameters(), lr=0.1)
    schedule = utils.SWALR(optimizer, swa_lr=0.02, anneal_epochs=3)
    rates = []
    for batch in map(library.tensor, data):
        optimizer.zero_grad()
        (net(batch) ** 2).mean().backward()
        optimizer.step()
        averaged.update_parameters(net)
        rates.append(optimizer.param_groups[0]["lr"])
        schedule.step()
    before = {name: value.numpy().copy() for name, value in averaged.state_dict().items()}
    utils.update_bn(map(library.tensor, data), averaged)
    assert averaged.training
    return before, {name: value.numpy() for name, value in averaged.state_dict().items()}, {"rates": np.array(rates)}


@pytest.mark.parametrize("averaged_as", ["mean", "decaying", "one by one", "buffers too"])
def test_averages_are_those_of_pytorch(averaged_as, answers):
    data = np.random.default_rng(1).normal(size=(5, 6, 3))
    theirs = answers("torch", averages, averaged_as, data)
    assert_alike(averages(autograd, averaged_as, data), theirs, rtol=1e-9, atol=1e-12)


def test_bad_settings_are_refused():
    model = nn.Linear(1, 1)
    optimizer = nn.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="Invalid decay value 2"):
        nn.optim.swa_utils.get_ema_avg_fn(2)
    with pytest.raises(ValueError, match="instead got up"):
        nn.optim.swa_utils.SWALR(optimizer, 0.1, anneal_strategy="up")
    with pytest.raises(ValueError, match="anneal_epochs"):
        nn.optim.swa_utils.SWALR(optimizer, 0.1, anneal_epochs=-1)
    averaged = nn.optim.swa_utils.AveragedModel(model)
    averaged.update_parameters(model)
    assert averaged(tensor([[1.0]])).tolist() == model(tensor([[1.0]])).tolist()


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
def test_an_average_follows_its_formula(options, expected):
    models = weights(1.0, 3.0, 8.0)
    averaged = swa_utils.AveragedModel(models[0], **options)
    for n, (model, value) in enumerate(zip(models, expected), 1):
        averaged.update_parameters(model)
        assert averaged.module.weight.item() == pytest.approx(value, rel=1e-6) and averaged.n_averaged.item() == n
    assert models[0].weight.item() == 1


def test_two_averages_or_a_bad_decay_are_refused():
    with pytest.raises(AssertionError, match="Only one of avg_fn and multi_avg_fn"):
        swa_utils.AveragedModel(*weights(1.0), None, max, max)
    for decay in (-0.01, 1.01):
        with pytest.raises(ValueError, match="Invalid decay value"):
            swa_utils.get_ema_avg_fn(decay)
    assert [swa_utils.get_ema_avg_fn(decay)(3.0, 5.0, 1) for decay in (0, 1)] == [5, 3]


@pytest.mark.parametrize("averaged", [False, True])
def test_buffers_are_copied_or_averaged(averaged):
    model = nn.BatchNorm1d(1)
    kept = swa_utils.AveragedModel(model, use_buffers=averaged)
    for mean in (1.0, 5.0):
        model.running_mean.fill_(mean)
        kept.update_parameters(model)
    assert kept.module.running_mean.item() == (3 if averaged else 5)


@pytest.mark.parametrize(("kind", "dims"), [(nn.BatchNorm1d, 1), (nn.BatchNorm2d, 2), (nn.BatchNorm3d, 3)])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("wrapped", [lambda x: x, lambda x: (x, 0), lambda x: [x, 0]])
def test_update_bn_computes_statistics_of_the_whole_data(kind, dims, training, wrapped):
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


def test_update_bn_does_not_call_a_model_without_batch_norms():
    swa_utils.update_bn([tensor([1.0])], nn.Sequential(nn.Identity(), nn.Linear(9, 9)))


def test_a_multi_average_copies_integers():
    averages, values = [tensor([1.0, 3.0]), tensor([4])], [tensor([2.0, 2.0]), tensor([7])]
    optim.swa_utils.get_ema_multi_avg_fn(0.75)(averages, values, 1)
    assert [a.tolist() for a in averages] == [[1.25, 2.75], [7]]


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("epochs", [0, 1, 2, 7])
def test_swalr_reaches_its_final_rate_and_stays(epochs, strategy):
    groups = [{"params": [tensor([1.0], requires_grad=True)], "lr": lr} for lr in (0.5, 2.0)]
    schedule = swa_utils.SWALR(optim.SGD(groups), [0.1, 3.0], epochs, strategy)
    for t in range(20):
        part = min(1.0, t / epochs) if epochs else 1.0
        left = 1 - part if strategy == "linear" else (1 + math.cos(math.pi * part)) / 2
        expected = [last + (first - last) * left for first, last in ((0.5, 0.1), (2.0, 3.0))]
        np.testing.assert_allclose(schedule.get_last_lr(), expected, rtol=1e-9)
        schedule.optimizer.step()
        schedule.step()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda o: swa_utils.SWALR(o, 0.1, 1.5), ValueError, "anneal_epochs must be equal or greater than 0, got 1.5"),
        (lambda o: swa_utils.SWALR(o, [0.1, 0.2]), ValueError, "Expected 1 swa_lrs, but got 2"),
        (lambda o: swa_utils.SWALR([o], 0.1), TypeError, "list is not an Optimizer"),
    ],
)
def test_swalr_refuses_bad_settings(make, error, message):
    with pytest.raises(error, match=message):
        make(optim.SGD([tensor([1.0], requires_grad=True)]))
