# %% [markdown]
# # 12. Four bugs to find
#
# The mistakes in this lesson are made every day, by everybody. Two of them raise no error: the
# program trains, badly or not at all. You will know each of them by its symptom.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import explain, remember, stepper

random = np.random.default_rng(0)
x = torch.from_numpy(random.uniform(-1, 1, 20))
y = torch.from_numpy(np.exp(0.8 * x.numpy()) + 0.3)  # a curve to learn: exp(w·x) + b with w = 0.8, b = 0.3

# %% [markdown]
# ## Bug 1: something was detached
#
# This loss looks fine. Its graph is not: `explain` shows only the leaves to which something flows.

# %%
w, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (0.0, 0.0))
with remember():
    e = torch.tensor(np.exp((w * x).detach().numpy()))  # through NumPy and back: for the engine a constant
    prediction = e + b
    loss = ((prediction - y) ** 2).mean()
print(explain(loss).text.partition("Backward")[0])
loss.backward()
print(f"the gradient of w is {w.grad}, that of b is {b.grad.item():.3f}")

# %% [markdown]
# **Symptom:** a parameter whose `.grad` is None never moves. `.detach()`, `.item()`, `.numpy()` and `torch.tensor(…)`
# of a tensor all cut the graph.
#
# ## Bug 2: zero_grad was forgotten. Predict, then run
#
# The loss is w², at w = 1, and w does not change. `backward` is called three times, without a reset in between. What is
# `w.grad` after each call?

# %%
guess = ...  # for example [1, 1, 1]

w = torch.tensor(1.0, requires_grad=True)
seen = []
for _ in range(3):
    (w * w).backward()
    seen.append(w.grad.item())
predict("What is w.grad after each of three calls?", guess, seen, "Gradients add up, also over calls.")

# %% [markdown]
# **Symptom:** the steps become longer and longer; the loss swings or explodes.
#
# ## Bug 3: the update was recorded
#
# `w = w - 0.1 * w.grad` makes a *new* tensor, with a graph, which is not a leaf. Its `.grad` stays None. And
# `w -= …` raises an error, because w would be the result of an operation afterwards, and not a leaf. Under `no_grad`,
# where nothing is recorded, it is right.

# %%
w = torch.tensor(1.0, requires_grad=True)
(w * w).backward()
new = w - 0.1 * w.grad
print(f"w is a leaf: {w.is_leaf}; the new w is a leaf: {new.is_leaf}")
try:
    w -= 0.1 * w.grad
except RuntimeError as error:
    print(f"RuntimeError: {error}")
with torch.no_grad():
    w -= 0.1 * w.grad
print(f"under no_grad: w = {w.item():.2f}, still a leaf: {w.is_leaf}")

# %% [markdown]
# ## Bug 4: a kept value was overwritten
#
# exp keeps its result for the backward pass (lesson 8). Whoever changes that array in place spoils it. The
# engine notices, because each array counts how often it was written.

# %%
w = torch.tensor(1.0, requires_grad=True)
e = torch.exp(w * x)
e += 0.3
try:
    e.sum().backward()
except RuntimeError as error:
    print(f"RuntimeError: {error}")

# %% [markdown]
# ## The four of them, trained


# %%
def train_with(bug, steps=60, lr=0.2):
    """The loss before each step of a training with one of the bugs, or with none."""
    w, b = (torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in range(2))
    losses = []
    for _ in range(steps):
        e = torch.exp(w * x)
        loss = (((e.detach() if bug == "detach" else e) + b - y) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            b -= lr * b.grad
            if bug != "detach":  # otherwise w.grad is None
                w -= lr * w.grad
        if bug != "zero_grad":
            w.grad = b.grad = None
    return np.array(losses), w.item(), b.item()


figure, axes = panels(size=(6, 3))
for bug, style, label in (
    (None, "k-", "no bug"), ("detach", "C3--", "detached"), ("zero_grad", "C0-.", "no zero_grad"),
):  # fmt: skip
    axes.semilogy(train_with(bug)[0], style, lw=2, label=label)
axes.set(title="the same training", xlabel="step", ylabel="loss")
axes.legend(loc="lower left")
show(figure, "12_four_bugs.png")
right_losses, right_w, right_b = train_with(None)
assert right_losses[-1] < 0.02 * train_with("detach")[0][-1]

# %% [markdown]
# ## Play
#
# The page of the loss with the cut graph: w has no node at all, so nothing can reach it.

# %%
w, b = (torch.tensor(0.5, dtype=torch.float64, requires_grad=True) for _ in range(2))
few, answers = x[:4], y[:4]


def loss_of(w, b):
    e = torch.exp(w * few).detach()
    prediction = e + b
    error = prediction - answers
    return (error**2).mean()


page(stepper(loss_of, w, b, path=file("12_four_bugs.html")))


# %% [markdown]
# ## Exercise
#
# This program has **all four** bugs. Repair it. Run it first: what it does tells you which comes next.


# %% [check]
def check(train):
    for steps in 1, 2, 60:
        wanted, of_zero_grad = (train_with(bug, steps)[1:] for bug in (None, "zero_grad"))
        expect(
            call(train, x, y, steps, 0.2), dict(zip("wb", wanted)), f"after {steps} step{'s' * (steps > 1)}, lr = 0.2",
            tolerance=1e-6,
            mistakes={
                "w has not moved: does a gradient reach it?": {"w": 0.0},
                "b has not moved: does a gradient reach it?": {"b": 0.0},
                "The gradients of former steps are still in .grad: reset them after each step.":
                    dict(zip("wb", of_zero_grad)),
            },
        )  # fmt: skip


HINTS = (
    "No gradient at all: which word cuts the graph? Remove it.",
    "Overwritten in place: write `prediction = torch.exp(w * x) + b`, which makes a new array.",
    "'NoneType' in the second step: w is no longer a leaf. Write `w -= lr * w.grad` under `with torch.no_grad():`.",
    "Still wrong after two steps: set `w.grad = b.grad = None` after the update.",
)


# %%
def train_with_bugs(x, y, steps, lr):
    """Learn w and b of exp(w·x) + b; returns both as numbers."""
    w, b = (torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in range(2))
    for _ in range(steps):
        prediction = torch.exp(w * x)
        prediction += b
        loss = ((prediction.detach() - y) ** 2).mean()
        loss.backward()
        w = w - lr * w.grad
        b = b - lr * b.grad
    return w.item(), b.item()


def train(x, y, steps, lr):
    """Learn w and b of exp(w·x) + b; returns both as numbers."""
    raise NotImplementedError


attempt(check, train_with_bugs)  # what the check says of the program with all four bugs
attempt(check, train, HINTS)


# %% [solution]
def solution(x, y, steps, lr):
    w, b = (torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in range(2))
    for _ in range(steps):
        prediction = torch.exp(w * x) + b
        loss = ((prediction - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        w.grad = b.grad = None
    return w.item(), b.item()


check(solution)

# %% [markdown]
# **In one sentence:** if a program trains badly, look first at `.grad`: None, growing, or right?
