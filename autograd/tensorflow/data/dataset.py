"""Dataset: a lazy sequence of elements, computed again in each pass."""

from __future__ import annotations

import collections
import itertools
import random as python_random
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ...base.nests import mapped
from ...ops.creation.random import Generator, source
from ..errors import invalid
from ..tensor_spec import TensorSpec
from ..tensors import EagerTensor, tensor_of
from .elements import applied, components, condition, converted, pad_and_stack, scalar, stack, to_tensors

#: Accepted as a buffer size or a number of parallel calls; has no effect.
AUTOTUNE = -1


class Options:
    """Options of a pipeline: accepted, without effect."""


class experimental:
    """Aliases of names in `tf.data`, from older releases of TensorFlow."""

    AUTOTUNE = AUTOTUNE


class Dataset:
    """A sequence of elements; each is a tensor, or a nested tuple or dict of tensors.

    Create one with `from_tensor_slices` or another `from_` method; every transformation returns a new dataset.

    >>> for x, y in Dataset.from_tensor_slices(([1.0, 2.0, 3.0], [0, 1, 0])).batch(2):
    ...     print(x.numpy(), y.numpy())
    [1. 2.] [0 1]
    [3.] [0]
    """

    def __init__(
        self, items: Callable[[], Iterator[Any]], count: int | None, element: Callable[[Any], Any] = lambda item: item,
        batch: Callable[[list[Any]], Any] = stack,
    ) -> None:  # fmt: skip
        # `element` computes an element from an item, `batch` a batch from a list of items. The items of a
        # dataset of arrays are row numbers: shuffling moves only numbers, and one index gathers a whole batch.
        self._items = items
        self._count = count
        self._element = element
        self._batch = batch

    # -- sources ---------------------------------------------------------------------------------------

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Dataset:
        """A dataset of the slices along the first axis of a tensor, or of a nested tuple or dict of tensors.

        Raises:
            ValueError: there are no tensors, one is 0-d, or their first axes differ in size.
        """
        if isinstance(tensors, list):
            tensors = tensor_of(tensors)
        leaves, rebuild = components(tensors)
        arrays = [np.asarray(tensor_of(leaf).array) for leaf in leaves]
        if not arrays or any(not array.ndim for array in arrays):
            raise ValueError("Unbatching a tensor is only supported for rank >= 1: from_tensor_slices got a scalar")
        count = len(arrays[0])
        if any(len(array) != count for array in arrays):
            raise ValueError(
                f"Dimensions {[len(array) for array in arrays]} are not compatible: the first axes must agree"
            )

        def rows(index: Any) -> Any:
            return rebuild([EagerTensor(array[index]) for array in arrays])

        return Dataset(lambda: iter(range(count)), count, rows, rows)

    @staticmethod
    def from_tensors(tensors: Any, name: str | None = None) -> Dataset:
        """A dataset of a single element. A list in it holds the values of one tensor."""
        element = _as_element(tensors)
        return Dataset(lambda: iter((element,)), 1)

    @staticmethod
    def from_generator(
        generator: Callable[..., Iterable[Any]], output_types: Any = None, output_shapes: Any = None,
        args: tuple[Any, ...] = (), output_signature: Any = None, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """A dataset of the values that a generator function yields; each pass calls the function again.

        Args:
            output_types: the dtype of each component, in the structure of an element; inferred by default.
            output_shapes: accepted, without effect.
            args: the arguments of the function.
            output_signature: a TensorSpec for each component, instead of `output_types`.

        Raises:
            TypeError: `generator` is not a function.
            InvalidArgumentError: during iteration, if an element does not fit the types.
        """
        if not callable(generator):
            raise TypeError(f"`generator` must be a Python callable, but is {generator!r:.60}")
        kind = output_types if output_signature is None else output_signature
        element = _as_element if kind is None else lambda item: converted(item, kind)
        return Dataset(lambda: map(element, generator(*args)), None)

    @staticmethod
    def range(*bounds: int, output_type: Any = "int64", name: str | None = None) -> Dataset:
        """A dataset of the integers of Python's `range(*bounds)`."""
        if not 1 <= len(bounds) <= 3:
            raise ValueError(f"Invalid `args`. The length of `args` should be between 1 and 3 but was {len(bounds)}")
        checked = [scalar("RangeDataset", "a bound", bound) for bound in bounds]
        if checked[2:] == [0]:
            raise invalid("RangeDataset", "step must be a non-zero integer")
        numbers = range(*checked)
        return Dataset(lambda: (tensor_of(n, output_type) for n in numbers), len(numbers))

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Dataset:
        """A dataset of tuples with an element of each dataset, as long as the shortest.

        Datasets may also be in a nested tuple or dict, whose structure the elements have; TypeError for anything else.
        """
        if bool(args) == (datasets is not None):
            raise TypeError("zip takes either datasets as `*args`, or `datasets`")
        parts, rebuild = components(datasets if datasets is not None else args[0] if len(args) == 1 else args)
        if not all(isinstance(part, Dataset) for part in parts):
            raise TypeError(f"zip takes datasets, or nested tuples or dicts of them, but got {parts!r:.80}")
        counts = [part._count for part in parts]
        return Dataset(lambda: map(rebuild, zip(*parts)), None if None in counts else min(counts))

    # -- transformations -----------------------------------------------------------------------------------

    def batch(
        self, batch_size: Any, drop_remainder: bool = False, num_parallel_calls: int | None = None,
        name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Batches of `batch_size` elements; a smaller last batch is kept unless `drop_remainder` is true.

        Raises:
            InvalidArgumentError: `batch_size` is not positive. Like all numbers, it must be an integer (TypeError).
        """
        size = scalar("BatchDatasetV2", "batch_size", batch_size, 1)
        drop_remainder = scalar("BatchDatasetV2", "drop_remainder", drop_remainder, dtype="bool")

        def batches() -> Iterator[Any]:
            items = self._items()
            while group := list(itertools.islice(items, size)):
                if len(group) == size or not drop_remainder:
                    yield self._batch(group)

        count = None if self._count is None else self._count // size if drop_remainder else -(-self._count // size)
        return Dataset(batches, count)

    def padded_batch(
        self, batch_size: Any, padded_shapes: Any = None, padding_values: Any = None, drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Batches of elements that are first padded at their ends to a common shape.

        Args:
            padded_shapes: the shape of each component; None or -1 stands for the largest size in the batch.
            padding_values: the padding value of each component, or one for all; 0 by default.
            drop_remainder: whether to drop a smaller last batch.

        Raises:
            InvalidArgumentError: `batch_size` is not positive.
            ValueError, TypeError: during iteration, if a shape or value does not fit.
            DataLossError: during iteration, if an element is larger than its padded shape.

        >>> lines = Dataset.from_generator(lambda: iter([[1, 2, 3], [4]]))
        >>> print(next(iter(lines.padded_batch(2))).numpy().tolist())
        [[1, 2, 3], [4, 0, 0]]
        """

        def padded(elements: list[Any]) -> Any:
            return pad_and_stack(elements, padded_shapes, padding_values)

        return Dataset(self.__iter__, self._count, batch=padded).batch(batch_size, drop_remainder)

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: bool = False, name: str | None = None
    ) -> Dataset:
        """Windows over the sequence; each window is a dataset, or a tuple or dict of datasets, one per component.

        Args:
            size: the number of elements in a window.
            shift: the distance between the starts of two windows; `size` by default.
            stride: the distance between two elements of a window.
            drop_remainder: whether to drop the windows at the end that have fewer elements.

        Raises:
            InvalidArgumentError: `size`, `shift` or `stride` is not positive.

        >>> for part in Dataset.range(4).window(2, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(2)):
        ...     print(part.numpy())
        [0 1]
        [1 2]
        [2 3]
        """
        given = {"size": size, "shift": size if shift is None else shift, "stride": stride}
        count, start_step, step = (scalar("WindowDataset", name, value, 1) for name, value in given.items())
        drop_remainder = scalar("WindowDataset", "drop_remainder", drop_remainder, dtype="bool")
        extent = (count - 1) * step + 1

        def windows() -> Iterator[Any]:
            elements = iter(self)
            buffer = list(itertools.islice(elements, extent))
            while buffer:
                inside = buffer[:extent:step]
                if len(inside) == count or not drop_remainder:
                    yield _datasets(inside)
                gap = max(start_step - len(buffer), 0)
                next(itertools.islice(elements, gap, gap), None)  # skip the elements between two windows
                buffer = buffer[start_step:]
                buffer.extend(itertools.islice(elements, extent - len(buffer)))

        return Dataset(windows, None)

    def flat_map(self, map_func: Callable[..., Dataset], name: str | None = None) -> Dataset:
        """The elements of the datasets that `map_func` returns, one dataset after another.

        Raises:
            TypeError: during iteration, if `map_func` does not return a Dataset.
        """
        datasets = self._datasets_of(map_func)
        return Dataset(lambda: itertools.chain.from_iterable(datasets()), None)

    def shuffle(
        self, buffer_size: Any, seed: int | None = None, reshuffle_each_iteration: bool = True, name: str | None = None
    ) -> Dataset:
        """The elements in random order, drawn from a buffer of `buffer_size` elements.

        The order changes with each pass, unless `reshuffle_each_iteration` is false. A `buffer_size` of -2, the
        cardinality of a dataset whose length is unknown, stands for all elements.

        Raises:
            InvalidArgumentError: `buffer_size` is not positive.
        """
        size = scalar("ShuffleDatasetV3", "buffer_size", buffer_size, -2)
        size = sys.maxsize if size == -2 else scalar("ShuffleDatasetV3", "buffer_size", size, 1)
        generator = None if seed is None else Generator().manual_seed(scalar("ShuffleDatasetV3", "seed", seed))
        fixed = None if reshuffle_each_iteration else int(source(generator).integers(2**31))

        def shuffled() -> Iterator[Any]:
            pass_seed = int(source(generator).integers(2**31)) if fixed is None else fixed
            numbers = python_random.Random(pass_seed)
            items = self._items()
            buffer = list(itertools.islice(items, size))
            for item in items:
                i = numbers.randrange(size)
                yield buffer[i]
                buffer[i] = item
            numbers.shuffle(buffer)
            yield from buffer

        return self._like(shuffled, self._count)

    def map(
        self, map_func: Callable[..., Any], num_parallel_calls: int | None = None, deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """`map_func` applied to every element; the components of a tuple are passed as separate arguments.

        A list that `map_func` returns becomes a tuple of components, not one tensor.
        """
        function = applied(map_func)
        return Dataset(lambda: (_as_element(function(element)) for element in self), self._count)

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements for which `predicate` is true; ValueError if it returns anything but a boolean."""
        is_kept = condition(predicate)
        return Dataset(lambda: filter(is_kept, self), None)

    def take_while(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements before the first one for which `predicate` is false."""
        is_kept = condition(predicate)
        return Dataset(lambda: itertools.takewhile(is_kept, self), None)

    def scan(
        self, initial_state: Any, scan_func: Callable[[Any, Any], tuple[Any, Any]], name: str | None = None
    ) -> Dataset:
        """The outputs of `state, out = scan_func(state, element)`, called for every element in turn."""
        function = applied(scan_func)

        def outs() -> Iterator[Any]:
            state = _as_element(initial_state)
            for element in self:
                pair = function((state, element))
                if not isinstance(pair, tuple) or len(pair) != 2:
                    raise TypeError(f"`scan_func` must return a new state and an output, but returned {pair!r:.80}")
                state = _as_element(pair[0])
                yield _as_element(pair[1])

        return Dataset(outs, self._count)

    def shard(self, num_shards: Any, index: Any, name: str | None = None) -> Dataset:
        """Every `num_shards`-th element, from the element with the number `index`, which is less than `num_shards`."""
        step = scalar("ShardDataset", "num_shards", num_shards, 1)
        first = scalar("ShardDataset", "index", index, 0)
        if first >= step:
            raise invalid("ShardDataset", f"index must be between 0 and {step - 1}, but is {first}")
        length = None if self._count is None else len(range(first, self._count, step))
        return self._like(lambda: itertools.islice(self._items(), first, None, step), length)

    def interleave(
        self, map_func: Callable[..., Dataset], cycle_length: int | None = None, block_length: int = 1,
        num_parallel_calls: int | None = None, deterministic: bool | None = None, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """The elements of the datasets that `map_func` returns, a block from each in turn.

        Args:
            map_func: returns a dataset for an element; the components of a tuple are passed as separate arguments.
            cycle_length: how many datasets take turns; 1 by default.
            block_length: how many elements to take from a dataset at a time; 1 by default.

        Raises:
            InvalidArgumentError: a length is not positive.
            TypeError: during iteration, if `map_func` does not return a Dataset.
        """
        datasets = self._datasets_of(map_func)
        turns = scalar("InterleaveDataset", "cycle_length", 1 if cycle_length in (None, AUTOTUNE) else cycle_length, 1)
        size = scalar("InterleaveDataset", "block_length", 1 if block_length is None else block_length, 1)

        def elements() -> Iterator[Any]:
            waiting = map(iter, datasets())
            cycle = collections.deque(itertools.islice(waiting, turns))
            while cycle:
                block = list(itertools.islice(cycle[0], size))
                yield from block
                current = cycle.popleft()
                cycle.extend([current] if len(block) == size else itertools.islice(waiting, 1))

        return Dataset(elements, None)

    def apply(self, transformation_func: Callable[[Dataset], Dataset], name: str | None = None) -> Dataset:
        """The dataset that `transformation_func` returns for this one; TypeError if it returns none."""
        return _dataset("transformation_func", transformation_func(self))

    def with_options(self, options: Options, name: str | None = None) -> Dataset:
        """This dataset itself: the options have no effect."""
        return self

    def repeat(self, count: int | None = None, name: str | None = None) -> Dataset:
        """The elements repeated `count` times; endlessly by default, unless there are none."""
        given = -1 if count is None else scalar("RepeatDataset", "count", count)
        times = None if given < 0 else given

        def repeated() -> Iterator[Any]:
            for _ in itertools.count() if times is None else range(times):
                has_items = False
                for item in self._items():
                    has_items = True
                    yield item
                if not has_items:
                    return

        return self._like(repeated, None if times is None or self._count is None else times * self._count)

    def take(self, count: Any, name: str | None = None) -> Dataset:
        """The first `count` elements; all if `count` is -1."""
        given = scalar("TakeDataset", "count", count)
        first = None if given < 0 else given
        # A dataset without a known length is taken for an endless one: `count` elements are left of it.
        length = self._count if first is None else first if self._count is None else min(first, self._count)
        return self._like(lambda: itertools.islice(self._items(), first), length)

    def skip(self, count: Any, name: str | None = None) -> Dataset:
        """All elements but the first `count`; none if `count` is negative."""
        given = scalar("SkipDataset", "count", count)
        skipped = sys.maxsize if given < 0 else given
        length = None if self._count is None else max(self._count - skipped, 0)
        return self._like(lambda: itertools.islice(self._items(), skipped, None), length)

    def concatenate(self, dataset: Dataset, name: str | None = None) -> Dataset:
        """The elements of this dataset, followed by those of another."""
        length = None if self._count is None or dataset._count is None else self._count + dataset._count
        return Dataset(lambda: itertools.chain(self, dataset), length)

    def enumerate(self, start: int = 0, name: str | None = None) -> Dataset:
        """Tuples (number, element), counted from `start`."""
        first = scalar("RangeDataset", "start", start)
        return Dataset(lambda: ((tensor_of(i, "int64"), e) for i, e in enumerate(self, first)), self._count)

    def unbatch(self, name: str | None = None) -> Dataset:
        """The slices along the first axis of every element: the inverse of `batch`."""

        def elements() -> Iterator[Any]:
            for batch in self:
                yield from Dataset.from_tensor_slices(batch)

        return Dataset(elements, None)

    def prefetch(self, buffer_size: Any = AUTOTUNE, name: str | None = None) -> Dataset:
        """This dataset itself: nothing is computed in advance."""
        scalar("PrefetchDataset", "buffer_size", AUTOTUNE if buffer_size is None else buffer_size, AUTOTUNE)
        return self

    def cache(self, filename: str = "", name: str | None = None) -> Dataset:
        """The same elements, computed in the first pass and kept in memory; `filename` has no effect."""
        kept: list[Any] = []

        def cached() -> Iterator[Any]:
            if not kept:
                kept.extend(self)
            return iter(kept)

        return Dataset(cached, self._count)

    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any], name: str | None = None) -> Any:
        """The last state of `state = reduce_func(state, element)`, called for every element in turn."""
        function = applied(reduce_func)
        state = _as_element(initial_state)
        for element in self:
            state = _as_element(function((state, element)))
        return state

    def get_single_element(self, name: str | None = None) -> Any:
        """The only element.

        Raises:
            InvalidArgumentError: the dataset has no element, or more than one.
        """
        elements = list(itertools.islice(self, 2))
        if len(elements) != 1:
            raise invalid(
                "DatasetToSingleElement", f"Dataset had {'more than one element' if elements else 'no elements'}"
            )
        return elements[0]

    # -- iteration and description -------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        return map(self._element, self._items())

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements, with NumPy arrays instead of tensors."""
        for element in self:
            yield mapped(lambda leaf: leaf.numpy(), element)

    @property
    def element_spec(self) -> Any:
        """The TensorSpec of each component of the first element.

        Raises:
            ValueError: the dataset has no elements.
        """
        for element in self:
            return mapped(lambda leaf: TensorSpec(leaf.array.shape, leaf.dtype), element)
        raise ValueError("element_spec is read from the first element, but the dataset has no elements")

    def __bool__(self) -> bool:
        return True  # also without elements, or without a length

    def __len__(self) -> int:
        if self._count is None:
            raise TypeError("The dataset length is unknown or infinite: count its elements, or take(n) first")
        return self._count

    def cardinality(self) -> EagerTensor:
        """The number of elements; -2 if it is unknown or infinite."""
        return tensor_of(-2 if self._count is None else self._count, "int64")

    def __repr__(self) -> str:
        return f"<Dataset of {'?' if self._count is None else self._count} elements>"

    def _datasets_of(self, map_func: Callable[..., Dataset]) -> Callable[[], Iterator[Dataset]]:
        """A function that returns the datasets which `map_func` returns for the elements."""
        function = applied(map_func)
        return lambda: (_dataset("map_func", function(element)) for element in self)

    def _like(self, items: Callable[[], Iterator[Any]], count: int | None) -> Dataset:
        """A dataset of other items, with the same `element` and `batch` functions."""
        return Dataset(items, count, self._element, self._batch)


def _dataset(function: str, value: Any) -> Dataset:
    """The dataset that a user's function returned; TypeError for anything else."""
    if not isinstance(value, Dataset):
        raise TypeError(f"`{function}` must return a `Dataset` object. Got {type(value)}.")
    return value


def _datasets(elements: list[Any]) -> Any:
    """A dataset of each component of the elements, in the structure of an element."""
    return mapped(lambda *column: Dataset(column.__iter__, len(column)), *elements)


def _as_element(element: Any) -> Any:
    """The element with its components converted to tensors; datasets, such as windows, stay as they are."""
    return to_tensors(element, Dataset)
