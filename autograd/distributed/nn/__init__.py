"""The differentiable collective calls, at PyTorch's place: `torch.distributed.nn`."""

from . import functional
from .functional import *
