"""Reshaping, reordering, joining, splitting and padding, with NumPy as the oracle."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import tensor
from autograd.testing.strategies import arrays, draws, shapes


def assert_equal(ours, expected):
    assert ours.shape == np.shape(expected)
    np.testing.assert_array_equal(ours.detach().numpy(), expected)


@st.composite
def arrays_and_draws(draw, **limits):
    source = draw(draws())
    return source.uniform(source.shape(**limits)), source


@given(arrays_and_draws())
def test_reshape_view_flatten_and_ravel_keep_the_order_of_elements(case):
    x, draw = case
    t = tensor(x)
    shape = draw.choice([(-1,), (x.size,), (1, *x.shape), x.shape[::-1]])
    if x.size or -1 not in shape:
        assert_equal(t.reshape(shape), np.reshape(x, shape))
        assert_equal(t.contiguous().view(shape), np.reshape(x, shape))
    assert_equal(t.flatten(), np.ravel(x))
    assert_equal(t.ravel(), np.ravel(x))


@given(arrays_and_draws())
def test_permute_transpose_and_movedim_move_dims_as_numpy(case):
    x, draw = case
    x = np.asarray(x)
    order = tuple(int(i) for i in draw.rng.permutation(x.ndim))
    assert_equal(tensor(x).permute(order), np.transpose(x, order))
    assert_equal(tensor(x).permute([i - x.ndim for i in order]), np.transpose(x, order))
    assert_equal(tensor(x).permute(tuple(reversed(range(x.ndim)))), x.T)
    if x.ndim:
        i, j = draw.integer(-x.ndim, x.ndim - 1), draw.integer(-x.ndim, x.ndim - 1)
        assert_equal(tensor(x).transpose(i, j), np.swapaxes(x, i, j))
        assert_equal(tensor(x).movedim(i, j), np.moveaxis(x, i, j))


@given(arrays_and_draws())
def test_squeeze_undoes_unsqueeze(case):
    x, draw = case
    dim = draw.integer(-np.ndim(x) - 1, np.ndim(x))
    t = tensor(x)
    assert_equal(t.unsqueeze(dim), np.expand_dims(x, dim))
    assert_equal(t.unsqueeze(dim).squeeze(dim), x)
    assert_equal(t.squeeze(), np.squeeze(x))


@given(arrays_and_draws(), st.lists(st.integers(0, 3), max_size=2))
def test_expand_and_repeat_agree_with_broadcast_to_and_tile(case, leading):
    x, draw = case
    wide = (*leading, *(draw.integer(0, 3) if n == 1 else n for n in np.shape(x)))
    assert_equal(tensor(x).expand(wide), np.broadcast_to(x, wide))
    assert_equal(torch.broadcast_to(tensor(x), wide), np.broadcast_to(x, wide))
    counts = tuple(draw.integer(0, 2) for _ in wide)
    assert_equal(tensor(x).repeat(counts), np.tile(x, counts))
    assert_equal(torch.tile(tensor(x), counts[len(leading) :]), np.tile(x, counts[len(leading) :]))


@given(arrays_and_draws(min_dims=1), st.integers(-5, 5))
def test_flip_and_roll_agree_with_numpy(case, by):
    x, draw = case
    dim = draw.integer(-x.ndim, x.ndim - 1)
    assert_equal(torch.flip(tensor(x), (dim,)), np.flip(x, dim))
    assert_equal(torch.roll(tensor(x), by, dim), np.roll(x, by, dim))
    assert_equal(torch.roll(tensor(x), by), np.roll(x, by))


@given(arrays_and_draws(min_dims=2), st.integers(-3, 3))
def test_diagonals_and_triangles_agree_with_numpy(case, offset):
    x, _ = case
    assert_equal(torch.tril(tensor(x), offset), np.tril(x, offset))
    assert_equal(torch.triu(tensor(x), offset), np.triu(x, offset))
    assert_equal(torch.diagonal(tensor(x), offset), np.diagonal(x, offset))
    if x.ndim == 2 and x.size:
        assert_equal(torch.diag(tensor(x[0]), offset), np.diag(x[0], offset))


@given(arrays_and_draws(min_dims=2), st.integers(-4, 5))
def test_rot90_agrees_with_numpy(case, turns):
    x, _ = case
    assert_equal(torch.rot90(tensor(x), turns), np.rot90(x, turns))


@given(arrays_and_draws(min_dims=1))
def test_cat_is_the_inverse_of_split_chunk_and_unbind(case):
    x, draw = case
    dim = draw.integer(-x.ndim, x.ndim - 1)
    t = tensor(x)
    step = draw.integer(1, 4)
    assert_equal(torch.cat(torch.split(t, step, dim), dim), x)
    assert_equal(torch.cat(torch.chunk(t, step, dim), dim), x if x.shape[dim] else np.concatenate([x] * step, dim))
    for ours, expected in zip(torch.tensor_split(t, step, dim), np.array_split(x, step, dim), strict=True):
        assert_equal(ours, expected)
    if x.shape[dim]:
        assert_equal(torch.stack(torch.unbind(t, dim), dim), x)


@given(arrays(shapes(min_dims=1)), st.integers(1, 3))
def test_stack_cat_hstack_and_vstack_agree_with_numpy(x, count):
    ts, xs = [tensor(x + i) for i in range(count)], [x + i for i in range(count)]
    for dim in range(-x.ndim - 1, x.ndim + 1):
        assert_equal(torch.stack(ts, dim), np.stack(xs, dim))
    for dim in range(-x.ndim, x.ndim):
        assert_equal(torch.cat(ts, dim), np.concatenate(xs, dim))
    assert_equal(torch.hstack(ts), np.hstack(xs))
    assert_equal(torch.vstack(ts), np.vstack(xs))


@given(arrays(shapes(min_dims=1, min_side=1)), st.data())
@pytest.mark.parametrize("mode", ["constant", "reflect", "replicate", "circular"])
def test_pad_agrees_with_numpy(mode, x, data):
    limit = {"constant": lambda n: 3, "reflect": lambda n: n - 1, "replicate": lambda n: 3, "circular": lambda n: n}[
        mode
    ]
    widths = [tuple(data.draw(st.integers(0, limit(n))) for _ in range(2)) for n in x.shape]
    flat = [w for pair in reversed(widths) for w in pair]
    numpy_mode = {"replicate": "edge", "circular": "wrap"}.get(mode, mode)
    extra = {"constant_values": 1.5} if mode == "constant" else {}
    assert_equal(
        torch.pad(tensor(x), flat, mode, 1.5 if mode == "constant" else None), np.pad(x, widths, numpy_mode, **extra)
    )


def test_negative_padding_removes_elements():
    assert torch.pad(tensor([1, 2, 3, 4]), (-1, 1)).tolist() == [2, 3, 4, 0]


@given(arrays(shapes(min_dims=1)))
def test_shape_changes_that_need_no_copy_share_memory(x):
    t = tensor(np.ascontiguousarray(x))
    for out in (
        t.reshape(-1) if x.size else t,
        t.unsqueeze(0),
        t.permute(tuple(reversed(range(x.ndim)))),
        t[None],
        t.detach(),
    ):
        assert x.size == 0 or np.shares_memory(out.numpy(), t.numpy())


@given(arrays(shapes(min_dims=2, min_side=2)))
def test_view_refuses_what_needs_a_copy_and_reshape_copies(x):
    t = tensor(np.ascontiguousarray(x)).transpose(0, 1)
    with pytest.raises(RuntimeError, match=r"Use \.reshape"):
        t.view(-1)
    assert t.reshape(-1).shape == (x.size,)


@given(draws())
def test_broadcast_shapes_agrees_with_numpy(draw):
    a, b = draw.pair_of_shapes()
    assert torch.broadcast_shapes(a, b) == np.broadcast_shapes(a, b)
    x, y = torch.broadcast_tensors(torch.zeros(a), torch.zeros(b))
    assert x.shape == y.shape == np.broadcast_shapes(a, b)
