"""Lazy layers: they become plain layers at the first call or when a state dict is loaded."""

import copy
import pickle

import pytest

import nn
from autograd import float16, float64, int64, manual_seed, ones, randn
from nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy


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
    x = randn(shape)
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


def pickled(module):
    return pickle.loads(pickle.dumps(module))


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_copy_of_a_lazy_layer_with_buffers_is_lazy(copied):
    module = net().to(float64)
    other = copied(module)
    assert repr(other) == repr(module) and other(ones(1, 2, 4, 4, dtype=float64)).dtype is float64
    assert is_lazy(module[1].running_mean) and not is_lazy(other[1].running_mean)


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_copy_is_lazy_and_frozen_parameters_stay_frozen(copied):
    module = nn.LazyLinear(2).requires_grad_(False)
    other = copied(module)
    other(ones(1, 3))
    assert isinstance(module, nn.LazyLinear) and not any(p.requires_grad for p in other.parameters())
    assert isinstance(module.weight, nn.UninitializedParameter) and repr(module).startswith("LazyLinear(in_features=0,")


@pytest.mark.parametrize(
    ("use", "kind"),
    [(lambda w: w + 1, ValueError), (nn.init.ones_, ValueError), (lambda w: w.sum(), ValueError),
     (lambda w: w.numel(), ValueError), (lambda w: w.shape, RuntimeError)],
)  # fmt: skip
def test_using_an_uninitialized_parameter_raises(use, kind):
    with pytest.raises(kind, match="uninitialized parameter"):
        use(nn.LazyLinear(2).weight)


LAZY = {
    "LazyLinear": (lambda **k: nn.LazyLinear(2, **k), (4, 3)),
    "LazyConv1d": (lambda **k: nn.LazyConv1d(2, 2, **k), (1, 3, 4)),
    "LazyConvTranspose2d": (lambda **k: nn.LazyConvTranspose2d(2, 2, **k), (1, 3, 2, 2)),
    "LazyBatchNorm1d": (nn.LazyBatchNorm1d, (4, 3)),
    "LazyInstanceNorm2d": (lambda **k: nn.LazyInstanceNorm2d(affine=True, track_running_stats=True, **k), (1, 3, 2, 2)),
}


@pytest.mark.parametrize("name", LAZY)
def test_a_lazy_layer_is_cast_moved_and_frozen_before_it_has_a_shape(name):
    make, shape = LAZY[name]
    for cast in (lambda m: m.double(), lambda m: m.to(float64), lambda m: m.to("cpu").type(float64)):
        module = cast(make())
        floating = [v for v in [*module.parameters(), *module.buffers()] if v.dtype != int64]
        assert floating and all(value.dtype == float64 for value in floating)
        assert module(ones(shape, dtype=float64)).dtype == float64
        values = [v for v in [*module.parameters(), *module.buffers()] if v.dtype != int64]
        assert len(values) == len(floating) and all(value.dtype == float64 for value in values)
    assert make(dtype=float64).half()(ones(shape, dtype=float16)).dtype == float16
    module = make().requires_grad_(False).eval()
    module.zero_grad()
    module.initialize_parameters(ones(shape))
    assert not any(p.requires_grad for p in module.parameters()) and not module.training
    assert make().has_uninitialized_params() and not hasattr(module, "has_uninitialized_params")


@pytest.mark.parametrize("name", LAZY)
def test_the_state_of_a_lazy_layer_is_saved_and_loaded_before_it_has_a_shape(name):
    make, shape = LAZY[name]
    state = make().state_dict()
    assert list(state) == list(initialized(make, shape).state_dict())
    other = make()
    assert not any(other.load_state_dict(state)) and other.has_uninitialized_params()
    other(ones(shape))
    with pytest.raises(RuntimeError, match="uninitialized in the checkpoint"):
        other.load_state_dict(state)


def initialized(make, shape):
    module = make()
    module.initialize_parameters(ones(shape))
    return module


def test_uninitialized_tensors_become_plain_ones():
    parameter, buffer = UninitializedParameter(dtype=float64), UninitializedBuffer()
    assert is_lazy(parameter) and is_lazy(buffer) and parameter.requires_grad and not buffer.requires_grad
    assert (repr(parameter), repr(buffer)) == ("<UninitializedParameter>", "<UninitializedBuffer>")
    parameter.materialize((2, 3))
    buffer.materialize((4,), dtype=float16)
    assert type(parameter) is nn.Parameter and parameter.shape == (2, 3) and parameter.dtype == float64
    assert type(buffer) is nn.Buffer and buffer.shape == (4,) and buffer.dtype == float16 and not is_lazy(buffer)


def test_an_input_without_the_dim_of_the_features_is_refused():
    with pytest.raises(IndexError, match=r"LazyConv2d: the input has no dim -3.*\(3, 3\)"):
        nn.LazyConv2d(3, 2)(ones(3, 3))
    with pytest.raises(IndexError, match="LazyLinear"):
        nn.LazyLinear(3)(ones(()))


def test_invalid_arguments_are_refused_by_the_constructor():
    with pytest.raises(ValueError, match="out_channels must be divisible by groups"):
        nn.LazyConv2d(3, 3, groups=2)
