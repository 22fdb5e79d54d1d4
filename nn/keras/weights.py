"""Weight: a variable that belongs to a layer."""

from __future__ import annotations

from typing import Any

from autograd.tensorflow.variable import Variable


class Weight(Variable):
    """A variable that belongs to a layer.

    Attributes:
        path: the layer's name and the weight's name.
        regularizer: a function that computes a penalty on the weight, or None.
        constraint: a function that projects the weight after every update, or None.
    """

    __slots__ = ("path", "regularizer")

    def __init__(
        self, first: Any, trainable: bool, name: str, path: str, regularizer: Any = None, constraint: Any = None
    ) -> None:
        super().__init__(first, trainable=trainable, name=name, constraint=constraint)
        self.path, self.regularizer = path, regularizer

    @property
    def name(self) -> str:
        """The name within the layer."""
        return self._name

    def __repr__(self) -> str:
        return (
            f"<Variable path={self.path}, shape={tuple(self.array.shape)}, dtype={self.array.dtype.name}, "
            f"value={self.array}>"
        )

    __str__ = __repr__
