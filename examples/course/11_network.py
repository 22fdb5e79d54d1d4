# %% [markdown]
# # 11. A network, and momentum
#
# One line cannot separate two moons. Put a bend between two matrix products, and it can: that is a network. We also
# meet a better step than that of lesson 9.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd import nn
from autograd.teaching import draw, stepper, summary

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

# %% [markdown]
# ## Predict, then run
#
# `nn.Linear(2, 16)` is x @ W + b with 2 inputs and 16 outputs. Without the tanh, two such layers would be only one
# matrix product: still a line. How many numbers does this network learn, in all weights and biases?

# %%
guess = ...

count = sum(p.numel() for p in model.parameters())
predict("How many parameters are there?", guess, count, "2·16 + 16 in the first layer, 16·2 + 2 in the last.")
print(summary(model, points))
show(draw(model, points), "network.svg")

# %% [markdown]
# ## Momentum
#
# In a long narrow valley plain steps zigzag between the walls: across it the slope is large, along it small. A heavy
# ball does better. It has a **velocity** v, and the gradient only pushes it: v = momentum · v + gradient, and then
# p = p - lr · v. The zigzags cancel in v, and the steps along the valley add up.


# %%
def roll(momentum, lr=0.03, steps=40):
    """The way down the valley x²/2 + 25·y²/2."""
    p = torch.tensor([-4.0, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([p], lr=lr, momentum=momentum)
    way = [p.tolist()]
    for _ in range(steps):
        optimizer.zero_grad()
        ((p * p) @ torch.tensor([0.5, 12.5], dtype=torch.float64)).backward()
        optimizer.step()
        way.append(p.tolist())
    return np.array(way)


plain, heavy = roll(0.0), roll(0.75)
print(f"distance to the lowest point: plain {np.hypot(*plain[-1]):.3f}, with momentum {np.hypot(*heavy[-1]):.3f}")
assert np.hypot(*heavy[-1]) < 0.1 * np.hypot(*plain[-1])

# %% [markdown]
# ## Train
#
# Why `zero_grad`? Gradients are *added* to `.grad`, because of reuse (lesson 3). This does not stop at the end of a
# step: without `zero_grad` the gradients of all former steps would still be in it.

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
losses = []
for _ in range(200):
    loss = nn.functional.cross_entropy(model(points), labels)
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
side = np.linspace(-1.7, 2.7, 100)
grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
with torch.no_grad():
    probability = torch.softmax(model(torch.tensor(grid, dtype=torch.float32)), 1)[:, 1].numpy().reshape(100, 100)
figure, (valley, plane) = panels(2)
across, up = np.meshgrid(np.linspace(-4.5, 1.2, 60), np.linspace(-1.2, 1.2, 60))
valley.contour(across, up, across**2 / 2 + 12.5 * up**2, levels=8, colors="0.8")
valley.plot(*plain.T, "o-", ms=3, color="C3", label="plain")
valley.plot(*heavy.T, "o-", ms=3, color="C0", label="momentum 0.75")
valley.set(title="40 steps in a narrow valley")
valley.legend(loc="lower right")
plane.contourf(side, side, probability, levels=[0, 0.5, 1], colors=["#dbe7f5", "#fbe3d6"])
plane.contour(side, side, probability, levels=[0.5], colors="k")
for moon, (marker, color) in enumerate((("o", "#1f4e9c"), ("s", "#b2182b"))):
    plane.plot(*points.numpy()[labels.numpy() == moon].T, marker, ms=3, color=color)
plane.set(title="two moons", xlim=(-1.7, 2.7), ylim=(-1.3, 1.8))
show(figure, "11_network.png")

# %% [markdown]
# ## Play
#
# A small network on 24 points. Train it on the page, and watch its boundary bend.

# %%
few, answers = moons(24)
small = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))
W1, b1, W2, b2 = small[0].weight, small[0].bias, small[2].weight, small[2].bias


def network(W1, b1, W2, b2):
    hidden = torch.tanh(few @ W1.T + b1)
    scores = hidden @ W2.T + b2
    return nn.functional.cross_entropy(scores, answers)


page(stepper(network, W1, b1, W2, b2, path=file("11_network.html")))

# %% [markdown]
# ## Exercise
#
# Write one step with momentum for NumPy arrays. It returns the new parameter *and* the new velocity.


# %% [check]
def check(momentum_step):
    lr, momentum = 0.1, 0.8
    p, v = np.array([1.0, -2.0]), np.array([0.5, 0.25])
    for step in 1, 2, 3:
        g = 2 * p
        velocity = momentum * v + g
        parameter = p - lr * velocity
        expect(
            call(momentum_step, p, g, v, lr, momentum), {"the parameter": parameter, "the velocity": velocity},
            f"step {step}",
            mistakes={
                "The velocity is not used.": {"the parameter": p - lr * g},
                "Move by the *new* velocity.": {"the parameter": p - lr * v},
                "Move against the velocity.": {"the parameter": p + lr * velocity},
                "The learning rate is missing.": {"the parameter": p - velocity},
                "The velocity comes second, the parameter first.": {"the parameter": velocity},
                "That is the old velocity: return the new one.": {"the velocity": v},
                "That is the gradient alone: add momentum · velocity.": {"the velocity": g},
                "The learning rate belongs to the parameter, not to the velocity.":
                    {"the velocity": momentum * v + lr * g, "the parameter": p - (momentum * v + lr * g)},
                "The learning rate counts twice, in the velocity and in the parameter.":
                    {"the velocity": lr * velocity, "the parameter": p - lr * (momentum * v + lr * g)},
                "The gradient is weighted by 1 - momentum in some books, but not here.":
                    {"the velocity": momentum * v + (1 - momentum) * g,
                     "the parameter": p - lr * (momentum * v + (1 - momentum) * g)},
                "The sign of the gradient is wrong.":
                    {"the velocity": momentum * v - g, "the parameter": p - lr * (momentum * v - g)},
            },
        )  # fmt: skip
        p, v = parameter, velocity


HINTS = (
    "First the velocity: momentum · velocity + gradient.",
    "Then the parameter moves by the new velocity: parameter - lr · velocity. Return both, the parameter first.",
)


# %%
def momentum_step(parameter, gradient, velocity, lr, momentum):
    """The parameter and the velocity after one step, as two arrays."""
    raise NotImplementedError


attempt(check, momentum_step, HINTS)


# %% [solution]
def solution(parameter, gradient, velocity, lr, momentum):
    velocity = momentum * velocity + gradient
    return parameter - lr * velocity, velocity


check(solution)

# %% [markdown]
# **In one sentence:** a network is matrix products with bends between them, trained by a ball that rolls downhill.
