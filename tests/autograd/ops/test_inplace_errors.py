"""Corners of writes in place that random programs seldom reach: each was found by a mutant that lived."""

import numpy as np
import pytest

import autograd as torch
from autograd import float64, tensor


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def test_composites_in_place_are_those_that_return():
    x, y, z = tensor([1.0, 5.0]), tensor([3.0, 1.0]), tensor([2.0, 4.0])
    assert x.clone().lerp_(y, 0.25).tolist() == [1.5, 4.0]
    assert x.clone().addcmul_(y, z, value=0.5).tolist() == [4.0, 7.0]
    assert x.clone().addcdiv_(y, z, value=2).tolist() == [4.0, 5.5]
    assert x.clone().addcmul_(y, z).tolist() == [7.0, 9.0]
    assert x.clone().addcdiv_(y, z).tolist() == [2.5, 5.25]
    assert x.clone().logical_not_().tolist() == [0.0, 0.0]


def test_complex_numbers_are_not_added_to_real_ones_in_place():
    x = tensor([1.0, 2.0])
    with pytest.raises(RuntimeError, match="can't be cast"):
        x.add_(tensor([1j, 2j]))
    assert x.tolist() == [1.0, 2.0] and x._version == 0


@pytest.mark.parametrize("other", [(1, 3), (2, 3)])
def test_a_tensor_does_not_grow_when_it_is_written(other):
    x = torch.ones(3)
    for method in (x.add_, x.pow_):
        with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
            method(torch.ones(other))
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_complex_numbers_are_set_in_complex_tensors_alone():
    z, x = torch.zeros(2, dtype=torch.complex64), torch.zeros(2)
    z[0] = 2j
    z[1] = True
    assert z.tolist() == [2j, 1]
    with pytest.raises(RuntimeError, match="without overflow"):
        x[0] = 2j
    assert x.tolist() == [0.0, 0.0]


def test_memory_shown_several_times_is_not_written():
    for shown in (torch.ones(1).expand(3), torch.tensor(1.0).expand(3), torch.ones(3, 1).expand(3, 3)):
        with pytest.raises(RuntimeError, match="single memory location"):
            shown.add_(1)


def test_an_expanded_tensor_is_written_where_nothing_is_shown_twice():
    x = torch.zeros(3, 1)
    x.expand(2, 3, 1)[0].add_(1)
    x.expand(3, 4)[:, 2] = torch.tensor([1.0, 2.0, 3.0])
    x.squeeze().expand(3).mul_(2)
    assert x.tolist() == [[2.0], [4.0], [6.0]]
    x[0].expand(3)[1] = 5.0
    assert x.tolist() == [[5.0], [4.0], [6.0]]
    for key in (slice(None), [0, 1]):
        with pytest.raises(RuntimeError, match="single memory location"):
            x[0].expand(3)[key] = 5.0


def test_memory_for_reading_only_is_not_written():
    for values in (np.ones(2), np.ones(1)):
        values.flags.writeable = False
        for x in (torch.from_numpy(values), torch.from_numpy(values).expand(2, len(values))[0]):
            with pytest.raises(RuntimeError, match="read-only memory"):
                x.add_(1)


def test_a_scaled_quotient_is_added_in_place():
    x = tensor([1.0, 2.0])
    assert x.addcdiv_(tensor([6.0, 9.0]), tensor([2.0, 3.0]), value=0.5).tolist() == [2.5, 3.5]
    assert x.addcmul_(tensor([6.0, 9.0]), tensor([2.0, 3.0]), value=0.5).tolist() == [8.5, 17.0]


@pytest.mark.parametrize("method", ["addcdiv_", "addcmul_"])
def test_the_factor_of_a_product_is_given_by_its_name(method):
    x = torch.ones(2)
    with pytest.raises(TypeError):
        getattr(x, method)(torch.ones(2), torch.ones(2), 0.5)
    assert x.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("key", [0, slice(0, 1), [0], (Ellipsis, 0)])
def test_a_constant_that_is_set_to_a_tracked_value_is_tracked(key):
    x, w = torch.zeros(2, dtype=float64), leaf([5.0])
    x[key] = w
    assert x.requires_grad and x.tolist() == [5.0, 0.0]
    (x * 3).sum().backward()
    assert w.grad.tolist() == [3.0]


def test_a_value_with_dims_of_size_1_too_many_gets_its_gradient_in_its_own_shape():
    x, w = torch.zeros(3, 2, dtype=float64), leaf([[[5.0, 7.0]]])
    x[0] = w
    (x * torch.arange(6.0).reshape(3, 2)).sum().backward()
    assert w.grad.tolist() == [[[0.0, 1.0]]] and x[0].tolist() == [5.0, 7.0]


def test_a_constant_base_is_tracked_when_a_view_of_it_is_written_with_what_is():
    base, w = torch.ones(3, dtype=float64), leaf([5.0, 7.0])
    view = base[:2]
    view.mul_(torch.ones(2, dtype=float64))
    assert not base.requires_grad and not view.requires_grad
    view.mul_(w)
    assert base.requires_grad
    (base * torch.arange(3.0)).sum().backward()
    assert w.grad.tolist() == [0.0, 1.0]


def test_a_mask_that_is_overwritten_is_named():
    x, mask = leaf([1.0, 2.0]), torch.tensor([True, False])
    y = torch.where(mask, x, 0.0)
    mask.logical_not_()
    with pytest.raises(RuntimeError, match="saved its argument condition of shape"):
        y.sum().backward()


def test_an_old_value_that_a_rule_needs_survives_the_write():
    for method in ("mul_", "pow_", "div_"):
        plain, w = torch.tensor([2.0, 3.0], dtype=float64), leaf([2.0, 1.0])
        expected = torch.autograd.grad(getattr(plain, method[:-1])(w).sum(), w)[0].tolist()
        written = plain.clone()
        getattr(written, method)(w).sum().backward()
        assert w.grad.tolist() == expected


def test_a_write_elsewhere_does_no_harm_to_what_was_saved():
    x, factor, other = leaf([2.0, 3.0]), torch.ones(2, dtype=float64), torch.ones(1)
    factor.add_(1)
    y, z = x * factor, leaf(4.0).exp()
    other.add_(1)
    y.sum().backward()
    z.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_write_is_told_by_the_versions_before_and_after():
    x, factor = leaf([2.0, 3.0]), torch.ones(2, dtype=float64)
    factor.add_(1).add_(1)
    y = (x * factor).sum()
    factor.add_(1).add_(1).add_(1)
    with pytest.raises(RuntimeError, match=r"argument y of shape \(2,\) at version 2, but it is at version 5 now"):
        y.backward()


def test_a_tensor_is_set_to_its_own_elements_in_another_order():
    x = torch.arange(6.0)
    x[torch.tensor([1, 2, 3, 4, 5, 0])] = x
    assert x.tolist() == [5.0, 0.0, 1.0, 2.0, 3.0, 4.0]
    x[torch.tensor([True, True, False, True, True, True])] = x.flip(0)[:5]
    assert x.tolist() == [4.0, 3.0, 1.0, 2.0, 1.0, 0.0]
    x[1:] = x[:-1]
    assert x.tolist() == [4.0, 4.0, 3.0, 1.0, 2.0, 1.0]
    x[:] = x.flip(0)
    assert x.tolist() == [1.0, 2.0, 1.0, 3.0, 4.0, 4.0]
