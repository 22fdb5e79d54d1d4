"""Data: every sample once, in an order that a generator decides, whatever the way a batch is made."""

import subprocess
import sys
import threading
from collections import OrderedDict, namedtuple

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import Generator, arange, tensor
from nn.data import (
    BatchSampler,
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    StackDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    default_convert,
    get_worker_info,
    random_split,
)


class Squares(Dataset):
    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return tensor(index), tensor(float(index) ** 2)


def seeded(seed):
    return Generator().manual_seed(seed)


def both(count):
    """The same samples, one by one and as whole tensors."""
    return Squares(count), TensorDataset(arange(count), arange(count).float() ** 2)


@given(
    count=st.integers(1, 20), size=st.integers(1, 7), shuffle=st.booleans(), drop=st.booleans(), seed=st.integers(0, 9)
)
def test_every_sample_comes_once_by_either_way(count, size, shuffle, drop, seed):
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


def test_epochs_differ_and_a_seed_repeats_them():
    loader = DataLoader(TensorDataset(arange(50)), 50, shuffle=True, generator=seeded(1))
    first, second = (next(iter(loader))[0].tolist() for _ in range(2))
    assert first != second
    again = DataLoader(TensorDataset(arange(50)), 50, shuffle=True, generator=seeded(1))
    assert [next(iter(again))[0].tolist() for _ in range(2)] == [first, second]
    autograd.manual_seed(3)
    globally = next(iter(DataLoader(TensorDataset(arange(50)), 50, shuffle=True)))[0].tolist()
    autograd.manual_seed(3)
    assert next(iter(DataLoader(TensorDataset(arange(50)), 50, shuffle=True)))[0].tolist() == globally


def test_a_batch_can_be_written_without_harm():
    data = arange(4)
    for (batch,) in DataLoader(TensorDataset(data), 2):
        batch.numpy()[...] = 9
    assert data.tolist() == [0, 1, 2, 3]


def test_a_subclass_keeps_its_own_samples():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return tuple(x * 2 for x in super().__getitem__(index))

    assert next(iter(DataLoader(Doubled(arange(3)), 3)))[0].tolist() == [0, 2, 4]


def test_gradients_flow_through_a_batch():
    x = autograd.ones(3, 2, requires_grad=True)
    for (batch,) in DataLoader(TensorDataset(x), 2, drop_last=True):
        batch.sum().backward()
    assert x.grad.tolist() == [[1, 1], [1, 1], [0, 0]]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=4).filter(sum), st.integers(0, 9))
def test_a_split_deals_every_sample_out_once(lengths, seed):
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


def test_fractions_leave_the_rest_to_the_first():
    assert [len(part) for part in random_split(range(17), [0.3, 0.3, 0.4])] == [6, 5, 6]
    assert [len(part) for part in random_split(range(10), [0.1] * 10)] == [1] * 10
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        random_split(range(3), [1.0, 0.0])


def test_a_sampler_decides_the_order():
    loader = DataLoader(TensorDataset(arange(5)), 2, sampler=[4, 0, 0])
    assert [batch.tolist() for (batch,) in loader] == [[4, 0], [0]]
    assert len(loader) == 2


def test_without_a_batch_size_samples_come_as_they_are():
    loader = DataLoader(TensorDataset(arange(3)), batch_size=None)
    assert [x.shape for (x,) in loader] == [(), (), ()]
    assert len(loader) == 3


def test_a_collate_function_makes_the_batch():
    loader = DataLoader([1, 2, 3], 2, collate_fn=sum)
    assert list(loader) == [3, 3]
    assert [x.tolist() for x in DataLoader([1, 2, 3], 2)] == [[1, 2], [3]]


def test_collating_follows_the_structure():
    Pair = namedtuple("Pair", "x y")
    assert default_collate([(1, 2.0), (3, 4.0)])[1].dtype is autograd.float64
    assert default_collate([{"a": 1}, {"a": 3}])["a"].tolist() == [1, 3]
    assert default_collate([Pair(1, "a"), Pair(2, "b")]).y == ("a", "b")
    assert default_collate([OrderedDict(a=1), OrderedDict(a=2)]).__class__ is OrderedDict
    assert default_collate([[1, 2], [3, 4]])[0].tolist() == [1, 3]
    assert default_collate([np.float32(1), np.float32(2)]).dtype is autograd.float32
    assert default_collate([np.ones(2), np.ones(2)]).shape == (2, 2)
    assert default_collate([True, False]).tolist() == [True, False]
    assert default_collate(["a", "b"]) == ["a", "b"]


def test_a_tensor_dataset_indexes_and_slices():
    dataset = TensorDataset(arange(4), arange(4) * 2)
    assert [x.item() for x in dataset[1]] == [1, 2]
    assert [x.tolist() for x in dataset[1:3]] == [[1, 2], [2, 4]]
    assert Subset(dataset, [2])[0][0].item() == 2


# -- samplers ---------------------------------------------------------------------------------------------------


@given(count=st.integers(1, 9), drawn=st.integers(1, 25), seed=st.integers(0, 9))
def test_samplers_give_the_indices_that_they_promise(count, drawn, seed):
    generator = seeded(seed)
    assert list(SequentialSampler(range(count))) == list(range(count))
    sampler = RandomSampler(range(count), num_samples=drawn, generator=generator)
    indices = list(sampler)
    assert len(indices) == len(sampler) == drawn
    rounds = [indices[i : i + count] for i in range(0, drawn, count)]
    assert all(len(set(part)) == len(part) for part in rounds) and set(indices) <= set(range(count))
    again = RandomSampler(range(count), True, drawn, generator)
    assert len(list(again)) == len(again) == drawn and set(again) <= set(range(count))
    subset = SubsetRandomSampler([i * 10 for i in range(count)], generator)
    assert sorted(subset) == [i * 10 for i in range(count)] and len(subset) == count
    weights = [0.0] + [1.0] * count
    weighted = WeightedRandomSampler(weights, count, replacement=False, generator=generator)
    assert sorted(weighted) == list(range(1, count + 1)) and len(weighted) == count
    batches = BatchSampler(range(count), 4, drop_last=True)
    assert list(batches) == [list(range(i, i + 4)) for i in range(0, count - 3, 4)] and len(batches) == count // 4


def test_weights_are_probabilities():
    drawn = list(WeightedRandomSampler([1.0, 0.0, 3.0], 4000, generator=seeded(0)))
    assert drawn.count(1) == 0 and abs(drawn.count(2) - 3000) < 150


def test_a_batch_sampler_decides_the_batches():
    loader = DataLoader(TensorDataset(arange(5)), batch_sampler=[[4, 0], [1]])
    assert [batch.tolist() for (batch,) in loader] == [[4, 0], [1]] and len(loader) == 2
    assert isinstance(DataLoader(range(3)).sampler, SequentialSampler)
    assert isinstance(DataLoader(range(3), shuffle=True).sampler, RandomSampler)


# -- datasets of datasets -----------------------------------------------------------------------------------------


class Count(IterableDataset):
    """0, 1, …: in a worker only its own part."""

    def __init__(self, end):
        self.end = end

    def __iter__(self):
        info = get_worker_info()
        return iter(range(self.end) if info is None else range(info.id, self.end, info.num_workers))


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4))
def test_datasets_one_after_the_other_and_side_by_side(lengths):
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


def test_a_sum_of_datasets_is_one_after_the_other():
    both = Squares(2) + Squares(3)
    assert isinstance(both, ConcatDataset) and len(both) == 5 and both[3][0].item() == 1
    assert list(Count(2) + Count(1)) == [0, 1, 0]


def test_a_dataset_that_gives_many_samples_at_once_is_asked_for_them():
    class Many(Squares):
        def __getitems__(self, indices):
            return [("many", i) for i in indices]

    assert next(iter(DataLoader(Many(4), 2, collate_fn=list))) == [("many", 0), ("many", 1)]


def test_subsets_and_stacks_ask_for_many_samples_at_once():
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


def test_samples_on_their_own_become_tensors():
    (x, y), *_ = DataLoader([(np.ones(2), 3)], batch_size=None)
    assert x.tolist() == [1, 1] and y == 3
    assert default_convert({"a": np.float32(2)})["a"].dtype is autograd.float32


# -- streams and workers --------------------------------------------------------------------------------------------


@given(count=st.integers(0, 12), size=st.integers(1, 5), drop=st.booleans())
def test_a_stream_is_cut_into_batches(count, size, drop):
    whole = [list(range(i, min(i + size, count))) for i in range(0, count, size)]
    kept = [batch for batch in whole if len(batch) == size or not drop]
    loader = DataLoader(Count(count), size, drop_last=drop)
    assert [batch.tolist() for batch in loader] == kept
    assert list(DataLoader(Count(count), None)) == list(range(count))


@given(count=st.integers(1, 12), size=st.integers(1, 5), workers=st.integers(1, 3), shuffle=st.booleans())
def test_workers_change_neither_batches_nor_order(count, size, workers, shuffle):
    for dataset in both(count):
        alone = DataLoader(dataset, size, shuffle=shuffle, generator=seeded(0))
        helped = DataLoader(dataset, size, shuffle=shuffle, generator=seeded(0), num_workers=workers)
        assert [[x.tolist() for x in batch] for batch in helped] == [[x.tolist() for x in batch] for batch in alone]


def test_workers_share_a_stream_by_what_they_know_of_themselves():
    started = []
    loader = DataLoader(Count(7), 2, num_workers=3, worker_init_fn=started.append, persistent_workers=True)
    for _ in range(2):
        assert [batch.tolist() for batch in loader] == [[0, 3], [1, 4], [2, 5], [6]]
    assert sorted(started) == [0, 1, 2]
    assert get_worker_info() is None


def test_workers_run_ahead_in_the_callers_grad_mode():
    seen, ahead = [], threading.Event()

    def collate(samples):
        seen.append((samples[0], autograd.is_grad_enabled(), threading.current_thread() is threading.main_thread()))
        if samples[0] == 2:
            ahead.set()
        return samples[0]

    with autograd.no_grad():
        batches = iter(DataLoader(range(9), collate_fn=collate, num_workers=1, prefetch_factor=2))
        assert next(batches) == 0
        assert ahead.wait(10)
    assert all(not grad and not main for _, grad, main in seen)
    del batches


def test_an_error_in_a_worker_reaches_the_caller():
    class Broken(Squares):
        def __getitem__(self, index):
            raise KeyError(f"no sample {index}")

    with pytest.raises(KeyError, match="no sample 0"):
        list(DataLoader(Broken(3), num_workers=2))


def test_an_error_in_a_worker_shows_where_it_was_raised_and_the_next_batch_comes():
    class Broken(Squares):
        def __getitem__(self, index):
            return [0, 1][index]

    for workers in (0, 2):
        batches = iter(DataLoader(Broken(4), sampler=[0, 2, 1], num_workers=workers))
        assert next(batches).tolist() == [0]
        with pytest.raises(IndexError, match="list index out of range") as raised:
            next(batches)
        assert raised.traceback[-1].frame.code.name == "__getitem__"
        assert next(batches).tolist() == [1]
    assert raised.value.__notes__ == ["This was raised in worker 1 of a DataLoader."]


@pytest.mark.parametrize("dataset", [Squares(2), Count(2)])
def test_a_worker_that_cannot_start_says_why(dataset):
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        list(DataLoader(dataset, num_workers=2, worker_init_fn=lambda number: 1 / 0))


def test_workers_end_with_the_loop_and_persistent_ones_with_the_loader():
    def ended(threads):
        for thread in threads:
            thread.join(10)
        return not any(thread.is_alive() for thread in threads)

    others = set(threading.enumerate())
    batches = iter(DataLoader(range(9), num_workers=2))
    next(batches)
    workers = set(threading.enumerate()) - others
    del batches
    assert len(workers) == 2 and ended(workers)
    loader = DataLoader(range(3), num_workers=2, persistent_workers=True)
    assert len(list(loader)) == len(list(loader)) == 3
    workers = set(threading.enumerate()) - others
    del loader
    assert len(workers) == 2 and ended(workers)


def test_a_program_ends_while_a_worker_is_stuck():
    program = (
        "import threading; from nn.data import DataLoader\n"
        "next(iter(DataLoader([1], num_workers=1, timeout=0.05, collate_fn=lambda _: threading.Event().wait())))"
    )
    ended = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1 and "RuntimeError: DataLoader timed out after 0.05 seconds" in ended.stderr


def test_a_worker_that_takes_too_long_is_given_up():
    hold = threading.Event()
    loader = DataLoader(range(2), collate_fn=lambda samples: hold.wait(10), num_workers=1, timeout=0.05)
    with pytest.raises(RuntimeError, match="DataLoader timed out after"):
        next(iter(loader))
    hold.set()


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
            "num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.",
        ),
        (
            lambda: DataLoader([], shuffle=True),
            ValueError,
            "num_samples should be a positive integer value, but got num_samples=0",
        ),
        (
            lambda: DataLoader(data, timeout=-1),
            ValueError,
            "timeout option should be non-negative",
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
        (lambda: default_collate([np.ones(2), np.ones(3)]), RuntimeError, None),
        (lambda: len(ChainDataset([[1]])), AssertionError, "ChainDataset only supports IterableDataset"),
        (lambda: RandomSampler(data, 1), TypeError, "replacement should be a boolean value, but got replacement=1"),
        (
            lambda: WeightedRandomSampler([[1.0]], 1),
            ValueError,
            "weights should be a 1d sequence but given weights have shape (1, 1)",
        ),
        (
            lambda: WeightedRandomSampler([1.0], 0),
            ValueError,
            "num_samples should be a positive integer value, but got num_samples=0",
        ),
        (lambda: iter(Sampler()), NotImplementedError, "Subclasses of Sampler should implement __iter__."),
        (lambda: ConcatDataset([]), AssertionError, "datasets should not be an empty iterable"),
        (lambda: ConcatDataset([Count(1)]), AssertionError, "ConcatDataset does not support IterableDataset"),
        (lambda: StackDataset(), ValueError, "At least one dataset should be passed"),
        (lambda: StackDataset([1], [1, 2]), ValueError, "Size mismatch between datasets"),
        (lambda: list(ChainDataset([[1]])), AssertionError, "ChainDataset only supports IterableDataset"),
        (
            lambda: random_split(data, [1, 2]),
            ValueError,
            "Sum of input lengths does not equal the length of the input dataset!",
        ),
        (
            lambda: random_split(data, [6, -1]),
            ValueError,
            "Sum of input lengths does not equal the length of the input dataset!",
        ),
        (lambda: random_split(data, [1.5, -0.5]), ValueError, "Fraction at index 0 is not between 0 and 1"),
        (lambda: default_collate([[1, 2], [1]]), RuntimeError, "each element in list of batch should be of equal size"),
        (
            lambda: default_collate([object()]),
            TypeError,
            "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
            "found <class 'object'>",
        ),
        (lambda: Dataset()[0], NotImplementedError, "Subclasses of Dataset should implement __getitem__."),
    ],
)
def test_bad_input_is_named(do, error, message):
    with pytest.raises(error) as raised:
        do()
    assert message is None or str(raised.value) == message


def test_an_empty_dataset_has_no_batches():
    assert list(DataLoader(TensorDataset(autograd.zeros(0, 2)))) == []
