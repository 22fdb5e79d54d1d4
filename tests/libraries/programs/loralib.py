"""Adapters of four kinds of layers: 3 steps, merging, state."""

import loralib as lora
import torch
from torch import nn

from tests.libraries.drawn import draw, set_weights, train


def run():
    network = nn.Sequential(
        lora.Embedding(10, 8, r=2), lora.Linear(8, 6, r=2, lora_alpha=4), nn.ReLU(),
        lora.MergedLinear(6, 6, r=2, enable_lora=[True, False, True]), nn.Flatten(), nn.Linear(18, 1),
    )  # fmt: skip
    set_weights(network)
    lora.mark_only_lora_as_trainable(network, bias="lora_only")
    trained = [p for p in network.parameters() if p.requires_grad]
    tokens = torch.tensor([[1, 2, 3], [4, 5, 9]])
    losses = train(network, tokens, draw(2, 1), torch.optim.AdamW(trained, lr=1e-2))
    network.eval()
    state = lora.lora_state_dict(network, bias="lora_only")
    conv = set_weights(lora.Conv2d(2, 3, 3, r=2))
    conv(draw(1, 2, 5, 5)).pow(2).sum().backward()
    return {
        "losses": losses, "merged": network(tokens), "number of adapters": len(state), "state": state["1.lora_A"],
        "convolution": conv.lora_B.grad.sum(1),
    }  # fmt: skip
