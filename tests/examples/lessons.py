"""The lessons of examples/course, each run once in a process."""

import contextlib
import functools
import io
import os
import runpy
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

COURSE = Path(__file__).parents[2] / "examples" / "course"
LESSONS = sorted(path.stem for path in COURSE.glob("[0-9][0-9]_*.py"))
BEYOND = ["hundred_lines", "new_primitive"]


class Run(NamedTuple):
    """What a lesson printed, the names that it defined, and the sizes of the files that it wrote, by name."""

    printed: str
    names: dict[str, Any]
    files: dict[str, int]


@functools.cache
def run(name: str, program: str = "") -> Run:
    """Run a lesson in an empty folder; with `program`, run that code in its place."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), importable(), io.StringIO() as printed:
        path = Path(folder, f"{name}.py") if program else COURSE / f"{name}.py"
        if program:
            path.write_text(program, encoding="utf-8")
        with contextlib.redirect_stdout(printed):
            names = runpy.run_path(str(path), run_name="__main__")
        files = {str(path): path.stat().st_size for path in Path("course_out").iterdir() if path.is_file()}
        return Run(printed.getvalue(), names, files)


@contextlib.contextmanager
def importable():
    """A block in which `course` and `checks`, the modules that the lessons share, can be imported."""
    sys.path.insert(0, os.fspath(COURSE))
    try:
        yield
    finally:
        sys.path.remove(os.fspath(COURSE))
