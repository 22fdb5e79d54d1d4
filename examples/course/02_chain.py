# %% [markdown]
# # 2. One chain: factors multiply
#
# If the second gear turns 3 times as fast as the first, and the third 4 times as fast as the second, then the third
# turns 3 · 4 = 12 times as fast as the first. Slopes behave like gears. This is the **chain rule**.

# %%
import numpy as np
from course import attempt, call, expect, file, page, predict, show

import autograd as torch
from autograd.teaching import draw, explain, remember, stepper

# %% [markdown]
# ## Predict, then run
#
# x goes through three machines: u = 3·x, then v = u², then y = v + 1. At x = 2 we have u = 6. A nudge h of x becomes
# a nudge 3·h of u. The slope of u² is 2·u (nudge it, if you don't believe it!), so this becomes 12 · 3·h in v. And y?

# %%
guess = ...

x = torch.tensor(2.0, requires_grad=True)
u = 3 * x
v = u * u
y = v + 1
y.backward()
predict("What is the slope of y with respect to x?", guess, x.grad.item(), "The factors 3, 12 and 1 multiply.")
h = 0.0001
print(f"by nudging: {(((3 * (2 + h)) ** 2 + 1) - ((3 * 2) ** 2 + 1)) / h:.3f}")

# %% [markdown]
# ## A longer chain
#
# `y = tanh(a·b + c)²`. The slopes that we need: of tanh(u) it is 1 - tanh(u)², and of a·b with respect to a it is b.
# From the outside in, with u = a·b + c and t = tanh(u):
#
# dy/dt = 2·t, dt/du = 1 - t², du/da = b, and so dy/da = 2·t · (1 - t²) · b.
#
# The engine does nothing else. It starts at the *end*, with the number 1: the slope of y with respect to itself. Each
# operation receives a number g, the slope of y with respect to its own result. It multiplies g by its own slope and
# passes the product on to its input. This number g is called the **cotangent**.
#
# In the text below, read "Backward" from top to bottom, and find the factors 2·t, 1 - t² and b.

# %%
a, b, c = (torch.tensor(v, requires_grad=True) for v in (0.5, -1.0, 1.2))
with remember():  # keeps all values, to show them
    u = a * b + c
    t = torch.tanh(u)
    y = t**2
print(explain(y))
by_hand = 2 * t.item() * (1 - t.item() ** 2) * b.item()
(da,) = torch.grad(y, a, retain_graph=True)
print(f"by hand {by_hand:.6f}, by the engine {da.item():.6f}")
assert np.isclose(by_hand, da.item(), rtol=1e-5)

# %% [markdown]
# The same as a picture: each box is a value. Values were computed from the top down; cotangents travel from the
# bottom up.

# %%
show(draw(y), "02_chain.svg")

# %% [markdown]
# ## Play
#
# Go through the page step by step. Then choose *numbers* under **ask me**: now it is you
# who says what comes at each step.

# %%
page(stepper(y, file("02_chain.html")))

# %% [markdown]
# ## Exercise
#
# First on paper: what is the slope of y = exp(sin(3·x))? You need: the slope of exp(v) is exp(v), that of sin(u) is
# cos(u). Then write it as a function, without the engine.


# %% [check]
def check(derivative):
    for x in 0.0, 0.7, -2.0:
        outer, middle = np.exp(np.sin(3 * x)), np.cos(3 * x)
        expect(
            call(derivative, x), 3 * middle * outer, f"at x = {x:g}",
            mistakes={
                "The factor of the innermost machine, 3·x, is missing.": middle * outer,
                "The factor of the sine is missing.": 3 * outer,
                "The factor of exp is missing.": 3 * middle,
                "That is the function, not its slope.": outer,
                "exp must be taken at sin(3·x), where the chain passes, not at its slope.": 3 * np.exp(middle) * middle,
            },
        )  # fmt: skip


HINTS = (
    "There are three machines, u = 3·x, v = sin(u), y = exp(v), so there are three factors.",
    "The factors are 3, cos(u) and exp(v). Each is taken at the value that passes there.",
)


# %%
def derivative(x):
    """The slope of exp(sin(3·x)) at the number x."""
    raise NotImplementedError


attempt(check, derivative, HINTS)


# %% [solution]
def solution(x):
    u = 3 * x
    v = np.sin(u)
    return np.exp(v) * np.cos(u) * 3


check(solution)

# %% [markdown]
# **In one sentence:** along a chain, the slopes of the single steps multiply, each taken where the chain passes.
