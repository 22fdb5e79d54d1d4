"""Comparison with Keras: layers, their gradients, and operations on symbols."""

import numpy as np
import pytest

from tests.tools.answers import condensed
from tests.tools.beside_keras import agree, classes, data, with_weights

IMAGES = data(2, 7, 6, 4)
LAYERS = {
    "dense": (lambda K: K.layers.Dense(5, activation="relu"), data(3, 4)),
    "dense of three dims": (lambda K: K.layers.Dense(5, use_bias=False), data(3, 2, 4)),
    "flatten": (lambda K: K.layers.Flatten(), IMAGES),
    "reshape": (lambda K: K.layers.Reshape((4, -1, 2)), IMAGES),
    "relu": (lambda K: K.layers.ReLU(max_value=0.5, negative_slope=0.1, threshold=0.2), IMAGES),
    "leaky relu": (lambda K: K.layers.LeakyReLU(), IMAGES),
    "batch normalization": (lambda K: K.layers.BatchNormalization(), IMAGES),
    "batch normalization of axis 1": (lambda K: K.layers.BatchNormalization(axis=1, scale=False), IMAGES),
    "layer normalization": (lambda K: K.layers.LayerNormalization(), IMAGES),
    "layer normalization of two axes": (lambda K: K.layers.LayerNormalization(axis=(1, 3), center=False), IMAGES),
    "max pooling": (lambda K: K.layers.MaxPooling2D(2), IMAGES),
    "max pooling, same": (lambda K: K.layers.MaxPooling2D(3, strides=2, padding="same"), IMAGES),
    "average pooling": (lambda K: K.layers.AveragePooling2D((2, 3)), IMAGES),
    "average pooling, same": (lambda K: K.layers.AveragePooling2D(3, strides=2, padding="same"), IMAGES),
    "global max": (lambda K: K.layers.GlobalMaxPooling2D(), IMAGES),
    "global average": (lambda K: K.layers.GlobalAveragePooling2D(keepdims=True), IMAGES),
    "upsampling, nearest": (lambda K: K.layers.UpSampling2D((2, 3)), IMAGES),
    "upsampling, bilinear": (lambda K: K.layers.UpSampling2D(2, interpolation="bilinear"), IMAGES),
    **{
        f"conv1d {padding}": (lambda K, p=padding: K.layers.Conv1D(5, 3, padding=p), data(2, 9, 4))
        for padding in ("valid", "same", "causal")
    },
    "conv1d, stride": (lambda K: K.layers.Conv1D(5, 3, strides=2, activation="relu"), data(2, 9, 4)),
    "conv1d, causal dilation": (lambda K: K.layers.Conv1D(5, 3, padding="causal", dilation_rate=2), data(2, 9, 4)),
    "max pooling 1d": (lambda K: K.layers.MaxPooling1D(3, padding="same"), data(2, 8, 4)),
    "average pooling 1d": (lambda K: K.layers.AveragePooling1D(3, strides=2), data(2, 8, 4)),
    "global max 1d": (lambda K: K.layers.GlobalMaxPooling1D(), data(2, 8, 4)),
    "global average 1d": (lambda K: K.layers.GlobalAveragePooling1D(keepdims=True), data(2, 8, 4)),
    "repeat": (lambda K: K.layers.RepeatVector(3), data(2, 4)),
    "time distributed": (lambda K: K.layers.TimeDistributed(K.layers.Dense(3)), data(2, 5, 4)),
    "zero padding": (lambda K: K.layers.ZeroPadding2D(((1, 2), (0, 3))), IMAGES),
    "cropping": (lambda K: K.layers.Cropping2D((1, 2)), IMAGES),
    "permute": (lambda K: K.layers.Permute((3, 1, 2)), IMAGES),
    "rescaling": (lambda K: K.layers.Rescaling(0.5, offset=-1.0), IMAGES),
    "brightness": (lambda K: K.layers.RandomBrightness((0.2, 0.2), value_range=(-1.0, 1.0)), IMAGES),
    "resizing": (lambda K: K.layers.Resizing(4, 9), IMAGES),
    "resizing, nearest": (lambda K: K.layers.Resizing(4, 9, interpolation="nearest"), IMAGES),
    "center crop": (lambda K: K.layers.CenterCrop(4, 3), IMAGES),
    "group normalization": (lambda K: K.layers.GroupNormalization(2), IMAGES),
    "unit normalization": (lambda K: K.layers.UnitNormalization(), IMAGES),
    "zero padding 1d": (lambda K: K.layers.ZeroPadding1D((2, 1)), data(2, 5, 4)),
    "cropping 1d": (lambda K: K.layers.Cropping1D((2, 1)), data(2, 5, 4)),
    "upsampling 1d": (lambda K: K.layers.UpSampling1D(3), data(2, 5, 4)),
    "elu": (lambda K: K.layers.ELU(0.5), IMAGES),
    "prelu": (lambda K: K.layers.PReLU("ones", shared_axes=[1, 2]), IMAGES),
    "normalization": (lambda K: K.layers.Normalization(mean=[0.5, 1, 2, 3], variance=[1, 2, 3, 4.0]), IMAGES),
    "lambda": (lambda K: K.layers.Lambda(lambda x: x * x + 1.0), IMAGES),
    "identity": (lambda K: K.layers.Identity(), IMAGES),
    "embedding": (lambda K: K.layers.Embedding(7, 3), classes(7, (2, 5))),
    "lstm": (lambda K: K.layers.LSTM(5), data(3, 6, 4)),
    "lstm, sequences": (lambda K: K.layers.LSTM(5, return_sequences=True, go_backwards=True), data(3, 6, 4)),
    "lstm, state": (lambda K: K.layers.LSTM(5, activation="relu", return_state=True, use_bias=False), data(3, 6, 4)),
    "gru": (lambda K: K.layers.GRU(5), data(3, 6, 4)),
    "gru, reset before": (lambda K: K.layers.GRU(5, reset_after=False, return_sequences=True), data(3, 6, 4)),
    "gru, state": (lambda K: K.layers.GRU(5, use_bias=False, return_state=True, go_backwards=True), data(3, 6, 4)),
    **{
        f"bidirectional, {mode}": (lambda K, m=mode: K.layers.Bidirectional(K.layers.GRU(5), m), data(3, 6, 4))
        for mode in ("concat", "sum", "mul", "ave")
    },
    "bidirectional, sequences": (
        lambda K: K.layers.Bidirectional(K.layers.LSTM(5, return_sequences=True)), data(3, 6, 4)
    ),
    "bidirectional, state": (lambda K: K.layers.Bidirectional(K.layers.LSTM(5, return_state=True)), data(3, 6, 4)),
    "depthwise": (lambda K: K.layers.DepthwiseConv2D(3, depth_multiplier=2, activation="tanh"), IMAGES),
    "depthwise, same": (lambda K: K.layers.DepthwiseConv2D((3, 2), 2, "same", use_bias=False), IMAGES),
    "separable": (lambda K: K.layers.SeparableConv2D(5, 3, padding="same", activation="tanh"), IMAGES),
    "separable, multiplied": (lambda K: K.layers.SeparableConv2D(5, 2, strides=2, depth_multiplier=3), IMAGES),
    "lstm cell": (lambda K: K.layers.RNN(K.layers.LSTMCell(5), return_state=True), data(3, 6, 4)),
    "stacked cells": (
        lambda K: K.layers.RNN([K.layers.GRUCell(5), K.layers.SimpleRNNCell(3)], return_sequences=True), data(3, 6, 4)
    ),
    "simple rnn": (lambda K: K.layers.SimpleRNN(5, return_sequences=True), data(3, 6, 4)),
    **{
        f"conv {padding} stride {stride}": (
            lambda K, p=padding, s=stride: K.layers.Conv2D(8, (3, 2), s, p, activation="tanh"), IMAGES,
        )
        for padding in ("valid", "same") for stride in (1, 2, 3)
    },
    "conv, groups and dilation": (lambda K: K.layers.Conv2D(4, 3, groups=2, use_bias=False), IMAGES),
    "conv, dilation": (lambda K: K.layers.Conv2D(4, 2, padding="same", dilation_rate=2), IMAGES),
    **{
        f"transpose {padding} kernel {kernel} stride {stride}": (
            lambda K, p=padding, k=kernel, s=stride: K.layers.Conv2DTranspose(3, k, s, p), IMAGES,
        )
        for padding in ("valid", "same") for kernel, stride in ((3, 1), (3, 2), (2, 3), (4, 2))
    },
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_and_gradients_match(name, answers):
    make, x = LAYERS[name]

    def results(tf):
        layer = make(tf.keras)
        layer(x)
        names = layer.name, [w.name for w in layer.weights], [tuple(w.shape) for w in layer.weights]
        layer.set_weights([data(*w.shape, seed=i, low=0.1) for i, w in enumerate(layer.weights)])
        values = [differentiated(tf, layer, x, training) for training in (False, True)]
        shape = layer.compute_output_shape((None, *x.shape[1:]))
        return names, values, layer.get_weights(), as_tuples(shape)

    agree(answers, results, rtol=1e-3, atol=1e-5)


def differentiated(tf, layer, x, training):
    """The output of a layer, and the gradients of its weights and inputs for a random cotangent."""
    inputs = tf.constant(x)
    with tf.GradientTape() as tape:
        if x.dtype.kind == "f":
            tape.watch(inputs)
        out = layer(inputs, training=training)
        out = out[0] if isinstance(out, (list, tuple)) else out
        loss = tf.reduce_sum(out * tf.constant(data(*out.shape, seed=7)))
    sources = [*layer.trainable_variables, *([inputs] if x.dtype.kind == "f" else [])]
    return condensed([out, *map(tf.convert_to_tensor, tape.gradient(loss, sources))])


def as_tuples(shape):
    return [tuple(part) for part in shape] if isinstance(shape[0], (list, tuple)) else tuple(shape)


@pytest.mark.parametrize("mode", ["reflect", "constant", "nearest"])
@pytest.mark.parametrize(
    "kind, factors",
    [
        ("RandomRotation", [(0.1, 0.1)]),
        ("RandomZoom", [(-0.2, -0.2), (0.5, 0.5)]),
        ("RandomTranslation", [(0.3, 0.3), (-0.2, -0.2)]),
    ],
)
def test_affine_maps_of_images_match(kind, factors, mode, answers):
    # Only values are compared: TensorFlow's gradient of a map is that of the inverse map.
    def mapped(tf):
        layer = getattr(tf.keras.layers, kind)(*factors, fill_mode=mode, fill_value=2.0)
        return tf.constant(layer(IMAGES, training=True))

    agree(answers, mapped, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("masked", [{}, {"use_causal_mask": True}, {"attention_mask": classes(2, (2, 5, 3)) > 0}])
def test_multi_head_attention_and_its_gradients_match(masked, answers):
    def results(tf):
        query, value = data(2, 5, 6), data(2, 3, 4, seed=1)
        layer = tf.keras.layers.MultiHeadAttention(2, 3, value_dim=4, output_shape=7)
        layer(query, value)
        layer.set_weights([data(*w.shape, seed=i) for i, w in enumerate(layer.weights)])
        with tf.GradientTape() as tape:
            out, scores = layer(query, value, return_attention_scores=True, **masked)
            loss = tf.reduce_sum(out * data(2, 5, 7, seed=7))
        names = [w.name for w in layer.weights]
        return names, out, scores, condensed(tape.gradient(loss, layer.trainable_variables))

    agree(answers, results, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda K: K.layers.Attention(use_scale=True),
        lambda K: K.layers.Attention(score_mode="concat"),
        lambda K: K.layers.AdditiveAttention(),
        lambda K: K.layers.Dot(-1),
        lambda K: K.layers.Dot((2, 2), normalize=True),
    ],
)
def test_attention_and_dot_layers_and_their_gradients_match(make, answers):
    def results(tf):
        layer, inputs = make(tf.keras), [tf.constant(data(2, 5, 4)), tf.constant(data(2, 3, 4, seed=1))]
        layer(inputs)
        layer.set_weights([data(*w.shape, seed=i) for i, w in enumerate(layer.weights)])
        masked = {} if isinstance(layer, tf.keras.layers.Dot) else {"mask": [None, classes(2, (2, 3)) > 0]}
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            loss = tf.reduce_sum(tf.sin(layer(inputs, **masked)))
        return [loss, *tape.gradient(loss, [*inputs, *layer.trainable_variables])]

    agree(answers, results, rtol=1e-3, atol=1e-5)


def test_multi_head_attention_in_a_functional_model_matches(answers):
    def results(tf):
        K = tf.keras
        x = K.Input((5, 6))
        y = K.layers.MultiHeadAttention(2, 3)(x, x)
        model = with_weights(K.Model(x, K.layers.LayerNormalization()(x + y)))
        return model(data(2, 5, 6)), model.output_shape

    agree(answers, results)


# -- operations on symbols ----------------------------------------------------------------------------------


def operators(K, x, y):
    z = (x + y) * 2 - 1 / (2 + abs(x))
    return [-z, 3 - z, z / 2, z**2, 2**z, z // 2, z % 3, z @ np.ones((4, 2), np.float32), z[:, 1:], z[..., 0], z > y]


def functions(K, x, y):
    ops = K.ops
    z = ops.concatenate([ops.exp(x), ops.sqrt(abs(y)), ops.relu(x)], axis=-1)
    return [
        ops.mean(z, axis=1), ops.std(z, axis=-1, keepdims=True), ops.logsumexp(z, axis=1), ops.max(z, axis=1),
        ops.stack([x, y], axis=1), ops.reshape(z, (-1, 3, 4)), ops.expand_dims(x, -1), ops.argmax(z, axis=1),
        ops.where(x > y, x, 0.0), ops.maximum(x, y), ops.clip(x, -0.5, 0.5), ops.softmax(x), ops.cast(x > 0, "int32"),
        ops.einsum("bi,bj->bij", x, y), ops.one_hot(ops.argmin(x, axis=1), 4), ops.take(x, [0, 2], axis=1),
        ops.add(ops.cast(x, "int32"), y), ops.transpose(x), ops.matmul(ops.expand_dims(x, 1), ops.expand_dims(y, 2)),
    ]  # fmt: skip


@pytest.mark.parametrize("make", [operators, functions])
def test_operations_on_symbols_match(make, answers):
    def results(tf):
        K = tf.keras
        x, y = K.Input((4,)), K.Input((4,))
        model = with_weights(K.Model([x, y], make(K, K.layers.Dense(4)(x), y)))
        found = model([data(5, 4), data(5, 4, seed=1)])
        for value, symbol in zip(found, model.outputs, strict=True):
            assert len(symbol.shape) == len(value.shape)
        symbols = [(tuple(symbol.shape), str(symbol.dtype)) for symbol in model.outputs]
        return [layer.name for layer in model.layers], model.count_params(), list(found), symbols

    agree(answers, results)
