"""Tensors: those that a step uses and makes, found by being touched; and their arrays as they are, never symbols.

While a step is watched, a property takes the place of the slot of `Tensor.array`, which gives it symbols. So
parameters, the optimizer's state, running statistics and captured constants need not be declared. Other threads see
the property too, and get the plain array.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...base.symbolic import current
from ...core.aliasing import View
from ...core.graph import Node, all_nodes
from ...core.tensor import Tensor
from ...tape.tape_tensor import TapeTensor, place_of
from ..layout import storage_of
from ..symbols import bare
from ..varying import told_apart

array_slot: Any = Tensor.array  # the slot's descriptor, which a trace exchanges


class Tensors:
    """The tensors of a step.

    Attributes:
        touched: those that existed before and were used, each with its array and node at that time.
        born: those that were made in the trace, by identity.
        assigned: whether one that existed before was given another array.
    """

    def __init__(self, trace: Any) -> None:
        self._trace = trace
        self.touched: dict[int, tuple[Tensor, Any, Any]] = {}
        self.born: dict[int, weakref.ref[Tensor]] = {}
        self.assigned = False
        self._of_others: dict[int, weakref.ref[Tensor]] = {}  # that other threads made meanwhile

    def begin(self) -> None:
        """Put the property in place of the slot."""
        setattr(Tensor, "array", property(self.read, self._put))  # noqa: B010 - until the end of the trace

    def end(self) -> None:
        """Put the slot back."""
        setattr(Tensor, "array", array_slot)  # noqa: B010 - for mypy

    def living(self) -> Iterator[Tensor]:
        """The tensors that were made in the trace and are in use still."""
        return (t for r in list(self.born.values()) if (t := r()) is not None)

    def has_storage(self, storage: int) -> bool:
        """Whether a tensor that existed before has its elements there."""
        return any(storage_of(array) == storage for _, array, _ in self.touched.values())

    def read(self, tensor: Tensor) -> Any:
        """The symbol of the array of a tensor that the step uses, or asks for its place in the graph."""
        array = array_in(tensor)
        if current.trace is not self._trace:
            return array
        if type(array) is np.bool_:
            put_array(tensor, array := told_apart(array))
        key = id(tensor)
        if key not in self.touched and not self._is_born(tensor):
            if key in self._of_others:
                self._trace.give_up("the step uses a tensor that another thread made meanwhile")
            self.touched[key] = (tensor, array, node_of(tensor))
        return self._trace.record.symbol(array)

    def _put(self, tensor: Tensor, array: Any) -> None:
        if current.trace is self._trace:
            key = id(tensor)
            if key not in self.touched and not self._is_born(tensor):
                try:
                    self.touched[key] = (tensor, array_in(tensor), node_of(tensor))
                except AttributeError:  # a new tensor
                    self.born[key] = weakref.ref(tensor, lambda _: self.born.pop(key, None))
            self.assigned = self.assigned or key in self.touched
        elif current.trace is None and not hasattr(tensor, "array"):
            self._of_others[key := id(tensor)] = weakref.ref(tensor, lambda _: self._of_others.pop(key, None))
        put_array(tensor, bare(array))

    def _is_born(self, tensor: Tensor) -> bool:
        return (found := self.born.get(id(tensor))) is not None and found() is tensor


# -- arrays and nodes, unseen by any trace -----------------------------------------------------------------


def array_in(tensor: Tensor) -> Any:
    """The array of a tensor, never a symbol."""
    return array_slot.__get__(tensor, Tensor)


def put_array(tensor: Tensor, array: Any) -> None:
    """Set the array of a tensor, unseen by any trace."""
    array_slot.__set__(tensor, array)


def node_of(tensor: Tensor) -> Any:
    """The node of a tensor, without replaying a view; None for a TapeTensor, whose node is a matter of the tape."""
    if isinstance(tensor, TapeTensor):
        return None
    return tensor._node if isinstance(tensor, View) else tensor.node


def without_symbols(tensors: Sequence[Tensor]) -> None:
    """Put arrays in place of symbols in what the nodes of the tensors have saved."""
    for node in all_nodes([place_of(t) if isinstance(t, TapeTensor) else node_of(t) for t in tensors]):
        if isinstance(node, Node) and node.saved is not None:
            node.saved = bare(node.saved)
