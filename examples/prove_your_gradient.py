"""Prove your gradient: an operation with its own backward, five mistakes in it, and how the checks report them.

    python examples/prove_your_gradient.py

The operation is a layer, y = tanh(x @ weight + bias). Each mistake is easily made, and training would hide it: the loss
still goes down, only more slowly.
"""

import argparse

import autograd as torch
from autograd.testing import GradcheckError, gradcheck, gradgradcheck


class Layer(torch.Function):
    """The layer, with the right gradient."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        y = torch.tanh(x @ weight + bias)
        ctx.save_for_backward(x, weight, y)
        return y

    @staticmethod
    def backward(ctx, g):
        x, weight, y = ctx.saved_tensors
        g = g * (1 - y * y)
        return g @ weight.mT, x.mT @ g, g.sum(0)


class WrongSign(Layer):
    """The derivative of tanh is 1 - y², not y² - 1."""

    @staticmethod
    def backward(ctx, g):
        x, weight, y = ctx.saved_tensors
        g = g * (y * y - 1)
        return g @ weight.mT, x.mT @ g, g.sum(0)


class Factor(Layer):
    """A mean over the batch instead of the sum."""

    @staticmethod
    def backward(ctx, g):
        x, weight, y = ctx.saved_tensors
        g = g * (1 - y * y)
        return g @ weight.mT, x.mT @ g, g.mean(0)


class Transposed(Layer):
    """weight instead of weight.mT: the weight is square, so no shape is wrong."""

    @staticmethod
    def backward(ctx, g):
        x, weight, y = ctx.saved_tensors
        g = g * (1 - y * y)
        return g @ weight, x.mT @ g, g.sum(0)


class BroadcastNotUndone(Layer):
    """The bias was added to every row, but only the gradient of the first row is returned."""

    @staticmethod
    def backward(ctx, g):
        x, weight, y = ctx.saved_tensors
        g = g * (1 - y * y)
        return g @ weight.mT, x.mT @ g, g[0]


class CutOff(Layer):
    """A detached value in backward: the gradient is right, but the gradient of the gradient is wrong."""

    @staticmethod
    def backward(ctx, g):
        x, weight, y = ctx.saved_tensors
        g = g * (1 - y.detach() ** 2)
        return g @ weight.mT, x.mT @ g, g.sum(0)


def verdict(layer, inputs):
    """The first lines of what the checks report about a layer."""
    for name, check in ("gradcheck", gradcheck), ("gradgradcheck", gradgradcheck):
        try:
            check(layer.apply, inputs)
        except GradcheckError as error:
            return f"{name}: " + "\n".join(str(error).splitlines()[:5])
    return "gradcheck and gradgradcheck: passed"


def main():
    torch.manual_seed(0)
    shapes = (2, 3), (3, 3), (3,)
    inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in shapes]
    for layer in (Layer, WrongSign, Factor, Transposed, BroadcastNotUndone, CutOff):
        print(f"{layer.__name__}: {layer.__doc__}\n{verdict(layer, inputs)}\n")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    main()
