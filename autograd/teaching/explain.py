"""Explain: a graph in words, its forward pass value by value and its backward pass step by step."""

from __future__ import annotations

import html
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from ..core.aliasing import owner_of
from ..core.tensor import Tensor
from .blackboard import WORDS, level_of, replaced
from .showing import number, shape_of, shown, value_of
from .steps import Contribution, Step, steps
from .walk import Entry, Graph, callers_names, is_value, replay_missing, walk

#: Characters in a line of a terminal.
_TERMINAL = 80


class Explanation:
    """A page of an explanation: prints as text, and shows itself in a notebook.

    Attributes:
        text: the page.
        page, pages: its number, and how many there are.
    """

    def __init__(self, text: str, page: int, pages: int) -> None:
        self.text = text
        self.page = page
        self.pages = pages

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<pre style="overflow-x: auto; white-space: pre">{html.escape(self.text)}</pre>'


def explain(
    y: Tensor, names: Any = None, gradient: Tensor | None = None, page: int = 1, per_page: int = 200
) -> Explanation:
    """What computing `y` did, value by value, and what `y.backward()` would do, step by step.

    The numbers are the engine's own. Nothing is changed: no `.grad` is written and nothing is freed, but
    hooks are called. Values that no rule needs are not kept by the graph and are computed again where that
    is possible; `remember()` keeps all.

    Args:
        y: a tensor that requires grad, of any shape.
        names: what values are called: a mapping from names to tensors, lists and modules, or a module.
            Without it they have the names of the caller's variables. A variable of TensorFlow's
            spelling keeps the name that it was given.
        gradient: the cotangent of `y` to begin with; ones by default.
        page: which page of a long explanation.
        per_page: how many values and steps make a page.

    Raises:
        TypeError: `y` is no Tensor.
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
      g = 1 is the gradient of the output to begin with
      v1 = mul(x, x), where x = x, y = x, g = 1
          to x: g·∂(x·y)/∂x = g·y = 1·3 = 3
          to x: g·∂(x·y)/∂y = g·x = 1·3 = 3
              added to what had arrived: 3 + 3 = 6
      x, g = 6: complete, this is its gradient
    """
    if per_page < 1:
        raise ValueError(f"explain: per_page must be at least 1, but got {per_page}")
    graph = walk(y, callers_names(1) if names is None else names)
    backward_steps = sum(node is not None for node in graph.nodes)
    total = len(graph) + backward_steps
    pages = -(-total // per_page)
    if not 1 <= page <= pages:
        raise ValueError(f"explain: page must be from 1 to {pages:,}, but got {page}")
    first, last = (page - 1) * per_page, min(page * per_page, total)
    done = steps(graph, gradient)
    if pages == 1:  # the cotangents tell the shapes of values that were not kept
        done = iter(list(done))
        replay_missing(graph)
    lines = []
    if first < len(graph):
        lines += [f"Forward: {_counted(len(graph), 'value')}", *_forward(graph, first, min(last, len(graph)))]
    if last > len(graph):
        lines += [""] if lines else []
        lines += [f"Backward: {_counted(backward_steps, 'step')}"]
        lines += _backward(graph, done, gradient is None, max(first - len(graph), 0), last - len(graph))
    if pages > 1:
        lines += ["", f"Page {page:,} of {pages:,}" + (f"; page={page + 1} goes on" if page < pages else "")]
    return Explanation("\n".join(lines), page, pages)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


# -- forward ----------------------------------------------------------------------------------------


def _forward(graph: Graph, first: int, last: int) -> list[str]:
    """A line for each value, and a second one where the numbers would not fit."""
    rows = [_row(graph, entry) for entry in islice(graph.entries, first, last)]
    widths = [max(len(row[i]) for row in rows) for i in range(2)]
    lines = []
    for row in rows:
        head = "  " + "   ".join(cell.ljust(width) for cell, width in zip(row, widths))
        whole = f"{head}   {row[2]}"
        lines += [whole] if len(whole) <= _TERMINAL else [head.rstrip(), " " * 6 + row[2]]
    return lines


def _row(graph: Graph, entry: Entry) -> list[str]:
    value = "   ".join([value_of(entry), *_notes(graph, entry)])
    what = _definition(graph, entry) if entry.primitive else f"{entry.label}: {entry.kind}"
    return [what, shape_of(entry), value]


def _definition(graph: Graph, entry: Entry) -> str:
    """`y = mul(x, w)`; for what no operation made, its name."""
    if entry.primitive is None:
        return entry.label
    arguments = [reference(graph, parent) for parent in entry.parents if parent is not None]
    arguments += [f"{name}={shown(value)}" for name, value in entry.saved.items() if _is_setting(name, entry)]
    return f"{entry.label} = {entry.primitive}({', '.join(arguments)})"


def _is_setting(name: str, entry: Entry) -> bool:
    """Whether a saved value is a setting of the operation that is worth a word: an axis, an exponent, a key."""
    value = entry.saved[name]
    if name in entry.parameters or name == "out" or name.endswith(("_shape", "_dtype")):
        return False
    return isinstance(value, (int, float, tuple, slice)) and value is not False and len(repr(value)) <= 30


def _notes(graph: Graph, entry: Entry) -> list[str]:
    notes = []
    base = _base(graph, entry)
    if base is not None:
        notes.append(f"(a view: it shows the memory of {base.label})")
    if entry.number == graph.output:
        notes.append("<- the output")
    return notes


def _base(graph: Graph, entry: Entry) -> Entry | None:
    """The parent whose memory a view shows."""
    shown_here = entry.value
    for parent in entry.parents:
        source = None if parent is None else graph.entries[parent]
        shared = source is not None and isinstance(source.value, np.ndarray) and isinstance(shown_here, np.ndarray)
        if source is not None and shared and owner_of(source.value) is owner_of(shown_here):
            return source
    return None


def reference(graph: Graph, number_of: int) -> str:
    """How a value is spoken of in an expression: by its label, or a constant number by itself."""
    entry = graph.entries[number_of]
    if entry.kind == "constant" and entry.name is None and is_value(entry.value) and np.ndim(entry.value) == 0:
        return number(np.asarray(entry.value)[()])
    return entry.label


# -- backward ---------------------------------------------------------------------------------------


def _backward(graph: Graph, done: Iterator[Step], begins_with_ones: bool, first: int, last: int) -> Iterator[str]:
    """The lines of the steps."""
    for i, step in enumerate(islice(done, last)):
        if i == 0 and first == 0:
            ones = ", one for each of its elements" if begins_with_ones and np.ndim(step.arrived) else ""
            yield f"  g = {shown(step.arrived)} is the gradient of the output to begin with{ones}"
        if i >= first:
            yield from _told(graph, step)


def _told(graph: Graph, step: Step) -> Iterator[str]:
    entry = graph.entries[step.entry]
    if step.cotangent is not step.arrived:
        yield f"  a hook of {entry.label} makes {shown(step.cotangent)} of g = {shown(step.arrived)}"
    if entry.primitive is None:
        yield from _broken(f"  {entry.label},", [f"g = {shown(step.cotangent)}:", "complete, this is its gradient"], 6)
        return
    head = f"  {_definition(graph, entry)}{_double_names(graph, entry)},"
    yield from _broken(head, [f"g = {shown(step.cotangent)}"], 6)
    for c in step.contributions:
        yield from _rule_told(graph, entry, step, c)


def _rule_told(graph: Graph, entry: Entry, step: Step, c: Contribution) -> Iterator[str]:
    label = graph.entries[c.parent].label
    if c.computed is None:
        yield f"      to {label}: no gradient"
        return
    names = spoken_names(graph, entry)
    left = f"g·∂({replaced(step.expression, names)})/∂{names.get(c.parameter, c.parameter)}"
    parts = [left, replaced(c.rule, names)]
    numbers = None if level_of(c.rule) == WORDS else with_numbers(c)
    with_values: list[str] = []
    if numbers is not None and numbers not in (shown(c.computed), parts[-1]):
        parts.append(numbers)
    elif numbers is None:
        with_values = [
            f"          with {names.get(name, name)} = {shown(value)}"
            for name, value in mentioned(c).items()
            if names.get(name) != _as_factor(value)
        ]
    head, *rest = [*parts, shown(c.computed)]
    yield from _broken(f"      to {label}: {head}", [f"= {part}" for part in rest], 10)
    yield from with_values
    if c.conjugated:
        yield "          complex: the rule is given the conjugate of g, and its result is conjugated"
    if c.undone is not None:
        head = f"          {label} was broadcast from {c.undone} to {np.shape(c.computed)},"
        yield from _broken(head, ["so the copies' gradients are summed:", shown(c.value)], 12)
    if c.before is not None:
        sum_of = [shown(c.before), f"+ {_as_factor(c.value)}", f"= {shown(c.total)}"]
        yield from _broken("          added to what had arrived:", sum_of, 12)


def _broken(head: str, parts: list[str], indent: int) -> list[str]:
    """One line, or where it would be too long for a terminal a line for each part."""
    whole = " ".join([head, *parts])
    return [whole] if len(whole) <= _TERMINAL else [head, *(" " * indent + part for part in parts)]


def spoken_names(graph: Graph, entry: Entry) -> dict[str, str]:
    """For each letter of the operation's symbols the value's own name; none where one value has two letters."""
    present = [parent for parent in entry.parents if parent is not None]
    if len(set(present)) < len(present):
        return {}
    names = {p: _in_brackets(reference(graph, n)) for p, n in zip(entry.parameters, entry.parents) if n is not None}
    return names | {"out": entry.label}


def _double_names(graph: Graph, entry: Entry) -> str:
    """What the letters mean where they can't be replaced by names."""
    if spoken_names(graph, entry):
        return ""
    told = [f"{p} = {reference(graph, n)}" for p, n in zip(entry.parameters, entry.parents) if n is not None]
    return ", where " + ", ".join(told)


def mentioned(c: Contribution) -> dict[str, Any]:
    """The inputs of a rule that its symbols mention, or that are arrays."""
    return {
        name: value
        for name, value in c.inputs.items()
        if name != "g" and not name.endswith("_dtype") and is_value(value) and replaced(c.rule, {name: "\0"}) != c.rule
    }


def with_numbers(c: Contribution) -> str | None:
    """The rule with its numbers put in: `1·3`; None where they are arrays, or the rule is told in words."""
    values = {name: value for name, value in c.inputs.items() if is_value(value)}
    if "g" not in values or any(np.ndim(value) for value in values.values()) or np.ndim(c.computed):
        return None
    return replaced(c.rule, {name: _as_factor(value) for name, value in values.items()})


def _as_factor(value: Any) -> str:
    """A value as it stands in a formula."""
    return _in_brackets(shown(value))


def _in_brackets(text: str) -> str:
    """Negative numbers need them."""
    return f"({text})" if text.startswith("-") else text
