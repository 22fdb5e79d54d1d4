"""Storage: strided views and sliding windows, and tensors that are resized or given other memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import arange, ones, tensor
from autograd.base.memory import owner_of


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3), st.integers(0, 3), st.booleans())
def test_a_strided_view_shows_the_right_elements_and_their_gradients_are_summed(
    dims: list[tuple[int, int]], start: int, transposed: bool
) -> None:
    size, stride = [n for n, _ in dims], [step for _, step in dims]
    # Computed index by index; a transposed tensor has its elements in another order than the memory.
    positions = [start + int(np.dot(index, stride)) for index in np.ndindex(*size)]
    x = arange(40.0, requires_grad=True)
    y = x * 1.0
    view = (y.view(4, 10).T if transposed else y.view(5, 8)).as_strided(size, stride, start)
    assert view.reshape(-1).tolist() == [float(position) for position in positions]
    weights = torch.rand(size)
    (view * weights).sum().backward()
    expected = np.zeros(40, np.float32)
    np.add.at(expected, np.array(positions, int), weights.numpy().reshape(-1))
    if positions:
        np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-5)


def test_a_strided_view_starts_at_the_first_element_of_its_tensor() -> None:
    assert arange(6)[2:].as_strided((2,), (2,)).tolist() == [2, 4]
    assert arange(6)[::2].unfold(0, 2, 1).tolist() == [[0, 2], [2, 4]]
    assert tensor(3.0).unfold(0, 1, 1).tolist() == [3]


def test_the_gradient_of_a_transposed_leaf_has_the_layout_of_the_leaf() -> None:
    x = ones(2, 3).T.detach().requires_grad_()
    x.as_strided((2,), (1,), 1).sum().backward()
    assert x.grad.tolist() == [[0, 0], [1, 0], [1, 0]]


def test_overlapping_windows_cannot_be_written() -> None:
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        arange(4).unfold(0, 2, 1).mul_(3)
    x = arange(4)
    x.as_strided((2, 2), (1, 2)).mul_(3)  # the rows interleave in memory, but do not overlap
    assert x.tolist() == [0, 3, 6, 9]


def test_a_strided_view_outside_a_tensor_that_requires_grad_is_refused() -> None:
    part = ones(4)[1:3].detach().requires_grad_()
    with pytest.raises(RuntimeError, match="reach outside the tensor of shape"):
        part.as_strided((2,), (1,), 0)
    assert part.detach().as_strided((4,), (1,), 0).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: arange(4).as_strided((5,), (1,)), "require a storage of 5 elements, but it has 4"),
        (lambda: arange(4).as_strided((2,), (1, 1)), "mismatch in length of strides and shape"),
        (lambda: arange(4).as_strided((2,), (-1,)), "Negative strides are not supported"),
        (lambda: arange(4).unfold(0, 5, 1), "maximum size for tensor at dimension 0 is 4 but size is 5"),
        (lambda: arange(4).unfold(0, 2, 0), "step is 0 but must be > 0"),
        (lambda: ones(2, requires_grad=True).resize_(3), "cannot resize variables that require grad"),
        (lambda: ones(2, requires_grad=True).set_(ones(3)), "derivative for set_ is not implemented"),
        (lambda: ones(2).set_(arange(3)), r"expected a source of autograd\.float32"),
    ],
)
def test_invalid_arguments_raise(call: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        call()


def test_views_have_the_same_storage() -> None:
    x = arange(6, dtype=torch.float64)
    part = x[2:].view(2, 2)
    assert part.untyped_storage().data_ptr() == x.storage().data_ptr() and part.storage_offset() == 2
    assert len(part.storage()) == 6 and part.storage()[1] == 1 and part.untyped_storage().nbytes() == 48
    assert "6 elements of float64" in repr(x.storage())


def test_resizing_keeps_the_elements_in_the_order_of_memory() -> None:
    x = arange(6).view(2, 3).T
    assert x.resize_(2, 2).tolist() == [[0, 1], [2, 3]]
    assert x.resize_as_(ones(3, 2)).tolist() == [[0, 1], [2, 3], [4, 5]]
    assert x.resize_(2, 5).reshape(-1)[:6].tolist() == list(range(6))


def test_set_makes_a_tensor_a_view_of_the_memory_of_another() -> None:
    x, y = ones(2), arange(4.0)
    x.set_(y)
    x[0] = 7
    assert y.tolist() == [7, 1, 2, 3]
    assert x.set_(y, 1, (2,), (2,)).tolist() == [1, 3] and x.set_().tolist() == []


def test_layouts_of_new_tensors() -> None:
    assert torch.empty_strided((2, 3), (1, 2)).stride() == (1, 2)


@pytest.mark.parametrize(
    ("size", "stride", "elements"), [((2, 3), (4, 1), 7), ((), (), 1), ((3,), (0,), 1), ((2, 0), (1, 1), 0)]
)
def test_an_empty_strided_tensor_has_as_many_elements_in_memory_as_its_last_one_needs(
    size: tuple[int, ...], stride: tuple[int, ...], elements: int
) -> None:
    made = torch.empty_strided(size, stride)
    assert made.shape == size and made.stride() == stride and owner_of(made.array).size == elements


def test_a_parameter_can_be_set_to_other_memory_without_recording() -> None:
    w, x = ones(2, requires_grad=True), ones(2, 3)
    with torch.no_grad():
        assert w.set_(x) is w
    (w * 2).sum().backward()
    assert w.data_ptr() == x.data_ptr() and w.grad is not None and w.grad.tolist() == [[2.0] * 3] * 2


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool])
def test_a_tensor_that_requires_gradients_takes_no_integers_as_data(dtype: Any) -> None:
    w = ones(2, requires_grad=True)
    for x in (w, w * 1):
        with pytest.raises(RuntimeError, match="holds real or complex numbers, but got"):
            x.data = ones(2, dtype=dtype)
        assert x.tolist() == [1.0, 1.0]
