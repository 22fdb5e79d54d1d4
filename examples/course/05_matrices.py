# %% [markdown]
# # 5. Matrix calculus: why xᵀ @ g
#
# The rules of `y = x @ W` are `g @ Wᵀ` for x and `xᵀ @ g` for W. There is no need to memorise them: write down one
# element, see which results it affects, and sum.

# %%
import numpy as np
from course import attempt, show
from matplotlib.figure import Figure

import autograd as torch
from autograd.testing import gradcheck

random = np.random.default_rng(0)
x, W = random.standard_normal((4, 3)), random.standard_normal((3, 2))
g = random.standard_normal((4, 2))  # the cotangent of y: the derivative of the loss by each element

# %% [markdown]
# One element of the result: y[n, o] = Σᵢ x[n, i] · W[i, o]. So W[i, o] affects column o of y, in every row n, with
# the derivative x[n, i]. Its gradient is the sum over all rows: dW[i, o] = Σₙ x[n, i] · g[n, o].
#
# The sum runs over n, the *first* index of x and of g. A matrix product sums over the last index of the left factor
# and the first of the right one, so x must be transposed: dW = xᵀ @ g. In the same way dx = g @ Wᵀ.

# %%
dW = np.zeros_like(W)
for n in range(4):
    for i in range(3):
        for o in range(2):
            dW[i, o] += x[n, i] * g[n, o]
assert np.allclose(dW, x.T @ g)

xt, Wt = torch.from_numpy(x).requires_grad_(), torch.from_numpy(W).requires_grad_()
(xt @ Wt).backward(torch.from_numpy(g))
assert np.allclose(Wt.grad.numpy(), x.T @ g) and np.allclose(xt.grad.numpy(), g @ W.T)
print("three loops, xᵀ @ g and the engine agree: dW =")
print(Wt.grad)

# %% [markdown]
# The shapes alone almost determine it: dW must have the shape (3, 2) of W, and x: (4, 3) and g: (4, 2) have only
# one product of that shape.

# %%
figure = Figure(figsize=(7.5, 2.6))
panels = figure.subplots(1, 3, width_ratios=(4, 2, 2))
for axes, array, title in zip(panels, (x.T, g, dW), ("xᵀ  (3, 4)", "@  g  (4, 2)", "=  dW  (3, 2)")):
    axes.imshow(array, cmap="RdBu_r", vmin=-3, vmax=3)
    for (i, j), v in np.ndenumerate(array):
        axes.text(j, i, f"{v:.1f}", ha="center", va="center", fontsize=8, color="white" if abs(v) > 1.8 else "black")
    axes.set(title=title, xticks=[], yticks=[])
show(figure, "matrices.png")

# %% [markdown]
# Is the rule right for *every* x and W? A gradient check compares it with a numerical derivative: it changes each
# element a little and measures how the result changes.

# %%
assert gradcheck(lambda x, W: x @ W, (xt, Wt))

# %% [markdown]
# ## Exercise
#
# `Y = A @ B @ C`. Write the gradient of B, given the cotangent g of Y. Which results does B[i, j] affect? Or look
# at the shapes.


# %%
def gradient_of_B(g, A, B, C):
    """An array of B's shape."""
    raise NotImplementedError


def check(gradient_of_B):
    A, B, C, g = (random.standard_normal(shape) for shape in ((5, 4), (4, 3), (3, 2), (5, 2)))
    Bt = torch.from_numpy(B).requires_grad_()
    (torch.from_numpy(A) @ Bt @ torch.from_numpy(C)).backward(torch.from_numpy(g))
    found = np.asarray(gradient_of_B(g, A, B, C))
    assert found.shape == B.shape, f"the shape should be {B.shape}, not {found.shape}"
    assert np.allclose(found, Bt.grad.numpy()), "the shape is right, but the numbers are wrong"


attempt(check, gradient_of_B)

# %% [markdown]
# ## A solution


# %%
def solution(g, A, B, C):
    return A.T @ g @ C.T


check(solution)
