# %% [markdown]
# # 1. Nudge a number
#
# Turn a knob a little. How much does the result move? This one question is behind everything in this course. There is
# no rule to learn yet: we only measure.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import stepper


# %%
def f(x):
    return x * x - 4 * x


# %% [markdown]
# ## Measure
#
# Put in x = 3, then a number that is a little larger, x + h. Divide how much the result moved by how much x moved.
# The quotient is the *slope* between the two points. Then take a smaller h.

# %%
for h in 1.0, 0.1, 0.01, 0.001:
    print(f"h = {h:<6} f(3 + h) - f(3) = {f(3 + h) - f(3):.6f}   divided by h: {(f(3 + h) - f(3)) / h:.6f}")

# %% [markdown]
# The quotients settle: the smaller h, the closer to 2. That limit is the **slope of f at 3**, also called its
# *derivative*, f′(3). If x grows by a small h, then f grows by about 2·h.
#
# ## Predict, then run
#
# Same function, but now at x = 1. Will f grow or shrink if x grows a little, and how fast? Work out f(1) and f(1.01)
# on paper or in your head, write your slope in place of the dots, and only then run the cell.

# %%
guess = ...

h = 0.0001
measured = (f(1 + h) - f(1)) / h
predict(
    "What is the slope of x² - 4x at x = 1?", guess, round(measured, 3),
    "A negative slope: the result falls while x grows.",
)  # fmt: skip

# %% [markdown]
# ## How small should h be?
#
# In mathematics: as small as you like. In a computer numbers have about 16 digits, and for a tiny h almost all of them
# cancel in f(x + h) - f(x). Nudging to *both* sides, (f(x + h) - f(x - h)) / 2h, is better: the curve bends away on
# both sides alike, and for most functions this cancels nearly all of the error. Here they are for sin at 1.

# %%
sizes = 10.0 ** -np.arange(0, 15, 0.5)
truth = np.cos(1.0)  # the slope of the sine is the cosine
one_sided = [(np.sin(1 + h) - np.sin(1)) / h for h in sizes]
two_sided = [(np.sin(1 + h) - np.sin(1 - h)) / (2 * h) for h in sizes]
figure, (left, right) = panels(2)
line = np.linspace(-0.2, 4.4, 100)
left.plot(line, f(line), "k", lw=2)
for at, slope in ((3, 2), (1, -2)):
    ends = np.array([at - 0.8, at + 0.8])
    left.plot(ends, f(at) + slope * (ends - at), lw=3, label=f"at {at}: slope {slope}")
    left.plot(at, f(at), "ko", ms=5)
left.set(title="x² - 4x and two of its slopes", xlabel="x")
left.legend()
right.loglog(sizes, [abs(s - truth) for s in one_sided], "o-", ms=4, label="one side")
right.loglog(sizes, [abs(s - truth) for s in two_sided], "s-", ms=4, label="both sides")
right.set(title="error of the measured slope of sin", xlabel="h")
right.legend()
show(figure, "01_nudge.png")

# %% [markdown]
# On the right: from right to left the error first shrinks, with h or with h², and then grows again, because the digits
# run out. The best h is near 10⁻⁸ for one side and near 10⁻⁵ for both.
#
# ## What the engine does
#
# The engine computes slopes without nudging. The rest of this course shows how. Here you see that the numbers agree:

# %%
x = torch.tensor(3.0, requires_grad=True)  # "I will ask for the slope with respect to x"
f(x).backward()  # compute it
print(f"the engine's slope at 3: {x.grad.item()}")
assert abs(x.grad.item() - 2) < 1e-6

# %% [markdown]
# ## Play
#
# On this page change x, and nudge it: the measured slope stands beside the computed one. Take a smaller h, and they
# come closer. At which x is the slope 0?

# %%
x = torch.tensor(3.0, requires_grad=True)
page(stepper(f, x, path=file("01_nudge.html")))

# %% [markdown]
# ## Exercise
#
# Write `slope(f, x)`, which measures the slope of any function of a number, to at least 6 digits.


# %% [check]
def check(slope):
    cases = (
        (lambda x: x**3, 2.0, 12.0, "f(x) = x³"), (lambda x: 5.0 - x, 7.0, -1.0, "f(x) = 5 - x"),
        (np.sin, 1.0, np.cos(1.0), "f = sin"), (lambda x: 4.0, 3.0, 0.0, "f(x) = 4"),
    )  # fmt: skip
    for f, x, wanted, name in cases:
        h = 1e-5
        expect(
            call(slope, f, x), wanted, f"{name} at {x:g}", tolerance=1e-6,
            mistakes={
                "Divide by how much x moved.": f(x + h) - f(x),
                "From x - h to x + h, x moves by 2·h.": 2 * wanted,
                "h is too large: the curve bends between the two points.": f(x + 1) - f(x),
            },
        )  # fmt: skip


HINTS = (
    "The slope is how much f moved, divided by how much x moved.",
    "Choose h = 1e-5, and nudge to both sides: f(x + h) and f(x - h) are 2·h apart in x.",
)


# %%
def slope(f, x):
    """The slope of the function f at the number x, measured with nudges."""
    raise NotImplementedError


attempt(check, slope, HINTS)


# %% [solution]
def solution(f, x):
    h = 1e-5
    return (f(x + h) - f(x - h)) / (2 * h)


check(solution)

# %% [markdown]
# **In one sentence:** the slope says how many times as far the result moves as the nudge that moved it.
