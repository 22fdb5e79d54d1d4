"""PyTorch's private module `torch.utils.data._utils`: the parts of it that scripts import."""

from .. import collate, workers as worker

__all__ = ["collate", "worker"]
