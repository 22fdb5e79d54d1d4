"""Twenty-five optimizers: 3 steps of each."""

import torch
import torch_optimizer
from torch import nn

from tests.tools.drawn import draw, set_weights, train


def run():
    found = {}
    for name, make in sorted(torch_optimizer._NAME_OPTIM_MAP.items()):
        network = set_weights(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)))
        try:
            optimizer = make(network.parameters(), lr=1e-2)
            found[name] = train(network, draw(8, 4), draw(8, 2), optimizer)
        except Exception as error:
            import sys
            print(name, type(error), str(error)[:200], file=sys.stderr)
    return found
