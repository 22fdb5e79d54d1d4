"""Two solvers along a given Brownian path: 2 steps each."""

import torch
import torchsde
from torch import nn

from tests.libraries.drawn import draw, set_weights


class Equation(nn.Module):
    noise_type, sde_type = "diagonal", "ito"

    def __init__(self):
        super().__init__()
        self.drift, self.diffusion = nn.Linear(3, 3), nn.Linear(3, 3)

    def f(self, t, y):
        return self.drift(y)

    def g(self, t, y):
        return torch.sigmoid(self.diffusion(y)) * 0.3


class Path(torchsde.BaseBrownian):
    """A Brownian path on a grid of 1/20."""

    def __init__(self):
        super().__init__()
        self.values = torch.cat([torch.zeros(1, 4, 3), draw(20, 4, 3)]).cumsum(0) * 0.05**0.5

    def __call__(self, ta, tb=None, return_U=False, return_A=False):
        return self.values[round(float(tb) * 20)] - self.values[round(float(ta) * 20)]

    dtype, device, shape, levy_area_approximation = torch.float32, torch.device("cpu"), (4, 3), "none"

    def __repr__(self):
        return "Path()"


def run():
    found = {}
    for method in ("euler", "milstein"):
        equation, path = set_weights(Equation()), Path()
        optimizer = torch.optim.Adam(equation.parameters(), lr=1e-2)
        found[method] = []
        for _ in range(2):
            optimizer.zero_grad()
            y = torchsde.sdeint(equation, draw(4, 3), torch.tensor([0.0, 0.5, 1.0]), bm=path, dt=0.05, method=method)
            loss = y[-1].pow(2).mean()
            loss.backward()
            optimizer.step()
            found[method].append(loss.item())
        found[f"{method} path"] = y[:, 0]
    return found
