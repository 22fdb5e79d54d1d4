"""Large arrays are computed with in quicker forms; the values are those of NumPy's plain forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd as torch
import nn.functional as F
from autograd.base.along import sum_along
from autograd.base.symbolic import contiguous_copy
from autograd.ops.elementwise.selection import limited, select
from autograd.ops.reduce.ordering import first_along, nth_along, order_along

SHAPE = (96, 128)
rng = np.random.default_rng(0)
numbers = rng.standard_normal(SHAPE).astype(np.float32)
others = rng.standard_normal(SHAPE).astype(np.float32)
special = rng.choice(np.float32([0.0, -0.0, np.nan, np.inf, -np.inf, 1.0, -2.0]), SHAPE)
mask = rng.random(SHAPE) < 0.5
rows, columns = rng.integers(0, 96, SHAPE), rng.integers(0, 128, SHAPE)
some_rows, some_columns = rng.integers(-96, 96, 40), rng.integers(0, 128, 40)


def assert_bits_equal(x: Any, y: Any) -> None:
    np.testing.assert_array_equal(x, y)
    np.testing.assert_array_equal(np.signbit(x)[~np.isnan(x)], np.signbit(y)[~np.isnan(y)])


@pytest.mark.parametrize("y", [others, special, others[0], 0, -0.0, 2.5, np.float32(3)], ids=str)
def test_selecting_by_bits_gives_what_where_gives(y: Any) -> None:
    for x in (numbers, special, special.astype(np.float64), 1):
        assert_bits_equal(select(mask, x, y), np.where(mask, x, y))


@pytest.mark.parametrize(
    ("low", "high"), [(-0.5, 0.5), (None, 0.0), (0.0, None), (1.0, -1.0), (np.nan, 1.0), (None, np.inf)]
)
def test_limited_numbers_are_larger_than_the_one_and_smaller_than_the_other_bound(low: Any, high: Any) -> None:
    for x in (numbers, special, special[:, ::2], special.T):
        plain = x if low is None else np.maximum(x, np.float32(low))
        plain = plain if high is None else np.minimum(plain, np.float32(high))
        np.testing.assert_array_equal(limited(x, low, high), plain)


@pytest.mark.parametrize("shape", [(96, 128), (130, 768), (5000,), (3, 1000, 7), (300, 70), (2, 3)], ids=str)
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_along_any_axis_are_numpys(shape: tuple[int, ...], keepdims: bool) -> None:
    x = rng.standard_normal(shape).astype(np.float32)
    for axis in (None, 0, len(shape) - 1, tuple(range(len(shape)))):
        exact = np.add.reduce(x.astype(np.float64), axis, keepdims=keepdims)
        found, plain = sum_along(x, axis, keepdims=keepdims), np.add.reduce(x, axis, keepdims=keepdims)
        assert type(found) is type(plain) and (found.shape, found.dtype) == (plain.shape, plain.dtype)
        np.testing.assert_allclose(found, exact, rtol=2e-6, atol=2e-4)


with_infinities = np.where(np.isnan(special), 0, special)
few = np.where(rows % 40 == 0, numbers, -np.inf)  # numbers in each row and column


@pytest.mark.parametrize(
    "x",
    [numbers, special, with_infinities, few, -few, rows, rows % 3, rows > 50, numbers[:, :1] * 0],
    ids=lambda x: x.dtype,
)
@pytest.mark.parametrize("axis", [0, 1])
def test_the_first_and_the_nth_in_order_are_those_of_a_stable_sort(x: Any, axis: int) -> None:
    x, n = np.tile(x, 128 // x.shape[1]), (96, 128)[axis]
    for k in (0, 1, 5, 11, n):
        for descending in (False, True):
            expected = order_along(x, axis, descending).take(range(k), axis)
            np.testing.assert_array_equal(first_along(x, k, axis, descending), expected)
    if x.dtype != bool:
        for found, plain in ((torch.argmax, np.argmax), (torch.argmin, np.argmin)):
            np.testing.assert_array_equal(found(torch.tensor(x), axis).numpy(), plain(x, axis))
    for k in (0, 7, n // 2, n - 1):
        np.testing.assert_array_equal(nth_along(x, k, axis), order_along(x, axis, False).take([k], axis))


KEYS = {
    "columns": (slice(None), some_columns), "rows": some_rows, "a table of columns": (..., columns[:2]),
    "point by point": (rows, columns), "counted from the end": (rows - 96, columns), "gathered": (rows, np.arange(128)),
    "a mask": mask, "many rows": rows[:, :3], "a mask of rows": mask[:, 0],
}  # fmt: skip


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_taking_at_indices_gives_numpys_elements_and_adds_the_gradient_at_them(key: Any) -> None:
    x = torch.tensor(numbers, requires_grad=True)
    y = x[
        key if not isinstance(key, tuple) else tuple(torch.tensor(k) if isinstance(k, np.ndarray) else k for k in key)
    ]
    np.testing.assert_array_equal(y.detach().numpy(), numbers[key])
    g = rng.standard_normal(y.shape).astype(np.float32)
    y.backward(torch.tensor(g))
    expected = np.zeros(SHAPE)
    np.add.at(expected, key, g)
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_an_index_out_of_range_raises() -> None:
    x = torch.tensor(numbers)
    for key in ((slice(None), some_columns + 128), (rows, columns + 1), (rows, columns - 129)):
        with pytest.raises(IndexError, match="out of bounds"):
            x[tuple(torch.tensor(k) if isinstance(k, np.ndarray) else k for k in key)]


def test_of_values_scattered_to_one_place_the_last_is_kept_and_it_alone_has_a_gradient() -> None:
    x, y = (torch.tensor(a, requires_grad=True) for a in (numbers, others))
    out = x.scatter(1, torch.tensor(columns), y)
    expected, sources = numbers.copy(), np.full(SHAPE, -1)
    for i, j in np.ndindex(SHAPE):
        expected[i, columns[i, j]] = others[i, j]
        sources[i, columns[i, j]] = j
    np.testing.assert_array_equal(out.detach().numpy(), expected)
    out.backward(torch.tensor(special))
    np.testing.assert_array_equal(x.grad.numpy(), np.where(sources < 0, special, 0))
    gradient = np.zeros(SHAPE, np.float32)
    i, j = np.nonzero(sources >= 0)
    gradient[i, sources[i, j]] = special[i, j]
    np.testing.assert_array_equal(y.grad.numpy(), gradient)


@pytest.mark.parametrize("shape", [SHAPE, (200, 100), (20, 20, 50), (20000,)], ids=str)
def test_running_sums_are_those_of_one_element_after_the_other(shape: tuple[int, ...]) -> None:
    a, g = rng.standard_normal((2, *shape)).astype(np.float32)
    for axis in range(len(shape)):
        x = torch.tensor(a, requires_grad=True)
        y = x.cumsum(axis)
        np.testing.assert_array_equal(y.detach().numpy(), np.add.accumulate(a, axis))
        y.backward(torch.tensor(g))
        np.testing.assert_array_equal(x.grad.numpy(), np.flip(np.add.accumulate(np.flip(g, axis), axis), axis))


DIVISIONS = {
    "numbers": (numbers, others), "a row": (numbers, others[0]), "a number": (numbers, np.float32(-0.3)),
    "multiples": (others * rows, others), "next to multiples": (np.nextafter(others * rows, special), others),
    "whole numbers": (np.float32(rows - 48), np.float32(columns - 64.5)), "tiny": (numbers * 1e-42, others * 1e-41),
    "large quotients": (numbers * 1e11, 1 + columns / 127), "infinities and NaN": (special, special[::-1]),
}  # fmt: skip


@pytest.mark.parametrize("operands", DIVISIONS.values(), ids=DIVISIONS)
def test_quotients_rounded_down_and_remainders_have_the_bits_of_numpys(operands: Any) -> None:
    x, y = np.float32(operands[0]), np.float32(operands[1])
    for ours, numpys in ((torch.floor_divide, np.floor_divide), (torch.remainder, np.remainder), (torch.fmod, np.fmod)):
        with np.errstate(all="ignore"):
            plain = numpys(x, y)
        found = ours(torch.tensor(x), torch.tensor(y) if y.ndim else float(y)).numpy()
        assert found.dtype == np.float32
        assert_bits_equal(found, plain)


@pytest.mark.parametrize("shape", [(40, 30), (7, 300), (1000,), (17,), (3, 9, 8), (0, 4), (4, 0)], ids=str)
def test_products_and_their_gradients_are_right_where_factors_are_0(shape: tuple[int, ...]) -> None:
    a = rng.uniform(0.5, 1.5, shape)
    a.ravel()[:: max(a.size // 3, 1)] = 0
    for axis in (None, *range(len(shape))):
        x = torch.tensor(a, requires_grad=True)
        y = x.prod() if axis is None else x.prod(axis)
        np.testing.assert_allclose(y.detach().numpy(), np.prod(a, axis))
        y.sum().backward()
        flat = a.reshape(1, -1) if axis is None else np.moveaxis(a, axis, -1)
        others = np.where(np.eye(flat.shape[-1], dtype=bool), 1, flat[..., None, :]).prod(-1)
        others = others.reshape(shape) if axis is None else np.moveaxis(others, -1, axis)
        np.testing.assert_allclose(x.grad.numpy(), others)


def test_every_float16_becomes_the_same_float32_as_in_numpy_and_back() -> None:
    halves = np.arange(2**16, dtype=np.uint16).view(np.float16)
    x = torch.tensor(halves)
    np.testing.assert_array_equal(x.float().numpy().view(np.uint32), halves.astype(np.float32).view(np.uint32))
    np.testing.assert_array_equal(x.float().half().numpy(), halves)
    np.testing.assert_array_equal(torch.tensor(numbers).half().numpy(), numbers.astype(np.float16))


def test_products_of_matrices_of_float16_are_computed_in_float32_and_rounded_once() -> None:
    a, b = (torch.tensor(x).half().requires_grad_() for x in (numbers, others))
    bias = torch.ones(96, dtype=torch.float16)
    for y, plain in ((a @ b.T, a.float() @ b.float().T), (F.linear(a, b, bias), a.float() @ b.float().T + 1)):
        assert y.dtype == torch.float16 and y.equal(plain.half())
        (gradient,), (expected,) = torch.autograd.grad(y.sum(), a), torch.autograd.grad(plain.sum(), a)
        assert gradient.equal(expected)
    with pytest.raises(RuntimeError, match="same dtype"):
        a @ b.T.float()


@pytest.mark.parametrize("shape", [(3, 40, 5), (26, 1), (30, 4)], ids=str)
def test_distances_by_a_product_of_matrices_are_the_norms_of_differences(shape: tuple[int, ...]) -> None:
    x, y = (torch.tensor(rng.standard_normal(shape), requires_grad=True) for _ in range(2))
    y.data[..., 0, :] = x.data[..., 0, :]  # a distance of 0, where the gradient is 0
    exact = torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
    weights = torch.tensor(rng.standard_normal(exact.shape))
    for mode in ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist"):
        quick = torch.cdist(x, y, compute_mode=mode)
        torch.testing.assert_close(quick, exact, rtol=1e-7, atol=1e-7)
        for found, expected in zip(
            *[torch.autograd.grad((d * weights).sum(), (x, y), retain_graph=True) for d in (quick, exact)]
        ):
            torch.testing.assert_close(found, expected, rtol=1e-6, atol=1e-6)
    with pytest.raises(ValueError, match="compute_mode"):
        torch.cdist(x, y, compute_mode="mm")


def test_repeated_slices_add_up_their_gradients() -> None:
    for axis in (0, 1, None):
        x = torch.tensor(numbers, requires_grad=True)
        y = x.repeat_interleave(3, axis)
        np.testing.assert_array_equal(y.detach().numpy(), np.repeat(numbers, 3, axis))
        y.backward(torch.ones(*y.shape))
        assert (x.grad == 3).all()
    assert torch.ones(2, 3).repeat_interleave(0, 1).shape == (2, 0)


def test_a_large_transposed_matrix_is_copied_element_by_element() -> None:
    x = rng.standard_normal((250, 300)).T
    copy = contiguous_copy(x)
    assert copy.flags.c_contiguous and not np.shares_memory(copy, x)
    np.testing.assert_array_equal(copy, x)


MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@pytest.mark.parametrize("mode", MODES)
def test_a_border_is_numpys_and_its_gradient_goes_to_its_sources(mode: str) -> None:
    x = torch.tensor(numbers, requires_grad=True)
    widths = ((2, 3), (4, 1))
    y = F.pad(x, (4, 1, 2, 3), mode=mode)
    np.testing.assert_array_equal(y.detach().numpy(), np.pad(numbers, widths, mode=MODES[mode]))
    g = rng.standard_normal(y.shape)
    y.backward(torch.tensor(g.astype(np.float32)))
    expected = np.zeros(numbers.size)
    np.add.at(expected, np.pad(np.arange(numbers.size).reshape(SHAPE), widths, mode=MODES[mode]).ravel(), g.ravel())
    np.testing.assert_allclose(x.grad.numpy().ravel(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("slope", [0.0, 0.01, 1.0, 1.5, -0.5])
def test_leaky_relu_is_a_straight_line_on_each_side_of_0(slope: float) -> None:
    x = torch.tensor(special, requires_grad=True)
    y = F.leaky_relu(x, slope)
    factor = np.where(special > 0, 1, slope).astype(np.float32)
    with np.errstate(invalid="ignore"):
        assert_bits_equal(y.detach().numpy(), special * factor)
    y.backward(torch.tensor(numbers))
    np.testing.assert_array_equal(x.grad.numpy(), numbers * factor)


@pytest.mark.parametrize(("delta", "reduction"), [(1.0, "mean"), (0.5, "sum"), (2.0, "none")])
def test_huber_loss_is_quadratic_near_0_and_linear_beyond(delta: float, reduction: str) -> None:
    d = numbers - others
    expected = np.where(np.abs(d) <= delta, d * d / 2, delta * (np.abs(d) - delta / 2))
    found = F.huber_loss(torch.tensor(numbers), torch.tensor(others), reduction, delta).numpy()
    plain = {"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction](expected)
    np.testing.assert_allclose(found, plain, rtol=1e-5, atol=1e-6)


def test_windows_are_a_view_and_add_up_their_gradients() -> None:
    x = torch.tensor(numbers.T.copy(), requires_grad=True).T
    y = x.unfold(1, 5, 2)
    np.testing.assert_array_equal(y.detach().numpy(), np.lib.stride_tricks.sliding_window_view(numbers, 5, 1)[:, ::2])
    x.retain_grad()
    y.sum().backward()
    counts = np.zeros(128)
    for start in range(0, 124, 2):
        counts[start : start + 5] += 1
    np.testing.assert_array_equal(x.grad.numpy(), np.broadcast_to(counts, SHAPE))
    z = torch.tensor(numbers)
    windows = z.unfold(0, 3, 3)
    z.mul_(2)
    np.testing.assert_array_equal(windows.numpy()[0], z.numpy()[:3].T)


MANY = 5000  # indices, of which one is just out of range
WITH_ONE_WRONG_INDEX = {
    "a row for each column": lambda x, rows, wrong: x[rows, wrong],
    "whole columns": lambda x, rows, wrong: x[:, wrong],
    "setitem": lambda x, rows, wrong: x.__setitem__((rows, wrong), 1.0),
    "index_put": lambda x, rows, wrong: x.index_put_((rows, wrong), torch.ones(MANY)),
    "index_put, added": lambda x, rows, wrong: x.index_put_((rows, wrong), torch.ones(MANY), accumulate=True),
    "index_select": lambda x, rows, wrong: x.index_select(1, wrong),
    "index_copy": lambda x, rows, wrong: x.index_copy_(1, wrong, torch.ones(100, MANY)),
}


@pytest.mark.parametrize("index", [80, -81])
@pytest.mark.parametrize("call", WITH_ONE_WRONG_INDEX.values(), ids=WITH_ONE_WRONG_INDEX.keys())
def test_one_index_out_of_range_among_many_is_an_error_that_changes_nothing(call: Any, index: int) -> None:
    x, rows = torch.zeros(100, 80), torch.full((MANY,), 3)
    wrong = rows.clone()
    wrong[17] = index
    with pytest.raises(IndexError, match=f"index {index} is out of bounds"):
        call(x, rows, wrong)
    assert not x.any()
