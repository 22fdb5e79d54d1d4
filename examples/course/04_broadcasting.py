# %% [markdown]
# # 4. Undoing broadcasting
#
# `x + b` with `x` of shape (4, 3) and `b` of shape (3,) uses each number of `b` four times, once in each row.
# That is reuse, as in lesson 3, so its gradient is a *sum* over the rows. Where the forward pass copies, the
# backward pass sums; and where the forward pass sums, the backward pass copies.

# %%
import numpy as np
from course import attempt, show
from matplotlib.figure import Figure

import autograd as torch
from autograd.teaching import explain, remember

torch.manual_seed(0)

# %%
with remember():
    x = torch.arange(12.0).reshape(4, 3).requires_grad_()
    b = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    y = (x * b).sum()
print(explain(y, names={"x": x, "b": b, "y": y}))

# %% [markdown]
# The rule of `*` for `b` is `g·x`, of shape (4, 3). `b` has shape (3,), so the engine sums over the rows. It does
# this in one place for all operations, so that no rule has to deal with broadcasting.

# %%
y.backward()
before_the_sum = x.detach().numpy()
assert np.array_equal(b.grad.numpy(), before_the_sum.sum(0))
figure = Figure(figsize=(7, 2.8))
left, right = figure.subplots(1, 2)
for axes, array, title in (
    (left, before_the_sum, "g·x, shape (4, 3)"),
    (right, b.grad.numpy()[None], "summed over the rows: ∂y/∂b"),
):
    axes.imshow(array, cmap="Oranges", vmin=0)
    for (i, j), v in np.ndenumerate(array):
        axes.text(j, i, f"{v:g}", ha="center", va="center", color="white" if v > array.max() * 0.7 else "black")
    axes.set(title=title, xticks=[], yticks=[])
show(figure, "broadcasting.png")

# %% [markdown]
# ## Exercise
#
# Write the function that undoes broadcasting: sum `g` to the original shape. Dims that broadcasting added in front
# are removed; a dim of size 1 is kept and holds the sum.


# %%
def unbroadcast(g, shape):
    """The array `g` summed to `shape`, which broadcasts to the shape of `g`."""
    raise NotImplementedError


def check(unbroadcast):
    random = np.random.default_rng(0)
    for shape, to in (
        ((3,), (4, 3)), ((4, 1), (4, 3)), ((), (2, 2)), ((1, 1), (5, 2)), ((2, 1, 3), (7, 2, 4, 3)), ((4, 3), (4, 3)),
    ):  # fmt: skip
        g = random.standard_normal(to)
        small = torch.from_numpy(random.standard_normal(shape)).requires_grad_()
        torch.broadcast_to(small, to).backward(torch.from_numpy(g))
        found = np.asarray(unbroadcast(g, shape))
        assert found.shape == shape, f"from {to} to {shape} the shape became {found.shape}"
        assert np.allclose(found, small.grad.numpy()), f"from {to} to {shape} the numbers are wrong"


attempt(check, unbroadcast)

# %% [markdown]
# ## A solution


# %%
def solution(g, shape):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    stretched = tuple(i for i, size in enumerate(shape) if size == 1 and g.shape[i] != 1)
    return g.sum(axis=stretched, keepdims=True)


check(solution)
