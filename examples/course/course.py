"""Shared by the lessons: showing a picture in a notebook or as a file, and checking an exercise."""

from __future__ import annotations

import base64
import html
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path("course_out")


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


def show(picture: Any, name: str) -> Shown:
    """Show a picture of a graph or a matplotlib figure, written to `course_out`, or a page that was written before."""
    path = file(name)
    if isinstance(picture, os.PathLike):
        page = html.escape(Path(picture).read_text(encoding="utf-8"), quote=True)
        inside = f'<iframe srcdoc="{page}" width="100%" height="700" style="border:0"></iframe>'
    elif hasattr(picture, "savefig"):
        buffer = io.BytesIO()
        picture.savefig(buffer, format="png", dpi=120, bbox_inches="tight")
        path.write_bytes(buffer.getvalue())
        inside = (
            f'<img src="data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}" style="max-width:100%">'
        )
    else:
        picture.save(path)
        inside = picture.svg()
    print(f"-> {path}")
    return Shown(path, inside)


def attempt(check: Callable[[Any], None], answer: Callable[..., Any]) -> None:
    """Check the reader's answer to an exercise, and print the result."""
    try:
        check(answer)
    except NotImplementedError:
        print(f"Exercise: write the function {answer.__name__}.")
    except AssertionError as error:
        print(f"Exercise: {answer.__name__} is not right yet: {error}")
    else:
        print(f"Exercise: {answer.__name__} is right.")
