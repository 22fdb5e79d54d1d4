"""Axes, numbers, names and dtypes as TensorFlow understands them. The values are TensorFlow's."""

import inspect

import numpy as np
import pytest

import autograd.tensorflow as tf

X = np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]], np.float32)


def test_numbers_that_are_tensors_keep_their_gradient():
    v = tf.Variable(1.0)
    with tf.GradientTape() as tape:
        z = tf.reduce_sum(tf.fill([2], v) * tf.repeat(v, 2) * tf.tile([v], [2]))
    assert float(tape.gradient(z, v)) == 6
    with tf.GradientTape() as tape:
        z = tf.reduce_sum(tf.linspace(v, 2.0, 3))
    assert float(tape.gradient(z, v)) == 1.5


@pytest.mark.parametrize("name", ["normal", "uniform", "truncated_normal"])
def test_random_numbers_are_differentiable_by_their_parameters(name):
    v, w = tf.Variable(1.0), tf.Variable(3.0)
    with tf.GradientTape() as tape:
        drawn = getattr(tf.random, name)([4], v, w, seed=3)
    g = tape.gradient(drawn, [v, w])
    standard = (drawn - v) / (w - v if name == "uniform" else w)
    by_scale = float(tf.reduce_sum(standard))
    expected = [4 - by_scale, by_scale] if name == "uniform" else [4, by_scale]
    np.testing.assert_allclose(g, expected, rtol=1e-5)


#: The reductions along no axis, as functions of x.
UNREDUCED = {
    "sum": lambda x: x, "mean": lambda x: x, "prod": lambda x: x, "max": lambda x: x, "min": lambda x: x,
    "logsumexp": lambda x: x, "std": np.zeros_like, "variance": np.zeros_like, "euclidean_norm": np.abs,
}  # fmt: skip


@pytest.mark.parametrize("axis", [[], (), np.zeros(0, np.int32)])
@pytest.mark.parametrize("name", UNREDUCED)
def test_an_empty_list_of_axes_reduces_nothing(name, axis):
    for keepdims in (False, True):
        out = getattr(tf.math, f"reduce_{name}")(X, axis=axis, keepdims=keepdims)
        np.testing.assert_allclose(out, UNREDUCED[name](X), atol=1e-6)


def test_an_empty_list_of_axes_elsewhere():
    assert tf.reduce_any(X > 0, axis=[]).numpy().tolist() == (X > 0).tolist()
    assert tf.reduce_all(X > 0, axis=[]).numpy().tolist() == (X > 0).tolist()
    assert tf.math.count_nonzero(X, axis=[]).numpy().tolist() == [[1, 1, 1], [1, 1, 1]]
    mean, variance = tf.nn.moments(X, [])
    assert mean.numpy().tolist() == X.tolist() and not variance.numpy().any()
    assert tf.squeeze(X[None], []).shape == (2, 3)
    with pytest.raises(ValueError, match="'axis' must be None, an integer, or a tuple of 2 unique integers"):
        tf.norm(X, axis=[])


@pytest.mark.parametrize("axis", [-1, 1, np.int64(1), np.array(1), [1], (-1,), np.array([1])])
def test_axes_of_all_kinds(axis):
    assert tf.reduce_sum(X, axis).numpy().tolist() == [2.0, 3.5]
    assert tf.reduce_sum(X, tf.constant(axis), keepdims=True).shape == (2, 1)
    assert tf.concat([X, X], axis).shape == (2, 6)
    assert tf.cumsum(X, axis).numpy().tolist() == np.cumsum(X, 1).tolist()


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.reduce_sum(X, 2), lambda: tf.reduce_prod(X, [0, 0]), lambda: tf.reduce_max(X, [5]),
        lambda: tf.gather(X, [0], axis=2), lambda: tf.gather(X, [0.5]), lambda: tf.roll(X, 1, []),
        lambda: tf.roll(X, [1, 2], 0), lambda: tf.broadcast_to(X, [-1, 3]), lambda: tf.gather_nd(X, [[2, 0]]),
        lambda: tf.gather_nd(X, [[-1, 0]]), lambda: tf.gather_nd(X, [[0, 0, 0]]),
        lambda: tf.nn.embedding_lookup(X, [2]),
        lambda: tf.fill([-1], 0.0), lambda: tf.fill([2], [1.0]), lambda: tf.zeros([10**10, 10**10]),
        lambda: tf.random.normal([-1]), lambda: tf.linspace(0.0, 1.0, 0), lambda: tf.one_hot([1], 2, axis=5),
        lambda: tf.linalg.qr([1.0]), lambda: tf.linalg.eigvalsh([[1.0, 2.0]]), lambda: tf.add(True, True),
        lambda: tf.math.atan2(1, 2), lambda: tf.math.confusion_matrix([1, 0], [1]),
        lambda: tf.linalg.diag([1.0, 2.0], num_rows=1), lambda: tf.argmax(np.zeros((0, 2)), 0),
    ],
)  # fmt: skip
def test_wrong_sizes_and_axes_are_invalid_arguments(call):
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[Op:\w+\]"):
        call()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: tf.reduce_sum(X, 1.0), "Cannot convert 1.0 to EagerTensor of dtype int32"),
        (lambda: tf.argmax(X, [0, 1]), "axis must be one integer"),
        (lambda: tf.clip_by_value([1, 2], 0.5, 1), "Cannot convert 0.5"),
        (lambda: tf.pad([1], [[0, 1]], constant_values=1.5), "Cannot convert 1.5"),
        (lambda: tf.zeros([1.5]), "a shape must be a list of integers"),
        (lambda: tf.complex(1, 2), "must be consistent, and one of"),
        (lambda: tf.math.scalar_mul(1.5, [1]), "Cannot convert 1.5"),
    ],
)
def test_numbers_of_another_kind_are_type_errors(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: tf.boolean_mask(X, True), lambda: tf.boolean_mask(X, [True, False, True]),
        lambda: tf.meshgrid(X, indexing="a"),
        lambda: tf.sort(X, direction="UP"), lambda: tf.math.scalar_mul([1.0], X),
        lambda: tf.matmul(X, X, transpose_b=True, adjoint_b=True),
        lambda: tf.image.extract_patches(np.zeros((1, 2, 2, 1)), [2, 2], [1, 1, 1, 1], [1, 1, 1, 1], "SAME"),
    ],
)  # fmt: skip
def test_other_wrong_values_are_value_errors(call):
    with pytest.raises(ValueError):
        call()


# -- names and their order -----------------------------------------------------------------------------


def test_the_height_comes_first_in_atan2():
    assert float(tf.atan2(y=1.0, x=0.0)) == pytest.approx(np.pi / 2)
    assert float(tf.atan2(1.0, 0.0)) == pytest.approx(np.pi / 2)


def test_parts_of_a_result_have_tensorflows_names():
    assert tf.math.top_k([1.0, 3.0], 1).values.numpy().tolist() == [3.0]
    assert tf.nn.top_k([1.0, 3.0], 1).indices.numpy().tolist() == [1]
    assert tf.linalg.qr(np.eye(2)).q.shape == tf.linalg.qr(np.eye(2)).r.shape == (2, 2)
    found = tf.linalg.slogdet([[-2.0]])
    assert (float(found.sign), float(found.log_abs_determinant)) == (-1, pytest.approx(np.log(2)))


def test_names_of_versions_and_devices():
    assert tf.__version__ == tf.version.VERSION
    assert tf.config.experimental.list_physical_devices("GPU") == []
    assert len(tf.config.experimental.list_physical_devices()) == 1
    tf.config.experimental.set_memory_growth(tf.config.list_physical_devices()[0], True)


#: Functions whose parameters have the names and the order of TensorFlow's.
PARAMETERS = {
    "math.atan2": "y x name", "math.igamma": "a x name", "math.igammac": "a x name", "math.scalar_mul": "scalar x name",
    "math.softplus": "features name", "nn.moments": "x axes shift keepdims name",
    "math.top_k": "input k sorted index_type name", "linalg.trace": "x name", "linalg.logdet": "matrix name",
    "linalg.inv": "input adjoint name", "linalg.eigvalsh": "tensor name", "linalg.tensor_diag": "diagonal name",
    "linalg.pinv": "a rcond validate_args name", "linalg.matrix_transpose": "a name conjugate",
    "image.transpose": "image name", "image.extract_patches": "images sizes strides rates padding name",
    "map_fn": "fn elems dtype parallel_iterations back_prop swap_memory infer_shape name fn_output_signature",
    "foldl": "fn elems initializer parallel_iterations back_prop swap_memory name",
    "case": "pred_fn_pairs default exclusive strict name",
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_have_the_names_of_tensorflow(name):
    function = tf
    for part in name.split("."):
        function = getattr(function, part)
    assert list(inspect.signature(function).parameters) == PARAMETERS[name].split()


# -- values --------------------------------------------------------------------------------------------


def test_an_image_is_transposed_alone():
    assert tf.image.transpose(np.zeros((2, 3, 4, 1))).shape == (2, 4, 3, 1)
    assert tf.image.transpose(np.zeros((3, 4, 1))).shape == (4, 3, 1)


def test_squares_of_complex_numbers_are_those_of_their_size():
    z = np.array([3 + 4j, 1j], np.complex64)
    assert complex(tf.norm(z[:1])) == 5
    np.testing.assert_allclose(tf.linalg.normalize(z[:1])[0], [0.6 + 0.8j])
    np.testing.assert_allclose(tf.nn.l2_normalize(z[:1]), [0.6 + 0.8j])
    np.testing.assert_allclose(tf.math.reduce_variance(z), 4.5)
    np.testing.assert_allclose(tf.math.reduce_std(z), np.sqrt(4.5))
    np.testing.assert_allclose(tf.math.squared_difference(z, 0j * z), [25, 1])
    np.testing.assert_allclose(tf.sign(z), [0.6 + 0.8j, 1j])
    np.testing.assert_allclose(tf.matmul(z[None], z[None], adjoint_b=True), [[26]])


def test_integers_stay_what_they_are():
    for values in ([7], [[7]], [], 7):
        assert tf.reduce_prod(tf.constant(values, tf.int32)).dtype == tf.int32
        assert tf.linalg.trace(np.eye(2, dtype="int32")).dtype == tf.int32
    assert tf.math.segment_sum(np.array([1, 2], np.int32), [0, 0]).dtype == tf.int32
    assert tf.math.segment_mean(np.array([1, 2], np.int32), [0, 0]).numpy().tolist() == [1]
    assert tf.math.divide_no_nan([1, 2], [2, 0]).numpy().tolist() == [0.5, 0.0]
    assert tf.nn.relu([1, -2]).numpy().tolist() == [1, 0]
    assert tf.math.reduce_euclidean_norm([3, 4]).numpy() == 5
    assert tf.image.convert_image_dtype(np.array([[[2**15]]], np.uint16), tf.uint8).numpy() == 128


def test_rows_of_an_embedding_are_scaled_down_to_the_largest_norm():
    np.testing.assert_allclose(tf.nn.embedding_lookup([[3.0, 4.0], [0.3, 0.4]], [[0], [1]], max_norm=1.0),
                               [[[0.6, 0.8]], [[0.3, 0.4]]], rtol=1e-6)  # fmt: skip


def test_only_the_lower_triangle_of_a_symmetric_matrix_is_read():
    values = tf.linalg.eigvalsh([[2.0, 99.0], [1.0, 2.0]])
    np.testing.assert_allclose(values, [1.0, 3.0], rtol=1e-6)


def test_coordinates_in_a_batch():
    assert tf.gather_nd(X, [[2], [0]], batch_dims=1).numpy().tolist() == [3.0, 0.5]


def test_gather_counts_negative_batch_dims_from_the_end_of_the_indices():
    assert tf.gather(X, [[2], [0]], batch_dims=-1).numpy().tolist() == [[3.0], [0.5]]


@pytest.mark.parametrize(
    ("indices", "axis", "batch_dims", "message"),
    [
        ([[0]], 1, 1, r"the first 1 dims of params \(2, 3\) and indices \(1, 1\) must be the same batch"),
        ([[0], [1]], 0, 1, r"batch_dims \(1\) must be less than or equal to axis \(0\)"),
        ([0, 1], 1, 2, r"Expected batch_dims in the range \[-1, 1\], but got 2"),
        ([0, 1], 1, -2, r"Expected batch_dims in the range \[-1, 1\], but got -2"),
    ],
)
def test_gather_refuses_a_batch_that_does_not_fit(indices, axis, batch_dims, message):
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        tf.gather(X, indices, axis=axis, batch_dims=batch_dims)


def test_diagonals_beside_the_main_one():
    assert tf.linalg.diag([1.0, 2.0], k=1).numpy().tolist() == [[0, 1, 0], [0, 0, 2], [0, 0, 0]]
    assert tf.linalg.diag([1.0, 2.0], k=-1, num_cols=2, padding_value=9.0).numpy().tolist() == [[9, 9], [1, 9], [9, 2]]
    assert tf.linalg.diag_part([[1.0, 2.0], [3.0, 4.0]], k=1).numpy().tolist() == [2.0]
    assert tf.linalg.set_diag(np.zeros((2, 3), "f"), [5.0, 6.0], k=1).numpy().tolist() == [[0, 5, 0], [0, 0, 6]]


def test_patches_of_images():
    image = np.arange(9.0).reshape(1, 3, 3, 1)
    valid = tf.image.extract_patches(image, [1, 2, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    assert valid.shape == (1, 2, 2, 4) and valid.numpy()[0, 1, 1].tolist() == [4.0, 5.0, 7.0, 8.0]
    same = tf.image.extract_patches(image, [1, 3, 3, 1], [1, 2, 2, 1], [1, 1, 1, 1], "SAME")
    assert same.numpy()[0, 0, 0].tolist() == [0, 0, 0, 0, 0, 1, 0, 3, 4]


# -- functions of the user -----------------------------------------------------------------------------


def test_a_gradient_function_may_return_gradients_of_numbers():
    @tf.custom_gradient
    def mul(x, y):
        return x * y, lambda d: (d * y, d * x)

    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        out = mul(2.0, v)
    assert float(tape.gradient(out, v)) == 2.0


def test_a_list_that_map_returns_is_a_tuple():
    numbers = tf.data.Dataset.range(2)
    element = next(iter(numbers.map(lambda i: [i, i + 1])))
    assert isinstance(element, tuple) and [int(part) for part in element] == [0, 1]
    assert [int(a + b) for a, b in numbers.map(lambda i: [i, i + 1])] == [1, 3]
    assert {k: int(v) for k, v in next(iter(numbers.map(lambda i: {"a": i}))).items()} == {"a": 0}
    assert next(iter(numbers.map(lambda i: (i, [1, 2]))))[1].shape == (2,)
    total = numbers.reduce((0, 0), lambda s, i: [s[0] + 1, s[1] + 2])
    assert [int(part) for part in total] == [2, 4]
