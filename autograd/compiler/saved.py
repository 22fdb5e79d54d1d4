"""Saved: a program as a file that runs with NumPy alone, and its arrays in an .npz beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ..base.memory import owner_of
from ..ops.creation.random import Generator
from .expressions import dtype_text
from .inlining import NotWritable, Sources
from .layout import offset_of, storage_of
from .names import RESERVED, counted, counts_up
from .writing import Text, function_names

_CHANGED = '''class Changed(Exception):
    """A value on which the program depends is another one than when it was made."""'''


def save(text: Text, path: str | os.PathLike[str]) -> Path:
    """Write a program as `path`, a Python file, and its arrays beside it as an .npz of the same name.

    Parameters, the optimizer's state and its settings are saved as they are now, and random numbers continue from the
    generator's present state.

    Raises:
        ValueError: the path does not end with .py, or the program calls what cannot be written as plain NumPy; the
            message names it.
    """
    file = Path(path)
    if file.suffix != ".py":
        raise ValueError(f"a program is saved as a Python file: expected a name ending with .py, but got {file.name!r}")
    parts = _Parts(text, file)
    if clashes := parts.clashes:
        names = text.names.renewed(function_names(text.program) | {text.step_name} | clashes)
        parts = _Parts(Text(text.program, names, text.step_name, text.parameters), file)
    file.write_text(parts.source(), encoding="utf-8")
    np.savez(file.with_suffix(".npz"), **parts.arrays)
    return file


class _Parts:
    """The parts of the file: imports, definitions, and what its names stand for."""

    def __init__(self, text: Text, file: Path) -> None:
        self._text, self._file = text, file
        self.arrays: dict[str, Any] = {}
        self._lines: list[str] = []
        self._simple = False
        self._sources = Sources()
        self._owners: dict[int, str] = {}
        shared: dict[int, int] = {}
        for x in text.given.values():
            if isinstance(x, np.ndarray):
                shared[storage_of(x)] = shared.get(storage_of(x), 0) + 1
        functions = {n: x for n, x in text.space.items() if callable(x) and n not in text.given and n != "np"}
        refused = []
        for name, x in {**functions, **text.given}.items():
            try:
                self._given(name, x, shared)
            except NotWritable as reason:
                refused.append(str(reason) if str(reason).startswith(name) else f"{name} needs it, and {reason}")
        #: The names of functions of ours that are those of values too.
        self.clashes = self._sources.definitions.keys() & (text.names.taken - text.given.keys() - RESERVED)
        self.clashes -= function_names(text.program)
        if refused:
            raise ValueError(f"the program can't be saved as plain NumPy: {'; '.join(refused)}")

    def _given(self, name: str, x: Any, shared: dict[int, int]) -> None:
        if isinstance(x, np.ndarray):
            self._array(name, x, shared[storage_of(x)] > 1)
        elif isinstance(x, Generator):
            self._generator(name, x)
        elif hasattr(x, "param_groups"):
            self._settings(name, x)
        else:
            self._sources.add(name, x)

    def _array(self, name: str, x: Any, shares: bool) -> None:
        program = self._text.program
        if storage_of(x) in program.kept:  # a gradient, which the program fills
            self._lines.append(f"{name} = np.empty({x.shape}, {dtype_text(x.dtype)})")
        elif not shares and counts_up(x) and storage_of(x) not in program.origins.written:
            self._lines.append(f"{name} = {counted(x)}")
        elif not shares:
            self.arrays[name] = x
            self._lines.append(f"{name} = arrays[{name!r}]")
        else:  # several arrays in one memory
            owner = owner_of(x)
            if not owner.flags.c_contiguous:
                raise NotWritable("arrays share memory that is not contiguous")
            if id(owner) not in self._owners:
                self._owners[id(owner)] = memory = f"{name}_memory"
                self.arrays[memory] = owner
                self._lines.append(f"{memory} = arrays[{memory!r}]")
            place = f"{self._owners[id(owner)]}, {offset_of(x)}, {x.strides}"
            self._lines.append(f"{name} = np.ndarray({x.shape}, {dtype_text(x.dtype)}, {place})")

    def _generator(self, name: str, x: Generator) -> None:
        self._simple = True
        self._lines.append(f"{name} = SimpleNamespace(numpy=np.random.Generator(np.random.PCG64()))")
        self._lines.append(f"{name}.numpy.bit_generator.state = {x.numpy.bit_generator.state}")

    def _settings(self, name: str, x: Any) -> None:
        self._simple = True
        groups = []
        for i, group in enumerate(x.param_groups):
            read = {n.read.key for n in self._text.settings.values() if n.read.holder is x and n.read.group == i}
            groups.append(self._sources.value({key: group[key] for key in sorted(read)}, name))
        settings = ", ".join(groups)
        self._lines.append(f"{name} = SimpleNamespace(param_groups=[{settings}])  # may be changed at any time")

    def source(self) -> str:
        """The text of the file."""
        text, sources = self._text, self._sources
        arguments = ", ".join(f"{n} {v.shape} {v.dtype}" for n, v in zip(text.parameters, text.program.inputs))
        call = f"{text.step_name}({', '.join(text.parameters)})"
        lines = [
            f'"""{call} as a NumPy program, made by torch.compile.',
            "",
            f"Arguments: {arguments or 'none'}. It returns a tuple.",
        ]
        if self.arrays:
            lines.append(f"The arrays that it works on are read from {self._file.stem}.npz; it changes them in memory.")
        body = text.source().splitlines()
        lines += ['"""', "", "from __future__ import annotations", ""]
        imports = {"from pathlib import Path"} if self.arrays else set()
        imports |= {"from types import SimpleNamespace"} if self._simple else set()
        if "math" in text.space:
            imports.add("import math")
        lines += [*sorted(imports | set(sources.imports) - {"import numpy as np"}), ""]
        start = next(i for i, line in enumerate(body) if not line.startswith(("import ", "from ")))
        lines += [*body[:start], ""]
        if self.arrays:
            lines += ['with np.load(Path(__file__).with_suffix(".npz")) as file:', "    arrays = dict(file)"]
        lines += [*self._lines, "", ""]
        if any("raise Changed" in line for line in body):
            lines += [_CHANGED, "", ""]
        for definition in sources.definitions.values():
            if "\n" in definition and lines[-1]:
                lines += [""] * 2
            lines += [definition, *([""] * 2 if "\n" in definition else [])]
        lines += body[start:]
        return "\n".join(lines) + "\n"
