"""Dataset: a sequence of elements that is made anew, step by step, each time it is run through."""

from __future__ import annotations

import collections
import itertools
import random as python_random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ...base.nests import flatten
from ...ops.creation.random import Generator, source
from ..dtypes import as_dtype
from ..errors import invalid
from ..tensor_spec import TensorSpec
from ..tensors import EagerTensor, tensor_of
from .elements import components, pad_and_stack, stack, to_tensors

#: How many elements to prepare or to work on at once: accepted everywhere, and without effect.
AUTOTUNE = -1


class Options:
    """Choices for a pipeline, which are accepted and without effect."""


class experimental:
    """Older names of what stands in `tf.data` as well."""

    AUTOTUNE = AUTOTUNE


class Dataset:
    """Elements one after another; each is a tensor, or a tuple or dict of tensors.

    Made by `from_tensor_slices` and its kin; every method gives a new dataset.

    >>> for x, y in Dataset.from_tensor_slices(([1.0, 2.0, 3.0], [0, 1, 0])).batch(2):
    ...     print(x.numpy(), y.numpy())
    [1. 2.] [0 1]
    [3.] [0]
    """

    def __init__(
        self,
        items: Callable[[], Iterator[Any]],
        count: int | None,
        element: Callable[[Any], Any] = lambda item: item,
        together: Callable[[list[Any]], Any] | None = None,
    ) -> None:
        # Items stand for elements: those of arrays are row numbers, so that shuffling moves
        # numbers and a batch is taken from the arrays in one go.
        self._items = items
        self._count = count
        self._element = element
        self._together = together or stack

    # -- where elements come from ----------------------------------------------------------------------

    @staticmethod
    def from_tensor_slices(tensors: Any, name: str | None = None) -> Dataset:
        """An element for each index of the first axis of the tensors: one tensor, or a tuple or dict of them.

        Raises:
            ValueError: there are no tensors, one is 0-d, or the first axes differ.
        """
        if isinstance(tensors, list):
            tensors = tensor_of(tensors)
        leaves, rebuild = flatten(tuple(tensors) if isinstance(tensors, tuple) else tensors)
        if isinstance(tensors, (tuple, dict)):
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
        """One element; a list in it is one tensor's values."""
        element = _as_element(tensors)
        return Dataset(lambda: iter((element,)), 1)

    @staticmethod
    def from_generator(
        generator: Callable[..., Iterable[Any]],
        output_types: Any = None,
        output_shapes: Any = None,
        args: tuple[Any, ...] = (),
        output_signature: Any = None,
        name: str | None = None,
    ) -> Dataset:
        """What a generator function yields, called anew each time.

        Args:
            generator: the function.
            output_types: the dtypes of the tensors of an element, as they stand in it; their own if left out.
            output_shapes: accepted, and not needed.
            args: what the function is called with.
            output_signature: TensorSpecs, in place of the dtypes.
        """
        dtypes = [getattr(leaf, "dtype", leaf) for leaf in flatten(output_signature or output_types)[0]]

        def typed(element: Any) -> Any:
            leaves, rebuild = components(element)
            arrays = [np.asarray(leaf, as_dtype(dtype).numpy) for leaf, dtype in zip(leaves, dtypes, strict=True)]
            return rebuild([tensor_of(array) for array in arrays])

        return Dataset(lambda: map(_as_element if dtypes == [None] else typed, generator(*args)), None)

    @staticmethod
    def range(*bounds: int, output_type: Any = "int64", name: str | None = None) -> Dataset:
        """The integers that Python's `range` gives."""
        numbers = range(*bounds)
        return Dataset(lambda: (tensor_of(n, output_type) for n in numbers), len(numbers))

    @staticmethod
    def zip(*args: Any, datasets: Any = None, name: str | None = None) -> Dataset:
        """Tuples of the elements of several datasets, as many as the shortest has."""
        given = datasets if datasets is not None else args[0] if len(args) == 1 else args
        parts = tuple(given)
        counts = [part._count for part in parts]
        count = None if None in counts else min(c for c in counts if c is not None)
        return Dataset(lambda: iter(zip(*parts)), count)

    # -- what becomes of them ----------------------------------------------------------------------------

    def batch(
        self,
        batch_size: Any,
        drop_remainder: bool = False,
        num_parallel_calls: int | None = None,
        name: str | None = None,
    ) -> Dataset:
        """So many elements at a time, stacked; the last batch is smaller, or left out.

        Raises:
            ValueError: `batch_size` is not positive.
        """
        size = int(batch_size)
        if size < 1:
            raise ValueError(f"batch_size must be greater than zero, but is {size}")

        def batches() -> Iterator[Any]:
            items = self._items()
            while group := list(itertools.islice(items, size)):
                if len(group) == size or not drop_remainder:
                    yield self._together(group)

        whole = None if self._count is None else self._count // size if drop_remainder else -(-self._count // size)
        return Dataset(batches, whole)

    def padded_batch(
        self,
        batch_size: Any,
        padded_shapes: Any = None,
        padding_values: Any = None,
        drop_remainder: bool = False,
        name: str | None = None,
    ) -> Dataset:
        """So many elements at a time, each first filled up at its ends to the shape of the largest.

        Args:
            batch_size: how many.
            padded_shapes: for each part of an element a shape to fill it up to; None or -1: as long as the longest.
            padding_values: for each part, or for all, what to fill with; zeros if left out.
            drop_remainder: whether a last batch that is smaller is left out.

        Raises:
            ValueError: `batch_size` is not positive.
            DataLossError: while it is run through: an element is larger than its shape.

        >>> lines = Dataset.from_generator(lambda: iter([[1, 2, 3], [4]]))
        >>> print(next(iter(lines.padded_batch(2))).numpy().tolist())
        [[1, 2, 3], [4, 0, 0]]
        """

        def together(elements: list[Any]) -> Any:
            return pad_and_stack(elements, padded_shapes, padding_values)

        return Dataset(self.__iter__, self._count, together=together).batch(batch_size, drop_remainder)

    def window(
        self, size: Any, shift: Any = None, stride: Any = 1, drop_remainder: bool = False, name: str | None = None
    ) -> Dataset:
        """Datasets of `size` elements each, or tuples and dicts of them: one for each part of an element.

        Args:
            size: how many elements a window has.
            shift: how far a window begins after the one before; `size` if left out.
            stride: how far its elements are apart.
            drop_remainder: whether windows at the end that have fewer elements are left out.

        Raises:
            ValueError: one of the numbers is not positive.

        >>> for part in Dataset.range(4).window(2, shift=1, drop_remainder=True).flat_map(lambda w: w.batch(2)):
        ...     print(part.numpy())
        [0 1]
        [1 2]
        [2 3]
        """
        count, far, apart = int(size), int(size if shift is None else shift), int(stride)
        if min(count, far, apart) < 1:
            raise ValueError(f"size, shift and stride must be greater than zero, but are {count}, {far} and {apart}")
        reach = (count - 1) * apart + 1

        def windows() -> Iterator[Any]:
            elements = iter(self)
            seen = list(itertools.islice(elements, reach))
            while seen:
                inside = seen[:reach:apart]
                if len(inside) == count or not drop_remainder:
                    yield _datasets(inside)
                between = max(far - len(seen), 0)
                next(itertools.islice(elements, between, between), None)
                seen = seen[far:]
                seen.extend(itertools.islice(elements, reach - len(seen)))

        return Dataset(windows, None)

    def flat_map(self, map_func: Callable[..., Dataset], name: str | None = None) -> Dataset:
        """The elements of the datasets that a function makes of the elements, one dataset after another.

        Raises:
            TypeError: while it is run through: the function gives something else.
        """

        def elements() -> Iterator[Any]:
            for made in self.map(map_func):
                if not isinstance(made, Dataset):
                    raise TypeError(f"`map_func` must return a `Dataset` object. Got {type(made)}.")
                yield from made

        return Dataset(elements, None)

    def shuffle(
        self, buffer_size: Any, seed: int | None = None, reshuffle_each_iteration: bool = True, name: str | None = None
    ) -> Dataset:
        """In random order, drawn from a buffer of so many elements; a new order each time, unless told otherwise.

        Raises:
            ValueError: `buffer_size` is not positive.
        """
        size = int(buffer_size)
        if size < 1:
            raise ValueError(f"buffer_size must be greater than zero, but is {size}")
        own = None if seed is None else Generator().manual_seed(seed)
        fixed = None if reshuffle_each_iteration else int(source(own).integers(2**31))

        def shuffled() -> Iterator[Any]:
            draw = python_random.Random(int(source(own).integers(2**31)) if fixed is None else fixed)
            items = self._items()
            buffer = list(itertools.islice(items, size))
            for item in items:
                at = draw.randrange(size)
                yield buffer[at]
                buffer[at] = item
            draw.shuffle(buffer)
            yield from buffer

        return self._like(shuffled, self._count)

    def map(
        self, map_func: Callable[..., Any], num_parallel_calls: int | None = None, deterministic: bool | None = None,
        name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """The function of every element; of a tuple it gets the parts as its arguments."""

        def called(element: Any) -> Any:
            return _as_element(map_func(*element) if isinstance(element, tuple) else map_func(element))

        return Dataset(lambda: map(called, self), self._count)

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements for which the function holds."""

        def holds(element: Any) -> bool:
            return bool(predicate(*element) if isinstance(element, tuple) else predicate(element))

        return Dataset(lambda: filter(holds, self), None)

    def take_while(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements before the first for which the function does not hold."""

        def holds(element: Any) -> bool:
            return bool(predicate(*element) if isinstance(element, tuple) else predicate(element))

        return Dataset(lambda: itertools.takewhile(holds, self), None)

    def scan(
        self, initial_state: Any, scan_func: Callable[[Any, Any], tuple[Any, Any]], name: str | None = None
    ) -> Dataset:
        """What `state, out = scan_func(state, element)` gives for every element."""

        def outs() -> Iterator[Any]:
            state = _as_element(initial_state)
            for element in self:
                state, out = scan_func(state, element)
                yield _as_element(out)

        return Dataset(outs, self._count)

    def shard(self, num_shards: Any, index: Any, name: str | None = None) -> Dataset:
        """Every so manieth element, from the one with the number `index` on."""
        every, first = int(num_shards), int(index)
        known = None if self._count is None else len(range(first, self._count, every))
        return self._like(lambda: itertools.islice(self._items(), first, None, every), known)

    def interleave(
        self, map_func: Callable[..., Dataset], cycle_length: int | None = None, block_length: int = 1,
        num_parallel_calls: int | None = None, deterministic: bool | None = None, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """The elements of the datasets that the function gives, some of each in turn.

        Args:
            map_func: gives a dataset for an element; of a tuple it gets the parts as its arguments.
            cycle_length: how many datasets take turns; one if left out.
            block_length: how many elements come from a dataset at a time.
        """

        def elements() -> Iterator[Any]:
            waiting = (iter(map_func(*e) if isinstance(e, tuple) else map_func(e)) for e in self)
            turn = collections.deque(itertools.islice(waiting, max(cycle_length or 1, 1)))
            while turn:
                block = list(itertools.islice(turn[0], block_length))
                yield from block
                current = turn.popleft()
                turn.extend([current] if len(block) == block_length else itertools.islice(waiting, 1))

        return Dataset(elements, None)

    def apply(self, transformation_func: Callable[[Dataset], Dataset], name: str | None = None) -> Dataset:
        """What the function makes of this dataset."""
        return transformation_func(self)

    def with_options(self, options: Options, name: str | None = None) -> Dataset:
        """As it is: there is nothing to choose."""
        return self

    def repeat(self, count: int | None = None, name: str | None = None) -> Dataset:
        """So many times over; without end if no number is given."""
        times = None if count is None or count < 0 else int(count)

        def repeated() -> Iterator[Any]:
            for _ in itertools.count() if times is None else range(times):
                yield from self._items()

        return self._like(repeated, None if times is None or self._count is None else times * self._count)

    def take(self, count: Any, name: str | None = None) -> Dataset:
        """The first so many; all if the number is -1."""
        first = None if int(count) < 0 else int(count)
        known = self._count if first is None else first if self._count is None else min(first, self._count)
        # An endless dataset has as many as are taken; of unknown length is only what a generator or filter gives.
        return self._like(lambda: itertools.islice(self._items(), first), known)

    def skip(self, count: Any, name: str | None = None) -> Dataset:
        """Without the first so many."""
        left_out = int(count)
        known = None if self._count is None else max(self._count - left_out, 0)
        return self._like(lambda: itertools.islice(self._items(), left_out, None), known)

    def concatenate(self, dataset: Dataset, name: str | None = None) -> Dataset:
        """Followed by the elements of another."""
        known = None if self._count is None or dataset._count is None else self._count + dataset._count
        return Dataset(lambda: itertools.chain(self, dataset), known)

    def enumerate(self, start: int = 0, name: str | None = None) -> Dataset:
        """Tuples of a number and the element."""
        return Dataset(lambda: ((tensor_of(i, "int64"), e) for i, e in enumerate(self, start)), self._count)

    def unbatch(self, name: str | None = None) -> Dataset:
        """The elements of the batches."""

        def elements() -> Iterator[Any]:
            for batch in self:
                yield from Dataset.from_tensor_slices(batch)

        return Dataset(elements, None)

    def prefetch(self, buffer_size: Any = AUTOTUNE, name: str | None = None) -> Dataset:
        """As it is: nothing is prepared ahead."""
        return self

    def cache(self, filename: str = "", name: str | None = None) -> Dataset:
        """With its elements kept in memory when they have been made once."""
        kept: list[Any] = []

        def cached() -> Iterator[Any]:
            if not kept:
                kept.extend(self)
            return iter(kept)

        return Dataset(cached, self._count)

    def reduce(self, initial_state: Any, reduce_func: Callable[[Any, Any], Any], name: str | None = None) -> Any:
        """The state after `state = reduce_func(state, element)` for every element."""
        state = _as_element(initial_state)
        for element in self:
            state = _as_element(reduce_func(state, element))
        return state

    def get_single_element(self, name: str | None = None) -> Any:
        """The one element.

        Raises:
            InvalidArgumentError: there are more, or none.
        """
        elements = list(itertools.islice(self, 2))
        if len(elements) != 1:
            raise invalid(
                "DatasetToSingleElement", f"Dataset had {'more than one element' if elements else 'no elements'}"
            )
        return elements[0]

    # -- looking at them -----------------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Any]:
        return map(self._element, self._items())

    def as_numpy_iterator(self) -> Iterator[Any]:
        """The elements with arrays in place of tensors."""
        for element in self:
            leaves, rebuild = flatten(element)
            yield rebuild([leaf.numpy() for leaf in leaves])

    @property
    def element_spec(self) -> Any:
        """What the first element is like: a TensorSpec for each tensor in it.

        Raises:
            ValueError: there are no elements.
        """
        for element in self:
            leaves, rebuild = flatten(element)
            return rebuild([TensorSpec(leaf.array.shape, leaf.dtype) for leaf in leaves])
        raise ValueError("A dataset without elements does not say what they would be like")

    def __len__(self) -> int:
        if self._count is None:
            raise TypeError("The dataset length is unknown or infinite: count its elements, or take(n) first")
        return self._count

    def cardinality(self) -> EagerTensor:
        """The number of elements; -2 if it is not known or infinite."""
        return tensor_of(-2 if self._count is None else self._count, "int64")

    def __repr__(self) -> str:
        return f"<Dataset of {'?' if self._count is None else self._count} elements>"

    def _like(self, items: Callable[[], Iterator[Any]], count: int | None) -> Dataset:
        """Other items of the same kind."""
        return Dataset(items, count, self._element, self._together)


def _datasets(elements: list[Any]) -> Any:
    """A dataset for each part of some elements."""
    columns = zip(*(flatten(element)[0] for element in elements))
    return flatten(elements[0])[1]([Dataset(column.__iter__, len(column)) for column in columns])


def _as_element(element: Any) -> Any:
    """The element with its components converted to tensors; datasets, such as windows, stay as they are."""
    return to_tensors(element, Dataset)
