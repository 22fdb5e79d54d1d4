"""DistributedSampler: the part of a dataset's indices that one of several processes loads."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sized

import autograd
from autograd import Generator, randperm
from autograd.core.errors import users_level
from autograd.core.public_methods import public_methods

from .sampler import Sampler

__all__ = ["DistributedSampler"]


@public_methods
class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th index of a dataset, from `rank` on: together the processes load all of it.

    All processes get equally many indices. If the number of samples is not a multiple of the number of processes, some
    indices are used twice, unless `drop_last` is set. So set it for validation: samples that count twice distort the
    result.

    Args:
        dataset: the dataset; only its length is used.
        num_replicas, rank: how many processes there are, and which one this is; by default as `autograd.distributed`
            says.
        shuffle: shuffle the indices, in all processes alike: call `set_epoch` before each epoch for another order.
        seed: the seed of the shuffling, the same in all processes.
        drop_last: leave out the last samples instead of using some twice.

    Raises:
        ValueError: there is no such rank; `init_process_group` was not called and the numbers are not given.

    >>> [list(DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self, dataset: Sized, num_replicas: int | None = None, rank: int | None = None, shuffle: bool = True,
        seed: int = 0, drop_last: bool = False,
    ) -> None:  # fmt: skip
        self.num_replicas = autograd.distributed.get_world_size() if num_replicas is None else num_replicas
        self.rank = autograd.distributed.get_rank() if rank is None else rank
        if not 0 <= self.rank < self.num_replicas:
            raise ValueError(f"Invalid rank {self.rank}, rank should be in the interval [0, {self.num_replicas - 1}]")
        self.dataset, self.shuffle, self.seed, self.drop_last = dataset, shuffle, seed, drop_last
        self.epoch = 0
        self._epoch_before: int | None = None

    @property
    def num_samples(self) -> int:
        """The number of indices that this process gets."""
        rest = 0 if self.drop_last else self.num_replicas - 1
        return (len(self.dataset) + rest) // self.num_replicas

    @property
    def total_size(self) -> int:
        """The number of indices that all processes get together."""
        return self.num_samples * self.num_replicas

    def __iter__(self) -> Iterator[int]:
        order = list(range(len(self.dataset)))
        if self.shuffle:
            if self.epoch == self._epoch_before:
                warnings.warn(
                    f"DistributedSampler: epoch {self.epoch} is shuffled a second time, in the same order: call "
                    "set_epoch(epoch) before each epoch",
                    stacklevel=users_level(),
                )
            self._epoch_before = self.epoch
            order = randperm(len(order), generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        while 0 < len(order) < self.total_size:
            order += order[: self.total_size - len(order)]
        return iter(order[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next epoch."""
        self.epoch = epoch
