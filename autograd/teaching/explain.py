"""Explain: a graph in words: the forward pass value by value, the backward pass step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from ..base.memory import owner_of
from ..base.text import pre
from ..core.tensor import Tensor
from .blackboard import WORDS, level_of, replaced
from .running import called
from .showing import counted, number, shape_of, shown, value_of
from .steps import Contribution, Step, steps
from .walk import Entry, Graph, callers_names, is_value, replay_missing, walk

#: The width of a terminal, in characters.
_TERMINAL = 80


@dataclass(eq=False, repr=False)
class Explanation:
    """A page of an explanation; prints as text and displays in a notebook.

    Attributes:
        text: the page.
        page, pages: its number, and the number of pages.
    """

    text: str
    page: int
    pages: int

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return pre(self.text)


def explain(
    y: Tensor | Callable[[], Any], names: Any = None, gradient: Tensor | None = None, page: int = 1, per_page: int = 200
) -> Explanation:
    """Explain how `y` was computed, value by value, and what `y.backward()` would do, step by step.

    The numbers are the engine's own. No `.grad` is written and nothing is freed, but hooks are called. The
    graph does not keep values that no rule needs; they are computed again if possible, and `remember()`
    keeps them all.

    Args:
        y: a tensor that requires grad, of any shape; or a function without arguments that returns one, which is then
            called under `remember()`.
        names: the names to show: a mapping from names to tensors, lists and modules, or a module. By default
            the names of the caller's variables. A TensorFlow variable keeps the name it was given.
        gradient: the initial cotangent, that of `y`; ones by default.
        page: which page of a long explanation.
        per_page: how many values and steps are on a page.

    Raises:
        TypeError: `y` is not a Tensor, and no function that returns one.
        RuntimeError: it has no graph, or the graph was freed.
        ValueError: there is no such page.

    >>> from autograd import tensor
    >>> x = tensor(3.0, requires_grad=True)
    >>> print(explain(x * x, {"x": x}))
    Forward: 2 values
      x: leaf          () float32   3
      v1 = mul(x, x)   () float32   9   <- the output
    <BLANKLINE>
    Backward: 2 steps
      g = 1 to start with: the gradient of the output
      v1 = mul(x, x), where x = x, y = x, g = 1
          to x: g·∂(x·y)/∂x = g·y = 1·3 = 3
          to x: g·∂(x·y)/∂y = g·x = 1·3 = 3
              added to the gradient so far: 3 + 3 = 6
      x, g = 6: its gradient is complete
    """
    if per_page < 1:
        raise ValueError(f"explain: per_page must be at least 1, but got {per_page}")
    tensor, known = called("explain", y)
    graph = walk(tensor, known | callers_names() if names is None else names)
    backward_steps = sum(node is not None for node in graph.nodes)
    total = len(graph) + backward_steps
    pages = -(-total // per_page)
    if not 1 <= page <= pages:
        raise ValueError(f"explain: page must be from 1 to {pages:,}, but got {page}")
    first, last = (page - 1) * per_page, min(page * per_page, total)
    done = steps(graph, gradient)
    if pages == 1:  # the cotangents give the shapes of values that were not kept
        done = iter(list(done))
        replay_missing(graph)
    lines = []
    if first < len(graph):
        lines += [f"Forward: {counted(len(graph), 'value')}", *_forward(graph, first, min(last, len(graph)))]
    if last > len(graph):
        lines += [""] if lines else []
        lines += [f"Backward: {counted(backward_steps, 'step')}"]
        lines += _backward(graph, done, gradient is None, max(first - len(graph), 0), last - len(graph))
    if pages > 1:
        lines += ["", f"Page {page:,} of {pages:,}" + (f"; continue with page={page + 1}" if page < pages else "")]
    return Explanation("\n".join(lines), page, pages)


# -- forward ----------------------------------------------------------------------------------------


def _forward(graph: Graph, first: int, last: int) -> list[str]:
    """A line for each value, or two if the numbers do not fit on one."""
    rows = [_row(graph, entry) for entry in islice(graph.entries, first, last)]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    lines = []
    for row in rows:
        head = "  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths))
        whole = f"{head}   {row[2]}"
        lines += [whole] if len(whole) <= _TERMINAL else [head.rstrip(), " " * 6 + row[2]]
    return lines


def _row(graph: Graph, entry: Entry) -> list[str]:
    what = _definition(graph, entry) if entry.primitive else f"{entry.label}: {entry.kind}"
    value = [value_of(entry)]
    if (base := _base(graph, entry)) is not None:
        value.append(f"(a view of {base.label})")
    if entry.number == graph.output:
        value.append("<- the output")
    return [what, shape_of(entry), "   ".join(value)]


def _definition(graph: Graph, entry: Entry) -> str:
    """`y = mul(x, w)`."""
    arguments = [reference(parent) for _, parent in graph.arguments(entry)]
    arguments += [f"{name}={shown(value)}" for name, value in entry.saved.items() if _is_setting(name, entry)]
    return f"{entry.label} = {entry.primitive}({', '.join(arguments)})"


def _is_setting(name: str, entry: Entry) -> bool:
    """Whether a saved value is a setting to be shown, such as an axis, an exponent or a key."""
    value = entry.saved[name]
    if name in entry.parameters or name == "out" or name.endswith(("_shape", "_dtype")):
        return False
    return isinstance(value, (int, float, tuple, slice)) and value is not False and len(repr(value)) <= 30


def _base(graph: Graph, entry: Entry) -> Entry | None:
    """The parent that a view shares its memory with."""
    for _, parent in graph.arguments(entry):
        arrays = isinstance(parent.value, np.ndarray) and isinstance(entry.value, np.ndarray)
        if arrays and owner_of(parent.value) is owner_of(entry.value):
            return parent
    return None


def reference(entry: Entry) -> str:
    """How a value is written in an expression: by its label, or for a constant number as that number."""
    if entry.kind == "constant" and entry.name is None and is_value(entry.value) and np.ndim(entry.value) == 0:
        return number(np.asarray(entry.value)[()])
    return entry.label


# -- backward ---------------------------------------------------------------------------------------


def _backward(graph: Graph, done: Iterator[Step], begins_with_ones: bool, first: int, last: int) -> Iterator[str]:
    """The lines of steps `first` to `last`."""
    for i, step in enumerate(islice(done, last)):
        if i == 0 and first == 0:
            ones = ", 1 for each element" if begins_with_ones and np.ndim(step.arrived) else ""
            yield f"  g = {shown(step.arrived)} to start with: the gradient of the output{ones}"
        if i >= first:
            yield from _step(graph, step)


def _step(graph: Graph, step: Step) -> Iterator[str]:
    entry = graph.entries[step.entry]
    if step.cotangent is not step.arrived:
        yield f"  a hook of {entry.label} changes g = {shown(step.arrived)} to {shown(step.cotangent)}"
    if entry.primitive is None:
        yield from _broken(f"  {entry.label},", [f"g = {shown(step.cotangent)}:", "its gradient is complete"], 6)
        return
    head = f"  {_definition(graph, entry)}"
    if not names_of_letters(graph, entry):  # then the formulas below have letters
        head += ", where " + ", ".join(f"{letter} = {reference(parent)}" for letter, parent in graph.arguments(entry))
    yield from _broken(head + ",", [f"g = {shown(step.cotangent)}"], 6)
    for c in step.contributions:
        yield from _contribution(graph, entry, step, c)


def _contribution(graph: Graph, entry: Entry, step: Step, c: Contribution) -> Iterator[str]:
    label = graph.entries[c.parent].label
    if c.computed is None:
        yield f"      to {label}: no gradient"
        return
    names = names_of_letters(graph, entry)
    left = f"g·∂({replaced(step.expression, names)})/∂{names.get(c.parameter, c.parameter)}"
    parts = [left, replaced(c.rule, names)]
    numbers = None if level_of(c.rule) == WORDS else with_numbers(c)
    if numbers is not None and numbers not in (shown(c.computed), parts[-1]):
        parts.append(numbers)
    head, *rest = [*parts, shown(c.computed)]
    yield from _broken(f"      to {label}: {head}", [f"= {part}" for part in rest], 10)
    if numbers is None:
        for name, value in mentioned(c).items():
            if names.get(name) != _in_brackets(shown(value)):
                yield f"          with {names.get(name, name)} = {shown(value)}"
    if c.conjugated:
        yield "          complex: the rule is given the conjugate of g, and its result is conjugated"
    if c.undone is not None:
        head = f"          {label} was broadcast from {c.undone} to {np.shape(c.computed)},"
        yield from _broken(head, ["so the gradients of the copies are summed:", shown(c.value)], 12)
    if c.before is not None:
        sum_of = [shown(c.before), f"+ {_in_brackets(shown(c.value))}", f"= {shown(c.total)}"]
        yield from _broken("          added to the gradient so far:", sum_of, 12)


def _broken(head: str, parts: list[str], indent: int) -> list[str]:
    """One line; if it would be too long for a terminal, a line for each part."""
    whole = " ".join([head, *parts])
    return [whole] if len(whole) <= _TERMINAL else [head, *(" " * indent + part for part in parts)]


def names_of_letters(graph: Graph, entry: Entry) -> dict[str, str]:
    """For each letter in the operation's formula, the name of its value; empty if one value has two letters."""
    arguments = graph.arguments(entry)
    if len({parent.number for _, parent in arguments}) < len(arguments):
        return {}
    return {letter: _in_brackets(reference(parent)) for letter, parent in arguments} | {"out": entry.label}


def mentioned(c: Contribution) -> dict[str, Any]:
    """The inputs of a rule that appear in its formula, without the cotangent."""
    return {
        name: value
        for name, value in c.inputs.items()
        if name != "g" and not name.endswith("_dtype") and is_value(value) and replaced(c.rule, {name: "\0"}) != c.rule
    }


def with_numbers(c: Contribution) -> str | None:
    """The rule with numbers for its letters: `1·3`; None if any of them is an array."""
    values = {name: value for name, value in c.inputs.items() if is_value(value)}
    if "g" not in values or any(np.ndim(value) for value in values.values()) or np.ndim(c.computed):
        return None
    return replaced(c.rule, {name: _in_brackets(shown(value)) for name, value in values.items()})


def _in_brackets(text: str) -> str:
    """A number in brackets if it is negative."""
    return f"({text})" if text.startswith("-") else text
