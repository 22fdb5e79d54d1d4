"""Written: a program as its user sees it, and as it is executed: one text."""

from __future__ import annotations

import linecache
from typing import Any

from .names import Names
from .program import Program
from .writing import Text, function_names


class Changed(Exception):
    """A value on which the program depends is another one: the call is left to the step itself."""


class WrittenProgram:
    """A program as its user sees it: printed, it is the text that runs.

    Attributes:
        statements: what it does, in order.
        nbytes: the memory that it reuses from call to call.
    """

    def __init__(self, program: Program, step: Any, arguments: list[str], part: str = "") -> None:
        names = Names(program.trace, step, list(zip(program.inputs, arguments)), function_names(program))
        names.name_cotangents(program.statements)
        arguments = [names.known(v) or name for v, name in zip(program.inputs, arguments)]  # no name twice
        self.statements, self.nbytes = program.statements, program.nbytes
        name = part or getattr(step, "__name__", "step")
        self.backward: WrittenProgram | None = None
        self._text = Text(program, names, name, name if name.isidentifier() else "step", arguments)
        source = self._text.source()
        space = {**self._text.space, "Changed": Changed}
        exec(compile(source, f"<compiled {name}>", "exec"), space)
        self.run = space[self._text.step_name]
        linecache_entry(f"<compiled {name}>", source)

    def line_of_first(self, statement: Any) -> int:
        """The number of the line of a statement in the source; beyond the last for None."""
        lines = self._text.function_lines(comments=False)
        start = len(self._text.once) + 3 + len(lines) - len(self._text.body)
        for i, (s, _) in enumerate(self._text.body):
            if s is not None and s is statement:
                return start + i
        return start + len(lines)

    def text(self) -> str:
        """The program as it runs."""
        text = "\n".join([*self._text.once, "", *self._text.function_lines()])
        return text if self.backward is None else f"{text}\n\n\n{self.backward.text()}"

    def __str__(self) -> str:
        return self.text()

    __repr__ = __str__


def line_of(error: BaseException) -> int:
    """The line of a compiled program at which an exception was raised."""
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename.startswith("<compiled "):
            return traceback.tb_lineno
        traceback = traceback.tb_next
    return 0


def linecache_entry(name: str, source: str) -> None:
    """Let tracebacks show the lines of a program."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
