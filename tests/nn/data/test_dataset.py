"""Datasets: indexing, concatenation, stacking, and random splits."""

import pytest
from hypothesis import given, strategies as st

from autograd import arange, tensor
from nn.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from tests.nn.data.samples import Count, Squares, seeded


def test_a_tensor_dataset_indexes_and_slices():
    dataset = TensorDataset(arange(4), arange(4) * 2)
    assert [x.item() for x in dataset[1]] == [1, 2]
    assert [x.tolist() for x in dataset[1:3]] == [[1, 2], [2, 4]]
    assert Subset(dataset, [2])[0][0].item() == 2


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_datasets_are_concatenated_chained_and_stacked(lengths):
    parts = [Subset(range(100), list(range(10 * i, 10 * i + n))) for i, n in enumerate(lengths)]
    whole = [x for part in parts for x in part]
    joined = ConcatDataset(parts)
    assert [joined[i] for i in range(len(joined))] == whole
    assert [joined[i - len(whole)] for i in range(len(whole))] == whole
    assert list(ChainDataset([Count(n) for n in lengths])) == [i for n in lengths for i in range(n)]
    pairs = StackDataset(whole, range(len(whole)))
    assert list(pairs[len(pairs) - 1]) == [whole[-1], len(whole) - 1]
    for out_of_range in (len(whole), len(whole) + 5):
        with pytest.raises(IndexError):
            joined[out_of_range]


def test_the_sum_of_datasets_is_their_concatenation():
    both = Squares(2) + Squares(3)
    assert isinstance(both, ConcatDataset) and len(both) == 5 and both[3][0].item() == 1
    assert list(Count(2) + Count(1)) == [0, 1, 0]


def test_subsets_and_stacks_call_getitems_of_their_datasets():
    class Many:
        def __len__(self):
            return 4

        def __getitems__(self, indices):
            return [10 * i for i in indices]

    part = Subset(Many(), [3, 1])
    assert part.__getitems__([1, 0]) == [10, 30]
    assert StackDataset(part, "ab").__getitems__([0, 1]) == [(30, "a"), (10, "b")]
    assert StackDataset(x=part).__getitems__([0]) == [{"x": 30}]
    assert [x.tolist() for x in Subset(TensorDataset(arange(9)), [5, 7, 8])[[2, 0]]] == [[8, 5]]


#: Sizes that sum to 1 would be fractions.
SIZES = st.lists(st.integers(0, 6), min_size=1, max_size=4).filter(lambda sizes: sum(sizes) > 1)


@given(SIZES, st.integers(0, 9))
def test_a_random_split_contains_every_sample_once(lengths, seed):
    dataset = TensorDataset(arange(sum(lengths)))
    parts = random_split(dataset, lengths, seeded(seed))
    assert [len(part) for part in parts] == lengths
    dealt = [part[i][0].item() for part in parts for i in range(len(part))]
    assert sorted(dealt) == list(range(sum(lengths)))
    again = random_split(dataset, lengths, seeded(seed))
    assert [part.indices for part in again] == [part.indices for part in parts]
    for part in parts:
        loaded = [i for (batch,) in DataLoader(part, 2) for i in batch.tolist()]
        assert loaded == list(part.indices)


def test_a_split_by_fractions_rounds_up_the_first_subsets():
    assert [len(part) for part in random_split(range(17), [0.3, 0.3, 0.4])] == [6, 5, 6]
    assert [len(part) for part in random_split(range(10), [0.1] * 10)] == [1] * 10
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(range(3), [1.0, 0.0])


data = TensorDataset(arange(5))


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (
            lambda: TensorDataset(arange(5), arange(4)),
            AssertionError,
            "Size mismatch between tensors: their first dims are 5, 4",
        ),
        (lambda: TensorDataset(3), TypeError, "TensorDataset: expected Tensors, but got int"),
        (lambda: TensorDataset(), ValueError, "TensorDataset: expected at least one tensor, but got none"),
        (lambda: TensorDataset(tensor(1)), IndexError, "Dimension specified as 0 but tensor has no dimensions"),
        (lambda: len(ChainDataset([[1]])), AssertionError, "ChainDataset only supports IterableDataset"),
        (lambda: ConcatDataset([]), AssertionError, "datasets should not be an empty iterable"),
        (lambda: ConcatDataset([Count(1)]), AssertionError, "ConcatDataset does not support IterableDataset"),
        (lambda: StackDataset(), ValueError, "At least one dataset should be passed"),
        (
            lambda: StackDataset([1], [1, 2]),
            ValueError,
            "Size mismatch between datasets: their lengths are 1, 2",
        ),
        (lambda: list(ChainDataset([[1]])), AssertionError, "ChainDataset only supports IterableDataset"),
        (
            lambda: random_split(data, [1, 2]),
            ValueError,
            "Sum of input lengths does not equal the length of the input dataset! Expected lengths that sum to 5, but "
            "got [1, 2]",
        ),
        (
            lambda: random_split(data, [6, -1]),
            ValueError,
            "Sum of input lengths does not equal the length of the input dataset! Expected lengths that sum to 5, but "
            "got [6, -1]",
        ),
        (lambda: random_split(data, [1.5, -0.5]), ValueError, "Fraction at index 0 is not between 0 and 1"),
        (lambda: Dataset()[0], NotImplementedError, "Subclasses of Dataset should implement __getitem__."),
    ],
)
def test_bad_datasets_and_splits_are_refused(do, error, message):
    with pytest.raises(error) as raised:
        do()
    assert message is None or str(raised.value) == message


@pytest.mark.parametrize("found", [[1], [1, 2, 3], []])
def test_a_dataset_that_returns_too_few_or_too_many_samples_is_refused(found):
    class Wrong(Squares):
        def __getitems__(self, indices):
            return found

    for datasets, named in (((Wrong(3), "abc"), {}), (("abc", Wrong(3)), {}), ((), {"x": Wrong(3), "y": "abc"})):
        with pytest.raises(ValueError):
            StackDataset(*datasets, **named).__getitems__([0, 1])
