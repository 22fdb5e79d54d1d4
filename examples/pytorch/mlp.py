"""A one-hidden-layer perceptron on Fashion-MNIST, 784-256-10: from scratch with three activations, and concisely."""

import numpy as np
from support import (
    accuracy,
    compiled,
    draw_weights,
    fashion_arguments,
    fashion_mnist,
    shuffled_batches,
    standardised,
    train_epoch,
    training_step,
)

import autograd as torch  # or: import torch

nn = torch.nn

BATCH = 256
LEARNING_RATE = 0.1
SIGMOID_LEARNING_RATE = 0.5  # larger, because the derivative of the sigmoid is at most 1/4


def sigmoid(Z):
    """1 / (1 + exp(−Z))."""
    return 1 / (1 + torch.exp(-Z))


def relu(Z):
    """max(Z, 0)."""
    return torch.max(Z, other=torch.tensor(0.0))


def tanh(Z):
    """(1 − exp(−2Z)) / (1 + exp(−2Z))."""
    powers = torch.exp(-2 * Z)
    return (1 - powers) / (1 + powers)


def cross_entropy(scores, labels):
    """The mean of ln Σ exp(scores) − the score of the label; the maximum is subtracted first to avoid overflow."""
    scores = scores - scores.detach().max(dim=1, keepdim=True).values
    right = scores[torch.arange(len(labels)), labels]
    return (torch.log(torch.exp(scores).sum(dim=1)) - right).mean()


def from_scratch(activation, learning_rate, epochs):
    """With tensors and our own functions. Returns the trained model and the mean loss of the last epoch."""
    random = np.random.default_rng(0)

    def weights(inputs, outputs):
        values = random.normal(0, inputs**-0.5, (inputs, outputs))
        return torch.from_numpy(values.astype(np.float32)).requires_grad_()

    W1, b1 = weights(784, 256), torch.zeros(256, requires_grad=True)
    W2, b2 = weights(256, 10), torch.zeros(10, requires_grad=True)

    def model(X):
        return activation(X.reshape(-1, 784) @ W1 + b1) @ W2 + b2

    def step(X, y):
        loss = cross_entropy(model(X), y)
        loss.backward()
        for parameter in (W1, b1, W2, b2):
            parameter.data -= learning_rate * parameter.grad
            parameter.grad.data.zero_()
        return loss

    step = compiled(torch, options, step)
    mean = 0.0
    for _ in range(epochs):
        order = torch.from_numpy(random.permutation(len(images)))
        mean = 0.0
        for number, batch in enumerate(order.split(BATCH), 1):
            mean += (step(images[batch], labels[batch]).item() - mean) / number
    return model, mean


def concisely(epochs):
    """With modules and an optimizer, and ReLU as the activation."""
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
    draw_weights(torch, model)
    loader = shuffled_batches(torch, images, labels, BATCH)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    step = compiled(torch, options, training_step(model, nn.CrossEntropyLoss(), optimizer))
    mean = 0.0
    for _ in range(epochs):
        mean = train_epoch(step, loader)
    return model, mean


def report(title, model, loss):
    """Print the loss and the test accuracy of `model`."""
    found = accuracy(torch, model, test_images, test_labels)
    print(f"{title:9} loss {loss:.4f}  test accuracy {found:.4f}", flush=True)


options = fashion_arguments(__doc__, epochs=5)
images, labels, test_images, test_labels = map(torch.from_numpy, fashion_mnist(options.data))
images, test_images = standardised(images), standardised(test_images)
for activation, learning_rate in (sigmoid, SIGMOID_LEARNING_RATE), (relu, LEARNING_RATE), (tanh, LEARNING_RATE):
    report(activation.__name__, *from_scratch(activation, learning_rate, options.epochs))
report("concisely", *concisely(options.epochs))
