"""The functional API: 784-64-64-10 on Fashion-MNIST, trained with compile and fit, and drawn as a picture."""

from keras_support import draw_weights, epoch_printer, shuffled
from support import fashion_arguments, fashion_mnist

import autograd.tensorflow as tf  # or: import tensorflow as tf

keras, layers = tf.keras, tf.keras.layers

BATCH = 64

options = fashion_arguments(__doc__, epochs=2)
x_train, y_train, x_test, y_test = fashion_mnist(options.data)
x_train, y_train = shuffled(x_train.reshape(-1, 784), y_train)
x_test = x_test.reshape(-1, 784)

inputs = keras.Input(shape=(784,), name="pixels")
x = layers.Dense(64, activation="relu")(inputs)
x = layers.Dense(64, activation="relu")(x)
outputs = layers.Dense(10)(x)
model = keras.Model(inputs=inputs, outputs=outputs, name="classifier")
draw_weights(model)
model.summary()

model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    optimizer=keras.optimizers.RMSprop(),
    metrics=["accuracy"],
)
history = model.fit(
    x_train,
    y_train,
    batch_size=BATCH,
    epochs=options.epochs,
    validation_split=0.2,
    shuffle=False,
    callbacks=[epoch_printer(keras)],
    verbose=0,
)
print("the history contains", ", ".join(sorted(history.history)))
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.4f}  test accuracy {accuracy:.4f}")

try:
    keras.utils.plot_model(model, "functional.png", show_shapes=True)
    print("the model is drawn in functional.png")
except ImportError as error:
    print(f"no picture: {error}")
