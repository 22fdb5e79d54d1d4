"""Report: what was compiled of a step and what was not, where and why, and what each program takes for granted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.tensor import Tensor
from .blocks import without_blocks
from .layout import storage_of
from .source import shortened, text_at
from .state.optimizers import is_setting
from .trace import Trace
from .writing import Text

#: At most so many names stand in one line of the report.
_MOST = 6


def report(name: str, kinds: Mapping[Any, Sequence[Any]]) -> str:
    """The report on a step.

    Args:
        name: what the step is called.
        kinds: for each kind of call its programs (as `Runner`s), or the reason why there is none.
    """
    if not kinds:
        return f"{name} was not called twice yet: the first call of a kind is plain, the second is watched"
    lines = []
    for number, (key, found) in enumerate(kinds.items(), 1):
        programs = [x for x in found if not isinstance(x, str)]
        arguments = _arguments(programs[0].program.written()) if programs else ", ".join(_described(key))
        lines.append(f"{number}. {name}({arguments})")
        for program in programs:
            lines += [f"   {line}" for line in _of_program(program)]
        lines += [f"   runs eagerly: {reason}" for reason in found if isinstance(reason, str)]
    return "\n".join(lines)


def _arguments(text: Text) -> str:
    return ", ".join(f"{n} {v.dtype} {v.shape}" for n, v in zip(text.parameters, text.program.inputs))


def _described(key: Any) -> Iterator[str]:
    """The arguments of a kind of call, of which only the key is known."""
    at = next((i for i, part in enumerate(key) if isinstance(part, np.dtype)), 0) if isinstance(key, tuple) else 0
    if at >= 2:  # shape, strides and dtype of a tensor
        yield f"{key[at]} {key[at - 2]}"
    elif isinstance(key, tuple) and len(key) == 2 and key[0] in (bool, int, str, float, complex, type(None)):
        yield key[1] if key[0] in (float, complex) else repr(key[1])
    elif isinstance(key, tuple):
        for part in key:
            yield from _described(part)


class Facts:
    """What is known of a program besides its statements, as lines of the report.

    Attributes:
        around: what it does around NumPy.
        fixed: what it takes for granted beside the kind of its arguments.
    """

    def __init__(self, name_of: Callable[[Any], str | None], inputs: set[int], trace: Trace) -> None:
        self.around = ["in each call it draws random numbers"] if trace.record.draws else []
        if after := list(_afterwards(trace)):
            self.around.append(f"after each call it {_listed(after)}")
        self.fixed = list(_fixed(name_of, inputs, trace))


def _of_program(runner: Any) -> Iterator[str]:
    program, facts = runner.program, runner.facts
    text: Text = program.written()
    count = len(without_blocks(text.program.statements))
    watched = text.program.traced
    yield f"a program of {count} statements, of {watched} that were watched, in {program.nbytes:,} bytes of memory"
    if program.backward is not None:
        inner = program.backward
        yield f"its backward pass: {len(inner.statements)} statements in {inner.nbytes:,} bytes of memory"
    if text.settings:
        yield f"in each call it reads {_listed(text.settings)} as they are then"
    yield from facts.around
    checks = [(s, line) for s, line in text.body if s is not None and s.kind == "guard"]
    if checks:
        yield "it leaves a call to the step itself if a value is another one:"
        for s, line in checks:
            condition = line.split(":")[0].strip().removeprefix("if ")
            file, at = s.where.line
            place = f"{Path(file).name}:{at}: {shortened(text_at((file, at), s.where.column))}" if at else ""
            yield f"   {place or text.sections.of(s).heading}: if {condition}"
    if facts.fixed:
        yield "another program is made if one of these is another one:"
        yield from (f"   {line}" for line in facts.fixed)


def _afterwards(trace: Trace) -> Iterator[str]:
    """What a program leaves around the step."""
    yield from (f"assigns {v.name}" for v, _ in trace.changing.assigned)
    lists = {id(v.value): v.name for v in trace.surroundings.variables}
    yield from (f"appends to {lists[id(values)]}" for values, _ in trace.changing.lists)
    yield from ["prints"] * bool(trace.readings.prints)


def _fixed(name_of: Callable[[Any], str | None], inputs: set[int], trace: Trace) -> Iterator[str]:
    """What a program takes for granted beside the kind of its arguments."""
    touched = [a for _, a, _ in trace.tensors.touched.values() if storage_of(a) not in trace.record.made]
    if known := [name_of(a) for a in touched if id(a) not in inputs]:
        yield f"the array of {_listed(filter(None, known))}"
    if trace.grads.read:
        yield f"whether {len(trace.grads.read)} parameters have a gradient, and in which tensor"
    modules = Counter(type(module).__name__ for module in trace.module_states)
    if modules:
        yield f"an attribute, such as training, of {_listed([f'{c} {n}' if c > 1 else n for n, c in modules.items()])}"
    for optimizer, groups in trace.optimizers.stepped.items():
        settings = {
            f"{key}={value!r}" for group in groups for key, value in group.items()
            if key != "params" and not is_setting(value)
        }  # fmt: skip
        yield f"the parameters or the state of {type(optimizer).__name__}, or {_listed(sorted(settings))}"
    variables = [
        f"{v.name} = {v.value!r}" for v in trace.surroundings.guarded() if isinstance(v.value, (int, float, str))
    ]  # fmt: skip
    if variables:
        yield f"a variable: {_listed(variables)}"
    others = [v.name for v in trace.surroundings.guarded() if isinstance(v.value, Tensor)]
    if others:
        yield f"the tensor that is called {_listed(others)}"


def _listed(words: Any) -> str:
    """Words with commas between them; of many only the first."""
    words = list(words)
    return ", ".join(words[:_MOST]) + (f" and {len(words) - _MOST} more" if len(words) > _MOST else "")
