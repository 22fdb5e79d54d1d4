# %% [markdown]
# # 6. A new primitive, and its proof
#
# An operation is a forward and a rule for the cotangent `g`. Here is softsign, x / (1 + |x|), as an operation of
# your own. Its derivative is 1 / (1 + |x|)². Then it is *proved*: the rule is compared with numerical derivatives,
# which are computed without it, and so is the derivative of the rule.

# %%
import numpy as np
from course import attempt, show
from matplotlib.figure import Figure

import autograd as torch
from autograd.testing import gradcheck, gradgradcheck


# %%
class Softsign(torch.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x / (1 + x.abs())

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g / (1 + x.abs()) ** 2


softsign = Softsign.apply

# %% [markdown]
# The check uses random inputs away from 0, and float64, because a numerical derivative needs the precision.

# %%
torch.manual_seed(0)
x = (torch.rand(6, dtype=torch.float64) + 0.2) * torch.tensor([1.0, -1.0] * 3, dtype=torch.float64)
x.requires_grad_()
assert gradcheck(softsign, (x,)) and gradgradcheck(softsign, (x,))
print("softsign: first and second derivative are right")

# %% [markdown]
# ## What the check catches
#
# A rule that is wrong by 0.05 %; and a subtler mistake, a rule that uses plain NumPy. Its first derivative is right,
# but its operations are not recorded, so its second derivative is 0, without any error.


# %%
class NearlyRight(Softsign):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 1.0005 * g / (1 + x.abs()) ** 2


class NotRecorded(Softsign):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * torch.from_numpy(1 / (1 + np.abs(x.detach().numpy())) ** 2)


assert not gradcheck(NearlyRight.apply, (x,), raise_exception=False)
assert gradcheck(NotRecorded.apply, (x,))
assert not gradgradcheck(NotRecorded.apply, (x,), raise_exception=False)
print("both mistakes are found")

# %%
places = torch.linspace(-4, 4, 201, dtype=torch.float64).requires_grad_()
out = softsign(places)
(first,) = torch.grad(out.sum(), places, create_graph=True)
(second,) = torch.grad(first.sum(), places)
figure = Figure(figsize=(6, 3.2))
axes = figure.subplots()
for curve, style, label in (
    (out, "-", "softsign"),
    (first, "--", "first derivative"),
    (second, ":", "second derivative"),
):
    axes.plot(places.detach().numpy(), curve.detach().numpy(), style, lw=2, label=label)
axes.legend()
axes.grid(alpha=0.3)
axes.set(title="Our own operation and its derivatives", xlabel="x")
show(figure, "softsign.png")

# %% [markdown]
# Inside the engine a primitive is one line: `softsign = unary("softsign", forward, lambda g, x: …)`. The parameters
# of the rule name what it needs, and the tests then check it automatically (see the README).
#
# ## Exercise
#
# Swish is x · σ(x), where σ(x) = 1 / (1 + exp(-x)) has the derivative σ(x) · (1 - σ(x)). Write its rule with
# operations on tensors, so that it can be differentiated again.


# %%
def rule_of_swish(g, x):
    """The cotangent of x, given the cotangent g of x * torch.sigmoid(x)."""
    raise NotImplementedError


def check(rule_of_swish):
    class Swish(torch.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * torch.sigmoid(x)

        @staticmethod
        def backward(ctx, g):
            return rule_of_swish(g, *ctx.saved_tensors)

    at = torch.linspace(-2, 2, 5, dtype=torch.float64).requires_grad_()
    assert gradcheck(Swish.apply, (at,), raise_exception=False), "the first derivative differs from the numerical one"
    assert gradgradcheck(Swish.apply, (at,), raise_exception=False), (
        "the second derivative is wrong: does the rule use only tensor operations?"
    )


attempt(check, rule_of_swish)

# %% [markdown]
# ## A solution


# %%
def solution(g, x):
    s = torch.sigmoid(x)
    return g * (s + x * s * (1 - s))


check(solution)
