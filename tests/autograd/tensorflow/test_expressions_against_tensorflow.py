"""Expressions with classes, datasets, loops and printed text: each gives what TensorFlow gives, or its error."""

import io
import os
import tempfile

import numpy as np
import pytest

import autograd.tensorflow as tf
from tests.tools.answers import assert_alike, outcome

A = np.arange(12, dtype=np.float32).reshape(3, 4)


def printed(tf, *values, **options):
    """What tf.print writes: TensorFlow writes to a file descriptor."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "out")
        if tf.__name__ == "autograd.tensorflow":
            out = io.StringIO()
            tf.print(*values, output_stream=out, **options)
            return out.getvalue()
        tf.print(*values, output_stream=f"file://{path}", **options)
        with open(path, encoding="utf-8") as file:
            return file.read()


def elements(dataset):
    """The elements of a dataset as arrays, and of its windows."""
    found = []
    for element in dataset:
        parts = element if isinstance(element, tuple) else (element,)
        arrays = [elements(part) if hasattr(part, "batch") else np.asarray(part) for part in parts]
        found.append(tuple(arrays) if isinstance(element, tuple) else arrays[0])
    return found


def attempt(function):
    """What the function returns, or the name of its error."""
    try:
        return elements(function())
    except Exception as error:
        return type(error).__name__


#: What is not an integer, and what is too small in some places.
WRONG = (1.5, "a", None, [1], 0, -1, -3)


def each(method):
    """The elements of the dataset for each of the wrong numbers, or the error."""
    return [attempt(lambda value=value: method(value).take(3)) for value in WRONG]


def generated(tf, value, types):
    return tf.data.Dataset.from_generator(lambda: iter([value]), types)


def written(tf, size, places, dynamic=None, shape=None):
    array = tf.TensorArray("float32", size=size, dynamic_size=dynamic, element_shape=shape)
    for place in places:
        array = array.write(place, float(place) + 0.5)
    return array


def wave(tf, *bounds, **options):
    return tf.data.Dataset.range(*bounds, **options)


def slices(tf, *arrays):
    return tf.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0])


def ragged(tf):
    return tf.data.Dataset.from_generator(lambda: iter([[1, 2, 3], [4], [5, 6]]), output_types=tf.int32,
                                          output_shapes=[None])  # fmt: skip


def loop(tf, **options):
    return list(tf.while_loop(lambda i, x: i < 5, lambda i, x: [i + 2, x * i], [tf.constant(1), tf.constant(3)],
                              **options))  # fmt: skip


#: Functions of `tf`, as texts, which also name the tests.
EXPRESSIONS = """
written(tf, 3, [0, 1, 2]).stack(); written(tf, 3, [0, 2], shape=()).stack(); written(tf, 3, [0, 2], shape=()).read(1)
written(tf, 3, [3]); written(tf, 3, [2, 1, 0]).gather([2, 0]); written(tf, 2, [4], dynamic=True, shape=()).stack()
written(tf, 3, [-1]); written(tf, 3, [0, 1]).size(); written(tf, 2, [0, 1]).read(2)
written(tf, 0, [0, 1, 2], dynamic=True).size(); written(tf, 2, [], shape=[2]).stack()
tf.TensorArray("int32", size=2).unstack([[1, 2], [3, 4]]).concat()
tf.TensorArray("float32", size=3).unstack([1.0, 2.0, 3.0]).stack(); tf.TensorArray("float64", 2).dtype
elements(wave(tf, 7).batch(3)); elements(wave(tf, 7).batch(3, drop_remainder=True))
each(wave(tf, 5).batch); each(wave(tf, 5).padded_batch); each(wave(tf, 5).window)
each(lambda n: wave(tf, 5).window(2, stride=n)); each(lambda n: wave(tf, 5).window(2, 0 if n is None else n))
each(lambda n: wave(tf, 5).shuffle(n).take(0)); each(wave(tf, 5).repeat); each(wave(tf, 5).take)
each(wave(tf, 5).skip); each(wave(tf, 5).prefetch); each(wave(tf, 5).enumerate); each(lambda n: wave(tf, n))
each(lambda n: wave(tf, 0, 4, n)); each(lambda n: wave(tf, 5).shard(2, n)); each(lambda n: wave(tf, 5).batch(2, n))
[attempt(lambda n=n: wave(tf, 5).shard(n, 0)) for n in (1.5, "a", None, [1], 0)]; elements(wave(tf, 5).shard(3, 3))
[attempt(lambda n=n: wave(tf, 5).interleave(lambda x: wave(tf, 2), n, 2)) for n in (1.5, "a", [1], 0, -3)]
[attempt(lambda n=n: wave(tf, 5).interleave(lambda x: wave(tf, 2), 2, n)) for n in (1.5, "a", [1], 0, -3)]
[attempt(lambda f=f: wave(tf, 5).map(f)) for f in WRONG]; [attempt(lambda f=f: wave(tf, 5).filter(f)) for f in WRONG]
wave(tf, 5).flat_map(3); wave(tf, 5).take_while("a")
wave(tf, 5).interleave(3); wave(tf, 5).scan(0, 3); wave(tf, 5).reduce(0, 3); tf.data.Dataset.from_generator(3, tf.int32)
wave(tf); wave(tf, 1, 2, 3, 4); wave(tf, 3).apply(lambda d: 5); elements(wave(tf, 3).filter(lambda x: x))
elements(wave(tf, 3).take_while(lambda x: x)); elements(wave(tf, 3).filter(lambda x: tf.constant([True])))
elements(wave(tf, 3).interleave(lambda x: [1])); elements(wave(tf, 3).scan(0, lambda s, x: (s, x, x)))
bool(wave(tf, 0)); bool(wave(tf, 3).repeat())
elements(wave(tf, 3).shuffle(wave(tf, 3).repeat(1).cardinality()).take(0))
tf.data.Dataset.zip(); tf.data.Dataset.zip("a"); tf.data.Dataset.zip([wave(tf, 2)])
tf.data.Dataset.zip((wave(tf, 2), 0))
list(tf.data.Dataset.zip((wave(tf, 2), {"a": wave(tf, 3)}))); list(tf.data.Dataset.zip({"a": wave(tf, 2)}))
tf.data.Dataset.zip(wave(tf, 2), datasets=wave(tf, 2)); elements(tf.data.Dataset.zip(datasets=wave(tf, 2)))
elements(generated(tf, 1.5, tf.int32)); elements(generated(tf, "a", tf.int32)); elements(generated(tf, None, tf.int32))
elements(generated(tf, (1, 2), tf.int32)); elements(generated(tf, (1, (2, 3)), (tf.int32, tf.int64)))
elements(generated(tf, [1, 2], (tf.int32, tf.int32))); elements(generated(tf, 1, (tf.int32,)))
list(generated(tf, {"a": 1, "b": (1, 2)}, {"a": tf.int32, "b": tf.float32}))
list(generated(tf, {"a": 1}, {"a": tf.int32, "b": tf.float32})); elements(generated(tf, np.array([1.5]), tf.int32))
elements(generated(tf, tf.constant(1.5), tf.int32)); elements(generated(tf, True, tf.int32))
elements(slices(tf, A).padded_batch(2, (4, 4))); elements(slices(tf, A).padded_batch(2, 3))
elements(slices(tf, A).padded_batch(2, (5,), padding_values="a")); elements(slices(tf, A).padded_batch(2, (5,), 7.0))
wave(tf, 7).batch(3).cardinality(); wave(tf, 7).batch(3, True).cardinality(); wave(tf, 6).batch(3).cardinality()
elements(wave(tf, 2, 9, 3)); elements(wave(tf, 9, 1, -4)); elements(wave(tf, 3, output_type="int32"))
elements(wave(tf, 3.0)); elements(ragged(tf).padded_batch(2)); elements(ragged(tf).padded_batch(2, padded_shapes=[4]))
elements(ragged(tf).padded_batch(3, [-1])); elements(ragged(tf).padded_batch(3, [None], padding_values=-7))
elements(ragged(tf).padded_batch(2, drop_remainder=True)); elements(ragged(tf).padded_batch(3, padded_shapes=[2]))
elements(ragged(tf)); elements(ragged(tf).batch(2)); elements(ragged(tf).unbatch()); ragged(tf).cardinality()
elements(wave(tf, 7).window(3)); elements(wave(tf, 7).window(3, shift=2)); elements(wave(tf, 7).window(2, 1, 2))
elements(wave(tf, 7).window(3, drop_remainder=True)); elements(wave(tf, 9).window(2, 4))
elements(wave(tf, 9).window(2, 5, 3)); elements(wave(tf, 7).window(3, 2, 2, True)); elements(wave(tf, 2).window(5))
elements(wave(tf, 0).window(2)); elements(wave(tf, 5).skip(2)); elements(wave(tf, 5).skip(9))
elements(wave(tf, 5).take(2)); elements(wave(tf, 5).take(-1)); elements(wave(tf, 5).take(9))
elements(wave(tf, 5).take(0)); wave(tf, 5).take(9).cardinality(); wave(tf, 5).skip(9).cardinality()
wave(tf, 5).take(-1).cardinality(); elements(wave(tf, 2).repeat(0)); elements(wave(tf, 2).repeat(3))
elements(wave(tf, 2).repeat(-1).take(5)); elements(wave(tf, 2).repeat().take(3)); wave(tf, 2).repeat(3).cardinality()
wave(tf, 2).repeat(1).cardinality(); wave(tf, 5).repeat(0).cardinality(); elements(wave(tf, 7).shard(3, 1))
elements(wave(tf, 7).shard(3, 0)); wave(tf, 7).shard(3, 1).cardinality(); wave(tf, 7).shard(2, 0).cardinality()
elements(wave(tf, 3).enumerate()); elements(wave(tf, 3).enumerate(start=5))
elements(tf.data.Dataset.zip((wave(tf, 3), wave(tf, 5, 9)))); elements(tf.data.Dataset.zip(wave(tf, 3), wave(tf, 2)))
tf.data.Dataset.zip((wave(tf, 3), wave(tf, 2))).cardinality()
elements(tf.data.Dataset.zip(datasets=(wave(tf, 2), wave(tf, 2)))); elements(tf.data.Dataset.zip((wave(tf, 3),)))
elements(wave(tf, 3).concatenate(wave(tf, 2))); wave(tf, 3).concatenate(wave(tf, 2)).cardinality()
elements(slices(tf, A)); elements(slices(tf, A, [1, 2, 3])); elements(slices(tf, A, [1, 2])); elements(slices(tf, 3))
elements(slices(tf, A).batch(2).unbatch()); elements(tf.data.Dataset.from_tensors(A)); len(slices(tf, A))
len(ragged(tf)); elements(wave(tf, 5).filter(lambda x: x % 2 == 0)); elements(wave(tf, 9).take_while(lambda x: x < 4))
elements(wave(tf, 4).scan(tf.constant(1, tf.int64), lambda s, x: (s + x, s * x)))
elements(wave(tf, 3).interleave(lambda x: tf.data.Dataset.from_tensors(x).repeat(3), cycle_length=2))
elements(wave(tf, 4).interleave(lambda x: tf.data.Dataset.from_tensors(x).repeat(3), cycle_length=2, block_length=2))
elements(wave(tf, 3).interleave(lambda x: tf.data.Dataset.from_tensors(x).repeat(2), cycle_length=1))
elements(wave(tf, 3).flat_map(lambda x: wave(tf, x))); elements(wave(tf, 3).map(lambda x: (x, x * 2)))
wave(tf, 5).reduce(tf.constant(2, tf.int64), lambda s, x: s * 2 + x); wave(tf, 1).get_single_element()
wave(tf, 2).get_single_element(); wave(tf, 0).get_single_element(); elements(wave(tf, 3).shuffle(1))
elements(wave(tf, 3).prefetch(2)); elements(wave(tf, 3).apply(lambda d: d.skip(1)))
list(wave(tf, 3).as_numpy_iterator()); repr(slices(tf, A, [1, 2, 3]).element_spec); tf.data.AUTOTUNE
tf.data.experimental.AUTOTUNE; wave(tf, 5).filter(lambda x: x > 9).cardinality(); wave(tf, 5).cache().cardinality()
printed(tf, tf.constant(A)); printed(tf, tf.range(9)); printed(tf, tf.range(7), summarize=2); printed(tf, tf.range(6))
printed(tf, tf.reshape(tf.range(64), [8, 8])); printed(tf, tf.reshape(tf.range(24), [2, 3, 4]))
printed(tf, tf.reshape(tf.range(500), [10, 5, 10]), summarize=1); printed(tf, tf.range(9), summarize=-1)
printed(tf, tf.constant([0.1, 1 / 3, 1e10, 123456.789, 0.5])); printed(tf, tf.constant([0.1, 1 / 3], tf.float64))
printed(tf, tf.constant([True, False])); printed(tf, "a", 1, 2.5, None, sep="|", end="!"); printed(tf, tf.constant(7))
printed(tf, [tf.constant(1), 2], {"a": tf.constant([1.0])}, (tf.constant(3.0),)); printed(tf, tf.constant(1.5), "x")
loop(tf); loop(tf, maximum_iterations=1); loop(tf, maximum_iterations=0); loop(tf, maximum_iterations=9)
tf.map_fn(lambda r: r[0] - r[1], A); tf.map_fn(lambda r: r * 2, A)
tf.map_fn(lambda t: t[0] * t[1], (A, A[:, 0]), fn_output_signature=tf.float32); tf.scan(lambda s, x: s * x, A)
tf.scan(lambda s, x: s * 2 + x, A, reverse=True); tf.scan(lambda s, x: s * 2 + x, A, initializer=A[0], reverse=True)
tf.scan(lambda s, x: s + x, A, initializer=A[1]); tf.foldl(lambda s, x: s * 2 + x, A)
tf.foldr(lambda s, x: s * 2 + x, A); tf.foldl(lambda s, x: s * 2 + x, A, initializer=A[2])
tf.foldr(lambda s, x: s * 2 + x, A, initializer=A[2])
tf.case([(tf.constant(False), lambda: 1), (tf.constant(True), lambda: 2)], default=lambda: 3)
tf.case([(tf.constant(True), lambda: 1), (tf.constant(True), lambda: 2)])
tf.case([(tf.constant(False), lambda: 1)], default=lambda: 3); tf.cond(tf.constant(True), lambda: 1, lambda: 2)
tf.cond(tf.constant(False), lambda: 1, lambda: 2); tf.switch_case(tf.constant(1), [lambda: 1, lambda: 2, lambda: 3])
tf.switch_case(tf.constant(7), [lambda: 1, lambda: 2]); tf.switch_case(tf.constant(-1), [lambda: 1, lambda: 2])
tf.py_function(lambda x: x + 1, [A], tf.float32); tf.numpy_function(lambda x: x.sum(0), [A], tf.float32)
tf.add_n([A, A, A]); tf.add_n([A]); tf.add_n([]); tf.add_n([A, A[:1]]); tf.Variable(A, name="v")
tf.Variable([1.0]).name; tf.Variable(1.0, name="w").name; tf.Variable([1, 2]).dtype
tf.Variable([1.0, 2.0]).assign([3.0, 4.0]).numpy(); tf.Variable([1.0, 2.0]).assign([3.0])
tf.Variable([1.0]).assign_add([2.0]).numpy(); tf.Variable([1.0]).assign_sub([2.0]).numpy()
tf.Variable([1.0, 2.0]).assign_add([2.0]); tf.Variable([1.0]).assign_sub([[2.0]])
tf.Variable([1.0, 2.0, 3.0])[1:].assign([8.0, 9.0]).numpy(); tf.Variable([1.0, 2.0])[0].assign(5.0).numpy()
tf.Variable([1.0, 2.0])[1:].assign([1.0, 2.0, 3.0]); tf.Variable([1.0, 2.0]).scatter_nd_add([[1]], [3.0]).numpy()
tf.Variable([1.0, 2.0]).scatter_nd_sub([[1]], [3.0]).numpy()
tf.Variable([1.0, 2.0]).scatter_nd_update([[1]], [3.0]).numpy(); tf.Variable(1.0).trainable
tf.Variable(1.0, trainable=False).trainable; tf.Variable(lambda: [1.0, 2.0]).numpy(); tf.Variable(None)
tf.Variable([1.0, 2.0], shape=[2]).shape; tf.Variable([1.0, 2.0], shape=[3])
tf.Variable([1, 2], dtype="float64").numpy(); tf.Variable([1.0]).read_value(); repr(tf.Variable([1.0], name="r"))
repr(tf.Variable(2)); repr(tf.constant([[1, 2], [3, 4]])); repr(tf.constant(1.5)); str(tf.constant([1.5]))
str(tf.constant([[1], [2]])); f"{tf.constant(1.25):.1f}"; repr(tf.constant([1.0]).shape); len(tf.constant([1, 2]))
len(tf.constant(1)); list(tf.constant([[1], [2]])); list(tf.constant(1)); bool(tf.constant([1]))
bool(tf.constant([1, 2])); int(tf.constant(7)); int(tf.constant([1, 2])); hash(tf.constant(1))
tf.constant([1, 2]).ref() == tf.constant([1, 2]).ref(); 3 in tf.constant([1, 3]); [*reversed(tf.constant([1, 2, 3]))]
tf.constant([1, 2], shape=[2, 1]); tf.constant(0.5, shape=[2, 2]); tf.constant([1, 2], shape=[3])
tf.constant([1.5], dtype="int32"); tf.constant([[1], [2, 3]]); tf.constant(None); tf.constant([2**40])
tf.constant(2**40); tf.TensorShape([2, 3]).rank; tf.TensorShape([2, 3]).as_list()
tf.TensorShape([2, 3]).num_elements(); str(tf.TensorShape([2])); repr(tf.TensorSpec([None, 2]))
repr(tf.TensorSpec(None, "int32", "n")); tf.TensorSpec([1]) == tf.TensorSpec([1])
tf.TensorSpec([1]) == tf.TensorSpec([1], "int32"); repr(tf.TensorSpec.from_tensor(tf.constant([1])))
tf.TensorSpec([1]) == 3; tf.float32.min; tf.float32.max; tf.int8.min; tf.uint16.max; tf.float64.size
tf.int32.is_integer; tf.bool.is_bool; tf.float16.is_integer; tf.complex64.is_floating; tf.as_dtype("int32").name
repr(tf.float32); str(tf.float32); tf.float32 == "float32"; tf.float32 == 3; tf.as_dtype("nonsense")
tf.nest.flatten({"b": 1, "a": [2, (3, 4)]}); tf.nest.map_structure(lambda x, y: x - y, [1, (2,)], [5, (7,)])
tf.nest.map_structure(lambda x, y: x, [1, 2], [1]); tf.nest.map_structure(lambda x: -x, {"a": 1})
tf.clip_by_global_norm([A, A], 3.0)[0]; tf.clip_by_global_norm([A, A], 300.0)[0]
tf.clip_by_global_norm([A, np.full(2, np.inf, "f")], 3.0)[0]
tf.clip_by_global_norm([A], 3.0, use_norm=tf.constant(6.0))[0]
tf.switch_case(tf.constant(1), {0: lambda: 1, 1: lambda: 2})
tf.switch_case(tf.constant(1), {0: lambda: 1}, default=lambda: 9)
tf.switch_case(tf.constant(1), [(0, lambda: 4), (1, lambda: 5)]); tf.clip_by_global_norm([A, A], 3.0)[1]
tf.clip_by_global_norm([A, None], 3.0)[0][0]; tf.clip_by_norm(A, 2.0); tf.clip_by_norm(A, 2.0, 0)
tf.clip_by_norm(A, 100.0); tf.clip_by_norm(0 * A, 1.0); tf.math.l2_normalize(A, 1); tf.math.l2_normalize(A * 1e-9, 1)
tf.math.l2_normalize(A, 1, 1000.0); tf.math.l2_normalize(0 * A)
tf.linalg.matrix_rank(tf.constant(np.diag([1.0, 1e-10]))); tf.linalg.matrix_rank(np.diag([1.0, 1e-10]).astype("f"))
tf.linalg.matrix_rank(np.stack([np.eye(3), np.zeros((3, 3))])); tf.math.angle(tf.constant([-1.0, 0.0, 2.0]))
tf.math.angle(tf.constant(-1.0)); tf.linalg.tensor_diag_part(np.zeros((2, 3, 2, 3))).shape
tf.linalg.tensor_diag_part(np.zeros((2, 3))); tf.linalg.tensor_diag_part(np.zeros((3, 2, 2, 3)))
tf.squeeze(A[None], [0]); tf.squeeze(A[None], [-3]); tf.squeeze(A, [0]); tf.squeeze(A[..., None], 2)
tf.squeeze(A[None], [3]); tf.reshape(A, [2, -1]); tf.reshape(A, [-1, -1]); tf.reshape(A, [5, -1])
tf.reshape(A, [0, -1]); tf.reshape(np.zeros((0, 3)), [0, 7]); tf.reshape(A, [-1]); tf.reshape(A, [])
tf.reshape(A[0, 0], []); tf.gather_nd(A, [[2, 3]]); tf.gather_nd(A, [[3, 0]]); tf.gather_nd(A, [[2, -1]])
tf.gather_nd(A, [[2]]); tf.gather(A, [2, 0]); tf.gather(A, [3]); tf.gather(A, [-1]); tf.gather(A, 1, axis=1)
tf.image.convert_image_dtype(np.array([[[200]]], "uint8"), "uint16")
tf.image.convert_image_dtype(np.array([[[200]]], "uint8"), "int32")
tf.image.convert_image_dtype(np.array([[[60000]]], "uint16"), "uint8")
tf.image.convert_image_dtype(np.array([[[200]]], "uint8"), "float32")
tf.image.convert_image_dtype(np.array([[[0.5]]], "float32"), "uint8")
tf.image.convert_image_dtype(np.array([[[-0.5, 1.5]]], "f"), "uint8", saturate=True)
tf.image.convert_image_dtype(np.array([[[100]]], "int8"), "uint8")
tf.image.convert_image_dtype(np.array([[[0.5]]]), "float16")
tf.image.convert_image_dtype(np.array([[[30000]]], "int16"), "float64")
tf.image.convert_image_dtype(np.array([[[30000]]], "int16"), "int8")
tf.image.convert_image_dtype(np.array([[[2**30]]], "int32"), "uint8")
tf.image.convert_image_dtype(np.array([[[7]]], "uint8"), "int8"); tf.math.bincount([1, 1, 3])
tf.math.bincount([1, 1, 3], weights=[1.0, 2.0, 5.0]); tf.math.bincount([1, 1, 3], minlength=6)
tf.math.bincount([1, 1, 3], maxlength=3); tf.math.bincount([1, 1, 3], weights=[1, 2, 5], maxlength=2)
tf.math.in_top_k([0, 2, 9], A, 2); tf.math.in_top_k([3, 2, 0], A, 1); tf.math.confusion_matrix([0, 1], [1, 1])
tf.math.top_k(A, 2).indices; tf.random.uniform([], 3, 4, "int32"); tf.random.uniform([2, 2], 3, 4, "int32")
tf.random.uniform([2], dtype="int32"); tf.unique([3, 1, 3, 2]).y; tf.unique([3, 1, 3, 2]).idx
tf.unique_with_counts([3, 1, 3]).count; tf.unique([[1]]); tf.sequence_mask([1, 3]); tf.one_hot([[0, 1]], 2, axis=1)
tf.one_hot([0, 5], 2, 3, 4); tf.one_hot(1, 3, axis=0); tf.one_hot([0], 2, on_value=1.5, off_value=2.5); tf.range(5)
tf.range(5.0); tf.range(2, 9, 3); tf.range(5, 1, -2); tf.range(5, 1); tf.range(1, 5, 0); tf.range(3, dtype="float64")
tf.range(0.0, 1.0, 0.25); tf.linspace(0.0, 1.0, 5); tf.linspace([0.0, 1.0], [2.0, 5.0], 3)
tf.linspace([0.0, 1.0], [2.0, 5.0], 3, axis=1); tf.linspace([0.0], [1.0], 2, axis=-1); tf.linspace(0, 10, 3)
tf.linspace(1.0, 2.0, 1); tf.eye(2, 3); tf.eye(2, batch_shape=[2]); tf.eye(3, 2, dtype="int32"); tf.fill([2, 1], 7)
tf.ones([]); tf.zeros([2], "bool"); tf.debugging.assert_equal([1], [1]); tf.debugging.assert_equal([1], [2])
tf.debugging.assert_less([1, 2], [2, 2]); tf.debugging.assert_less([1], [2])
tf.debugging.assert_less_equal([1, 2], [2, 2]); tf.debugging.assert_greater([2], [2])
tf.debugging.assert_greater_equal([2], [2]); tf.debugging.assert_near([1.0], [1.0 + 1e-7])
tf.debugging.assert_near([1.0], [1.1]); tf.debugging.assert_near([1.0], [1.1], atol=0.2)
tf.debugging.assert_near([10.0], [11.0], rtol=0.1); tf.debugging.assert_near([0.0], [5e-7])
tf.debugging.assert_near([0.0], [2e-6]); tf.debugging.assert_near([1.0], [1.0 + 3e-6])
tf.debugging.assert_shapes([(A, ("N", 4))]); tf.debugging.assert_shapes([(A, ("N", "N"))])
tf.debugging.assert_shapes([(A, (3,))]); tf.debugging.assert_shapes([(A, (3, 5))])
tf.debugging.assert_shapes([(A, ("N", "M")), (A[0], ("M",))]); tf.ensure_shape(A, [None, 4]); tf.ensure_shape(A, [3])
tf.ensure_shape(A, [None, 5]); tf.ensure_shape(A, [3, 4]); tf.executing_eagerly()
tf.config.list_physical_devices("TPU"); tf.scatter_nd([[0], [2]], [A[0], A[1]], [4, 4])
tf.scatter_nd([[3]], [1.0], [3]); tf.scatter_nd([[-1]], [1.0], [3]); tf.scatter_nd([[0, 1]], [5.0], [2, 2])
tf.tensor_scatter_nd_update(A, [[1], [1]], [A[0], A[2]]); tf.tensor_scatter_nd_update(A, [[0, 0], [2, 3]], [9.0, 8.0])
tf.tensor_scatter_nd_add(A, [[1], [1]], [A[0], A[2]]); tf.math.segment_sum(A, [0, 0, 2])
tf.math.segment_max(A, [0, 1, 1]); tf.math.segment_min(A, [1, 1, 1]); tf.math.segment_mean(A, [0, 2, 2])
tf.math.segment_sum(A, [1, 0, 2]); tf.math.unsorted_segment_sum(A, [1, -1, 1], 3)
tf.math.unsorted_segment_mean(A, [1, -1, 1], 2); tf.math.unsorted_segment_sum(A, [0, 1, 3], 3)
tf.math.unsorted_segment_sum(A, [[0] * 4] * 3, 1)
"""
EXPRESSIONS = [each.strip() for each in EXPRESSIONS.replace("\n", ";").split(";") if each.strip()]


def evaluated(tf, expression):
    """The value of an expression; a variable as its text."""
    value = eval(expression, {**globals(), "tf": tf})
    return repr(value) if "Variable" in type(value).__name__ else value


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_gives_what_it_gives_in_tensorflow(expression, answers):
    expected = answers("tensorflow", lambda tf: outcome(tf, evaluated, expression))
    assert_alike(outcome(tf, evaluated, expression), expected, rtol=1e-5, atol=1e-6)
