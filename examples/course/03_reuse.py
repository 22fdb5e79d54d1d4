# %% [markdown]
# # 3. Reuse and accumulation
#
# A value that is used twice influences the result in two ways, and its derivative is the *sum* of both. This is
# the multivariable chain rule. Many small engines make one of two mistakes here: they overwrite the gradient
# instead of adding to it, or they propagate a cotangent before it is complete. Here are both, with their numbers.

# %%
from course import attempt, file, show
from matplotlib.figure import Figure

import autograd as torch
from autograd.teaching import explain, remember, stepper

# %% [markdown]
# Look at the line "added to the gradient so far".

# %%
with remember():
    a = torch.tensor(3.0, requires_grad=True)
    b = a + a
    c = b * b
names = {"a": a, "b": b, "c": c}
print(explain(c, names=names))
show(stepper(c, file("reuse.html"), names=names), "reuse.html")

# %% [markdown]
# ## A small engine with three backward passes
#
# A value stores its parents and the local derivative by each of them. The graph is a tower of doublings: each value
# is the sum of the previous one with itself, v₁ = v₀ + v₀, v₂ = v₁ + v₁, … The derivative of the n-th is 2ⁿ.


# %%
class Value:
    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))


visits = 0


def overwriting(value, g=1.0):
    """The first mistake: the last contribution replaces the others."""
    global visits
    visits += 1
    value.grad = g
    for parent, slope in value.parents:
        overwriting(parent, slope * g)


def too_early(value):
    """The second mistake: add, but propagate at once, so that an incomplete gradient is propagated again and again."""
    global visits
    visits += 1
    for parent, slope in value.parents:
        parent.grad += slope * value.grad
        too_early(parent)


def every_path(value, g=1.0):
    """Correct, but it follows every path from the output to the leaf, and there are 2ⁿ of them."""
    global visits
    visits += 1
    value.grad += g
    for parent, slope in value.parents:
        every_path(parent, slope * g)


def tower(height):
    leaf = top = Value(3.0)
    for _ in range(height):
        top = top + top
    return leaf, top


def run(backward, height):
    """The gradient of the leaf, and the number of visits."""
    global visits
    visits = 0
    leaf, top = tower(height)
    if backward is too_early:
        top.grad = 1.0
    backward(top)
    return leaf.grad, visits


# %%
heights = range(1, 11)
print(f"{'height':>6} {'right':>6} {'overwriting':>12} {'too early':>13} {'every path':>11}  visits")
found = {way: [run(way, n) for n in heights] for way in (overwriting, too_early, every_path)}
for k, n in enumerate(heights):
    wrong, early, right = (found[way][k] for way in (overwriting, too_early, every_path))
    print(f"{n:6} {2**n:6} {wrong[0]:12.0f} {early[0]:13.0f} {right[0]:11.0f}  {right[1]}")
assert [run(too_early, n)[0] for n in (1, 2, 3)] == [2, 6, 26]
assert all(run(every_path, n)[0] == 2**n for n in heights)

# %% [markdown]
# Overwriting counts only one path. Propagating too early is right for one level, but gives 6 instead of 4 at two
# levels, 26 instead of 8 at three, and soon billions. Following every path is correct but useless: at height 50 it
# would take years. In topological order every node is visited once.

# %%
figure = Figure(figsize=(7, 3.4))
values, work = figure.subplots(1, 2)
values.semilogy(heights, [2**n for n in heights], "k-", lw=2, label="right: 2ⁿ")
values.semilogy(heights, [g for g, _ in found[overwriting]], "s--", label="overwriting")
values.semilogy(heights, [g for g, _ in found[too_early]], "o--", label="too early")
values.set(xlabel="height of the tower", title="gradient of the leaf")
values.legend()
work.semilogy(heights, [count for _, count in found[every_path]], "^--", label="every path")
work.semilogy(heights, [n + 1 for n in heights], "k-", lw=2, label="topological order")
work.set(xlabel="height of the tower", title="nodes visited")
work.legend()
figure.tight_layout()
show(figure, "reuse.png")

# %% [markdown]
# ## Exercise
#
# Write the correct backward pass: it visits each node once, when its gradient is complete, and sets `.grad` of
# `output` and of all its ancestors. (Lesson 2 explains the order.)


# %%
def backward(output):
    """Set `.grad` of all values; every `.grad` is 0.0 at first."""
    raise NotImplementedError


def check(backward):
    leaf, top = tower(200)
    backward(top)
    assert leaf.grad == 2.0**200, f"the tower of height 200 should give 2**200, not {leaf.grad}"
    x, y = Value(2.0), Value(-3.0)
    product = x * y
    output = product * x + product * product
    backward(output)
    xt, yt = torch.tensor(2.0, requires_grad=True), torch.tensor(-3.0, requires_grad=True)
    (xt * yt * xt + xt * yt * (xt * yt)).backward()
    assert (x.grad, y.grad) == (xt.grad.item(), yt.grad.item()), f"the engine computes {xt.grad.item(), yt.grad.item()}"


attempt(check, backward)

# %% [markdown]
# ## A solution


# %%
def solution(output):
    waiting, stack, seen = {}, [output], {output}
    while stack:
        for parent, _ in stack.pop().parents:
            waiting[parent] = waiting.get(parent, 0) + 1
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    output.grad, ready = 1.0, [output]
    while ready:
        value = ready.pop()
        for parent, slope in value.parents:
            parent.grad += slope * value.grad
            waiting[parent] -= 1
            if not waiting[parent]:
                ready.append(parent)


check(solution)
