"""Batches for fit, evaluate and predict, cut from arrays or taken from an iterable."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd.base.nests import leaves, mapped
from autograd.core.operation import array_of
from autograd.core.tensor import Tensor
from autograd.ops.creation.random import source
from autograd.tensorflow.tensors import EagerTensor


class ArrayBatches:
    """Batches cut from arrays, or nests of arrays.

    Args:
        x, y, sample_weight: nests of arrays or tensors with the same number of rows; the last two may be None.
        batch_size: the number of rows in a batch; the last batch may have fewer.
        shuffle: whether to shuffle the rows in every pass.
        class_weight: the weight of each class, by its index.
    """

    def __init__(
        self, x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None, shuffle: bool = False,
        class_weight: Mapping[int, float] | None = None,
    ) -> None:  # fmt: skip
        self.x, self.y, self.weight = (nest_of_rows(part) for part in (x, y, sample_weight))
        self.rows = count_rows(self.x, self.y, self.weight)
        if class_weight is not None:
            self.weight = weights_of_classes(self.y, class_weight, self.weight)
        self.batch_size = 32 if batch_size is None else int(batch_size)
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, but got {batch_size}")
        self.shuffle = shuffle

    def __len__(self) -> int:
        return math.ceil(self.rows / self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        order = source(None).permutation(self.rows) if self.shuffle else None
        for start in range(0, self.rows, self.batch_size):
            part = slice(start, start + self.batch_size)
            rows = part if order is None else order[part]

            def take(array: Any, rows: Any = rows) -> Any:
                return None if array is None else EagerTensor(array[rows])

            yield pack(*(mapped(take, nest) for nest in (self.x, self.y, self.weight)))


def pack(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """A batch in the form that `train_step` takes: (x, y, sample_weight), (x, y), or x alone."""
    if sample_weight is not None:
        return x, y, sample_weight
    if y is not None:
        return x, y
    return (x,) if isinstance(x, (tuple, list)) else x


def unpack(data: Any) -> tuple[Any, Any, Any]:
    """x, y and sample_weight of a batch, None if missing; ValueError if it has more than three parts."""
    parts = data if isinstance(data, tuple) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"A batch must be x, (x, y) or (x, y, sample_weight), but got {len(parts)} parts")
    x, y, sample_weight = (*parts, None, None)[:3]
    return x, y, sample_weight


def weights_of_classes(y: Any, class_weight: Mapping[int, float], sample_weight: Any = None) -> np.ndarray:
    """A weight per sample, from the weights of the classes; ValueError with sample weights or several outputs."""
    if sample_weight is not None:
        raise ValueError("You cannot pass `class_weight` and `sample_weight` at the same time.")
    if not isinstance(y, np.ndarray):
        raise ValueError("`class_weight` is only supported for models with a single output, with y as an array")
    rows = y.reshape(len(y), -1) if y.ndim > 1 and y.shape[-1] == 1 else y
    indices = rows.argmax(-1) if rows.ndim > 1 and rows.shape[-1] > 1 else np.round(rows).reshape(len(rows))
    weights = np.ones(indices.shape, np.float32)
    for index, weight in class_weight.items():
        weights[indices == int(index)] = weight
    return weights


class IterableBatches:
    """Batches x, (x, y) or (x, y, sample_weight) from an iterable, such as a Dataset, a DataLoader or a generator.

    A pass takes `steps` batches, or all.
    """

    def __init__(
        self, batches: Any, steps: int | None = None, class_weight: Mapping[int, float] | None = None
    ) -> None:  # fmt: skip
        self._batches, self._steps, self._class_weight = batches, steps, class_weight
        self._running: Iterator[Any] = iter(())

    def __len__(self) -> int:
        """The number of batches; TypeError if it is unknown."""
        return self._steps if self._steps is not None else len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        if self._steps is None:
            yield from map(self._of_tensors, self._batches)
            return
        # With a number of steps, the next pass continues where this one ended.
        for _ in range(self._steps):
            batch = next(self._running, None)
            if batch is None:
                self._running = iter(self._batches)
                batch = next(self._running, None)
                if batch is None:
                    return
            yield self._of_tensors(batch)

    def _of_tensors(self, batch: Any) -> Any:
        """A batch as `pack` returns it, with tensors in place of arrays."""
        parts = unpack(tuple(batch) if isinstance(batch, list) else batch)  # a DataLoader yields lists
        x, y, weight = (mapped(_as_tensor, part) for part in parts)
        if self._class_weight is not None and y is not None:
            weight = EagerTensor(weights_of_classes(np.asarray(y.array), self._class_weight, weight))
        return pack(x, y, weight)


Batches = ArrayBatches | IterableBatches


def batches_of(
    x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None, shuffle: bool = False,
    steps: int | None = None, class_weight: Mapping[int, float] | None = None,
) -> Batches:  # fmt: skip
    """Batches of arrays, or those that the iterable `x` yields: it only goes with `steps` and `class_weight`."""
    if x is None:
        raise ValueError("No data: pass the inputs as x")
    yields_batches = not isinstance(x, (np.ndarray, Tensor, list, tuple, dict)) and hasattr(x, "__iter__")
    if not yields_batches:
        batches = ArrayBatches(x, y, sample_weight, batch_size, shuffle, class_weight)
        return batches if steps is None else IterableBatches(batches, steps)
    for argument, value in (("y", y), ("sample_weight", sample_weight), ("batch_size", batch_size)):
        if value is not None:
            raise ValueError(
                f"{argument} must not be passed with an x that yields whole batches. Received {argument}={value!r:.40} "
                f"and x={x!r:.80}"
            )
    return IterableBatches(x, steps, class_weight)


def known_length(batches: Batches) -> int | None:
    """The number of batches; None if unknown."""
    try:
        return len(batches)
    except TypeError:
        return None


Parts = tuple[Any, Any, Any]


def split_off(x: Any, y: Any, sample_weight: Any, share: float) -> tuple[Parts, Parts]:
    """Split arrays into the first rows and a share of last rows; neither part may be empty."""
    if not 0 < share < 1:
        raise ValueError(f"validation_split must be between 0 and 1, but got {share}")
    if not isinstance(x, (np.ndarray, Tensor, list, tuple, dict)):
        raise ValueError(f"validation_split is only supported for arrays, but x is {x!r:.80}: pass validation_data")
    nests = [nest_of_rows(part) for part in (x, y, sample_weight)]
    rows = count_rows(*nests)
    first = math.floor(rows * (1 - share))
    if first in (0, rows):
        raise ValueError(
            f"Training data contains {rows} samples, which is not sufficient to split it into a validation and "
            f"training set as specified by validation_split={share}"
        )

    def part(rows: slice) -> Parts:
        x, y, weight = (mapped(lambda array: None if array is None else array[rows], nest) for nest in nests)
        return x, y, weight

    return part(slice(0, first)), part(slice(first, None))


def nest_of_rows(nest: Any) -> Any:
    """The nest with `rows_of` its leaves; None stays None."""
    return mapped(lambda leaf: None if leaf is None else rows_of(leaf), nest)


def rows_of(value: Any) -> np.ndarray:
    """An array or a tensor as an array; floating-point elements become float32. ValueError for a scalar."""
    array = np.asarray(array_of(value))
    if not array.ndim:
        raise ValueError(f"Data must be arrays with a row for each sample, but got {value!r:.80}")
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array


def count_rows(x: Any, y: Any = None, sample_weight: Any = None) -> int:
    """The number of rows of all arrays; ValueError if the numbers differ."""
    nests = {"x": x, "y": y, "sample_weight": sample_weight}
    sizes = {name: [len(array) for array in leaves(nest) if array is not None] for name, nest in nests.items()}
    counts = {count for each in sizes.values() for count in each}
    if len(counts) != 1:
        listed = ", ".join(f"{name} sizes: {', '.join(map(str, each))}" for name, each in sizes.items() if each)
        raise ValueError(
            f"Data cardinality is ambiguous: {listed}. Make sure all arrays contain the same number of samples"
        )
    return counts.pop()


def _as_tensor(leaf: Any) -> Any:
    return leaf if leaf is None or isinstance(leaf, Tensor) else EagerTensor(np.asarray(leaf))
