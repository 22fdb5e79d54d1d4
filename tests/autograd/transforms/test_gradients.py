"""backward and grad: accumulation into leaves, cotangents, several outputs, batches of cotangents."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as torch
from autograd import float64, grad, tensor
from tests.tools.tensors import leaf


def test_repeated_backward_with_retain_graph_accumulates():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    for times in (1, 2, 3):
        y.backward(retain_graph=True)
        assert x.grad.tolist() == [2.0 * times, 4.0 * times]


def test_accumulation_keeps_the_identity_of_the_gradient():
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    assert x.grad is first
    assert first.tolist() == [5, 5]


def test_backward_into_chosen_inputs_leaves_the_others_alone():
    x, y = leaf(2.0), leaf(3.0)
    (x * y).backward(inputs=[x])
    assert x.grad.item() == 3 and y.grad is None


def test_grad_adds_over_several_outputs_even_the_same_one_twice():
    x = leaf(2.0)
    y = x * x
    (dx,) = grad([y, y, x], x)
    assert dx.item() == 2 * 4 + 1


def test_grad_refuses_an_unused_input_unless_it_is_allowed():
    x, unused = leaf(2.0), leaf(1.0)
    y = x * x
    with pytest.raises(RuntimeError, match="allow_unused=True"):
        grad(y, [x, unused], retain_graph=True)
    assert grad(y, [x, unused], retain_graph=True, allow_unused=True)[1] is None
    assert grad(y, [x, unused], materialize_grads=True)[1].item() == 0


def test_gradients_never_alias_each_other_the_inputs_or_the_cotangent():
    x, y, g = leaf(np.ones((2, 3))), leaf(np.ones((2, 3))), tensor(np.ones((2, 3)))
    (x + y).backward(g)
    dz = grad(x.reshape(3, 2).T + 0, [x], tensor(np.ones((2, 3))))[0]
    kept = [x.grad.array, y.grad.array, g.array, x.array, y.array, dz.array]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(kept) for b in kept[:i])


def test_gradients_with_a_graph_of_their_own_never_alias_each_other_or_the_cotangent():
    x, y, g = leaf([1.0, 2.0]), leaf([3.0, 4.0]), tensor(np.ones(2))
    (x + y).backward(g, create_graph=True)
    assert not any(np.shares_memory(a.array, b.array) for a, b in [(x.grad, y.grad), (x.grad, g), (y.grad, g)])
    (x + y).sum().backward()  # adds to each gradient once
    assert x.grad.tolist() == y.grad.tolist() == [2, 2]


def test_a_gradient_keeps_its_graph_if_backward_is_called_under_no_grad():
    x = leaf([1.0, 2.0])
    y = (x**3).sum()
    with torch.no_grad():
        y.backward(create_graph=True)
    assert grad(x.grad.sum(), x)[0].tolist() == [6, 12]


def test_a_batch_of_cotangents_gives_the_rows_of_the_jacobian():
    x, unused = tensor([1.0, 2.0], requires_grad=True), tensor(1.0, requires_grad=True)
    y = x * x
    rows, none = torch.autograd.grad(y, [x, unused], torch.eye(2), allow_unused=True, is_grads_batched=True)
    assert rows.tolist() == [[2, 0], [0, 4]] and none is None
    with pytest.raises(RuntimeError, match="a second time"):
        torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True)
    for seeds in (None, tensor(1.0).expand(0, 2)):
        with pytest.raises(RuntimeError, match="is_grads_batched=True: expected"):
            torch.autograd.grad(x * x, x, seeds, is_grads_batched=True)


def test_a_gradient_can_be_deleted():
    x = tensor(1.0, requires_grad=True)
    (x * x).backward()
    del x.grad
    assert x.grad is None


def test_an_output_passed_twice_counts_twice():
    x = leaf([1.0, 2.0])
    y = x * 3
    torch.autograd.backward([y, y], [torch.ones(2, dtype=float64), torch.full((2,), 10.0, dtype=float64)])
    assert x.grad.tolist() == [33.0, 33.0]


def test_gradients_with_a_graph_accumulate():
    x = leaf([1.0, 2.0])
    for _ in range(2):
        (x**3).sum().backward(create_graph=True)
    assert x.grad.tolist() == [6.0, 24.0]
    assert torch.autograd.grad(x.grad.sum(), x)[0].tolist() == [12.0, 24.0]


@pytest.mark.parametrize("value", [3.0, [3.0]])
def test_gradients_of_a_scalar_accumulate(value):
    x = leaf(value)
    for factor in (2, 5, 7):
        (x * factor).sum().backward()
    assert x.grad.sum().item() == 14.0


def test_accumulating_into_a_grad_with_graph_detaches_it():
    x = leaf([1.0, 2.0])
    (x**3).sum().backward(create_graph=True)
    (x**3).sum().backward()
    assert x.grad.tolist() == [6.0, 24.0]
    assert not x.grad.requires_grad


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2), ()])
def test_a_cotangent_must_have_the_shape_of_its_output(shape):
    y = leaf([1.0, 2.0]) * 2
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        y.backward(torch.ones(shape, dtype=float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.complex128])
def test_a_cotangent_must_have_the_dtype_of_its_output(dtype):
    y = leaf([1.0, 2.0]) * 2
    with pytest.raises(RuntimeError, match="Mismatch in dtype"):
        y.backward(torch.ones(2, dtype=dtype))


@pytest.mark.parametrize("count", [1, 3])
def test_there_must_be_as_many_cotangents_as_outputs(count):
    x = leaf([1.0])
    cotangents = [torch.ones(1, dtype=float64)] * count
    for pull in (torch.autograd.backward, lambda outputs, given: torch.autograd.grad(outputs, x, given)):
        with pytest.raises(RuntimeError, match=f"got 2 tensors and {count} gradients"):
            pull([x * x, x * 3], cotangents)


def test_backward_of_several_tensors_frees_saved_values_and_copies_cotangents():
    x, given = leaf([2.0]), torch.ones(1, dtype=float64)
    y = x * x
    torch.autograd.backward([y, x], [given, given])
    assert x.grad.tolist() == [5.0]
    given.add_(1)
    assert x.grad.tolist() == [5.0]
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.backward([y], [given])


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, False),
        ({"retain_graph": True}, True),
        ({"create_graph": True}, True),
        ({"create_graph": True, "retain_graph": True}, True),
        ({"retain_graph": False}, False),
    ],
)
def test_the_graph_is_kept_with_retain_graph_or_create_graph(options, kept):
    ones = torch.ones(1, dtype=float64)
    for pull in (
        lambda y, x, **how: torch.autograd.backward([y], [ones], **how),
        lambda y, x, **how: y.backward(ones, **how),
        lambda y, x, **how: torch.autograd.grad([y], [x], [ones], **how),
        lambda y, x, **how: torch.autograd.grad(
            [y], [x], [torch.ones(2, 1, dtype=float64)], is_grads_batched=True, **how
        ),
    ):
        x = leaf([2.0])
        y = x * x
        pull(y, x, **options)
        if kept:
            pull(y, x)
        else:
            with pytest.raises(RuntimeError, match="second time"):
                pull(y, x)


def test_backward_of_several_tensors_records_gradients_even_under_no_grad():
    x = leaf([2.0])
    y = x * x * x
    with torch.no_grad():
        torch.autograd.backward([y], [torch.ones(1, dtype=float64)], create_graph=True)
    assert torch.autograd.grad(x.grad, x)[0].tolist() == [12.0]


@pytest.mark.parametrize("rows", [(2, 3), (3, 2)])
def test_batched_cotangents_must_have_the_same_batch_size(rows):
    x = leaf([2.0, 3.0])
    with pytest.raises(RuntimeError, match="all with the same first dim"):
        torch.autograd.grad([x * x, x * 2], x, [torch.ones(n, 2, dtype=float64) for n in rows], is_grads_batched=True)
    with pytest.raises(RuntimeError, match="expected a cotangent for each output"):
        torch.autograd.grad([x.sum(), x * 2], x, [None, torch.ones(3, 2, dtype=float64)], is_grads_batched=True)


def test_materialize_grads_contradicts_allow_unused_false():
    x, other = leaf([2.0]), leaf([[1.0, 2.0]])
    with pytest.raises(ValueError, match="allow_unused to be True or not passed"):
        torch.autograd.grad(x.sum(), [x, other], allow_unused=False, materialize_grads=True)
    for allowed in (True, None):
        found = torch.autograd.grad(x.sum(), [x, other], allow_unused=allowed, materialize_grads=True)
        assert [g.tolist() for g in found] == [[1.0], [[0.0, 0.0]]]


def test_hundreds_of_outputs():
    many = 300  # more than the small numbers of which Python keeps one each
    x = leaf([2.0])
    ones = [torch.ones(1, dtype=float64)] * many
    torch.autograd.backward([x * 3] * many, ones)
    assert x.grad.tolist() == [900.0]
    assert torch.autograd.grad([x * 3] * many, x, ones)[0].tolist() == [900.0]
    (rows,) = torch.autograd.grad([x * 3] * many, x, [torch.eye(1, dtype=float64)] * many, is_grads_batched=True)
    assert rows.tolist() == [[900.0]]


def test_a_batch_of_one_cotangent_keeps_its_batch_dim():
    x, other = leaf([2.0, 3.0]), leaf([1.0])
    (rows, none) = torch.autograd.grad(
        x * x, [x, other], torch.ones(1, 2, dtype=float64), is_grads_batched=True, allow_unused=True
    )
    assert rows.tolist() == [[4.0, 6.0]] and none is None


def test_batched_gradients_free_the_graph_after_the_last():
    x = leaf([2.0, 3.0])
    y = x * x
    (rows,) = torch.autograd.grad(y, x, torch.eye(2, dtype=float64), is_grads_batched=True)
    assert rows.tolist() == [[4.0, 0.0], [0.0, 6.0]]
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(y, x, torch.ones(2, dtype=float64))


def test_backward_of_several_tensors_is_the_sum_of_their_backwards():
    x, y = leaf([1.0, 2.0]), leaf([1.0, 2.0])
    g = tensor([3.0, 4.0], dtype=torch.float64)
    torch.backward([(x * x).sum(), x.exp()], [None, g])
    (y * y).sum().backward()
    y.exp().backward(g)
    np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-14)


def test_backward_does_not_change_the_cotangents_that_it_gets():
    x, g = leaf([1.0, 2.0]), tensor([3.0, 4.0], dtype=torch.float64)
    torch.backward([x, x * 1], [g, g])
    x.grad.zero_()
    assert g.tolist() == [3, 4]
    torch.backward(x, g)
    x.grad.add_(1)
    assert g.tolist() == [3, 4]


def test_backward_needs_one_cotangent_for_each_output_scalars_without_and_inputs():
    x = leaf([1.0, 2.0])
    with pytest.raises(RuntimeError, match="got 2 tensors and 1 gradients"):
        torch.backward([x.sum(), x.sum()], [None])
    with pytest.raises(RuntimeError, match="implicitly created only for scalar outputs"):
        torch.backward([x.sum(), x])
    with pytest.raises(RuntimeError, match="cannot be empty"):
        torch.backward(x.sum(), inputs=[])


def test_grad_at_an_intermediate_value_keeps_the_graph_behind_it():
    x = leaf([1.0, 2.0])
    z = x * x
    torch.grad((z * z).sum(), z)
    z.sum().backward()
    assert x.grad.tolist() == [2, 4]


def test_grad_needs_an_input_and_names_an_unused_one():
    x = leaf([1.0, 2.0])
    assert torch.grad(x.sum(), x, only_inputs=True)[0].tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="cannot be empty"):
        torch.grad(x.sum(), [])
    with pytest.raises(RuntimeError, match="The differentiated Tensor at index 1 appears to not have been used"):
        torch.grad(x.sum(), [x, leaf([1.0])])


def test_the_second_derivative_of_a_network_of_relus_is_zeros():
    x = leaf([[1.0, -2.0], [0.5, 3.0]])
    u = torch.relu(x @ leaf([[1.0, -1.0], [2.0, 0.5]])).sum()
    (first,) = grad(u, x, create_graph=True)
    (second,) = grad(first.sum(), x)
    assert second.tolist() == [[0, 0], [0, 0]]
