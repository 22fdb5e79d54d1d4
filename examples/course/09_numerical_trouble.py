# %% [markdown]
# # 9. Numerical trouble
#
# The calculus can be right and the numbers useless. Four classics: an overflow, a NaN that appears only on the
# way back, units that die, and gradients that vanish. For each: see it, find it, cure it.

# %%
import numpy as np
from course import attempt, show
from matplotlib.figure import Figure

import autograd as torch
from autograd import nn
from autograd.teaching import find_nan, remember

torch.manual_seed(0)

# %% [markdown]
# ## Softmax overflows
#
# exp(89) is more than a float32 holds. The textbook's softmax gives ∞/∞ = NaN for quite ordinary scores. The
# same function with the largest score subtracted first can't overflow.

# %%
scores = torch.tensor([1.0, 50.0, 100.0], requires_grad=True)
with remember():  # then `find_nan` knows the line
    naive = scores.exp() / scores.exp().sum()
print("by the textbook:", naive.tolist())
print(find_nan(naive))
print("the engine's:   ", torch.softmax(scores, 0).tolist())
assert naive.isnan().any() and torch.softmax(scores, 0).isfinite().all()

# %% [markdown]
# ## The side that `where` did not choose
#
# The value is fine and the gradient is NaN: √x has an infinite slope at 0, and 0 · ∞ is NaN, even though that
# side was not chosen. The cure: make the argument harmless *before* the root.

# %%
x = torch.tensor([0.0, 4.0], requires_grad=True)
with remember():
    y = torch.where(x > 0, x.sqrt(), 0.0).sum()
print(find_nan(y))
y.backward()
print("gradient:      ", x.grad.tolist())
x.grad = None
harmless = torch.where(x > 0, x, 1.0)
torch.where(x > 0, harmless.sqrt(), 0.0).sum().backward()
print("made harmless: ", x.grad.tolist())
assert x.grad.tolist() == [0.0, 0.25]

# %% [markdown]
# ## Dead ReLUs
#
# A ReLU that is negative for every input has the gradient 0 for every input: it never comes back. A single
# step that is far too long can kill a layer. A leaky ReLU keeps a small slope.

# %%
inputs = torch.randn(200, 4)
layer = nn.Linear(4, 32)


def dead(bias):
    """The part of the units that no input switches on."""
    with torch.no_grad():
        return ((inputs @ layer.weight.T + bias) <= 0).all(0).float().mean().item()


biases = np.linspace(0, -4, 21)
dead_units = [dead(b) for b in biases]
print(f"biases 0: {dead_units[0]:.0%} of the units dead; biases -2: {dead_units[10]:.0%}")
assert dead_units[0] == 0 and dead_units[-1] > 0.9

# %% [markdown]
# ## Vanishing gradients
#
# Through 20 layers a cotangent is multiplied 20 times. A sigmoid's slope is at most 1/4, so hardly anything
# arrives at the first layer. tanh with weights of the right size (Xavier) or ReLU (Kaiming) keep it alive.


# %%
def sizes(activation, initial):
    """The mean size of the weights' gradients in each of 20 layers."""
    torch.manual_seed(1)
    layers = [nn.Linear(64, 64) for _ in range(20)]
    h = torch.randn(128, 64)
    for layer in layers:
        initial(layer.weight)
        nn.init.zeros_(layer.bias)
        h = activation(layer(h))
    (h**2).mean().backward()
    return [layer.weight.grad.abs().mean().item() for layer in layers]


xavier = nn.init.xavier_normal_
kaiming = nn.init.kaiming_normal_
cases = {
    "sigmoid": sizes(torch.sigmoid, xavier),
    "tanh, Xavier": sizes(torch.tanh, xavier),
    "ReLU, Kaiming": sizes(torch.relu, lambda w: kaiming(w, nonlinearity="relu")),
}
for name, found in cases.items():
    print(f"{name:14} first layer {found[0]:.1e}, last {found[-1]:.1e}")
assert cases["sigmoid"][0] < 1e-9 * cases["sigmoid"][-1]
assert cases["ReLU, Kaiming"][0] > 1e-2 * cases["ReLU, Kaiming"][-1]

# %%
figure = Figure(figsize=(8, 3.2))
left, right = figure.subplots(1, 2)
left.plot(biases, dead_units, "k")
left.set(title="share of units that no input switches on", xlabel="bias", ylim=(-0.03, 1.03))
for (name, found), style in zip(cases.items(), ("o-", "s-", "^-")):
    right.semilogy(range(1, 21), found, style, ms=4, label=name)
right.set(title="size of the gradient", xlabel="layer", xticks=(1, 5, 10, 15, 20))
right.legend()
figure.tight_layout()
show(figure, "trouble.png")

# %% [markdown]
# ## Exercise
#
# Write log Σ exp(x) so that it neither overflows nor loses everything: for huge and for very negative x.


# %%
def log_sum_exp(x):
    """A tensor of one number, of a tensor x of one dim. Don't use torch.logsumexp."""
    raise NotImplementedError


def check(log_sum_exp):
    for numbers in ([1.0, 2.0, 3.0], [1000.0, 1000.0], [-1000.0, -1001.0], [0.0, 500.0]):
        x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        found, wanted = log_sum_exp(x), torch.logsumexp(x, 0)
        assert abs(found.item() - wanted.item()) < 1e-9, f"of {numbers} it is {wanted.item():.6f}, not {found.item()}"
        (g,) = torch.grad(found, x)
        assert torch.allclose(g, torch.softmax(x, 0)), (
            f"at {numbers} the gradient should be the softmax, not {g.tolist()}"
        )


attempt(check, log_sum_exp)

# %% [markdown]
# ## A solution


# %%
def solution(x):
    largest = x.max().detach()
    return largest + (x - largest).exp().sum().log()


check(solution)
