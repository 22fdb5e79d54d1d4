"""`EMA` of weights and buffers: 5 steps."""

import torch
from ema_pytorch import EMA
from torch import nn

from tests.libraries.drawn import draw, set_weights, train


def run():
    network = set_weights(nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)))
    average = EMA(network, beta=0.9, update_after_step=1, update_every=1)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(5):
        losses = train(network, draw(16, 4), draw(16, 1), optimizer, 1)
        average.update()
    network.eval()
    average.eval()
    return {"losses": losses, "average": average(draw(2, 4)), "model": network(draw(2, 4))}
