"""Softmax regression on Fashion-MNIST, from scratch and concisely.

Ŷ = softmax(X W + b), and the loss of a batch of N images is −tr(Yᵀ ln Ŷ) / N, where Y holds the one-hot labels.
"""

import numpy as np
from support import (
    accuracy,
    compiled,
    draw_weights,
    fashion_arguments,
    fashion_mnist,
    shuffled_batches,
    train_epoch,
    training_step,
)

import autograd as torch  # or: import torch

nn = torch.nn

BATCH = 256
LEARNING_RATE = 0.1


def one_hot(labels):
    """Labels (N,) as rows (N, 10) with a 1 at the class."""
    rows = torch.zeros(len(labels), 10)
    rows[torch.arange(len(labels)), labels] = 1
    return rows


def softmax(scores):
    """exp of every score, divided by the sum of its row."""
    powers = torch.exp(scores)
    return powers / powers.sum(dim=1, keepdim=True)


def cross_entropy(Y_hat, Y):
    """−tr(Yᵀ ln Ŷ), divided by the number of rows."""
    return -torch.trace(Y.T @ torch.log(Y_hat)) / len(Y)


def from_scratch(images, labels, epochs):
    """With tensors and our own functions. Returns the trained model and the mean loss of the last epoch."""
    random = np.random.default_rng(0)
    W = torch.from_numpy(random.normal(0, 0.01, (784, 10)).astype(np.float32)).requires_grad_()
    b = torch.zeros(10, requires_grad=True)

    def model(X):
        return softmax(X.reshape(-1, 784) @ W + b)

    def step(X, y):
        loss = cross_entropy(model(X), one_hot(y))
        loss.backward()
        with torch.no_grad():
            for parameter in (W, b):
                parameter.sub_(LEARNING_RATE * parameter.grad)
                parameter.grad.zero_()
        return loss

    step = compiled(torch, options, step)
    mean = 0.0
    for _ in range(epochs):
        order = torch.from_numpy(random.permutation(len(images)))
        mean = 0.0
        for number, batch in enumerate(order.split(BATCH), 1):
            mean += (step(images[batch], labels[batch]).item() - mean) / number
    return model, mean


class Flatten(nn.Module):
    """Every image as one row."""

    def forward(self, x):
        return x.view(x.shape[0], -1)


def concisely(images, labels, epochs):
    """With modules and an optimizer; CrossEntropyLoss takes scores and includes the softmax."""
    model = nn.Sequential(Flatten(), nn.Linear(784, 10))
    draw_weights(torch, model)
    loader = shuffled_batches(torch, images, labels, BATCH)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    step = compiled(torch, options, training_step(model, nn.CrossEntropyLoss(), optimizer))
    mean = 0.0
    for _ in range(epochs):
        mean = train_epoch(step, loader)
    return model, mean


options = fashion_arguments(__doc__, epochs=10)
images, labels, test_images, test_labels = map(torch.from_numpy, fashion_mnist(options.data))
for way in from_scratch, concisely:
    model, loss = way(images, labels, options.epochs)
    found = accuracy(torch, model, test_images, test_labels)
    print(f"{way.__name__:12} loss {loss:.4f}  test accuracy {found:.4f}", flush=True)
