"""Convolution: its definition written as loops, its transposes, its borders, and what it refuses."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, example, given, strategies as st

import autograd
from autograd import ones, tensor, zeros
from autograd.ops.window import columns
from autograd.ops.window.geometry import Geometry
from autograd.testing import check_vjp
from nn.functional.conv import conv1d, conv2d, conv_transpose1d, conv_transpose2d
from tests.tools.answers import assert_alike, condensed
from tests.tools.shares import share


def by_loops(x, weight, bias, stride, padding, dilation, groups):
    """The definition: out[n, o, p] = bias[o] + Σ weight[o, c, k] · x[n, group's c, p·stride - padding + k·dilation]."""
    dims = x.ndim - 2
    size, kernel = x.shape[2:], weight.shape[2:]
    count = [(size[i] + 2 * padding - dilation * (kernel[i] - 1) - 1) // stride + 1 for i in range(dims)]
    out = np.zeros((len(x), len(weight), *count))
    per_group = len(weight) // groups
    for n, o in np.ndindex(len(x), len(weight)):
        for p in np.ndindex(*count):
            total = 0.0 if bias is None else bias[o]
            for c, *k in np.ndindex(*weight.shape[1:]):
                at = [p[i] * stride - padding + k[i] * dilation for i in range(dims)]
                if all(0 <= a < m for a, m in zip(at, size)):
                    total += weight[(o, c, *k)] * x[(n, o // per_group * weight.shape[1] + c, *at)]
            out[(n, o, *p)] = total
    return out


@st.composite
def cases(draw):
    """Arguments that fit together."""
    dims, groups = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    stride, dilation, padding = draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.integers(0, 2))
    kernel = [draw(st.integers(1, 3)) for _ in range(dims)]
    size = [max(1, dilation * (k - 1) + 1 - 2 * padding) + draw(st.integers(0, 2)) for k in kernel]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    channels, outs = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    x = rng.normal(size=(draw(st.integers(0, 2)), channels * groups, *size))
    weight = rng.normal(size=(outs * groups, channels, *kernel))
    bias = rng.normal(size=len(weight)) if draw(st.booleans()) else None
    return x, weight, bias, stride, padding, dilation, groups


def tensors(*arrays):
    return [None if a is None else tensor(a) for a in arrays]


@given(cases())
def test_it_is_the_sum_of_products_over_every_window(case):
    x, weight, bias, *options = case
    function = conv1d if x.ndim == 3 else conv2d
    out = function(*tensors(x, weight, bias), *options)
    np.testing.assert_allclose(out.numpy(), by_loops(*case), atol=1e-12)


@given(cases())
def test_the_transpose_moves_to_the_other_side_of_the_inner_product(case):
    x, weight, _, stride, padding, dilation, groups = case
    forward, back = (conv1d, conv_transpose1d) if x.ndim == 3 else (conv2d, conv_transpose2d)
    out = forward(*tensors(x, weight), None, stride, padding, dilation, groups).numpy()
    y = np.random.default_rng(0).normal(size=out.shape)
    reach = [(n - 1) * stride - 2 * padding + dilation * (k - 1) + 1 for n, k in zip(out.shape[2:], weight.shape[2:])]
    more = [n - r for n, r in zip(x.shape[2:], reach)]
    if any(m >= max(stride, dilation) for m in more) or any(r < 1 for r in reach):
        return
    back_out = back(*tensors(y, weight), None, stride, padding, more, groups, dilation).numpy()
    assert back_out.shape == x.shape
    np.testing.assert_allclose(np.sum(out * y), np.sum(x * back_out), atol=1e-10)


@share(1 / 2)
@given(cases())
def test_gradients_of_first_and_second_order_agree_with_the_complex_step(case):
    x, weight, bias, *options = case
    function = conv1d if x.ndim == 3 else conv2d
    inputs = (x, weight) if bias is None else (x, weight, bias)

    def call(x, weight, bias=None):
        taped = [v if hasattr(v, "node") or v is None else tensor(np.asarray(v)) for v in (x, weight, bias)]
        return function(*taped, *options)

    check_vjp(call, inputs, np.random.default_rng(1), "complex step", order=2)


def test_a_sum_of_halves_is_rounded_once():
    rng = np.random.default_rng(0)
    x, weight = (rng.integers(-40, 41, shape).astype(np.float16) for shape in [(2, 8, 5, 5), (4, 8, 3, 3)])
    exact = conv2d(*tensors(x.astype(float), weight.astype(float))).numpy()
    np.testing.assert_array_equal(conv2d(*tensors(x, weight)).numpy(), exact.astype(np.float16))


def test_blocks_of_a_large_batch_join_without_a_seam():
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(300, 2, 12, 12)), rng.normal(size=(3, 2, 5, 5))
    whole = conv2d(*tensors(x, weight), padding=2).numpy()
    for start in (0, 41, 299):
        np.testing.assert_allclose(whole[start : start + 1], conv2d(*tensors(x[start : start + 1], weight), padding=2))


@pytest.mark.parametrize(
    ("block", "images", "product"), [(1, 1, 2), (200, 2, 2000), (5000, 2, 30_000), (5000, 1, 9000)]
)
def test_where_pieces_blocks_and_products_end_changes_nothing(monkeypatch, block, images, product):
    rng = np.random.default_rng(0)
    x, kernels = rng.integers(-3, 4, (5, 2, 7, 6)).astype(float), rng.integers(-3, 4, (4, 1, 3, 2)).astype(float)
    cut = {"LARGE": 1, "_BLOCK": block, "_MOST_IMAGES": images, "_FEWEST_IMAGES": 1, "_SMALL_PRODUCT": product}
    for outs, stride, padding, dilation in [(4, 1, 0, 1), (4, 1, 2, 1), (4, 2, 1, 1), (4, 2, 2, 2), (2, 1, 1, 2)]:
        whole = results(x, kernels[:outs], stride, padding, dilation, 2)
        with monkeypatch.context() as patched:
            for name, value in cut.items():
                patched.setattr(columns, name, value)
            parts = results(x, kernels[:outs], stride, padding, dilation, 2)
        for one, other in zip(parts, whole):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("width", "kernel", "stretches"), [(900, 3000, 3), (1001, 3000, 4), (999, 4000, 1), (0, 9, 1)])
def test_small_products_are_cut_into_stretches_that_cover_the_columns(width, kernel, stretches):
    matrix, columns_ = np.ones((2, 1, kernel)), np.arange(2.0 * width).reshape(2, 1, width)
    cut = columns._stretches(columns_, kernel)
    assert len(cut[0]) == stretches and all(np.shares_memory(part, columns_) for part in cut if width)
    joined = [part.transpose(1, 2, 0, 3).reshape(2, 1, -1) if width else part[0] for part in cut]
    np.testing.assert_array_equal(np.concatenate(joined, 2), columns_)
    product = columns._product(matrix, np.broadcast_to(columns_, (2, kernel, width)))
    np.testing.assert_array_equal(product, kernel * columns_)


def results(x, weight, *options):
    """The convolution and its two gradients."""
    x, weight = tensor(x, requires_grad=True), tensor(weight, requires_grad=True)
    out = conv2d(x, weight, None, *options)
    out.backward(tensor(np.arange(out.numel()).reshape(out.shape) % 7.0))
    return out.detach().numpy(), x.grad.numpy(), weight.grad.numpy()


@st.composite
def geometries(draw):
    """Of two dims that differ, with everything that may lie between an input's elements and the windows."""
    pairs = [
        st.tuples(st.integers(low, high), st.integers(low, high)) for low, high in [(1, 7), (1, 3), (1, 4), (1, 4)]
    ]
    size, kernel, stride, dilation = map(draw, pairs)
    padding = draw(st.tuples(*[st.tuples(st.integers(0, 4), st.integers(0, 4))] * 2))
    room = [n + sum(p) - d * (k - 1) - 1 for n, p, d, k in zip(size, padding, dilation, kernel)]
    assume(min(room) >= 0)
    return Geometry(size, kernel, tuple(r // s + 1 for r, s in zip(room, stride)), stride, padding, dilation, 2)


@share(1 / 2)
@given(geometries(), st.integers(0, 99))
@example(Geometry((5, 5), (3, 3), (1, 1), (2, 2), ((11, 0), (0, 11)), (7, 7), 2), 0)  # elements that no window sees
def test_the_ways_back_to_the_input_are_the_transpose_of_the_convolution(how, seed):
    rng = np.random.default_rng(seed)
    shapes = (2, 4, *how.size), (4, 2, *how.kernel), (2, 4, *how.out)
    x, weight, y = (rng.integers(-3, 4, shape).astype(float) for shape in shapes)
    inner = np.sum(columns.convolved(x, weight, None, how) * y)
    assert inner == np.sum(columns.convolved_weight(x, y, how) * weight)
    for way in (columns.convolved_input, columns._by_flipped_kernel, columns._by_scattering):
        assert inner == np.sum(way(y, weight, how) * x)


def test_same_keeps_the_size_and_valid_adds_nothing():
    x, weight = ones(1, 1, 5), ones(1, 1, 4)
    assert conv1d(x, weight, padding="same").tolist() == [[[3.0, 4.0, 4.0, 3.0, 2.0]]]
    assert conv1d(x, weight, padding="valid").tolist() == [[[4.0, 4.0]]]


def test_one_image_without_a_batch_dim_is_taken():
    assert conv2d(ones(2, 3, 3), ones(4, 2, 2, 2)).shape == (4, 2, 2)
    assert conv_transpose2d(ones(2, 3, 3), ones(2, 4, 2, 2), ones(4)).shape == (4, 4, 4)


def test_an_empty_batch_gives_an_empty_batch():
    weight = ones(4, 2, 2, 2, requires_grad=True)
    out = conv2d(zeros(0, 2, 3, 3), weight)
    assert out.shape == (0, 4, 2, 2)
    out.sum().backward()
    assert weight.grad.abs().sum().item() == 0


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize(("n", "channels", "outs"), [*itertools.product((0, 2), repeat=3)][:-1])
def test_nothing_convolved_is_zeros(n, channels, outs, kernel):
    size = 6 - kernel
    geometry = Geometry((5, 5), (kernel,) * 2, (size,) * 2, (1, 1), ((0, 0),) * 2, (1, 1), 1)
    x, weight, y = (
        np.ones((n, channels, 5, 5)),
        np.ones((outs, channels, kernel, kernel)),
        np.ones((n, outs, size, size)),
    )
    np.testing.assert_array_equal(columns.convolved(x, weight, np.ones(outs), geometry), y)
    np.testing.assert_array_equal(columns.convolved_weight(x, y, geometry), weight * 0, strict=True)
    for way in (columns.convolved_input, columns._by_flipped_kernel, columns._by_scattering):
        np.testing.assert_array_equal(way(y, weight, geometry), x * 0, strict=True)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: conv2d(ones(2, 3, 8, 8), ones(6, 1, 5, 5)), RuntimeError,
         r"Given groups=1, weight of size \[6, 1, 5, 5\], expected input\[2, 3, 8, 8\] to have 1 channels, but got 3"),
        (lambda: conv2d(ones(8, 8), ones(6, 1, 5, 5)), RuntimeError, "Expected 3D .unbatched. or 4D .batched. input"),
        (lambda: conv2d(ones(1, 1, 2, 2), ones(1, 1, 5, 5)), RuntimeError,
         r"Calculated padded input size per channel: \(2 x 2\). Kernel size: \(5 x 5\). Kernel size can't be greater"),
        (lambda: conv1d(ones(1, 1, 5), ones(1, 1, 2).double()), RuntimeError, "should be the same"),
        (lambda: conv1d(ones(1, 1, 5), ones(1, 1, 2), ones(2)), RuntimeError, "expected bias to be 1-dimensional"),
        (lambda: conv1d(ones(1, 1, 5), ones(1, 1, 2), stride=0), RuntimeError, "non-positive stride"),
        (lambda: conv1d(ones(1, 1, 5), ones(1, 1, 2), padding=-1), RuntimeError, "negative padding"),
        (lambda: conv1d(ones(1, 1, 5), ones(1, 1, 2), stride=2, padding="same"), RuntimeError, "not supported for str"),
        (lambda: conv1d(ones(1, 1, 5), ones(1, 1, 2), padding="full"), RuntimeError, "Invalid padding string"),
        (lambda: conv2d(ones(1, 1, 5, 5), ones(1, 1, 2, 2), stride=(1, 1, 1)), RuntimeError, "a list of 2 values"),
        (lambda: conv1d(ones(1, 2, 5), ones(3, 1, 2), groups=2), RuntimeError, "divisible by 2 at dimension 0"),
        (lambda: conv1d(ones(1, 2, 5), ones(2, 2, 2), groups=0), RuntimeError, "non-positive groups"),
        (lambda: conv1d(ones(1, 2, 5), ones(0, 2, 3)), RuntimeError, "at least 1 at dimension 0, but got"),
        (lambda: conv2d(ones(1, 2, 5, 5), ones(3, 2, 3, 0)), RuntimeError, "to be at least 1 at dimension 3"),
        (lambda: conv_transpose1d(ones(1, 3, 5), ones(3, 2, 0)), RuntimeError, "to be at least 1 at dimension 2"),
        (lambda: conv1d(ones(1, 2, 5), [1.0]), TypeError, "argument 'weight' must be Tensor, not list"),
        (lambda: conv_transpose1d(ones(1, 2, 5), ones(3, 1, 2)), RuntimeError, "to have 3 channels, but got 2"),
        (lambda: conv_transpose1d(ones(1, 1, 5), ones(1, 1, 2), output_padding=1), RuntimeError, "must be smaller"),
        (lambda: conv_transpose1d(ones(1, 1, 1), ones(1, 1, 1), padding=1), RuntimeError, "Output size is too small"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_sizes(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize("dims", [1, 2])
def test_it_agrees_with_pytorch(dims, answers):
    def convolved(library, stride, padding, dilation, groups):
        random = np.random.default_rng(0)
        shapes = (2, 4, 7, 6)[: dims + 2], (6, 4 // groups, 3, 2)[: dims + 2], (6,)
        given = [library.tensor(random.normal(size=shape), requires_grad=True) for shape in shapes]
        out = getattr(library.nn.functional, f"conv{dims}d")(*given, stride, padding, dilation, groups)
        out.backward(library.tensor(random.normal(size=tuple(out.shape))))
        return condensed([out, *[x.grad for x in given]])

    for options in itertools.product((1, 2), (0, 1), (1, 2), (1, 2)):
        assert_alike(convolved(autograd, *options), answers("torch", convolved, *options), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("count", "channels", "kernel", "sizes"),
    [
        (40, 1, 1, [40]),  # little work: all at once
        (64, 2**12, 1, [32, 32]),
        (70, 2**12, 1, [24, 24, 22]),
        (8, 2**14, 1, [4, 4]),  # two pieces, for two threads
        (8, 2**14, 4000, [8]),  # BLAS uses the threads
        (20, 2**14, 1, [7, 7, 6]),  # as many as fit into a block
        (7, 2**15, 1, [1] * 7),  # too few for two pieces
        (3, 2**18, 1, [1, 1, 1]),  # too large for a block
        (0, 1, 1, [0]),
    ],
)
def test_small_images_are_processed_together_and_large_ones_one_by_one(count, channels, kernel, sizes):
    geometry = Geometry((4,), (2,), (2,), (2,), ((0, 0),), (1,), 1)  # four elements a channel
    pieces = columns._pieces(np.empty((count, channels, 4), np.float32), 1, geometry, kernel)
    assert [piece.stop - piece.start for piece in pieces] == sizes
    assert [piece.start for piece in pieces] == [sum(sizes[:i]) for i in range(len(sizes))]


@pytest.mark.parametrize(("width", "stride", "size"), [(41, 1, 8), (41, 2, 1), (33, 2, 8), (33, 1, 8)])
def test_few_wide_images_are_processed_one_by_one_if_there_is_a_stride(width, stride, size):
    out = (width - 3) // stride + 1  # 20 windows or 16 with a stride
    geometry = Geometry((100, width), (3, 3), (98 // stride, out), (stride, stride), ((0, 0),) * 2, (1, 1), 1)
    pieces = columns._pieces(np.empty((16, 15, 100, width), np.float32), 8, geometry, 4000)
    assert pieces[0] == slice(0, size)


@given(st.sampled_from([(32, 16, 8, 8), (16, 32, 128), (15, 512), (16, 16, 33), (20, 1024)]), st.booleans(), st.data())
def test_what_is_staggered_has_the_same_elements_apart(shape, single, data):
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32 if single else np.float64)
    axis = data.draw(st.integers(0, len(shape) - 2))
    found = columns._staggered(x, axis)
    np.testing.assert_array_equal(found, x)
    assert found is x if shape[axis] < 16 else found.strides[axis] % 2048


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "tiles"),
    [
        ((6, 4), (3, 2), (3, 2), (0, 0), True),
        ((6, 4), (1, 1), (1, 1), (0, 0), True),
        ((7, 4), (3, 2), (3, 2), (0, 0), False),
        ((6, 4), (3, 2), (3, 1), (0, 0), False),
        ((6, 4), (3, 2), (3, 2), (0, 2), False),
    ],
)
def test_windows_that_cover_the_input_without_overlapping_are_tiles(size, kernel, stride, padding, tiles):
    out = tuple((n + 2 * p - k) // s + 1 for n, p, k, s in zip(size, padding, kernel, stride))
    geometry = Geometry(size, kernel, out, stride, tuple((p, p) for p in padding), (1, 1), 1)
    assert columns._are_tiles(geometry) == tiles
