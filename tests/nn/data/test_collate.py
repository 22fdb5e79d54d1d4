"""Collating: a batch from samples, and tensors from a single sample."""

from collections import OrderedDict, namedtuple

import numpy as np
import pytest

import autograd
from autograd import ones
from nn.data import (
    DataLoader,
    collate as collating,
    default_collate,
    default_convert,
)
from nn.data.collate import collate, default_collate_fn_map


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
        (
            lambda: default_collate([[1, 2], [1]]),
            RuntimeError,
            "each element in list of batch should be of equal size, but the samples' lengths are [1, 2]: pass a "
            "collate_fn that pads them",
        ),
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


def test_types_of_ones_own_are_collated_by_a_table():
    class Point:
        def __init__(self, x):
            self.x = x

    def of_points(batch, *, collate_fn_map):
        return [point.x for point in batch]

    table = {Point: of_points, (int, float): lambda batch, *, collate_fn_map: sum(batch)}
    assert collate([(Point(1), 2), (Point(3), 4.5)], collate_fn_map=table) == [[1, 3], 6.5]
    assert collate([{"a": 1}, {"a": 2}], collate_fn_map=table) == {"a": 3}
    with pytest.raises(TypeError, match="found <class 'str'>"):
        collate(["a"], collate_fn_map=table)
    added = {**default_collate_fn_map, Point: of_points}
    assert collate([(Point(1), 2), (Point(3), 4)], collate_fn_map=added)[1].tolist() == [2, 4]


def test_pytorchs_private_module_leads_to_these():
    from autograd.utils.data._utils.collate import default_collate as by_path

    from nn.data._utils import worker

    assert by_path is default_collate and autograd.utils.data._utils.collate.collate is collate
    assert worker.get_worker_info() is None


@pytest.mark.parametrize(
    ("batch", "error", "message"),
    [
        (None, TypeError, "expected a list of samples, but got NoneType"),
        ([], IndexError, "at least one sample"),
        ([{"a": 1}, {"b": 2}], KeyError, "the first sample has the key 'a'"),
        ([{"a": 1}, 3], KeyError, "another one is 3"),
        ([(1,), 3], RuntimeError, "equal size"),
        ([ones(1), 3], TypeError, "only Tensors after the first, but got int"),
    ],
)
def test_samples_that_do_not_match_are_refused(batch, error, message):
    with pytest.raises(error, match=message):
        default_collate(batch)


def test_any_sequence_is_converted():
    assert [x.tolist() for x in default_convert([np.ones(1), np.zeros(2)])] == [[1], [0, 0]]
    assert default_convert(range(2)) == [0, 1] and default_convert("ab") == "ab"


def test_the_map_of_functions_is_passed_by_name():
    batches = {
        "collate": [1], "collate_tensor_fn": [ones(2)], "collate_numpy_array_fn": [np.ones(2)],
        "collate_float_fn": [0.5], "collate_int_fn": [1], "collate_str_fn": ["a"],
    }  # fmt: skip
    assert batches.keys() == {name for name in vars(collating) if name.startswith("collate")}
    for name, batch in batches.items():
        function = getattr(collating, name)
        function(batch, collate_fn_map=default_collate_fn_map)
        function(batch=batch, collate_fn_map=default_collate_fn_map)
        with pytest.raises(TypeError):
            function(batch, default_collate_fn_map)
