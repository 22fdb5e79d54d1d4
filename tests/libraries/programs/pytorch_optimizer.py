"""102 of its 128 optimizers: 3 steps each."""

import torch
from pytorch_optimizer.optimizer import OPTIMIZERS
from torch import nn

from tests.libraries.drawn import draw, set_weights, train

LEFT_OUT = {
    # need closures, second derivatives, names or groups of parameters, or several processes
    "adago", "adahessian", "adalomo", "adammini", "adamuon", "alig", "bsam", "demo", "distributedmuon", "lbfgs",
    "lomo", "muon", "muonclip", "normuon", "ranger21", "sophiah", "spectralsphere",
    # draw random numbers
    "gravity", "kron", "magma",
    # compute in bfloat16
    "dash", "scion", "scionlight",
    # decompose singular matrices: with PyTorch, a change of the inputs by a millionth changes the weights by a percent
    "alice", "soap", "splus",
}  # fmt: skip
OPTIONS = {"adafactor": {"momentum_dtype": torch.float32}}


def run():
    found = {}
    for name in sorted(OPTIMIZERS.keys() - LEFT_OUT):
        network = set_weights(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2)))
        optimizer = OPTIMIZERS[name](network.parameters(), lr=1e-2, **OPTIONS.get(name, {}))
        found[name] = [*train(network, draw(8, 4), draw(8, 2), optimizer), network[0].weight.sum().item()]
    return found
