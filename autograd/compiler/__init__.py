"""torch.compile: a step, a function or a module as a NumPy program that one can read.

How a step becomes a program, with the files in the order to read them:

1. Call: `entry` is `torch.compile`; `compiled` decides what each call does (run plainly, be watched, run a program);
   `arguments` tells kinds of calls apart.
2. Watch: `trace` runs the step for real and asks its parts what the step does. `record` writes each NumPy call down as
   a Statement, for which `symbols` stand for arrays; `origin` says which line, layer and pass a value comes from,
   `varying` which draws and shapes differ each time. `state` is what the step finds around it: tensors, gradients,
   optimizers, layers, variables. `around` is what it does besides NumPy: reading numbers, counting, appending,
   printing. `outliving` refuses what a program could not leave behind.
3. Program: `program` drops what is not needed, gives each value its memory, and keeps only the `layout` of what the
   watched call computed; `blocks` work on tiles of large arrays.
4. Text: `writing` makes the text that runs, from `expressions`, `names` and the headings of `sections`; `written` is
   that program as the user holds it.
5. Run: `runner` calls it and does what the step does around NumPy; `guards` tell whether it still holds; `check`
   compares it with the step. `differentiable` is for results that have gradients, `variables` for those of TensorFlow.
6. Kernels: after 20 calls `kernels` replaces runs of elementwise statements by C functions; `cache` lists them.

For readers: `slide`, `notebook` and `saved` (with `inlining`) write the same program in other forms; `report` is
`explain()`; `source` looks at the user's code; `control` holds the other functions of `torch.compiler`.
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
