# %% [markdown]
# # 6. Arrays and broadcasting: sum over what was repeated
#
# From now on the values are arrays: many numbers in one operation. If two arrays have different shapes, NumPy repeats
# the smaller one as needed. This is **broadcasting**, and you know its gradient already: what is repeated is *reused*.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import explain, remember, stepper

# %% [markdown]
# ## Predict, then run
#
# `x` has the shape (4, 3), and `b` the shape (3,): each number of b is used once in each row, so four times. The result
# is y = sum of x + b. What is the gradient of y with respect to b? Three numbers:

# %%
guess = ...  # for example [1, 2, 3]

x = torch.arange(12.0).reshape(4, 3).requires_grad_()
b = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
with remember():
    y = (x + b).sum()
y.backward(retain_graph=True)
predict("What is the gradient of b?", guess, b.grad.tolist(), "Each is used in four rows, and 1 + 1 + 1 + 1 = 4.")

# %% [markdown]
# The gradient of an array has the shape of the array: for each entry, how fast the result moves if that entry is
# nudged.
#
# ## The same with a product
#
# In `y = sum of x · b` the cotangent that comes back to b from each row is that row of x. The rule of · gives an array
# of shape (4, 3), and b has the shape (3,): the rows are added.

# %%
b.grad = x.grad = None
with remember():
    z = x * b
    y = z.sum()
print(explain(y))

# %%
y.backward(retain_graph=True)
each = x.detach().numpy()
assert np.array_equal(b.grad.numpy(), each.sum(0))
figure, (left, right) = panels(2, size=(7.5, 2.4), width_ratios=(1, 1))
for axes, array, title in (
    (left, each, "g·x, shape (4, 3)"),
    (right, b.grad.numpy()[None], "rows added: gradient of b"),
):
    axes.imshow(array, cmap="Oranges", vmin=0, vmax=30, aspect="auto")
    for (i, j), v in np.ndenumerate(array):
        axes.text(j, i, f"{v:g}", ha="center", va="center", fontsize=12, color="white" if v > 20 else "black")
    axes.set(title=title, xticks=[], yticks=[])
show(figure, "06_broadcasting.png")

# %% [markdown]
# So: **where the forward pass repeats, the backward pass adds; and where the forward pass adds, the backward pass
# repeats.** (The 1 that comes back to `sum` is repeated for all entries.)
#
# ## Play
#
# Change an entry of b, and see which numbers of the gradients move, and which do not.

# %%
page(stepper(y, file("06_broadcasting.html")))

# %% [markdown]
# ## Exercise
#
# Write the function that undoes broadcasting. `g` is the cotangent in the large shape; add it up to `shape`, the shape
# of the small array. There are two ways in which an array is repeated: dims that are missing in front, as in
# (3,) → (4, 3), and dims of size 1, as in (4, 1) → (4, 3). A dim of size 1 must stay, with the sum in it.


# %% [check]
def check(unbroadcast):
    random = np.random.default_rng(0)
    cases = (
        ((3,), (4, 3)), ((4, 1), (4, 3)), ((), (2, 2)), ((1, 1), (5, 2)), ((2, 1, 3), (7, 2, 4, 3)), ((4, 3), (4, 3)),
    )  # fmt: skip
    for shape, large in cases:
        g = random.standard_normal(large)
        small = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        torch.broadcast_to(small, large).backward(torch.from_numpy(g))
        missing = tuple(range(len(large) - len(shape)))
        stretched = tuple(i for i, n in enumerate(shape, len(missing)) if n == 1)
        expect(
            call(unbroadcast, g, shape), small.grad.numpy(), f"from {large} to {shape}",
            mistakes={
                "Add, don't average.": g.mean(missing + stretched).reshape(shape),
                "Only the dims in front were added; those of size 1 must be too.": g.sum(missing),
                "The dims of size 1 are lost: use keepdims=True.": g.sum(missing + stretched),
                "Each entry is the sum over its copies, not the first of them.":
                    g[tuple(0 if i in missing else slice(0, 1) if i in stretched else slice(None)
                            for i in range(g.ndim))],
            },
        )  # fmt: skip


HINTS = (
    "First add over the dims in front: there are g.ndim - len(shape) of them, and g.sum(axis=(0, 1, …)) adds several.",
    "Then add over those dims where `shape` has a 1, with keepdims=True.",
)


# %%
def unbroadcast(g, shape):
    """The array `g` added up to `shape`, which broadcasts to the shape of `g`."""
    raise NotImplementedError


attempt(check, unbroadcast, HINTS)


# %% [solution]
def solution(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(i for i, size in enumerate(shape) if size == 1)
    return g.sum(axis=stretched, keepdims=True)


check(solution)

# %% [markdown]
# **In one sentence:** the gradient of what was repeated is the sum over its copies.
