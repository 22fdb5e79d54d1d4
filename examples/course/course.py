"""Shared by the lessons: pictures and pages, in a notebook or as files, and predictions before a run."""

from __future__ import annotations

import base64
import html
import io
import os
from pathlib import Path
from typing import Any

import numpy as np
from checks import attempt, call, expect, expect_right_rule, tensor_from, text_of
from matplotlib.figure import Figure

__all__ = [
    "attempt", "call", "expect", "expect_right_rule", "file", "page", "panels", "predict", "show", "tensor_from",
]  # fmt: skip

FOLDER = Path("course_out")
#: A prediction within this fraction of the truth counts as right.
CLOSE = 0.05


class Shown:
    """A picture or page that was written to a file and is displayed in a notebook."""

    def __init__(self, path: Path, in_notebook: str) -> None:
        self.path = path
        self.in_notebook = in_notebook

    def _repr_html_(self) -> str:
        return self.in_notebook

    def __repr__(self) -> str:
        return str(self.path)


def file(name: str) -> Path:
    """The path for a result of this name, in `course_out` below the current folder."""
    FOLDER.mkdir(exist_ok=True)
    return FOLDER / name


def panels(columns: int = 1, size: tuple[float, float] = (7.5, 3.0), **options: Any) -> tuple[Figure, Any]:
    """A matplotlib figure, and its axes side by side; `options` are those of `Figure.subplots`."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(1, columns, **options)


def show(picture: Any, name: str) -> Shown:
    """Show a picture of a graph, or a matplotlib figure, and write it to `course_out`."""
    path = file(name)
    if hasattr(picture, "savefig"):
        buffer = io.BytesIO()
        picture.savefig(buffer, format="png", dpi=100)
        path.write_bytes(buffer.getvalue())
        inside = (
            f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}" style="max-width:100%">'
        )
    else:
        picture.save(path)
        inside = picture.svg()
    print(f"-> {path}")
    return Shown(path, inside)


def page(written: os.PathLike[str]) -> Shown:
    """Show a page that was written to `course_out`."""
    path = Path(written)
    text = html.escape(path.read_text(encoding="utf-8"), quote=True)
    print(f"-> {path}")
    return Shown(path, f'<iframe srcdoc="{text}" width="100%" height="700" style="border:0"></iframe>')


def predict(question: str, guess: Any, truth: Any, reason: str) -> None:
    """Print a question, the reader's prediction, what the run says, and why.

    >>> predict("What is 2 + 2?", 5, 4, "Two pairs.")
    What is 2 + 2?
      You said 5, the run says 4. Two pairs.
    >>> predict("What is 2 + 2?", ..., 4, "Two pairs.")
    What is 2 + 2?
      The run says 4. Two pairs.
    """
    print(question)
    if guess is ...:
        print(f"  The run says {text_of(truth)}. {reason}")
    else:
        verdict = "and so does the run" if agrees(guess, truth) else f"the run says {text_of(truth)}"
        print(f"  You said {text_of(guess)}, {verdict}. {reason}")


def agrees(guess: Any, truth: Any) -> bool:
    """Whether a prediction is right: numbers up to 5 %, text in lower or upper case."""
    if isinstance(truth, str):
        return isinstance(guess, str) and guess.strip().lower() == truth.lower()
    try:
        return bool(np.allclose(np.asarray(guess, float), np.asarray(truth, float), rtol=CLOSE, atol=1e-9))
    except (TypeError, ValueError):  # not numbers, or not as many
        return False
