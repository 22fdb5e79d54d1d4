"""Datasets and generators that the tests of `nn.data` share."""

from autograd import Generator, arange, tensor
from nn.data import (
    Dataset,
    IterableDataset,
    TensorDataset,
    get_worker_info,
)


class Squares(Dataset):
    """Pairs (i, i²)."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return tensor(index), tensor(float(index) ** 2)


class Count(IterableDataset):
    """0, 1, …; in a worker, every num_workers-th of them."""

    def __init__(self, end):
        self.end = end

    def __iter__(self):
        info = get_worker_info()
        return iter(range(self.end) if info is None else range(info.id, self.end, info.num_workers))


def seeded(seed):
    return Generator().manual_seed(seed)


def both(count):
    """The same samples in a Dataset without and with whole tensors."""
    return Squares(count), TensorDataset(arange(count), arange(count).float() ** 2)
