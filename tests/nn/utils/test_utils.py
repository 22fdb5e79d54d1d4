"""nn.utils: clipping leaves short gradients alone; vectors go both ways."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import nn
from autograd import tensor, zeros
from nn import utils


def with_gradients(*arrays):
    parameters = [nn.Parameter(tensor(np.zeros_like(a))) for a in arrays]
    for parameter, a in zip(parameters, arrays):
        parameter.grad = tensor(a)
    return parameters


@given(st.integers(0, 99), st.sampled_from([1, 2, 3.5, math.inf]), st.floats(0.1, 10))
def test_the_norm_is_that_of_all_gradients_together_and_is_cut_to_the_bound(seed, p, bound):
    rng = np.random.default_rng(seed)
    arrays = rng.normal(size=(2, 3)), rng.normal(size=4)
    parameters = [*with_gradients(*arrays), nn.Parameter(zeros(2))]
    total = np.linalg.norm(np.concatenate([a.ravel() for a in arrays]), p)
    np.testing.assert_allclose(utils.clip_grad_norm_(parameters, bound, p).item(), total)
    for parameter, a in zip(parameters, arrays):
        np.testing.assert_allclose(parameter.grad.numpy(), a * min(1, bound / total), rtol=1e-4)
    assert parameters[2].grad is None


def test_an_infinite_norm_is_an_error_when_asked_for():
    parameters = with_gradients(np.array([math.inf]))
    with pytest.raises(
        RuntimeError, match=r"The total norm of order 2\.0 for gradients from `parameters` is non-finite"
    ):
        utils.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    assert utils.clip_grad_norm_([], 1.0).item() == 0


def test_values_are_cut_on_both_sides_in_place():
    (parameter,) = with_gradients(np.array([-3.0, 0.5, 3.0]))
    held = parameter.grad
    utils.clip_grad_value_(parameter, 1.0)
    assert held.tolist() == [-1.0, 0.5, 1.0]


def test_parameters_survive_the_way_to_a_vector_and_back():
    module = nn.Linear(3, 2)
    vector = utils.parameters_to_vector(module.parameters())
    assert vector.tolist() == [*module.weight.reshape(-1).tolist(), *module.bias.tolist()]
    utils.vector_to_parameters(vector.detach() * 2, module.parameters())
    assert utils.parameters_to_vector(module.parameters()).tolist() == (vector * 2).tolist()
    with pytest.raises(TypeError, match=r"expected torch\.Tensor, but got: list"):
        utils.vector_to_parameters([1.0], module.parameters())
    with pytest.raises(RuntimeError, match="the parameters hold 8 elements, but the vector only 3"):
        utils.vector_to_parameters(zeros(3), module.parameters())


# -- a normalization taken into the map before it ------------------------------------------------------

#: A layer, the normalization after it, and the shape of an input.
FUSED = [
    ("Conv1d", (4, 6, 3), {}, "BatchNorm1d", (2, 4, 7)),
    ("Conv2d", (4, 6, 3), {"groups": 2, "bias": False, "padding": 1}, "BatchNorm2d", (2, 4, 5, 5)),
    ("Conv3d", (4, 6, 2), {}, "BatchNorm3d", (1, 4, 3, 3, 3)),
    ("ConvTranspose2d", (4, 6, 3), {"stride": 2}, "BatchNorm2d", (2, 4, 5, 5)),
    ("Linear", (4, 6), {}, "BatchNorm1d", (3, 4)),
    ("Linear", (4, 6), {"bias": False}, "BatchNorm1d", (3, 4)),
]


@pytest.mark.parametrize("affine", [True, False])
@pytest.mark.parametrize(("layer", "args", "kwargs", "norm", "shape"), FUSED)
def test_a_fused_layer_gives_what_the_two_give(layer, args, kwargs, norm, shape, affine):
    rng = np.random.default_rng(0)
    module = getattr(nn, layer)(*args, **kwargs).double().eval()
    after = getattr(nn, norm)(6, eps=0.01, affine=affine).double().eval()
    for value in (after.running_mean, after.running_var, *after.parameters()):
        value.data = tensor(rng.uniform(0.5, 2, 6))
    before = {name: value.tolist() for name, value in module.state_dict().items()}
    if layer == "Linear":
        fused = utils.fuse_linear_bn_eval(module, after)
    else:
        fused = utils.fuse_conv_bn_eval(module, after, transpose="Transpose" in layer)
    x = tensor(rng.normal(size=shape))
    np.testing.assert_allclose(fused(x).tolist(), after(module(x)).tolist(), atol=1e-12)
    assert type(fused) is type(module) and fused.weight.dtype is module.weight.dtype and fused.weight.requires_grad
    assert {name: value.tolist() for name, value in module.state_dict().items()} == before


def test_one_normalization_of_all_features_is_fused_too():
    module, after = nn.Linear(4, 6, bias=False).double().eval(), nn.BatchNorm1d(1).double().eval()
    after.running_mean.fill_(0.5)
    fused = utils.fuse_linear_bn_eval(module, after)
    x = tensor(np.random.default_rng(0).normal(size=(3, 4)))
    np.testing.assert_allclose(fused(x).tolist(), after(module(x).reshape(-1, 1)).reshape(3, 6).tolist())


def test_the_weights_are_fused_as_pytorch_does():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 2, size) for size in ((6, 4, 3), 6, 6, 6, 6, 6)]
    for function, first in (("fuse_conv_bn_weights", arrays[0]), ("fuse_linear_bn_weights", arrays[0][..., 0])):
        given = [first, arrays[1], arrays[2], arrays[3], 0.1, arrays[4], arrays[5]]
        results = []
        for library, make in ((nn, tensor), (torch.nn, torch.tensor)):
            fuse = getattr(library.utils, function)
            results.append(fuse(*(make(x) if isinstance(x, np.ndarray) else x for x in given)))
        for found, expected in zip(*results, strict=True):
            np.testing.assert_allclose(found.tolist(), expected.tolist())
            assert found.requires_grad == expected.requires_grad


def test_only_a_model_that_is_no_longer_trained_is_fused():
    module, after = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)
    with pytest.raises(AssertionError, match="only for eval"):
        utils.fuse_conv_bn_eval(module, after.eval())
    with pytest.raises(AssertionError, match="running_mean"):
        utils.fuse_conv_bn_eval(module.eval(), nn.BatchNorm2d(2, track_running_stats=False).eval())
    with pytest.raises(AssertionError, match=r"out_features=3 and bn\.num_features=2"):
        utils.fuse_linear_bn_eval(nn.Linear(1, 3).eval(), nn.BatchNorm1d(2).eval())
