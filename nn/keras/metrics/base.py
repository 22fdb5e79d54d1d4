"""Metric: a value accumulated over batches; Mean, and a mean of a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.base.dtypes import to_numpy_dtype
from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor
from autograd.tensorflow.variable import Variable

from .. import initializers
from ..config import Configured
from ..naming import automatic_name, snake_case

Values = np.ndarray


class Metric(Configured):
    """Base of the metrics. A subclass adds a batch in `update_state` and gives the value so far in `result`.

    Args:
        name: how it is called.
        dtype: of the variables that `add_weight` makes; float32 if left out.

    Attributes:
        variables: what `add_weight` has made.

    >>> class Batches(Metric):
    ...     def __init__(self):
    ...         super().__init__(name="batches")
    ...         self.count = self.add_weight(name="count")
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.count.assign_add(1)
    ...     def result(self):
    ...         return self.count
    >>> batches = Batches()
    >>> float(batches(0, 0)), float(batches(0, 0))
    (1.0, 2.0)
    """

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = name or automatic_name(snake_case(type(self).__name__))
        self.dtype = to_numpy_dtype(dtype or "float32").name
        self.variables: list[Variable] = []

    def add_weight(
        self, shape: Sequence[int] = (), initializer: Any = "zeros", dtype: Any = None, name: str | None = None
    ) -> Variable:
        """A new variable, which `reset_state` sets to 0.

        Args:
            shape: of the variable; () for a number.
            initializer: a name, an Initializer or a function: the first value.
            dtype: the metric's if left out.
            name: how it is called.
        """
        first = initializers.get(initializer)(tuple(shape), dtype=dtype or self.dtype)
        variable = Variable(first, trainable=False, name=name)
        self.variables.append(variable)
        return variable

    add_variable = add_weight

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Count one batch: most metrics take the true and the predicted values, and a `sample_weight`."""
        raise NotImplementedError(f"{type(self).__name__} must say in update_state() how a batch counts")

    def result(self) -> Any:
        """The value so far."""
        raise NotImplementedError(f"{type(self).__name__} must say in result() what its value is")

    def reset_state(self) -> None:
        """Begin again: all variables are 0. A subclass that counts otherwise says how."""
        if not self.variables:
            raise NotImplementedError(f"{type(self).__name__} must say in reset_state() how it begins again")
        for variable in self.variables:
            variable.assign(np.zeros_like(variable.array))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Count one batch, and give the value so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class Mean(Metric):
    """The mean of all values so far.

    >>> mean = Mean()
    >>> mean.update_state([1.0, 2.0])
    >>> mean.update_state(6.0)
    >>> float(mean.result())
    3.0
    """

    def __init__(self, name: str | None = "mean") -> None:
        super().__init__(name)
        self.reset_state()

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Count one value, or several.

        Args:
            values: a number, or an array of them.
            sample_weight: how often each counts.
        """
        counted = plain(values).astype(np.float32)
        if sample_weight is None:
            self.total += counted.sum(dtype=np.float32)
            self.count += np.float32(counted.size)
        else:
            weight = np.asarray(plain(sample_weight), np.float32)
            weight = np.broadcast_to(weight.reshape(weight.shape + (1,) * (counted.ndim - weight.ndim)), counted.shape)
            self.total += (counted * weight).sum(dtype=np.float32)
            self.count += weight.sum(dtype=np.float32)

    def result(self) -> Tensor:
        """The mean so far; 0 before the first value."""
        return EagerTensor(self.total / self.count if self.count else np.float32(0))

    def reset_state(self) -> None:
        """Begin again."""
        self.total = self.count = np.float32(0)


class MeanMetricWrapper(Metric):
    """The mean of a function of true and predicted values.

    Args:
        function: gives one value for each sample.
        name: how it is called.
    """

    def __init__(self, function: Callable[[Any, Any], Any], name: str | None = None) -> None:
        super().__init__(name or getattr(function, "__name__", None))
        self.function = function
        self._mean = Mean()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count the samples of one batch."""
        self._mean.update_state(self.function(y_true, y_pred), sample_weight)

    def result(self) -> Tensor:
        """The mean so far; 0 before the first batch."""
        return self._mean.result()

    def reset_state(self) -> None:
        """Begin again."""
        self._mean.reset_state()


def plain(values: Any) -> Values:
    """The elements of a tensor, or what is an array or becomes one."""
    return np.asarray(values.array if isinstance(values, Tensor) else values)
