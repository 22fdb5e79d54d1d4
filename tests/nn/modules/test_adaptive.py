"""A softmax in clusters and pooling at random distances: their meaning, and PyTorch beside them."""

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor
from autograd.testing import gradcheck
from nn import functional as F

RNG = np.random.default_rng(0)
TARGETS = np.array([0, 3, 4, 9, 10, 19, 19, 5, 2])
CLUSTERS = [{}, {"head_bias": True, "div_value": 2.0}, {"cutoffs": [1]}, {"cutoffs": (4, 10, 11), "div_value": 2.0}]


def inputs(count=9):
    return RNG.normal(size=(count, 16))


# -- a softmax in clusters ---------------------------------------------------------------------------


@pytest.mark.parametrize("options", CLUSTERS)
def test_the_probabilities_of_all_clusters_add_up_and_hold_the_targets(options):
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 20, **{"cutoffs": [4, 10], **options}).double()
    x = tensor(inputs())
    every = layer.log_prob(x)
    np.testing.assert_allclose(every.exp().sum(1).tolist(), 1)
    output, loss = layer(x, tensor(TARGETS))
    np.testing.assert_allclose(output.tolist(), every.detach().numpy()[np.arange(9), TARGETS])
    assert loss.item() == pytest.approx(-np.mean(output.tolist()))
    assert layer.predict(x).tolist() == every.argmax(1).tolist()
    single = layer(x[3], tensor(9))
    assert single.output.shape == () and single.output.item() == pytest.approx(output[3].item())


def test_the_gradient_of_a_softmax_in_clusters():
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10], div_value=2.0).double()
    x = tensor(inputs(), requires_grad=True)
    assert gradcheck(lambda x, *_: layer(x, tensor(TARGETS)).loss, (x, *layer.parameters()), fast_mode=True)


def test_a_softmax_in_clusters_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    for case in CLUSTERS:
        options = {"cutoffs": [4, 10], **case}
        theirs = torch.nn.AdaptiveLogSoftmaxWithLoss(16, 20, **options).double()
        ours = nn.AdaptiveLogSoftmaxWithLoss(16, 20, **options).double()
        assert repr(ours) == repr(theirs)
        ours.load_state_dict({name: tensor(value.numpy()) for name, value in theirs.state_dict().items()})
        given = inputs()
        x, y = tensor(given, requires_grad=True), torch.tensor(given, requires_grad=True)
        found, expected = ours(x, tensor(TARGETS)), theirs(y, torch.tensor(TARGETS))
        np.testing.assert_allclose(found.output.tolist(), expected.output.tolist())
        found.loss.backward()
        expected.loss.backward()
        for a, b in zip((x, *ours.parameters()), (y, *theirs.parameters()), strict=True):
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), atol=1e-12)
        np.testing.assert_allclose(ours.log_prob(x).tolist(), theirs.log_prob(y).tolist())


@pytest.mark.parametrize("cutoffs", [[], [4, 4], [0, 4], [20], [5, 3], [2.5]])
def test_cutoffs_that_make_no_clusters_are_refused(cutoffs):
    with pytest.raises(ValueError, match="between 1 and n_classes-1"):
        nn.AdaptiveLogSoftmaxWithLoss(16, 20, cutoffs)


@pytest.mark.parametrize(
    ("shape", "target", "words"),
    [
        ((2, 16), [1, 20], r"in \[0, 19\], but values in range \[1, 20\]"),
        ((2, 16), [-1, 2], r"range \[-1, 2\]"),
        ((3, 16), [1, 2], r"\(3, 16\) and \(2,\)"),
        ((16,), [1], r"\(16,\) and \(1,\)"),
        ((1, 16), [[1]], r"\(1, 1\)"),
    ],
)
def test_targets_that_do_not_fit_are_refused(shape, target, words):
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10])
    with pytest.raises(RuntimeError, match=words):
        layer(autograd.ones(*shape), tensor(target))


def test_a_softmax_in_clusters_draws_its_weights_anew():
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 20, [4, 10])
    before = [weight.tolist() for weight in layer.parameters()]
    layer.reset_parameters()
    assert all(weight.tolist() != old for weight, old in zip(layer.parameters(), before, strict=True))


# -- windows at random distances ---------------------------------------------------------------------

#: Input, kernel and number of windows.
POOLED = [
    ((2, 3, 9, 8), 3, 4),
    ((3, 9, 8), (2, 3), (5, 3)),
    ((2, 3, 9, 8), 2, 1),
    ((2, 3, 9, 8), 3, (7, 6)),
    ((2, 3, 7, 8, 9), 2, (3, 4, 5)),
    ((2, 7, 8, 9), (1, 2, 3), 3),
]


def pool(dims):
    return F.fractional_max_pool2d if dims == 2 else F.fractional_max_pool3d


def dims_of(shape):
    return 2 if shape in ((2, 3, 9, 8), (3, 9, 8)) else 3


@pytest.mark.parametrize(("shape", "kernel", "out"), POOLED)
def test_windows_cover_the_image_and_hold_their_largest_value(shape, kernel, out):
    dims = dims_of(shape)
    x = tensor(RNG.normal(size=shape), requires_grad=True)
    y, at = pool(dims)(x, kernel, out, return_indices=True)
    sizes = out if isinstance(out, tuple) else (out,) * dims
    assert tuple(y.shape) == tuple(at.shape) == (*shape[:-dims], *sizes)
    lead = (*shape[:-dims], -1)
    np.testing.assert_array_equal(x.reshape(*lead).gather(-1, at.reshape(*lead)).tolist(), y.reshape(*lead).tolist())
    # The first window begins at the first element and the last one ends at the last.
    corner = tuple(slice(k) for k in (kernel if isinstance(kernel, tuple) else (kernel,) * dims))
    ends = tuple(slice(-k.stop, None) for k in corner)
    axes = tuple(range(-dims, 0))
    if min(sizes) > 1:
        np.testing.assert_array_equal(y[(..., *(0,) * dims)].tolist(), np.max(x.detach().numpy()[(..., *corner)], axes))
    np.testing.assert_array_equal(y[(..., *(-1,) * dims)].tolist(), np.max(x.detach().numpy()[(..., *ends)], axes))


@pytest.mark.parametrize(("shape", "kernel", "out"), POOLED)
@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_pooling_at_random_distances_agrees_with_pytorch(shape, kernel, out, kind):
    torch = pytest.importorskip("torch")
    dims = dims_of(shape)
    lead = shape[:-dims] if len(shape) == dims + 2 else (1, *shape[:-dims])
    given, samples = RNG.normal(size=shape).astype(kind), RNG.random((*lead, dims)).astype(kind)
    x, y = tensor(given, requires_grad=True), torch.tensor(given, requires_grad=True)
    name = f"FractionalMaxPool{dims}d"
    ours = getattr(nn, name)(kernel, out, return_indices=True, _random_samples=tensor(samples))
    theirs = getattr(torch.nn, name)(kernel, out, return_indices=True, _random_samples=torch.tensor(samples))
    assert repr(ours) == repr(theirs) and list(ours.state_dict()) == list(theirs.state_dict())
    (found, at), (expected, places) = ours(x), theirs(y)
    np.testing.assert_array_equal(found.tolist(), expected.tolist())
    np.testing.assert_array_equal(at.tolist(), places.tolist())
    g = RNG.normal(size=found.shape).astype(kind)
    found.backward(tensor(g))
    expected.backward(torch.tensor(g))
    np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), atol=1e-6)


def test_windows_are_drawn_anew_at_each_call_and_a_seed_repeats_them():
    x = tensor(RNG.normal(size=(1, 4, 30, 30)))
    layer = nn.FractionalMaxPool2d(2, output_ratio=0.6)
    autograd.manual_seed(0)
    first, second = layer(x), layer(x)
    assert tuple(first.shape) == (1, 4, 18, 18) and first.tolist() != second.tolist()
    autograd.manual_seed(0)
    assert layer(x).tolist() == first.tolist()


@pytest.mark.parametrize("module", [nn.FractionalMaxPool2d, nn.FractionalMaxPool3d])
@pytest.mark.parametrize("options", [{}, {"output_size": 3, "output_ratio": 0.5}, {"output_ratio": 1.0}])
def test_the_number_of_windows_is_said_once(module, options):
    with pytest.raises(ValueError, match=r"output size|between 0 and 1"):
        module(3, **options)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({}, ValueError, "output_size or an output_ratio"),
        ({"output_size": 8}, RuntimeError, "8 windows of size 3 do not fit into an input of size 9"),
        ({"output_size": 2, "_random_samples": autograd.ones(2, 3, 3)}, RuntimeError, r"\(2, 3, 2\), got \[2, 3, 3\]"),
        ({"output_size": 2, "input": autograd.ones(9, 8)}, RuntimeError, r"3D or 4D tensor, but got: \[9, 8\]"),
    ],
)
def test_windows_that_do_not_fit_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        F.fractional_max_pool2d(**{"input": autograd.ones(2, 3, 9, 8), "kernel_size": 3, **options})
