"""`AdaBelief`, with and without rectification: 4 steps each."""

from adabelief_pytorch import AdaBelief
from torch import nn

from tests.libraries.drawn import draw, set_weights, train


def run():
    found = {}
    for rectify in (False, True):
        network = set_weights(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)))
        optimizer = AdaBelief(network.parameters(), lr=1e-2, rectify=rectify, print_change_log=False)
        found[f"rectify={rectify}"] = train(network, draw(16, 4), draw(16, 1), optimizer, 4)
    return found
