"""`torch.utils.tensorboard`: the `SummaryWriter` of the package tensorboardX, which writes without PyTorch.

Raises:
    ModuleNotFoundError: when it is imported, if tensorboardX is not installed.
"""

from __future__ import annotations

try:
    from tensorboardX import SummaryWriter  # type: ignore[import-not-found,unused-ignore]  # an optional package
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "torch.utils.tensorboard writes through tensorboardX, which is not installed: pip install tensorboardX",
        name=error.name,
    ) from None

__all__ = ["SummaryWriter"]
