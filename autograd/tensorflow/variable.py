"""Variable: a tensor whose value can be replaced, which tapes watch by themselves."""

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


def _refused(operator: str, call: str = "") -> Binary:
    """What `v += value` calls, which would put a tensor in the place of the Variable."""

    def refused(x: Any, y: Any, name: str | None = None) -> EagerTensor:
        raise RuntimeError(
            f"`v {operator}= value` with tf.Variables is not supported: {call or f'v.assign(v {operator} value)'} "
            f"modifies the variable, `out = v {operator} value` gives a tensor"
        )

    return refused


class Variable(EagerTensor):
    """A leaf whose value can be replaced.

    A tape that records watches it as soon as it is used, if it is trainable. Assigning puts a new array
    in the place of the old one, so what was computed from the old value keeps its gradient.

    Args:
        initial_value: a tensor, an array, numbers, or a function without arguments that returns one.
        trainable: whether tapes watch it by themselves.
        name: its name.
        dtype: the type of the elements; by default that of the value, float32 for Python floats.
        constraint: what an optimizer brings the value back with after a step: a function, or None.
        shape: accepted if it is that of the value.

    Raises:
        ValueError: there is no value, or it has another shape than `shape`.

    >>> v = Variable([1.0, 2.0], name="v")
    >>> v.assign_sub([0.5, 0.5])
    <tf.Variable 'v:0' shape=(2,) dtype=float32, numpy=array([0.5, 1.5], dtype=float32)>
    """

    __slots__ = ("_name", "constraint", "trainable")

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[[EagerTensor], Any] | None = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        if initial_value is None:
            raise ValueError("The `initial_value` arg to `tf.Variable` must be specified: pass the first value")
        value = initial_value() if callable(initial_value) else initial_value
        array = tensor_of(value, dtype).array
        if shape is not None and tuple(shape) != array.shape:
            raise ValueError(f"Variable: the initial value has shape {array.shape}, but shape={tuple(shape)} was given")
        self.trainable = True if trainable is None else bool(trainable)
        self._name, self.constraint = name or "Variable", constraint
        self.array, self.node = array, None

    @property
    def name(self) -> str:
        """Its name, with TensorFlow's `:0`."""
        return f"{self._name}:0"

    @property
    def node(self) -> Node | Leaf | None:
        """Its leaf, while a tape that watches it records; asking for it is what makes tapes watch it."""
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
            ValueError: it has another shape, or is a tensor of another dtype.
            TypeError: Python numbers that the dtype does not hold.
        """
        array = self._as_own(value)
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
        """Add to the value.

        Raises:
            InvalidArgumentError: it has another shape.
            TypeError, ValueError: another dtype, as in `assign`.
        """
        self.array = self.array + self._of_own_shape(delta, "AssignAddVariableOp")
        return self

    def assign_sub(
        self, delta: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True
    ) -> Variable:
        """Subtract from the value; raises as `assign_add`."""
        self.array = self.array - self._of_own_shape(delta, "AssignSubVariableOp")
        return self

    def _as_own(self, value: Any) -> Array:
        return tensor_of(value, as_dtype(self.array.dtype)).array

    def _of_own_shape(self, value: Any, op: str) -> Array:
        array = self._as_own(value)
        if array.shape != self.array.shape:
            raise invalid(
                op,
                f"Cannot update variable with shape {list(self.array.shape)} using a Tensor with shape "
                f"{list(array.shape)}, shapes must be equal.",
            )
        return array

    def scatter_nd_update(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Put values at the places whose coordinates are the last axis of `indices`."""
        return self.assign(tensor_scatter_nd_update(self.array, indices, updates))

    def scatter_nd_add(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Add values at places."""
        return self.assign(tensor_scatter_nd_add(self.array, indices, updates))

    def scatter_nd_sub(self, indices: Any, updates: Any, name: str | None = None) -> Variable:
        """Subtract values at places."""
        return self.assign(tensor_scatter_nd_sub(self.array, indices, updates))

    def __getitem__(self, key: Any) -> VariablePart:
        return VariablePart(self, key, getitem(self, key))

    def read_value(self) -> EagerTensor:
        """The value now, as a tensor; later assignments do not change it."""
        return EagerTensor(self.array, self.node)

    def value(self) -> EagerTensor:
        """The value now, as a tensor."""
        return self.read_value()

    def initialized_value(self) -> EagerTensor:
        """The value now, as a tensor."""
        return self.read_value()

    def __repr__(self) -> str:
        return f"<tf.Variable {self.name!r} shape={self.shape} dtype={self.dtype.name}, numpy={numpy_text(self.array)}>"

    __str__ = __repr__

    __iadd__ = _refused("+", "v.assign_add(value)")
    __isub__ = _refused("-", "v.assign_sub(value)")
    __imul__ = _refused("*")
    __itruediv__ = _refused("/")
    __ipow__ = _refused("**")

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        return Variable(np.array(self.array), self.trainable, name=self._name)


class VariablePart(EagerTensor):
    """What a Variable has at some places, as a tensor; the places can be assigned to.

    >>> v = Variable([1.0, 2.0, 3.0])
    >>> v[1:].assign([8.0, 9.0])
    <tf.Variable 'Variable:0' shape=(3,) dtype=float32, numpy=array([1., 8., 9.], dtype=float32)>
    """

    __slots__ = ("_key", "_variable")

    def __init__(self, variable: Variable, key: Any, part: EagerTensor) -> None:
        super().__init__(part.array, part.node)
        self._variable, self._key = variable, key

    def assign(self, value: Any, name: str | None = None) -> Variable:
        """Replace the values at these places; they broadcast.

        Raises:
            InvalidArgumentError: they do not.
            TypeError, ValueError: another dtype.
        """
        variable = self._variable
        array = variable.array.copy()
        given = tensor_of(value, as_dtype(array.dtype)).array
        try:
            array[plain_key(self._key)] = given
        except ValueError:
            raise invalid(
                "ResourceStridedSliceAssign",
                f"Cannot broadcast input shape {list(given.shape)} into final shape {list(self.array.shape)}",
            ) from None
        variable.array = array
        return variable
