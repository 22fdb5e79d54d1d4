# %% [markdown]
# # 7. Tape and requires_grad; the second derivative
#
# There are two ways to say what shall be differentiated. PyTorch marks the *tensor*: `requires_grad=True`, and
# what is made of it is recorded. TensorFlow opens a *tape*: what happens inside is recorded, for the values it
# watches. The graph is the same, the rules are the same, the walk is the same.

# %%
import numpy as np
from course import attempt, show
from matplotlib.figure import Figure

import autograd as torch
import autograd.tensorflow as tf
from autograd.teaching import draw, remember


# %%
def f(x):
    """A valley with a bump: it has two minima."""
    return x**4 - 3 * x**2 + x


x = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
f(x).backward()
v = tf.Variable(1.5, dtype=tf.float64)
with tf.GradientTape() as tape:
    y = f(v)
by_tape = tape.gradient(y, v)
print(f"requires_grad {x.grad.item()}, tape {float(by_tape)}, by hand {4 * 1.5**3 - 6 * 1.5 + 1}")
assert x.grad.item() == float(by_tape) == 4 * 1.5**3 - 6 * 1.5 + 1

# %% [markdown]
# ## The second derivative
#
# A rule is written in the same operations as everything else. So it can be recorded while it runs, and the
# gradient has a graph of its own: `create_graph=True`, or a tape inside a tape.

# %%
with remember():
    (slope,) = torch.grad(f(x), x, create_graph=True)
(curvature,) = torch.grad(slope, x, retain_graph=True)
with tf.GradientTape() as outer:
    with tf.GradientTape() as inner:
        y = f(v)
    first = inner.gradient(y, v)
second = outer.gradient(first, v)
print(f"second derivative {curvature.item()}, by tapes {float(second)}, by hand {12 * 1.5**2 - 6}")
assert curvature.item() == float(second) == 12 * 1.5**2 - 6

# %% [markdown]
# The graph of the *gradient*, made of the rules of `f`'s operations:

# %%
show(draw(slope, names={"x": x, "slope": slope}), "gradient_of_a_gradient.svg")

# %% [markdown]
# ## What it is good for: Newton's method
#
# Gradient descent takes a step along the slope. Newton's method divides by the curvature, and so knows how far.


# %%
def descend(step, start=2.0, count=8):
    """The places visited; `step(slope, curvature)` says how far to go back."""
    places = [start]
    for _ in range(count):
        x = torch.tensor(places[-1], dtype=torch.float64, requires_grad=True)
        (slope,) = torch.grad(f(x), x, create_graph=True)
        (curvature,) = torch.grad(slope, x)
        places.append(x.item() - step(slope.item(), curvature.item()))
    return places


by_gradient = descend(lambda slope, curvature: 0.05 * slope)
by_newton = descend(lambda slope, curvature: slope / curvature)
minimum = max(np.roots([4, 0, -6, 1]).real)
off, newton_off = abs(by_gradient[-1] - minimum), abs(by_newton[-1] - minimum)
print(f"after 8 steps: gradient descent is {off:.1e} off, Newton {newton_off:.1e}")
assert newton_off < 1e-12

# %%
figure = Figure(figsize=(7.5, 3.2))
left, right = figure.subplots(1, 2)
line = np.linspace(0.4, 2.1, 200)
left.plot(line, f(line), "k", alpha=0.5)
for places, style, label in ((by_gradient, "o-", "gradient descent"), (by_newton, "s-", "Newton")):
    left.plot(places, [f(p) for p in places], style, label=label, alpha=0.8)
    right.semilogy([max(abs(p - minimum), 1e-16) for p in places], style, label=label)
left.set(title="f and the places visited", xlabel="x")
right.set(title="distance to the minimum", xlabel="step")
right.legend()
figure.tight_layout()
show(figure, "newton.png")

# %% [markdown]
# ## Exercise
#
# Write the third derivative of any function of one tensor, with `torch.grad`.


# %%
def third_derivative(function, x):
    """A number: the third derivative of `function` at the number x. Make the tensor float64."""
    raise NotImplementedError


def check(third_derivative):
    for function, at, wanted in ((f, 1.5, 36.0), (torch.sin, 0.3, -np.cos(0.3)), (torch.exp, 1.0, np.e)):
        found = third_derivative(function, at)
        assert abs(found - wanted) < 1e-9, f"of {function.__name__} at {at} it is {wanted:.6f}, not {found}"


attempt(check, third_derivative)

# %% [markdown]
# ## A solution


# %%
def solution(function, x):
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = function(x)
    for _ in range(3):
        (y,) = torch.grad(y, x, create_graph=True)
    return y.item()


check(solution)
