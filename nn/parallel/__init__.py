"""PyTorch's wrappers for several devices or processes: DataParallel and DistributedDataParallel."""

from autograd.surface import make_public as _make_public

from .data_parallel import DataParallel, data_parallel
from .distributed import DistributedDataParallel

__all__ = ["DataParallel", "DistributedDataParallel"]

_make_public(globals(), ["data_parallel"])
