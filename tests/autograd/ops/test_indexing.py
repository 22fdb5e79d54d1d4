"""Indexing, gathering and scattering, with NumPy as the oracle."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import tensor
from autograd.ops.shape.indexing import put_at, take_at
from autograd.testing.domains.shape import key_for
from autograd.testing.strategies import arrays, draws, shapes


@st.composite
def keyed(draw):
    source = draw(draws())
    shape = source.shape()
    return source.layout(source.rng.normal(size=shape)), key_for(source, shape), source.rng


def as_tensors(key):
    """The key with tensors in place of arrays."""
    if isinstance(key, tuple):
        return tuple(as_tensors(part) for part in key)
    return tensor(key) if isinstance(key, np.ndarray) else key


@given(keyed())
def test_indexing_agrees_with_numpy(case):
    x, key, _ = case
    expected = np.asarray(x)[key]
    for k in (key, as_tensors(key)):
        out = tensor(x)[k]
        assert out.shape == expected.shape
        np.testing.assert_array_equal(out.numpy(), expected)


@given(keyed())
def test_put_at_is_the_transpose_of_take_at(case):
    x, key, rng = case
    x = np.asarray(x)
    g = rng.normal(size=np.shape(x[key]))
    assert np.vdot(take_at(x, key), g) == pytest.approx(np.vdot(x, put_at(g, x.shape, key)), rel=1e-12, abs=1e-12)


@given(keyed())
def test_the_gradient_of_indexing_counts_how_often_each_element_was_taken(case):
    x, key, _ = case
    t = torch.tensor(x, requires_grad=True)
    t[key].sum().backward()
    expected = np.zeros(np.shape(x))
    np.add.at(expected, key, 1)
    np.testing.assert_array_equal(t.grad.numpy(), expected)


@given(st.integers(0, 2**16), st.integers(-80, 0))
def test_a_few_elements_of_a_large_matrix_are_put_back_where_they_were_taken(seed, lowest):
    rng = np.random.default_rng(seed)
    key, expected = (rng.integers(lowest, 80, (4, 1)), rng.integers(lowest, 90, 5)), np.zeros((80, 90))
    np.add.at(expected, key, g := rng.normal(size=(4, 5)))
    np.testing.assert_array_equal(put_at(g, expected.shape, key), expected)


def test_integers_slices_none_and_ellipsis_give_views_and_arrays_give_copies():
    x = torch.zeros(3, 4)
    for key in (0, (slice(None), 1), (..., None), slice(None, None, 2)):
        assert np.shares_memory(x[key].numpy(), x.numpy())
    for key in ([0, 1], tensor([0]), x == 0):
        assert not np.shares_memory(x[key].numpy(), x.numpy())


def test_tensors_support_iteration_unpacking_and_membership():
    a, b = tensor([[1, 2], [3, 4]])
    assert a.tolist() == [1, 2] and b.tolist() == [3, 4]
    assert 3 in b and 7 not in b


dims = st.integers(-2, 1)


@given(arrays((3, 4)), dims, st.integers(0, 2**16))
def test_gather_and_take_along_dim_agree_with_numpy(x, dim, seed):
    rng = np.random.default_rng(seed)
    shape = [3, 4]
    shape[dim] = 2
    index = rng.integers(0, x.shape[dim], shape)
    expected = np.take_along_axis(x, index, dim)
    np.testing.assert_array_equal(torch.gather(tensor(x), dim, tensor(index)).numpy(), expected)
    np.testing.assert_array_equal(torch.take_along_dim(tensor(x), tensor(index), dim).numpy(), expected)


@given(arrays((3, 4)), arrays((3, 4)), dims, st.integers(0, 2**16))
def test_scatter_add_is_the_transpose_of_gather(x, g, dim, seed):
    index = tensor(np.random.default_rng(seed).integers(0, x.shape[dim], (3, 4)))
    taken = torch.gather(tensor(x), dim, index).numpy()
    put_back = torch.scatter_add(torch.zeros(3, 4, dtype=torch.float64), dim, index, tensor(g)).numpy()
    assert np.vdot(taken, g) == pytest.approx(np.vdot(x, put_back), rel=1e-12, abs=1e-12)


@given(arrays((3, 4)), dims, st.lists(st.integers(0, 2), max_size=4))
def test_index_select_agrees_with_numpy(x, dim, index):
    out = torch.index_select(tensor(x), dim, tensor(index, dtype=torch.int64))
    np.testing.assert_array_equal(out.numpy(), np.take(x, np.array(index, int), dim))


@given(arrays(shapes(min_dims=1)))
def test_masked_select_and_where_agree_with_numpy(x):
    t = tensor(x)
    np.testing.assert_array_equal(torch.masked_select(t, t > 0).numpy(), x[x > 0])
    np.testing.assert_array_equal(torch.where(t > 0, t, -1.0).numpy(), np.where(x > 0, x, -1))
    np.testing.assert_array_equal(t.masked_fill(t > 0, 5).numpy(), np.where(x > 0, 5, x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.complex128])
@given(draw=draws())
def test_where_and_its_gradient_agree_with_numpy_on_large_arrays(dtype, draw):
    x, y = (draw.layout(draw.rng.normal(size=(40, 50)).astype(dtype)) for _ in range(2))
    mask, row = draw.rng.random((40, 50)) < 0.5, y[0]
    for other in (y, row, y[1:2], 3):
        np.testing.assert_array_equal(torch.where(tensor(mask), tensor(x), other).numpy(), np.where(mask, x, other))
    if dtype is not np.int64:
        a, b = torch.from_numpy(x).requires_grad_(), torch.from_numpy(row).requires_grad_()
        torch.where(tensor(mask), a, b).backward(tensor(y))
        np.testing.assert_array_equal(a.grad.numpy(), np.where(mask, y, 0))
        np.testing.assert_allclose(b.grad.numpy(), np.where(mask, 0, y).sum(0), rtol=1e-4, atol=1e-4)


@given(arrays((3, 2)), st.integers(0, 3), st.sampled_from([None, 0, 1]))
def test_repeat_interleave_agrees_with_numpy(x, times, dim):
    np.testing.assert_array_equal(torch.repeat_interleave(tensor(x), times, dim).numpy(), np.repeat(x, times, dim))


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (5, r"5.*shape is \(2, 3\)"),
        ((0, -4), r"-4.*shape is \(2, 3\)"),
        ((0, 0, 0), r"too many indices.*shape is \(2, 3\)"),
        (np.array([True, False, True]), r"shape is \(2, 3\)"),
        ([0, 9], r"9.*shape is \(2, 3\)"),
        (tensor([0.5]), "long, int, byte or bool"),
    ],
)
def test_an_invalid_index_raises_an_index_error_that_names_index_and_shape(key, message):
    with pytest.raises(IndexError, match=message):
        torch.zeros(2, 3)[key]


def test_a_string_as_index_raises_a_type_error():
    with pytest.raises(TypeError, match="got str"):
        torch.zeros(2)["a"]


MIXED = [
    ((0, slice(None), [0, 1]), (3, 2, 3)),
    ((slice(None), [0, 1], slice(None), 2), (2, 2, 2)),
    ((slice(None), [0, 1], slice(None), tensor(2)), (2, 2, 2)),
    ((0, ..., [1, 2]), (3, 2, 2)),
    ((0, None, [0, 1]), (1, 2, 2, 3)),
    (([0, 1], 0, slice(None), [1, 2]), (2, 2)),
    (([0, 1], slice(None), 0, [1, 2]), (2, 3)),
    ((0, slice(1, None), np.array([[True, False, True], [False, True, True]])), (2, 4)),
    ((0, ..., True), (3, 2, 3, 1)),
]


@pytest.mark.parametrize(("key", "shape"), MIXED, ids=str)
def test_an_integer_beside_indices_does_not_move_their_dims(key, shape):
    # In NumPy it is an index itself: x[0, :, [0, 1]] has the dim of the list first. PyTorch takes the integers first.
    values = np.arange(36.0).reshape(2, 3, 2, 3)
    x = tensor(values, requires_grad=True)
    taken = x[key]
    assert tuple(taken.shape) == shape
    y = torch.zeros(2, 3, 2, 3, dtype=torch.float64)
    y[key] = taken * 2
    expected = np.where(np.isin(values, taken.tolist()), 2 * values, 0)
    np.testing.assert_array_equal(y.tolist(), expected)
    (y * tensor(values)).sum().backward()
    np.testing.assert_array_equal(x.grad.tolist(), expected)
