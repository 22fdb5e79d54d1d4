"""Kernels: runs of elementwise statements, and reductions among them, as C functions.

`work` says what a statement computes in C, `functions` how; `grouping` makes kernels of runs of them, `source` their
text, `build` a library of it, which `cache` keeps; `choice` takes those that are faster; `warming` does all this for
a program that is called often.
"""

from .warming import Warming, enabled

__all__ = ["Warming", "enabled"]
