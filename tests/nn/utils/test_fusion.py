"""Fusion of a layer with the batch normalization after it."""

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor
from nn import utils
from tests.tools.answers import assert_alike

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
def test_a_fused_layer_computes_the_same_as_both(layer, args, kwargs, norm, shape, affine):
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


def test_a_batch_norm_of_one_feature_is_fused_with_a_linear_layer():
    module, after = nn.Linear(4, 6, bias=False).double().eval(), nn.BatchNorm1d(1).double().eval()
    after.running_mean.fill_(0.5)
    fused = utils.fuse_linear_bn_eval(module, after)
    x = tensor(np.random.default_rng(0).normal(size=(3, 4)))
    np.testing.assert_allclose(fused(x).tolist(), after(module(x).reshape(-1, 1)).reshape(3, 6).tolist())


def test_fused_weights_are_those_of_pytorch(answers):
    rng = np.random.default_rng(0)
    arrays = [rng.uniform(0.5, 2, size) for size in ((6, 4, 3), 6, 6, 6, 6, 6)]

    def fused(library, function, first):
        given = [first, arrays[1], arrays[2], arrays[3], 0.1, arrays[4], arrays[5]]
        fuse = getattr(library.nn.utils, function)
        found = fuse(*(library.tensor(x) if isinstance(x, np.ndarray) else x for x in given))
        return [(x, x.requires_grad) for x in found]

    for given in (("fuse_conv_bn_weights", arrays[0]), ("fuse_linear_bn_weights", arrays[0][..., 0])):
        assert_alike(fused(autograd, *given), answers("torch", fused, *given), rtol=1e-7)


def test_layers_in_training_mode_or_of_different_sizes_are_refused():
    module, after = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)
    with pytest.raises(AssertionError, match="only for eval"):
        utils.fuse_conv_bn_eval(module, after.eval())
    with pytest.raises(AssertionError, match="running_mean"):
        utils.fuse_conv_bn_eval(module.eval(), nn.BatchNorm2d(2, track_running_stats=False).eval())
    with pytest.raises(AssertionError, match=r"out_features=3 and bn\.num_features=2"):
        utils.fuse_linear_bn_eval(nn.Linear(1, 3).eval(), nn.BatchNorm1d(2).eval())
