"""Plotting: matplotlib figures; matplotlib is imported only when a figure is made."""

from __future__ import annotations

import io
from typing import Any

from ..base.text import printable


def new_figure(width: float, height: float) -> Any:
    """An empty matplotlib Figure, its size in inches; no window is opened.

    Raises:
        ImportError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            "plots need matplotlib, which is not installed: pip install matplotlib; "
            "the numbers are available without it"
        ) from None
    return Figure(figsize=(width, height), layout="constrained")


def plain_text(text: str) -> str:
    """Text for matplotlib: printable, and without formulas, which it would find between two `$`."""
    return printable(text).replace("$", r"\$")


def svg_of(figure: Any) -> str:
    """The figure as SVG, for a notebook."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg")
    return buffer.getvalue()
