"""Reductions, running sums and products, and order, with NumPy as the oracle."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import tensor
from autograd.testing.strategies import arrays, draws, shapes


@st.composite
def reductions(draw, min_side=0):
    """An array, dims to reduce (possibly negative), and whether they are kept."""
    source = draw(draws())
    x = np.asarray(source.uniform(source.shape(min_side=min_side)))
    chosen = [axis - x.ndim * source.integer(0, 1) for axis in range(x.ndim) if source.integer(0, 1)]
    dims = source.choice([None, tuple(chosen), chosen[0] if chosen else None])
    return x, dims if dims != () else None, bool(source.integer(0, 1))


def close(ours, expected):
    assert ours.shape == np.shape(expected)
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-12, atol=1e-12)


@given(reductions())
def test_sum_mean_and_prod_agree_with_numpy(case):
    x, dims, keep = case
    close(torch.sum(tensor(x), dims, keep), np.sum(x, dims, keepdims=keep))
    if x.size:
        close(torch.mean(tensor(x), dims, keep), np.mean(x, dims, keepdims=keep))
    if isinstance(dims, int):
        close(torch.prod(tensor(x), dims, keep), np.prod(x, dims, keepdims=keep))
    close(torch.prod(tensor(x)), np.prod(x))


@given(reductions(min_side=2), st.sampled_from([0, 1]))
def test_var_and_std_agree_with_numpy(case, correction):
    x, dims, keep = case
    if not x.ndim:
        return
    close(
        torch.var(tensor(x), dims, correction=correction, keepdim=keep), np.var(x, dims, ddof=correction, keepdims=keep)
    )
    close(
        torch.std(tensor(x), dims, correction=correction, keepdim=keep), np.std(x, dims, ddof=correction, keepdims=keep)
    )
    close(torch.var(tensor(x), unbiased=bool(correction)), np.var(x, ddof=correction))


@given(reductions(min_side=1))
def test_extremes_agree_with_numpy(case):
    x, dims, keep = case
    t = tensor(x)
    close(torch.amax(t, dims if dims is not None else (), keep), np.max(x, dims, keepdims=keep))
    close(torch.amin(t, dims if dims is not None else (), keep), np.min(x, dims, keepdims=keep))
    close(torch.max(t), np.max(x))
    if isinstance(dims, int):
        values, indices = torch.max(t, dims, keepdim=keep)
        close(values, np.max(x, dims, keepdims=keep))
        np.testing.assert_array_equal(indices.numpy(), np.argmax(x, dims, keepdims=keep))
        np.testing.assert_array_equal(torch.argmin(t, dims, keep).numpy(), np.argmin(x, dims, keepdims=keep))


@given(reductions(min_side=1))
def test_logsumexp_is_the_logarithm_of_the_sum_of_exponentials(case):
    x, dims, keep = case
    dims = tuple(range(x.ndim)) if dims is None else dims
    close(torch.logsumexp(tensor(x), dims, keep), np.log(np.sum(np.exp(x), dims, keepdims=keep)))


@given(reductions(min_side=1), st.sampled_from([1, 2, 3, 0.5, np.inf, -np.inf, 0, "fro"]))
def test_norms_agree_with_their_definition(case, p):
    x, dims, keep = case
    modulus = np.abs(x)
    if p in ("fro", 2):
        expected = np.sqrt(np.sum(modulus**2, dims, keepdims=keep))
    elif p == 0:
        expected = np.sum(modulus != 0, dims, keepdims=keep)
    elif abs(p) == np.inf:
        expected = (np.max if p > 0 else np.min)(modulus, dims, keepdims=keep)
    else:
        expected = np.sum(modulus**p, dims, keepdims=keep) ** (1 / p)
    close(torch.norm(tensor(x), p, dims, keep), expected)


@given(arrays(shapes(min_dims=1)), st.data())
def test_running_sums_and_products_agree_with_numpy(x, data):
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    close(torch.cumsum(tensor(x), dim), np.cumsum(x, dim))
    close(torch.cumprod(tensor(x), dim), np.cumprod(x, dim))


@given(arrays(shapes(min_dims=1), whole=True), st.data())
def test_sorting_is_stable_in_both_directions(x, data):
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    for descending in (False, True):
        values, indices = torch.sort(tensor(x), dim, descending)
        expected = np.argsort(-x if descending else x, dim, kind="stable")
        np.testing.assert_array_equal(indices.numpy(), expected)
        np.testing.assert_array_equal(values.numpy(), np.take_along_axis(x, expected, dim))


SPECIAL = np.array([-2, -1, -0.0, 0.0, 0.5, 1e-30, np.inf, -np.inf, np.nan, -np.nan])


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i4", "?"])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("size", [1, 3, 63, 64, 90])
def test_order_is_stable_with_nan_last_whatever_is_equal(dtype, descending, size):
    rng = np.random.default_rng(size)
    for share_of_special in np.linspace(0, 1, 20):
        x = rng.choice(rng.permutation(SPECIAL)[: rng.integers(1, 11)], (2, size))
        x = np.where(rng.random(x.shape) < share_of_special, x, rng.normal(size=x.shape))
        with np.errstate(invalid="ignore"):
            x = x.astype(dtype)
        nan, index = np.isnan(x), np.broadcast_to(np.arange(size), x.shape)
        keys = np.where(nan, 0, -x.astype("f8") if descending else x)
        order = np.lexsort((index, keys, ~nan if descending else nan), 1)
        k = int(rng.integers(1, size + 1))
        np.testing.assert_array_equal(torch.sort(tensor(x), 1, descending).indices.numpy(), order)
        np.testing.assert_array_equal(torch.topk(tensor(x.T), k, 0, descending).indices.numpy(), order.T[:k])
        if not descending:
            np.testing.assert_array_equal(torch.kthvalue(tensor(x), k).indices.numpy(), order[:, k - 1])


@pytest.mark.parametrize(
    ("x", "k", "largest", "expected"),
    [
        ([[math.nan, 1.0, 1.0]], 2, True, [[0, 1]]),  # as many equal the bound as NaN are above it
        ([[1.0, 1.0], [math.nan, math.nan]], 1, False, [[0], [0]]),  # too many in one row, too few in the other
        ([[3.0, 3.0, 3.0]], 2, True, [[0, 1]]),
    ],
)
def test_the_first_of_equal_elements_are_chosen_beside_nan(x, k, largest, expected):
    assert torch.topk(tensor(x), k, 1, largest).indices.tolist() == expected


@given(arrays(shapes(min_dims=1, min_side=1), whole=True), st.data())
def test_topk_kthvalue_and_median_are_elements_of_the_sorted_tensor(x, data):
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    k = data.draw(st.integers(1, x.shape[dim]))
    order = np.sort(x, dim)
    np.testing.assert_array_equal(torch.topk(tensor(x), k, dim).values.numpy(), np.flip(order, dim).take(range(k), dim))
    np.testing.assert_array_equal(torch.kthvalue(tensor(x), k, dim).values.numpy(), order.take(k - 1, dim))
    middle = order.take((x.shape[dim] - 1) // 2, dim)
    np.testing.assert_array_equal(torch.median(tensor(x), dim).values.numpy(), middle)


@given(arrays(shapes(), whole=True))
def test_unique_and_its_inverse_rebuild_the_tensor(x):
    values, inverse, counts = torch.unique(tensor(x), return_inverse=True, return_counts=True)
    np.testing.assert_array_equal(values.numpy(), np.unique(x))
    np.testing.assert_array_equal(values[inverse].numpy(), x)
    assert counts.sum().item() == x.size


@given(arrays(shapes(min_dims=1, min_side=1)), st.data())
def test_softmax_adds_up_to_one_and_log_softmax_is_its_logarithm(x, data):
    dim = data.draw(st.integers(-x.ndim, x.ndim - 1))
    soft = torch.softmax(tensor(x), dim)
    close(soft.sum(dim), np.ones(np.sum(x, dim).shape))
    close(torch.log_softmax(tensor(x), dim), np.log(soft.numpy()))
    close(torch.softmax(tensor(x + 1000), dim), torch.softmax(tensor(x + 1000 - 1000), dim).numpy())


@pytest.mark.parametrize("function", [torch.softmax, torch.log_softmax])
@pytest.mark.parametrize("dim", [0, 1])
def test_softmax_of_nothing_is_empty_as_is_its_gradient(function, dim):
    x = torch.zeros(2, 0, requires_grad=True)
    out = function(x, dim)
    out.sum().backward()
    assert out.shape == x.grad.shape == (2, 0)


def test_sums_of_integers_and_booleans_are_int64():
    assert torch.sum(tensor([True, True])).dtype is torch.int64
    assert torch.sum(torch.full((300,), 255, dtype=torch.uint8)).item() == 300 * 255
    assert torch.cumsum(tensor([True, True]), 0).tolist() == [1, 2]


def test_the_error_for_the_mean_of_integers_names_the_remedy():
    with pytest.raises(RuntimeError, match=r"int64; convert it with \.float\(\)"):
        torch.mean(tensor([1, 2]))


def test_pairs_of_values_and_indices_have_pytorchs_names_and_repr(answers):
    rows = [[1.0, 3.0], [4.0, 2.0]]
    calls = [
        ("max", 1), ("min", 1), ("sort", 1), ("topk", 1), ("kthvalue", 1), ("median", 1), ("nanmedian", 1),
        ("mode", 1), ("cummax", 1), ("cummin", 1),
    ]  # fmt: skip
    shown = lambda real: [repr(getattr(real, name)(real.tensor(rows), dim)) for name, dim in calls]
    for (name, dim), theirs in zip(calls, answers("torch", shown)):
        ours = getattr(torch, name)(tensor(rows), dim)
        assert repr(ours) == theirs.replace("torch.", "autograd.")
        assert isinstance(ours, getattr(torch.return_types, name))
    both = tensor(rows).aminmax(dim=1)
    assert both.min.tolist() == [1, 2] and both.max.tolist() == [3, 4]
    shown = "autograd.return_types.aminmax(\nmin=tensor([1., 2.]),\nmax=tensor([3., 4.]))"
    assert repr(both) == shown and isinstance(both, torch.return_types.aminmax)


def test_count_nonzero_over_no_dims_counts_all_as_in_pytorch():
    x = torch.tensor([[1.0, 0.0], [2.0, 3.0]])
    assert torch.count_nonzero(x, ()).item() == torch.count_nonzero(x, (0, 1)).item() == torch.count_nonzero(x) == 3
    assert torch.count_nonzero(x, 0).tolist() == [2, 1]
