"""Metric: a value accumulated over batches; Mean, Sum, and the mean of a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.base.dtypes import to_numpy_dtype
from autograd.core.tensor import Tensor
from autograd.tensorflow.tensors import EagerTensor, tensor_of
from autograd.tensorflow.variable import Variable

from .. import initializers
from ..config import Configured
from ..losses.base import counted
from ..naming import automatic_name, snake_case
from ..ranks import broadcast, same_rank

__all__ = ["Mean", "MeanMetricWrapper", "Metric", "Sum"]

Values = np.ndarray


class Metric(Configured):
    """Base class of metrics: a subclass adds a batch in `update_state` and returns the value so far in `result`.

    Args:
        name: the name of the metric.
        dtype: of the variables that `add_weight` creates; float32 by default.

    Attributes:
        variables: the variables created by `add_weight`.

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
        """Create a variable, which `reset_state` sets to 0; arguments as for `Layer.add_weight`."""
        first = initializers.get(initializer)(tuple(shape), dtype=dtype or self.dtype)
        variable = Variable(first, trainable=False, name=name)
        self.variables.append(variable)
        return variable

    add_variable = add_weight

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add one batch. Most metrics take `y_true`, `y_pred` and `sample_weight`."""
        raise NotImplementedError(f"{type(self).__name__} must define update_state()")

    def result(self) -> Any:
        """The value so far."""
        raise NotImplementedError(f"{type(self).__name__} must define result()")

    def reset_state(self) -> None:
        """Set all variables to 0. A subclass without variables overrides this."""
        if not self.variables:
            raise NotImplementedError(f"{type(self).__name__} has no variables: it must define reset_state()")
        for variable in self.variables:
            variable.assign(np.zeros_like(variable.array))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add one batch, and return the value so far."""
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

    total: Any
    count: Any

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.reset_state()

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add a number, or the mean of every row of an array; `sample_weight` gives each row or value a weight."""
        rows, weight = per_sample(values, sample_weight, np.mean, self.dtype)
        self.total = self.total + rows.sum()
        self.count = self.count + (np.shape(np.atleast_1d(rows))[0] if weight is None else weight.sum())

    def result(self) -> Tensor:
        """The mean so far; 0 before the first value."""
        return EagerTensor(np.dtype(self.dtype).type(self.total / self.count if self.count else 0))

    def reset_state(self) -> None:
        self.total = self.count = np.dtype(self.dtype).type(0)


class Sum(Metric):
    """The sum of all values so far."""

    total: Any

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.reset_state()

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values, each times its weight, or that of its row.

        >>> total = Sum()
        >>> total.update_state([[1.0, 2.0], [3.0, 4.0]], sample_weight=[1.0, 10.0])
        >>> float(total.result())
        73.0
        """
        self.total = self.total + per_sample(values, sample_weight, np.sum, self.dtype)[0].sum()

    def result(self) -> Tensor:
        return EagerTensor(np.dtype(self.dtype).type(self.total))

    def reset_state(self) -> None:
        self.total = np.dtype(self.dtype).type(0)


class MeanMetricWrapper(Mean):
    """The mean of a function that is called with `y_true` and `y_pred`, and returns one value per sample.

    Args:
        fn: the function.
        name: the name of the metric; by default that of the function.
        dtype: of the mean; float32 by default.
        options: further arguments of the function.
    """

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **options: Any) -> None:
        super().__init__(name or getattr(fn, "__name__", None), dtype)
        self.fn, self._options = fn, options

    def update_state(  # type: ignore[override]  # a mean of other values
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        """Add the samples of one batch."""
        super().update_state(self.fn(y_true, y_pred, **self._options), sample_weight)


class FunctionMean(MeanMetricWrapper):
    """Base class of the means of one function, whose name is the default name of the metric.

    `class Hinge(FunctionMean, function=losses.hinge)` is the mean of `losses.hinge`.
    """

    def __init__(self, name: str = "", dtype: Any = None) -> None:
        raise NotImplementedError("FunctionMean: pass function= in the definition of a subclass")

    def __init_subclass__(cls, function: Callable[[Any, Any], Any] | None = None) -> None:
        super().__init_subclass__()
        if function is not None:

            def __init__(self: FunctionMean, name: str = function.__name__, dtype: Any = None) -> None:
                MeanMetricWrapper.__init__(self, function, name, dtype)

            __init__.__qualname__, __init__.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
            cls.__init__ = __init__  # type: ignore[method-assign]  # the same signature, with another default


def plain(values: Any) -> Values:
    """A tensor, an array or nested lists as an array; ValueError for what holds no numbers."""
    return np.asarray(values.array if isinstance(values, Tensor) else tensor_of(values).array)


def per_sample(
    values: Any, sample_weight: Any, reduce: Callable[..., Values], dtype: Any
) -> tuple[Values, Values | None]:
    """The weighted values (N,), reduced over the dims that their weights do not have, and the weights (N,).

    Args:
        values: a number, or an array (N, …).
        sample_weight: None, a number, or weights (N,) or (N, …) for the first dims of the values.
        reduce: np.mean or np.sum.
        dtype: of the computation.

    Raises:
        ValueError: the weights do not fit the values.
    """
    array = plain(values).astype(dtype)
    if sample_weight is None:
        return _after(1, array, reduce), None
    weight = plain(counted(values, tensor_of(sample_weight))).astype(dtype)
    array, weight = same_rank(array, weight)
    array = _after(weight.ndim, array, reduce)
    weight = broadcast("sample_weight", weight, array.shape)
    return _after(1, array * weight, reduce), _after(1, weight, reduce)


def _after(dim: int, array: Values, reduce: Callable[..., Values]) -> Values:
    """The array, reduced over the dims from `dim` on."""
    return array if array.ndim <= dim else reduce(array, axis=tuple(range(dim, array.ndim)))
