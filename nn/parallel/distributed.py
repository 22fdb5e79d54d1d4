"""DistributedDataParallel: one model in several processes, each of which computes a part of every batch.

The gradients are averaged over the processes during the backward pass. They lie in a few large arrays, the buckets, so
that few messages are sent. A bucket is averaged as soon as its gradients, and those of the buckets before it, have
been computed.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import autograd
from autograd.base import nests
from autograd.base.dtypes import Array
from autograd.core.grad_mode import recording
from autograd.core.graph import Leaf
from autograd.core.tensor import Tensor, wrap
from autograd.core.writes import write
from autograd.transforms.gradients import in_backward, queue_callback

from ..module import Module

__all__ = ["DistributedDataParallel"]


class DistributedDataParallel(Module):
    """A module whose gradients are averaged over all processes of `autograd.distributed`.

    At first the parameters and buffers of rank 0 are copied to all. Then each process calls the wrapper with its own
    part of the batch, and `backward()` leaves the mean of the gradients of all processes in every one, so that equal
    optimizers keep the parameters equal, bit by bit. The state dict's keys begin with "module.", as in PyTorch.

    Args:
        module: the model, equal in all processes but for its values.
        device_ids, output_device: None, or an empty list: there are no GPUs.
        dim: ignored.
        broadcast_buffers: whether each forward in training mode begins with the buffers of rank 0.
        init_sync: whether to copy the parameters and buffers of rank 0 at first.
        process_group: None: all processes.
        bucket_cap_mb: the size of a bucket in megabytes; 25 by default.
        find_unused_parameters: allow parameters that get no gradient in some backward passes. The gradients are then
            averaged at the end of the backward pass; a parameter that no process used keeps its gradient.
        check_reduction, static_graph: ignored.
        gradient_as_bucket_view: let the gradients lie in buckets that are made once. Otherwise the buckets are made
            again in each backward pass after `zero_grad()`, so that gradients that were kept stay as they are.

    Raises:
        RuntimeError: no parameter requires a gradient; the modules differ between the processes, or make different
            calls; in the backward pass, a parameter got no gradient, and `find_unused_parameters` is False.
        ValueError: `init_process_group` was not called; there are device ids.
        TypeError: not a module.
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0,
        broadcast_buffers: bool = True, init_sync: bool = True, process_group: Any = None,
        bucket_cap_mb: float | None = None, find_unused_parameters: bool = False, check_reduction: bool = False,
        gradient_as_bucket_view: bool = False, static_graph: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if not isinstance(module, Module):
            raise TypeError(f"DistributedDataParallel expects a Module, but got {type(module).__name__}")
        self._world = autograd.distributed.world.world_of(process_group)
        if device_ids or output_device is not None:
            raise ValueError(
                "DistributedDataParallel device_ids and output_device arguments only work with GPU modules, but got "
                f"device_ids {device_ids}, output_device {output_device}: leave them out"
            )
        trained: dict[str, Tensor] = {name: p for name, p in module.named_parameters() if p.requires_grad}
        if not trained:
            raise RuntimeError(
                "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a "
                "gradient."
            )
        self.module = module
        self.broadcast_buffers = broadcast_buffers
        self.find_unused_parameters = find_unused_parameters
        self.gradient_as_bucket_view = gradient_as_bucket_view
        #: Whether the next forward is followed by a backward pass that averages.
        self.require_backward_grad_sync = True
        self._check_equal_models()
        if init_sync:
            self._copy_from_rank_0([*module.parameters(), *module.buffers()])
        self._reducer = _Reducer(trained, self, (25 if bucket_cap_mb is None else bucket_cap_mb) * 2**20)

    def _check_equal_models(self) -> None:
        """Raise unless the module has the same parameters and buffers in all processes; name the first that differs."""
        mine = [
            (name, str(x.dtype), tuple(x.shape), x.requires_grad)
            for named in (self.module.named_parameters(), self.module.named_buffers())
            for name, x in named
        ]
        every: list[Any] = [None] * self._world.size
        autograd.distributed.all_gather_object(every, mine)
        for rank, theirs in enumerate(every):
            longer = max(len(every[0]), len(theirs))
            for ours, other in zip(*([*model, *[None] * (longer - len(model))] for model in (every[0], theirs))):
                if ours != other:
                    raise RuntimeError(
                        f"DistributedDataParallel: the models differ: rank 0 has {_described(ours)}, and rank {rank} "
                        f"has {_described(other)}"
                    )

    def _copy_from_rank_0(self, tensors: list[Tensor]) -> None:
        """Give the tensors of all processes the values of those of rank 0, in one message for each dtype."""
        for dtype in sorted({t.array.dtype.str for t in tensors}):
            arrays = [t._shared() for t in tensors if t.array.dtype.str == dtype]
            flat = np.concatenate([array.ravel() for array in arrays])
            autograd.distributed.broadcast(wrap(flat), 0)
            if self._world.rank:
                same = [t for t in tensors if t.array.dtype.str == dtype]
                for tensor, part in zip(same, np.split(flat, np.cumsum([a.size for a in arrays])[:-1]), strict=True):
                    write(tensor)[...] = part.reshape(tensor.array.shape)

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """In this context, forward and backward passes add up the gradients of this process without averaging.

        The first backward pass outside averages what was added up.
        """
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """The output of the module, whose backward pass averages the gradients."""
        autograd.distributed.work.not_compiled("DistributedDataParallel")
        averages = self.require_backward_grad_sync and recording()
        if averages and self.broadcast_buffers and self.training and (buffers := list(self.module.buffers())):
            self._copy_from_rank_0(buffers)
        out = self.module(*inputs, **kwargs)
        if recording():
            self._reducer.expected = averages
            self._reducer.running = False  # it is still set if the last backward pass failed
        if averages:
            for tensor in nests.leaves(out):
                # A module may return an input or a parameter as it is, whose hooks are the user's.
                if isinstance(tensor, Tensor) and tensor.grad_fn is not None:
                    tensor.register_hook(self._reducer.begin)
        return out


def _described(entry: tuple[str, str, tuple[int, ...], bool] | None) -> str:
    if entry is None:
        return "no more parameters and buffers"
    name, dtype, shape, requires_grad = entry
    return f"{name!r} of shape {shape} and {dtype}" + ("" if requires_grad else " that requires no grad")


class _Bucket:
    """Parameters of one dtype whose gradients are averaged together.

    Attributes:
        flat: the gradients, one after the other; None until the first backward pass.
        slots: for each parameter its part of `flat`, in its shape.
        missing: the parameters whose gradients have not arrived in this backward pass.
        work: the averaging that was begun.
    """

    def __init__(self, parameters: dict[str, Tensor]) -> None:
        self.parameters = parameters
        self.flat: Array | None = None
        self.slots: dict[str, Array] = {}
        self.missing: set[str] = set()
        self.work: Any = None

    def begin(self, keep: bool) -> None:
        """Give each gradient a slot; the slots of the last pass stay if `keep`, or if all gradients lie in them."""
        self.missing, self.work = set(self.parameters), None
        first = next(iter(self.parameters.values())).array.dtype
        changed = self.flat is None or self.flat.dtype != first
        if changed or not (keep or all(self.lies_in_place(name) for name in self.parameters)):
            self.flat, self.slots = None, {}  # freed before the new array is made, which may then use the memory
            sizes = [p.array.size for p in self.parameters.values()]
            self.flat = np.empty(sum(sizes), first)
            parts = np.split(self.flat, np.cumsum(sizes)[:-1])
            self.slots = {name: x.reshape(p.array.shape) for (name, p), x in zip(self.parameters.items(), parts)}
        for name, p in self.parameters.items():
            if isinstance(p.node, Leaf):
                p.node.place = self.slots[name]

    def lies_in_place(self, name: str) -> bool:
        """Whether the gradient of a parameter is its slot."""
        grad = self.parameters[name].grad
        return grad is not None and grad.array is self.slots.get(name)

    def fill(self, name: str) -> None:
        """Copy the gradient of a parameter into its slot, unless it was written there; 0 if there is none."""
        if not self.lies_in_place(name):
            grad = self.parameters[name].grad
            self.slots[name][...] = 0 if grad is None else grad.array

    def finish(self, used: dict[str, bool], keep: bool) -> None:
        """Wait for the means, and put them into the gradients of the parameters that any process used."""
        self.work.wait()
        self.work = None
        for name, p in self.parameters.items():
            assert isinstance(p.node, Leaf)
            if not keep:
                p.node.place = None
            if not used[name] or self.lies_in_place(name):
                continue
            if p.grad is None:
                p.node.grad = wrap(self.slots[name])
            else:
                write(p.grad)[...] = self.slots[name]


class _Reducer:
    """Averages the gradients of one backward pass, bucket by bucket.

    Attributes:
        expected: whether the last forward was one whose backward pass averages.
        running: whether such a backward pass runs now.
    """

    def __init__(self, trained: dict[str, Tensor], wrapper: DistributedDataParallel, cap: float) -> None:
        self.expected = self.running = False
        self._keep = wrapper.gradient_as_bucket_view
        self._finds_unused = wrapper.find_unused_parameters
        self._world = wrapper._world
        self._buckets = _buckets(trained, cap)
        self._next = 0
        for i, bucket in enumerate(self._buckets):
            for name, parameter in bucket.parameters.items():
                parameter.register_post_accumulate_grad_hook(_hook(weakref.ref(self), i, name))

    def begin(self, _: Any = None) -> None:
        """A backward pass that averages has begun, unless it has already."""
        if self.running or not self.expected or not in_backward():
            return
        queue_callback(self._end)
        self.running, self._next = True, 0
        for bucket in self._buckets:
            bucket.begin(self._keep)

    def arrived(self, i: int, name: str) -> None:
        """The gradient of a parameter of the bucket number `i` is complete."""
        self.begin()
        if not self.running:
            return
        self._buckets[i].missing.discard(name)
        # The order of what is sent must not depend on which parameters a process uses.
        while not self._finds_unused and self._next < len(self._buckets) and not self._buckets[self._next].missing:
            self._start()

    def _start(self) -> None:
        bucket = self._buckets[self._next]
        for name in bucket.parameters:
            bucket.fill(name)
        collectives = autograd.distributed.collectives
        bucket.work = collectives.reduce_in_place(self._world, bucket.flat, autograd.distributed.ReduceOp.AVG, True)
        self._next += 1

    def _end(self) -> None:
        """The backward pass has ended: average the rest, and wait for all means."""
        self.running = False
        missing = [name for bucket in self._buckets for name in bucket.missing]
        used = {name: p.grad is not None for bucket in self._buckets for name, p in bucket.parameters.items()}
        if self._finds_unused:
            flags = np.array(list(used.values()), np.uint8)
            distributed = autograd.distributed
            distributed.collectives.reduce_in_place(self._world, flags, distributed.ReduceOp.MAX, False)
            used = dict(zip(used, flags.tolist()))
        elif missing:
            raise RuntimeError(
                f"DistributedDataParallel: no gradient arrived for {', '.join(sorted(missing))}: the loss does not "
                "depend on them. Pass find_unused_parameters=True if that is meant"
            )
        while self._next < len(self._buckets):
            self._start()
        for bucket in self._buckets:
            bucket.finish(used, self._keep)


def _hook(reducer: weakref.ref[_Reducer], i: int, name: str) -> Callable[[Tensor], None]:
    """The hook of a parameter; it must not keep the reducer alive, which holds the parameter."""

    def hook(_: Tensor) -> None:
        if (living := reducer()) is not None:
            living.arrived(i, name)

    return hook


def _buckets(parameters: dict[str, Tensor], cap: float) -> list[_Bucket]:
    """The parameters in groups of one dtype and at most `cap` bytes, the last first, as gradients arrive."""
    groups: list[dict[str, Tensor]] = []
    size, dtype = 0, None
    for name, p in reversed(parameters.items()):
        if not groups or size + p.nbytes > cap or dtype != p.array.dtype:
            groups.append({})
            size, dtype = 0, p.array.dtype
        groups[-1][name] = p
        size += p.nbytes
    return [_Bucket(group) for group in groups]
