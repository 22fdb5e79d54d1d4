"""`torch.amp`, so that scripts for mixed precision run unchanged, in full precision: nothing is cast or scaled."""

from __future__ import annotations

from contextlib import ContextDecorator
from typing import Any

from .core.public_methods import public_methods
from .without_effect import names_of


@public_methods
class autocast(ContextDecorator):
    """A context manager or decorator without effect: nothing is cast.

    Args:
        device_type, dtype, enabled, cache_enabled: ignored.

    >>> from autograd import ones
    >>> with autocast("cpu"):
    ...     (ones(2, 2) @ ones(2, 2)).dtype
    autograd.float32
    """

    def __init__(
        self, device_type: str = "cuda", dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        self.device = device_type

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether `autocast` casts: always False."""
    return False


@public_methods
class GradScaler:
    """A disabled gradient scaler: gradients in full precision need no scaling.

    Args:
        device, init_scale, growth_factor, backoff_factor, growth_interval, enabled: ignored.

    >>> from autograd import tensor
    >>> GradScaler().scale(tensor(2.0))
    tensor(2.)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        pass

    def scale(self, outputs: Any) -> Any:
        """Return the outputs unchanged."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """No-op: the gradients are not scaled."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Call `optimizer.step`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """No-op: the scale is always 1."""

    def get_scale(self) -> float:
        """The scale: always 1."""
        return 1.0

    def is_enabled(self) -> bool:
        """Whether losses are scaled: always False."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """An empty dict: a disabled scaler has no state."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """No-op: a disabled scaler has no state."""


__getattr__ = names_of("amp")
