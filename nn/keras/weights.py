"""Weight: `keras.Variable`, a variable with a path, and with a regularizer and a constraint if a layer gives it one."""

from __future__ import annotations

from typing import Any

from autograd.tensorflow.elementwise import cast
from autograd.tensorflow.tensors import EagerTensor
from autograd.tensorflow.variable import Variable

from . import initializers


class Weight(Variable):
    """A variable, which may belong to a layer.

    Args:
        initializer: the value, or an initializer, its name or a function, called with `shape` and `dtype`.
        shape: of the value, if an initializer makes it.
        dtype: of the value; by default float32, or that of an array.
        trainable: whether training updates it.
        name: the name; "variable" by default.

    Attributes:
        path: the layer's name and the weight's name.
        regularizer: a function that computes a penalty on the weight, or None.
        constraint: a function that projects the weight after every update, or None.
    """

    __slots__ = ("path", "regularizer")

    def __init__(
        self, initializer: Any, shape: Any = None, dtype: Any = None, trainable: bool = True, name: str | None = None,
        *, path: str | None = None, regularizer: Any = None, constraint: Any = None,
    ) -> None:  # fmt: skip
        if isinstance(initializer, str):
            initializer = initializers.get(initializer)
        if name is not None and (not isinstance(name, str) or "/" in name):
            raise ValueError(f"Argument `name` must be a string without the character `/`. Received: name={name!r:.60}")
        if callable(initializer):
            if shape is None:
                raise ValueError(
                    "When creating a Variable from an initializer, the `shape` argument should be specified"
                )
            initializer = initializer(tuple(shape), dtype=dtype or "float32")
        elif dtype is not None:
            initializer = cast(initializer, dtype)
        name = name or "variable"
        super().__init__(initializer, trainable=trainable, name=name, constraint=constraint)
        self.path, self.regularizer = path or name, regularizer

    @property
    def name(self) -> str:
        """The name within the layer."""
        return self._name

    @property
    def value(self) -> EagerTensor:  # type: ignore[override]  # Keras has a property where TensorFlow has a method
        """The current value as a tensor."""
        return self.read_value()

    def __repr__(self) -> str:
        return (
            f"<Variable path={self.path}, shape={tuple(self.array.shape)}, dtype={self.array.dtype.name}, "
            f"value={self.array}>"
        )

    __str__ = __repr__
