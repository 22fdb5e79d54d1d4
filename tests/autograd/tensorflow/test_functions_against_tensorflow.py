"""Values and gradients of every function, compared with TensorFlow and with differences."""

from __future__ import annotations

import numpy as np
import pytest

import autograd.tensorflow as ours
from tests.tools.answers import assert_alike, plain


def away(*shape, seed=0):
    """Numbers that are not close to integers or to each other."""
    count = int(np.prod(shape))
    numbers = (np.random.default_rng(seed).permutation(count) - count // 2 + 0.37) * 0.31
    return numbers.reshape(shape)


def words(text):
    return text.split()


def positive(*shape, seed=0):
    return np.abs(away(*shape, seed=seed)) + 0.2


def inside(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-0.9, 0.9, shape)


LABELS = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0]])
A, B, P, Q, U = away(3, 4), away(3, 4, seed=1) + 0.0513, positive(3, 4), positive(3, 4, seed=1), inside(3, 4)
V, IMAGE, FILTER = away(4, seed=2), away(2, 5, 6, 3) * 0.02, away(3, 2, 3, 4) * 0.03
SQUARE = away(3, 3) + 4 * np.eye(3)
TIES = np.array([[1.0, 2.0, 2.0], [0.0, 0.0, -1.0]])
ZEROS = np.array([-1.0, 0.0, 1.0])


#: By name: a function of the namespace `tf` and of tensors, and the arrays to differentiate with respect to.
CASES = {
    **{
        name: (lambda tf, x, name=name: getattr(tf.math, name)(x), (A,))
        for name in words(
            "negative abs sign square exp expm1 sin cos tan sinh cosh tanh sigmoid softplus erf erfc asinh atan"
        )
    },
    **{
        name: (lambda tf, x, name=name: getattr(tf.math, name)(x), (P,))
        for name in words("sqrt rsqrt reciprocal log log1p")
    },
    **{name: (lambda tf, x, name=name: getattr(tf.math, name)(x), (U,)) for name in words("asin acos atanh")},
    "acosh": (lambda tf, x: tf.math.acosh(x), (P + 1,)),
    **{name: (lambda tf, x, name=name: getattr(tf.math, name)(x), (A,)) for name in words("floor ceil round")},
    **{
        name: (lambda tf, x, y, name=name: getattr(tf.math, name)(x, y), (A, B))
        for name in words("add subtract multiply divide floordiv floormod maximum minimum squared_difference atan2")
    },
    "divide_no_nan": (lambda tf, x, y: tf.math.divide_no_nan(x, y), (A[0], np.array([0.0, 1.0, 0.0, -2.0]))),
    "multiply_no_nan": (lambda tf, x, y: tf.math.multiply_no_nan(x, y), (A[0], np.array([0.0, 1.0, 0.0, -2.0]))),
    "pow": (lambda tf, x, y: tf.pow(x, y), (P, B)),
    "operators": (lambda tf, x, y: (2 - x * y) / (y**2 + 1) + x % 3 - abs(-y) + 0.5 * x, (A, B)),
    "broadcasting": (lambda tf, x, y: x * y + y, (A, V)),
    "reflected": (lambda tf, x: 2.0 / x + 3.0 ** (x * 0.1) - (1 - x), (P,)),
    "comparison": (lambda tf, x, y: [x < y, x <= y, x > y, x >= y, x == y, x != y, tf.equal(x, x)], (A, B)),
    "logic": (lambda tf, x: [tf.logical_and(x > 0, x < 1), tf.logical_or(x > 0, x < -1), ~(x > 0)], (A,)),
    "clip_by_value": (lambda tf, x: tf.clip_by_value(x, -0.5, 0.5), (A,)),
    "clip_by_norm": (
        lambda tf, x: [tf.clip_by_norm(x, 1.0), tf.clip_by_norm(x, 100.0), tf.clip_by_norm(x, 1.0, 1)],
        (A,),
    ),
    "clip_by_norm at 0": (lambda tf, x: tf.clip_by_norm(x * 0.0, 1.0), (A,)),
    "clip_by_global_norm": (lambda tf, x, y: [*tf.clip_by_global_norm([x, y], 1.5)[0]], (A, B)),
    "cast": (lambda tf, x: [tf.cast(x, tf.float32), tf.cast(x, tf.int32), tf.cast(x > 0, tf.float64)], (A,)),
    **{
        f"reduce_{name}": (
            lambda tf, x, name=name: [
                getattr(tf.math, f"reduce_{name}")(x, **how)
                for how in ({}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": [0, 1]}, {"axis": (1,)})
            ],
            (P,),
        )
        for name in words("sum mean max min prod std variance logsumexp euclidean_norm")
    },
    "reduce_any_all": (
        lambda tf, x: [tf.reduce_any(x > 0, 1), tf.reduce_all(x > 0), tf.math.count_nonzero(x > 0)],
        (A,),
    ),
    "argmax": (lambda tf, x: [tf.argmax(x), tf.argmax(x, 1), tf.argmin(x, axis=-1, output_type=tf.int32)], (A,)),
    "cumsum": (lambda tf, x: [tf.cumsum(x, 1), tf.cumsum(x, exclusive=True), tf.cumsum(x, 1, reverse=True)], (A,)),
    "sort": (lambda tf, x: [tf.sort(x), tf.sort(x, 0, "DESCENDING"), tf.argsort(x)], (A,)),
    "top_k": (lambda tf, x: [*tf.math.top_k(x, 2)], (A,)),
    "reshape": (lambda tf, x: tf.reshape(x, [2, -1]) * 2.0, (A,)),
    "transpose": (lambda tf, x: [tf.transpose(x), tf.transpose(tf.expand_dims(x, 0), [1, 0, 2])], (A,)),
    "concat": (lambda tf, x, y: [tf.concat([x, y], 1), tf.concat([x, y], axis=-2)], (A, B)),
    "stack": (lambda tf, x, y: [tf.stack([x, y]), tf.stack([x, y], -1), *tf.unstack(x, axis=1)], (A, B)),
    "split": (lambda tf, x: [*tf.split(x, 2, 1), *tf.split(x, [1, 2], 0), *tf.split(x, [1, -1], axis=-1)], (A,)),
    "squeeze": (lambda tf, x: [tf.squeeze(tf.expand_dims(x, -1)), tf.squeeze(x[None, :, None], [0, 2])], (A,)),
    "broadcast_to": (lambda tf, x: [tf.broadcast_to(x, [3, 4]), tf.tile(x, [2]), tf.repeat(x, 2)], (V,)),
    "tile": (lambda tf, x: [tf.tile(x, [2, 1]), tf.repeat(x, 2, axis=1), tf.reverse(x, [1]), tf.roll(x, 1, 0)], (A,)),
    "pad": (
        lambda tf, x: [
            tf.pad(x, [[1, 0], [0, 2]]),
            tf.pad(x, [[1, 1], [2, 0]], "REFLECT"),
            tf.pad(x, [[1, 1], [2, 0]], "SYMMETRIC"),
            tf.pad(x, [[0, 1], [1, 0]], constant_values=3.0),
        ],
        (A,),
    ),
    "gather": (
        lambda tf, x: [
            tf.gather(x, [2, 0, 2]),
            tf.gather(x, [[1, 3]], axis=1),
            tf.gather(x, 1, axis=-1),
            tf.gather(x, [[0, 1], [2, 2], [3, 0]], batch_dims=1),
            tf.gather_nd(x, [[0, 1], [2, 3]]),
        ],
        (A,),
    ),
    "gather with axes between": (lambda tf, x: tf.gather(x, [[0, 2], [1, 1]], axis=2, batch_dims=1), (IMAGE,)),
    "where": (
        lambda tf, x, y: [tf.where(x > 0, x, y), tf.where(x > 0, x, 0.0), tf.where([True, False, True, True], x, y)],
        (A, B),
    ),
    "where alone": (lambda tf, x: tf.where(x > 0), (A,)),
    "boolean_mask": (lambda tf, x: [tf.boolean_mask(x, x > 0), x[x > 0], tf.slice(x, [1, 0], [2, -1])], (A,)),
    "indexing": (
        lambda tf, x: [x[0], x[:, -1], x[..., None], x[tf.newaxis, 1:, ::2], x[tf.constant(1)], x[::-1]],
        (A,),
    ),
    "matmul": (
        lambda tf, x, y: [tf.matmul(x, y, transpose_b=True), tf.matmul(x, y, transpose_a=True), x @ tf.transpose(y)],
        (A, B),
    ),
    "batched matmul": (lambda tf, x: tf.matmul(x[:, 0], x[:, 1], transpose_b=True) @ x[:, 2], (IMAGE,)),
    "matvec": (
        lambda tf, x, y: [tf.linalg.matvec(x, y), tf.tensordot(x, y, 1), tf.tensordot(x, x, [[0], [0]])],
        (A, V),
    ),
    "einsum": (
        lambda tf, x, y: [tf.einsum("ij,kj->ik", x, y), tf.einsum("ij->j", x), tf.einsum("...i,i->...", x, y[0])],
        (A, B),
    ),
    "norm": (
        lambda tf, x: [
            tf.norm(x),
            tf.norm(x, axis=1),
            tf.norm(x, 1, axis=0),
            tf.norm(x, np.inf, axis=1, keepdims=True),
            tf.norm(x, 3),
            tf.linalg.norm(x, "fro", axis=[0, 1]),
        ],
        (A,),
    ),
    "linalg": (
        lambda tf, x: [
            tf.linalg.inv(x),
            tf.linalg.det(x),
            tf.linalg.trace(x),
            tf.linalg.diag_part(x),
            tf.linalg.diag(x[0]),
            tf.linalg.solve(x, x * 2.0 + 1.0),
            tf.linalg.band_part(x, 1, 0),
            tf.linalg.matrix_transpose(x),
        ],
        (SQUARE,),
    ),
    "l2_normalize": (lambda tf, x: [tf.math.l2_normalize(x), tf.nn.l2_normalize(x, axis=1)], (A,)),
    **{
        name: (lambda tf, x, name=name: getattr(tf.nn, name)(x), (A * 3,))
        for name in words(
            "relu relu6 leaky_relu elu selu gelu silu swish softplus softsign softmax log_softmax l2_loss"
        )
    },
    "softmax by axis": (lambda tf, x: [tf.nn.softmax(x, axis=0), tf.nn.gelu(x, approximate=True)], (A,)),
    "huge logits": (
        lambda tf, x: [tf.nn.log_softmax(x), tf.sigmoid(x), tf.math.softplus(x), tf.reduce_logsumexp(x)],
        (np.array([[-900.0, 0.0, 900.0]]),),
    ),
    "softmax_cross_entropy": (
        lambda tf, x, y: tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x),
        (A[:2, :3], LABELS),
    ),
    "sparse_softmax_cross_entropy": (
        lambda tf, x: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[2, 0, 1], logits=x),
        (A,),
    ),
    "sigmoid_cross_entropy": (
        lambda tf, x, y: tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=x),
        (np.array([[0.0, 1, -2], [800, -800, 0]]), LABELS),
    ),
    **{
        f"conv2d {padding} {strides} {dilations}": (
            lambda tf, x, w, how=(strides, padding, "NHWC", dilations): tf.nn.conv2d(x, w, *how),
            (IMAGE, FILTER),
        )
        for padding in ("SAME", "VALID")
        for strides, dilations in ((1, 1), (2, 1), ([1, 2, 3, 1], 1))
    },
    "conv2d with a border": (lambda tf, x, w: tf.nn.conv2d(x, w, 1, [[0, 0], [1, 0], [2, 1], [0, 0]]), (IMAGE, FILTER)),
    "conv2d_transpose": (
        lambda tf, x, w: tf.nn.conv2d_transpose(x, w, [2, 10, 12, 4], 2, "SAME"),
        (IMAGE, np.moveaxis(FILTER, 2, 3)),
    ),
    **{
        f"{pool} {padding}": (
            lambda tf, x, pool=pool, padding=padding: [
                getattr(tf.nn, pool)(x, 2, 2, padding),
                getattr(tf.nn, pool)(x, [3, 2], [2, 1], padding),
            ],
            (IMAGE,),
        )
        for pool in ("max_pool2d", "avg_pool2d")
        for padding in ("SAME", "VALID")
    },
    "bias_add": (lambda tf, x, y: [tf.nn.bias_add(x, y), tf.nn.embedding_lookup(x, [1, 1])], (A, V)),
    "moments": (
        lambda tf, x, y: [*tf.nn.moments(x, [0]), tf.nn.batch_normalization(x, 0.5, y[0] ** 2, y[1], y[2], 0.1)],
        (A, B),
    ),
    **{
        name: (lambda tf, x, name=name: getattr(tf.math, name)(x), (P,))
        for name in words("lgamma digamma log_sigmoid reciprocal_no_nan bessel_i0 bessel_i1")
    },
    "erfinv": (lambda tf, x: [tf.math.erfinv(x), tf.math.ndtri(tf.abs(x))], (U,)),
    "xlogy": (lambda tf, x, y: [tf.math.xlogy(x, y), tf.math.xlog1py(x, y), tf.math.xdivy(x, y)], (A, P)),
    "xlogy of zero": (lambda tf, x, y: [tf.math.xlogy(x, y), tf.math.xdivy(x, y)], (ZEROS, np.array([1.0, 0.0, 2.0]))),
    "polynomials": (lambda tf, x: [tf.math.polyval([x, x * x, -x], x), tf.add_n([x, x * x])], (A,)),
    "cumprod": (
        lambda tf, x: [tf.math.cumprod(x, 1), tf.math.cumprod(x, exclusive=True), tf.math.cumprod(x, 1, reverse=True)],
        (P,),
    ),
    "complex numbers": (
        lambda tf, x, y: [
            part(tf.complex(x, y) * tf.math.conj(tf.complex(y, x + y)))
            for part in (tf.math.real, tf.math.imag, tf.math.angle, tf.abs)
        ],
        (A, B),
    ),
    "scattering": (
        lambda tf, x, y: [
            tf.scatter_nd([[1], [0], [1]], x, [4, 4]),
            tf.tensor_scatter_nd_update(x, [[0, 1], [2, 3]], y[:2]),
            tf.tensor_scatter_nd_update(x, [[2], [0]], tf.stack([y, y * 2.0])),
            tf.tensor_scatter_nd_add(x, [[2], [2]], tf.stack([y, y * 2.0])),
            tf.tensor_scatter_nd_sub(x, [[1]], y[None]),
        ],
        (A, V),
    ),
    "segments": (
        lambda tf, x: [
            *[getattr(tf.math, f"segment_{name}")(x, [0, 0, 2]) for name in ("sum", "mean", "max", "min")],
            tf.math.unsorted_segment_sum(x, [2, 0, 2], 4),
            tf.math.unsorted_segment_mean(x, [2, 0, 2], 3),
        ],
        (A,),
    ),
    "loops": (
        lambda tf, x: [
            tf.map_fn(lambda row: row * tf.reduce_sum(row), x),
            tf.vectorized_map(lambda row: row * row[0], x),
            tf.while_loop(lambda i, y: i < 3, lambda i, y: [i + 1, y * x], [tf.constant(0), x])[1],
            tf.scan(lambda total, row: total * row, x),
            tf.foldl(lambda total, row: total + row, x),
            tf.cond(x[0, 0] > 0, lambda: x, lambda: -x),
        ],
        (A,),
    ),
    "factors": (
        lambda tf, x: [
            tf.linalg.svd(x, compute_uv=False),
            tf.linalg.eigvalsh(x @ tf.transpose(x)),
            tf.linalg.logdet(x @ tf.transpose(x)),
            tf.linalg.slogdet(x)[1],
            tf.linalg.pinv(x),
            tf.linalg.adjoint(x),
            tf.linalg.set_diag(x, x[0]),
            tf.linalg.tensor_diag(x[0]),
            tf.linalg.tensor_diag_part(x),
            tf.linalg.cross(x, x * x),
            *tf.linalg.normalize(x, axis=1),
            tf.abs(tf.linalg.qr(x)[1]),
        ],
        (SQUARE,),
    ),
    "solutions": (
        lambda tf, x, y: [
            tf.linalg.lstsq(x, y),
            tf.linalg.lstsq(x, y, l2_regularizer=0.5),
            tf.linalg.triangular_solve(x[:3], y[:3]),
            tf.linalg.triangular_solve(x[:3], y[:3], lower=False, adjoint=True),
            tf.linalg.cholesky_solve(x[:3], y[:3]),
        ],
        (np.concatenate([SQUARE, away(2, 3, seed=4)]), away(5, 2, seed=3)),
    ),
    "depthwise_conv2d": (
        lambda tf, x, w: [
            tf.nn.depthwise_conv2d(x, w, [1, 2, 2, 1], "SAME"),
            tf.nn.conv1d(x[0], w[0], 2, "SAME"),
        ],
        (IMAGE, FILTER),
    ),
    "weighted cross entropy": (
        lambda tf, x, y: tf.nn.weighted_cross_entropy_with_logits(labels=y, logits=x, pos_weight=3.0),
        (A[:2, :3], LABELS),
    ),
    "counting": (
        lambda tf, x: [
            *tf.unique([3, 1, 3, 2]),
            *tf.unique_with_counts([3, 1, 3, 2]),
            tf.math.bincount([1, 1, 3]),
            tf.math.bincount([1, 1, 3], weights=[0.5, 1.5, 2.0], minlength=6),
            tf.math.confusion_matrix([0, 1, 2, 2], [0, 2, 2, 1]),
            tf.math.in_top_k([1, 0, 3], tf.cast(x, tf.float32), 2),
            tf.searchsorted([1.0, 2.0, 3.0], [2.0, 0.0, 9.0], side="right"),
            tf.math.zero_fraction([0.0, 1.0]),
            tf.sequence_mask([1, 3], 4),
            tf.ensure_shape(x, [None, 4]),
            tf.debugging.check_numerics(x, "x"),
        ],
        (A,),
    ),
    "stop_gradient": (lambda tf, x: x * tf.stop_gradient(x) + tf.identity(x), (A,)),
    "ones_like": (lambda tf, x: [x * tf.ones_like(x), tf.zeros_like(x), tf.fill([2], x[0, 0] * 0 + 2)], (A,)),
    # ties, zeros and bounds
    "tied maximum": (lambda tf, x: [tf.maximum(x, 2.0), tf.minimum(2.0, x), tf.maximum(x[0], x[0])], (TIES,)),
    "tied reductions": (lambda tf, x: [tf.reduce_max(x, 1), tf.reduce_min(x, 0), tf.reduce_max(x)], (TIES,)),
    "tied norm": (lambda tf, x: [tf.norm(x, np.inf), tf.norm(x, 1)], (TIES,)),
    "zero prod": (lambda tf, x: [tf.reduce_prod(x), tf.reduce_prod(x, 1), tf.reduce_prod(x, 0)], (TIES,)),
    **{
        f"{name} at 0": (lambda tf, x, name=name: getattr(tf.nn, name)(x), (ZEROS,))
        for name in words("relu relu6 leaky_relu elu selu gelu silu softplus softsign")
    },
    "abs and sign at 0": (lambda tf, x: [tf.abs(x), tf.sign(x)], (ZEROS,)),
    "clipped at bounds": (lambda tf, x: tf.clip_by_value(x, -1.0, 0.0), (ZEROS,)),
    "sqrt at 0": (lambda tf, x: tf.sqrt(tf.abs(x)), (ZEROS[1:],)),
    "norm at 0": (lambda tf, x: tf.norm(x * 0.0), (ZEROS,)),
    "pool of equals": (lambda tf, x: tf.nn.max_pool2d(tf.reshape(x, [1, 2, 2, 1]) * 0.0 + x[0], 2, 2, "SAME"), (V,)),
}


def results(tf, function, inputs):
    """Values and gradients, with random cotangents, as arrays."""
    xs = [tf.constant(x, dtype=tf.float64) for x in inputs]
    with tf.GradientTape() as tape:
        tape.watch(xs)
        outs = function(tf, *xs)
    outs = outs if isinstance(outs, list) else [outs]
    generator = np.random.default_rng(3)
    smooth = [out for out in outs if out.dtype.name.startswith("float")]
    cotangents = [
        tf.constant(generator.normal(size=out.shape), dtype=out.dtype)
        if tuple(out.shape)
        else tf.constant(1.5, out.dtype)
        for out in smooth
    ]
    gradients = tape.gradient(smooth, xs, output_gradients=cotangents) if smooth else []
    return [out.numpy() for out in outs], [g if g is None else g.numpy() for g in gradients]


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_tensorflow(name, answers):
    # The constants in TensorFlow's gelu have single precision.
    tolerance = 1e-6 if "gelu" in name or name == "softmax by axis" else 1e-10
    mine, theirs = plain(results(ours, *CASES[name])), answers("tensorflow", results, *CASES[name])
    for value, expected in zip([*mine[0], *mine[1]], [*theirs[0], *theirs[1]], strict=True):
        limit = max(tolerance, 1e-6) if getattr(expected, "dtype", None) == np.float32 else tolerance
        assert_alike(value, expected, limit, limit)


#: Parts of the names of cases whose gradient is a convention, or is not the derivative of the values.
NOT_SMOOTH = ("at 0", "tied", "zero", "bounds", "equals", "huge", "no_nan", "cast", "stop_gradient")
SMOOTH = [name for name in CASES if not any(word in name for word in NOT_SMOOTH)]


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_match_central_differences(name):
    function, inputs = CASES[name]
    generator = np.random.default_rng(5)
    directions = [generator.normal(size=x.shape) for x in inputs]

    def smooth(step):
        outs = function(ours, *[ours.constant(x + step * d) for x, d in zip(inputs, directions)])
        return [out.numpy() for out in (outs if isinstance(outs, list) else [outs]) if out.dtype.is_floating]

    _, gradients = results(ours, function, inputs)
    weights = np.random.default_rng(3)
    cotangents = [weights.normal(size=out.shape) if out.shape else 1.5 for out in smooth(0)]
    step = 1e-5
    change = sum(np.sum(c * (b - a)) for c, a, b in zip(cotangents, smooth(-step), smooth(step))) / (2 * step)
    slope = sum(np.sum(g * d) for g, d in zip(gradients, directions) if g is not None)
    assert slope == pytest.approx(change, rel=1e-6, abs=1e-6)
