"""The reduction of a loss: its deprecated spelling, unknown values, non-tensor arguments, and warning locations."""

import warnings

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor, zeros
from nn import functional as F

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(2, 3, 4))


def ints(*shape):
    return autograd.zeros(shape, dtype=autograd.int64)


LOSSES = [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.hinge_embedding_loss, F.soft_margin_loss,
         F.binary_cross_entropy_with_logits, F.poisson_nll_loss, F.multilabel_soft_margin_loss]  # fmt: skip


@pytest.mark.parametrize("size_average", [None, True, False])
@pytest.mark.parametrize("reduce", [None, True, False])
@pytest.mark.parametrize("loss", LOSSES)
def test_the_deprecated_flags_choose_a_reduction(loss, reduce, size_average):
    x, t = tensor(X), tensor(np.sign(Y))
    chosen = "none" if reduce is False else "sum" if size_average is False else "mean"
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = loss(x, t, size_average=size_average, reduce=reduce)
    assert found.tolist() == loss(x, t, reduction=chosen).tolist()
    assert [w.filename for w in seen] == ([] if size_average is None and reduce is None else [__file__])


def test_the_deprecated_flags_warn():
    x, y = tensor([1.0, 2.0]), tensor([0.0, 0.0])
    for flags, chosen in (({"size_average": False}, "sum"), ({"reduce": False}, "none"), ({"reduce": True}, "mean")):
        with pytest.warns(UserWarning, match=f"please use reduction='{chosen}' instead"):
            loss = F.mse_loss(x, y, **flags)
        assert loss.tolist() == F.mse_loss(x, y, reduction=chosen).tolist()
        with pytest.warns(UserWarning, match=f"please use reduction='{chosen}' instead"):
            assert nn.CrossEntropyLoss(**flags).reduction == chosen


def test_warnings_point_to_the_call_of_the_loss():
    x, wide = tensor(X), tensor(Y[:1])
    for loss in (F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss):
        with pytest.warns(UserWarning, match="Using a target size") as seen:
            loss(x, wide)
        assert [w.filename for w in seen] == [__file__]
    with pytest.warns(UserWarning, match="'mean' divides the total loss") as seen:
        F.kl_div(x, tensor(abs(Y)))
    assert seen[0].filename == __file__
    with pytest.warns(UserWarning, match="please use reduction='sum'") as seen:
        nn.MSELoss(size_average=False)
    assert seen[0].filename == __file__


@pytest.mark.parametrize(
    "name", [name for name in dir(nn) if name.endswith("Loss") and name != "AdaptiveLogSoftmaxWithLoss"]
)
def test_loss_layers_refuse_an_unknown_reduction(name):
    with pytest.raises(ValueError, match=r"^average is not a valid value for reduction$"):
        getattr(nn, name)(reduction="average")


@pytest.mark.parametrize("function", [F.mse_loss, F.l1_loss, F.huber_loss, F.cross_entropy, F.nll_loss])
def test_loss_functions_refuse_an_unknown_reduction(function):
    target = zeros(2, 2) if function in (F.mse_loss, F.l1_loss, F.huber_loss) else ints(2)
    with pytest.raises(ValueError, match=r"^average is not a valid value for reduction$"):
        function(zeros(2, 2), target, reduction="average")


@pytest.mark.parametrize(
    "loss",
    [
        F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss, F.cross_entropy, F.nll_loss, F.binary_cross_entropy,
        F.binary_cross_entropy_with_logits, F.kl_div,
    ],
)  # fmt: skip
def test_an_argument_that_is_not_a_tensor_is_named(loss):
    x = tensor([[0.5, 0.5]])
    with pytest.raises(TypeError, match=r"target of a loss must be Tensor, not numpy\.ndarray: convert it with tensor"):
        loss(x, np.array([[0.5, 0.5]]))
    with pytest.raises(TypeError, match="the input of a loss must be Tensor, not NoneType"):
        loss(None, x)


def test_keyword_only_options_are_refused_as_positional():
    with pytest.raises(TypeError, match="positional argument"):
        nn.GaussianNLLLoss(True)
    with pytest.raises(TypeError, match="positional argument"):
        nn.TripletMarginWithDistanceLoss(F.pairwise_distance)
