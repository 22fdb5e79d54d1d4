"""`tf.config`: what there is to compute on: one processor, whose settings are NumPy's."""

from __future__ import annotations

from typing import NamedTuple


class PhysicalDevice(NamedTuple):
    """Something to compute on."""

    name: str
    device_type: str


def list_physical_devices(device_type: str | None = None) -> list[PhysicalDevice]:
    """What there is of a kind, "CPU" or "GPU": one CPU.

    >>> list_physical_devices("GPU")
    []
    """
    return [PhysicalDevice("/physical_device:CPU:0", "CPU")] if device_type in (None, "CPU") else []


list_logical_devices = get_visible_devices = list_physical_devices


def run_functions_eagerly(run_eagerly: bool) -> None:
    """Accepted: functions are always run as they are written."""


def functions_run_eagerly() -> bool:
    """Whether functions are run as they are written: always."""
    return True
