"""Datasets, samplers and loaders give what PyTorch's give: batches, lengths, warnings and refused arguments."""

import warnings

import pytest

import autograd
from tests.tools.answers import assert_alike, outcome


def stream(library, count):
    """An iterable dataset with a length."""

    class Stream(library.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(10, 10 + count))

        def __len__(self):
            return count

    return Stream()


#: Datasets of `count` samples.
DATASETS = {
    "list": lambda library, count: list(range(10, 10 + count)),
    "tensors": lambda library, count: library.utils.data.TensorDataset(library.arange(count), -library.arange(count)),
    "stream": stream,
}
SIZES = [{}, {"batch_size": 1}, {"batch_size": 2}, {"batch_size": 3, "drop_last": True}, {"batch_size": 4}]
LOADERS = [
    *[(kind, count, options) for kind in DATASETS for count in (1, 5, 6) for options in SIZES],
    *[(kind, 3, {"batch_size": None}) for kind in DATASETS],
    ("list", 5, {"batch_size": 2, "sampler": [4, 1, 1]}),
    ("list", 5, {"batch_size": 2, "sampler": [4, 1, 1], "drop_last": True}),
    ("list", 5, {"batch_sampler": [[4, 1], [0]]}),
    ("tensors", 5, {"batch_size": None, "sampler": [4, 1]}),
]


def loaded(library, kind, count, options):
    """All batches, how many are announced, and the attributes of the loader."""
    loader = library.utils.data.DataLoader(DATASETS[kind](library, count), **options)
    shown = [loader.batch_size, loader.drop_last, loader.num_workers, loader.prefetch_factor, loader.timeout]
    return list(loader), len(loader), shown


def test_loaders_yield_the_batches_of_pytorch(answers):
    theirs = answers("torch", lambda torch: [loaded(torch, *row) for row in LOADERS])
    for row, expected in zip(LOADERS, theirs, strict=True):
        assert_alike(loaded(autograd, *row), expected, where=str(row))


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("ahead", [0, 1, 3])
def test_workers_yield_the_same_however_far_ahead_they_are(workers, ahead):
    options = {"batch_size": 2, "num_workers": workers, "prefetch_factor": ahead}
    batches, length, shown = loaded(autograd, "list", 7, options)
    assert [batch.tolist() for batch in batches] == [[10, 11], [12, 13], [14, 15], [16]]
    assert length == 4 and shown == [2, False, workers, ahead, 0]


def data(library):
    return library.utils.data


#: Each row is a call that PyTorch answers or refuses.
CALLS = [
    lambda d: d.DataLoader([1], num_workers=-1),
    lambda d: d.DataLoader([1], timeout=-1),
    lambda d: d.DataLoader([1], timeout=0).timeout,
    lambda d: d.DataLoader([1], prefetch_factor=2),
    lambda d: d.DataLoader([1], num_workers=1, prefetch_factor=-1),
    lambda d: d.DataLoader([1], num_workers=1, prefetch_factor=1).prefetch_factor,
    lambda d: d.DataLoader([1], num_workers=3).prefetch_factor,
    lambda d: d.DataLoader([1], persistent_workers=True),
    lambda d: d.DataLoader([1], multiprocessing_context="fork"),
    lambda d: d.DataLoader([1], sampler=[0], shuffle=True),
    lambda d: d.DataLoader([1], sampler=[0], shuffle=False).sampler,
    lambda d: d.DataLoader([1], batch_size=None, drop_last=True),
    lambda d: d.DataLoader([1], batch_sampler=[[0]], batch_size=2),
    lambda d: d.DataLoader([1], batch_sampler=[[0]], batch_size=1).batch_size,
    lambda d: d.DataLoader([1], batch_sampler=[[0]], shuffle=True),
    lambda d: d.DataLoader([1], batch_sampler=[[0]], sampler=[0]),
    lambda d: d.DataLoader([1], batch_sampler=[[0]], drop_last=True),
    lambda d: d.DataLoader([1], batch_size=0),
    lambda d: d.DataLoader([1], batch_size=True),
    *[
        lambda d, name=name: setattr(d.DataLoader([1]), name, 1)
        for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")
    ],
    lambda d: setattr(d.DataLoader([1]), "timeout", 1),
    lambda d: list(d.BatchSampler(range(4), 2, False)),
    lambda d: list(d.BatchSampler(range(5), 2, True)),
    lambda d: [len(d.BatchSampler(range(n), 3, drop)) for n in range(1, 8) for drop in (True, False)],
    lambda d: d.BatchSampler(range(4), 0, False),
    lambda d: d.BatchSampler(range(4), -1, False),
    lambda d: d.BatchSampler(range(4), 1.5, False),
    lambda d: d.BatchSampler(range(4), 2, 0),
    lambda d: d.RandomSampler([1], num_samples=0),
    lambda d: d.RandomSampler([1], replacement=0),
    lambda d: d.RandomSampler([]),
    lambda d: (d.RandomSampler("abc").num_samples, d.RandomSampler("abc").replacement),
    lambda d: d.WeightedRandomSampler([1.0], 0),
    lambda d: d.WeightedRandomSampler([[1.0]], 1),
    lambda d: d.WeightedRandomSampler([1.0], 1, 1),
    lambda d: d.WeightedRandomSampler([1.0], 1).replacement,
    lambda d: [d.ConcatDataset(["ab", "", "cde"])[i] for i in range(-5, 5)],
    lambda d: d.ConcatDataset(["ab", "cde"])[5],
    lambda d: d.ConcatDataset(["ab", "cde"])[-6],
    lambda d: d.ConcatDataset(["ab", "cde"]).cumulative_sizes,
    lambda d: d.ConcatDataset([]),
    lambda d: d.StackDataset("ab", x="cd"),
    lambda d: d.StackDataset("ab", "c"),
    lambda d: d.StackDataset(),
    lambda d: [d.StackDataset("ab", [1, 2])[1], d.StackDataset(x="ab", y=[1, 2])[0]],
    lambda d: [d.StackDataset("ab", [1, 2]).__getitems__([1, 0]), d.StackDataset(x="ab").__getitems__([1])],
    lambda d: d.Subset("abcd", [3, 1, 1])[2] + d.Subset("abcd", [3, 1])[-2],
    lambda d: len(d.Subset("abcd", [3, 1, 1])),
    lambda d: d.random_split(range(3), [1, 1]),
    lambda d: d.random_split(range(3), [2, 2]),
    lambda d: d.random_split(range(3), [1.5, -0.5]),
    lambda d: [len(part) for part in d.random_split(range(3), [3, 0])],
    lambda d: [len(part) for part in d.random_split(range(17), [0.3, 0.3, 0.4])],
    lambda d: [len(part) for part in d.random_split(range(9), [0.5, 0.25, 0.25])],
    lambda d: [len(part) for part in d.random_split(range(5), [1.0])],
    lambda d: [len(part) for part in d.random_split(range(2), [0.4, 0.2, 0.4])],
    lambda d: d.random_split([], []),
    lambda d: [len(part) for part in d.random_split([], [0, 0])],
    lambda d: d.random_split([1], []),
    *[lambda d, size=size: d.DataLoader([1], batch_sampler=[[0]], batch_size=size) for size in (None, 0, -1)],
    *[
        lambda d, base=base: list(d.DataLoader(d.Subset(base(d), [3, 1, 1]), batch_size=2))
        for base in (
            lambda d: [10, 11, 12, 13],
            lambda d: d.Subset([9, 10, 11, 12, 13], [1, 2, 3, 4]),
            lambda d: d.StackDataset([10, 11, 12, 13], "abcd"),
        )
    ],
    lambda d: d.default_collate([[0] * 300, [1] * 300])[299],
    lambda d: d.default_collate([[0] * 300, [1] * 299]),
    lambda d: d.default_collate([[0] * 2, [1] * 3]),
]


def test_calls_have_the_results_of_pytorch(answers):
    def results(library):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return [outcome(library, lambda lib, call=call: call(data(lib))) for call in CALLS]

    for i, (ours, theirs) in enumerate(zip(results(autograd), answers("torch", results), strict=True)):
        assert_alike(ours, theirs, where=f"call {i}")


def test_empty_parts_of_a_split_are_warned_of_where_the_split_is_called():
    with pytest.warns(UserWarning) as raised:
        parts = data(autograd).random_split(range(2), [0.4, 0.2, 0.2, 0.2])
    assert [len(part) for part in parts] == [1, 1, 0, 0]
    words = "Length of split at index {} is 0. This might result in an empty dataset."
    assert [str(warning.message) for warning in raised] == [words.format(2), words.format(3)]
    assert {warning.filename for warning in raised} == {__file__}
