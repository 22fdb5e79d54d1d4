# %% [markdown]
# # 8. Training
#
# A network is a function with many parameters. Its gradient gives, for each of them, the direction in which the loss
# grows; training takes many small steps in the opposite direction. Here a network with one hidden layer learns to
# separate two interleaved moons.

# %%
import numpy as np
from course import attempt, show
from matplotlib.figure import Figure

import autograd as torch
from autograd import nn
from autograd.teaching import draw, histograms, summary

torch.manual_seed(0)
random = np.random.default_rng(0)


# %%
def moons(count):
    """Points (count, 2), and for each point 0 or 1: the moon it belongs to."""
    which = random.integers(0, 2, count)
    angle = random.uniform(0, np.pi, count)
    x = np.where(which, 1 - np.cos(angle), np.cos(angle))
    y = np.where(which, 0.5 - np.sin(angle), np.sin(angle))
    points = np.stack([x, y], 1) + 0.12 * random.standard_normal((count, 2))
    return torch.tensor(points, dtype=torch.float32), torch.from_numpy(which)


points, labels = moons(400)
model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
print(summary(model, points))
show(draw(model, points), "network.svg")

# %% [markdown]
# Training is four lines: compute the loss, reset the gradients, go backward, take a step.

# %%
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
losses = []
for _ in range(300):
    loss = loss_of(model(points), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
test_points, test_labels = moons(1000)
with torch.no_grad():
    right = (model(test_points).argmax(1) == test_labels).float().mean().item()
print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, {right:.1%} of new points are classified correctly")
assert right > 0.97

# %%
side = np.linspace(-1.7, 2.7, 150)
grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
with torch.no_grad():
    probability = torch.softmax(model(torch.tensor(grid, dtype=torch.float32)), 1)[:, 1].numpy().reshape(150, 150)
figure = Figure(figsize=(8, 3.4))
curve, plane = figure.subplots(1, 2)
curve.semilogy(losses)
curve.set(title="loss", xlabel="step")
plane.contourf(side, side, probability, levels=20, cmap="RdBu_r", vmin=0, vmax=1)
plane.contour(side, side, probability, levels=[0.5], colors="k")
for moon, marker in enumerate("os"):
    its = points.numpy()[labels.numpy() == moon]
    plane.plot(its[:, 0], its[:, 1], marker, ms=3, mec="w", mew=0.3, color=("#1f4e9c", "#b2182b")[moon])
plane.set(title="predicted moon", xlim=(-1.7, 2.7), ylim=(-1.3, 1.8))
show(figure, "moons.png")

# %% [markdown]
# How large are the gradients, layer by layer?

# %%
print(histograms(model, lambda out: loss_of(out, labels), points))

# %% [markdown]
# ## Exercise
#
# `optimizer.step()` with momentum: each parameter has a velocity v, which is 0 at first. In each step v becomes
# momentum · v + gradient, and the parameter p becomes p - lr · v. Write this step with NumPy arrays.


# %%
def momentum_step(parameter, gradient, velocity, lr, momentum):
    """The parameter and the velocity after one step, as two arrays."""
    raise NotImplementedError


def check(momentum_step):
    p = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=0.1, momentum=0.8)
    mine, velocity = p.detach().numpy().copy(), np.zeros(2)
    for step in range(5):
        optimizer.zero_grad()
        (p**2).sum().backward()
        gradient = p.grad.numpy().copy()
        optimizer.step()
        mine, velocity = momentum_step(mine, gradient, velocity, 0.1, 0.8)
        assert np.allclose(mine, p.detach().numpy()), f"after step {step + 1} the optimizer has {p.tolist()}"


attempt(check, momentum_step)

# %% [markdown]
# ## A solution


# %%
def solution(parameter, gradient, velocity, lr, momentum):
    velocity = momentum * velocity + gradient
    return parameter - lr * velocity, velocity


check(solution)
