"""Devices, of which tensors use the CPU alone, and the layouts and memory formats that PyTorch's signatures take."""

from __future__ import annotations

from typing import Any

from . import names

__all__ = [
    "channels_last", "channels_last_3d", "contiguous_format", "device", "layout", "memory_format", "preserve_format",
    "strided",
]  # fmt: skip


#: The types of devices that PyTorch knows. A tensor lives on the CPU alone; the others can be named and compared.
_TYPES = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy",
    "vulkan", "mps", "meta", "hpu", "mtia",
)  # fmt: skip


class device(str):
    """A device by its type and, after a colon, its number. It is also a string, so that it equals "cpu".

    A tensor's device is always the CPU: to move one elsewhere is refused.

    Raises:
        RuntimeError: PyTorch knows no such type of device.

    >>> device("cpu")
    device(type='cpu')
    >>> device("cuda", 1).index, device("cpu") == device("cuda")
    (1, False)
    """

    __slots__ = ()

    def __new__(cls, type: Any = "cpu", index: int | None = None) -> device:
        name = f"cuda:{type}" if isinstance(type, int) else str(type)
        name = name if index is None else f"{name}:{index}"
        kind, colon, number = name.partition(":")
        if kind not in _TYPES or (colon and not number.isdecimal()):
            raise RuntimeError(f"device {name!r} is unknown: expected one of {', '.join(_TYPES)}, and perhaps :number")
        return super().__new__(cls, name)

    @property
    def type(self) -> str:
        """The type of the device, such as "cpu"."""
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
        return f"{names.package()}.{self._name}"


class memory_format(layout):
    """An order of dims in memory: accepted wherever PyTorch takes one, but only `contiguous_format` has an effect."""

    __slots__ = ()


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
