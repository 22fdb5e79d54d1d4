"""Transcripts: calls, and the text that each is known to show: a result, an error or a warning, compared exactly.

python tests/tools/transcripts.py            run the calls of `tests/nn/transcripts`, and write what they show now

A file has a line for each call, an expression in the names of `autograd`, `nn` and `nn.functional` as F; the indented
lines below it are what it shows: its warnings, and then its error or the repr of its result. New calls are added
without an answer, and the program writes it: read it before it is committed.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "nn/transcripts"


def names() -> dict[str, Any]:
    """The names that calls may use."""
    import autograd
    import nn
    from nn.utils import fusion, parametrizations, parametrize, rnn

    modules = {"nn": nn, "F": nn.functional, "init": nn.init, "utils": nn.utils, "torch": autograd}
    utils = {"fusion": fusion, "parametrizations": parametrizations, "parametrize": parametrize, "rnn": rnn}
    return {**{name: getattr(autograd, name) for name in autograd.__all__}, **modules, **utils}


def calls_of(file: Path) -> Iterator[tuple[str, list[str]]]:
    """Each call of a file, with the lines that it is known to show."""
    call, shown = "", list[str]()
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            shown.append(line[4:])
        elif line:
            if call:
                yield call, shown
            call, shown = line, []
    yield call, shown


def shown_by(call: str) -> list[str]:
    """The lines that a call shows: its warnings, then its error or the repr of its result.

    A warning that does not name the call's own line as its place is marked.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            last = repr(eval(compile(call, "the call", "eval"), names()))
        except Exception as error:
            last = f"{type(error).__name__}: {error}"
    lines = [f"{w.category.__name__}{'' if w.filename == 'the call' else ' elsewhere'}: {w.message}" for w in caught]
    return [line.rstrip() for text in (*lines, last) for line in text.split("\n")]


def main() -> None:
    """Write what every call shows now."""
    for file in sorted(FOLDER.glob("*.txt")):
        entries = [(call, shown_by(call)) for call, _ in calls_of(file)]
        file.write_text("".join("\n".join([c, *(f"    {x}" for x in s)]) + "\n" for c, s in entries), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(FOLDER.parents[2]))
    main()
