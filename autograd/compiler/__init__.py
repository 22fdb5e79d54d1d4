"""torch.compile: a step, a function or a module as a NumPy program that one can read.

The way of a call: `trace` writes down as Statements what NumPy does with the Symbols that stand for arrays; `program`
drops what is not needed and gives each value its memory; `writing` makes the text that runs, with the `names` of its
values and the `sections` that they stand in; what a step does `around` NumPy is left when it has run; `guards` tell
when it may run; `compiled` decides for each call.
A program that is called often goes on with `kernels` in C; `cache` lists them.
The same program is written for reading (`slide`), for a `notebook` and for a file (`saved`); `report` is `explain()`.
"""

from ..without_effect import names_of
from .compiled import CompiledStep
from .control import (
    cudagraph_mark_step_begin,
    disable,
    is_compiling,
    is_dynamo_compiling,
    list_backends,
    reset,
)  # fmt: skip
from .entry import compile

__all__ = [
    "CompiledStep", "compile", "cudagraph_mark_step_begin", "disable", "is_compiling", "is_dynamo_compiling",
    "list_backends", "reset",
]  # fmt: skip

__getattr__ = names_of("compiler")
