"""`torch.backends`, so that scripts that configure a backend run unchanged: none is available, flags have no effect."""

from ..without_effect import names_of
from . import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]


__getattr__ = names_of("backends")
