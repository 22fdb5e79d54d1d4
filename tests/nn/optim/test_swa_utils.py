"""Averages of weights: what PyTorch's give for the same training."""

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor


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
def test_averages_are_pytorchs(averaged_as):
    torch = pytest.importorskip("torch")
    data = np.random.default_rng(1).normal(size=(5, 6, 3))
    for ours, theirs in zip(averages(autograd, averaged_as, data), averages(torch, averaged_as, data), strict=True):
        assert list(ours) == list(theirs)
        for name in ours:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, atol=1e-12, err_msg=name)


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
