"""`tf.config`: the available devices, which is one CPU, and the execution mode, which is eager."""

from __future__ import annotations

from typing import NamedTuple


class PhysicalDevice(NamedTuple):
    """A device."""

    name: str
    device_type: str


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """The devices of a type, or of all types: one CPU.

    >>> list_physical_devices("GPU")
    []
    """
    return [PhysicalDevice("/physical_device:CPU:0", "CPU")] if device_type in (None, "CPU") else []


list_logical_devices = get_visible_devices = list_physical_devices


def set_visible_devices(devices: object, device_type: str | None = None) -> None:
    """No-op: there is one CPU, and it is always visible."""


class experimental:
    """Older places of functions in `tf.config`."""

    list_physical_devices = staticmethod(list_physical_devices)
    list_logical_devices = get_visible_devices = list_physical_devices
    set_visible_devices = staticmethod(set_visible_devices)

    @staticmethod
    def set_memory_growth(device: object, enable: bool) -> None:
        """No-op: memory is never reserved."""


def run_functions_eagerly(run_eagerly: bool) -> None:
    """No-op: functions always run eagerly."""


def functions_run_eagerly() -> bool:
    """Whether functions run eagerly: always."""
    return True
