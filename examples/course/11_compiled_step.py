# %% [markdown]
# # 11. A step, written out
#
# What is left of a training step when the engine is taken away? NumPy calls, one after the other. `torch.compile`
# watches a step once, writes these calls down, and runs them from then on. Here its program stands beside the one that
# you would write by hand.

# %%
import re
import timeit

import numpy as np
from course import attempt, file, show

import autograd as torch
from autograd import nn

# %% [markdown]
# ## The chain of lesson 1, by hand
#
# `y = tanh(a·b + c)²`, and one step down the slope of y. Every line is NumPy; `d_t` is the derivative of y by t.

# %%
BY_HAND = """
u = a * b + c
t = np.tanh(u)
y = t * t
d_t = 2 * t
d_u = d_t * (1 - t * t)
d_a = d_u * b
d_b = d_u * a
d_c = d_u
a -= 0.1 * d_a
b -= 0.1 * d_b
c -= 0.1 * d_c
"""

# %% [markdown]
# ## The same by the compiler
#
# The step as you know it. The first call runs as it is, the second is watched, from the third on the program runs.
# `text("slide")` is the program for reading: your own line as a rule above what became of it.

# %%
a, b, c = (torch.tensor(v, requires_grad=True) for v in (0.5, -1.0, 1.2))
optimizer = torch.optim.SGD([a, b, c], lr=0.1)


@torch.compile
def step():
    u = a * b + c
    t = torch.tanh(u)
    y = t**2
    optimizer.zero_grad()
    y.backward()
    optimizer.step()
    return y


for _ in range(3):
    step()
print(step.program.text("slide"))

# %% [markdown]
# ## Step by step
#
# Both programs run line by line from the same numbers. Each line by hand stands beside the line of the compiler that
# computes the same value. There is no line for `d_u` alone: c is only added, so its gradient *is* that of u.


# %%
def run(program, space):
    """Each line of a program that gives a name a value, the name, and the value."""
    for line in program.splitlines():
        code = line.split("#")[0].strip()
        if code:
            exec(code, space)
            name = re.match(r"\w+", code)[0]
            yield code, name, np.float32(space[name])


def beside(left, right, **values):
    """Print the lines of two programs that compute the same values side by side."""
    others = list(run(right, {"np": np} | {name: np.float32(v) for name, v in values.items()}))
    for code, name, value in run(left, {"np": np} | {name: np.float32(v) for name, v in values.items()}):
        same = [other for other in others if other[2] == value]
        other = next((o for o in same if o[1] == name), same[0] if same else ("", "", None))
        print(f"{code:<26}{other[0]:<26}{value:9.6f}")
        yield other[2] == value


matches = list(beside(BY_HAND, step.program.text("slide"), a=a.item(), b=b.item(), c=c.item()))
assert all(matches)

# %% [markdown]
# ## A network
#
# The step of lesson 8, for two moons. Look at three things: what the forward pass keeps for the backward pass; that
# what was copied to all rows, the bias, is summed over the rows on the way back (lesson 4); and that the gradients of a
# product are products with the transposed factors (lesson 5).

# %%
torch.manual_seed(0)
hidden, output = nn.Linear(2, 16), nn.Linear(16, 2)
descent = torch.optim.SGD([*hidden.parameters(), *output.parameters()], lr=0.3)


def train(points, labels):
    h = torch.tanh(hidden(points))
    scores = output(h)
    loss = nn.functional.cross_entropy(scores, labels)
    descent.zero_grad()
    loss.backward()
    descent.step()
    return loss


compiled = torch.compile(train)
points, labels = torch.randn(100, 2), torch.randint(2, (100,))
losses = [compiled(points, labels).item() for _ in range(20)]
assert losses[-1] < losses[0]
print(compiled.program.text("slide"))

# %% [markdown]
# As it runs, the program has no new arrays: every result is written into memory that an earlier value no longer needs.
# That is why it is faster than the step itself. In a notebook, a line of yours lights up with all that came of it.

# %%
print(compiled.program)
page = file("compiled_step.html")
page.write_text(f"<!doctype html><meta charset='utf-8'>{compiled.program._repr_html_()}", encoding="utf-8")
as_it_is = min(timeit.repeat(lambda: train(points, labels), number=50, repeat=5))
as_program = min(timeit.repeat(lambda: compiled(points, labels), number=50, repeat=5))
print(f"the step takes {as_it_is / as_program:.1f} times as long as its program")
show(page, "compiled_step.html")

# %% [markdown]
# The program can leave the engine altogether: `save` writes a file that needs only NumPy, and the parameters beside it.

# %%
print(compiled.program.save(file("train_step.py")))

# %% [markdown]
# ## Exercise
#
# Write a training step of linear regression in NumPy: the loss is the mean of (x @ w - y)², and the step subtracts lr
# times its gradient from w. Compile the same step with the engine if you want to compare the lines.


# %%
def regression_step(x, y, w, lr):
    """The parameters w after one step, and the loss before it. Shapes: x (n, k), y (n,), w (k,)."""
    raise NotImplementedError


def check(regression_step):
    x, y = torch.randn(20, 3, dtype=torch.float64), torch.randn(20, dtype=torch.float64)
    w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    mine = w.detach().numpy().copy()
    for number in range(3):
        loss = ((x @ w - y) ** 2).mean()
        (gradient,) = torch.grad(loss, w)
        mine, my_loss = regression_step(x.numpy(), y.numpy(), mine, 0.1)
        with torch.no_grad():
            w -= 0.1 * gradient
        assert np.allclose(my_loss, loss.item()), f"the loss of step {number + 1} is {loss.item():.6f}, not {my_loss}"
        assert np.allclose(mine, w.detach().numpy()), f"after step {number + 1} w is {w.tolist()}, not {mine}"


attempt(check, regression_step)

# %% [markdown]
# ## A solution


# %%
def solution(x, y, w, lr):
    error = x @ w - y
    d_error = 2 * error / len(error)
    return w - lr * (x.T @ d_error), (error * error).mean()


check(solution)
