"""Corners of the engine that random programs seldom reach: each was found by a mutant that lived."""

import inspect
import threading

import numpy as np
import pytest

import autograd as torch
import autograd.core.operation as primitives
from autograd import float64, tensor
from autograd.core.primitive import registry


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def test_an_output_that_is_given_twice_counts_twice():
    x = leaf([1.0, 2.0])
    y = x * 3
    torch.autograd.backward([y, y], [torch.ones(2, dtype=float64), torch.full((2,), 10.0, dtype=float64)])
    assert x.grad.tolist() == [33.0, 33.0]


def test_gradients_with_a_graph_accumulate_too():
    x = leaf([1.0, 2.0])
    for _ in range(2):
        (x**3).sum().backward(create_graph=True)
    assert x.grad.tolist() == [6.0, 24.0]
    assert torch.autograd.grad(x.grad.sum(), x)[0].tolist() == [12.0, 24.0]


@pytest.mark.parametrize("value", [3.0, [3.0]])
def test_gradients_of_one_number_accumulate(value):
    x = leaf(value)
    for factor in (2, 5, 7):
        (x * factor).sum().backward()
    assert x.grad.sum().item() == 14.0


def test_what_is_added_to_a_gradient_with_a_graph_leaves_no_graph_that_is_half_of_it():
    x = leaf([1.0, 2.0])
    (x**3).sum().backward(create_graph=True)
    (x**3).sum().backward()
    assert x.grad.tolist() == [6.0, 24.0]
    assert not x.grad.requires_grad


@pytest.mark.parametrize("kind", [torch.complex64, torch.complex128])
def test_complex_numbers_stay_complex_when_they_are_converted(kind):
    z = tensor([1 + 2j, -3j], dtype=torch.complex128)
    np.testing.assert_array_equal(z.to(kind).numpy(), [1 + 2j, -3j])


def test_complex_numbers_are_true_if_either_part_is():
    assert tensor([1j, 0j, 1.0 + 0j]).bool().tolist() == [True, False, True]


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2), ()])
def test_a_cotangent_has_the_shape_of_its_output(shape):
    y = leaf([1.0, 2.0]) * 2
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        y.backward(torch.ones(shape, dtype=float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.complex128])
def test_a_cotangent_has_the_dtype_of_its_output(dtype):
    y = leaf([1.0, 2.0]) * 2
    with pytest.raises(RuntimeError, match="Mismatch in dtype"):
        y.backward(torch.ones(2, dtype=dtype))


def test_the_dim_that_does_not_broadcast_is_named():
    with pytest.raises(RuntimeError, match=r"tensor a \(4\) must match the size of tensor b \(3\) at dim -2"):
        torch.ones(4, 1) + torch.ones(3, 2)


@pytest.mark.parametrize(("m", "n"), [(3, 0), (0, 3)])
def test_an_empty_dim_that_does_not_broadcast_is_named(m, n):
    with pytest.raises(RuntimeError, match=rf"tensor a \({m}\) must match the size of tensor b \({n}\) at dim -1"):
        torch.ones(m) + torch.ones(n)


def test_a_large_dim_that_is_the_same_is_not_the_one_that_is_named():
    with pytest.raises(RuntimeError, match=r"tensor a \(4\) must match the size of tensor b \(3\) at dim -2"):
        torch.ones(4, 300) + torch.ones(3, 300)


@pytest.mark.parametrize("count", [1, 3])
def test_cotangents_are_as_many_as_outputs(count):
    x = leaf([1.0])
    cotangents = [torch.ones(1, dtype=float64)] * count
    for pull in (torch.autograd.backward, lambda outputs, given: torch.autograd.grad(outputs, x, given)):
        with pytest.raises(RuntimeError, match=f"got 2 tensors and {count} gradients"):
            pull([x * x, x * 3], cotangents)


def test_an_array_of_the_type_already_is_not_copied():
    values = np.ones(3)
    assert primitives.as_dtype(values, np.dtype(np.float64)) is values


def test_the_parents_of_a_node_are_told_as_pytorch_tells_them():
    x = leaf([1.0])
    y = x.exp() * x
    assert y.grad_fn.next_functions == ((y.grad_fn.parents[0], 0), (x.node, 0))


def test_a_masked_array_is_refused_and_other_kinds_become_plain():
    class Odd(np.ndarray):
        pass

    x = tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="masked array would lose its mask"):
        x + np.ma.masked_array([1.0, 2.0], [True, False])
    assert type((x + np.ones(2).view(Odd)).array) is np.ndarray


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_functions_of_whole_numbers_are_of_the_default_float(dtype):
    assert torch.exp(torch.ones(2, dtype=dtype)).dtype is torch.float32


def test_hooks_on_what_is_saved_stay_in_their_thread():
    seen = []

    def compute():
        x = leaf([2.0])
        (x * x).sum().backward()
        seen.append(x.grad.tolist())

    packed = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t):
        other = threading.Thread(target=compute)
        other.start()
        other.join()
    assert seen == [[4.0]] and packed == []


def test_gradients_have_a_graph_only_when_it_is_asked_for():
    x = leaf([2.0])
    (x * x).sum().backward()
    assert x.grad.grad_fn is None and not x.grad.requires_grad
    x.register_hook(lambda g: g * 2)
    (x * x).sum().backward()
    assert x.grad.grad_fn is None and not x.grad.requires_grad and x.grad.tolist() == [12.0]


def test_a_walk_goes_on_behind_a_source_to_another():
    x = leaf([2.0])
    a = x * 3
    found = torch.autograd.grad((a * a + x).sum(), [a, x])
    assert [g.tolist() for g in found] == [[12.0], [37.0]]


def test_a_decorated_generator_comes_to_its_end_and_returns():
    @torch.no_grad()
    def modes():
        got = yield torch.is_grad_enabled()
        return got

    def through():
        found = yield from modes()
        yield found

    steps = through()
    assert next(steps) is False and steps.send("got") == "got"
    assert list(torch.no_grad()(lambda: (yield from (1, 2)))()) == [1, 2]


def test_a_walk_goes_on_behind_the_youngest_source():
    x, w = leaf([2.0]), leaf([5.0])
    a = x * 3
    b = w * 7
    found = torch.autograd.grad((a * b).sum(), [b, x])
    assert [g.tolist() for g in found] == [[6.0], [105.0]]


def test_a_hook_after_retain_grad_is_called_and_what_it_returns_retained():
    x = leaf([2.0])
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    (y * y).sum().backward()
    assert y.grad.tolist() == [120.0] and x.grad.tolist() == [360.0]


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2)])
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_returns_a_gradient_of_the_same_shape_and_dtype(shape, create_graph):
    for other in (torch.ones(shape, dtype=float64), torch.ones(2), torch.ones(2, dtype=torch.complex128)):
        x = leaf([1.0, 2.0])
        y = x * 2
        y.register_hook(lambda g, other=other: other)
        with pytest.raises(RuntimeError, match="has changed the size or the type of value"):
            y.sum().backward(create_graph=create_graph)
        assert x.grad is None


WALKED_AGAIN = {
    "sums and means": lambda x: (x.sum(), x.sum(1), x.mean(), x.cumsum(1), x.diagonal(), torch.einsum("ij->ji", x)),
    "sums of two": lambda x: (x + x, x - 1, -x, x + torch.ones(3, 2), torch.cat([x, x]), torch.stack([x, x])),
    "views": lambda x: (x.T, x[0], x[:, ::2], x.expand(3, 2), x.reshape(2), x.unsqueeze(0), x.split(1, 1)[0]),
    "copies": lambda x: (x.flip(0), x.clone(), x.float(), x.roll(1), x.tril(), x.repeat(2, 2), x[0].diag()),
}
WALKED_ONCE = {
    "values": lambda x: (x * x, x * 3, x / 3, x.exp(), x @ x.T, x.abs(), x.prod(), x.var(), x.relu(), x.clamp(0, 1)),
    "indices": lambda x: (x[:, torch.tensor([0, 1])], x[torch.tensor([0])], x.gather(1, torch.tensor([[0]]))),
    "choices": lambda x: (x.sort()[0], x.amax(), torch.where(x > 1, x, 0.0), x.masked_fill(x > 1, 0.0)),
}


@pytest.mark.parametrize("kind", [*WALKED_AGAIN, *WALKED_ONCE])
def test_a_second_walk_needs_only_what_is_not_freed_as_in_pytorch(kind):
    x = leaf([[1.0, 2.0]])
    for y in (WALKED_AGAIN | WALKED_ONCE)[kind](x):
        ones = torch.ones_like(y)
        first = torch.autograd.grad(y, x, ones)[0]
        if kind in WALKED_AGAIN:
            assert torch.equal(torch.autograd.grad(y, x, ones)[0], first)
        else:
            with pytest.raises(RuntimeError, match="second time"):
                torch.autograd.grad(y, x, ones)


def test_a_hook_alone_retains_nothing():
    x = leaf([2.0])
    y = x * 3
    y.register_hook(lambda g: None)
    (y * y).sum().backward()
    assert getattr(y.node, "grad", None) is None and x.grad.tolist() == [36.0]


def test_backward_of_several_frees_what_was_saved_and_copies_what_was_given():
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
def test_the_graph_is_kept_when_it_is_asked_for(options, kept):
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


def test_backward_of_several_records_gradients_even_under_no_grad():
    x = leaf([2.0])
    y = x * x * x
    with torch.no_grad():
        torch.autograd.backward([y], [torch.ones(1, dtype=float64)], create_graph=True)
    assert torch.autograd.grad(x.grad, x)[0].tolist() == [12.0]


@pytest.mark.parametrize("rows", [(2, 3), (3, 2)])
def test_a_batch_of_gradients_has_one_size(rows):
    x = leaf([2.0, 3.0])
    with pytest.raises(RuntimeError, match="all with the same first dim"):
        torch.autograd.grad([x * x, x * 2], x, [torch.ones(n, 2, dtype=float64) for n in rows], is_grads_batched=True)
    with pytest.raises(RuntimeError, match="expected a cotangent for each output"):
        torch.autograd.grad([x.sum(), x * 2], x, [None, torch.ones(3, 2, dtype=float64)], is_grads_batched=True)


def test_zeros_for_what_is_not_used_are_not_asked_for_and_refused_at_once():
    x, other = leaf([2.0]), leaf([[1.0, 2.0]])
    with pytest.raises(ValueError, match="allow_unused to be True or not passed"):
        torch.autograd.grad(x.sum(), [x, other], allow_unused=False, materialize_grads=True)
    for allowed in (True, None):
        found = torch.autograd.grad(x.sum(), [x, other], allow_unused=allowed, materialize_grads=True)
        assert [g.tolist() for g in found] == [[1.0], [[0.0, 0.0]]]


def test_hundreds_of_outputs_at_once():
    many = 300  # more than the small numbers of which Python keeps one each
    x = leaf([2.0])
    ones = [torch.ones(1, dtype=float64)] * many
    torch.autograd.backward([x * 3] * many, ones)
    assert x.grad.tolist() == [900.0]
    assert torch.autograd.grad([x * 3] * many, x, ones)[0].tolist() == [900.0]
    (rows,) = torch.autograd.grad([x * 3] * many, x, [torch.eye(1, dtype=float64)] * many, is_grads_batched=True)
    assert rows.tolist() == [[900.0]]


def test_a_batch_of_one_gradient_is_a_batch():
    x, other = leaf([2.0, 3.0]), leaf([1.0])
    (rows, none) = torch.autograd.grad(
        x * x, [x, other], torch.ones(1, 2, dtype=float64), is_grads_batched=True, allow_unused=True
    )
    assert rows.tolist() == [[4.0, 6.0]] and none is None


def test_a_decorated_function_keeps_its_name_and_words():
    def plain(x):
        """Words."""
        return x

    def values(x):
        """Words."""
        yield x

    for function in (plain, values):
        for mode in (torch.no_grad, torch.enable_grad(), torch.inference_mode(), torch.set_grad_enabled(True)):
            decorated = mode(function)
            assert (decorated.__name__, decorated.__doc__) == (function.__name__, "Words.")


def test_a_batch_of_gradients_frees_the_graph_at_its_end():
    x = leaf([2.0, 3.0])
    y = x * x
    (rows,) = torch.autograd.grad(y, x, torch.eye(2, dtype=float64), is_grads_batched=True)
    assert rows.tolist() == [[4.0, 0.0], [0.0, 6.0]]
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(y, x, torch.ones(2, dtype=float64))


LEFT_OUT = [
    (
        torch.autograd.grad,
        {
            "grad_outputs": None,
            "retain_graph": None,
            "create_graph": False,
            "only_inputs": True,
            "allow_unused": None,
            "is_grads_batched": False,
            "materialize_grads": False,
        },
    ),
    (torch.autograd.backward, {"grad_tensors": None, "retain_graph": None, "create_graph": False, "inputs": None}),
    (torch.autograd.graph.save_on_cpu, {"pin_memory": False, "device_type": "cuda"}),
    (torch.Tensor.backward, {"gradient": None, "retain_graph": None, "create_graph": False, "inputs": None}),
]


@pytest.mark.parametrize(("function", "defaults"), LEFT_OUT, ids=lambda v: getattr(v, "__qualname__", ""))
def test_what_is_left_out_is_what_pytorch_takes(function, defaults):
    found = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    assert {name: value for name, value in found.items() if value is not inspect.Parameter.empty} == defaults


@pytest.mark.parametrize("asked", ["a", "z"])
def test_a_rule_that_asks_for_what_is_not_there_is_refused(asked):
    rule = {"a": lambda g, a: g, "z": lambda g, z: g}[asked]
    with pytest.raises(ValueError, match=f"the rule for x asks for {asked}, which is no argument"):
        primitives.unary("refused", np.exp, rule)
    assert "refused" not in registry
