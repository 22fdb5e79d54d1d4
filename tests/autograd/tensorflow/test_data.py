"""What programs are made of besides functions: tensors, variables, modules, datasets, random numbers."""

from __future__ import annotations

import collections
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import autograd.tensorflow as tf

Dataset = tf.data.Dataset


def values(dataset):
    return [element.numpy().tolist() for element in dataset]


# -- tensors ---------------------------------------------------------------------------------------------------


def test_numbers_leave_a_tensor_inside_a_tape_too():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(x * x)
        assert float(y) == 5.0
        assert y.numpy() == 5.0
        assert isinstance(y.numpy(), np.float32)
        assert np.mean(x) == 1.5
        assert f"{y:.1f}" == "5.0"
    np.testing.assert_allclose(tape.gradient(y, x), [2, 4])


@pytest.mark.parametrize("of", [np.std, np.sum, np.reshape, np.clip, np.concatenate, np.stack, np.allclose, np.dot])
def test_functions_of_numpy_give_what_they_give_of_arrays(of):
    more = {np.reshape: [(2, 1)], np.clip: [0, 1], np.allclose: [[0.5, 2.0]], np.dot: [[1.0, 2.0]]}.get(of, [])
    x = tf.Variable([0.5, 2.0])
    with tf.GradientTape():
        given = [x, x * 1] if of in (np.concatenate, np.stack) else x
        found = of(given, *more)
    expected = of([x.numpy()] * 2 if isinstance(given, list) else x.numpy(), *more)
    assert type(found) is type(expected)
    assert np.array_equal(found, expected)


def test_a_tensor_never_changes():
    array = np.ones(2)
    x = tf.constant(array)
    array[0] = x.numpy()[1] = 7
    y = x
    y += 1.0
    assert x.numpy().tolist() == [1, 1]
    assert y.numpy().tolist() == [2, 2]
    with pytest.raises(TypeError, match="does not support item assignment"):
        x[0] = 3.0


def test_dtypes_do_not_mix():
    with pytest.raises(tf.errors.InvalidArgumentError, match="was expected to be a int32 tensor but is a float tensor"):
        tf.constant([1]) + tf.constant([1.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[2\] vs. \[3\] \[Op:AddV2\]"):
        tf.ones([2]) + tf.ones([3])


def test_a_core_tensor_enters_with_its_place_on_a_tape():
    x = autograd.tensor([1.0, 2.0], requires_grad=True)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.square(tf.convert_to_tensor(x)))
    found = tape.gradient(y, x)
    assert type(found) is autograd.Tensor
    assert found.tolist() == [2, 4]


def test_references_are_keys():
    x, y = tf.constant(1.0), tf.constant(1.0)
    table = {x.ref(): "x", y.ref(): "y"}
    assert table[x.ref()] == "x"
    assert x.ref().deref() is x


def test_texts():
    assert str(tf.constant([1.0, 2.0])) == "tf.Tensor([1. 2.], shape=(2,), dtype=float32)"
    assert repr(tf.constant(3)) == "<tf.Tensor: shape=(), dtype=int32, numpy=3>"
    expected = "<tf.Variable 'w:0' shape=(1,) dtype=float32, numpy=array([1.], dtype=float32)>"
    assert repr(tf.Variable([1.0], name="w")) == expected


def test_a_function_is_itself():
    def f(x):
        return x + 1

    assert tf.function(f) is f
    assert tf.function(jit_compile=True)(f) is f


def test_the_package_does_not_import_it_by_itself():
    code = "import sys, autograd; assert 'autograd.tensorflow' not in sys.modules; import autograd.tensorflow; " \
        "assert 'nn' not in sys.modules"  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True)


def test_keras_is_found_by_every_way_to_import_it():
    from autograd.tensorflow.keras import layers
    from autograd.tensorflow.keras.models import Sequential

    from autograd.tensorflow import keras
    from nn import keras as room

    assert keras is tf.keras is room
    assert layers is room.layers
    assert Sequential is room.Sequential


# -- modules ---------------------------------------------------------------------------------------------------


def test_a_module_knows_its_variables_each_once_in_the_order_of_names():
    class Inner(tf.Module):
        def __init__(self):
            super().__init__()
            self.v = tf.Variable(1.0, name="v")

    class Outer(tf.Module):
        def __init__(self):
            super().__init__(name="outer")
            self.z = [tf.Variable(2.0, name="z"), {"k": tf.Variable(3.0, name="k", trainable=False)}]
            self.inner = Inner()
            self.again = self.inner
            self.a = tf.Variable(4.0, name="a")

    model = Outer()
    assert [v.name for v in model.variables] == ["a:0", "z:0", "k:0", "v:0"]
    assert [v.name for v in model.trainable_variables] == ["a:0", "z:0", "v:0"]
    assert [v.name for v in model.non_trainable_variables] == ["k:0"]
    assert model.submodules == (model.inner,)
    assert (model.name, model.inner.name) == ("outer", "inner")


# -- datasets --------------------------------------------------------------------------------------------------


@given(st.integers(1, 12), st.integers(1, 5), st.booleans())
def test_batches_hold_every_element_once_in_order(count, size, drop):
    batches = Dataset.from_tensor_slices(np.arange(count)).batch(size, drop_remainder=drop)
    found = values(batches)
    assert len(batches) == len(found)
    assert all(len(batch) == size for batch in found[:-1])
    whole = count - count % size if drop else count
    assert [element for batch in found for element in batch] == list(range(whole))


@given(st.integers(1, 20), st.integers(1, 25), st.integers(0, 5))
def test_shuffling_is_a_permutation_that_no_element_leads_by_more_than_the_buffer(count, buffer, seed):
    dataset = Dataset.range(count).shuffle(buffer, seed=seed)
    first, second = values(dataset), values(dataset)
    assert sorted(first) == sorted(second) == list(range(count))
    assert all(value - place < buffer for place, value in enumerate(first))
    again = Dataset.range(count).shuffle(buffer, seed=seed)
    assert [values(again), values(again)] == [first, second]
    fixed = Dataset.range(count).shuffle(buffer, reshuffle_each_iteration=False)
    assert values(fixed) == values(fixed)


def test_shuffled_pairs_stay_together():
    x = np.arange(50.0)
    dataset = Dataset.from_tensor_slices({"x": x, "y": (x * 2, x * 3)}).shuffle(50).batch(8)
    for batch in dataset:
        np.testing.assert_array_equal(batch["y"][0], batch["x"] * 2.0)
        np.testing.assert_array_equal(batch["y"][1], batch["x"] * 3.0)


def test_the_methods_of_a_dataset():
    numbers = Dataset.range(5)
    assert values(numbers.map(lambda n: n * 2)) == [0, 2, 4, 6, 8]
    assert values(numbers.take(2).repeat(2)) == [0, 1, 0, 1]
    assert values(numbers.repeat().skip(3).take(4)) == [3, 4, 0, 1]
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
def test_windows_are_the_slices_of_the_row(size, shift, stride, count, drop):
    slices = [list(range(count))[at : at + (size - 1) * stride + 1 : stride] for at in range(0, count, shift)]
    windows = Dataset.range(count).window(size, shift, stride, drop_remainder=drop)
    assert [values(window) for window in windows] == [s for s in slices if len(s) == size or not drop]
    flat = Dataset.range(count).window(size, shift, stride, drop_remainder=drop).flat_map(lambda window: window)
    assert values(flat) == [n for s in slices if len(s) == size or not drop for n in s]


@given(st.lists(st.lists(st.integers(1, 9), max_size=4), min_size=1, max_size=6), st.integers(1, 3))
def test_padded_batches_hold_the_rows_and_nothing_else(rows, size):
    numbered = Dataset.from_generator(lambda: ((np.array(row, np.int32), len(row)) for row in rows))
    seen = []
    for padded, lengths in numbered.padded_batch(size, padding_values=-1):
        assert padded.shape[1] == max(lengths.numpy())
        seen += [row[row != -1].tolist() for row in padded.numpy()]
    assert seen == rows


def test_padding_to_a_shape_fills_it_and_loses_nothing():
    pairs = Dataset.from_tensors(([1, 2], 3))
    ((padded, count),) = pairs.padded_batch(1, padded_shapes=([5], []))
    assert padded.numpy().tolist() == [[1, 2, 0, 0, 0]]
    assert count.numpy().tolist() == [3]
    with pytest.raises(tf.errors.DataLossError, match="smaller size than the input element"):
        list(Dataset.from_tensors([1, 2]).padded_batch(1, padded_shapes=[1]))


@pytest.mark.parametrize(
    "make, kind, words",
    [
        (lambda: Dataset.from_tensor_slices((np.ones(2), np.ones(3))), ValueError, r"Dimensions \[2, 3\]"),
        (lambda: Dataset.from_tensor_slices(1.0), ValueError, "got a scalar"),
        (lambda: Dataset.range(3).batch(0), ValueError, "batch_size must be greater than zero"),
        (lambda: Dataset.range(3).shuffle(0), ValueError, "buffer_size must be greater than zero"),
        (lambda: len(Dataset.range(3).repeat()), TypeError, "unknown or infinite"),
        (
            lambda: list(Dataset.range(1, 3).map(lambda n: tf.range(n)).batch(2)),
            tf.errors.InvalidArgumentError,
            "different shapes",
        ),
    ],
)
def test_datasets_refuse_what_they_cannot_do(make, kind, words):
    with pytest.raises(kind, match=words):
        make()


# -- random numbers ----------------------------------------------------------------------------------------------


def test_a_seed_repeats_everything_that_follows():
    def draw():
        tf.random.set_seed(3)
        x = (
            tf.random.normal([2]),
            tf.random.uniform([2], seed=1),
            tf.random.uniform([2], seed=1),
            tf.random.shuffle([1, 2, 3]),
        )
        return [part.numpy().tolist() for part in x]

    first = draw()
    assert draw() == first
    assert first[1] != first[2]


def test_random_numbers_have_the_distribution_that_was_asked_for():
    tf.random.set_seed(0)
    normal = tf.random.normal([20000], mean=3.0, stddev=0.5).numpy()
    assert [normal.mean(), normal.std()] == pytest.approx([3, 0.5], abs=0.02)
    short = tf.random.truncated_normal([20000], mean=1.0, stddev=0.1).numpy()
    assert short.min() >= 0.8
    assert short.max() <= 1.2
    assert short.std() == pytest.approx(0.088, abs=0.002)
    even = tf.random.uniform([20000], -1.0, 3.0).numpy()
    assert [even.min(), even.max(), even.mean()] == pytest.approx([-1, 3, 1], abs=0.05)
    whole = tf.random.uniform([1000], 2, 5, dtype=tf.int32)
    assert whole.dtype == tf.int32
    assert set(whole.numpy()) == {2, 3, 4}
    drawn = collections.Counter(tf.random.categorical(tf.math.log([[0.2, 0.8]]), 5000).numpy()[0].tolist())
    assert drawn[1] / 5000 == pytest.approx(0.8, abs=0.03)
    with pytest.raises(ValueError, match="Must specify maxval"):
        tf.random.uniform([2], dtype=tf.int64)


def test_dropout_keeps_the_mean_and_its_gradient_the_mask():
    tf.random.set_seed(0)
    x = tf.Variable(tf.ones([10000]))
    with tf.GradientTape() as tape:
        y = tf.nn.dropout(x, 0.25)
    assert float(tf.reduce_mean(y)) == pytest.approx(1, abs=0.03)
    np.testing.assert_array_equal(tape.gradient(y, x), y)
    with pytest.raises(ValueError, match="rate"):
        tf.nn.dropout(x, 1.0)
