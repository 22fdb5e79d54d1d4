# %% [markdown]
# # 9. Training: small steps downhill
#
# The gradient says which way the loss *grows*. So take a step the other way, and repeat. That is all of training; the
# art is the length of the step, the **learning rate** lr.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import stepper

# %% [markdown]
# ## One parameter
#
# The loss is x², its slope is 2·x, and the best x is 0. A step: x becomes x - lr · 2·x.
#
# ## Predict, then run
#
# Start at x = 3 with lr = 1. Where are you after the first, the second and the third step?

# %%
guess = ...  # for example [2, 1, 0]


def walk_down(x, lr, steps):
    """All x on the way down the parabola x²."""
    points = [x]
    for _ in range(steps):
        t = torch.tensor(points[-1], dtype=torch.float64, requires_grad=True)
        (t * t).backward()
        points.append(points[-1] - lr * t.grad.item())
    return points


predict(
    "Where does lr = 1 lead, from 3?", guess, walk_down(3.0, 1.0, 3)[1:],
    "x - 2·x is -x: it jumps over the valley and back, for ever.",
)  # fmt: skip

# %%
line = np.linspace(-3.4, 3.4, 100)
figure, axes = panels(4, size=(8, 2.6), sharey=True)
for panel, lr, verdict in zip(axes, (0.02, 0.3, 1.0, 1.05), ("too small", "good", "too large", "diverges")):
    points = np.array(walk_down(3.0, lr, 7))
    panel.plot(line, line**2, "k", alpha=0.4)
    panel.plot(points, points**2, "o-", ms=5, color="C0" if verdict == "good" else "C3")
    panel.set(title=f"lr {lr}: {verdict}", xlabel="x", xlim=(-7, 7), ylim=(-0.5, 24))
show(figure, "09_training.png")

# %% [markdown]
# Each step multiplies x by 1 - 2·lr. That shrinks x if 0 < lr < 1, and makes it grow beyond. In general, where the
# loss is curved with second derivative c, the limit is 2/c: **the steeper the valley curves, the smaller lr must be**.
#
# ## A training loop
#
# A line, y = w·x + b, through points. Four lines are repeated: compute the loss; forget the old gradients; go backward;
# take a step.

# %%
random = np.random.default_rng(0)
x = torch.from_numpy(random.uniform(-1, 1, 50))
y = torch.from_numpy(1.5 * x.numpy() - 0.5 + 0.1 * random.standard_normal(50))


def fit(lr, steps=60):
    """The line after training, and the loss before each step."""
    w, b = (torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.SGD([w, b], lr=lr)
    losses = []
    for _ in range(steps):
        loss = ((w * x + b - y) ** 2).mean()
        optimizer.zero_grad()  # .grad adds up (lesson 3), and the last step's gradients are of no use
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return w.item(), b.item(), losses


for lr in 0.003, 0.3, 1.03:
    w, b, losses = fit(lr)
    print(f"lr {lr:<6} line {w:9.3f}·x + {b:9.3f}, loss {losses[0]:.3f} -> {losses[-1]:.3g}")
w, b, losses = fit(0.3)
assert abs(w - 1.5) < 0.1 and abs(b + 0.5) < 0.1

# %% [markdown]
# ## Play
#
# Here the page does the training. Choose a learning rate, press **train**, and look at the loss curve. Find the largest
# lr with which it still learns.

# %%
w, b = (torch.zeros((), dtype=torch.float64, requires_grad=True) for _ in range(2))
xs, ys = x[:8], y[:8]


def loss_of(w, b):
    prediction = w * xs + b
    error = prediction - ys
    return (error**2).mean()


page(stepper(loss_of, w, b, path=file("09_training.html")))

# %% [markdown]
# ## Exercise
#
# Write the descent, for any slope: start at x, and take a number of steps, each against the slope.


# %% [check]
def check(descend):
    for slope, x, lr, steps, name in (
        (lambda x: 2 * x, 3.0, 0.1, 1, "x², one step"), (lambda x: 2 * x, 3.0, 0.1, 5, "x², 5 steps"),
        (lambda x: 4 * x**3 - 6 * x + 1, 2.0, 0.02, 30, "x⁴ - 3x² + x, 30 steps"),
        (lambda x: 2 * x, -1.0, 0.3, 0, "x², no step"),
    ):  # fmt: skip
        ways = {"right": x, "up": x, "once": x, "whole": x}
        first = slope(x)
        for _ in range(steps):
            ways["right"] -= lr * slope(ways["right"])
            ways["up"] = min(ways["up"] + lr * slope(ways["up"]), 1e9)
            ways["once"] -= lr * first
            ways["whole"] = float(np.clip(ways["whole"] - slope(ways["whole"]), -1e9, 1e9))
        expect(
            call(descend, slope, x, lr, steps), ways["right"], f"{name} from {x:g} with lr = {lr}",
            mistakes={
                "That is uphill: the step goes against the slope.": ways["up"],
                "The slope must be computed anew at each step.": ways["once"],
                "The learning rate is missing.": ways["whole"],
                "That is one step: is the `return` inside the loop?": x - lr * first,
                "That is where it started.": x,
            } if steps else {},
        )  # fmt: skip


HINTS = ("A loop over range(steps).", "In the loop: x = x - lr * slope(x), with the slope at the *new* x each time.")


# %%
def descend(slope, x, lr, steps):
    """The number x after `steps` steps of gradient descent; `slope(x)` is the slope of the loss at x."""
    raise NotImplementedError


attempt(check, descend, HINTS)


# %% [solution]
def solution(slope, x, lr, steps):
    for _ in range(steps):
        x = x - lr * slope(x)
    return x


check(solution)

# %% [markdown]
# **In one sentence:** against the gradient, in steps that are short enough for the curve of the valley.
