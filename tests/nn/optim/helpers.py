"""Parameters, closures and steps that the tests of optimizers share."""

import numpy as np

from autograd import float64, tensor
from nn import optim


def parameter(*values, dtype=float64):
    """A leaf of these values, or of 1."""
    return tensor(values or (1.0,), dtype=dtype, requires_grad=True)


def closure_of(optimizer, loss):
    """The closure that clears the gradients, computes the loss and its gradients, and returns the loss."""

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    return closure


def path_along(optimizer, w, gradients):
    """The weights after each step, for given gradients."""
    path = []
    for g in gradients:
        w.grad = tensor(np.full(w.shape, float(g)))
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


#: The initial learning rates of `two_groups`.
FIRST = (0.5, 2.0)


def two_groups(kind=optim.SGD):
    """An optimizer of two groups, with momentum."""
    groups = [{"params": [parameter()], "lr": lr} for lr in FIRST]
    return kind(groups, **({} if kind is optim.Adam else {"momentum": 0.4}))
