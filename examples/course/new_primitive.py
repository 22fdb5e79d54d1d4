# %% [markdown]
# # Beyond the course: a new primitive, and its proof
#
# An operation is a forward and a rule for the cotangent `g`. Here is softsign, x / (1 + |x|), as an operation of
# your own. Its derivative is 1 / (1 + |x|)². Then it is *proved*: the rule is compared with numerical derivatives,
# which are computed without it, and so is the derivative of the rule.

# %%
import numpy as np
from course import attempt, call, expect, expect_right_rule, panels, show, tensor_from

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
figure, axes = panels(size=(6, 3.2))
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


# %% [check]
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
    g = torch.linspace(1, 2, 5, dtype=torch.float64).requires_grad_()
    found, s = tensor_from(call(rule_of_swish, g, at)), torch.sigmoid(at).detach().numpy()
    x, factor = at.detach().numpy(), g.detach().numpy()
    expect(
        found, factor * (s + x * s * (1 - s)), "at x = [-2, -1, 0, 1, 2]",
        mistakes={
            "x is used twice: the path through σ(x) is missing.": factor * s,
            "x is used twice: the path through the first x is missing.": factor * x * s * (1 - s),
            "The cotangent g is missing: the rule multiplies by it.": s + x * s * (1 - s),
            "The path through σ(x) has the factor x.": factor * (s + s * (1 - s)),
        },
    )  # fmt: skip
    expect_right_rule(Swish.apply, (at,), "gradcheck")
    (first,) = torch.grad(Swish.apply(at).sum(), at, create_graph=True)
    first = tensor_from(first, "the second derivative")
    expect(
        torch.grad(first.sum(), at)[0], second_of_swish(at), "the second derivative",
        {"Does the rule use only tensor operations?": 0 * x},
    )  # fmt: skip


def second_of_swish(x):
    """The second derivative of swish, by the engine's own rules."""
    (first,) = torch.grad((x * torch.sigmoid(x)).sum(), x, create_graph=True)
    return torch.grad(first.sum(), x)[0].numpy()


HINTS = (
    "x is used twice, so two paths add up: through x with the factor σ(x), and through σ(x) with the factor x.",
    "With s = torch.sigmoid(x): g times (s + x · s · (1 - s)).",
)


# %%
def rule_of_swish(g, x):
    """The cotangent of x, given the cotangent g of x * torch.sigmoid(x)."""
    raise NotImplementedError


attempt(check, rule_of_swish, HINTS)


# %% [solution]
def solution(g, x):
    s = torch.sigmoid(x)
    return g * (s + x * s * (1 - s))


check(solution)
