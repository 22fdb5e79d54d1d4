"""Collating: a batch from samples, and tensors from a single sample."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import autograd
from nn.data import (
    DataLoader,
    default_collate,
    default_convert,
)


def test_collating_keeps_the_structure_of_samples():
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


def test_arrays_in_a_single_sample_become_tensors():
    (x, y), *_ = DataLoader([(np.ones(2), 3)], batch_size=None)
    assert x.tolist() == [1, 1] and y == 3
    assert default_convert({"a": np.float32(2)})["a"].dtype is autograd.float32


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda: default_collate([np.ones(2), np.ones(3)]), RuntimeError, None),
        (lambda: default_collate([[1, 2], [1]]), RuntimeError, "each element in list of batch should be of equal size"),
        (
            lambda: default_collate([object()]),
            TypeError,
            "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; "
            "found <class 'object'>",
        ),
    ],
)
def test_samples_that_cannot_be_collated_are_refused(do, error, message):
    with pytest.raises(error) as raised:
        do()
    assert message is None or str(raised.value) == message
