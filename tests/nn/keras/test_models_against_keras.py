"""Comparison with Keras, if TensorFlow is installed: summaries, shapes, names and outputs of models."""

import io
from contextlib import redirect_stdout

import pytest

from tests.nn.keras.beside_keras import BOTH, MARKS, classes, close, data, pair_of, regression

pytestmark = MARKS


def branched(K):
    images = K.Input((8, 8, 1), name="img")
    x = K.layers.Conv2D(4, 3, activation="relu")(images)
    first = K.layers.MaxPooling2D(3)(x)
    x = K.layers.Conv2D(4, 3, padding="same")(first)
    x = K.layers.BatchNormalization()(x)
    x = K.layers.add([x, first])
    numbers = K.Input((5,), name="numbers")
    shared = K.layers.Dense(4, activation="relu")
    both = K.layers.Concatenate()([K.layers.GlobalAveragePooling2D()(x), shared(shared(K.layers.Dense(4)(numbers)))])
    return K.Model([images, numbers], K.layers.Dense(3)(both), name="branched")


def autoencoder(K):
    inputs = K.Input((8, 8, 1), name="img")
    x = K.layers.Conv2D(4, 3, activation="relu")(inputs)
    encoder = K.Model(inputs, K.layers.GlobalMaxPooling2D()(x), name="encoder")
    code = K.Input((4,), name="code")
    x = K.layers.Reshape((2, 2, 1))(code)
    x = K.layers.Conv2DTranspose(2, 3, activation="relu")(x)
    decoder = K.Model(code, K.layers.UpSampling2D(2)(x), name="decoder")
    whole = K.Input((8, 8, 1))
    return K.Model(whole, decoder(encoder(whole)))


def chain(K):
    model = K.Sequential(name="chain")
    model.add(K.Input((250, 250, 3)))
    model.add(K.layers.Conv2D(32, 5, strides=2, activation="relu"))
    model.add(K.layers.Conv2D(32, 3, activation="relu"))
    model.add(K.layers.MaxPooling2D(3))
    model.add(K.layers.GlobalMaxPooling2D())
    model.add(K.layers.Dense(10))
    return model


def with_operations(K):
    x = K.Input((4,))
    y = K.layers.Dense(4)(x) * 2 + x
    return K.Model(x, K.layers.Dense(1)(K.ops.expand_dims(y[:, :2], 1)))


@pytest.mark.parametrize("build", [branched, autoencoder, chain, regression, with_operations])
def test_summaries_shapes_and_names_match(build):
    pair = [build(K) for K in BOTH]
    texts = []
    for model in pair:
        found = io.StringIO()
        with redirect_stdout(found):
            model.summary(print_fn=print)
        texts.append([line.rstrip() for line in found.getvalue().strip().splitlines()])
    assert texts[0] == texts[1]
    assert [layer.name for layer in pair[0].layers] == [layer.name for layer in pair[1].layers]
    assert pair[0].output_shape == pair[1].output_shape
    assert pair[0].count_params() == pair[1].count_params()
    assert [w.name for w in pair[0].weights] == [w.name for w in pair[1].weights]
    assert [w.name for w in pair[0].trainable_weights] == [w.name for w in pair[1].trainable_weights]


def test_outputs_and_training_of_a_branched_model_match():
    pair = pair_of(branched)
    x, y = [data(20, 8, 8, 1), data(20, 5, seed=3)], classes(3, 20)
    close(*(m.predict(x, verbose=0) for m in pair))
    close(*(m.predict({"img": x[0], "numbers": x[1]}, verbose=0) for m in pair))
    for model, K in zip(pair, BOTH):
        model.compile("adam", K.losses.SparseCategoricalCrossentropy(from_logits=True))
    close(*(m.fit(x, y, 8, epochs=2, shuffle=False, verbose=0).history["loss"] for m in pair))
