"""DataLoader: every sample once per epoch, in an order that a generator determines."""

import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import arange
from nn.data import (
    DataLoader,
    RandomSampler,
    SequentialSampler,
    TensorDataset,
)
from tests.nn.data.samples import Count, Squares, both, seeded


@given(
    count=st.integers(1, 20), size=st.integers(1, 7), shuffle=st.booleans(), drop=st.booleans(), seed=st.integers(0, 9)
)
def test_an_epoch_contains_every_sample_once(count, size, shuffle, drop, seed):
    epochs = []
    for dataset in both(count):
        loader = DataLoader(dataset, batch_size=size, shuffle=shuffle, drop_last=drop, generator=seeded(seed))
        batches = list(loader)
        assert len(batches) == len(loader) == (count // size if drop else -(-count // size))
        assert all(isinstance(batch, list) for batch in batches)
        lengths = [len(x) for x, _ in batches]
        assert lengths == [size] * (count // size) + ([count % size] if count % size and not drop else [])
        seen = [i for x, _ in batches for i in x.tolist()]
        assert len(set(seen)) == len(seen) == (count - count % size if drop else count)
        if not shuffle:
            assert seen == list(range(len(seen)))
        assert all((y.numpy() == x.numpy() ** 2).all() for x, y in batches)
        epochs.append([(x.tolist(), y.tolist(), x.dtype, y.dtype) for x, y in batches])
    assert epochs[0] == epochs[1]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_iterator_has_the_length_of_its_loader(workers):
    batches = iter(DataLoader(range(7), 2, num_workers=workers))
    next(batches)
    assert len(batches) == 4


def test_shuffled_epochs_differ_and_are_reproducible():
    loader = DataLoader(TensorDataset(arange(50)), 50, shuffle=True, generator=seeded(1))
    first, second = (next(iter(loader))[0].tolist() for _ in range(2))
    assert first != second
    again = DataLoader(TensorDataset(arange(50)), 50, shuffle=True, generator=seeded(1))
    assert [next(iter(again))[0].tolist() for _ in range(2)] == [first, second]
    autograd.manual_seed(3)
    globally = next(iter(DataLoader(TensorDataset(arange(50)), 50, shuffle=True)))[0].tolist()
    autograd.manual_seed(3)
    assert next(iter(DataLoader(TensorDataset(arange(50)), 50, shuffle=True)))[0].tolist() == globally


def test_writing_to_a_batch_does_not_change_the_dataset():
    data = arange(4)
    for (batch,) in DataLoader(TensorDataset(data), 2):
        batch.numpy()[...] = 9
    assert data.tolist() == [0, 1, 2, 3]


def test_a_subclass_of_tensor_dataset_can_override_getitem():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return tuple(x * 2 for x in super().__getitem__(index))

    assert next(iter(DataLoader(Doubled(arange(3)), 3)))[0].tolist() == [0, 2, 4]


def test_gradients_flow_through_a_batch():
    x = autograd.ones(3, 2, requires_grad=True)
    for (batch,) in DataLoader(TensorDataset(x), 2, drop_last=True):
        batch.sum().backward()
    assert x.grad.tolist() == [[1, 1], [1, 1], [0, 0]]


def test_a_sampler_determines_the_order():
    loader = DataLoader(TensorDataset(arange(5)), 2, sampler=[4, 0, 0])
    assert [batch.tolist() for (batch,) in loader] == [[4, 0], [0]]
    assert len(loader) == 2


def test_a_batch_sampler_determines_the_batches():
    loader = DataLoader(TensorDataset(arange(5)), batch_sampler=[[4, 0], [1]])
    assert [batch.tolist() for (batch,) in loader] == [[4, 0], [1]] and len(loader) == 2
    assert isinstance(DataLoader(range(3)).sampler, SequentialSampler)
    assert isinstance(DataLoader(range(3), shuffle=True).sampler, RandomSampler)


def test_without_a_batch_size_single_samples_are_yielded():
    loader = DataLoader(TensorDataset(arange(3)), batch_size=None)
    assert [x.shape for (x,) in loader] == [(), (), ()]
    assert len(loader) == 3


def test_a_collate_function_makes_the_batch():
    loader = DataLoader([1, 2, 3], 2, collate_fn=sum)
    assert list(loader) == [3, 3]
    assert [x.tolist() for x in DataLoader([1, 2, 3], 2)] == [[1, 2], [3]]


def test_getitems_of_a_dataset_is_called_for_each_batch():
    class Many(Squares):
        def __getitems__(self, indices):
            return [("many", i) for i in indices]

    assert next(iter(DataLoader(Many(4), 2, collate_fn=list))) == [("many", 0), ("many", 1)]


@given(count=st.integers(0, 12), size=st.integers(1, 5), drop=st.booleans())
def test_an_iterable_dataset_is_cut_into_batches(count, size, drop):
    whole = [list(range(i, min(i + size, count))) for i in range(0, count, size)]
    kept = [batch for batch in whole if len(batch) == size or not drop]
    loader = DataLoader(Count(count), size, drop_last=drop)
    assert [batch.tolist() for batch in loader] == kept
    assert list(DataLoader(Count(count), None)) == list(range(count))


def test_an_empty_dataset_has_no_batches():
    assert list(DataLoader(TensorDataset(autograd.zeros(0, 2)))) == []


data = TensorDataset(arange(5))


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (
            lambda: DataLoader(data, 0),
            ValueError,
            "batch_size should be a positive integer value, but got batch_size=0",
        ),
        (
            lambda: DataLoader(data, 2.5),
            ValueError,
            "batch_size should be a positive integer value, but got batch_size=2.5",
        ),
        (
            lambda: DataLoader(data, None, drop_last=True),
            ValueError,
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last",
        ),
        (
            lambda: DataLoader(data, sampler=[1], shuffle=True),
            ValueError,
            "sampler option is mutually exclusive with shuffle",
        ),
        (
            lambda: DataLoader(data, num_workers=-1),
            ValueError,
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing. Got: -1",
        ),
        (
            lambda: DataLoader([], shuffle=True),
            ValueError,
            "num_samples should be a positive integer value, but got num_samples=0",
        ),
        (
            lambda: DataLoader(data, timeout=-1),
            ValueError,
            "timeout option should be non-negative, but got -1",
        ),
        (
            lambda: DataLoader(data, persistent_workers=True),
            ValueError,
            "persistent_workers option needs num_workers > 0",
        ),
        (
            lambda: DataLoader(data, 2, batch_sampler=[[1]]),
            ValueError,
            "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last",
        ),
        (
            lambda: DataLoader(Count(3), shuffle=True),
            ValueError,
            "DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle=True",
        ),
        (
            lambda: DataLoader(data, num_workers=1, prefetch_factor=-1),
            ValueError,
            "prefetch_factor option should be non-negative, but got -1",
        ),
        (
            lambda: DataLoader(data, multiprocessing_context="fork"),
            ValueError,
            "multiprocessing_context can only be used with num_workers > 0, but got num_workers=0",
        ),
        (
            lambda: setattr(DataLoader(data), "batch_size", 2),
            ValueError,
            "batch_size attribute should not be set after DataLoader is initialized: create a new one",
        ),
    ],
)
def test_bad_options_are_refused(do, error, message):
    with pytest.raises(error) as raised:
        do()
    assert message is None or str(raised.value) == message
