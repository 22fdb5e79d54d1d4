"""In-place operations: the same values and gradients as the program that writes nothing in place."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import Tensor, float64, tensor
from autograd.core.tensor import wrap

SHAPE = (3, 4)


def leaf(value: Any) -> Tensor:
    return tensor(value, dtype=float64, requires_grad=True)


def strided(x: Any) -> Any:
    """Every other element of the storage, from the second on, in two rows."""
    if isinstance(x, Tensor):
        return x.as_strided((2, 2), (6, 2), 1)
    return np.lib.stride_tricks.as_strided(x.reshape(-1)[1:], (2, 2), (6 * x.itemsize, 2 * x.itemsize))


def windows(x: Any) -> Any:
    """Pairs of columns."""
    return x.unfold(1, 2, 2) if isinstance(x, Tensor) else x.reshape(3, 2, 2)


VIEWS = {
    "row": lambda x: x[1],
    "column": lambda x: x[:, 2],
    "every other": lambda x: x[::2, 1:3],
    "backwards": lambda x: x[::-1],
    "element": lambda x: x[2, 3],
    "flat": lambda x: x.reshape(-1),
    "transposed": lambda x: x.T,
    "new dim": lambda x: x[None],
    "all": lambda x: x[...],
    "strided": strided,
    "windows": windows,
    "a part of a strided view": lambda x: strided(x)[1],
}
WRITES = {
    "mul_": (lambda x, w: x.mul_(w), lambda x, w: x * w),
    "add_": (lambda x, w: x.add_(w), lambda x, w: x + w),
    "sub_": (lambda x, w: x.sub_(w, alpha=2), lambda x, w: x - 2 * w),
    "div_": (lambda x, w: x.div_(2.0), lambda x, w: x / 2.0),
    "tanh_": (lambda x, w: x.tanh_(), lambda x, w: x.tanh()),
    "exp_": (lambda x, w: x.mul_(0.1).exp_(), lambda x, w: (x * 0.1).exp()),
    "fill_": (lambda x, w: x.fill_(w), lambda x, w: x * 0 + w),
    "zero_": (lambda x, w: x.zero_(), lambda x, w: x * 0),
    "copy_": (lambda x, w: x.copy_(w * w), lambda x, w: x * 0 + w * w),
    "clamp_": (lambda x, w: x.clamp_(-0.5, 0.7), lambda x, w: x.clamp(-0.5, 0.7)),
    "+=": (lambda x, w: x.__iadd__(3.0), lambda x, w: x + 3.0),
}


def positions_of(view: Any) -> Any:
    """The flat positions of the elements of the base that a view shows."""
    return VIEWS[view](np.arange(np.prod(SHAPE)).reshape(SHAPE))


def replaced(flat: Tensor, positions: Any, part: Tensor) -> Tensor:
    """`flat` with the elements at `positions` replaced, out of place."""
    positions = np.asarray(positions)
    mask = np.zeros(flat.shape, bool)
    mask[positions] = True
    order = np.zeros(flat.shape, np.int64)
    order[positions.reshape(-1)] = np.arange(positions.size)
    return torch.where(wrap(mask), part.reshape(-1)[wrap(order)], flat)


program = st.lists(
    st.tuples(st.sampled_from(sorted(VIEWS)), st.sampled_from(sorted(WRITES)), st.booleans()), min_size=1, max_size=5
)


@given(program, st.integers(0, 2**20))
def test_gradients_of_writes_through_views_equal_those_of_the_program_without_writes(steps: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    start, factor, weights = rng.normal(size=SHAPE), rng.normal(), rng.normal(size=SHAPE)

    x, w = torch.tensor(start, requires_grad=True), torch.tensor(factor, requires_grad=True)
    y = x * 1.5
    early = {view: VIEWS[view](y) for view, _, before in steps if before}
    for view, write, before in steps:
        WRITES[write][0](early[view] if before else VIEWS[view](y), w)
    shown = [early[view] for view in early]
    loss = (y * torch.tensor(weights)).sum() + sum((v * v).sum() for v in shown)
    loss.backward()

    x_, w_ = torch.tensor(start, requires_grad=True), torch.tensor(factor, requires_grad=True)
    flat = (x_ * 1.5).reshape(-1)
    for view, write, _ in steps:
        positions = positions_of(view)
        flat = replaced(flat, positions, WRITES[write][1](flat[wrap(np.asarray(positions))], w_))
    parts = [flat[wrap(np.asarray(positions_of(view)))] for view in early]
    other = (flat.reshape(SHAPE) * torch.tensor(weights)).sum() + sum((v * v).sum() for v in parts)
    other.backward()

    np.testing.assert_allclose(y.detach().numpy(), flat.detach().numpy().reshape(SHAPE), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), x_.grad.numpy(), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        0.0 if w.grad is None else w.grad.item(), 0.0 if w_.grad is None else w_.grad.item(), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize(
    "key",
    [1, (0, 2), slice(None, None, 2), (Ellipsis, -1), None, [0, 2, 0], (slice(None), [3, 1]), "mask"],
    ids=repr,
)
def test_item_assignment_gives_the_value_its_gradient_and_the_replaced_elements_zero(key: Any) -> None:
    rng = np.random.default_rng(1)
    if key == "mask":
        key = wrap(rng.normal(size=SHAPE) > 0)
    base, weights = rng.normal(size=SHAPE), rng.normal(size=SHAPE)
    plain = key.numpy() if isinstance(key, Tensor) else key
    part = rng.normal(size=base[plain].shape)
    x, v = torch.tensor(base, requires_grad=True), torch.tensor(part, requires_grad=True)
    y = x * 2
    y[key] = v * 3
    (y * torch.tensor(weights)).sum().backward()

    marked = np.zeros(SHAPE, bool)
    marked[plain] = True
    np.testing.assert_allclose(x.grad.numpy(), np.where(marked, 0, 2 * weights))
    if not isinstance(key, list):
        np.testing.assert_allclose(v.grad.numpy(), 3 * weights[plain])


def test_item_assignment_broadcasts_and_casts() -> None:
    y = torch.zeros(2, 3)
    y[:, 1] = torch.tensor([[5, 6]])
    y[0] += 1
    assert y.tolist() == [[1, 6, 1], [0, 6, 0]]


def test_an_augmented_item_assignment_is_differentiated_once() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y[:2] *= 10
    y.sum().backward()
    assert x.grad.tolist() == [10, 10, 1]


def test_detach_and_views_share_storage_and_version() -> None:
    w = torch.ones(4, requires_grad=True)
    alias, view = w.detach(), w.detach().view(2, 2)
    w.detach().add_(1)
    view.mul_(3)
    alias -= 1
    assert w.tolist() == [5, 5, 5, 5]
    assert w._version == alias._version == view._version == 3
    assert w.requires_grad and w.is_leaf


def test_data_shares_storage_and_not_the_version() -> None:
    k = torch.zeros(3)
    k.add_(1)
    data, alias = k.data, k.detach()
    assert data._version == 0 and data.data_ptr() == k.data_ptr() and data._base is None
    data[1:].add_(1)
    alias.add_(1)
    assert k.tolist() == data.tolist() == [2, 3, 3]
    assert (data._version, k._version, alias._version, k.data._version) == (1, 2, 2, 0)


@pytest.mark.parametrize(
    "part", [lambda x: x, lambda x: x[1:], lambda x: x.T, lambda x: x[:, ::2], lambda x: x[1, 1], lambda x: x[:0]]
)
def test_data_of_a_view_lies_where_the_view_lies(part: Any) -> None:
    x = torch.arange(12.0).reshape(3, 4).clone()
    view = part(x)
    data = view.data
    assert (data.shape, data.stride(), data.dtype) == (view.shape, view.stride(), view.dtype)
    assert data.storage_offset() == view.storage_offset() and data.data_ptr() == view.data_ptr()
    data.fill_(7)
    assert (view == 7).all() and x._version == 0


def test_a_write_through_data_is_not_noticed_by_backward() -> None:
    k, x = torch.zeros(3), torch.ones(3, requires_grad=True)
    y = k * x
    k.data[0] = 5
    y.sum().backward()
    assert x.grad.tolist() == [5, 0, 0]


def test_a_0d_tensor_shares_its_storage_with_its_data() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    w.data.mul_(3)
    w.data -= 1
    assert w.item() == 5
    with torch.no_grad():
        w -= 1
    assert w.item() == 4 and w.is_leaf


def test_gradient_descent_in_place_under_no_grad_keeps_the_leaf() -> None:
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    for _ in range(100):
        (w * w).sum().backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad.zero_()
    assert w.is_leaf and w.abs().max().item() < 1e-6


def test_writes_through_views_leave_no_reference_cycles() -> None:
    gc.disable()
    try:
        y = torch.ones(3, requires_grad=True) * 2
        v = y[1:]
        v.mul_(3)
        node = weakref.ref(y.node)
        del y, v
        assert node() is None
    finally:
        gc.enable()


def test_random_filling_is_reproducible_and_cuts_off_the_gradient() -> None:
    x = torch.ones(4, requires_grad=True)
    y = x * 2
    torch.manual_seed(3)
    y.normal_()
    torch.manual_seed(3)
    assert y.tolist() == torch.zeros(4).normal_().tolist()
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0, 0]


def test_index_add_scatter_and_masked_fill_write_in_place() -> None:
    x = torch.zeros(3, 2)
    x.index_add_(0, torch.tensor([0, 2, 0]), torch.ones(3, 2))
    x.scatter_(1, torch.tensor([[0], [1], [0]]), 9.0)
    x.masked_fill_(x == 0, -1.0)
    assert x.tolist() == [[9, 2], [-1, 9], [9, 1]]


def test_reading_a_view_under_no_grad_keeps_its_graph() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    first = y[:1]
    y *= 2.0
    with torch.no_grad():
        assert first.requires_grad
        first *= 3.0
    first.sum().backward()
    assert x.grad.tolist() == [2.0, 0.0]


@pytest.mark.parametrize(("part", "expected"), [("real", 8 + 4j), ("imag", 2 + 16j)])
def test_real_and_imag_are_views_that_can_be_written(part: str, expected: complex) -> None:
    x = torch.tensor([1 + 2j], requires_grad=True)
    y = x * 1.0
    getattr(y, part).mul_(2.0)
    y.abs().square().sum().backward()
    assert x.grad.item() == pytest.approx(expected)


def test_random_and_diagonal_writes_cut_off_the_gradient_of_what_they_overwrite() -> None:
    for write in (Tensor.geometric_, Tensor.log_normal_, Tensor.cauchy_):
        x = torch.ones(3, requires_grad=True)
        y = x * 1.0
        write(y, 0.5)
        y.sum().backward()
        assert x.grad.tolist() == [0, 0, 0]
    x = torch.ones(3, 2, requires_grad=True)
    (x * 1.0).fill_diagonal_(5.0).sum().backward()
    assert x.grad.tolist() == [[0, 1], [1, 0], [1, 1]]


def test_copying_a_leaf_into_a_tensor_does_not_make_it_a_leaf() -> None:
    w = torch.ones(3, requires_grad=True)
    for source in (w, w * 1):
        for copy in (torch.zeros(3), w.detach()):
            copy.copy_(source)
            assert not copy.is_leaf and copy.grad_fn is not source.grad_fn
            copy.mul_(0.5)
            assert torch.autograd.grad(copy.sum(), w, retain_graph=True)[0].tolist() == [0.5] * 3


def test_in_place_composites_equal_the_out_of_place_ones() -> None:
    x, y, z = tensor([1.0, 5.0]), tensor([3.0, 1.0]), tensor([2.0, 4.0])
    assert x.clone().lerp_(y, 0.25).tolist() == [1.5, 4.0]
    assert x.clone().addcmul_(y, z, value=0.5).tolist() == [4.0, 7.0]
    assert x.clone().addcdiv_(y, z, value=2).tolist() == [4.0, 5.5]
    assert x.clone().addcmul_(y, z).tolist() == [7.0, 9.0]
    assert x.clone().addcdiv_(y, z).tolist() == [2.5, 5.25]
    assert x.clone().logical_not_().tolist() == [0.0, 0.0]


def test_a_complex_number_can_be_assigned_only_in_a_complex_tensor() -> None:
    z, x = torch.zeros(2, dtype=torch.complex64), torch.zeros(2)
    z[0] = 2j
    z[1] = True
    assert z.tolist() == [2j, 1]
    with pytest.raises(RuntimeError, match="without overflow"):
        x[0] = 2j
    assert x.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("method", ["addcdiv_", "addcmul_"])
def test_the_factor_of_addcmul_and_addcdiv_is_a_keyword(method: Any) -> None:
    x = torch.ones(2)
    with pytest.raises(TypeError):
        getattr(x, method)(torch.ones(2), torch.ones(2), 0.5)
    assert x.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("key", [0, slice(0, 1), [0], (Ellipsis, 0)])
def test_assigning_a_value_that_requires_grad_makes_a_constant_require_grad(key: Any) -> None:
    x, w = torch.zeros(2, dtype=float64), leaf([5.0])
    x[key] = w
    assert x.requires_grad and x.tolist() == [5.0, 0.0]
    (x * 3).sum().backward()
    assert w.grad.tolist() == [3.0]


def test_an_assigned_value_with_excess_dims_of_size_1_gets_a_gradient_of_its_own_shape() -> None:
    x, w = torch.zeros(3, 2, dtype=float64), leaf([[[5.0, 7.0]]])
    x[0] = w
    (x * torch.arange(6.0).reshape(3, 2)).sum().backward()
    assert w.grad.tolist() == [[[0.0, 1.0]]] and x[0].tolist() == [5.0, 7.0]


def test_writing_a_value_that_requires_grad_into_a_view_makes_its_base_require_grad() -> None:
    base, w = torch.ones(3, dtype=float64), leaf([5.0, 7.0])
    view = base[:2]
    view.mul_(torch.ones(2, dtype=float64))
    assert not base.requires_grad and not view.requires_grad
    view.mul_(w)
    assert base.requires_grad
    (base * torch.arange(3.0)).sum().backward()
    assert w.grad.tolist() == [0.0, 1.0]


def test_an_old_value_that_a_rule_needs_is_kept_when_it_is_overwritten() -> None:
    for method in ("mul_", "pow_", "div_"):
        plain, w = torch.tensor([2.0, 3.0], dtype=float64), leaf([2.0, 1.0])
        expected = torch.autograd.grad(getattr(plain, method[:-1])(w).sum(), w)[0].tolist()
        written = plain.clone()
        getattr(written, method)(w).sum().backward()
        assert w.grad.tolist() == expected


def test_a_tensor_can_be_assigned_its_own_elements_in_another_order() -> None:
    x = torch.arange(6.0)
    x[torch.tensor([1, 2, 3, 4, 5, 0])] = x
    assert x.tolist() == [5.0, 0.0, 1.0, 2.0, 3.0, 4.0]
    x[torch.tensor([True, True, False, True, True, True])] = x.flip(0)[:5]
    assert x.tolist() == [4.0, 3.0, 1.0, 2.0, 1.0, 0.0]
    x[1:] = x[:-1]
    assert x.tolist() == [4.0, 4.0, 3.0, 1.0, 2.0, 1.0]
    x[:] = x.flip(0)
    assert x.tolist() == [1.0, 2.0, 1.0, 3.0, 4.0, 4.0]
