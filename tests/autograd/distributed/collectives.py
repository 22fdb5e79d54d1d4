"""Checks that several processes make together: each call against NumPy, and bad arguments. See launch.py."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as torch
import autograd.distributed as dist
from autograd.distributed import ReduceOp
from tests.autograd.distributed.launch import run_checks

DTYPES = [torch.float64, torch.float32, torch.float16, torch.int64, torch.uint8, torch.complex128]


def rank_and_size():
    return dist.get_rank(), dist.get_world_size()


def values(shape, dtype, rank, seed=0):
    """The tensor of a rank as an array: small whole numbers, so that every sum and product is exact."""
    numbers = np.random.default_rng((seed, rank)).integers(1, 4, shape)
    return torch.tensor(numbers).to(dtype)._shared()


REDUCTIONS = {
    ReduceOp.SUM: lambda x: x.sum(0),
    ReduceOp.PRODUCT: lambda x: x.prod(0),
    ReduceOp.MIN: lambda x: x.min(0),
    ReduceOp.MAX: lambda x: x.max(0),
    ReduceOp.AVG: lambda x: x.sum(0) / len(x),
    ReduceOp.BAND: np.bitwise_and.reduce,
    ReduceOp.BOR: np.bitwise_or.reduce,
    ReduceOp.BXOR: np.bitwise_xor.reduce,
}


def takes(op, dtype):
    bits = op in (ReduceOp.BAND, ReduceOp.BOR, ReduceOp.BXOR)
    if dtype.is_complex:
        return op in (ReduceOp.SUM, ReduceOp.PRODUCT, ReduceOp.AVG)
    return not bits if dtype.is_floating_point else op is not ReduceOp.AVG


def random_call(random, rank, size):
    """One random collective call: what this process gets, and what it should."""
    name = random.choice(
        ["all_reduce", "reduce", "broadcast", "all_gather", "into_tensor", "reduce_scatter", "gather", "scatter", "obj"]
    )
    shape = tuple(random.integers(0, 4, random.integers(0, 3)).tolist())
    dtype = DTYPES[random.integers(len(DTYPES))]
    ops = [op for op in REDUCTIONS if takes(op, dtype)]
    op, root, seed = ops[random.integers(len(ops))], int(random.integers(size)), int(random.integers(1000))
    later, turned = bool(random.integers(2)), bool(random.integers(2))
    every = np.stack([values(shape, dtype, r, seed) for r in range(size)])
    mine = torch.tensor(every[rank])
    if turned and mine.ndim == 2:
        mine = torch.tensor(np.asfortranarray(every[rank]).T).T  # not contiguous
    empty = lambda *shape: torch.zeros(shape, dtype=dtype)
    reduced = lambda: REDUCTIONS[op](every).astype(every.dtype)
    here = rank == root
    if name == "all_reduce":
        return dist.all_reduce(mine, op, async_op=later), [mine], [reduced()]
    if name == "reduce":
        return dist.reduce(mine, root, op, async_op=later), [mine], [reduced() if here else every[rank]]
    if name == "broadcast":
        return dist.broadcast(mine, root, async_op=later), [mine], [every[root]]
    if name == "all_gather":
        parts = [empty(*shape) for _ in range(size)]
        return dist.all_gather(parts, mine, async_op=later), parts, list(every)
    if name == "into_tensor":
        out = empty(size, *shape)
        return dist.all_gather_into_tensor(out, mine, async_op=later), [out], [every]
    if name == "reduce_scatter":
        whole = np.stack([np.stack([values(shape, dtype, (r, i), seed) for i in range(size)]) for r in range(size)])
        out = empty(*shape)
        work = dist.reduce_scatter_tensor(out, torch.tensor(whole[rank]), op, async_op=later)
        return work, [out], [REDUCTIONS[op](whole)[rank].astype(every.dtype)]
    if name == "gather":
        parts = [empty(*shape) for _ in range(size)] if here else None
        return dist.gather(mine, parts, root, async_op=later), parts or [], list(every) if here else []
    if name == "scatter":
        parts = [torch.tensor(x) for x in every] if here else None
        out = empty(*shape)
        return dist.scatter(out, parts, root, async_op=later), [out], [every[rank]]
    objects = [None] * size
    dist.all_gather_object(objects, {"rank": rank, "text": "x" * seed})
    assert objects == [{"rank": r, "text": "x" * seed} for r in range(size)]
    listed = [(root, here)]
    dist.broadcast_object_list(listed, root)
    assert listed == [(root, True)]
    return None, [], []


def check_random_programs_of_collectives_agree_with_numpy():
    rank, size = rank_and_size()
    for program in range(25):
        random = np.random.default_rng(program)
        begun = [random_call(random, rank, size) for _ in range(random.integers(1, 10))]
        for i in random.permutation(len(begun)):  # works may be waited for in any order
            work, found, expected = begun[i]
            if work is not None:
                work.wait()
            for x, y in zip(found, expected, strict=True):
                assert x.numpy().dtype == y.dtype and np.array_equal(x.numpy(), y), (program, i)


def check_a_ring_of_messages_carries_each_tensor_to_the_next_rank():
    rank, size = rank_and_size()
    if size == 1:
        return
    x, y = torch.full((3,), float(rank)), torch.zeros(3)
    works = [dist.isend(x, (rank + 1) % size, tag=5), dist.irecv(y, (rank - 1) % size, tag=5)]
    for work in works:
        assert work.wait()
    assert y.tolist() == [float((rank - 1) % size)] * 3
    if rank == 0:
        dist.send(torch.arange(4), 1)
    elif rank == 1:
        y = torch.zeros(4, dtype=torch.int64)
        assert dist.recv(y, 0) == 0 and y.tolist() == [0, 1, 2, 3]


def check_a_message_of_another_shape_is_refused():
    rank, size = rank_and_size()
    if size > 1 and rank == 0:
        dist.send(torch.ones(3), 1)
    elif rank == 1:
        with pytest.raises(RuntimeError, match=r"the tensor has float32\(2,\), but float32\(3,\) was sent"):
            dist.recv(torch.ones(2), 0)


def check_work_says_when_it_is_completed():
    work = dist.all_reduce(torch.ones(2), async_op=True)
    work.wait()
    assert work.is_completed() and work.wait()


def check_bad_arguments_are_refused_in_every_process():
    rank, size = rank_and_size()
    ones, grad = torch.ones(2), torch.ones(2, requires_grad=True)
    complex_, integers = torch.ones(2) + 1j, torch.ones(2, dtype=torch.int64)
    table = [
        (lambda: dist.init_process_group("mpi"), ValueError, "twice"),
        (lambda: dist.all_reduce(grad), RuntimeError, "requires grad"),
        (lambda: dist.broadcast(grad * 2, 0), RuntimeError, "requires grad"),
        (lambda: dist.all_gather([grad] * size, ones), RuntimeError, "tensor_list requires grad"),
        (lambda: dist.all_reduce([1, 2]), TypeError, "tensor must be"),
        (lambda: dist.all_reduce(ones, "sum"), TypeError, "must be a ReduceOp"),
        (lambda: dist.all_reduce(complex_, ReduceOp.MIN), ValueError, "does not support MIN on complex tensors"),
        (lambda: dist.all_reduce(ones, ReduceOp.BAND), RuntimeError, "cannot use ReduceOp.BAND with float32"),
        (lambda: dist.all_reduce(integers, ReduceOp.AVG), RuntimeError, "cannot use ReduceOp.AVG with int64"),
        (lambda: dist.all_reduce(ones > 0), RuntimeError, "cannot use ReduceOp.SUM with bool"),
        (lambda: dist.broadcast(ones, size), ValueError, f"src={size}, but the ranks are 0 to {size - 1}"),
        (lambda: dist.broadcast(ones, -1), ValueError, "src=-1"),
        (lambda: dist.reduce(ones, 7), ValueError, "dst=7"),
        (lambda: dist.broadcast(ones, "0"), TypeError, "src must be the rank"),
        (lambda: dist.send(ones, rank), ValueError, "is this process itself"),
        (lambda: dist.recv(ones, size), ValueError, "the ranks are"),
        (lambda: dist.all_gather([ones] * (size + 1), ones), ValueError, f"holds {size + 1} tensors"),
        (lambda: dist.all_gather([ones.double()] * size, ones), ValueError, "the dtypes differ"),
        (lambda: dist.all_gather([torch.ones(3)] * size, ones), ValueError, r"has shape \(3,\), but \(2,\)"),
        (lambda: dist.all_gather(ones, ones), TypeError, "must be a list"),
        (lambda: dist.all_gather_into_tensor(torch.ones(2 * size + 1), ones), ValueError, "output_tensor has shape"),
        (lambda: dist.reduce_scatter_tensor(ones, torch.ones(2 * size + 1)), ValueError, "input has shape"),
        (lambda: dist.gather(ones, None if rank == 0 else [ones], 0), ValueError, "gather_list"),
        (lambda: dist.scatter(ones, None if rank == 0 else [ones], 0), ValueError, "scatter_list"),
        (lambda: dist.all_reduce(ones, group=3), ValueError, "groups of some of the processes"),
        (lambda: dist.all_gather_object([None] * (size + 1), 1), ValueError, "places"),
        (lambda: dist.nn.functional.all_reduce(grad, ReduceOp.MAX), NotImplementedError, "have no gradient"),
    ]
    for i, (call, kind, message) in enumerate(table):
        with pytest.raises(kind, match=message):
            call()
            raise AssertionError(f"row {i} was accepted")
    with torch.no_grad():
        dist.all_reduce(grad)
    assert grad.tolist() == [size, size]


def check_different_calls_are_named_in_every_process_and_change_nothing():
    rank, size = rank_and_size()
    for later in (False, True):
        x = torch.ones(2 + rank)
        if size > 1:
            with pytest.raises(RuntimeError, match=r"rank 0: all_reduce of float32\(2,\); rank 1: .*\(3,\)"):
                work = dist.all_reduce(x, async_op=later)
                work.wait()
            assert x.tolist() == [1.0] * (2 + rank)
        y = torch.ones(2)
        dist.all_reduce(y)
        assert y.tolist() == [size, size]


def check_gradients_of_all_reduce_and_all_gather_are_those_of_one_process():
    rank, size = rank_and_size()
    functional = dist.nn.functional
    start = [values((2, 3), torch.float64, r) for r in range(size)]
    weights = [values((2, 3), torch.float64, r, 1) for r in range(size)]
    x = torch.tensor(start[rank], requires_grad=True)

    def loss(total, parts, weight):
        return (total**3 * weight).sum() + sum((i + 1) * (p**2 * weight).sum() for i, p in enumerate(parts))

    mine = loss(functional.all_reduce(x), functional.all_gather(x), torch.tensor(weights[rank]))
    (dx,) = torch.autograd.grad(mine, x, create_graph=True)
    (ddx,) = torch.autograd.grad((dx**2).sum(), x)
    alone = [torch.tensor(v, requires_grad=True) for v in start]
    losses = sum(loss(sum(alone), alone, torch.tensor(w)) for w in weights)
    grads = torch.autograd.grad(losses, alone, create_graph=True)
    seconds = torch.autograd.grad(sum((g**2).sum() for g in grads), alone)
    assert torch.allclose(dx, grads[rank], rtol=1e-12) and torch.allclose(ddx, seconds[rank], rtol=1e-12)
    mean = functional.all_reduce(x, ReduceOp.AVG)
    assert torch.allclose(mean, sum(torch.tensor(v) for v in start) / size)


def check_a_compiled_step_with_a_collective_runs_it_and_says_why_it_is_not_compiled():
    size = dist.get_world_size()

    def in_place(x):
        y = x * 2
        dist.all_reduce(y)
        return y

    def differentiable(x):
        return dist.nn.functional.all_reduce(x * 2)

    for function in (in_place, differentiable):
        step = torch.compile(function)
        assert step(torch.ones(2)).tolist() == [2.0 * size] * 2
        with pytest.warns(UserWarning, match="runs eagerly: .*all_reduce exchanges tensors"):
            assert step(torch.ones(2)).tolist() == [2.0 * size] * 2
        assert step(torch.ones(2)).tolist() == [2.0 * size] * 2
        assert "exchanges tensors with other processes" in str(step.explain())


if __name__ == "__main__":
    run_checks(globals())
