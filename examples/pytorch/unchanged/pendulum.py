"""A network learns the swing of a pendulum from its equation, θ″ = -sin θ: gradients of gradients, LBFGS, torch.func.

python -m autograd.as_torch pendulum.py   # on Glassgrad
python pendulum.py                        # on PyTorch, with the same numbers
"""

import math

import torch
from torch import nn
from torch.func import functional_call, grad, vmap

torch.set_default_dtype(torch.float64)
START = 1.0  # the angle at the start, where the pendulum is at rest


class Swing(nn.Module):
    """θ(t), with θ(0) = START and θ′(0) = 0 by construction."""

    def __init__(self, width=12):
        super().__init__()
        self.hidden, self.out = nn.Linear(1, width), nn.Linear(width, 1)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.linspace(-1, 1, parameter.numel()).reshape(parameter.shape).sin())

    def forward(self, t):
        return START + t**2 * self.out(torch.tanh(self.hidden(t.reshape(1)))).squeeze()


net = Swing()
times = torch.linspace(0, 3, 25)


def residual(t):
    """θ″ + sin θ at one time."""
    angle = lambda t: functional_call(net, dict(net.named_parameters()), (t,))
    return grad(grad(angle))(t) + angle(t).sin()


optimizer = torch.optim.LBFGS(net.parameters(), max_iter=20, line_search_fn="strong_wolfe")


def closure():
    optimizer.zero_grad()
    loss = vmap(residual)(times).square().mean()
    loss.backward()
    return loss


for step in range(1, 3):
    print(f"step {step}: loss before {optimizer.step(closure).item():.1e}")

angle, speed, dt = START, 0.0, 1e-4
for _ in range(30_000):  # the equation solved in small steps
    speed -= math.sin(angle) * dt
    angle += speed * dt
with torch.no_grad():
    print(f"angle at t = 3: network {net(torch.tensor(3.0)).item():.1f}, small steps {angle:.1f}")
