# %% [markdown]
# # 9. Numerical problems
#
# The calculus can be right and the numbers still useless. Four classic problems: an overflow, a NaN that appears only
# in the backward pass, dead units, and vanishing gradients. Each of them is shown, found and fixed.

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
# exp(89) is too large for a float32, so the textbook softmax gives ∞/∞ = NaN for ordinary scores. With the largest
# score subtracted first, the same function cannot overflow.

# %%
scores = torch.tensor([1.0, 50.0, 100.0], requires_grad=True)
with remember():  # so that `find_nan` can report the line
    naive = scores.exp() / scores.exp().sum()
print("textbook:    ", naive.tolist())
print(find_nan(naive))
print("engine:      ", torch.softmax(scores, 0).tolist())
assert naive.isnan().any() and torch.softmax(scores, 0).isfinite().all()

# %% [markdown]
# ## The branch that `where` did not choose
#
# The value is fine, but the gradient is NaN: √x has an infinite derivative at 0, and 0 · ∞ is NaN, even though that
# branch was not chosen. The fix: replace the argument by a safe one *before* the root.

# %%
x = torch.tensor([0.0, 4.0], requires_grad=True)
with remember():
    y = torch.where(x > 0, x.sqrt(), 0.0).sum()
print(find_nan(y))
y.backward()
print("gradient:      ", x.grad.tolist())
x.grad = None
safe = torch.where(x > 0, x, 1.0)
torch.where(x > 0, safe.sqrt(), 0.0).sum().backward()
print("with the fix: ", x.grad.tolist())
assert x.grad.tolist() == [0.0, 0.25]

# %% [markdown]
# ## Dead ReLUs
#
# A ReLU unit whose input is always negative always has the gradient 0, so it never recovers. A single step that is
# far too large can kill a whole layer. A leaky ReLU avoids this by a small slope for negative inputs.

# %%
inputs = torch.randn(200, 4)
layer = nn.Linear(4, 32)


def dead(bias):
    """The fraction of the units that no input activates."""
    with torch.no_grad():
        return ((inputs @ layer.weight.T + bias) <= 0).all(0).float().mean().item()


biases = np.linspace(0, -4, 21)
dead_units = [dead(b) for b in biases]
print(f"dead units with bias 0: {dead_units[0]:.0%}, with bias -2: {dead_units[10]:.0%}")
assert dead_units[0] == 0 and dead_units[-1] > 0.9

# %% [markdown]
# ## Vanishing gradients
#
# In a network of 20 layers a cotangent is multiplied by 20 derivatives. That of a sigmoid is at most 1/4, so hardly
# anything reaches the first layer. tanh with Xavier initialisation or ReLU with Kaiming initialisation avoids this.


# %%
def sizes(activation, initial):
    """The mean absolute gradient of the weights in each of 20 layers."""
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
left.set(title="fraction of units that no input activates", xlabel="bias", ylim=(-0.03, 1.03))
for (name, found), style in zip(cases.items(), ("o-", "s-", "^-")):
    right.semilogy(range(1, 21), found, style, ms=4, label=name)
right.set(title="size of the gradient", xlabel="layer", xticks=(1, 5, 10, 15, 20))
right.legend()
figure.tight_layout()
show(figure, "trouble.png")

# %% [markdown]
# ## Exercise
#
# Write log Σ exp(x) so that it is accurate for very large and for very negative x.


# %%
def log_sum_exp(x):
    """log Σ exp(x) of a 1-d tensor, as a 0-d tensor. Do not use torch.logsumexp."""
    raise NotImplementedError


def check(log_sum_exp):
    for numbers in ([1.0, 2.0, 3.0], [1000.0, 1000.0], [-1000.0, -1001.0], [0.0, 500.0]):
        x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        found, wanted = log_sum_exp(x), torch.logsumexp(x, 0)
        assert abs(found.item() - wanted.item()) < 1e-9, f"for {numbers} it should be {wanted.item():.6f}"
        (g,) = torch.grad(found, x)
        assert torch.allclose(g, torch.softmax(x, 0)), (
            f"for {numbers} the gradient should be the softmax, not {g.tolist()}"
        )


attempt(check, log_sum_exp)

# %% [markdown]
# ## A solution


# %%
def solution(x):
    largest = x.max().detach()
    return largest + (x - largest).exp().sum().log()


check(solution)
