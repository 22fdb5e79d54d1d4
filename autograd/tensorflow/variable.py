"""Variable: a tensor whose value can be assigned, and that tapes watch automatically."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..core.graph import Leaf, Node
from ..ops.shape.indexing import plain_key
from ..tape.tape_tensor import place_of, recording_tapes
from .dtypes import as_dtype
from .elementwise import Binary
from .errors import invalid
from .operators import getitem
from .scattering import tensor_scatter_nd_add, tensor_scatter_nd_sub, tensor_scatter_nd_update
from .tensors import EagerTensor, numpy_text, tensor_of


def _not_supported(operator: str, call: str = "") -> Binary:
    """The in-place operator `v += value`, which raises: it would replace the Variable by a plain tensor."""

    def in_place(x: Any, y: Any, name: str | None = None) -> EagerTensor:
        raise RuntimeError(
            f"`v {operator}= value` with tf.Variables is not supported: {call or f'v.assign(v {operator} value)'} "
            f"modifies the variable, and `out = v {operator} value` returns a new tensor"
        )

    return in_place


class Variable(EagerTensor):
    """A tensor whose value can be assigned.

    A tape that records watches a trainable variable from its first use. `assign` replaces the array instead of
    writing into it, so that gradients of results computed before stay correct.

    Args:
        initial_value: a tensor, array, number or nested list, or a function without arguments that returns one.
        trainable: whether tapes watch the variable automatically; true by default.
        name: the name; "Variable" by default.
        dtype: the dtype; by default that of the value, float32 for Python floats.
        constraint: a function that an optimizer applies to the value after each step, or None.
        shape: the expected shape of the value, or None.

    Raises:
        ValueError: `initial_value` is None, or has another shape than `shape`.

    >>> v = Variable([1.0, 2.0], name="v")
    >>> v.assign_sub([0.5, 0.5])
    <tf.Variable 'v:0' shape=(2,) dtype=float32, numpy=array([0.5, 1.5], dtype=float32)>
    """

    __slots__ = ("_name", "constraint", "trainable")

    def __init__(
        self, initial_value: Any = None, trainable: bool | None = None, validate_shape: bool = True,
        caching_device: Any = None, name: str | None = None, variable_def: Any = None, dtype: Any = None,
        import_scope: Any = None, constraint: Callable[[EagerTensor], Any] | None = None, synchronization: Any = None,
        aggregation: Any = None, shape: Any = None,
    ) -> None:  # fmt: skip
        if initial_value is None:
            raise ValueError("The `initial_value` argument of `tf.Variable` must be specified")
        value = initial_value() if callable(initial_value) else initial_value
        array = tensor_of(value, dtype).array
        if shape is not None and tuple(shape) != array.shape:
            raise ValueError(f"Variable: the initial value has shape {array.shape}, but shape={tuple(shape)} was given")
        self.trainable = True if trainable is None else bool(trainable)
        self._name, self.constraint = name or "Variable", constraint
        self.array, self.node = array, None

    @property
    def name(self) -> str:
        """The name with TensorFlow's suffix `:0`."""
        return f"{self._name}:0"

    @property
    def node(self) -> Node | Leaf | None:
        """The leaf of this variable while a tape records; reading it makes the tapes watch a trainable variable."""
        tapes = recording_tapes()
        if not tapes:
            return None
        if self.trainable:
            for tape in tapes:
                tape.watch_accessed(self)
        return place_of(self)

    @node.setter
    def node(self, node: Node | Leaf | None) -> None:
        self.put_at(node)

    def assign(
        self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Variable:
        """Replace the value.

        Raises:
            ValueError: the new value has another shape, or is a tensor of another dtype.
            TypeError: Python numbers do not fit the dtype.
        """
        array = self._converted(value)
        if array.shape != self.array.shape:
            raise ValueError(
                f"Cannot assign value to variable '{self.name}': Shape mismatch. The variable shape "
                f"{self.array.shape}, and the assigned value shape {array.shape} are incompatible."
            )
        self.array = array.copy()
        return self

    def assign_add(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Variable:
        """Add `delta` to the value.

        Raises:
            InvalidArgumentError: `delta` has another shape.
            TypeError, ValueError: `delta` has another dtype, as in `assign`.
        """
        self.array = self.array + self._checked_delta(delta, "AssignAddVariableOp")
        return self

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Variable:
        """Subtract `delta` from the value; raises the errors of `assign_add`."""
        self.array = self.array - self._checked_delta(delta, "AssignSubVariableOp")
        return self

    def _converted(self, value: Any) -> Array:
        """The value as an array of the variable's dtype."""
        return tensor_of(value, as_dtype(self.array.dtype)).array

    def _checked_delta(self, value: Any, op: str) -> Array:
        array = self._converted(value)
        if array.shape != self.array.shape:
            raise invalid(
                op,
                f"Cannot update variable with shape {list(self.array.shape)} using a Tensor with shape "
                f"{list(array.shape)}, shapes must be equal.",
            )
        return array

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Replace elements or slices at the indices, whose last axis holds the coordinates."""
        return self.assign(tensor_scatter_nd_update(self.array, indices, updates))

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Add to elements or slices at the indices."""
        return self.assign(tensor_scatter_nd_add(self.array, indices, updates))

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Subtract from elements or slices at the indices."""
        return self.assign(tensor_scatter_nd_sub(self.array, indices, updates))

    def __getitem__(self, key: Any) -> VariablePart:
        return VariablePart(self, key, getitem(self, key))

    def read_value(self) -> EagerTensor:
        """The current value as a tensor, which later assignments do not change."""
        return EagerTensor(self.array, self.node)

    value = initialized_value = read_value

    def __repr__(self) -> str:
        return f"<tf.Variable {self.name!r} shape={self.shape} dtype={self.dtype.name}, numpy={numpy_text(self.array)}>"

    __str__ = __repr__

    __iadd__ = _not_supported("+", "v.assign_add(value)")
    __isub__ = _not_supported("-", "v.assign_sub(value)")
    __imul__ = _not_supported("*")
    __itruediv__ = _not_supported("/")
    __ipow__ = _not_supported("**")

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        return Variable(np.array(self.array), self.trainable, name=self._name, constraint=self.constraint)


class VariablePart(EagerTensor):
    """A part of a Variable, `v[key]`: a tensor with a method to assign to that part.

    >>> v = Variable([1.0, 2.0, 3.0])
    >>> v[1:].assign([8.0, 9.0])
    <tf.Variable 'Variable:0' shape=(3,) dtype=float32, numpy=array([1., 8., 9.], dtype=float32)>
    """

    __slots__ = ("_key", "_variable")

    def __init__(self, variable: Variable, key: Any, part: EagerTensor) -> None:
        super().__init__(part.array, part.node)
        self._variable, self._key = variable, key

    def assign(self, value: Any, name: str | None = None) -> Variable:
        """Replace the values of this part; returns the Variable.

        Raises:
            InvalidArgumentError: the value does not broadcast to the shape of the part.
            TypeError, ValueError: the value has another dtype, as in `Variable.assign`.
        """
        variable = self._variable
        array = variable.array.copy()
        new = tensor_of(value, as_dtype(array.dtype)).array
        try:
            array[plain_key(self._key)] = new
        except ValueError:
            raise invalid(
                "ResourceStridedSliceAssign",
                f"Cannot broadcast input shape {list(new.shape)} into final shape {list(self.array.shape)}",
            ) from None
        variable.array = array
        return variable
