"""Two-layer regression in three ways: with gradients by hand in NumPy, with `backward()`, and with `clamp`.

The network computes max(x w1, 0) w2; the loss is the sum of the squared errors.
"""

import numpy as np
from support import arguments, compiled

import autograd as torch  # or: import torch

N, D_IN, H, D_OUT = 64, 1000, 100, 10
LEARNING_RATE = 1e-6


def by_hand(x, y, w1, w2, steps):
    """With NumPy alone: every derivative is written out. Returns the loss of each step."""
    w1, w2 = w1.copy(), w2.copy()
    losses = []
    for _ in range(steps):
        h = x @ w1
        h_relu = np.maximum(h, 0)
        y_pred = h_relu @ w2
        losses.append(np.square(y_pred - y).sum())

        grad_y_pred = 2.0 * (y_pred - y)
        grad_w2 = h_relu.T @ grad_y_pred
        grad_h = grad_y_pred @ w2.T
        grad_h[h < 0] = 0
        grad_w1 = x.T @ grad_h

        w1 -= LEARNING_RATE * grad_w1
        w2 -= LEARNING_RATE * grad_w2
    return losses


def by_backward(x, y, w1, w2, steps):
    """With tensors: `backward()` computes the gradients, and `.data.add_` updates without recording."""
    x, y = torch.tensor(x), torch.tensor(y)
    w1 = torch.tensor(w1, requires_grad=True)
    w2 = torch.tensor(w2, requires_grad=True)

    def step(x, y):
        y_pred = torch.relu(x.mm(w1)).mm(w2)
        loss = (y_pred - y).pow(2).sum()

        loss.backward()
        w1.data.add_(-LEARNING_RATE * w1.grad)
        w2.data.add_(-LEARNING_RATE * w2.grad)
        w1.grad.data.zero_()
        w2.grad.data.zero_()
        return loss

    step = compiled(torch, options, step)
    return [step(x, y).item() for _ in range(steps)]


def with_clamp(x, y, w1, w2, steps):
    """With tensors, `clamp(min=0)` as the activation, and updates under `no_grad`."""
    x, y = torch.tensor(x), torch.tensor(y)
    w1 = torch.tensor(w1, requires_grad=True)
    w2 = torch.tensor(w2, requires_grad=True)

    def step(x, y):
        loss = (x.mm(w1).clamp(min=0).mm(w2) - y).pow(2).sum()

        loss.backward()
        with torch.no_grad():
            w1.sub_(LEARNING_RATE * w1.grad)
            w2.sub_(LEARNING_RATE * w2.grad)
        w1.grad = None
        w2.grad = None
        return loss

    step = compiled(torch, options, step)
    return [step(x, y).item() for _ in range(steps)]


options = arguments(__doc__, steps=500)
steps = options.steps

random = np.random.default_rng(0)
start = [random.standard_normal(shape) for shape in ((N, D_IN), (N, D_OUT), (D_IN, H), (H, D_OUT))]
for way in by_hand, by_backward, with_clamp:
    losses = way(*start, steps)
    print(f"{way.__name__:12} loss {losses[0]:.6e} at first, {losses[-1]:.6e} after {steps} steps")
