# %% [markdown]
# # 7. Tape and requires_grad; the second derivative
#
# There are two ways to say what to differentiate. PyTorch marks the *tensor* with `requires_grad=True`, and every
# operation on it is recorded. TensorFlow opens a *tape*, and every operation inside its block on the values it
# watches is recorded. The graph, the rules and the backward pass are the same.

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
# A rule consists of the same operations as any other computation. So it can be recorded while it runs, and the
# gradient gets its own graph: with `create_graph=True`, or with a tape inside a tape.

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
# The graph of the *gradient*, recorded from the rules of the operations in `f`:

# %%
show(draw(slope, names={"x": x, "slope": slope}), "gradient_of_a_gradient.svg")

# %% [markdown]
# ## An application: Newton's method
#
# Gradient descent takes a step against the slope. Newton's method divides the slope by the curvature, which gives
# the right length of the step.


# %%
def descend(step, start=2.0, count=8):
    """The points visited; `step(slope, curvature)` is what is subtracted from x."""
    points = [start]
    for _ in range(count):
        x = torch.tensor(points[-1], dtype=torch.float64, requires_grad=True)
        (slope,) = torch.grad(f(x), x, create_graph=True)
        (curvature,) = torch.grad(slope, x)
        points.append(x.item() - step(slope.item(), curvature.item()))
    return points


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
for points, style, label in ((by_gradient, "o-", "gradient descent"), (by_newton, "s-", "Newton")):
    left.plot(points, [f(p) for p in points], style, label=label, alpha=0.8)
    right.semilogy([max(abs(p - minimum), 1e-16) for p in points], style, label=label)
left.set(title="f and the points visited", xlabel="x")
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
    """The third derivative of `function` at the number x, as a number. Use a float64 tensor."""
    raise NotImplementedError


def check(third_derivative):
    for function, at, wanted in ((f, 1.5, 36.0), (torch.sin, 0.3, -np.cos(0.3)), (torch.exp, 1.0, np.e)):
        found = third_derivative(function, at)
        assert abs(found - wanted) < 1e-9, f"for {function.__name__} at {at} it should be {wanted:.6f}, not {found}"


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
