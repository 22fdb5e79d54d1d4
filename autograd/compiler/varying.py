"""What varies from call to call: random draws, settings of optimizers, shapes that depend on values."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .surroundings import same
from .symbols import Number, Symbol, bare, parts

# -- random draws -------------------------------------------------------------------------------------


class Drawing:
    """Stands for the NumPy generator of a Generator."""

    def __init__(self, trace: Any, generator: Any) -> None:
        self._trace, self._generator = trace, generator

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: self._trace.draw(self._generator, name, args, kwargs)


class Draw:
    """A draw of random numbers from a Generator as it is seeded at that time."""

    def __init__(self, generator: Any, name: str) -> None:
        self.generator, self.__name__ = generator, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.generator.numpy, self.__name__)(*args, **kwargs)


# -- settings of optimizers -----------------------------------------------------------------------------


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


def plain_values_of(optimizer: Any) -> list[tuple[str, Any]]:
    """The attributes of an optimizer and of its state that are no tensors."""
    tables = [vars(optimizer), *[state for state in optimizer.state.values() if isinstance(state, dict)]]
    return [(key, v) for table in tables for key, v in table.items() if isinstance(v, (bool, int, float, str))]


def size_of_state(optimizer: Any) -> int:
    """How many values the state of an optimizer holds, tensors and others."""
    return sum(len(state) for state in optimizer.state.values() if isinstance(state, dict))


def is_setting(value: Any) -> bool:
    """Whether a setting of an optimizer is a number that may change between calls; 0 and 1 choose what is done."""
    return type(value) is float and value not in (0.0, 1.0)


def put_numbers(trace: Any, optimizer: Any) -> None:
    """Put Numbers in place of the settings that are read anew in every call."""
    for i, group in enumerate(optimizer.param_groups):
        for key, value in group.items():
            name = f"{key}{i or ''}"
            if is_setting(value):
                group[key] = _given(trace, value, name, Setting(optimizer, i, key))
            elif isinstance(value, tuple) and value and all(map(is_setting, value)):
                group[key] = tuple([
                    _given(trace, v, f"{name}_{k + 1}", Setting(optimizer, i, key, k)) for k, v in enumerate(value)
                ])  # fmt: skip


def put_plain(optimizer: Any) -> None:
    """Put the settings back in place of their Numbers."""
    for group in optimizer.param_groups:
        group.update({key: bare(value) for key, value in group.items()})


def _given(trace: Any, value: float, name: str, read: Setting) -> Any:
    return trace.readings.hand_out(Number(trace, value, name, read=read))


def changed_setting(optimizer: Any, before: list[dict[str, Any]]) -> str | None:
    """Which setting of an optimizer is another one now, as a reason not to compile the step that did it."""
    for group, settings in zip(optimizer.param_groups, before):
        for key, value in group.items():
            if key != "params" and bare(value) is not settings.get(key) and bare(value) != settings.get(key):
                return f"the step changes the optimizer's setting {key!r}: change it between the calls"
    return None


def changed_count(optimizer: Any, before: list[tuple[str, Any]]) -> str | None:
    """Which Python value in the state of an optimizer is another one now, as a reason not to compile."""
    now = plain_values_of(optimizer)
    changed = [key for (key, a), (_, b) in zip(before, now) if not same(a, b)]
    if not changed and len(before) == len(now):
        return None
    if not changed:
        return (
            f"{type(optimizer).__name__} took its first step, which makes its state: call step() once before compiling"
        )
    return f"{type(optimizer).__name__} counts in Python values {changed}: use tensors in its state"


# -- values and shapes -------------------------------------------------------------------------------------


def told_apart(result: Any) -> Any:
    """The result of a call with 0-d arrays in place of np.True_ and np.False_, of which there is one each."""
    if type(result) is np.bool_:
        return np.array(result)
    return type(result)(map(told_apart, result)) if type(result) in (tuple, list) else result


#: Functions whose result has another shape for other values.
_OF_ANOTHER_SHAPE = {
    np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.repeat, np.delete, np.bincount,
    np.histogram_bin_edges, np.union1d, np.intersect1d, np.setdiff1d, np.setxor1d, "nonzero", "repeat", "compress",
}  # fmt: skip


def shape_depends_on_values(call: Any, args: Any) -> bool:
    """Whether the result of a call can have another shape in the next call, whose arguments have the same shapes."""
    if call == "__getitem__":
        return any(type(v) is Symbol and v.dtype.kind == "b" and v.ndim > 0 for v in parts(args[1]))
    if call is np.where:
        return len(args) == 1
    if isinstance(call, str) or getattr(call, "__module__", "") == "numpy":
        return call in _OF_ANOTHER_SHAPE
    if isinstance(call, (np.ufunc, type, Draw)):
        return False
    return any(type(v) is Symbol and v.dtype.kind in "biu" for v in parts(args))  # a forward, of masks or indices
