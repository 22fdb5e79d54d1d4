"""tf.data: sources, transformations, batches."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd.tensorflow as tf

Dataset = tf.data.Dataset


def values(dataset):
    return [element.numpy().tolist() for element in dataset]


@given(st.integers(1, 12), st.integers(1, 5), st.booleans())
def test_batches_hold_every_element_once_in_order(count, size, drop):
    batches = Dataset.from_tensor_slices(np.arange(count)).batch(size, drop_remainder=drop)
    found = values(batches)
    assert len(batches) == len(found)
    assert all(len(batch) == size for batch in found[:-1])
    whole = count - count % size if drop else count
    assert [element for batch in found for element in batch] == list(range(whole))


@given(st.integers(1, 20), st.integers(1, 25), st.integers(0, 5))
def test_shuffling_is_a_permutation_within_the_buffer_size(count, buffer, seed):
    dataset = Dataset.range(count).shuffle(buffer, seed=seed)
    first, second = values(dataset), values(dataset)
    assert sorted(first) == sorted(second) == list(range(count))
    assert all(value - place < buffer for place, value in enumerate(first))
    again = Dataset.range(count).shuffle(buffer, seed=seed)
    assert [values(again), values(again)] == [first, second]
    fixed = Dataset.range(count).shuffle(buffer, reshuffle_each_iteration=False)
    assert values(fixed) == values(fixed)


def test_components_stay_together_when_shuffled():
    x = np.arange(50.0)
    dataset = Dataset.from_tensor_slices({"x": x, "y": (x * 2, x * 3)}).shuffle(50).batch(8)
    for batch in dataset:
        np.testing.assert_array_equal(batch["y"][0], batch["x"] * 2.0)
        np.testing.assert_array_equal(batch["y"][1], batch["x"] * 3.0)


def test_transformations_of_a_dataset():
    numbers = Dataset.range(5)
    assert values(numbers.map(lambda n: n * 2)) == [0, 2, 4, 6, 8]
    assert values(numbers.take(2).repeat(2)) == [0, 1, 0, 1]
    assert values(numbers.repeat().skip(3).take(4)) == [3, 4, 0, 1]
    assert values(numbers.take(0).repeat()) == []
    assert values(numbers.filter(lambda n: n > 2).prefetch(tf.data.AUTOTUNE)) == [3, 4]
    assert values(numbers.batch(2).unbatch().cache()) == [0, 1, 2, 3, 4]
    assert values(numbers.concatenate(Dataset.from_tensors(9))) == [0, 1, 2, 3, 4, 9]
    assert numbers.reduce(0, lambda total, n: total + tf.cast(n, tf.int32)).numpy() == 10
    pairs = Dataset.zip((numbers, Dataset.from_tensor_slices([1.0, 2.0])))
    assert [(int(a), float(b)) for a, b in pairs] == [(0, 1.0), (1, 2.0)]
    assert [(int(i), int(n)) for i, n in numbers.skip(3).enumerate()] == [(0, 3), (1, 4)]
    assert [len(numbers), len(pairs), int(numbers.cardinality())] == [5, 2, 5]
    assert [a.tolist() for a in numbers.batch(3).as_numpy_iterator()] == [[0, 1, 2], [3, 4]]
    sums = pairs.map(lambda a, b: (b, {"sum": tf.cast(a, tf.float32) + b})).batch(2)
    assert next(iter(sums))[1]["sum"].numpy().tolist() == [1, 3]


@given(*[st.integers(1, 4)] * 3, st.integers(0, 9), st.booleans())
def test_windows_are_slices_of_the_sequence(size, shift, stride, count, drop):
    slices = [list(range(count))[at : at + (size - 1) * stride + 1 : stride] for at in range(0, count, shift)]
    windows = Dataset.range(count).window(size, shift, stride, drop_remainder=drop)
    assert [values(window) for window in windows] == [s for s in slices if len(s) == size or not drop]
    flat = Dataset.range(count).window(size, shift, stride, drop_remainder=drop).flat_map(lambda window: window)
    assert values(flat) == [n for s in slices if len(s) == size or not drop for n in s]


@given(st.lists(st.lists(st.integers(1, 9), max_size=4), min_size=1, max_size=6), st.integers(1, 3))
def test_padded_batches_hold_the_rows_and_padding_only(rows, size):
    numbered = Dataset.from_generator(lambda: ((np.array(row, np.int32), len(row)) for row in rows))
    seen = []
    for padded, lengths in numbered.padded_batch(size, padding_values=-1):
        assert padded.shape[1] == max(lengths.numpy())
        seen += [row[row != -1].tolist() for row in padded.numpy()]
    assert seen == rows


def test_padding_to_a_shape_never_truncates():
    pairs = Dataset.from_tensors(([1, 2], 3))
    ((padded, count),) = pairs.padded_batch(1, padded_shapes=([5], []))
    assert padded.numpy().tolist() == [[1, 2, 0, 0, 0]]
    assert count.numpy().tolist() == [3]
    with pytest.raises(tf.errors.DataLossError, match="smaller size than the input element"):
        list(Dataset.from_tensors([1, 2]).padded_batch(1, padded_shapes=[1]))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: Dataset.from_tensor_slices((np.ones(2), np.ones(3))), ValueError, r"Dimensions \[2, 3\]"),
        (lambda: Dataset.from_tensor_slices(1.0), ValueError, "got a scalar"),
        (lambda: len(Dataset.range(3).repeat()), TypeError, "unknown or infinite"),
        (
            lambda: list(Dataset.range(1, 3).map(lambda n: tf.range(n)).batch(2)),
            tf.errors.InvalidArgumentError,
            "different shapes",
        ),
    ],
)
def test_bad_arguments_raise(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_dataset_of_a_generator_has_the_given_dtypes():
    def rows():
        yield [1, 2], 3
        yield [4, 5], 6

    for options in (
        {"output_types": (tf.float32, tf.int64), "output_shapes": ((2,), ())},
        {"output_signature": (tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.int64))},
    ):
        dataset = Dataset.from_generator(rows, **options)
        assert [(x.numpy().tolist(), int(y)) for x, y in dataset] == [([1, 2], 3), ([4, 5], 6)]
        assert [spec.dtype for spec in dataset.element_spec] == [tf.float32, tf.int64]


def test_shard_take_while_scan_and_interleave():
    numbers = Dataset.range(7)
    assert values(numbers.shard(3, 1)) == [1, 4]
    assert len(numbers.shard(3, 0)) == 3
    assert values(numbers.take_while(lambda n: n < 2)) == [0, 1]
    assert values(numbers.scan(np.int64(0), lambda s, n: (s + n, s + n)).take(4)) == [0, 1, 3, 6]
    assert values(numbers.apply(lambda d: d.skip(5)).with_options(tf.data.Options())) == [5, 6]
    twice = numbers.take(3).interleave(lambda n: Dataset.from_tensors(n).repeat(3), cycle_length=2, block_length=2)
    assert values(twice) == [0, 0, 1, 1, 0, 1, 2, 2, 2]
    assert int(numbers.take(1).get_single_element()) == 0
    with pytest.raises(tf.errors.InvalidArgumentError, match="Dataset had more than one element"):
        numbers.get_single_element()
