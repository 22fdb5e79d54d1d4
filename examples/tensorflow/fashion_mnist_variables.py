"""Fashion-MNIST with plain Variables: 784-256-128-10, with the layers, the loss and the update written out."""

from itertools import pairwise

import numpy as np
from support import axes, fashion_arguments, fashion_mnist, save

import autograd.tensorflow as tf  # or: import tensorflow as tf

LEARNING_RATE = 0.001
BATCH = 200
SIZES = 784, 256, 128, 10


def layer(inputs, outputs):
    """A weight (inputs, outputs) and a bias (outputs,)."""
    weight = tf.Variable(tf.random.truncated_normal([inputs, outputs], stddev=0.1))
    return weight, tf.Variable(tf.zeros([outputs]))


def forward(layers, x):
    """Ten scores for every image, trained to be 1 at its class and 0 elsewhere."""
    for weight, bias in layers[:-1]:
        x = tf.nn.relu(x @ weight + bias)
    weight, bias = layers[-1]
    return x @ weight + bias


def accuracy(layers, x, labels):
    """The fraction of images whose largest score is at their class."""
    hits = tf.equal(tf.argmax(forward(layers, x), axis=1), labels)
    return float(tf.reduce_mean(tf.cast(hits, tf.float32)))


options = fashion_arguments(__doc__, epochs=20)
images, labels, test_images, test_labels = fashion_mnist(options.data)
x, test_x = images.reshape(-1, 784), tf.constant(test_images.reshape(-1, 784))

tf.random.set_seed(0)
layers = [layer(inputs, outputs) for inputs, outputs in pairwise(SIZES)]
variables = [variable for pair in layers for variable in pair]
batches = tf.data.Dataset.from_tensor_slices((x, tf.one_hot(labels, depth=10))).batch(BATCH)

losses = []
for epoch in range(options.epochs):
    for batch_x, batch_y in batches:
        with tf.GradientTape() as tape:
            out = forward(layers, batch_x)
            loss = tf.reduce_mean(tf.square(batch_y - out))
        for variable, gradient in zip(variables, tape.gradient(loss, variables)):
            variable.assign_sub(LEARNING_RATE * gradient)
        losses.append(float(loss))
    epoch_loss = np.mean(losses[-len(batches) :])
    print(
        f"epoch {epoch:2d}  loss {epoch_loss:.4f}  test accuracy {accuracy(layers, test_x, test_labels):.4f}",
        flush=True,
    )

plot = axes("784-256-128-10 on Fashion-MNIST", "epoch", "mean squared error")
plot.plot(np.arange(1, len(losses) + 1) / len(batches), losses, linewidth=0.8, color="tab:blue")
plot.set_ylim(bottom=0)
save(plot, "fashion_mnist_variables.png")
