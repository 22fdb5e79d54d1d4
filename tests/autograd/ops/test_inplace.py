"""Writing in place: the same values and gradients as the program without writes, or an error that says why."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import Tensor
from autograd.core.tensor import wrap

SHAPE = (3, 4)


def strided(x: Any) -> Any:
    """Every other element of the storage from the second on, in two rows."""
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


def numbered(view: Any) -> Any:
    """Which elements of the flat base a view shows."""
    return VIEWS[view](np.arange(np.prod(SHAPE)).reshape(SHAPE))


def replaced(flat: Tensor, places: Any, part: Tensor) -> Tensor:
    """`flat` with other values at some places, without a write."""
    places = np.asarray(places)
    chosen = np.zeros(flat.shape, bool)
    chosen[places] = True
    order = np.zeros(flat.shape, np.int64)
    order[places.reshape(-1)] = np.arange(places.size)
    return torch.where(wrap(chosen), part.reshape(-1)[wrap(order)], flat)


program = st.lists(
    st.tuples(st.sampled_from(sorted(VIEWS)), st.sampled_from(sorted(WRITES)), st.booleans()), min_size=1, max_size=5
)


@given(program, st.integers(0, 2**20))
def test_writes_through_views_differentiate_as_the_program_without_writes(steps: Any, seed: int) -> None:
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
        places = numbered(view)
        flat = replaced(flat, places, WRITES[write][1](flat[wrap(np.asarray(places))], w_))
    seen = [flat[wrap(np.asarray(numbered(view)))] for view in early]
    other = (flat.reshape(SHAPE) * torch.tensor(weights)).sum() + sum((v * v).sum() for v in seen)
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
def test_item_assignment_passes_the_gradient_to_the_value_and_off_what_it_replaced(key: Any) -> None:
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


def test_a_get_modify_set_counts_once() -> None:
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1
    y[:2] *= 10
    y.sum().backward()
    assert x.grad.tolist() == [10, 10, 1]


def test_data_detach_and_views_share_storage_and_version() -> None:
    w = torch.ones(4, requires_grad=True)
    alias, view = w.detach(), w.data.view(2, 2)
    w.data.add_(1)
    view.mul_(3)
    alias -= 1
    assert w.tolist() == [5, 5, 5, 5]
    assert w._version == alias._version == view._version == 3
    assert w.requires_grad and w.is_leaf


def test_a_zero_dim_tensor_shares_its_storage_too() -> None:
    w = torch.tensor(2.0, requires_grad=True)
    w.data.mul_(3)
    w.data -= 1
    assert w.item() == 5
    with torch.no_grad():
        w -= 1
    assert w.item() == 4 and w.is_leaf


def test_gradient_descent_by_hand_keeps_the_leaf() -> None:
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    for _ in range(100):
        (w * w).sum().backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad.zero_()
    assert w.is_leaf and w.abs().max().item() < 1e-6


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
        (lambda x: torch.zeros(3)[1:].detach_(), "detach views"),
    ],
)
def test_a_write_that_may_not_be_raises_and_changes_nothing(write: Any, message: str) -> None:
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    with pytest.raises(RuntimeError, match=message):
        write(x)
    assert x.tolist() == [1, 2, 3, 4] and x._version == 0


def test_an_index_out_of_range_is_an_index_error() -> None:
    with pytest.raises(IndexError, match="out of bounds"):
        torch.zeros(2)[5] = 1.0


def test_backward_refuses_what_was_overwritten_and_says_how_to_mend_it() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = y * y
    y += 1
    y += 1
    with pytest.raises(RuntimeError, match=r"mul saved its argument x of shape \(2,\) at version 0.*version 2 now"):
        z.sum().backward()
    assert x.grad is None


@pytest.mark.parametrize("alias", [lambda y: y.detach(), lambda y: y.data, lambda y: y[:1], lambda y: y.view(1, 2)])
def test_a_write_through_any_alias_is_seen(alias: Any) -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = y.exp() * y
    alias(y).mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_a_write_that_harms_nothing_is_let_pass() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = y.exp()  # needs its own output alone
    y += 1
    z.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), np.exp([1.0, 2.0]), rtol=1e-6)


def test_the_saved_value_may_be_written_after_backward() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 1
    (y * y).sum().backward()
    y += 1
    assert y.item() == 2


def test_writes_leave_no_cycles() -> None:
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


def test_random_filling_is_reproducible_and_ends_the_graph() -> None:
    x = torch.ones(4, requires_grad=True)
    y = x * 2
    torch.manual_seed(3)
    y.normal_()
    torch.manual_seed(3)
    assert y.tolist() == torch.zeros(4).normal_().tolist()
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0, 0]


def test_index_and_scatter_writes() -> None:
    x = torch.zeros(3, 2)
    x.index_add_(0, torch.tensor([0, 2, 0]), torch.ones(3, 2))
    x.scatter_(1, torch.tensor([[0], [1], [0]]), 9.0)
    x.masked_fill_(x == 0, -1.0)
    assert x.tolist() == [[9, 2], [-1, 9], [9, 1]]


def test_a_view_that_is_looked_at_under_no_grad_keeps_its_graph() -> None:
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
def test_the_parts_of_complex_numbers_are_views(part: str, expected: complex) -> None:
    x = torch.tensor([1 + 2j], requires_grad=True)
    y = x * 1.0
    getattr(y, part).mul_(2.0)
    y.abs().square().sum().backward()
    assert x.grad.item() == pytest.approx(expected)


def test_writes_that_are_random_or_on_the_diagonal_end_the_graph_where_they_write() -> None:
    for write in (Tensor.geometric_, Tensor.log_normal_, Tensor.cauchy_):
        x = torch.ones(3, requires_grad=True)
        y = x * 1.0
        write(y, 0.5)
        y.sum().backward()
        assert x.grad.tolist() == [0, 0, 0]
    x = torch.ones(3, 2, requires_grad=True)
    (x * 1.0).fill_diagonal_(5.0).sum().backward()
    assert x.grad.tolist() == [[0, 1], [1, 0], [1, 1]]


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
def test_filling_complains(call: Any) -> None:
    x = torch.ones(2)
    with pytest.raises(RuntimeError):
        call(x)
    assert x.tolist() == [1, 1]


def test_a_copy_of_a_leaf_is_no_leaf_and_may_be_written() -> None:
    w = torch.ones(3, requires_grad=True)
    for source in (w, w * 1):
        for copy in (torch.zeros(3), w.detach()):
            copy.copy_(source)
            assert not copy.is_leaf and copy.grad_fn is not source.grad_fn
            copy.mul_(0.5)
            assert torch.autograd.grad(copy.sum(), w, retain_graph=True)[0].tolist() == [0.5] * 3
