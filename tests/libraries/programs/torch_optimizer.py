"""23 optimizers: 3 steps each."""

from torch import nn
from torch_optimizer import get

from tests.libraries.drawn import draw, set_weights, train

NAMES = [
    "accsgd", "adabelief", "adabound", "adamod", "adamp", "aggmo", "diffgrad", "lamb", "lars", "madgrad", "novograd",
    "pid", "qhadam", "qhm", "radam", "ranger", "rangerqh", "rangerva", "sgdp", "sgdw", "shampoo", "swats", "yogi",
]  # fmt: skip


def run():
    found = {}
    for name in NAMES:
        network = set_weights(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)))
        optimizer = get(name)(network.parameters(), lr=1e-2)
        found[name] = train(network, draw(8, 4), draw(8, 2), optimizer)
    return found
