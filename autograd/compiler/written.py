"""Written: a program as its user sees it, and as it is executed: one text."""

from __future__ import annotations

import linecache
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..base.numpy_warnings import silenced
from . import kernels
from .blocks import without_blocks
from .names import Names
from .notebook import page_of
from .program import Program
from .saved import save
from .slide import Slide
from .writing import Text, function_names


class Changed(Exception):
    """A value on which the program depends is another one: the call is left to the step itself."""


class WrittenProgram:
    """A program as its user sees it: printed, it is the text that runs.

    Attributes:
        statements: what it does, in order.
        nbytes: the memory that it reuses from call to call.
        run: the function that is called with the arrays of the arguments.
    """

    run: Callable[..., Any]

    def __init__(self, program: Program, step: Any, arguments: list[str], part: str = "") -> None:
        self.name = part or getattr(step, "__name__", "step")
        self.step, self._arguments = step, arguments
        self.backward: WrittenProgram | None = None
        self._plain = self._text_of(program)
        self.use(self._plain, {})
        if kernels.enabled():
            self.run = kernels.Warming(self, program, self.run)

    def _text_of(self, program: Program) -> Text:
        title = self.name if self.name.isidentifier() else "step"
        names = Names(program, self.step, self._arguments, function_names(program) | {title})
        arguments = [names.known(v) or name for v, name in zip(program.inputs, self._arguments)]  # no name twice
        return Text(program, names, title, arguments)

    def use(self, text: Text, functions: dict[str, Any]) -> dict[str, Any]:
        """Run a text from now on; `functions` are those that it calls besides NumPy's. The names that it works with."""
        source, file = text.source(), f"<compiled {self.name}>"
        # Named as one of our modules, whose warnings of infinities and NaNs are ignored.
        space = {**text.space, **functions, "Changed": Changed, "__name__": "autograd.compiled"}
        exec(compile(source, file, "exec"), space)
        linecache_entry(file, source)
        self._text = text
        self.statements, self.nbytes = text.program.statements, text.program.nbytes
        run = space[text.step_name]
        self.run = silenced(run) if text.program.silenced else run
        return space

    def use_numpy(self) -> None:
        """Run the text that needs no kernels."""
        self.use(self._plain, {})

    def text_with(self, statements: list[Any]) -> Text:
        """The text of the program with other statements, which do the same."""
        return self._text_of(self._plain.program.with_statements(statements))

    def line_of_first(self, statement: Any) -> int:
        """The number of the line of a statement in the source; beyond the last for None."""
        body = self._text.body
        lines = (i for i, (s, _) in enumerate(body) if s is not None and statement in without_blocks([s]))
        return self._text.line_number(next(lines, len(body)))

    def name_of(self, value: Any) -> str | None:
        """What the text calls a value; None for one that it does not name."""
        return self._plain.names.known(value)

    def name_of_array(self, array: Any) -> str | None:
        """What the text calls an array of the watched call."""
        return self._plain.names.of_array(array)

    def written(self, style: str = "running") -> Text | Slide:
        """The program in one of two styles: "running", as it is executed, or "slide", for reading.

        Raises:
            ValueError: another style.
        """
        if style == "running":
            return self._text
        if style != "slide":
            raise ValueError(f"expected the style 'running' or 'slide', but got {style!r}")
        plain = self._plain
        return Slide(plain.program, plain.names.renewed(set()), plain.step_name, plain.parameters)

    def text(self, style: str = "running") -> str:
        """The text of the program in the style "running", as it is executed, or "slide", for reading."""
        text = self.written(style).source()
        return text if self.backward is None else f"{text}\n\n{self.backward.text(style)}"

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the program as a Python file that runs with NumPy alone, and its arrays beside it as an .npz.

        Parameters, settings and random generators are as they are now. What the step changes around itself, such as a
        counter, and what it prints, the function returns after the result.

        Raises:
            ValueError: the path does not end with .py; or the program can't be saved, and why.
        """
        if self.backward is not None:
            raise ValueError(
                "a function with a backward pass of its own is two programs, which can't be saved as one: compile the "
                "whole step, or call the function under no_grad and save that program"
            )
        return save(self._plain, path)

    def _repr_html_(self) -> str:
        """In a notebook: the user's lines beside the program, each lit with what came of it."""
        return page_of(self._plain) + ("" if self.backward is None else self.backward._repr_html_())

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
