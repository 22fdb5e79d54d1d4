"""DistributedSampler, for any number of samples and processes."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, strategies as st

from autograd.utils.data import DistributedSampler


@given(
    n=st.integers(0, 40), replicas=st.integers(1, 9), shuffle=st.booleans(), drop_last=st.booleans(),
    epoch=st.integers(0, 3),
)  # fmt: skip
def test_together_the_processes_load_every_sample_equally_often_give_or_take_the_last(
    n, replicas, shuffle, drop_last, epoch
):
    parts = []
    for rank in range(replicas):
        sampler = DistributedSampler(range(n), replicas, rank, shuffle, drop_last=drop_last)
        sampler.set_epoch(epoch)
        parts.append(list(sampler))
        assert len(sampler) == len(parts[-1])
    everything = sorted(i for part in parts for i in part)
    assert len({len(part) for part in parts}) == 1
    assert set(everything) <= set(range(n))
    if drop_last:
        assert len(everything) == len(set(everything)) == n // replicas * replicas
    else:
        assert set(everything) == set(range(n)) and len(everything) - n < replicas


def test_shares_without_shuffling_are_as_in_pytorch():
    assert list(DistributedSampler(range(7), 3, 0, shuffle=False)) == [0, 3, 6]
    assert list(DistributedSampler(range(7), 3, 1, shuffle=False)) == [1, 4, 0]
    assert list(DistributedSampler(range(7), 3, 2, shuffle=False, drop_last=True)) == [2, 5]


def test_an_epoch_that_repeats_its_order_warns():
    sampler = DistributedSampler(range(7), 2, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = list(sampler)
        sampler.set_epoch(1)
        assert list(sampler) != first
    with pytest.warns(UserWarning, match="epoch 1 is shuffled a second time"):
        list(sampler)


def test_a_rank_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"Invalid rank 3, rank should be in the interval \[0, 1\]"):
        DistributedSampler(range(7), 2, 3)
