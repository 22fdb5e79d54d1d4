"""Comparison with Keras: summaries, shapes, names and outputs of models."""

import io
from contextlib import redirect_stdout

import pytest

from tests.tools.beside_keras import agree, classes, data, numbers, regression, with_weights


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
def test_summaries_shapes_and_names_match(build, answers):
    def shown(tf):
        model = build(tf.keras)
        found = io.StringIO()
        with redirect_stdout(found):
            model.summary(print_fn=print)
        lines = [line.rstrip() for line in found.getvalue().strip().splitlines()]
        weights = [w.name for w in model.weights], [w.name for w in model.trainable_weights]
        return lines, [layer.name for layer in model.layers], model.output_shape, model.count_params(), weights

    agree(answers, shown)


def test_outputs_and_training_of_a_branched_model_match(answers):
    def results(tf):
        model = with_weights(branched(tf.keras))
        x, y = [data(20, 8, 8, 1), data(20, 5, seed=3)], classes(3, 20)
        predicted = model.predict(x, verbose=0), model.predict({"img": x[0], "numbers": x[1]}, verbose=0)
        model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        return predicted, numbers(model.fit(x, y, 8, epochs=2, shuffle=False, verbose=0).history["loss"])

    agree(answers, results)
