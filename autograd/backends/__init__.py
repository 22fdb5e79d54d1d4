"""`torch.backends`, so that scripts that configure a backend run unchanged: none is available, flags have no effect."""

from . import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]
