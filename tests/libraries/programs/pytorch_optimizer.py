"""Optimizers: 3 steps of each of the {n} that need no CUDA, no closure and no names of layers."""

import torch
from pytorch_optimizer.optimizer import OPTIMIZERS
from torch import nn

from tests.tools.drawn import draw, set_weights, train


def run():
    found = {}
    for name, make in sorted(OPTIMIZERS.items()):
        network = set_weights(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)))
        try:
            torch.manual_seed(0)
            optimizer = make(network.parameters(), lr=1e-2)
            found[name] = train(network, draw(8, 4), draw(8, 2), optimizer) + [network[0].weight.sum().item()]
        except Exception as error:
            import sys
            print(name, type(error), str(error)[:200], file=sys.stderr)
    return found
