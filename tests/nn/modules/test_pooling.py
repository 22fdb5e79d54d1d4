"""Max unpooling and fractional max pooling."""

import numpy as np
import pytest

import autograd
import nn
from autograd import randn, tensor
from nn import functional as F
from tests.tools.answers import assert_alike


def test_unpooling_puts_the_maxima_back():
    x = randn(2, 3, 6, 5)
    values, at = F.max_pool2d(x, 2, return_indices=True)
    back = F.max_unpool2d(values, at, 2, output_size=(6, 5))
    assert F.max_pool2d(back, 2).tolist() == autograd.relu(values).tolist()
    assert autograd.count_nonzero(back).item() == values.numel()
    assert (back == x)[back != 0].all()
    with pytest.raises(ValueError, match=r"invalid output_size .9, 5.: the sizes must be from 5 to 7 and 3 to 5"):
        F.max_unpool2d(values, at, 2, output_size=(9, 5))
    with pytest.raises(RuntimeError, match="found an invalid max index"):
        F.max_unpool2d(values, at + 99, 2)


RNG = np.random.default_rng(0)


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
def test_fractional_windows_cover_the_image_and_yield_their_maximum(shape, kernel, out):
    dims = dims_of(shape)
    x = tensor(RNG.normal(size=shape), requires_grad=True)
    y, at = pool(dims)(x, kernel, out, return_indices=True)
    sizes = out if isinstance(out, tuple) else (out,) * dims
    assert tuple(y.shape) == tuple(at.shape) == (*shape[:-dims], *sizes)
    lead = (*shape[:-dims], -1)
    np.testing.assert_array_equal(x.reshape(lead).gather(-1, at.reshape(lead)).tolist(), y.reshape(lead).tolist())
    # The first window begins at the first element and the last one ends at the last.
    corner = tuple(slice(k) for k in (kernel if isinstance(kernel, tuple) else (kernel,) * dims))
    ends = tuple(slice(-k.stop, None) for k in corner)
    axes = tuple(range(-dims, 0))
    if min(sizes) > 1:
        np.testing.assert_array_equal(y[(..., *(0,) * dims)].tolist(), np.max(x.detach().numpy()[(..., *corner)], axes))
    np.testing.assert_array_equal(y[(..., *(-1,) * dims)].tolist(), np.max(x.detach().numpy()[(..., *ends)], axes))


@pytest.mark.parametrize(("shape", "kernel", "out"), POOLED)
@pytest.mark.parametrize("kind", ["float64", "float32"])
def test_fractional_pooling_agrees_with_pytorch(shape, kernel, out, kind, answers):
    dims = dims_of(shape)
    lead = shape[:-dims] if len(shape) == dims + 2 else (1, *shape[:-dims])

    def pooled(library):
        random = np.random.default_rng(0)
        x = library.tensor(random.normal(size=shape).astype(kind), requires_grad=True)
        samples = library.tensor(random.random((*lead, dims)).astype(kind))
        name = f"FractionalMaxPool{dims}d"
        layer = getattr(library.nn, name)(kernel, out, return_indices=True, _random_samples=samples)
        found, at = layer(x)
        found.backward(library.tensor(random.normal(size=tuple(found.shape)).astype(kind)))
        return repr(layer), list(layer.state_dict()), found, at, x.grad

    ours, theirs = pooled(autograd), answers("torch", pooled)
    assert_alike(ours[:-1], theirs[:-1], rtol=0)
    assert_alike(ours[-1], theirs[-1], atol=1e-6)


def test_fractional_windows_are_random_and_repeat_with_the_seed():
    x = tensor(RNG.normal(size=(1, 4, 30, 30)))
    layer = nn.FractionalMaxPool2d(2, output_ratio=0.6)
    autograd.manual_seed(0)
    first, second = layer(x), layer(x)
    assert tuple(first.shape) == (1, 4, 18, 18) and first.tolist() != second.tolist()
    autograd.manual_seed(0)
    assert layer(x).tolist() == first.tolist()


@pytest.mark.parametrize("module", [nn.FractionalMaxPool2d, nn.FractionalMaxPool3d])
@pytest.mark.parametrize("options", [{}, {"output_size": 3, "output_ratio": 0.5}, {"output_ratio": 1.0}])
def test_exactly_one_of_output_size_and_output_ratio_is_required(module, options):
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
def test_fractional_windows_that_do_not_fit_are_refused(options, error, words):
    with pytest.raises(error, match=words):
        F.fractional_max_pool2d(**{"input": autograd.ones(2, 3, 9, 8), "kernel_size": 3, **options})
