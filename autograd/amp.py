"""Mixed precision, by name alone: every operation computes in the type of its tensors, on NumPy.

A script that says `with autocast(...)` and scales its loss runs unchanged, in full precision.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class autocast:
    """A context manager or decorator without effect: nothing is cast.

    Args:
        device_type, dtype, enabled, cache_enabled: accepted.

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

    def __call__(self, function: F) -> F:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]  # same signature as `function`


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether operations are cast: never."""
    return False


class GradScaler:
    """PyTorch's scaler of losses as it is when disabled: gradients need no scaling, for nothing is in half precision.

    Args:
        device, init_scale, growth_factor, backoff_factor, growth_interval, enabled: accepted.

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
        """The outputs themselves."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """Leave the gradients as they are."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """Call `optimizer.step`."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """Leave the scale as it is."""

    def get_scale(self) -> float:
        """The scale: 1."""
        return 1.0

    def is_enabled(self) -> bool:
        """Whether losses are scaled: never."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """An empty dict, as a disabled scaler's."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Accept the state of another scaler, which means nothing here."""
