"""Edge cases in which we agree with PyTorch: calls, each with the recorded result of PyTorch."""

import math

import pytest

import autograd as torch
import nn.functional as F

x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
integers = torch.tensor([1, 2, 3])
scalar = torch.tensor(2.0)
first = torch.tensor([0])
row = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        # dims by keyword
        (lambda: torch.flip(integers, dims=(0,)), [3, 2, 1]),
        (lambda: integers.flip(dims=[0]), [3, 2, 1]),
        (lambda: torch.tile(integers, dims=(2,)), [1, 2, 3, 1, 2, 3]),
        (lambda: torch.permute(x, dims=(1, 0))[0], [1, 4]),
        (lambda: torch.reshape(x, shape=(3, 2))[0], [1, 2]),
        (lambda: torch.zeros(size=(2,)), [0, 0]),
        # ranges of integers
        (lambda: torch.arange(-1.5, 3.5, 1.5, dtype=torch.int64), [-1, 0, 1, 2]),
        (lambda: torch.arange(-1.5, 3.5, 1.5, dtype=torch.int32), [-1, 0, 1, 2]),
        (lambda: torch.linspace(-4, 4, 6, dtype=torch.int64), [-4, -2, 0, 0, 2, 4]),
        (lambda: torch.linspace(0.9, 2.9, 3, dtype=torch.int64), [0, 1, 2]),
        (lambda: torch.linspace(3, 7, 1), [3]),
        (lambda: torch.logspace(0, 3, 4, base=2, dtype=torch.int64, device="cpu"), [1, 2, 4, 8]),
        (lambda: torch.logspace(torch.tensor(0), torch.tensor(1), 2), [1, 10]),
        # device, layout and memory format are accepted
        (lambda: torch.zeros(2, layout=None, pin_memory=False), [0, 0]),
        (lambda: torch.ones_like(integers, memory_format=None, device="cpu"), [1, 1, 1]),
        (lambda: integers.new_full((2,), 5, device="cpu", layout=None, pin_memory=False), [5, 5]),
        (lambda: integers.float(memory_format=None), [1, 2, 3]),
        # products
        (lambda: torch.addmv(integers[:2], torch.tensor([[1, 2], [3, 4]]), integers[:2], beta=0.2, alpha=1.6), [5, 11]),
        (lambda: torch.tensordot(torch.ones(1, 2), torch.ones(3, 2), dims=([0], [0])), [[3, 3], [3, 3]]),
        # order
        (lambda: torch.kthvalue(scalar, 1, 0, True).indices, 0),
        (lambda: torch.median(scalar, 0, True).indices, 0),
        (lambda: torch.searchsorted(integers, torch.tensor([2, 9]), side="right", out_int32=True), [2, 3]),
        (lambda: torch.searchsorted(integers.flip(0), 2, sorter=torch.tensor([2, 1, 0])), 1),
        (lambda: torch.searchsorted(x, torch.tensor([[2.5], [2.5]])), [[2], [0]]),
        # padding
        (lambda: F.pad(row, (-1, 1), mode="reflect"), [[[2, 3, 4, 3]]]),
        (lambda: F.pad(row, (-1, 1), mode="replicate"), [[[2, 3, 4, 4]]]),
        (lambda: F.pad(row, (-4, 5), mode="replicate"), [[[4, 4, 4, 4, 4]]]),
        (lambda: F.pad(row, (-1, 1), mode="circular"), [[[2, 3, 4, 2]]]),
        # layers
        (lambda: F.avg_pool1d(torch.tensor([[-1, -2, 5, 6]]), 2), [[-1, 5]]),
        (lambda: F.prelu(torch.tensor(-2.0), torch.tensor([0.5])), -1),
        (lambda: F.threshold(integers, 1.5, 0.5), [0, 2, 3]),
        (lambda: F.hardtanh(integers, -1.0, 2.0), [1, 2, 2]),
        (lambda: F.relu6(integers * 3), [3, 6, 6]),
        (lambda: F.batch_norm(torch.zeros(0), torch.zeros(0), torch.ones(0), training=True), []),
        # arithmetic
        (lambda: torch.tensor([-1, 1, 2, 0, -1]) ** torch.tensor([-3, -1, -2, -1, -2]), [-1, 1, 0, 0, 1]),
        (lambda: 2 ** torch.tensor([-1, 3]), [0, 8]),
        (lambda: torch.angle(integers), [0, 0, 0]),
        (lambda: torch.square(torch.tensor([True, False])), [1, 0]),
        # joining and splitting
        (lambda: torch.tensor_split(integers, torch.tensor([1]))[1], [2, 3]),
        (lambda: torch.tensor_split(integers, torch.tensor(2))[0], [1, 2]),
        (lambda: torch.atleast_1d(scalar, integers)[0], [2]),
        (lambda: torch.atleast_1d([scalar])[0], [2]),
        # indexing
        (lambda: torch.gather(integers, 0, torch.zeros((2, 0), dtype=torch.int64)), [[], []]),
        (lambda: torch.gather(scalar, 0, first), [2]),
        (lambda: torch.take_along_dim(integers, torch.tensor([-1, 0]), 0), [3, 1]),
        (lambda: torch.index_fill(scalar, 0, first, 7.0), 7),
        (lambda: torch.index_add(scalar, 0, first, scalar, alpha=2), 6),
        (lambda: torch.scatter(integers, 0, torch.tensor([0, 0]), torch.tensor([5, 6]), reduce="add"), [12, 2, 3]),
        (lambda: torch.scatter(integers, 0, torch.tensor([0, 0]), torch.tensor([5, 6]), reduce="multiply"), [30, 2, 3]),
        (lambda: torch.scatter(integers, 0, first, value=9), [9, 2, 3]),
    ],
)  # fmt: skip
def test_the_value_is_pytorchs(call, expected):
    assert call().tolist() == expected


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (lambda: torch.normal(torch.zeros(2, dtype=torch.float64), 1.0), torch.float64),
        (lambda: torch.normal(0.0, 1.0, (2,), dtype=torch.float64, device="cpu", layout=None), torch.float64),
        (lambda: torch.randint_like(integers, 5, device="cpu"), torch.int64),
        (lambda: torch.rand_like(x, device="cpu", memory_format=None), torch.float32),
        (lambda: torch.square(torch.tensor([True])), torch.int64),
        (lambda: F.relu6(integers), torch.int64),
        (lambda: torch.searchsorted(integers, 2, out_int32=True), torch.int32),
    ],
)
def test_the_dtype_is_pytorchs(call, expected):
    assert call().dtype is expected


def test_cosine_similarity_broadcasts_before_it_computes_norms():
    out = F.cosine_similarity(torch.ones(1, 2), torch.tensor([[1.0, 1.0], [0.0, 1.0]]), dim=0)
    assert out.tolist() == pytest.approx([1 / math.sqrt(2), 1])


def test_the_angle_of_real_numbers_has_a_gradient_of_zero():
    y = torch.tensor([-1.0, 2.0], requires_grad=True)
    torch.angle(y).sum().backward()
    assert torch.angle(y).tolist() == pytest.approx([math.pi, 0]) and y.grad.tolist() == [0, 0]


def test_scatter_with_reduce_add_has_gradients_and_with_multiply_refuses_them():
    y, src = torch.ones(2, requires_grad=True), torch.tensor([3.0], requires_grad=True)
    torch.scatter(y, 0, first, src, reduce="add").sum().backward()
    assert y.grad.tolist() == [1, 1] and src.grad.tolist() == [1]
    with pytest.raises(RuntimeError, match="not implemented"):
        torch.scatter(y, 0, first, src, reduce="multiply")


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.searchsorted(integers, 1, right=True, side="left"),
        lambda: torch.searchsorted(integers, 1, side="middle"),
        lambda: torch.searchsorted(x, integers),
        lambda: torch.scatter(integers, 0, first, 1, reduce="mean"),
        lambda: torch.arange(0, 1, 0.5, dtype=torch.int64),
        lambda: torch.logspace(0, 1, -1),
        lambda: F.batch_norm(torch.ones(2), torch.zeros(2), torch.ones(2)),
        lambda: F.pad(torch.ones(1, 0), (1, 0), mode="replicate"),
    ],
)
def test_the_call_raises_as_in_pytorch(call):
    with pytest.raises(RuntimeError):
        call()
