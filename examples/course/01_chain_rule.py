# %% [markdown]
# # 1. The chain rule on scalars
#
# One multiplication, then a chain of operations. In the backward pass each operation receives a number, the
# *cotangent* `g`: the derivative of the final result with respect to the operation's output. The rule of the
# operation turns it into the cotangents of its inputs. That is all that backpropagation does.

# %%
import math

from course import attempt, file, show

import autograd as torch
from autograd.teaching import draw, explain, remember, stepper

# %% [markdown]
# ## One multiplication
#
# For `y = a·b` the derivatives are ∂y/∂a = b and ∂y/∂b = a: the derivative by one factor is the other factor.

# %%
a = torch.tensor(3.0, requires_grad=True)
b = torch.tensor(-2.0, requires_grad=True)
y = a * b
y.backward()
print(f"y = {y.item()}, dy/da = {a.grad.item()}, dy/db = {b.grad.item()}")

# %% [markdown]
# ## A chain
#
# `y = tanh(a·b + c)²`. By hand, from the outside in: with u = a·b + c and t = tanh u,
#
# dy/dt = 2t, dt/du = 1 - t², du/da = b, so dy/da = 2t · (1 - t²) · b.

# %%
a, b, c = (torch.tensor(v, requires_grad=True) for v in (0.5, -1.0, 1.2))
with remember():  # keeps also the values that no rule needs, for the pictures
    u = a * b + c
    t = torch.tanh(u)
    y = t**2
names = {"a": a, "b": b, "c": c, "u": u, "t": t, "y": y}
print(explain(y, names=names))
by_hand = 2 * t.item() * (1 - t.item() ** 2) * b.item()
(da,) = torch.grad(y, a, retain_graph=True)
print(f"by hand {by_hand:.6f}, by the engine {da.item():.6f}")
assert math.isclose(by_hand, da.item(), rel_tol=1e-6)

# %%
show(draw(y, names=names), "chain.svg")

# %% [markdown]
# The same as a page to step through, with a slider for each leaf. Open the page in a browser.

# %%
show(stepper(y, file("chain.html"), names=names), "chain.html")

# %% [markdown]
# ## Exercise
#
# Write the derivative of `f(x) = x · sin(x²)`, by the chain rule and the product rule, without the engine.


# %%
def derivative(x):
    """f'(x), for a number x."""
    raise NotImplementedError


def check(derivative):
    for number in -2.0, 0.0, 0.7, 3.0:
        x = torch.tensor(number, dtype=torch.float64, requires_grad=True)
        (x * torch.sin(x * x)).backward()
        assert abs(derivative(number) - x.grad.item()) < 1e-9, f"at x = {number} it should be {x.grad.item():.6f}"


attempt(check, derivative)

# %% [markdown]
# ## A solution


# %%
def solution(x):
    return math.sin(x * x) + x * math.cos(x * x) * 2 * x


check(solution)
