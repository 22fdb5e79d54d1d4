# %% [markdown]
# # 16. A training step, printed
#
# What is left of a training step when the engine is taken away? NumPy calls, one after the other. By now you
# could have written each of them yourself, as you will see here.

# %%
import re

import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
import autograd.tensorflow as tf
from autograd import nn
from autograd.teaching import stepper

# %% [markdown]
# ## The chain of lesson 2, by hand
#
# `y = tanh(a·b + c)²`, and one step down the slope of y. Every line is NumPy; `d_t` is the gradient of t.

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
# `torch.compile` watches a step once, writes down the NumPy calls that it makes, and runs those from then on.
# `text("slide")` is its program for reading: your own line, as a rule, above what became of it.

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
# ## Predict, then run
#
# Both programs run line by line, from the same numbers, and each line of yours is put beside the one that computes the
# same number. Do all eleven lines find a partner? Write how many do.

# %%
guess = ...


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
predict("How many of the 11 lines have a partner?", guess, sum(matches),
        "It is the same arithmetic. c is only added, so its gradient is that of u.")  # fmt: skip
assert all(matches)

# %% [markdown]
# ## A network
#
# The step of lesson 11, for two moons. Find: what the forward pass keeps for the backward pass (lesson 8); the sum over
# rows for each bias (lesson 6); the products with a transposed factor (lesson 7); softmax minus one-hot (lesson 10).

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
# ## Attention
#
# And lesson 15: one head, and the backward pass through its softmax and its mask.

# %%
Wq, Wk, Wv = (torch.randn(3, 3, requires_grad=True) for _ in range(3))
later = torch.ones(4, 4, dtype=torch.bool).triu(1)
attention_descent = torch.optim.SGD([Wq, Wk, Wv], lr=0.1)


def attend(words):
    q, k, v = words @ Wq, words @ Wk, words @ Wv
    scores = (q @ k.T / 3**0.5).masked_fill(later, -torch.inf)
    weights = torch.softmax(scores, 1)
    loss = ((weights @ v - words) ** 2).mean()
    attention_descent.zero_grad()
    loss.backward()
    attention_descent.step()
    return loss


printed = torch.compile(attend)
words = torch.randn(4, 3)
losses = [printed(words).item() for _ in range(20)]
assert losses[-1] < losses[0]
print(printed.program.text("slide"))

# %% [markdown]
# The program can leave the engine altogether: `save` writes a file that needs only NumPy, and the parameters.

# %%
print(compiled.program.save(file("train_step.py")))

# %%
figure, axes = panels(size=(7.5, 2.8))
shown = [line.partition("#")[0].rstrip() for line in step.program.text("slide").splitlines()]
shown = [line for line in shown if line]
axes.axis("off")
for place, title, lines in ((0.0, "by hand", BY_HAND.strip().splitlines()), (0.5, "by the compiler", shown)):
    axes.text(place, 1.0, title, va="top", fontsize=12, weight="bold")
    axes.text(place, 0.9, "\n".join(lines), va="top", family="monospace", fontsize=10, linespacing=1.35)
show(figure, "16_printed_step.png")

# %% [markdown]
# ## Play
#
# The page of the step runs the same program as the listing above, in your browser. Train it.

# %%
a, b, c = (torch.tensor(v, requires_grad=True) for v in (0.5, -1.0, 1.2))


def chain(a, b, c):
    u = a * b + c
    t = torch.tanh(u)
    return t**2


page(stepper(chain, a, b, c, path=file("16_printed_step.html")))

# %% [markdown]
# ## Exercise
#
# Write a whole training step in NumPy, for a line through points in several dimensions: the loss is the mean of
# (x @ w - y)², and the step subtracts lr times its gradient from w.


# %% [check]
def check(regression_step):
    random = np.random.default_rng(0)
    x, y, w = random.standard_normal((20, 3)), random.standard_normal(20), random.standard_normal(3)
    for number in 1, 2, 3:
        t = torch.tensor(w, requires_grad=True)
        loss = ((torch.from_numpy(x) @ t - torch.from_numpy(y)) ** 2).mean()
        loss.backward()
        gradient, error = t.grad.numpy(), x @ w - y
        wanted = w - 0.1 * gradient
        after = float(((x @ wanted - y) ** 2).mean())
        expect(
            call(regression_step, x, y, w, 0.1), {"w": wanted, "the loss": loss.item()}, f"step {number}",
            mistakes={
                "The 2 of the square is missing.": {"w": w - 0.05 * gradient},
                "A mean divides by n = 20.": {"w": w - 2 * gradient},
                "That is uphill: the step goes against the gradient.": {"w": w + 0.1 * gradient},
                "The learning rate is missing.": {"w": w - gradient},
                "That is the gradient; subtract lr times it from w.": {"w": gradient},
                "w has not moved.": {"w": w},
                "That is the sum, not the mean.": {"the loss": float((error**2).sum())},
                "That is half of it: the loss is the mean without a half.": {"the loss": loss.item() / 2},
                "That is the loss after the step; compute it before.": {"the loss": after},
                "The errors must be squared.": {"the loss": float(error.mean())},
            },
        )  # fmt: skip
        w = wanted


HINTS = (
    "error = x @ w - y, and the loss is the mean of its squares. The gradient of the error: 2 · error / n.",
    "From lesson 7: the gradient of w in x @ w is xᵀ @ (gradient of the error).",
)


# %%
def regression_step(x, y, w, lr):
    """The parameters w after one step, and the loss before it. Shapes: x (n, k), y (n,), w (k,)."""
    raise NotImplementedError


attempt(check, regression_step, HINTS)


# %% [solution]
def solution(x, y, w, lr):
    error = x @ w - y
    d_error = 2 * error / len(error)
    return w - lr * (x.T @ d_error), (error * error).mean()


check(solution)

# %% [markdown]
# **In one sentence:** a training step is a list of array operations, and you know where each of them comes from.
#
# ## An aside: the tape
#
# In TensorFlow nothing is marked with `requires_grad`. A *tape* is opened, and whatever happens inside its block is
# recorded. Everything else is as in this course: the same graph, the same rules, the same walk backward.

# %%
variable = tf.Variable(3.0)
with tf.GradientTape() as tape:
    result = variable * variable + variable  # lesson 3
print("by the tape:", float(tape.gradient(result, variable)))
