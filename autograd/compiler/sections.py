"""Sections: the parts of a program, each with a heading: a layer, the loss, the backward pass of one, the update."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from .blocks import without_blocks
from .names import Names
from .origin import Origin, is_the_users
from .program import Program
from .source import called_at, shortened, text_at
from .symbols import Statement


class Section(NamedTuple):
    """Where a statement stands in a program.

    Attributes:
        part: "forward", "loss", "backward", "gradients" or "update".
        title: what it belongs to: `fc1 = Linear(64, 32)`, `cross_entropy`, a statement of the user, `SGD`.
        statement: the user's statement, on one line; "" if it is not known.
    """

    part: str
    title: str
    statement: str

    @property
    def heading(self) -> str:
        """The comment above the section in the running style."""
        if self.part == "gradients":
            return "gradients are added to .grad"
        if self.part == "update":
            return self.title
        if self.part == "backward":
            return f"backward of {self.title}"
        return f"{self.part}: {self.title.removeprefix('loss = ')}" if self.title else self.part


class Sections:
    """Tells the section of each statement of a program."""

    def __init__(self, program: Program, names: Names) -> None:
        self._origins, self._names = program.origins, names
        self._texts: dict[Any, str] = {}
        self._losses: set[Any] = set()
        self._updates: set[Any] = set()
        before = ""
        backward_seen = False
        for s in without_blocks(program.statements):
            where = s.where
            if where.phase == "backward" and before == "forward":
                start = self._origins.of_node(where.node)
                if start is not None and (start.line[1] or start.owner is not None) and not _learns(start.owner):
                    self._losses.add((start.owner, start.line))
            backward_seen |= where.phase == "backward"
            writes = s.into is not None and s.into.storage not in program.made
            if backward_seen and where.phase == "forward" and where.owner is None and writes:
                self._updates.add(self.text(where))
            before = where.phase

    def of(self, s: Statement) -> Section:
        """The section of a statement."""
        where: Origin = s.where
        if where.phase == "update":
            return Section("update", type(where.owner).__name__, self.text(where))
        if where.phase == "gradients":
            return Section("gradients", "", self.text(where))
        forward = self._origins.of_node(where.node) if where.phase == "backward" else where
        if forward is None:
            return Section("backward", "the result", self.text(where))
        text = self.text(forward)
        if where.phase == "backward":
            return Section("backward", self._title(forward, False), text)
        if where.owner is None and text in self._updates:
            return Section("update", shortened(text), text)
        if (forward.owner, forward.line) in self._losses:
            return Section("loss", self._title(forward, True), text)
        return Section("forward", self._title(forward, True), text)

    def _title(self, forward: Origin, whole: bool) -> str:
        """What a forward statement belongs to: a module of ours, or else the user's own statement."""
        owner = forward.owner
        if owner is not None and not is_the_users(_file_of(owner)):
            path = self._names.path_of(owner)
            if not path:
                return _constructor(owner) if whole else type(owner).__name__
            return f"{path} = {_constructor(owner)}" if whole else path
        if (owner, forward.line) in self._losses:
            called = called_at(forward.line, forward.column)
            if called is not None:
                return called
        return shortened(self.text(forward)) or forward.primitive

    def text(self, where: Origin) -> str:
        """The user's statement at a place, on one line."""
        key = where.line, where.column
        if key not in self._texts:
            self._texts[key] = text_at(*key)
        return self._texts[key]


def _learns(owner: Any) -> bool:
    """Whether a module has parameters, so that it is no loss."""
    return hasattr(owner, "parameters") and any(True for _ in owner.parameters())


def _file_of(module: Any) -> str:
    """The file in which what a module computes is written."""
    function = getattr(type(module), "forward", None) or getattr(type(module), "call", None)
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    return code.co_filename if code is not None else "<unknown>"


def _constructor(module: Any) -> str:
    """A module as it is made: `Linear(64, 32)`."""
    text = repr(module)
    if "\n" in text or text.startswith("<"):
        return type(module).__name__
    return re.sub(r"([(,] ?)(?:in|out)_\w+=", r"\1", text).replace(", bias=True", "")
