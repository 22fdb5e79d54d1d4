"""An average of a network's weights: 4 steps, its state."""

import torch
from torch import nn
from torch_ema import ExponentialMovingAverage

from tests.libraries.drawn import draw, set_weights, train


def run():
    network = set_weights(nn.Linear(4, 1))
    average = ExponentialMovingAverage(network.parameters(), decay=0.9)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(4):
        train(network, draw(16, 4), draw(16, 1), optimizer, 1)
        average.update()
    with average.average_parameters():
        inside = network(draw(2, 4))
    return {"inside": inside, "after": network(draw(2, 4)), "shadow": average.state_dict()["shadow_params"][0]}
