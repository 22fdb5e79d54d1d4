"""Backpropagation by hand for a neuron, three neurons and a network, compared with the tape.

The forward and backward passes are plain NumPy. A tape differentiates the same loss at the initial and
at the final weights.
"""

import numpy as np
from support import arguments, axes, save

import autograd.tensorflow as tf  # or: import tensorflow as tf


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Neuron:
    """a = sigmoid(w x + b), and the loss (a - target)² / 2."""

    rate = 0.3

    def __init__(self):
        self.parameters = [np.array(0.6), np.array(0.9)]
        self.x, self.target = 1.0, 0.0

    def gradients(self):
        """The loss, and dloss/dw and dloss/db by the chain rule."""
        w, b = self.parameters
        a = sigmoid(w * self.x + b)
        dz = (a - self.target) * a * (1 - a)  # dloss/da · da/dz
        return (a - self.target) ** 2 / 2, [dz * self.x, dz]

    def loss(self, w, b):
        """The same loss with TensorFlow's functions."""
        return tf.square(tf.sigmoid(w * self.x + b) - self.target) / 2


class ThreeHiddenNeurons:
    """One input, three sigmoid neurons, one sigmoid output with the target 0.1."""

    rate = 0.3

    def __init__(self):
        random = np.random.default_rng(1)
        self.parameters = [random.normal(size=3), np.zeros(3), random.normal(size=3), np.array(0.0)]
        self.x, self.target = 1.0, 0.1

    def gradients(self):
        """The loss and its gradients, from the output backwards: each line is one step of the chain rule."""
        w1, b1, w2, b2 = self.parameters
        hidden = sigmoid(w1 * self.x + b1)
        out = sigmoid(w2 @ hidden + b2)
        dout = (out - self.target) * out * (1 - out)
        dhidden = dout * w2 * hidden * (1 - hidden)
        return (out - self.target) ** 2 / 2, [dhidden * self.x, dhidden, dout * hidden, dout]

    def loss(self, w1, b1, w2, b2):
        """The same loss with TensorFlow's functions."""
        hidden = tf.sigmoid(w1 * self.x + b1)
        return tf.square(tf.sigmoid(tf.reduce_sum(w2 * hidden) + b2) - self.target) / 2


class Network:
    """4-16-8-3: two ReLU layers and a sigmoid layer, with the target (0.1, 0.1, 0.6)."""

    rate = 0.3
    sizes = 4, 16, 8, 3

    def __init__(self):
        random = np.random.default_rng(2)
        self.parameters = []
        for inputs, outputs in zip(self.sizes, self.sizes[1:]):
            self.parameters += [random.normal(0, (2 / inputs) ** 0.5, (inputs, outputs)), np.zeros(outputs)]
        self.x, self.target = random.uniform(size=(1, 4)), np.array([[0.1, 0.1, 0.6]])

    def gradients(self):
        """The loss and its gradients: forward, keeping the output of every layer, then backwards through the layers."""
        weights, biases = self.parameters[::2], self.parameters[1::2]
        values = [self.x]
        for i, (weight, bias) in enumerate(zip(weights, biases)):
            z = values[-1] @ weight + bias
            values.append(sigmoid(z) if i == len(weights) - 1 else np.maximum(z, 0))
        out = values[-1]
        loss = np.mean((out - self.target) ** 2)
        dz = 2 * (out - self.target) / out.size * out * (1 - out)
        gradients = []
        for i in reversed(range(len(weights))):
            gradients = [values[i].T @ dz, dz.sum(axis=0), *gradients]
            dz = dz @ weights[i].T * (values[i] > 0)  # the ReLU passes the gradient where its output is positive
        return loss, gradients

    def loss(self, *parameters):
        """The same loss with TensorFlow's functions."""
        out = tf.constant(self.x)
        for i in range(0, len(parameters), 2):
            z = out @ parameters[i] + parameters[i + 1]
            out = tf.sigmoid(z) if i == len(parameters) - 2 else tf.nn.relu(z)
        return tf.reduce_mean(tf.square(out - self.target))


def disagreement(model):
    """The largest difference between the gradients by hand and those of a tape."""
    variables = [tf.Variable(parameter) for parameter in model.parameters]
    with tf.GradientTape() as tape:
        loss = model.loss(*variables)
    pairs = zip(model.gradients()[1], tape.gradient(loss, variables))
    return max(np.abs(by_hand - by_tape.numpy()).max() for by_hand, by_tape in pairs)


epochs = arguments(__doc__, epochs=520).epochs
plot = axes("Backpropagation by hand", "epoch", "loss")
for model in Neuron(), ThreeHiddenNeurons(), Network():
    difference = disagreement(model)
    losses = []
    for _ in range(epochs):
        loss, gradients = model.gradients()
        losses.append(loss)
        model.parameters = [p - model.rate * g for p, g in zip(model.parameters, gradients)]
    difference = max(difference, disagreement(model))
    name = type(model).__name__
    print(f"{name:18} loss {losses[0]:.6f} -> {losses[-1]:.6f}   the tape agrees to 1e-6: {bool(difference < 1e-6)}")
    plot.plot(losses, label=name)
plot.set_yscale("log")
plot.legend(frameon=False)
save(plot, "by_hand.png")
