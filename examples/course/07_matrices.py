# %% [markdown]
# # 7. Matrices: row · column
#
# Nearly all work in a network is `y = x @ W`. Its rules look mysterious, `g @ Wᵀ` for x and `xᵀ @ g` for W. But they
# are nothing new: take one entry, look where it is used, and add.

# %%
import numpy as np
from course import attempt, call, expect, expect_right_rule, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import stepper
from autograd.testing import GradcheckError, gradcheck

random = np.random.default_rng(0)
x, W = random.integers(-2, 3, (4, 3)).astype(float), random.integers(-2, 3, (3, 2)).astype(float)
g = random.integers(-2, 3, (4, 2)).astype(float)  # the cotangent of y: how fast the loss moves with each entry of y

# %% [markdown]
# ## One entry
#
# Each entry of y is a row of x times a column of W: y[n, o] = x[n, 0]·W[0, o] + x[n, 1]·W[1, o] + x[n, 2]·W[2, o].
#
# ## Predict, then run
#
# The entry W[0, 1] is multiplied by entries of column 0 of x, and lands in column 1 of y. Here are the two columns.
# What is the gradient of W[0, 1]? (Multiply and add.)

# %%
guess = ...

print("column 0 of x:", x[:, 0], "  column 1 of g:", g[:, 1])
predict(
    "What is the gradient of W[0, 1]?", guess, float(x[:, 0] @ g[:, 1]),
    "It is used in every row n, with the factor x[n, 0]; what comes back there is g[n, 1].",
)  # fmt: skip

# %% [markdown]
# So the gradient of W[i, o] is the sum over n of x[n, i]·g[n, o]: *column* i of x times *column* o of g. A matrix
# product takes *rows* of its first factor, so x must be transposed: **dW = xᵀ @ g**. In the same way **dx = g @ Wᵀ**.

# %%
dW = np.zeros_like(W)
for n in range(4):
    for i in range(3):
        for o in range(2):
            dW[i, o] += x[n, i] * g[n, o]
xt, Wt = torch.from_numpy(x).requires_grad_(), torch.from_numpy(W).requires_grad_()
(xt @ Wt).backward(torch.from_numpy(g))
assert np.allclose(dW, x.T @ g) and np.allclose(Wt.grad.numpy(), dW) and np.allclose(xt.grad.numpy(), g @ W.T)
print("three loops, xᵀ @ g and the engine agree")

# %%
figure, axes = panels(3, size=(7.5, 2.5), width_ratios=(4, 2, 2))
for panel, array, title, lit in (
    (axes[0], x.T, "xᵀ  (3, 4)", lambda i, j: i == 0), (axes[1], g, "@  g  (4, 2)", lambda i, j: j == 1),
    (axes[2], dW, "=  dW  (3, 2)", lambda i, j: (i, j) == (0, 1)),
):  # fmt: skip
    panel.imshow([[float(lit(i, j)) for j in range(array.shape[1])] for i in range(array.shape[0])],
                 cmap="Oranges", vmin=0, vmax=2.2, aspect="auto")  # fmt: skip
    for (i, j), v in np.ndenumerate(array):
        panel.text(j, i, f"{v:g}", ha="center", va="center", fontsize=12)
    panel.set(title=title, xticks=[], yticks=[])
show(figure, "07_matrices.png")

# %% [markdown]
# ## Play
#
# Click an entry of a gradient on the page: its row and its column light up, and the sum is written out.

# %%
target = torch.from_numpy(g)


def loss_of(x, W):
    y = x @ W
    error = y - target
    return (error**2).sum()


page(stepper(loss_of, xt, Wt, path=file("07_matrices.html")))

# %% [markdown]
# ## A bug to find
#
# Someone wrote the rule of a layer, y = x @ W + b, by hand. All shapes are right, training even seems to work. But the
# layer is square, 3 inputs and 3 outputs, and then shapes do not betray a mistake. `gradcheck` does: it nudges each
# entry of each input and compares. It says *which* input is wrong, first of all.


# %%
def rules_with_bugs(g, x, W, b):
    """The cotangents of x, W and b, given the cotangent g of y = x @ W + b."""
    return g @ W, x.T @ g, g.mean(0)


def layer_with(rules):
    """The layer as an operation of the engine with these rules in the backward pass."""

    class Layer(torch.Function):
        @staticmethod
        def forward(ctx, x, W, b):
            ctx.save_for_backward(x, W, b)
            return x @ W + b

        @staticmethod
        def backward(ctx, g):
            return rules(g, *ctx.saved_tensors)

    return Layer.apply


torch.manual_seed(0)
inputs = [torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in ((4, 3), (3, 3), (3,))]
try:
    gradcheck(layer_with(rules_with_bugs), inputs)
except GradcheckError as error:
    print(error)

# %% [markdown]
# ## Exercise
#
# Write the three rules without the bugs. There is more than one: repair the one that gradcheck names, and ask again.


# %% [check]
def check(rules):
    x, W, b, g = (random.standard_normal(shape) for shape in ((4, 3), (3, 3), (3,), (4, 3)))
    found = call(rules, *(torch.from_numpy(v) for v in (g, x, W, b)))
    expect(
        found, {"of x": g @ W.T, "of W": x.T @ g, "of b": g.sum(0)}, "the cotangent",
        mistakes={
            "W is square, so the shape does not show that it must be transposed.": {"of x": g @ W},
            "That is its transpose: x must be transposed, and stand in front.": {"of W": g.T @ x},
            "b was repeated for all rows: add over the rows, don't average.": {"of b": g.mean(0)},
            "b was repeated for all rows: add over the rows (lesson 6).": {"of b": g},
        },
    )  # fmt: skip
    expect_right_rule(layer_with(rules), inputs, "gradcheck")


HINTS = (
    "The gradient of x[n, i]: it is used in every column o of y, with the factor W[i, o]. So it is "
    "Σ over o of g[n, o]·W[i, o].",
    "A sum over the *second* index of W: that is g @ Wᵀ. And b is repeated for all rows, so its gradient is a sum.",
)


# %%
def rules(g, x, W, b):
    """The cotangents of x, W and b, given the cotangent g of y = x @ W + b."""
    raise NotImplementedError


attempt(check, rules, HINTS)


# %% [solution]
def solution(g, x, W, b):
    return g @ W.T, x.T @ g, g.sum(0)


check(solution)

# %% [markdown]
# **In one sentence:** a matrix product is many sums of products, and its rules are the same sums with one factor
# transposed.
