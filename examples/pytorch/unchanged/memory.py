"""A GRU remembers the first bit of a sequence: packed sequences, hooks, a Function of its own, plain objects in a file.

python -m autograd.as_torch memory.py   # on Glassgrad
python memory.py                        # on PyTorch, with the same numbers
"""

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.autograd import Function
from torch.nn.utils.rnn import pack_sequence
from torch.utils._pytree import tree_map

torch.set_default_dtype(torch.float64)
random = np.random.default_rng(1)


class Clipped(Function):
    """The value itself, with a gradient of at most 0.1 in each element."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, cotangent):
        return cotangent.clamp(-0.1, 0.1)


class Remember(nn.Module):
    """A GRU and a layer that reads its last state."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(1, 8)
        self.read = nn.Linear(8, 1)
        for parameter in self.parameters():
            nn.init.constant_(parameter, 0.0)
            parameter.data += torch.from_numpy(random.normal(0, 0.4, parameter.shape))

    def forward(self, sequences):
        _, last = self.gru(pack_sequence(sequences, enforce_sorted=False))
        return self.read(Clipped.apply(last[0])).squeeze(1)


def samples(count):
    """Sequences of 3 to 8 bits, and the first bit of each."""
    bits = [random.integers(0, 2, (random.integers(3, 9), 1)).astype(float) for _ in range(count)]
    return tree_map(torch.from_numpy, bits), torch.tensor([sequence[0, 0] for sequence in bits])


calls = Counter()
net = Remember()
net.gru.register_forward_hook(lambda module, inputs, output: calls.update([type(module).__name__]))
optimizer = torch.optim.RMSprop(net.parameters(), lr=0.01)
for step in range(1, 121):
    sequences, first = samples(16)
    loss = nn.functional.binary_cross_entropy_with_logits(net(sequences), first)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 40 == 0:
        print(f"step {step}: loss {loss.item():.4f}")

settings = argparse.Namespace(steps=step, calls=dict(calls), weight=net.read.weight.detach())
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "run.pt"
    torch.save({"settings": settings, "optimizer": optimizer.state_dict()}, path)
    again = torch.load(path, weights_only=False)["settings"]
print(again.steps, again.calls, torch.equal(again.weight, net.read.weight))
