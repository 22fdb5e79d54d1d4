"""The device, which is always the CPU, and the layouts and memory formats that PyTorch's signatures take."""

from __future__ import annotations

from typing import Any

__all__ = [
    "channels_last", "channels_last_3d", "contiguous_format", "device", "layout", "memory_format", "preserve_format",
    "strided",
]  # fmt: skip


class device(str):
    """The device of a tensor: always the CPU. It is also a string, so that it equals "cpu".

    Raises:
        RuntimeError: another device.

    >>> device("cpu")
    device(type='cpu')
    >>> device("cpu") == "cpu"
    True
    """

    __slots__ = ()

    def __new__(cls, type: Any = "cpu", index: int | None = None) -> device:
        name = str(type) if index is None else f"{type}:{index}"
        check_device(name)
        return super().__new__(cls, name)

    @property
    def type(self) -> str:
        """The type of the device: "cpu"."""
        return str(self).partition(":")[0]

    @property
    def index(self) -> int | None:  # type: ignore[override]  # PyTorch's name; str.index would be of no use here
        """The number after the colon, or None."""
        number = str(self).partition(":")[2]
        return int(number) if number else None

    def __repr__(self) -> str:
        return f"device(type={self.type!r}{'' if self.index is None else f', index={self.index}'})"


def check_device(name: Any) -> None:
    """Check that a device is the CPU.

    Raises:
        RuntimeError: it is another device.
    """
    kind, colon, number = str(name).partition(":")
    if kind != "cpu" or (colon and not number.isdecimal()):
        raise RuntimeError(f"device {str(name)!r} is not supported: Glassgrad is CPU-only")


class layout:
    """The layout of a tensor in memory: always `strided`."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"autograd.{self._name}"


class memory_format(layout):
    """An order of dims in memory: accepted wherever PyTorch takes one, and ignored."""

    __slots__ = ()


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
