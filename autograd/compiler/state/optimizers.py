"""Optimizers: what a step knows of them, and Numbers in place of those settings that a program reads in every call."""

from __future__ import annotations

from typing import Any, NamedTuple

from nn.optim.optimizer import living

from ..symbols import Number, bare
from .places import same


class Optimizers:
    """The optimizers that a step may use.

    Attributes:
        settings: for each of them, its groups of settings as they were.
        stepped: the same of those that took a step.
        first_step: whether one took its first step, which makes its state.
    """

    def __init__(self, trace: Any) -> None:
        self._trace = trace
        self.settings: dict[Any, list[dict[str, Any]]] = {}
        self.stepped: dict[Any, list[dict[str, Any]]] = {}
        self.first_step = False
        self._states_before: dict[Any, tuple[list[Any], int]] = {}
        others = [o for r in living.valuerefs() if (o := r()) is not None]  # whatever other threads do
        self._groups_before = {o: [dict(group) for group in o.param_groups] for o in others}

    def note_step(self, optimizer: Any, args: Any, kwargs: Any) -> None:
        """An optimizer is about to take a step."""
        if self._trace.on() and optimizer not in self.stepped:
            self._states_before[optimizer] = _plain_values_of(optimizer), _size_of_state(optimizer)
            self.read_settings(optimizer)
            self.stepped[optimizer] = self.settings[optimizer]

    def read_settings(self, optimizer: Any) -> None:
        """Put Numbers in place of the settings that the program reads in every call."""
        if optimizer not in self.settings:
            self.settings[optimizer] = self._groups_before.get(optimizer) or [dict(g) for g in optimizer.param_groups]
            self._trace.give_up(_changed_setting(optimizer, self.settings[optimizer]))
            _put_numbers(self._trace, optimizer)

    def end(self) -> None:
        """Put the settings back in place of their Numbers, and give up if the step changed one."""
        for optimizer, before in self.settings.items():
            self._trace.give_up(_changed_setting(optimizer, before))
            for group in optimizer.param_groups:
                group.update({key: bare(value) for key, value in group.items()})
        for optimizer, (plain, size) in self._states_before.items():
            grown = _size_of_state(optimizer) > size or len(_plain_values_of(optimizer)) > len(plain)
            self.first_step = self.first_step or grown
            self._trace.give_up(_changed_count(optimizer, plain))


class Setting(NamedTuple):
    """Where a number stands among the settings of an optimizer; called, it returns what it is now."""

    holder: Any
    group: int
    key: str
    place: int | None = None

    def __call__(self) -> Any:
        value = self.holder.param_groups[self.group][self.key]
        return value if self.place is None else value[self.place]

    def text(self, optimizer: str) -> str:
        """The expression that reads it."""
        at = "" if self.place is None else f"[{self.place}]"
        return f"{optimizer}.param_groups[{self.group}][{self.key!r}]{at}"


def is_setting(value: Any) -> bool:
    """Whether a setting of an optimizer is a number that may change between calls; 0 and 1 choose what is done."""
    return type(value) is float and value not in (0.0, 1.0)


def _put_numbers(trace: Any, optimizer: Any) -> None:
    """Put Numbers in place of the settings that the program reads in every call."""
    for i, group in enumerate(optimizer.param_groups):
        for key, value in group.items():
            name = f"{key}{i or ''}"
            if is_setting(value):
                group[key] = _given(trace, value, name, Setting(optimizer, i, key))
            elif isinstance(value, tuple) and value and all(map(is_setting, value)):
                group[key] = tuple([
                    _given(trace, v, f"{name}_{k + 1}", Setting(optimizer, i, key, k)) for k, v in enumerate(value)
                ])  # fmt: skip


def _given(trace: Any, value: float, name: str, read: Setting) -> Any:
    return trace.readings.hand_out(Number(trace, value, name, read=read))


def _changed_setting(optimizer: Any, before: list[dict[str, Any]]) -> str | None:
    """Which setting of an optimizer is another one now, as a reason not to compile the step that did it."""
    for group, settings in zip(optimizer.param_groups, before):
        for key, value in group.items():
            if key != "params" and bare(value) is not settings.get(key) and bare(value) != settings.get(key):
                return f"the step changes the optimizer's setting {key!r}: change it between the calls"
    return None


def _plain_values_of(optimizer: Any) -> list[tuple[str, Any]]:
    """The attributes of an optimizer and of its state that are no tensors."""
    tables = [vars(optimizer), *[state for state in optimizer.state.values() if isinstance(state, dict)]]
    return [(key, v) for table in tables for key, v in table.items() if isinstance(v, (bool, int, float, str))]


def _size_of_state(optimizer: Any) -> int:
    """How many values the state of an optimizer holds, tensors and others."""
    return sum(len(state) for state in optimizer.state.values() if isinstance(state, dict))


def _changed_count(optimizer: Any, before: list[tuple[str, Any]]) -> str | None:
    """Which Python value in the state of an optimizer is another one now, as a reason not to compile."""
    now = _plain_values_of(optimizer)
    changed = [key for (key, a), (_, b) in zip(before, now) if not same(a, b)]
    if not changed and len(before) == len(now):
        return None
    if not changed:
        return (
            f"{type(optimizer).__name__} took its first step, which makes its state: call step() once before compiling"
        )
    return f"{type(optimizer).__name__} counts in Python values {changed}: use tensors in its state"
