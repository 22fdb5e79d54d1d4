"""Checks of what trains in several processes together, each against one process. See distributed/launch.py."""

from __future__ import annotations

import gc
import itertools
import warnings
import weakref
from typing import NamedTuple

import numpy as np
import pytest

import autograd as torch
import autograd.distributed as dist
from autograd import nn
from autograd.nn.parallel import DistributedDataParallel
from tests.autograd.distributed.launch import run_checks

WIDTHS = (784, 256, 128, 10)
BATCH, STEPS = 256, 100


def mlp(*widths, seed=0, dtype=torch.float64):
    torch.manual_seed(seed)
    layers = [layer for m, n in itertools.pairwise(widths) for layer in (nn.Linear(m, n, dtype=dtype), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def batches(steps, batch, features, classes):
    random = np.random.default_rng(0)
    for _ in range(steps):
        yield torch.tensor(random.normal(size=(batch, features))), torch.tensor(random.integers(0, classes, batch))


def my_part(x):
    return x[dist.get_rank() :: dist.get_world_size()]


def gathered(x):
    """Everyone's tensor, as arrays."""
    every = [None] * dist.get_world_size()
    dist.all_gather_object(every, x.detach().numpy())
    return every


def assert_equal_everywhere(*tensors):
    for x in tensors:
        first, *rest = gathered(x)
        assert all(first.tobytes() == other.tobytes() for other in rest)


def train(model, steps, parts, optimizer=None):
    """The losses of a model trained on a part of every batch, averaged over the processes."""
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses = []
    for x, y in batches(steps, BATCH, WIDTHS[0], WIDTHS[-1]):
        loss = nn.functional.cross_entropy(model(parts(x)), parts(y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return losses


def check_losses_are_those_of_one_process_within_1e_12():
    alone = []
    if dist.get_rank() == 0:
        model = mlp(*WIDTHS)
        losses = torch.stack(train(model, STEPS, lambda x: x))
        alone = [x.detach().numpy() for x in (losses, *model.parameters())]
    model = DistributedDataParallel(mlp(*WIDTHS, seed=dist.get_rank()), bucket_cap_mb=0.5)
    losses = torch.stack(train(model, STEPS, my_part))
    dist.all_reduce(losses, dist.ReduceOp.AVG)
    for mine, theirs in zip((losses, *model.parameters()), alone):
        assert np.allclose(mine.detach().numpy(), theirs, rtol=0, atol=1e-12)
    assert_equal_everywhere(*model.parameters())


class Variant(NamedTuple):
    """A way to train, whose gradients must not depend on it."""

    view: bool
    unused: bool
    cap: float
    to_none: bool
    accumulate: int


def check_every_way_of_averaging_leaves_the_mean_of_the_gradients():
    size = dist.get_world_size()
    data = list(batches(4, 24, 6, 3))
    variants = [
        Variant(view, unused, cap, to_none, accumulate)
        for view in (False, True) for unused in (False, True) for cap in (0, 25)
        for to_none in (False, True) for accumulate in (1, 3)
    ]  # fmt: skip
    for variant in variants:
        one, model = mlp(6, 5, 3), mlp(6, 5, 3)
        ddp = DistributedDataParallel(
            model, bucket_cap_mb=variant.cap, gradient_as_bucket_view=variant.view,
            find_unused_parameters=variant.unused,
        )  # fmt: skip
        for x, y in data:
            for m in (one, ddp):
                m.zero_grad(set_to_none=variant.to_none)
            for _ in range(variant.accumulate - 1):
                nn.functional.cross_entropy(one(x), y).backward()
                with ddp.no_sync():
                    nn.functional.cross_entropy(ddp(my_part(x)), my_part(y)).backward()
            nn.functional.cross_entropy(one(x), y).backward()
            nn.functional.cross_entropy(ddp(my_part(x)), my_part(y)).backward()
            for p, q in zip(model.parameters(), one.parameters(), strict=True):
                assert torch.allclose(p.grad, q.grad, rtol=1e-11, atol=1e-13), (variant, size)
            assert_equal_everywhere(*[p.grad for p in model.parameters()])


def retained(model, x):
    loss = (model(x) ** 2).mean()
    loss.backward(retain_graph=True)
    loss.backward()


def penalised(model, x):
    x = x.detach().requires_grad_()
    out = model(x)
    (dx,) = torch.autograd.grad(out.sum(), x, create_graph=True)
    ((dx**2).sum(1).mean() + out.mean() + sum((p**2).sum() for p in model.parameters())).backward()


#: Backward passes other than one for each forward.
PASSES = {
    "two forwards, one backward": lambda model, x: (model(x).mean() + (model(2 * x) ** 2).mean()).backward(),
    "two backwards": lambda model, x: (model(x).mean().backward(), (model(2 * x) ** 2).mean().backward()),
    "one graph twice": retained,
    "a penalty on the gradient and on the parameters": penalised,
    "with a graph of the gradients": lambda model, x: (model(x) ** 2).mean().backward(create_graph=True),
}


def check_any_kind_of_backward_pass_leaves_the_mean_of_the_gradients():
    ((x, _),) = batches(1, 24, 6, 3)
    for name, run in PASSES.items():
        for options in ({}, {"gradient_as_bucket_view": True}, {"find_unused_parameters": True}, {"bucket_cap_mb": 0}):
            one, model = mlp(6, 5, 3), mlp(6, 5, 3)
            for m in (one, model):
                m[0].weight.register_hook(lambda g: 2 * g)
            ddp = DistributedDataParallel(model, **options)
            run(one, x)
            run(ddp, my_part(x))
            for p, q in zip(model.parameters(), one.parameters(), strict=True):
                assert torch.allclose(p.grad, q.grad, rtol=1e-10, atol=1e-12), (name, options)


def check_a_compiled_step_runs_as_it_is_and_says_why():
    one, model = mlp(6, 5, 3), mlp(6, 5, 3)
    ddp = DistributedDataParallel(model)
    ((x, _),) = batches(1, 24, 6, 3)

    def stepper(model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

        def step(x):
            loss = (model(x) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return step

    eager, compiled = stepper(one), torch.compile(stepper(ddp))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(4):
            eager(x)
            compiled(my_part(x))
    assert "DistributedDataParallel exchanges tensors with other processes" in str(compiled.explain())
    for p, q in zip(model.parameters(), one.parameters(), strict=True):
        assert torch.allclose(p, q, rtol=1e-11)


def check_a_wrapper_is_freed_without_the_garbage_collector():
    gc.disable()
    try:
        ddp = DistributedDataParallel(mlp(6, 5, 3))
        ddp(torch.ones(2, 6, dtype=torch.float64)).sum().backward()
        alive = weakref.ref(ddp.module[0].weight)
        del ddp
        assert alive() is None
    finally:
        gc.enable()


def check_gradients_that_were_kept_stay_as_they_are():
    ddp = DistributedDataParallel(mlp(6, 5, 3))
    kept = []
    for x, y in batches(3, 24, 6, 3):
        ddp.zero_grad()
        nn.functional.cross_entropy(ddp(x), y).backward()
        kept += [(p.grad, p.grad.tolist()) for p in ddp.parameters()]
    assert all(grad.tolist() == before for grad, before in kept)


def check_volume_is_one_call_a_bucket_and_the_bytes_of_the_parameters():
    world = dist.world.the_world()
    model = mlp(*WIDTHS, dtype=torch.float32)
    count = sum(p.numel() for p in model.parameters())
    for cap, buckets in ((25, 1), (0.6, 2)):
        model.zero_grad()
        ddp = DistributedDataParallel(model, bucket_cap_mb=cap)
        calls, sent = world.calls, world.bytes
        ddp(torch.ones(4, WIDTHS[0])).sum().backward()
        assert (world.calls - calls, world.bytes - sent) == (buckets, 4 * count), (cap, world.calls - calls)


class Branches(nn.Module):
    """Two layers of which a forward uses one, or both, or none; the outputs in a nest."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.never = (nn.Linear(2, 2, dtype=torch.float64) for _ in range(3))

    def forward(self, x, which):
        return {"outs": [layer(x) for name, layer in (("a", self.a), ("b", self.b)) if name in which], "x": x * 1}


def check_unused_parameters_are_named_in_every_process():
    ddp = DistributedDataParallel(Branches())
    message = "no gradient arrived for b.bias, b.weight, never.bias, never.weight: .*find_unused_parameters=True"
    with pytest.raises(RuntimeError, match=message):
        ddp(torch.ones(1, 2, dtype=torch.float64), "a")["outs"][0].sum().backward()
    dist.barrier()


def check_processes_may_use_different_parameters_with_find_unused_parameters():
    rank, size = dist.get_rank(), dist.get_world_size()
    torch.manual_seed(0)
    ddp = DistributedDataParallel(Branches(), find_unused_parameters=True)
    x = torch.full((1, 2), rank + 1.0, dtype=torch.float64, requires_grad=True)
    for _ in range(2):
        ddp.zero_grad()
        out = ddp(x, "a" if rank == 0 else "")
        (sum(o.sum() for o in out["outs"]) + out["x"].sum()).backward()
        assert ddp.module.a.weight.grad.tolist() == [[1 / size] * 2] * 2
        assert ddp.module.b.weight.grad is None and ddp.module.never.weight.grad is None


def check_a_failed_backward_pass_leaves_the_next_one_right():
    ddp = DistributedDataParallel(mlp(6, 5, 3))
    (x, y), *_ = batches(1, 24, 6, 3)
    nn.functional.cross_entropy(ddp(x), y).backward()
    expected = [p.grad.tolist() for p in ddp.parameters()]
    ddp.zero_grad()
    handle = ddp.module[0].weight.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        nn.functional.cross_entropy(ddp(x), y).backward()
    handle.remove()
    ddp.zero_grad()
    nn.functional.cross_entropy(ddp(x), y).backward()
    assert [p.grad.tolist() for p in ddp.parameters()] == expected


def check_autograd_grad_averages_nothing_and_sends_nothing():
    world = dist.world.the_world()
    ddp = DistributedDataParallel(mlp(6, 5, 3))
    (x, y), *_ = batches(1, 24, 6, 3)
    calls = world.calls
    torch.autograd.grad(nn.functional.cross_entropy(ddp(my_part(x)), my_part(y)), list(ddp.parameters()))
    with torch.no_grad():
        ddp(x)
    assert world.calls == calls
    nn.functional.cross_entropy(ddp(my_part(x)), my_part(y)).backward()
    assert_equal_everywhere(*[p.grad for p in ddp.parameters()])


def check_buffers_are_those_of_rank_0():
    torch.manual_seed(dist.get_rank())
    ddp = DistributedDataParallel(nn.Sequential(nn.BatchNorm1d(3), nn.Linear(3, 2)))
    for _ in range(2):
        ddp(torch.randn(5, 3)).sum().backward()
    mine = ddp.module[0].running_mean.clone()
    ddp(torch.randn(5, 3))
    assert gathered(mine)[0].tolist() != [0, 0, 0]
    ddp.eval()
    ddp(torch.randn(5, 3))  # as in validation on rank 0 alone: nothing is sent
    assert len(ddp.state_dict()) == 7 and all(key.startswith("module.") for key in ddp.state_dict())


def check_bad_models_are_refused_in_every_process():
    for frozen in (nn.ReLU(), nn.Linear(2, 2).requires_grad_(False)):
        with pytest.raises(RuntimeError, match="not needed when a module doesn't have any parameter"):
            DistributedDataParallel(frozen)
    with pytest.raises(ValueError, match="device_ids"):
        DistributedDataParallel(nn.Linear(2, 2), device_ids=[0])
    with pytest.raises(TypeError, match="expects a Module"):
        DistributedDataParallel(3)
    rank = dist.get_rank()
    if dist.get_world_size() > 1:
        with pytest.raises(RuntimeError, match=r"rank 0 has 'weight' of shape \(2, 2\) .* rank 1 has 'weight' of .*3"):
            DistributedDataParallel(nn.Linear(2 + rank, 2))
        with pytest.raises(RuntimeError, match="rank 0 has no more parameters and buffers, and rank 1 has 'bias'"):
            DistributedDataParallel(nn.Linear(2, 2, bias=rank > 0))


# -- SyncBatchNorm ----------------------------------------------------------------------------------


def check_sync_batch_norm_is_batch_norm_of_the_whole_batch():
    rank, size = dist.get_rank(), dist.get_world_size()
    random = np.random.default_rng(1)
    for shape, momentum, affine in (((3,), 0.1, True), ((3, 4), None, True), ((3, 2, 2), 0.3, False)):
        sizes = [r + 2 for r in range(size)]  # unequal batches
        whole = torch.tensor(random.normal(size=(sum(sizes), *shape)) * 3 + 1, requires_grad=True)
        weights = torch.tensor(random.normal(size=whole.shape))
        kind = {1: nn.BatchNorm1d, 2: nn.BatchNorm1d, 3: nn.BatchNorm2d}[len(shape)]
        plain = kind(3, momentum=momentum, affine=affine, dtype=torch.float64)
        sync = nn.SyncBatchNorm.convert_sync_batchnorm(
            nn.Sequential(kind(3, momentum=momentum, affine=affine, dtype=torch.float64))
        )[0]
        start, end = sum(sizes[:rank]), sum(sizes[: rank + 1])
        mine = whole.detach()[start:end].requires_grad_()
        for _ in range(2):
            out, ours = plain(whole), sync(mine)
            assert torch.allclose(ours, out[start:end], rtol=1e-12, atol=1e-13)
        (out**2 * weights).sum().backward()
        (ours**2 * weights[start:end]).sum().backward()
        assert torch.allclose(mine.grad, whole.grad[start:end], rtol=1e-10, atol=1e-12)
        if affine:
            total = sync.weight.grad.clone()
            dist.all_reduce(total)
            assert torch.allclose(total, plain.weight.grad, rtol=1e-11, atol=1e-12)
        for name, buffer in plain.named_buffers():
            assert torch.allclose(sync.get_buffer(name), buffer, rtol=1e-12)
        assert torch.allclose(sync.eval()(mine), plain.eval()(mine), rtol=1e-12)


def check_sync_batch_norm_of_float16_is_computed_in_float32():
    rank, size = dist.get_rank(), dist.get_world_size()
    whole = torch.tensor(np.random.default_rng(2).normal(size=(70_000 * size, 2)) + 3, dtype=torch.float16)
    plain, sync = nn.BatchNorm1d(2).half(), nn.SyncBatchNorm(2).half()
    mine = whole[70_000 * rank : 70_000 * (rank + 1)]
    expected, found = plain(whole)[70_000 * rank : 70_000 * (rank + 1)], sync(mine)
    assert found.dtype == torch.float16 and torch.allclose(found.float(), expected.float(), rtol=2e-3, atol=2e-3)
    for name, buffer in plain.named_buffers():
        assert torch.allclose(sync.get_buffer(name).float(), buffer.float(), rtol=2e-3)


# -- DistributedSampler -----------------------------------------------------------------------------


def check_samplers_share_out_the_indices_and_follow_the_epoch():
    sampler = torch.utils.data.DistributedSampler(range(10), seed=3)
    orders = []
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        every = [None] * dist.get_world_size()
        dist.all_gather_object(every, list(sampler))
        assert {i for part in every for i in part} == set(range(10)) and len({len(p) for p in every}) == 1
        orders.append(every)
    assert orders[0] != orders[1]
    with pytest.warns(UserWarning, match=r"call set_epoch\(epoch\)"):
        iter(sampler)


# -- ZeroRedundancyOptimizer ------------------------------------------------------------------------


class Pair:
    """Two equal models, trained by a plain optimizer and by a sharded one."""

    def __init__(self, kind, **settings):
        self.models = [mlp(6, 5, 4, 3) for _ in range(2)]
        self.plain = kind(self.models[0].parameters(), **settings)
        self.sharded = torch.optim.ZeroRedundancyOptimizer(self.models[1].parameters(), kind, **settings)
        self.optimizers = (self.plain, self.sharded)
        self.schedules = [torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5) for optimizer in self.optimizers]

    def steps(self, count):
        for x, y in batches(count, 24, 6, 3):
            for model, optimizer, schedule in zip(self.models, self.optimizers, self.schedules):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(x), y).backward()
                optimizer.step()
                schedule.step()
        for p, q in zip(*(model.parameters() for model in self.models), strict=True):
            assert p.tolist() == q.tolist()


def check_a_sharded_optimizer_takes_the_steps_of_a_plain_one():
    for kind, settings in ((torch.optim.Adam, {"lr": 0.01}), (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9})):
        pair = Pair(kind, **settings)
        pair.steps(5)
        counts = [None] * dist.get_world_size()
        dist.all_gather_object(counts, sum(p.numel() for p in pair.sharded._local.state))
        assert sum(counts) == sum(p.numel() for p in pair.models[1].parameters())
        with pytest.raises(RuntimeError, match=r"has not been consolidated on this rank.*consolidate_state_dict\(to="):
            pair.sharded.state_dict()
        pair.sharded.consolidate_state_dict(to=0)
        saved = [pair.sharded.state_dict() if dist.get_rank() == 0 else None]
        dist.broadcast_object_list(saved, 0)
        theirs = pair.plain.state_dict()["state"]
        for number, state in saved[0]["state"].items():
            for name, value in state.items():
                assert torch.as_tensor(value).tolist() == torch.as_tensor(theirs[number][name]).tolist()
        pair.plain.load_state_dict(saved[0])
        pair.sharded.load_state_dict(pair.plain.state_dict())
        pair.steps(3)
        pair.sharded.add_param_group({"params": [torch.ones(2, requires_grad=True)], "lr": 1.0})
        extra = pair.sharded.param_groups[1]["params"][0]
        (extra * extra).sum().backward()
        pair.sharded.step()
        assert extra.tolist() != [1.0, 1.0]
        assert_equal_everywhere(extra)


def check_bad_arguments_of_the_sharded_optimizer():
    with pytest.raises(ValueError, match="empty parameter list"):
        torch.optim.ZeroRedundancyOptimizer([], torch.optim.SGD, lr=0.1)
    with pytest.raises(TypeError, match="must be a class of optimizers"):
        torch.optim.ZeroRedundancyOptimizer(mlp(2, 2).parameters(), 3, lr=0.1)


if __name__ == "__main__":
    warnings.simplefilter("error")
    run_checks(globals())
