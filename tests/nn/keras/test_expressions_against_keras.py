"""Expressions with losses, metrics, layers, backend functions and small trainings: each gives what Keras gives."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from tests.tools.answers import assert_alike, outcome
from tests.tools.beside_keras import classes, data  # noqa: F401 - the expressions use both

A, B = data(3, 4), data(3, 4, seed=1)
P = data(3, 4, low=0.05)
P /= P.sum(1, keepdims=True)
Q = data(3, 4, seed=2, low=0.05, high=0.95)
Y, HOT, BITS = np.array([2, 0, 3]), np.eye(4, dtype=np.float32)[[2, 0, 3]], (data(3, 4, seed=4) > 0).astype("f")
W, S = np.array([0.5, 0.0, 2.0], "f"), data(2, 5, 3)
IMAGE = data(2, 4, 5, 3)
BOTH = np.concatenate([A, B])[:, :2]


def measured(metric, *batches):
    """The result of a metric after batches (y_true, y_pred, sample_weight)."""
    for batch in batches:
        metric.update_state(*batch)
    return metric.result()


REDUCTIONS = ("sum_over_batch_size", "mean_with_sample_weight", "sum", "none")


def weighted(loss, *given):
    """A loss with every reduction, without and with weights, of which one is 0."""
    return [loss(reduction=reduction)(*given, weight) for reduction in REDUCTIONS for weight in (None, W, W[:, None])]


def empty(loss):
    """The losses of batches without samples, or without values in a sample."""
    return [
        loss(reduction=reduction)(*[np.zeros(shape, "f")] * 2, weight)
        for shape in ((0,), (0, 1), (0, 3), (2, 0))
        for reduction in REDUCTIONS
        for weight in (None, np.zeros(shape[:1], "f"))
    ]


def trained(K, weight=None, **options):
    """What evaluate and fit return for a loss and a metric that ignore a class, and the weights afterwards."""
    model = K.Sequential([K.Input((4,)), K.layers.Dense(4, kernel_initializer="identity")])
    parts = [
        part.SparseCategoricalCrossentropy(from_logits=True, **options) for part in (K.losses, K.metrics, K.metrics)
    ]
    model.compile(K.optimizers.SGD(0.1), parts[0], metrics=parts[1:2], weighted_metrics=parts[2:])
    values = model.evaluate(A, Y, sample_weight=weight, return_dict=True, verbose=0)
    history = model.fit(A, Y, 2, 2, sample_weight=weight, shuffle=False, verbose=0).history
    return values, history, model.get_weights()


def rates(schedule):
    """A schedule at its first steps, and far beyond its end."""
    return [float(schedule(step)) for step in (0, 1, 2, 3, 4, 5, 8, 9, 1000)]


def path(K, make, gradients=A, steps=4):
    """Weights after each of some steps with different gradients."""
    optimizer, found = make(K.optimizers), []
    weight = (tf.Variable if K.__name__ == "nn.keras" else K.Variable)(np.array(B))
    for step in range(steps):
        optimizer.apply_gradients([(np.float32(step + 0.5) * gradients + 0.1, weight)])
        found.append(np.array(weight))
    return found


def shape_of(layer, *shapes):
    """The output shape of a layer for the shape of one input or of several."""
    found = layer.compute_output_shape(list(shapes) if len(shapes) > 1 else shapes[0])
    return tuple(found)


#: Functions of `K`, as texts, which also name the tests.
EXPRESSIONS = """
K.losses.BinaryCrossentropy()(BITS, Q); K.losses.BinaryCrossentropy(label_smoothing=0.2)(BITS, Q)
K.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1)(BITS, A); K.losses.binary_crossentropy(BITS, Q)
K.losses.CategoricalCrossentropy(label_smoothing=0.2)(HOT, P)
K.losses.CategoricalCrossentropy(from_logits=True)(HOT, A); K.losses.CategoricalCrossentropy(axis=0)(HOT, P)
K.losses.categorical_crossentropy(HOT, 3 * P); K.losses.SparseCategoricalCrossentropy()(Y, P)
weighted(lambda **r: K.losses.SparseCategoricalCrossentropy(ignore_class=0, **r), Y, P)
weighted(lambda **r: K.losses.SparseCategoricalCrossentropy(True, -1, **r), Y, A)
weighted(lambda **r: K.losses.SparseCategoricalCrossentropy(True, 2, **r), Y[:, None], A)
weighted(lambda **r: K.losses.SparseCategoricalCrossentropy(ignore_class=1, **r), np.ones(3), P)
[K.losses.SparseCategoricalCrossentropy(True, 1)(S[..., 0] > 0, S, w) for w in (None, [1, 2], S[..., :1])]
trained(K, ignore_class=2); trained(K, W, ignore_class=3); trained(K, ignore_class=1)
measured(K.metrics.SparseCategoricalCrossentropy(ignore_class=2), (Y, P), (Y, Q))
measured(K.metrics.SparseCategoricalCrossentropy(ignore_class=3), (Y, P, W), (Y, Q))
measured(K.metrics.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1), (S[:, :, 0] > 0, S, [1.0, 2.0]))
measured(K.metrics.Mean(), (K.losses.sparse_categorical_crossentropy(Y, P, ignore_class=0), W))
[K.losses.categorical_crossentropy(BITS.T, Q.T, label_smoothing=s, axis=a) for s in (0.1, 1.0) for a in (0, 1, -2)]
[K.losses.binary_crossentropy(BITS, Q, label_smoothing=s, axis=a) for s in (0.1, 1.0) for a in (0, 1, -2)]
measured(K.metrics.CategoricalCrossentropy(label_smoothing=0.2, axis=0), (HOT, P))
empty(K.losses.MeanSquaredError); empty(K.losses.MeanAbsoluteError); empty(K.losses.MeanAbsolutePercentageError)
empty(K.losses.MeanSquaredLogarithmicError); empty(K.losses.LogCosh); empty(K.losses.Huber)
empty(K.losses.CosineSimilarity); empty(K.losses.BinaryCrossentropy); empty(K.losses.CategoricalCrossentropy)
empty(K.losses.KLDivergence); empty(K.losses.Poisson); empty(K.losses.Hinge); empty(K.losses.SquaredHinge)
K.losses.CategoricalHinge()(A[:, :0], A[:, :0]); K.losses.cosine_similarity(A, B, axis=5)
K.losses.binary_crossentropy(BITS, Q, axis=5); K.losses.categorical_crossentropy(HOT, Q, axis=5)
measured(K.metrics.MeanSquaredError(), (A[:0], B[:0])); measured(K.metrics.MeanSquaredError(), (A[:0], B[:0], W[:0]))
measured(K.metrics.CategoricalAccuracy(), (A[:0], B[:0])); measured(K.metrics.Precision(), (BITS[:0], Q[:0]))
measured(K.metrics.Mean(), (A[:0],)); measured(K.metrics.MeanIoU(2), (Y[:0], Y[:0]))
K.losses.SparseCategoricalCrossentropy(from_logits=True)(Y, A); K.losses.KLDivergence()(P, Q)
K.losses.Poisson()(P, Q); K.losses.KLDivergence(reduction=None)([[0.0, 1.0]], [[0.0, 0.5]])
K.losses.Poisson(reduction=None)([[0.0, 1.0]], [[0.0, 0.5]]); K.losses.Huber(0.3)(A, B); K.losses.Huber(2.0)(A, 5 * B)
K.losses.LogCosh()(A, 50 * B); K.losses.CosineSimilarity(axis=0)(A, B); K.losses.CosineSimilarity()(A, 0 * B)
K.losses.MeanAbsolutePercentageError()(0 * A, B); K.losses.MeanSquaredLogarithmicError()(-A, B)
K.losses.Hinge()(2 * BITS - 1, A); K.losses.Hinge()(BITS, A); K.losses.SquaredHinge()(BITS, A)
K.losses.CategoricalHinge()(HOT, A); K.losses.MeanSquaredError()(A, B, sample_weight=W)
K.losses.MeanSquaredError(reduction="sum")(A, B, sample_weight=W); K.losses.MeanSquaredError(reduction=None)(A, B, W)
K.losses.MeanSquaredError(reduction="mean")(A, B, W); K.losses.MeanSquaredError("mean_with_sample_weight")(A, B, W)
K.losses.MeanSquaredError("mean_with_sample_weight")(A, B, 0 * W)
K.losses.MeanSquaredError("mean_with_sample_weight")(A, B); K.losses.MeanSquaredError(reduction="all")
K.losses.MeanSquaredError()(A, B, 0 * W); K.losses.MeanSquaredError()(A, B, 2.0)
K.losses.MeanSquaredError(name="m").name; K.losses.Huber().name; measured(K.metrics.Mean(), (A,))
measured(K.metrics.Mean(), (A[0], B[0]), (B,)); measured(K.metrics.Mean()); measured(K.metrics.Sum(), (A,), (B, W))
measured(K.metrics.Accuracy(), (Y, [2, 1, 3])); K.metrics.Mean(name="m").name
measured(K.metrics.Accuracy(), (Y, [2, 1, 3], W)); measured(K.metrics.BinaryAccuracy(), (BITS, Q))
measured(K.metrics.BinaryAccuracy(threshold=0.7), (BITS, Q), (BITS, Q, W))
measured(K.metrics.BinaryAccuracy(), ([1.0], [0.5])); measured(K.metrics.CategoricalAccuracy(), (HOT, P), (HOT, Q, W))
measured(K.metrics.SparseCategoricalAccuracy(), (Y, P, W))
measured(K.metrics.SparseCategoricalAccuracy(), (Y[:, None], P))
measured(K.metrics.TopKCategoricalAccuracy(2), (HOT, P))
measured(K.metrics.SparseTopKCategoricalAccuracy(1), (Y, P, W))
measured(K.metrics.SparseTopKCategoricalAccuracy(3), (Y, Q)); measured(K.metrics.MeanIoU(4), (Y, [2, 1, 3]))
measured(K.metrics.MeanIoU(5), (Y, [2, 1, 3], W)); measured(K.metrics.MeanIoU(4, ignore_class=3), (Y, [2, 1, 3]))
measured(K.metrics.MeanIoU(4, sparse_y_pred=False), (Y, P)); measured(K.metrics.MeanIoU(2))
measured(K.metrics.MeanIoU(4, ignore_class=0), (Y, [0, 0, 3]))
measured(K.metrics.MeanIoU(2), ([[0, 1]], [[1, 1]], [[1, 3]])); measured(K.metrics.F1Score(), (HOT, P))
measured(K.metrics.F1Score("macro", 0.3), (BITS, Q), (BITS, A, W))
measured(K.metrics.F1Score("weighted", 0.5), (BITS, Q, W)); measured(K.metrics.F1Score("micro"), (HOT, 0 * P))
measured(K.metrics.F1Score("micro", 0.2), (HOT, P, W)); measured(K.metrics.F1Score(), (HOT, [[1.0, 1, 0, 0]] * 3))
measured(K.metrics.R2Score(), (A, B)); measured(K.metrics.R2Score(), (A, A))
measured(K.metrics.R2Score("variance_weighted_average"), (A, B), (B, A))
measured(K.metrics.R2Score(num_regressors=1), (A, B)); measured(K.metrics.R2Score(num_regressors=-1))
rates(K.optimizers.schedules.ExponentialDecay(0.5, 4, 0.3))
rates(K.optimizers.schedules.ExponentialDecay(0.5, 4, 0.3, True))
rates(K.optimizers.schedules.InverseTimeDecay(0.5, 4, 0.3))
rates(K.optimizers.schedules.InverseTimeDecay(0.5, 4, 0.3, True))
rates(K.optimizers.schedules.PolynomialDecay(0.5, 4, 0.1, 2.0))
rates(K.optimizers.schedules.PolynomialDecay(0.5, 4, cycle=True))
rates(K.optimizers.schedules.PolynomialDecay(0.5, 4))
rates(K.optimizers.schedules.PiecewiseConstantDecay([2, 4], [1.0, 0.5, 0.1]))
rates(K.optimizers.schedules.CosineDecay(0.5, 4)); rates(K.optimizers.schedules.CosineDecay(0.1, 4, 0.2, "c", 0.5, 3))
path(K, lambda o: o.SGD(0.1)); path(K, lambda o: o.SGD(0.1, 0.8)); path(K, lambda o: o.SGD(0.1, 0.8, nesterov=True))
path(K, lambda o: o.SGD(0.1, clipnorm=0.3)); path(K, lambda o: o.SGD(0.1, clipvalue=0.2))
path(K, lambda o: o.SGD(0.1, -1.0)); path(K, lambda o: o.SGD(0.1, global_clipnorm=0.4))
path(K, lambda o: o.SGD(0.1, global_clipnorm=100.0)); path(K, lambda o: o.SGD(0.1, clipnorm=1.0, clipvalue=1.0))
path(K, lambda o: o.SGD(0.1, weight_decay=0.2)); path(K, lambda o: o.Adam(0.1))
path(K, lambda o: o.Adam(0.1, 0.7, 0.8, 0.01)); path(K, lambda o: o.Adam(0.1, amsgrad=True))
path(K, lambda o: o.Adam(0.1, 0.5, 0.5, amsgrad=True, clipvalue=0.4))
path(K, lambda o: o.AdamW(0.1, 0.3, 0.8, 0.9, 0.1)); path(K, lambda o: o.Adamax(0.1, 0.7, 0.8, 0.01))
path(K, lambda o: o.Nadam(0.1, 0.7, 0.8, 0.01)); path(K, lambda o: o.Adagrad(0.1))
path(K, lambda o: o.Adagrad(0.1, 0.3, 0.01)); path(K, lambda o: o.Adadelta(0.5))
path(K, lambda o: o.Adadelta(0.5, 0.7, 0.01)); path(K, lambda o: o.RMSprop(0.1))
path(K, lambda o: o.RMSprop(0.1, 0.7, 0.5, 0.01)); path(K, lambda o: o.RMSprop(0.1, centered=True))
path(K, lambda o: o.RMSprop(0.1, 0.7, 0.5, 0.01, True, weight_decay=0.1)); path(K, lambda o: o.get("sgd"))
K.constraints.MaxNorm(0.5)(A); K.constraints.MaxNorm(0.5, axis=1)(A); K.constraints.NonNeg()(A)
K.constraints.UnitNorm()(A); K.constraints.UnitNorm(axis=1)(A); K.constraints.MinMaxNorm(0.4, 0.6, 0.5)(A)
K.constraints.MinMaxNorm(0.4, 0.6, axis=1)(A); K.constraints.MaxNorm()(9 * A); K.constraints.MinMaxNorm()(A)
K.constraints.get("non_neg")(A); K.constraints.UnitNorm()(0 * A); K.initializers.Constant(2.5)((2, 3))
K.initializers.Identity(3.0)((2, 3)); K.initializers.Identity()((3, 3)); K.initializers.Identity()((2,))
K.initializers.Orthogonal()(()); K.initializers.Orthogonal()((3,)); K.initializers.Orthogonal()((0,))
K.initializers.Orthogonal()((2, 0)); K.initializers.Orthogonal()((0, 0)); K.initializers.Orthogonal()((2, 2, 0))
K.initializers.Identity()((2, 2, 2)); K.initializers.Identity(2.0)((0, 2)); K.initializers.Zeros()(3)
K.initializers.Zeros()((-1, 2)); K.initializers.RandomNormal()((-1,)); K.initializers.Ones()(None)
K.initializers.Constant([1.0, 2.0])((3, 2)); K.initializers.TruncatedNormal(2.0, 0.0)((2,))
K.initializers.HeNormal(seed=1.5); K.initializers.RandomUniform(seed="a"); K.initializers.Zeros()(tf.constant([2, 3]))
K.layers.Dense(2, bias_initializer="orthogonal")(A); K.layers.Dense(2, bias_initializer="identity")(A)
K.Variable([1.0, 2.0]).numpy(); K.Variable(3).value; K.Variable("ones", shape=(2,)).value; K.Variable("ones")
K.Variable("other", shape=(2,)); K.Variable(K.initializers.Constant(2.0), shape=(2,)).numpy(); K.Variable(1.0, name=3)
K.Variable(1.0, name="a/b"); K.Variable([1.0, 2.0]).assign([1.0]); K.Variable([1.0, 2.0]).assign_add([1.0, 1.0]).numpy()
K.Variable([1, 2], dtype="float32").numpy(); K.Variable(1.0, trainable=False).trainable; K.Variable([1.0, 2.0]) + 1
K.initializers.Zeros()((2,), dtype="int32"); K.initializers.Ones()((2,)); K.initializers.VarianceScaling(mode="other")
K.initializers.get("other"); K.initializers.VarianceScaling(scale=-1.0)
K.initializers.VarianceScaling(distribution="other"); K.utils.to_categorical([0, 2])
K.utils.to_categorical([[1], [0]]); K.utils.to_categorical([[1, 0]]); K.utils.to_categorical([1], 4)
K.utils.to_categorical([[[1], [2]]], 3); K.utils.normalize(A); K.utils.normalize(A, 1, 1); K.utils.normalize(0 * A)
K.utils.normalize(A[0]); K.utils.normalize(A[0], 0, 1); K.utils.normalize([[3.0, 4.0], [0.0, 0.0]])
K.utils.normalize(tf.constant(A), 0, 1); K.utils.normalize(tf.constant(A), order=3); K.utils.normalize(A[:0])
K.utils.set_random_seed("a"); K.utils.set_random_seed(1.5); K.utils.set_random_seed(-1); K.utils.set_random_seed(None)
K.utils.pad_sequences([]); K.utils.pad_sequences([], 3); K.utils.pad_sequences([[]]); K.utils.pad_sequences(["ab"])
K.utils.pad_sequences({"a": [1]}); K.utils.pad_sequences([[1.5], [2.5, 3.5]], dtype="float32", value=-1.0)
K.utils.pad_sequences([[1, 2, 3], [4]]); K.utils.pad_sequences([[1, 2, 3], [4]], 2)
K.utils.pad_sequences([[1, 2, 3], [4]], 2, truncating="post")
K.utils.pad_sequences([[1, 2, 3], [4]], padding="post", value=9)
K.utils.pad_sequences([[1, 2, 3], []], 4, "float32", value=0.5)
K.utils.pad_sequences([[[1, 2], [3, 4]], [[5, 6]]], 3); K.utils.pad_sequences([[1]], padding="x")
K.utils.pad_sequences([1]); K.utils.pad_sequences([[1, 2, 3], [4]], 1, padding="post", truncating="pre")
K.utils.pad_sequences([[1]], 0); K.utils.pad_sequences([[1]], truncating="x")
shape_of(K.layers.Add(), (None, 3), (None, 3)); shape_of(K.layers.Add(), (None, 3), (None, 1))
shape_of(K.layers.Add(), (None, 1), (None, 3)); shape_of(K.layers.Add(), (None, 4, 3), (None, 3))
shape_of(K.layers.Add(), (2, 3), (2, 3)); shape_of(K.layers.Add(), (None, 4, None), (None, 1, None))
shape_of(K.layers.Maximum(), (None, 5), (None, 5), (None, 5)); shape_of(K.layers.Concatenate(), (None, 3), (None, 4))
shape_of(K.layers.Concatenate(1), (None, 3, 2), (None, 4, 2))
shape_of(K.layers.Concatenate(-2), (None, None, 2), (None, 4, 2)); shape_of(K.layers.Flatten(), (None, 3, 2))
shape_of(K.layers.Flatten(), (None,)); shape_of(K.layers.Flatten(), (None, None, 2))
shape_of(K.layers.Reshape((2, -1)), (None, 6)); shape_of(K.layers.Reshape((3,)), (None, 4))
shape_of(K.layers.Reshape((2, -1)), (None, 5)); shape_of(K.layers.Reshape((-1,)), (None, None, 3))
shape_of(K.layers.Reshape((2, 3)), (None, None)); K.layers.Reshape((-1, -1))
shape_of(K.layers.Permute((2, 1)), (None, 3, 4)); K.layers.Permute((1, 3))
shape_of(K.layers.RepeatVector(4), (None, 3)); shape_of(K.layers.ZeroPadding2D(((1, 2), (3, 4))), (None, 5, None, 2))
shape_of(K.layers.Cropping2D(((1, 2), (0, 1))), (None, 5, 6, 2))
shape_of(K.layers.Conv2D(3, 2, 2), (None, 7, None, 2))
shape_of(K.layers.Conv2D(3, 3, padding="same", strides=2), (None, 7, 6, 2))
shape_of(K.layers.Conv1D(3, 3, dilation_rate=2), (None, 9, 2))
"""
EXPRESSIONS = [each.strip() for each in EXPRESSIONS.replace("\n", ";").split(";") if each.strip()]


def evaluated(tf, expression):
    tf.keras.utils.clear_session()
    return eval(expression, {**globals(), "tf": tf, "K": tf.keras})


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_gives_what_it_gives_in_keras(expression, answers):
    expected = answers("tensorflow", lambda tf: outcome(tf, evaluated, expression))
    assert_alike(outcome(tf, evaluated, expression), expected, rtol=1e-4, atol=2e-6)
