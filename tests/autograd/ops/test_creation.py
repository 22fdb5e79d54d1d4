"""Creating tensors: values, with NumPy as the oracle, dtypes, shared memory, and reproducible random numbers."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import tensor
from autograd.ops.creation import random
from autograd.testing.strategies import arrays, shapes


@given(arrays(shapes()))
def test_a_tensor_of_nested_lists_has_their_numbers(x):
    out = tensor(x.tolist(), dtype=torch.float64)
    if x.size:
        np.testing.assert_array_equal(out.numpy(), x)
    assert tensor(x).tolist() == np.asarray(x).tolist()


@given(shapes())
def test_constants_have_the_right_shape_value_and_dtype(shape):
    for make, value in ((torch.zeros, 0), (torch.ones, 1)):
        for out in (make(shape), make(*shape) if shape else make(size=shape)):
            assert out.shape == shape and out.dtype is torch.float32
            assert bool((out == value).all())
    assert torch.full(shape, 7).dtype is torch.int64
    assert torch.zeros_like(torch.ones(shape, dtype=torch.int8)).dtype is torch.int8
    assert torch.full_like(torch.ones(shape), 2.0).sum().item() == 2 * np.prod(shape)
    assert torch.empty(shape).shape == torch.rand(shape).shape == torch.randn(shape).shape == shape


@given(st.integers(-5, 5), st.integers(-5, 5), st.integers(1, 3))
def test_arange_agrees_with_numpy(start, end, step):
    low, high = min(start, end), max(start, end)
    assert torch.arange(low, high, step).tolist() == np.arange(low, high, step).tolist()
    assert torch.arange(high, low, -step).tolist() == np.arange(high, low, -step).tolist()
    np.testing.assert_allclose(torch.arange(low, high, 0.5).numpy(), np.arange(low, high, 0.5))


@given(st.floats(-5, 5), st.floats(-5, 5), st.integers(0, 6))
def test_linspace_and_logspace_agree_with_numpy(start, end, steps):
    np.testing.assert_allclose(
        torch.linspace(start, end, steps, dtype=torch.float64).numpy(), np.linspace(start, end, steps)
    )
    np.testing.assert_allclose(
        torch.logspace(start, end, steps, dtype=torch.float64).numpy(), np.logspace(start, end, steps)
    )


@given(st.integers(0, 4), st.integers(0, 4))
def test_eye_and_meshgrid_agree_with_numpy(n, m):
    np.testing.assert_array_equal(torch.eye(n, m).numpy(), np.eye(n, m))
    for indexing in ("ij", "xy"):
        ours = torch.meshgrid(torch.arange(n), torch.arange(m), indexing=indexing)
        for a, b in zip(ours, np.meshgrid(np.arange(n), np.arange(m), indexing=indexing), strict=True):
            np.testing.assert_array_equal(a.numpy(), b)


def test_one_hot_puts_a_one_at_each_class():
    assert torch.one_hot(tensor([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert torch.one_hot(tensor(1), 2).tolist() == [0, 1]


def test_tensor_copies_and_as_tensor_shares_memory():
    array = np.zeros(2, np.float32)
    copy, shared = tensor(array), torch.as_tensor(array)
    array[0] = 1
    assert copy.tolist() == [0, 0] and shared.tolist() == [1, 0]
    assert torch.as_tensor(shared) is shared
    assert torch.as_tensor([1, 2], dtype=torch.float64).dtype is torch.float64


def test_the_default_float_dtype_can_be_set():
    torch.set_default_dtype(torch.float64)
    try:
        assert tensor(1.0).dtype is torch.zeros(1).dtype is torch.rand(1).dtype is torch.float64
        assert tensor(1j).dtype is torch.complex128
        assert torch.exp(tensor(1)).dtype is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    with pytest.raises(TypeError, match="floating-point"):
        torch.set_default_dtype(torch.int64)


DRAWS = [
    lambda g: torch.rand(3, generator=g),
    lambda g: torch.randn(3, generator=g),
    lambda g: torch.randint(0, 10, (3,), generator=g),
    lambda g: torch.randperm(5, generator=g),
    lambda g: torch.normal(0.0, 1.0, (3,), generator=g),
    lambda g: torch.bernoulli(torch.full((3,), 0.5), generator=g),
    lambda g: torch.multinomial(torch.ones(5), 3, generator=g),
]


@pytest.mark.parametrize("draw", DRAWS)
def test_a_seed_makes_numbers_reproducible_and_a_generator_does_not_affect_the_default_one(draw):
    torch.manual_seed(1)
    first = draw(None).tolist()
    state = torch.get_rng_state()
    again = draw(torch.Generator().manual_seed(1)).tolist()
    assert first == again
    following = draw(None).tolist()
    torch.set_rng_state(state)
    assert draw(None).tolist() == following
    torch.manual_seed(1)
    assert draw(None).tolist() == first


def test_random_numbers_have_the_range_and_moments_of_their_distributions():
    torch.manual_seed(0)
    uniform = torch.rand(10_000)
    assert uniform.min().item() >= 0 and uniform.max().item() < 1 and abs(uniform.mean().item() - 0.5) < 0.02
    normal = torch.randn(10_000)
    assert abs(normal.mean().item()) < 0.05 and abs(normal.std().item() - 1) < 0.05
    dice = torch.randint(1, 7, (1000,))
    assert torch.unique(dice).tolist() == [1, 2, 3, 4, 5, 6] and dice.dtype is torch.int64
    assert sorted(torch.randperm(20).tolist()) == list(range(20))


def test_poisson_and_binomial_numbers_have_the_right_means():
    torch.manual_seed(0)
    rates = torch.tensor([0.0, 2.0, 30.0]).expand(4000, 3)
    assert np.allclose(torch.poisson(rates).mean(0).numpy(), [0, 2, 30], atol=0.5)
    trials = torch.binomial(torch.full((4000,), 10.0), torch.full((4000,), 0.3))
    assert trials.dtype is torch.float32 and abs(trials.mean().item() - 3) < 0.2
    for wrong in (
        lambda: torch.poisson(torch.tensor([-1.0])),
        lambda: torch.binomial(torch.tensor([1.0]), torch.tensor([2.0])),
    ):
        with pytest.raises(RuntimeError):
            wrong()


@pytest.mark.parametrize("make", [torch.ones, lambda n: np.ones(n, np.float32), lambda n: bytearray(4 * n)])
def test_asarray_shares_memory_unless_a_copy_is_asked_for(make):
    data = make(2)
    for copy, shares in ((None, True), (False, True), (True, False)):
        out = torch.asarray(data, copy=copy, device="cpu")
        before = np.array(data).tolist()
        out.fill_(7)
        assert (np.array(data).tolist() != before) == shares
        data = make(2)


def test_asarray_refuses_to_share_what_has_no_memory_or_another_dtype():
    for data in ([1.0, 2.0], 1.0):
        with pytest.raises(ValueError, match="can't alias arbitrary sequence into a tensor"):
            torch.asarray(data, copy=False)
    for data in (torch.ones(2), np.ones(2, np.float32)):
        with pytest.raises(ValueError, match="can't alias tensor with dtype"):
            torch.asarray(data, copy=False, dtype=torch.float64)
    with pytest.raises(RuntimeError, match="CPU-only"):
        torch.asarray([1.0], device="cuda")


def test_asarray_keeps_the_graph_unless_requires_grad_says_otherwise():
    y = torch.ones(2, requires_grad=True) * 2
    assert torch.asarray(y) is y and torch.asarray(y, requires_grad=True) is y
    assert torch.asarray(y, copy=True).requires_grad and not torch.asarray(y, requires_grad=False).requires_grad
    assert torch.asarray([1.0], requires_grad=True).is_leaf
    with pytest.raises(RuntimeError, match="floating point"):
        torch.asarray([1], requires_grad=True)


@pytest.mark.parametrize(
    "make",
    [torch.clone, torch.zeros_like, torch.ones_like, torch.empty_like, lambda x, **kw: torch.full_like(x, 1, **kw)],
)
def test_contiguous_format_makes_the_copy_of_a_transposed_tensor_contiguous(make):
    for x in (torch.ones(2, 3).t(), torch.ones(2, 3, requires_grad=True).t()):
        assert make(x).stride() == (1, 3)
        assert make(x, memory_format=torch.contiguous_format).stride() == (2, 1)


@pytest.mark.parametrize("replacement", [False, True])
def test_multinomial_draws_each_index_in_proportion_to_its_weight_and_none_of_weight_0(replacement):
    torch.manual_seed(0)
    weights = tensor([[1.0, 0.0, 9.0, 0.0], [0.0, 2.0, 0.0, 0.0], [3.0, 3.0, 2.0, 2.0]])
    if replacement:
        drawn = torch.multinomial(weights, 4000, True)
    else:
        drawn = torch.multinomial(weights.repeat_interleave(4000, 0), 1).reshape(3, 4000)
    counts = np.stack([np.bincount(row, minlength=4) for row in drawn.numpy()])
    np.testing.assert_allclose(counts / 4000, weights.numpy() / weights.numpy().sum(1, keepdims=True), atol=0.03)
    assert not counts[weights.numpy() == 0].any()


def test_multinomial_of_no_rows_has_no_rows_and_the_number_0_is_not_in_an_empty_interval():
    assert random._chosen(np.array([[0.0, 1.0]]), np.zeros((1, 1))) == 1
    assert torch.multinomial(torch.zeros(0, 3), 2).shape == (0, 2)
