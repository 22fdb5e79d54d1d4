"""Samplers: the indices that they yield."""

import pytest
from hypothesis import given, strategies as st

from nn.data import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from tests.nn.data.samples import seeded


@given(count=st.integers(1, 9), drawn=st.integers(1, 25), seed=st.integers(0, 9))
def test_samplers_yield_the_documented_indices(count, drawn, seed):
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


def test_weighted_sampling_follows_the_weights():
    drawn = list(WeightedRandomSampler([1.0, 0.0, 3.0], 4000, generator=seeded(0)))
    assert drawn.count(1) == 0 and abs(drawn.count(2) - 3000) < 150


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda: RandomSampler(range(5), 1), TypeError, "replacement should be a boolean value, but got replacement=1"),
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
    ],
)
def test_bad_arguments_of_samplers_are_refused(do, error, message):
    with pytest.raises(error) as raised:
        do()
    assert message is None or str(raised.value) == message


def test_a_loop_over_billions_of_indices_starts_at_once():
    for sampler in (
        RandomSampler([1, 2, 3], replacement=True, num_samples=10**10),
        RandomSampler([1, 2, 3], num_samples=10**10),
        WeightedRandomSampler([1.0, 2.0, 3.0], 10**10),
        SequentialSampler(range(10**10)),
    ):
        assert len(sampler) == 10**10 and next(iter(sampler)) in (0, 1, 2)
    assert next(iter(BatchSampler(range(10**10), 3, False))) == [0, 1, 2]


@pytest.mark.parametrize("count", [1, 70_000, 2 * (1 << 16)])
def test_indices_drawn_in_blocks_are_as_many_as_asked_for(count):
    for sampler in (RandomSampler([1, 2], replacement=True, num_samples=count), WeightedRandomSampler([1.0, 1], count)):
        drawn = list(sampler)
        assert len(drawn) == count and set(drawn) <= {0, 1}


def test_an_empty_data_source_has_no_indices():
    with pytest.raises(ValueError, match="cannot draw 3 indices of an empty data source"):
        list(RandomSampler([], num_samples=3))
    emptied = [1]
    sampler = RandomSampler(emptied)
    emptied.clear()
    assert list(sampler) == []
