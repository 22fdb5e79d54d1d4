"""Inputs and weights of the programs, drawn by NumPy, so that they are the same with PyTorch; and steps of training."""

from __future__ import annotations

import numpy as np
import torch


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    """A float32 tensor of normal numbers."""
    return torch.from_numpy(np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32))


def set_weights(module: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Give every parameter numbers: matrices of size 1/sqrt(inputs), vectors between 0.1 and 0.5."""
    rng = np.random.default_rng(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim > 1:
                values = rng.standard_normal(parameter.shape) * (parameter.shape[0] / parameter.numel()) ** 0.5
            else:
                values = rng.uniform(0.1, 0.5, parameter.shape)
            parameter.copy_(torch.from_numpy(np.asarray(values)))
    return module


def train(module, inputs, targets, optimizer, steps=3, loss=torch.nn.functional.mse_loss):
    """The losses of some steps."""
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss(module(inputs), targets)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses
