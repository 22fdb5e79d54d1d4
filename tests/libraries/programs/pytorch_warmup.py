"""Five warm-ups, AdamW, a cosine schedule: 6 steps each."""

import pytorch_warmup as warmup
import torch
from torch import nn

from tests.libraries.drawn import draw, set_weights


def run():
    found = {}
    for name, options in (
        ("LinearWarmup", {"warmup_period": 4}), ("ExponentialWarmup", {"warmup_period": 3}),
        ("UntunedLinearWarmup", {}), ("UntunedExponentialWarmup", {}), ("RAdamWarmup", {}),
    ):  # fmt: skip
        network = set_weights(nn.Linear(4, 1))
        optimizer = torch.optim.AdamW(network.parameters(), lr=0.1)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
        warm = getattr(warmup, name)(optimizer, **options)
        rates = []
        for _ in range(6):
            optimizer.zero_grad()
            network(draw(8, 4)).pow(2).mean().backward()
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            with warm.dampening():
                schedule.step()
        found[name] = [rates, network.weight]
    return found
