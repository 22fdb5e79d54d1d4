"""Two Sequential models: three Dense layers, and convolutions that turn an image of 250 by 250 into 16 numbers."""

import numpy as np

import autograd.tensorflow as tf  # or: import tensorflow as tf

keras, layers = tf.keras, tf.keras.layers


def three_layers():
    """A model that creates its weights at its first call."""
    model = keras.Sequential(
        [
            layers.Dense(2, activation="relu", name="layer1"),
            layers.Dense(3, activation="relu", name="layer2"),
            layers.Dense(4, name="layer3"),
        ],
        name="three_layers",
    )
    print(f"before the first call it has {len(model.weights)} weights,")
    y = model(tf.ones((3, 3)))
    print(f"after it {len(model.weights)}; the output has the shape {tuple(y.shape)}")
    model.summary()
    return model


def convolutions():
    """A model built layer by layer; its output shape is known after each layer."""
    model = keras.Sequential(name="convolutions")
    model.add(keras.Input(shape=(250, 250, 3)))
    model.add(layers.Conv2D(32, 5, strides=2, activation="relu"))
    model.add(layers.Conv2D(32, 3, activation="relu"))
    model.add(layers.MaxPooling2D(3))
    print(f"after the first block: {model.output_shape}")
    for _ in range(2):
        model.add(layers.Conv2D(32, 3, activation="relu"))
        model.add(layers.Conv2D(32, 3, activation="relu"))
        model.add(layers.MaxPooling2D(3))
    print(f"after the third: {model.output_shape}")
    model.add(layers.GlobalMaxPooling2D())
    model.add(layers.Dense(16))
    model.summary()
    return model


three_layers()
model = convolutions()
images = np.random.default_rng(0).random((2, 250, 250, 3), dtype=np.float32)
print(f"images of shape {images.shape} become {tuple(model(images).shape)}; the model says {model.output_shape}")
