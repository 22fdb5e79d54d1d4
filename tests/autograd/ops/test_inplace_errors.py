"""Writes in place that are refused, and saved values that a write makes invalid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import float64, tensor


def leaf(value: Any) -> torch.Tensor:
    return tensor(value, dtype=float64, requires_grad=True)


def test_complex_numbers_cannot_be_added_to_real_ones_in_place() -> None:
    x = tensor([1.0, 2.0])
    with pytest.raises(RuntimeError, match="can't be cast"):
        x.add_(tensor([1j, 2j]))
    assert x.tolist() == [1.0, 2.0] and x._version == 0


@pytest.mark.parametrize("other", [(1, 3), (2, 3)])
def test_a_write_that_would_change_the_shape_is_refused(other: tuple[int, int]) -> None:
    x = torch.ones(3)
    for method in (x.add_, x.pow_):
        with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
            method(torch.ones(other))
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_elements_that_share_memory_cannot_be_written() -> None:
    for x in (torch.ones(1).expand(3), torch.tensor(1.0).expand(3), torch.ones(3, 1).expand(3, 3)):
        with pytest.raises(RuntimeError, match="single memory location"):
            x.add_(1)


def test_parts_of_an_expanded_tensor_that_share_no_memory_can_be_written() -> None:
    x = torch.zeros(3, 1)
    x.expand(2, 3, 1)[0].add_(1)
    x.expand(3, 4)[:, 2] = torch.tensor([1.0, 2.0, 3.0])
    x.squeeze().expand(3).mul_(2)
    assert x.tolist() == [[2.0], [4.0], [6.0]]
    x[0].expand(3)[1] = 5.0
    assert x.tolist() == [[5.0], [4.0], [6.0]]
    with pytest.raises(RuntimeError, match="single memory location"):
        x[0].expand(3)[:] = 6.0


def test_read_only_memory_cannot_be_written() -> None:
    for values in (np.ones(2), np.ones(1)):
        values.flags.writeable = False
        for x in (torch.from_numpy(values), torch.from_numpy(values).expand(2, len(values))[0]):
            with pytest.raises(RuntimeError, match="read-only memory"):
                x.add_(1)


def test_the_error_for_an_overwritten_mask_names_it() -> None:
    x, mask = leaf([1.0, 2.0]), torch.tensor([True, False])
    y = torch.where(mask, x, 0.0)
    mask.logical_not_()
    with pytest.raises(RuntimeError, match="saved its argument condition of shape"):
        y.sum().backward()


def test_writes_to_other_storage_do_not_invalidate_saved_values() -> None:
    x, factor, other = leaf([2.0, 3.0]), torch.ones(2, dtype=float64), torch.ones(1)
    factor.add_(1)
    y, z = x * factor, leaf(4.0).exp()
    other.add_(1)
    y.sum().backward()
    z.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_the_error_for_an_overwritten_value_names_both_versions() -> None:
    x, factor = leaf([2.0, 3.0]), torch.ones(2, dtype=float64)
    factor.add_(1).add_(1)
    y = (x * factor).sum()
    factor.add_(1).add_(1).add_(1)
    with pytest.raises(RuntimeError, match=r"argument y of shape \(2,\) at version 2, but it is at version 5 now"):
        y.backward()


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda x: x.add_(1), "a leaf Variable that requires grad"),
        (lambda x: x.view(2, 2).mul_(2), "a view of a leaf Variable that requires grad"),
        (lambda x: x.__setitem__(0, 1.0), "a leaf Variable that requires grad"),
        (lambda x: torch.ones(1, 3).expand(4, 3).add_(1), "more than one element"),
        (lambda x: torch.ones(2).add_(torch.ones(3, 2)), "doesn't match the broadcast shape"),
        (lambda x: torch.ones(2, dtype=torch.int64).mul_(1.5), "can't be cast"),
        (lambda x: torch.zeros(2).__setitem__(slice(None), torch.ones(3)), "cannot be broadcast"),
        (lambda x: torch.zeros(2).fill_(torch.ones(2)), "0-dimension"),
        (lambda x: torch.zeros(2).normal_(0, -1), "std >= 0"),
        (lambda x: torch.zeros(2).uniform_(1, 0), "from=1"),
        (lambda x: x[1:].detach_(), "detach views"),
    ],
)
def test_a_refused_write_raises_and_changes_nothing(write: Any, message: str) -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=message):
        write(x)
    assert x.tolist() == [1, 2, 3, 4] and x._version == 0


def test_assigning_at_an_index_out_of_range_raises_an_index_error() -> None:
    with pytest.raises(IndexError, match="out of bounds"):
        torch.zeros(2)[5] = 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.geometric_(1.5),
        lambda x: x.log_normal_(0, 0),
        lambda x: x.cauchy_(0, -1),
        lambda x: x.exponential_(0),
        lambda x: x.long().cauchy_(),
        lambda x: x.fill_diagonal_(1),
        lambda x: torch.ones(2, 3, 3).fill_diagonal_(1),
    ],
)
def test_invalid_arguments_of_filling_methods_raise(call: Any) -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError):
        call(x)
    assert x.tolist() == [1, 1]


def test_backward_raises_if_a_saved_value_was_overwritten() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = y * y
    y += 1
    y += 1
    with pytest.raises(RuntimeError, match=r"mul saved its argument x of shape \(2,\) at version 0.*version 2 now"):
        z.sum().backward()
    assert x.grad is None


@pytest.mark.parametrize("alias", [lambda y: y.detach(), lambda y: y[:1], lambda y: y.view(1, 2)])
def test_backward_notices_a_write_through_any_alias(alias: Any) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = y.exp() * y
    alias(y).mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_overwriting_a_value_that_was_not_saved_is_allowed() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = y.exp()  # needs its own output alone
    y += 1
    z.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp([1.0, 2.0]), rtol=1e-6)


def test_a_saved_value_can_be_overwritten_after_backward() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 1
    (y * y).sum().backward()
    y += 1
    assert y.item() == 2
