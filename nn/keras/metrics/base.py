"""Metric: a value accumulated over batches; Mean, Sum, and the mean of a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.base.dtypes import to_numpy_dtype
from autograd.base.nests import leaves, mapped
from autograd.base.symbolic import as_array, depends_on, outside
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

    #: Whether all that an update changes are variables, so that a compiled step can hold it.
    only_variables = False

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

    only_variables = True

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total, self.count = self.add_weight(name="total"), self.add_weight(name="count")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add a number, or the mean of every row of an array; `sample_weight` gives each row or value a weight."""
        rows, weight = per_sample(values, sample_weight, np.mean, self.dtype)
        self.total.array = self.total.array + rows.sum()
        count = weight.sum() if weight is not None else rows.shape[0] if rows.ndim else 1
        self.count.array = self.count.array + count

    def result(self) -> Tensor:
        """The mean so far; 0 before the first value."""
        total, count = self.total.array, self.count.array
        return EagerTensor(np.divide(total, count, out=np.zeros_like(total), where=count != 0))


class Sum(Metric):
    """The sum of all values so far."""

    only_variables = True

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_weight(name="total")

    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        """Add values, each times its weight, or that of its row.

        >>> total = Sum()
        >>> total.update_state([[1.0, 2.0], [3.0, 4.0]], sample_weight=[1.0, 10.0])
        >>> float(total.result())
        73.0
        """
        self.total.array = self.total.array + per_sample(values, sample_weight, np.sum, self.dtype)[0].sum()

    def result(self) -> Tensor:
        return EagerTensor(self.total.array)


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


def update(metric: Metric, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
    """Add a batch of tensors to a metric; a compiled step calls the metric's own method, unless it only has variables.

    `sample_weight` is passed on if it is not None.
    """
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    if metric.only_variables:
        depends_on(metric)
        metric.update_state(y_true, y_pred, **weights)
        return

    def add(*arrays: Values) -> None:
        true, pred, *rest = map(EagerTensor, arrays)
        metric.update_state(true, pred, **dict(zip(weights, rest)))

    add.__name__ = f"update_{metric.name}"
    outside(add, *[plain(part) for part in (y_true, y_pred, *weights.values())])


def result_of(metric: Metric) -> Any:
    """The value of a metric so far: a tensor, or a nest of tensors."""
    if metric.only_variables:
        return metric.result()
    seen: list[Any] = []

    def values() -> Any:
        seen[:] = [metric.result()]
        arrays = tuple([np.asarray(getattr(leaf, "array", leaf)) for leaf in leaves(seen[0])])
        return arrays if len(arrays) > 1 else arrays[0]

    values.__name__ = f"{metric.name}_result"
    made = outside(values)
    made = iter(made if isinstance(made, tuple) else (made,))
    return mapped(lambda leaf: EagerTensor(next(made)), seen[0])


def plain(values: Any) -> Values:
    """A tensor, an array or nested lists as an array; ValueError for what holds no numbers."""
    return as_array(values.array if isinstance(values, Tensor) else tensor_of(values).array)


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
        return _along(reduce, array, 1), None
    weight = plain(counted(values, tensor_of(sample_weight))).astype(dtype)
    array, weight = same_rank(array, weight)
    array = _along(reduce, array, weight.ndim)
    weight = broadcast("sample_weight", weight, array.shape)
    return _along(reduce, array * weight, 1), _along(reduce, weight, 1)


def _along(reduce: Callable[..., Values], array: Values, first: int) -> Values:
    """An array reduced over its dims from `first` on."""
    return reduce(array, axis=tuple(range(first, array.ndim))) if array.ndim > first else array
