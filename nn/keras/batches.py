"""Batches for fit, evaluate and predict, cut from arrays or taken from an iterable."""

from __future__ import annotations

import math
import numbers
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd.base.nests import leaves, mapped
from autograd.core.operation import array_of
from autograd.core.tensor import Tensor
from autograd.ops.creation.random import source
from autograd.tensorflow.tensors import EagerTensor

from .checks import integer, number
from .py_dataset import DatasetPasses, PyDataset


class ArrayBatches:
    """Batches cut from arrays, or nests of arrays.

    Args:
        x, y, sample_weight: nests of arrays or tensors with the same number of rows; the last two may be None.
        batch_size: the number of rows in a batch; the last batch may have fewer. By default the rows divided by
            `steps`, rounded up, or 32.
        shuffle: whether to shuffle the rows in every pass; "batch" shuffles them only within every batch.
        steps: the number of batches to take in a pass.
        class_weight: the weight of each class, by its index.
    """

    def __init__(
        self, x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None,
        shuffle: bool | str = False, steps: int | None = None, class_weight: Mapping[int, float] | None = None,
    ) -> None:  # fmt: skip
        self.x, self.y, self.weight = (nest_of_rows(part) for part in (x, y, sample_weight))
        if not leaves(self.x) or any(array is None for array in leaves(self.x)):
            raise ValueError(f"No data: x must hold arrays, but is {x!r:.80}")
        self.rows = count_rows(self.x, self.y, self.weight)
        if class_weight is not None:
            self.weight = weights_of_classes(self.y, class_weight, self.weight)
        if batch_size is None:
            batch_size = 32 if steps is None else max(-(-self.rows // integer(steps, "steps", 1)), 1)
        self.batch_size = integer(batch_size, "batch_size", 1)
        self.shuffle = shuffle

    def __len__(self) -> int:
        return math.ceil(self.rows / self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        draw = source(None)
        order = draw.permutation(self.rows) if self.shuffle and self.shuffle != "batch" else None
        for start in range(0, self.rows, self.batch_size):
            part = slice(start, start + self.batch_size)
            rows = part if order is None else order[part]
            if self.shuffle == "batch":
                rows = draw.permutation(np.arange(self.rows)[part])

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
    if not isinstance(class_weight, Mapping) or not all(
        isinstance(part, numbers.Real) for pair in class_weight.items() for part in pair
    ):
        raise ValueError(f"`class_weight` must be a dict of weights by class index. Received: {class_weight!r:.80}")
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
    """Batches x, (x, y) or (x, y, sample_weight) from an iterable, such as a Dataset, a DataLoader or a generator."""

    def __init__(self, batches: Any, class_weight: Mapping[int, float] | None = None) -> None:
        self._batches, self._class_weight = batches, class_weight

    def __len__(self) -> int:
        """The number of batches; TypeError if it is unknown."""
        return len(self._batches)

    def __iter__(self) -> Iterator[Any]:
        return map(self._of_tensors, self._batches)

    def _of_tensors(self, batch: Any) -> Any:
        """A batch as `pack` returns it, with tensors in place of arrays."""
        parts = unpack(tuple(batch) if isinstance(batch, list) else batch)  # a DataLoader yields lists
        x, y, weight = (mapped(_as_tensor, part) for part in parts)
        if self._class_weight is not None and y is not None:
            weight = EagerTensor(weights_of_classes(np.asarray(y.array), self._class_weight, weight))
        return pack(x, y, weight)


class Steps:
    """A number of batches in every pass. A pass continues where the last one ended, and ends where the data end."""

    def __init__(self, batches: Batches, steps: int) -> None:
        self._batches, self._steps = batches, integer(steps, "steps", 1)
        self.restart()

    def __len__(self) -> int:
        return self._steps

    def restart(self) -> None:
        """Let the next pass begin at the first batch."""
        self._running: Iterator[Any] = iter(())

    def __iter__(self) -> Iterator[Any]:
        for step in range(self._steps):
            batch = next(self._running, None)
            if batch is None and not step:
                self._running = iter(self._batches)
                batch = next(self._running, None)
            if batch is None:
                warnings.warn(
                    "Your input ran out of data; interrupting training. Make sure that your dataset or generator can "
                    "generate at least `steps_per_epoch * epochs` batches. You may need to use the `.repeat()` "
                    "function when building your dataset.",
                    stacklevel=4,
                )
                return
            yield batch


Batches = ArrayBatches | IterableBatches | Steps


def batches_of(
    x: Any, y: Any = None, sample_weight: Any = None, batch_size: int | None = None, shuffle: bool | str = False,
    steps: int | None = None, class_weight: Mapping[int, float] | None = None,
) -> Batches:  # fmt: skip
    """Batches of arrays, or those that `x` yields: a PyDataset, or an iterable such as a Dataset or a generator.

    Raises:
        ValueError: `x` is neither, or yields batches and comes with `y` or `sample_weight`.
    """
    if x is None:
        raise ValueError("No data: pass the inputs as x")
    if has_rows(x):
        batches: Batches = ArrayBatches(x, y, sample_weight, batch_size, shuffle, steps, class_weight)
    else:
        if not isinstance(x, Iterable) or isinstance(x, (str, bytes)):
            raise ValueError(
                f"Unrecognized data type: x={x!r:.80} (of type {type(x)}): pass arrays, a Dataset, a generator, or a "
                "keras.utils.PyDataset, whose batches are read by index up to its length"
            )
        for argument, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(
                    f"When providing `x` as a {type(x).__name__}, `{argument}` should not be passed. Instead, it "
                    "should be included as part of every batch: (x, y) or (x, y, sample_weight)"
                )
        if isinstance(x, PyDataset):
            x = DatasetPasses(x, bool(shuffle))
        batches = IterableBatches(x, class_weight)
    return batches if steps is None else Steps(batches, steps)


def has_rows(x: Any) -> bool:
    """Whether `x` is an array, a table or a nest of these, rather than something that yields batches."""
    return isinstance(x, (np.ndarray, Tensor, list, tuple, dict)) or hasattr(x, "__array__")


def known_length(batches: Batches) -> int | None:
    """The number of batches; None if unknown."""
    try:
        return len(batches)
    except TypeError:
        return None


Parts = tuple[Any, Any, Any]


def split_off(x: Any, y: Any, sample_weight: Any, share: float) -> tuple[Parts, Parts]:
    """Split arrays into the first rows and a share of last rows; neither part may be empty."""
    if not 0 < number(share, "validation_split") < 1:
        raise ValueError(f"validation_split must be between 0 and 1, but got {share}")
    if not has_rows(x):
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
    """An array, a tensor or a table as an array; floating-point elements become float32.

    A Series of pandas becomes a column (N, 1), as in Keras.

    Raises:
        ValueError: a scalar, or elements that are not numbers.
    """
    array = np.asarray(array_of(value))
    if not array.ndim:
        raise ValueError(f"Data must be arrays with a row for each sample, but got {value!r:.80}")
    if array.dtype.kind not in "biufc":
        raise ValueError(f"Data must be numbers, but the elements have dtype {array.dtype}: {value!r:.80}")
    if array.ndim == 1 and hasattr(value, "to_frame"):
        array = array[:, None]
    return array.astype(np.float32, copy=False) if array.dtype.kind == "f" else array


def weight_of(value: Any) -> np.ndarray | None:
    """A sample weight as `rows_of` gives it; it may be one number. None stays None."""
    if value is None or np.ndim(array_of(value)):
        return None if value is None else rows_of(value)
    return np.asarray(array_of(value), np.float32)


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
