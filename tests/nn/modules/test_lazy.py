"""Lazy layers: they become plain layers at the first call or when a state dict is loaded."""

import copy

import pytest

import nn
from autograd import manual_seed, ones, randn


def net():
    return nn.Sequential(
        nn.LazyConv2d(4, 3, groups=2), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(3, bias=False)
    )


def test_a_lazy_net_infers_its_sizes_from_the_first_batch_and_trains():
    module = net()
    optimizer = nn.optim.SGD(module.parameters(), lr=0.1)
    held = list(module.parameters())
    manual_seed(0)
    module(randn(2, 2, 5, 5)).sum().backward()
    before = [parameter.clone() for parameter in held]
    optimizer.step()
    assert [type(part) for part in module] == [nn.Conv2d, nn.BatchNorm2d, nn.Flatten, nn.Linear]
    assert (module[0].in_channels, module[1].num_features, module[3].in_features) == (2, 4, 36)
    assert all(a is b for a, b in zip(held, module.parameters(), strict=True))
    assert not all(a.equal(b) for a, b in zip(held, before, strict=True))


@pytest.mark.parametrize(
    ("lazy", "plain", "shape"),
    [
        (lambda: nn.LazyLinear(2), lambda: nn.Linear(3, 2), (4, 3)),
        (lambda: nn.LazyConv1d(2, 2), lambda: nn.Conv1d(3, 2, 2), (3, 4)),
        (lambda: nn.LazyConv3d(2, 2, bias=False), lambda: nn.Conv3d(3, 2, 2, bias=False), (1, 3, 2, 2, 2)),
        (lambda: nn.LazyConvTranspose2d(2, 2), lambda: nn.ConvTranspose2d(3, 2, 2), (1, 3, 2, 2)),
        (lambda: nn.LazyBatchNorm1d(), lambda: nn.BatchNorm1d(3), (4, 3)),
        (lambda: nn.LazyInstanceNorm2d(affine=True), lambda: nn.InstanceNorm2d(3, affine=True), (1, 3, 2, 2)),
    ],
)
def test_a_lazy_layer_becomes_the_plain_layer(lazy, plain, shape):
    x = randn(*shape)
    manual_seed(1)
    one, other = lazy(), plain()
    assert one.has_uninitialized_params() and type(one).__name__.startswith("Lazy")
    manual_seed(2)
    given = one.eval()(x)
    assert repr(one) == repr(other) and type(one) is type(other) and vars(one).keys() == vars(other).keys()
    assert list(one.state_dict()) == list(other.state_dict())
    other.load_state_dict(one.state_dict())
    assert given.equal(other.eval()(x))
    loaded = lazy()
    loaded.load_state_dict(one.state_dict())
    assert given.equal(loaded.eval()(x)) and type(loaded) is type(other)


def test_a_copy_is_lazy_and_frozen_parameters_stay_frozen():
    module = nn.LazyLinear(2).requires_grad_(False)
    other = copy.deepcopy(module)
    other(ones(1, 3))
    assert isinstance(module, nn.LazyLinear) and not any(p.requires_grad for p in other.parameters())
    assert isinstance(module.weight, nn.UninitializedParameter) and repr(module) == "LazyLinear(2)"


@pytest.mark.parametrize(
    "use",
    [lambda m: m.weight.shape, lambda m: nn.init.ones_(m.weight), lambda m: m.state_dict(), lambda m: m.double()],
)
def test_using_an_uninitialized_parameter_raises(use):
    with pytest.raises(ValueError, match="Attempted to use an uninitialized parameter"):
        use(nn.LazyLinear(2))


def test_invalid_arguments_are_refused_by_the_constructor():
    with pytest.raises(ValueError, match="out_channels must be divisible by groups"):
        nn.LazyConv2d(3, 3, groups=2)
