# %% [markdown]
# # 5. A graph, walked backward in order
#
# The engine of lesson 3 walked every path from the result to the inputs by itself. If a program uses values again and
# again, there are more paths than atoms in the world. The remedy: let the numbers *meet* first, then go on together.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import draw, remember, stepper, steps, walk

# %% [markdown]
# ## The graph
#
# Each operation leaves a **node** that knows its parents, the nodes of its inputs. Together the nodes form a **graph**.

# %%
with remember():
    x = torch.tensor(2.0, requires_grad=True)
    square = x * x
    cube = square * x
    y = cube - square
show(draw(y), "graph.svg")

# %% [markdown]
# ## Predict, then run
#
# `x` is used three times, `square` twice. In which order must the backward pass visit the four nodes, so that each of
# them has received *all* its numbers before it passes anything on? Write the names, from first to last.

# %%
guess = ...  # for example "y, x, cube, square"

graph = walk(y, names={"x": x, "square": square, "cube": cube, "y": y})
order = [graph.entries[step.entry].label for step in steps(graph)]
predict(
    "In which order are the nodes visited?", guess, ", ".join(order),
    "square must wait for cube, which used it, and x must wait for both.",
)  # fmt: skip
assert order == ["y", "cube", "square", "x"]

# %% [markdown]
# This is simply the order in which the values were made, from the newest to the oldest: whatever used a value is newer
# than the value. An order in which nobody comes before those who need it is called **topological**.
#
# ## Play
#
# The page asks too: choose *order* under **ask me**, and show it the next node.

# %%
page(stepper(y, file("05_order.html")))

# %% [markdown]
# ## What goes wrong without the order
#
# A tower of doublings, v₁ = v₀ + v₀, v₂ = v₁ + v₁, … Each value is used twice by the next. The slope of the n-th with
# respect to v₀ is 2ⁿ. Two passes without the order: one passes a sum on before it is complete (and then passes it on
# *again*, when more arrives). The other walks every path by itself: right, but it needs 2ⁿ visits.


# %%
made = []  # all values, from the oldest to the newest


class Value:
    """A number and its parents, each with the slope with respect to it."""

    def __init__(self, data, parents=()):
        self.data, self.parents, self.grad = data, parents, 0.0
        made.append(self)

    def __add__(self, other):
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))


visits = 0


def too_early(value):
    """A mistake: what arrives is passed on at once, so what had arrived before is passed on again."""
    global visits
    visits += 1
    for parent, slope in value.parents:
        parent.grad += slope * value.grad
        too_early(parent)


def every_path(value, g=1.0):
    """Right, but a value is visited once for each path that leads to it."""
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
    """The gradient of the bottom of a tower, and the number of visits."""
    global visits
    visits = 0
    leaf, top = tower(height)
    if backward is too_early:
        top.grad = 1.0
    backward(top)
    return leaf.grad, visits


heights = range(1, 11)
early, all_paths = ([run(way, n) for n in heights] for way in (too_early, every_path))
print("height   right   too early   every path  its visits")
for n, (wrong, _), (right, count) in zip(heights, early, all_paths):
    print(f"{n:6} {2**n:7} {wrong:11.0f} {right:11.0f} {count:12}")

# %%
figure, (left, right) = panels(2)
left.semilogy(heights, [g for g, _ in early], "o--", color="C3", label="too early")
left.semilogy(heights, [2**n for n in heights], "k-", lw=2, label="right: 2ⁿ")
left.set(title="slope at the bottom of the tower", xlabel="height")
left.legend()
right.semilogy(heights, [count for _, count in all_paths], "^--", label="every path by itself")
right.semilogy(heights, [n + 1 for n in heights], "k-", lw=2, label="in order, each once")
right.set(title="nodes visited", xlabel="height")
right.legend()
show(figure, "05_order.png")

# %% [markdown]
# At height 50 "every path" would take years; in order it takes 51 visits.
#
# ## Exercise
#
# Write the backward pass in order. You are given all values in the order in which they were made, so no search is
# needed. Set the `.grad` of the last value to 1, then go from the newest to the oldest.


# %% [check]
def built(program):
    """All values that a program makes."""
    made.clear()
    program()
    return tuple(made)


def polynomial():
    x, y = Value(2.0), Value(-3.0)
    product = x * y
    return product * x + product * product


def check(backward):
    cases = {
        "the tower of height 3": (lambda: tower(3), [8.0, 4.0, 2.0, 1.0]),
        "p = x·y; y = p·x + p·p at (2, -3)": (polynomial, [24.0, -20.0, -10.0, 1.0, 1.0, 1.0]),
        "the tower of height 200": (lambda: tower(200), [2.0**n for n in range(200, -1, -1)]),
    }
    for name, (program, wanted) in cases.items():
        values = built(program)
        call(backward, values)
        mistakes = {"The result's own .grad must be 1 at the start.": np.zeros(len(values))}
        mistakes["Only the result has a .grad: pass it on to its parents."] = np.eye(len(values))[-1]
        if len(values) < 10:
            once, first = built(program), built(program)
            for value in once[::-1]:
                value.grad = value.grad or 1.0 * (value is once[-1])
                for parent, slope in value.parents:
                    parent.grad = slope * value.grad
            first[-1].grad = 1.0
            for value in first:
                for parent, slope in value.parents:
                    parent.grad += slope * value.grad
            mistakes["Add to the .grad of a parent: it may be used twice."] = np.array([v.grad for v in once])
            mistakes["Go from the newest to the oldest."] = np.array([v.grad for v in first])
        expect(
            np.array([v.grad for v in values]), np.array(wanted), f"{name}, .grad from the oldest to the newest",
            mistakes=mistakes,
        )  # fmt: skip


HINTS = (
    "`values[-1].grad = 1.0`, then a loop over `reversed(values)`.",
    "For each value, and for each of its parents: `parent.grad += slope * value.grad`.",
)


# %%
def backward(values):
    """Set `.grad` of all values, given from the oldest to the newest; the last is the result. All are 0.0 at first."""
    raise NotImplementedError


attempt(check, backward, HINTS)


# %% [solution]
def solution(values):
    values[-1].grad = 1.0
    for value in reversed(values):
        for parent, slope in value.parents:
            parent.grad += slope * value.grad


check(solution)

# %% [markdown]
# **In one sentence:** from the newest value to the oldest, each is visited once, when all its numbers have arrived.
#
# That is the whole of backpropagation. What follows are arrays, and what one builds with them.
