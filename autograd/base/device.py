"""The one device, the CPU, and what scripts written for several ask about it."""

from __future__ import annotations

from typing import Any

__all__ = [
    "channels_last", "channels_last_3d", "contiguous_format", "device", "layout", "memory_format", "preserve_format",
    "strided",
]  # fmt: skip


class device(str):
    """Where a tensor's elements are: always the CPU. A string too, so that it equals "cpu".

    Raises:
        RuntimeError: another device is named.

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
        """The kind of device: "cpu"."""
        return str(self).partition(":")[0]

    @property
    def index(self) -> int | None:  # type: ignore[override]  # PyTorch's name; str.index would be of no use here
        """The number after the colon, if there is one."""
        number = str(self).partition(":")[2]
        return int(number) if number else None

    def __repr__(self) -> str:
        return f"device(type={self.type!r}{'' if self.index is None else f', index={self.index}'})"


def check_device(name: Any) -> None:
    """Raise unless the device is the CPU.

    Raises:
        RuntimeError: it is another.
    """
    kind, colon, number = str(name).partition(":")
    if kind != "cpu" or (colon and not number.isdecimal()):
        raise RuntimeError(f"device {str(name)!r} is not there: every tensor lives on the CPU")


class layout:
    """How elements are kept: `strided` is the one way here."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"autograd.{self._name}"


class memory_format(layout):
    """An order of dims in memory: accepted wherever PyTorch takes one, without effect on values or strides."""

    __slots__ = ()


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
