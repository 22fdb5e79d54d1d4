"""Eight solvers, an event; adjoint and plain: 2 steps each."""

import torch
from torch import nn
from torchdiffeq import odeint, odeint_adjoint, odeint_event

from tests.libraries.drawn import draw, set_weights


class Field(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))

    def forward(self, t, y):
        return self.net(y**3)


def run():
    times, start = torch.linspace(0.0, 1.0, 5), torch.tensor([[2.0, 0.0]])
    found = {}
    for method in ("dopri5", "dopri8", "bosh3", "adaptive_heun", "euler", "midpoint", "rk4", "explicit_adams"):
        found[method] = odeint(set_weights(Field()), start, times, method=method)[-1]
    time, state = odeint_event(
        lambda t, y: torch.stack([y[1], -torch.ones(())]),
        torch.tensor([1.0, 0.0]),
        torch.tensor(0.0),
        event_fn=lambda t, y: y[0],
    )
    found["event"] = [time, state[-1]]
    for name, solve in (("losses", odeint), ("adjoint", odeint_adjoint)):
        field = set_weights(Field()).double()
        optimizer = torch.optim.RMSprop(field.parameters(), lr=1e-2)
        found[name] = []
        for _ in range(2):
            optimizer.zero_grad()
            loss = (solve(field, start.double(), times.double(), rtol=1e-6, atol=1e-8)[:, 0] - draw(5, 2)).abs().mean()
            loss.backward()
            optimizer.step()
            found[name].append(loss.item())
    return found
