"""Teaching: tools that show what the engine did, in words, pictures and numbers."""

from __future__ import annotations

from ..surface import make_public as _make_public
from .draw import draw
from .explain import Explanation, explain
from .find_nan import Finding, find_nan
from .histograms import Histograms, histograms, plot_histograms
from .history import History, plot_history
from .leaks import Held, leaks
from .picture import Picture
from .progress import progress
from .remember import remember
from .stepper import stepper
from .steps import Contribution, Step, steps
from .summary import Layer, Summary, summary
from .walk import Entry, Graph, walk

__all__ = [
    "Contribution", "Entry", "Explanation", "Finding", "Graph", "Held", "Histograms", "History", "Layer", "Picture",
    "Step", "Summary", "draw", "explain", "find_nan", "histograms", "leaks", "plot_histograms", "plot_history",
    "progress", "remember", "stepper", "steps", "summary", "walk",
]  # fmt: skip

_make_public(globals())
