"""ZeroRedundancyOptimizer: each of several processes keeps the state of a part of the parameters."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

import autograd
from autograd import enable_grad
from autograd.core.tensor import Tensor, wrap
from autograd.core.writes import write

from .optimizer import Closure, Optimizer, Parameters

__all__ = ["ZeroRedundancyOptimizer"]


class ZeroRedundancyOptimizer(Optimizer):
    """An optimizer whose state is shared out: each process updates a part of the parameters and sends it to the others.

    With Adam, whose state is twice as large as the parameters, two processes need half of it each. The gradients must
    be equal in all processes, as DistributedDataParallel leaves them; then so are the parameters.

    Args:
        params: as for `Optimizer`, in the same order in all processes.
        optimizer_class: the class of the optimizer, such as `Adam`.
        process_group: None: all processes.
        parameters_as_bucket_view: ignored.
        overlap_with_ddp: only False.
        defaults: the settings of the optimizer, such as lr.

    Raises:
        ValueError: there are no parameters; `init_process_group` was not called; overlap_with_ddp.
        TypeError: `optimizer_class` is not a class of optimizers.
        others: those of the optimizer.
    """

    def __init__(
        self, params: Parameters, optimizer_class: type[Optimizer], process_group: Any = None,
        parameters_as_bucket_view: bool = False, overlap_with_ddp: bool = False, **defaults: Any,
    ) -> None:  # fmt: skip
        self._world = autograd.distributed.world.world_of(process_group)
        if not (isinstance(optimizer_class, type) and issubclass(optimizer_class, Optimizer)):
            raise TypeError(f"optimizer_class must be a class of optimizers, such as Adam, but got {optimizer_class!r}")
        if overlap_with_ddp:
            raise ValueError("overlap_with_ddp=True is not supported: leave it out")
        self._all_states: dict[str, Any] | None = None
        # The optimizer of all parameters checks the settings and describes the groups; it never takes a step.
        everything = optimizer_class(params, **defaults)
        self._local: Optimizer | None = None
        self._class, self._settings = optimizer_class, defaults
        super().__init__(everything.param_groups, everything.defaults)
        self._share_out()

    def check(self, group: dict[str, Any]) -> None:
        """The optimizer checks its own settings."""

    def _share_out(self) -> None:
        """Give each parameter, the largest first, to the process that has least so far; make this one's optimizer."""
        every = [p for group in self.param_groups for p in group["params"]]
        held = [0] * self._world.size
        self._rank_of: dict[Tensor, int] = {}
        for p in sorted(every, key=lambda p: -p.array.size):
            rank = held.index(min(held))
            self._rank_of[p] = rank
            held[rank] += p.array.size
        state = {} if self._local is None else self._local.state
        groups = [{**group, "params": self._own(group)} for group in self.param_groups]
        # An optimizer must have parameters, though this process may have none.
        self._local = self._class([autograd.zeros(0, requires_grad=True)], **self._settings)
        self._local.param_groups = groups
        self._local.state = defaultdict(dict, {p: state[p] for group in groups for p in group["params"] if p in state})

    def _own(self, group: dict[str, Any]) -> list[Tensor]:
        return [p for p in group["params"] if self._rank_of[p] == self._world.rank]

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters with settings of its own, in all processes; as `Optimizer.add_param_group`."""
        super().add_param_group(param_group)
        if self._local is not None:
            self._share_out()

    def step(self, closure: Closure | None = None) -> Any:
        """Update the parameters of this process, and receive those of the others.

        Raises:
            RuntimeError: a process has ended, or makes another call.
        """
        assert self._local is not None
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for mine, group in zip(self._local.param_groups, self.param_groups, strict=True):  # schedules change the latter
            mine.update({key: value for key, value in group.items() if key != "params"})
        self._local.step()
        self._all_states = None
        for rank in range(self._world.size):
            updated = [p for p, owner in self._rank_of.items() if owner == rank and p.grad is not None]
            for dtype in sorted({p.array.dtype.str for p in updated}):
                self._broadcast([p for p in updated if p.array.dtype.str == dtype], rank)
        return loss

    def _broadcast(self, parameters: list[Tensor], rank: int) -> None:
        """Give parameters of one dtype the values that they have in the process `rank`."""
        flat = np.concatenate([p.array.ravel() for p in parameters])
        autograd.distributed.broadcast(wrap(flat), rank)
        if rank != self._world.rank:
            for p, part in zip(parameters, np.split(flat, np.cumsum([p.array.size for p in parameters])[:-1])):
                write(p)[...] = part.reshape(p.array.shape)

    def consolidate_state_dict(self, to: int = 0) -> None:
        """Gather the states of all processes in the process `to`, for `state_dict()` there. All must call this.

        Raises:
            ValueError: there is no rank `to`.
        """
        autograd.distributed.collectives.check_rank("consolidate_state_dict", self._world, to, "to")
        assert self._local is not None
        numbers = {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        mine = {numbers[p]: {k: _plain(v) for k, v in s.items()} for p, s in self._local.state.items() if p in numbers}
        every: list[Any] = [None] * self._world.size
        autograd.distributed.all_gather_object(every, mine)
        if self._world.rank == to:
            states = {number: state for part in every for number, state in part.items()}
            self._all_states = {
                number: {k: wrap(v) if isinstance(v, np.ndarray) else v for k, v in states[number].items()}
                for number in sorted(states)
            }

    def state_dict(self) -> dict[str, Any]:
        """The state of a plain optimizer of all parameters: either optimizer can load what the other returned.

        Raises:
            RuntimeError: `consolidate_state_dict` did not gather the states here since the last step.
        """
        if self._all_states is None:
            raise RuntimeError(
                "Optimizer state has not been consolidated on this rank. Please call "
                f"`consolidate_state_dict(to={self._world.rank})` on all ranks beforehand if you meant to save the "
                "global state."
            )
        return {**super().state_dict(), "state": self._all_states}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state of all parameters, of which this process keeps its part; in all processes.

        Raises:
            ValueError: as `Optimizer.load_state_dict`.
        """
        assert self._local is not None
        super().load_state_dict(state_dict)
        own = {p for p, rank in self._rank_of.items() if rank == self._world.rank}
        self._local.state = defaultdict(dict, {p: state for p, state in self.state.items() if p in own})
        self.state = defaultdict(dict)
        self._all_states = None


def _plain(value: Any) -> Any:
    """A value of the state as it is sent: of a tensor its array."""
    return np.array(value.array) if isinstance(value, Tensor) else value
