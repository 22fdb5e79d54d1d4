# %% [markdown]
# # 3. Reuse: paths add up
#
# In `y = a·a + a` the number a is used three times. A nudge of a reaches y on three paths, and y moves by all of
# them together. So: along a path the factors *multiply*, and over the paths the products *add*.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import explain, remember, stepper

# %% [markdown]
# ## Predict, then run
#
# At a = 3: through the first factor of a·a a nudge arrives 3-fold (the other factor), through the second 3-fold as
# well, and through the last a 1-fold. What is the slope of y?

# %%
guess = ...

a = torch.tensor(3.0, requires_grad=True)
with remember():
    square = a * a
    y = square + a
y.backward(retain_graph=True)
predict("What is the slope of a·a + a at a = 3?", guess, a.grad.item(), "3 + 3 + 1: one number for each path.")

# %% [markdown]
# The same step by step. Look for "added to the gradient so far".

# %%
print(explain(y))

# %% [markdown]
# ## Play
#
# At which step of the page do two numbers meet?

# %%
page(stepper(y, file("03_reuse.html")))

# %% [markdown]
# ## A small engine, and a bug to find
#
# Here is an engine for + and ·. Each value knows from which values it was computed, its *parents*, and the slope with
# respect to each of them. `backward` carries the cotangent g from the result back to them. Somebody made one mistake.


# %%
class Value:
    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))


def backward_with_a_bug(value, g=1.0):
    """Set `.grad` of the value and of all values that it was computed from; every `.grad` is 0.0 at first."""
    value.grad = g
    for parent, slope in value.parents:
        backward_with_a_bug(parent, g * slope)


# %% [markdown]
# How do you find a bug in a gradient? You measure. Nudge each input, and compare. This is a **gradient check**, and it
# needs no knowledge of the engine. Run it: for which programs is the engine right, and for which wrong? What do the
# wrong ones have in common?


# %%
PROGRAMS = {
    "a·b + c": lambda a, b, c: a * b + c,
    "(a + b)·c": lambda a, b, c: (a + b) * c,
    "a·b + a·c": lambda a, b, c: a * b + a * c,
    "a·a + b·c": lambda a, b, c: a * a + b * c,
}


def gradients(backward, program, numbers):
    """What `backward` finds for the three inputs."""
    inputs = [Value(n) for n in numbers]
    backward(program(*inputs))
    return [v.grad for v in inputs]


def nudged(program, numbers, h=1e-6):
    """The same, measured."""
    both = [
        [program(*(Value(n + sign * h * (i == k)) for i, n in enumerate(numbers))).data for sign in (1, -1)]
        for k in range(len(numbers))
    ]
    return [round((up - down) / (2 * h), 6) for up, down in both]


numbers = (2.0, 3.0, 5.0)
for name, program in PROGRAMS.items():
    found, measured = gradients(backward_with_a_bug, program, numbers), nudged(program, numbers)
    print(f"{name:10}  engine {found}   nudged {measured}   {'ok' if np.allclose(found, measured) else 'WRONG'}")

# %%
figure, axes = panels(4, size=(8, 2.5), sharey=True)
for panel, (name, program) in zip(axes, PROGRAMS.items()):
    found, measured = gradients(backward_with_a_bug, program, numbers), nudged(program, numbers)
    panel.bar(np.arange(3) - 0.2, measured, 0.4, color="0.7", label="nudged")
    panel.bar(np.arange(3) + 0.2, found, 0.4, color=["C0" if f == m else "C3" for f, m in zip(found, measured)],
              label="engine")  # fmt: skip
    panel.set(title=name, xticks=range(3), xticklabels=["a", "b", "c"])
axes[0].legend(loc="upper left")
show(figure, "03_reuse.png")

# %% [markdown]
# ## Exercise
#
# Write `backward` without the bug. One line changes.


# %% [check]
def check(backward):
    programs = PROGRAMS | {"a·a·a": lambda a, b, c: a * a * a, "a + a + a": lambda a, b, c: a + a + a}
    for name, program in programs.items():
        inputs, buggy = ([Value(n) for n in numbers] for _ in range(2))
        call(backward, program(*inputs))
        backward_with_a_bug(program(*buggy))
        expect(
            np.array([v.grad for v in inputs]), np.array(nudged(program, numbers)), f"{name} at (2, 3, 5)",
            tolerance=1e-6,
            mistakes={
                "Of a number that is used twice only the last path is counted.": np.array([v.grad for v in buggy]),
                "No .grad was set.": np.zeros(3),
            },
        )  # fmt: skip


HINTS = (
    "Which programs are wrong? Those that use an input twice. What happens to its first "
    "gradient when the second comes?",
    "`value.grad = g` forgets what was there. The paths must add up.",
)


# %%
def backward(value, g=1.0):
    """Set `.grad` of the value and of all values that it was computed from; every `.grad` is 0.0 at first."""
    raise NotImplementedError


attempt(check, backward, HINTS)


# %% [solution]
def solution(value, g=1.0):
    value.grad += g
    for parent, slope in value.parents:
        solution(parent, g * slope)


check(solution)

# %% [markdown]
# **In one sentence:** the gradient of a value is the sum over all paths from it to the result.
#
# This engine is right now, but slow: it walks every path by itself, and there can be very many. Lesson 5 repairs that.
