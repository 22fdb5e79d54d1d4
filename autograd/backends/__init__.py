"""What scripts set for PyTorch's backends: none of them is there, and the flags set nothing."""

from . import cuda, cudnn, mps

__all__ = ["cuda", "cudnn", "mps"]
