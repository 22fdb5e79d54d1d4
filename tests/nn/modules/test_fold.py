"""Windows as columns, pixels and channels rearranged, borders, bags and dropout: by their laws."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import arange, ones, randn, tensor
from nn import functional as F


@st.composite
def windows(draw):
    kernel, dilation, padding, stride = (
        tuple(draw(st.integers(low, high)) for _ in range(2)) for low, high in ((1, 3), (1, 2), (0, 2), (1, 3))
    )
    size = tuple(
        max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, 3)) for k, d, p in zip(kernel, dilation, padding)
    )
    return size, (kernel, dilation, padding, stride)


@given(windows(), st.integers(0, 99))
def test_fold_is_the_transpose_of_unfold(drawn, seed):
    size, options = drawn
    rng = np.random.default_rng(seed)
    x = tensor(rng.normal(size=(2, 3, *size)))
    columns = F.unfold(x, *options)
    y = tensor(rng.normal(size=tuple(columns.shape)))
    assert (columns * y).sum().item() == pytest.approx((x * F.fold(y, size, *options)).sum().item())


@given(windows(), st.integers(0, 99))
def test_a_convolution_is_a_product_with_the_columns(drawn, seed):
    size, (kernel, dilation, padding, stride) = drawn
    rng = np.random.default_rng(seed)
    x, weight = tensor(rng.normal(size=(2, 3, *size))), tensor(rng.normal(size=(4, 3, *kernel)))
    out = F.conv2d(x, weight, None, stride, padding, dilation)
    columns = F.unfold(x, kernel, dilation, padding, stride)
    np.testing.assert_allclose((weight.flatten(1) @ columns).numpy(), out.flatten(2).numpy(), atol=1e-10)


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_shuffling_pixels_can_be_undone(channels, high, wide, r):
    x = randn(2, channels * r * r, high, wide)
    bigger = F.pixel_shuffle(x, r)
    assert tuple(bigger.shape) == (2, channels, high * r, wide * r)
    assert F.pixel_unshuffle(bigger, r).tolist() == x.tolist()
    # Channel c r² + i r + j is what stands at row i and column j of every block.
    assert bigger[:, 0, r - 1 :: r, ::r].tolist() == x[:, (r - 1) * r].tolist()


@given(st.integers(1, 4), st.integers(1, 4))
def test_shuffling_channels_can_be_undone(groups, size):
    x = arange(2 * groups * size * 3).reshape(2, groups * size, 3)
    shuffled = F.channel_shuffle(x, groups)
    assert shuffled[0, :, 0].tolist() == [x[0, g * size + i, 0].item() for i in range(size) for g in range(groups)]
    assert F.channel_shuffle(shuffled, size).tolist() == x.tolist()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("Zero", "constant"), ("Reflection", "reflect"), ("Replication", "edge"), ("Circular", "wrap")],
)
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_a_border_is_numpys(kind, mode, dims):
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 5, 6)[: dims + 2])
    padding = (1, 2, 2, 0, 1, 1)[: 2 * dims]
    widths = [(0, 0), (0, 0), *[padding[i : i + 2] for i in range(2 * dims - 2, -1, -2)]]
    out = getattr(nn, f"{kind}Pad{dims}d")(padding)(tensor(x))
    np.testing.assert_array_equal(out.numpy(), np.pad(x, widths, mode=mode))
    inner = getattr(nn, f"ConstantPad{dims}d")(1, 7.0)(tensor(x)).numpy()
    np.testing.assert_array_equal(inner, np.pad(x, [(0, 0)] * 2 + [(1, 1)] * dims, constant_values=7.0))


@given(
    st.lists(st.lists(st.integers(0, 4), max_size=4), min_size=1, max_size=4), st.sampled_from(["sum", "mean", "max"])
)
def test_a_bag_is_what_a_loop_finds(bags, mode):
    table = tensor(np.random.default_rng(0).normal(size=(5, 3)), requires_grad=True)
    numbers = tensor(np.array([n for bag in bags for n in bag], np.int64))
    offsets = tensor(np.cumsum([0, *map(len, bags[:-1])]))
    out = F.embedding_bag(numbers, table, offsets, mode=mode, padding_idx=4)
    loop = []
    for bag in bags:
        rows = [table[n] for n in bag if n != 4]
        held = autograd.stack(rows) if rows else autograd.zeros(1, 3, dtype=autograd.float64)
        loop.append({"sum": held.sum(0), "mean": held.mean(0), "max": held.amax(0)}[mode])
    expected = autograd.stack(loop)
    np.testing.assert_allclose(out.detach().numpy(), expected.detach().numpy(), atol=1e-12)
    if mode != "max":  # among equal rows the one that is largest is another
        g = tensor(np.random.default_rng(1).normal(size=(len(bags), 3)))
        both = [autograd.grad((x * g).sum(), table, allow_unused=True)[0] for x in (out, expected + table.sum() * 0)]
        np.testing.assert_allclose(both[0].numpy(), both[1].numpy(), atol=1e-12)


def test_a_pooling_is_undone_where_its_largest_stood():
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


# -- grids --------------------------------------------------------------------------------------------------

GRIDS = [(shape, mode, padding, corners)
         for shape in ((2, 3, 4, 5), (2, 3, 2, 3, 4)) for mode in ("bilinear", "nearest", "bicubic")
         for padding in ("zeros", "border", "reflection") for corners in (False, True)
         if mode != "bicubic" or len(shape) == 4]  # fmt: skip


@pytest.mark.parametrize(("shape", "mode", "padding", "corners"), GRIDS)
def test_a_grid_sees_what_pytorchs_sees(shape, mode, padding, corners):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    dims = len(shape) - 2
    image, theta = rng.normal(size=shape), rng.normal(size=(2, dims, dims + 1))
    results = []
    for make, functional in ((tensor, F), (torch.tensor, torch.nn.functional)):
        x, maps = make(image, requires_grad=True), make(theta, requires_grad=True)
        grid = functional.affine_grid(maps, (2, 1, 3, 4, 2)[: dims + 2], align_corners=corners)
        out = functional.grid_sample(x, grid * 1.3, mode, padding, corners)
        (out**2).sum().backward()
        grads = [x.grad.numpy()] if mode == "nearest" else [x.grad.numpy(), maps.grad.numpy()]
        results.append([grid.detach().numpy(), out.detach().numpy(), *grads])
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, atol=1e-10)


@pytest.mark.parametrize("mode", ["bilinear", "nearest", "bicubic"])
def test_the_identity_shows_the_image_and_a_turned_axis_its_mirror(mode):
    image = randn(2, 3, 4, 5, dtype=autograd.float64)
    for corners in (False, True):
        for side, expected in ((1.0, image), (-1.0, image.flip(3))):
            maps = tensor([[[side, 0, 0], [0, 1, 0]]] * 2, dtype=autograd.float64)
            grid = F.affine_grid(maps, image.shape, align_corners=corners)
            out = F.grid_sample(image, grid, mode, "border", corners)
            np.testing.assert_allclose(out.numpy(), expected.numpy(), atol=1e-12)


def test_a_grid_warns_where_corners_are_left_open():
    with pytest.warns(UserWarning, match="Please specify align_corners=True"):
        F.affine_grid(ones(1, 2, 3), (1, 1, 2, 2))


# -- dropout --------------------------------------------------------------------------------------------------

CHANNELS = [("Dropout1d", (9, 40, 6)), ("Dropout2d", (9, 40, 3, 2)), ("Dropout3d", (9, 40, 2, 1, 3))]


@pytest.mark.parametrize(("name", "shape"), CHANNELS)
def test_whole_channels_are_dropped(name, shape):
    autograd.manual_seed(0)
    layer = getattr(nn, name)(0.25)
    out = layer(ones(*shape)).numpy().reshape(360, -1)
    assert (out == out[:, :1]).all() and set(np.unique(out)) == {np.float32(0), np.float32(1 / 0.75)}
    assert abs((out[:, 0] == 0).mean() - 0.25) < 0.1
    x = ones(*shape)
    assert layer.eval()(x).tolist() == x.tolist()


def test_alpha_dropout_keeps_mean_and_variance():
    autograd.manual_seed(0)
    x = randn(200_000)
    for out in (F.alpha_dropout(x, 0.3, True), F.feature_alpha_dropout(x.reshape(400, -1, 5), 0.3, True)):
        assert abs(out.mean().item()) < 0.02 and abs(out.var().item() - 1) < 0.03
    assert nn.AlphaDropout(0.5).eval()(x) is x
    assert not F.alpha_dropout(x, 1.0, True).any()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: nn.Dropout2d(1.5), ValueError, "dropout probability has to be between 0 and 1, but got 1.5"),
        (lambda: F.dropout1d(ones(2)), RuntimeError, "dropout1d: Expected 2D or 3D input, but received a 1D input"),
        (lambda: F.pixel_shuffle(ones(1, 3, 2, 2), 2), RuntimeError, "divisible by the square of upscale_factor"),
        (lambda: F.pixel_unshuffle(ones(1, 3, 2, 3), 2), RuntimeError, "width to be divisible by downscale_factor"),
        (lambda: F.channel_shuffle(ones(1, 3, 2, 3), 2), RuntimeError, "divisible by groups. Got 3 channels and 2"),
        (lambda: F.unfold(ones(2, 2), 1), RuntimeError, "Expected 3D or 4D"),
        (lambda: F.unfold(ones(1, 1, 2, 2), 3), RuntimeError, "its components must be at least one"),
        (lambda: F.fold(ones(1, 3, 2), 2, 2), RuntimeError, "divisible by the product of kernel_size"),
        (lambda: F.fold(ones(1, 4, 2), 2, 2), RuntimeError, "blocks 1 . 1 = 1, but got input.size.2.=2"),
        (lambda: nn.ZeroPad2d((1, 2)), ValueError, "ZeroPad2d: expected padding of 4 numbers, but got .1, 2."),
        (lambda: F.embedding_bag(tensor([0]), ones(1, 2)), ValueError, "offsets has to be a 1D Tensor but got None"),
        (lambda: F.embedding_bag(tensor([[0]]), ones(1, 2), tensor([0])), ValueError, "if input is 2D, then offsets"),
        (lambda: F.embedding_bag(tensor([[5]]), ones(1, 2)), IndexError, "5 is not a row of a weight of shape"),
        (lambda: F.grid_sample(ones(1, 1, 2, 2), ones(1, 2, 2, 2), "area"), ValueError, "but got: 'area'"),
        (lambda: F.grid_sample(ones(1, 1, 2, 2), ones(1, 2, 2, 3)), RuntimeError, "grid with sizes .1, 2, 2, 3."),
        (lambda: F.affine_grid(ones(1, 2, 2), (1, 1, 2, 2)), ValueError, "Expected a batch of 2D affine matrices"),
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
        (lambda: F.embedding(tensor([0]), ones(3)), RuntimeError, "'weight' must be 2-D"),
        (lambda: F.embedding([0], ones(3, 2)), TypeError, "embedding: the input must be Tensor, not list"),
        (lambda: F.dropout(tensor([1, 2])), RuntimeError, "result type Float can't be cast to autograd.int64"),
        (lambda: F.feature_alpha_dropout(ones(2), 0.5, True), RuntimeError, "at least 2 dimensions"),
        (lambda: F.pdist(ones(2)), RuntimeError, "pdist only supports 2D tensors, got: 1D"),
        (lambda: nn.TransformerEncoderLayer(4, 2, activation="tanh"), RuntimeError, "activation should be relu/gelu"),
        (lambda: nn.Transformer(4, 2, 1, 1, 4)(ones(2, 3, 4), ones(2, 2, 4)), RuntimeError, "batch number of src"),
    ],
)
def test_bad_input_is_named(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_dropout_of_channels_passes_any_input_where_nothing_is_drawn():
    x = ones(3)
    assert F.feature_alpha_dropout(x, training=False) is x and F.feature_alpha_dropout(x, 0.0, True) is x
    assert F.feature_alpha_dropout(x, 1.0, True).tolist() == [0, 0, 0]


def test_channel_dropout_warns_of_dims_that_it_is_not_made_for():
    with pytest.warns(UserWarning, match="dropout2d: Received a 2-D input"):
        F.dropout2d(ones(2, 2))
    with pytest.warns(UserWarning, match="assuming that channel-wise 1D dropout behavior is desired"):
        F.dropout2d(ones(2, 2, 2))


# -- where layers are made ------------------------------------------------------------------------------------

LAYERS = {
    nn.Linear: (2, 1), nn.Bilinear: (2, 2, 1), nn.Conv1d: (1, 1, 1), nn.Conv2d: (1, 1, 1), nn.Conv3d: (1, 1, 1),
    nn.ConvTranspose1d: (1, 1, 1), nn.ConvTranspose2d: (1, 1, 1), nn.ConvTranspose3d: (1, 1, 1), nn.PReLU: (),
    nn.BatchNorm1d: (2,), nn.BatchNorm2d: (2,), nn.BatchNorm3d: (2,), nn.LayerNorm: (2,), nn.RMSNorm: (2,),
    nn.GroupNorm: (1, 2), nn.Embedding: (2, 2), nn.EmbeddingBag: (2, 2), nn.MultiheadAttention: (2, 1),
    nn.RNN: (2, 2), nn.GRU: (2, 2), nn.LSTM: (2, 2), nn.RNNCell: (2, 2), nn.GRUCell: (2, 2), nn.LSTMCell: (2, 2),
    nn.TransformerEncoderLayer: (2, 1, 2), nn.TransformerDecoderLayer: (2, 1, 2), nn.Transformer: (2, 1, 1, 1, 2),
}  # fmt: skip


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_takes_the_cpu_and_a_type_and_refuses_other_devices(kind):
    layer = kind(*LAYERS[kind], device="cpu", dtype=autograd.float64)
    assert {p.dtype for p in layer.parameters()} == {autograd.float64}
    assert kind(*LAYERS[kind], device=autograd.device("cpu")).to("cpu", autograd.float64) is not None
    with pytest.raises(RuntimeError, match="device 'cuda:0' is not there"):
        kind(*LAYERS[kind], device="cuda:0")
    with pytest.raises(RuntimeError, match="device 'cuda' is not there"):
        layer.to("cuda")
