# %% [markdown]
# # 14. A convolution: one small window, used everywhere
#
# An edge looks the same everywhere in a picture. So learn *one* small window of weights, the **kernel**, and slide it
# over the whole picture. For the gradient that is nothing but reuse: each weight is used at every place.

# %%
import numpy as np
from course import attempt, call, expect, expect_right_rule, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import stepper
from autograd.testing import gradcheck


def slide(x, w):
    """y[i] = w[0]·x[i] + w[1]·x[i+1] + …, at each place i where the window fits."""
    return np.array([w @ x[i : i + len(w)] for i in range(len(x) - len(w) + 1)])


# %% [markdown]
# ## Predict, then run
#
# The kernel is [-1, 1]: next number minus this number. What does it make of 0, 0, 0, 5, 5, 5?

# %%
guess = ...  # five numbers

signal, kernel = np.array([0.0, 0, 0, 5, 5, 5]), np.array([-1.0, 1])
predict("What is the result?", guess, slide(signal, kernel).tolist(), "It finds the edge, and nothing else.")
same = torch.nn.functional.conv1d(torch.from_numpy(signal)[None, None], torch.from_numpy(kernel)[None, None])
assert np.allclose(same[0, 0].numpy(), slide(signal, kernel))

# %% [markdown]
# ## In a picture
#
# The same in two dimensions: the kernel is a small matrix. This one finds vertical edges. And a kernel can be *learnt*:
# we show the engine the picture and the edges, begin with zeros, and descend.

# %%
picture = np.zeros((20, 28))
picture[4:16, 5:12] = 1.0
picture[8:12, 12:23] = 0.6
image = torch.from_numpy(picture)[None, None]
true_kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float64)[None, None]
edges = torch.nn.functional.conv2d(image, true_kernel)
learnt = torch.zeros(1, 1, 3, 3, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.SGD([learnt], lr=0.5, momentum=0.9)
for _ in range(200):
    loss = ((torch.nn.functional.conv2d(image, learnt) - edges) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("learnt kernel:")
print(learnt.detach().numpy()[0, 0].round(2) + 0.0)

# %%
figure, axes = panels(3, size=(8, 2.2), width_ratios=(3, 3, 2))
for panel, array, title, colors in (
    (axes[0], picture, "picture", "Greys"), (axes[1], edges.numpy()[0, 0], "vertical edges", "RdBu_r"),
    (axes[2], learnt.detach().numpy()[0, 0], "learnt kernel", "RdBu_r"),
):  # fmt: skip
    most = abs(array).max() * 1.2
    panel.imshow(array, cmap=colors, vmin=-most if colors == "RdBu_r" else 0, vmax=most)
    panel.set(title=title, xticks=[], yticks=[])
for (i, j), v in np.ndenumerate(learnt.detach().numpy()[0, 0]):
    axes[2].text(j, i, f"{v:.1f}".replace("-0.0", "0.0"), ha="center", va="center", color="w" if abs(v) > 1.5 else "k")
show(figure, "14_convolution.png")
assert abs(learnt.detach().numpy() - true_kernel.numpy()).max() < 0.1

# %% [markdown]
# ## The rules
#
# From y[i] = Σ w[k]·x[i+k], as in lesson 7: take one entry, look where it is used, and add.
#
# - **w[k]** is used at every place i, with the factor x[i+k]. So dw[k] = Σᵢ g[i]·x[i+k]: slide *g* over x.
# - **x[j]** is used in y[i] for each i with i + k = j, with the factor w[k]. So dx[j] = Σₖ g[j-k]·w[k]. Here the index
#   of g runs *down* while that of w runs up: the kernel lies the other way round, it is **flipped**.
#
# ## Play
#
# Change an entry of x: three entries of y move. Click an entry of the gradient of w.

# %%
x = torch.tensor([0.0, 1, 3, 2, -1, 0, 2, 1])[None, None].requires_grad_()
w = torch.tensor([1.0, -2, 0.5])[None, None].requires_grad_()


def loss_of(x, w):
    y = torch.nn.functional.conv1d(x, w)
    return (y**2).sum()


page(stepper(loss_of, x, w, path=file("14_convolution.html")))

# %% [markdown]
# ## A bug to find
#
# The rule below passes a gradient check with the first kernel, and fails with the second. Why does the first one
# not show the mistake? What is special about it?


# %%
def rule_with_a_bug(g, x, w):
    """The cotangents of x and w, as arrays, given the cotangent g of slide(x, w)."""
    dx = np.zeros_like(x)
    for i in range(len(g)):
        dx[i : i + len(w)] += g[i] * w[::-1]
    return dx, slide(x, g)


def operation_with(rule):
    """`slide` as an operation of the engine, with this rule in the backward pass."""

    class Slide(torch.Function):
        @staticmethod
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return torch.from_numpy(slide(x.detach().numpy(), w.detach().numpy()))

        @staticmethod
        def backward(ctx, g):
            x, w = (t.detach().numpy() for t in ctx.saved_tensors)
            return tuple(torch.from_numpy(d) for d in rule(g.numpy(), x, w))

    return Slide.apply


numbers = torch.linspace(-1, 2, 7, dtype=torch.float64, requires_grad=True)
for kernel in ([1.0, -2.0, 1.0], [1.0, 0.5, -1.0]):
    w = torch.tensor(kernel, dtype=torch.float64, requires_grad=True)
    passed = gradcheck(operation_with(rule_with_a_bug), (numbers, w), raise_exception=False)
    print(f"kernel {kernel}: {'passed' if passed else 'FAILED'}")

# %% [markdown]
# A symmetric kernel is its own mirror image, so it cannot show whether it was flipped. **Check with inputs that have no
# symmetry**: random numbers are best.
#
# ## Exercise
#
# Write the right rule, with NumPy. (The loop is a good form: y[i] came from x[i], x[i+1], …, so g[i] goes back there.)


# %% [check]
def check(rule):
    random = np.random.default_rng(0)
    for length, width in ((6, 2), (7, 3), (4, 4)):
        x, w, g = (random.standard_normal(n) for n in (length, width, length - width + 1))
        dx, dw = np.convolve(g, w), slide(x, g)
        expect(
            call(rule, g, x, w), {"of x": dx, "of w": dw}, f"x with {length} entries, w with {width}: the cotangent",
            mistakes={
                "The kernel lies the wrong way round.": {"of x": np.convolve(g, w[::-1])},
                "These two must be exchanged: x comes first.": {"of x": dw},
                "g must not be flipped: slide it over x as it is.": {"of w": slide(x, g[::-1])},
                "This is the result in reversed order.": {"of w": dw[::-1], "of x": dx[::-1]},
            },
        )  # fmt: skip
    at = [torch.from_numpy(random.standard_normal(n)).requires_grad_() for n in (7, 3)]
    expect_right_rule(operation_with(rule), at, "gradcheck")


HINTS = (
    "y[i] used x[i : i + len(w)], with the factors w in this order. So what must be added to dx[i : i + len(w)]?",
    "dx[i : i + len(w)] += g[i] * w, for each i, without [::-1]. The rule of w was right: slide(x, g).",
)


# %%
def rule(g, x, w):
    """The cotangents of x and w, as arrays, given the cotangent g of slide(x, w)."""
    raise NotImplementedError


attempt(check, rule, HINTS)


# %% [solution]
def solution(g, x, w):
    dx = np.zeros_like(x)
    for i in range(len(g)):
        dx[i : i + len(w)] += g[i] * w
    return dx, slide(x, g)


check(solution)

# %% [markdown]
# **In one sentence:** a kernel is used at every place, so its gradient is the sum over all places.
