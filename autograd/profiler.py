"""`torch.profiler`, so that programs that profile run: nothing is measured, every table is empty.

Python's own `cProfile` measures these programs, because every operation is a Python function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from enum import Enum
from typing import Any

from .core.public_methods import public_methods
from .without_effect import names_of

__all__ = [
    "ProfilerAction", "ProfilerActivity", "profile", "record_function", "schedule", "supported_activities",
    "tensorboard_trace_handler",
]  # fmt: skip

#: Shown in place of the table of events.
_EMPTY = "(nothing is recorded: profile with `python -m cProfile`)"


class ProfilerActivity(Enum):
    """What a profile may record."""

    CPU = 0
    XPU = 1
    CUDA = 3


class ProfilerAction(Enum):
    """What a profile does at a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


class EventList(list[Any]):
    """The recorded events: always none."""

    def table(self, sort_by: str | None = None, row_limit: int = 100) -> str:
        """A text that says that nothing was recorded."""
        return _EMPTY

    def total_average(self) -> None:
        """The average of all events: none."""

    def export_chrome_trace(self, path: str) -> None:
        """Write a trace without events."""
        with open(path, "w", encoding="utf-8") as file:
            file.write('{"traceEvents": []}')


@public_methods
class profile(ContextDecorator):
    """A context manager that records nothing; the arguments are PyTorch's, and ignored but for `on_trace_ready`.

    Args:
        activities, schedule, record_shapes, profile_memory, with_stack, with_flops, with_modules: ignored.
        on_trace_ready: called at the end, with this object.

    >>> with profile(activities=[ProfilerActivity.CPU]) as measured:
    ...     measured.step()
    >>> len(measured.key_averages())
    0
    """

    def __init__(
        self,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[[Any], Any] | None = None,
        record_shapes: bool = False,
        profile_memory: bool = False,
        with_stack: bool = False,
        with_flops: bool = False,
        with_modules: bool = False,
        experimental_config: Any = None,
        use_cuda: bool | None = None,
        enabled: bool = True,
    ) -> None:
        self.on_trace_ready = on_trace_ready
        self.step_num = 0

    def __enter__(self) -> profile:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """No-op."""

    def stop(self) -> None:
        """Call `on_trace_ready`."""
        if self.on_trace_ready is not None:
            self.on_trace_ready(self)

    def step(self) -> None:
        """Count a step."""
        self.step_num += 1

    def events(self) -> EventList:
        """The recorded events: none."""
        return EventList()

    def key_averages(self, group_by_input_shape: bool = False, group_by_stack_n: int = 0) -> EventList:
        """The recorded events by name: none."""
        return EventList()

    def export_chrome_trace(self, path: str) -> None:
        """Write a trace without events."""
        EventList().export_chrome_trace(path)

    def add_metadata(self, key: str, value: str) -> None:
        """No-op."""

    add_metadata_json = add_metadata


@public_methods
class record_function(ContextDecorator):
    """A context manager and decorator that names a part of a program in a profile: without effect."""

    def __init__(self, name: str, args: str | None = None) -> None:
        self.name = name

    def __enter__(self) -> record_function:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """The action at each step: always NONE."""
    return lambda step: ProfilerAction.NONE


def supported_activities() -> set[ProfilerActivity]:
    """What can be recorded: nothing."""
    return set()


def tensorboard_trace_handler(dir_name: str, worker_name: str | None = None, use_gzip: bool = False) -> Any:
    """A function for `on_trace_ready` that writes nothing."""
    return lambda measured: None


__getattr__ = names_of("profiler")
