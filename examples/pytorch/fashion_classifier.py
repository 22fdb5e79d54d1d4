"""A Fashion-MNIST classifier in three versions: with bare Parameters, with Linear, and with optim.SGD.

Each is 784-100-10 with a sigmoid, trained by cross entropy on batches of 64, from the same initial weights.
"""

import numpy as np
from support import accuracy, compiled, draw_weights, fashion_arguments, fashion_mnist, standardised

import autograd as torch  # or: import torch

nn = torch.nn

BATCH = 64
LEARNING_RATE = 0.5


class Bare(nn.Module):
    """Its weights are Parameters that it defines itself."""

    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.zeros(100, 784))
        self.b1 = nn.Parameter(torch.zeros(100))
        self.w2 = nn.Parameter(torch.zeros(10, 100))
        self.b2 = nn.Parameter(torch.zeros(10))

    def forward(self, x):
        h = torch.sigmoid(x.view(-1, 784) @ self.w1.T + self.b1)
        return h @ self.w2.T + self.b2


class WithLinear(nn.Module):
    """Its weights and biases are in Linear modules."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 100)
        self.out = nn.Linear(100, 10)

    def forward(self, x):
        return self.out(torch.sigmoid(self.hidden(x.view(-1, 784))))


def step_by_hand(model):
    """One step of gradient descent on every parameter."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.sub_(LEARNING_RATE * parameter.grad)
    model.zero_grad()


def train(title, model, update):
    """Train from the initial weights that all three versions share, and print the loss and the test accuracy."""
    draw_weights(torch, model)
    random = np.random.default_rng(0)
    criterion = nn.CrossEntropyLoss()

    def step(X, y):
        loss = criterion(model(X), y)
        loss.backward()
        update(model)
        return loss

    step = compiled(torch, options, step)
    mean = 0.0
    for _ in range(options.epochs):
        order = torch.from_numpy(random.permutation(len(images)))
        mean = 0.0
        for number, batch in enumerate(order.split(BATCH), 1):
            mean += (step(images[batch], labels[batch]).item() - mean) / number
    found = accuracy(torch, model, test_images, test_labels)
    print(f"{title:16} loss {mean:.4f}  test accuracy {found:.4f}", flush=True)


options = fashion_arguments(__doc__, epochs=5)
images, labels, test_images, test_labels = map(torch.from_numpy, fashion_mnist(options.data))
images, test_images = standardised(images), standardised(test_images)

train("bare Parameters", Bare(), step_by_hand)
train("Linear", WithLinear(), step_by_hand)

model = WithLinear()
optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)


def step_by_optimizer(model):
    """One step of `optimizer`, which was given the parameters of `model`."""
    optimizer.step()
    optimizer.zero_grad()


train("optim.SGD", model, step_by_optimizer)
