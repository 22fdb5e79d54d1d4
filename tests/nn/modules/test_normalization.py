"""Normalization layers and functions: mean, variance, running statistics, gradients and errors."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import nn
from autograd import ones, tensor
from autograd.testing import check_vjp
from nn import functional as F

RNG = np.random.default_rng(0)


seeds = st.integers(0, 99)


@given(seeds)
def test_layer_norm_gives_mean_0_and_variance_1_for_any_scale(seed):
    x = np.random.default_rng(seed).normal(3, 5, (4, 6))
    out = F.layer_norm(tensor(x), 6, eps=0.0).numpy()
    np.testing.assert_allclose(out.mean(1), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(1), 1)
    np.testing.assert_allclose(F.layer_norm(tensor(7 * x - 2), (6,), eps=0.0).numpy(), out, atol=1e-12)


def test_batch_norm_updates_its_running_statistics_in_training_only():
    module, x = nn.BatchNorm1d(3, momentum=0.25), RNG.normal(2, 3, (5, 3)).astype(np.float32)
    module(tensor(x))
    np.testing.assert_allclose(module.running_mean.numpy(), 0.25 * x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(module.running_var.numpy(), 0.75 + 0.25 * x.var(0, ddof=1), rtol=1e-5)
    assert module.num_batches_tracked.item() == 1
    once = module.eval()(tensor(x))
    assert module.num_batches_tracked.item() == 1 and (once == module(tensor(x))).all()


def test_inputs_of_the_wrong_shape_are_refused():
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        nn.BatchNorm1d(3)(ones(1, 3))
    with pytest.raises(ValueError, match=r"expected 2D or 3D input \(got 4D input\)"):
        nn.BatchNorm1d(3)(ones(1, 3, 1, 1))
    with pytest.raises(RuntimeError, match="running_mean should contain 2 elements not 3"):
        nn.BatchNorm1d(3)(ones(4, 2))
    with pytest.raises(RuntimeError, match=r"Given normalized_shape=\[4\], expected input with shape \[\*, 4\]"):
        F.layer_norm(ones(2, 3), (4,))
    with pytest.raises(RuntimeError, match="divisible by num_groups"):
        F.group_norm(ones(2, 3), 2)


@pytest.mark.parametrize(
    "call",
    [lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
     lambda x, w, b: F.batch_norm(x, ones(2).double(), ones(2).double() * 2, w, b),
     lambda x, w, b: F.group_norm(x, 1, w, b),
     lambda x, w, b: F.instance_norm(x, weight=w, bias=b)],
)  # fmt: skip
def test_normalization_has_gradients_of_second_order(call):
    arrays = RNG.normal(size=(3, 2, 4)), RNG.normal(size=2), RNG.normal(size=2)
    check_vjp(lambda *xs: call(*(x if hasattr(x, "node") else tensor(x) for x in xs)), arrays, RNG, order=2)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.local_response_norm(ones(2, 2), 1), ValueError, "Expected 3D or higher"),
        (lambda: F.rms_norm(ones(3, 4), (3,)), RuntimeError, r"Given normalized_shape=\[3\], .* size\[3, 4\]"),
        (lambda: F.rms_norm(ones(3, 4), (4,), ones(3)), RuntimeError, "Expected weight to be of same shape as norm"),
        (lambda: F.rms_norm(ones(3, 4), ()), RuntimeError, "normalized_shape to be at least 1-dimensional"),
        (
            lambda: F.layer_norm(tensor([[1, 2]]), (2,)),
            NotImplementedError,
            "layer_norm is not implemented for .*int64",
        ),
        (lambda: F.group_norm(ones(4), 2), RuntimeError, "Expected at least 2 dimensions .* but received 1"),
        (lambda: F.group_norm(ones(2, 4), 2, ones(3)), RuntimeError, "Expected weight to be a vector of size equal"),
        (lambda: F.group_norm(ones(1, 2), 2), ValueError, "Expected more than 1 value per channel when training"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
