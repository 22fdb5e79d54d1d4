"""Empty batches, batches of one and inputs without a batch: they are parts of a batch, for every layer and loss."""

import math

import numpy as np
import pytest

import nn
from autograd import int64, manual_seed, ones, randn, tensor, zeros

#: Layers by the shape of their input without the batch, and whether that is allowed as an input.
LAYERS = [
    (lambda: nn.Linear(3, 2), (3,), True),
    (lambda: nn.Flatten(), (3, 4), False),
    (lambda: nn.Conv1d(3, 2, 2), (3, 4), True),
    (lambda: nn.Conv2d(3, 2, 2, padding="same"), (3, 4, 4), True),
    (lambda: nn.Conv3d(3, 2, 2), (3, 4, 4, 4), True),
    (lambda: nn.ConvTranspose1d(3, 2, 2), (3, 4), True),
    (lambda: nn.ConvTranspose2d(3, 2, 2), (3, 4, 4), True),
    (lambda: nn.ConvTranspose3d(3, 2, 2), (3, 2, 2, 2), True),
    (lambda: nn.MaxPool1d(2), (3, 4), True),
    (lambda: nn.MaxPool2d(3, ceil_mode=True), (3, 4, 4), True),
    (lambda: nn.MaxPool3d(2), (3, 4, 4, 4), True),
    (lambda: nn.AvgPool1d(2), (3, 4), True),
    (lambda: nn.AvgPool2d(3, ceil_mode=True), (3, 4, 4), True),
    (lambda: nn.AvgPool3d(2), (3, 4, 4, 4), True),
    (lambda: nn.LPPool1d(2, 2), (3, 4), True),
    (lambda: nn.LPPool2d(2, 2), (3, 4, 4), True),
    (lambda: nn.AdaptiveAvgPool1d(2), (3, 4), True),
    (lambda: nn.AdaptiveAvgPool2d(2), (3, 4, 4), True),
    (lambda: nn.AdaptiveMaxPool2d(2), (3, 4, 4), True),
    (lambda: nn.AdaptiveAvgPool3d(2), (3, 4, 4, 4), True),
    (lambda: nn.AdaptiveMaxPool3d(2), (3, 4, 4, 4), True),
    (lambda: nn.BatchNorm1d(3).eval(), (3,), False),
    (lambda: nn.BatchNorm2d(3).eval(), (3, 4, 4), False),
    (lambda: nn.InstanceNorm1d(3, affine=True), (3, 4), True),
    (lambda: nn.InstanceNorm2d(3), (3, 4, 4), True),
    (lambda: nn.LayerNorm(3), (3,), True),
    (lambda: nn.GroupNorm(1, 3), (3, 4), False),
    (lambda: nn.RMSNorm(3), (3,), True),
    (lambda: nn.LocalResponseNorm(2), (3, 4), False),
    (lambda: nn.PReLU(3), (3, 4), False),
    (lambda: nn.GLU(), (4,), True),
    (lambda: nn.Softmax(-1), (3,), True),
    (lambda: nn.Softmax2d(), (3, 4, 4), True),
    (lambda: nn.LogSoftmax(-1), (3,), True),
    (lambda: nn.Dropout2d(0.0), (3, 4, 4), False),
    (lambda: nn.PixelShuffle(2), (4, 2, 2), True),
    (lambda: nn.PixelUnshuffle(2), (3, 4, 4), True),
    (lambda: nn.ChannelShuffle(3), (6, 2), False),
    (lambda: nn.ChannelShuffle(2), (4, 2, 2), False),
    (lambda: nn.Upsample(scale_factor=2), (3, 4), False),
    (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), (3, 4, 4), False),
    (lambda: nn.ZeroPad2d(1), (3, 4, 4), True),
    (lambda: nn.ReflectionPad2d(1), (3, 4, 4), True),
    (lambda: nn.ReplicationPad1d(1), (3, 4), True),
    (lambda: nn.CircularPad2d(1), (3, 4, 4), True),
    (lambda: nn.Unfold(2), (3, 4, 4), True),
    (lambda: nn.Fold((4, 4), 2), (12, 9), True),
    (lambda: nn.RNNCell(3, 2), (3,), True),
    (lambda: nn.GRUCell(3, 2), (3,), True),
]


@pytest.mark.parametrize(("make", "shape", "unbatched"), LAYERS)
def test_a_part_of_a_batch_gives_that_part_of_the_result(make, shape, unbatched):
    manual_seed(0)
    layer, x = make(), randn(2, *shape)
    whole = layer(x)
    for count in (0, 1):
        part = x[:count].requires_grad_()
        out = layer(part)
        np.testing.assert_allclose(out.detach(), whole[:count].detach(), rtol=1e-5, atol=1e-6)
        layer.zero_grad()
        out.sum().backward()
        assert part.grad.shape == part.shape
        if count == 0:
            assert all(not p.grad.any() for p in layer.parameters() if p.grad is not None)
    if unbatched:
        np.testing.assert_allclose(layer(x[0]).detach(), whole[0].detach(), rtol=1e-5, atol=1e-6)


#: Losses by the arguments after the input: "same" for a tensor of its shape, "rows" for classes, "signs" for ±1.
LOSSES = {
    "L1Loss": ["same"], "MSELoss": ["same"], "SmoothL1Loss": ["same"], "HuberLoss": ["same"], "BCELoss": ["same"],
    "BCEWithLogitsLoss": ["same"], "KLDivLoss": ["same"], "PoissonNLLLoss": ["same"], "SoftMarginLoss": ["same"],
    "HingeEmbeddingLoss": ["same"], "GaussianNLLLoss": ["same", "same"], "MultiLabelSoftMarginLoss": ["same"],
    "CosineEmbeddingLoss": ["same", "signs"], "MarginRankingLoss": ["same", "same"],
    "TripletMarginLoss": ["same", "same"], "MultiMarginLoss": ["rows"], "NLLLoss": ["rows"],
    "CrossEntropyLoss": ["rows"],
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_of_an_empty_batch_has_an_empty_gradient(name, reduction):
    arguments = {"same": zeros(0, 3), "rows": zeros(0, dtype=int64), "signs": zeros(0)}
    x = zeros(0, 3, requires_grad=True)
    loss = getattr(nn, name)(reduction=reduction)(x, *[arguments[kind] for kind in LOSSES[name]])
    if reduction == "none":
        assert loss.shape[0] == loss.numel() == 0
    else:
        assert loss.shape == () and (math.isnan(loss.item()) if reduction == "mean" else loss.item() == 0)
    loss.sum().backward()
    assert x.grad.shape == (0, 3)


def test_the_mean_square_of_nothing_is_nan():
    for shape in [(0,), (0, 2), (2, 0)]:
        x, y = (zeros(shape, requires_grad=True) for _ in range(2))
        loss = nn.MSELoss()(x, y)
        loss.backward()
        assert math.isnan(loss.item()) and x.grad.shape == y.grad.shape == shape


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: nn.GLU()(tensor(1.0)), RuntimeError, "glu does not support scalars"),
        (lambda: nn.GLU(3)(ones(2)), IndexError, r"range of \[-1, 0\], but got 3"),
        (lambda: nn.PReLU(3)(ones(3)), RuntimeError, "parameter numbers = 3 and channel size = 1"),
        (lambda: nn.PReLU(3)(tensor(1.0)), RuntimeError, "3 weights do not fit an input without dims"),
        (lambda: nn.ConvTranspose1d(3, 2, 2)(ones(2, 3, 0)), RuntimeError, "Output size is too small"),
        (lambda: nn.ConvTranspose3d(3, 2, 2)(ones(2, 3, 4, 0, 4)), RuntimeError, "Output size is too small"),
        (lambda: nn.AvgPool3d(5, ceil_mode=True)(ones(2, 3, 4, 4)), RuntimeError, "smaller than kernel"),
        (lambda: nn.LPPool3d(2, 5, ceil_mode=True)(ones(1, 2, 6, 5, 4)), RuntimeError, "smaller than kernel"),
        (lambda: nn.AvgPool3d((2, 3, 5), padding=1)(ones(1, 3, 3, 4)), RuntimeError, "smaller than kernel"),
        (lambda: nn.AvgPool2d(2)(ones(2, 0, 4, 4)), RuntimeError, "optional 0 dim batch size"),
        (lambda: nn.MultiMarginLoss()(ones(2, 3), zeros(2, 1, dtype=int64)), RuntimeError, "inconsistent target"),
        (lambda: nn.MultiLabelMarginLoss()(ones(2, 0), zeros(2, 0, dtype=int64)), RuntimeError, "non-empty vector"),
        (lambda: nn.TripletMarginWithDistanceLoss()(ones(2, 3), ones(3), ones(3)), RuntimeError, "number of dim"),
    ],
)
def test_shapes_without_a_result_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_pools_in_three_dims_keep_windows_that_reach_beyond_an_input_of_the_kernels_size():
    assert nn.AvgPool3d(5, ceil_mode=True)(ones(1, 6, 5, 5)).shape == (1, 2, 1, 1)


def test_only_adaptive_pools_take_an_unbatched_input_without_channels():
    assert nn.AdaptiveAvgPool1d(2)(ones(0, 3)).shape == (0, 2)
    assert nn.AdaptiveMaxPool2d(2)(ones(0, 3, 4)).shape == (0, 2, 2)
    for pool in (nn.MaxPool1d(2), nn.AvgPool1d(2), nn.LPPool1d(2, 2)):
        with pytest.raises(RuntimeError, match="optional 0 dim batch size"):
            pool(ones(0, 3))


def test_ctc_of_labels_that_cannot_be_aligned_has_a_gradient_of_nan_at_its_steps():
    x = randn(3, 2, 3).requires_grad_()
    targets, steps, labels = ones(2, 2, dtype=int64), tensor([3, 2]), tensor([1, 2])
    loss = nn.CTCLoss(reduction="none")(x.log_softmax(-1), targets, steps, labels)
    loss.sum().backward()
    assert loss[0].isfinite() and loss[1].item() == math.inf
    assert x.grad[:, 0].isfinite().all() and x.grad[:2, 1].isnan().all() and not x.grad[2, 1].any()
    x.grad = None
    loss = nn.CTCLoss(reduction="none", zero_infinity=True)(x.log_softmax(-1), targets, steps, labels)
    loss.sum().backward()
    assert loss[1].item() == 0 and x.grad.isfinite().all() and not x.grad[:, 1].any()


def test_statistics_that_are_no_longer_tracked_are_no_longer_counted():
    layer = nn.BatchNorm1d(2)
    layer(randn(4, 2))
    mean = layer.running_mean.clone()
    layer.track_running_stats = False
    layer(randn(4, 2))
    assert layer.num_batches_tracked.item() == 1 and layer.running_mean.equal(mean)
    layer.track_running_stats = True
    layer(randn(4, 2))
    assert layer.num_batches_tracked.item() == 2
