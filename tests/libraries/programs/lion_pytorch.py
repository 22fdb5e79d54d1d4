"""`Lion`, with weight decay: 4 steps."""

from lion_pytorch import Lion
from torch import nn

from tests.libraries.drawn import draw, set_weights, train


def run():
    network = set_weights(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)))
    optimizer = Lion(network.parameters(), lr=1e-2, weight_decay=1e-1)
    return {"losses": train(network, draw(16, 4), draw(16, 1), optimizer, 4), "weights": network[2].weight}
