"""A convolutional autoencoder on Fashion-MNIST: built as one model, and of an encoder and a decoder in a model."""

import numpy as np
from keras_support import draw_weights, epoch_printer, shuffled
from support import axes, fashion_arguments, fashion_mnist, save

import autograd.tensorflow as tf  # or: import tensorflow as tf

keras, layers = tf.keras, tf.keras.layers

BATCH = 64
SHOWN = 10


def encode(x):
    """Images (28, 28, 1) to 16 numbers."""
    x = layers.Conv2D(16, 3, activation="relu")(x)
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.MaxPooling2D(3)(x)
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.Conv2D(16, 3, activation="relu")(x)
    return layers.GlobalMaxPooling2D()(x)


def decode(x):
    """16 numbers to images (28, 28, 1)."""
    x = layers.Reshape((4, 4, 1))(x)
    x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
    x = layers.Conv2DTranspose(32, 3, activation="relu")(x)
    x = layers.UpSampling2D(3)(x)
    x = layers.Conv2DTranspose(16, 3, activation="relu")(x)
    return layers.Conv2DTranspose(1, 3, activation="sigmoid")(x)


def draw(path, *rows):
    """Draw rows of images, one below the other."""
    plot = axes("Test images, and their reconstructions from 16 numbers", "", "")
    plot.figure.set_size_inches(SHOWN, len(rows) + 0.5)
    plot.imshow(np.vstack([np.hstack(row) for row in rows]), cmap="gray_r", vmin=0, vmax=1)
    plot.axis("off")
    save(plot, path)


options = fashion_arguments(__doc__, epochs=5)
x_train, y_train, x_test, _ = fashion_mnist(options.data)
x_train, _ = shuffled(x_train, y_train)

# As one model: the encoder shares its layers with the autoencoder, so training one trains the other.
encoder_input = keras.Input(shape=(28, 28, 1), name="img")
code = encode(encoder_input)
whole_encoder = keras.Model(encoder_input, code, name="encoder")
whole = keras.Model(encoder_input, decode(code), name="autoencoder")

# As two models, nested in a third: a model is called like a layer.
encoder_input = keras.Input(shape=(28, 28, 1), name="original_img")
encoder = keras.Model(encoder_input, encode(encoder_input), name="encoder")
decoder_input = keras.Input(shape=(16,), name="encoded_img")
decoder = keras.Model(decoder_input, decode(decoder_input), name="decoder")
nested_input = keras.Input(shape=(28, 28, 1), name="img")
nested = keras.Model(nested_input, decoder(encoder(nested_input)), name="nested_autoencoder")

draw_weights(whole)
nested.set_weights(whole.get_weights())
for model in (encoder, decoder, nested):
    model.summary()
few = x_test[:SHOWN]
difference = np.abs(whole.predict(few, verbose=0) - nested.predict(few, verbose=0)).max()
print(f"whole and nested differ by {difference:.0f}, with the same weights")

nested.compile(optimizer=keras.optimizers.Adam(), loss="mse")
nested.fit(
    x_train,
    x_train[..., np.newaxis],
    batch_size=BATCH,
    epochs=options.epochs,
    shuffle=False,
    callbacks=[epoch_printer(keras)],
    verbose=0,
)
loss = nested.evaluate(x_test, x_test[..., np.newaxis], verbose=0)
print(f"test loss {loss:.4f}, for the mean image {np.mean((x_test - x_train.mean(axis=0)) ** 2):.4f}")

codes = encoder.predict(few, verbose=0)
reconstructions = decoder.predict(codes, verbose=0)
print(f"codes of shape {codes.shape}, images of shape {reconstructions.shape}")
draw("autoencoder.png", few, reconstructions[..., 0])
