"""`keras.backend`: the few settings that programs ask for."""

from __future__ import annotations

from typing import Any

from .losses import EPSILON
from .metrics import plain
from .naming import clear_session

__all__ = ["backend", "clear_session", "epsilon", "floatx", "get_value", "image_data_format", "set_value"]


def backend() -> str:
    """What computes: NumPy."""
    return "numpy"


def epsilon() -> float:
    """The small number that keeps logarithms and denominators from 0."""
    return EPSILON


def floatx() -> str:
    """The dtype of weights and floating-point inputs."""
    return "float32"


def image_data_format() -> str:
    """Where the channels of images are: last."""
    return "channels_last"


def get_value(x: Any) -> Any:
    """The value of a variable as an array or a number."""
    value = plain(x)
    return value if value.ndim else value[()]


def set_value(x: Any, value: Any) -> None:
    """Give a variable another value."""
    x.assign(value)
