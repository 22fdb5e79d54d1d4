"""Variables of TensorFlow and Keras: a program is given their arrays in each call, and returns new ones.

An assignment to a variable exchanges its array, so that results computed before stay correct. The program does the
same: it writes no variable in place, and a variable that is assigned between two calls, such as a learning rate, needs
no other program.
"""

from __future__ import annotations

from ..core.tensor import Tensor
from ..tape.tape_tensor import TapeTensor
from .layout import storage_of
from .state.tensors import array_in
from .symbols import Symbol
from .trace import Refused, Trace


class Variables:
    """The variables that a traced step used.

    Attributes:
        given: those whose arrays the program reads; it takes them after the arguments.
        symbols: the symbols of their arrays before the step.
        replaced: those that have another array after the step.
        results: the symbols of these arrays, which the program returns after the results of the step.
        names: what the program calls the arrays of `given`.
    """

    def __init__(self, trace: Trace, arguments: list[Tensor]) -> None:
        passed = {id(t) for t in arguments}
        used = [
            (t, a) for t, a, _ in trace.tensors.touched.values() if isinstance(t, TapeTensor) and id(t) not in passed
        ]
        self.given = [t for t, _ in used]
        self.symbols: list[Symbol] = [trace.record.symbol(a) for _, a in used]
        new = [(t, array_in(t)) for t, a in used if array_in(t) is not a]
        self.replaced = [t for t, _ in new]
        self.results: list[Symbol] = [trace.record.symbol(a) for _, a in new]
        arrays = [id(a) for _, a in used] + [id(array_in(t)) for t in arguments]
        if len(set(arrays)) < len(arrays) and used:
            raise Refused("two variables, or a variable and an argument, have the same array")
        storages = {storage_of(a) for _, a in used}
        if any(s.into is not None and s.into.storage in storages for s in trace.record.statements):
            raise Refused("the step writes into the array of a variable: assign to the variable instead")

        known = trace.attributes.names()
        self.names = [known.get(id(t)) or getattr(t, "_name", "constant") for t in self.given]
