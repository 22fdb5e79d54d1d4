# %% [markdown]
# # 13. Dead units, vanishing gradients, NaN
#
# The calculus can be right and the numbers still useless. Three classic troubles: you will see each, find it with a
# tool, and cure it.

# %%
from course import attempt, call, expect, file, page, panels, predict, show, tensor_from

import autograd as torch
from autograd import nn
from autograd.teaching import find_nan, histograms, stepper

torch.manual_seed(0)

# %% [markdown]
# ## Dead units. Predict, then run
#
# ReLU is max(0, x); its slope is 1 for positive x and 0 for negative x. In this network all biases of the first layer
# are so low that every unit gives 0 for every input. We train it for 100 steps. How large is its loss afterwards: about
# 0, half of what it was, or the same? Write "0", "half" or "same".

# %%
guess = ...

inputs = torch.randn(200, 4)
target = inputs.abs().sum(1, keepdim=True) - 3


def troubled(activation):
    """A network whose first layer has biases of -4."""
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 32), activation, nn.Linear(32, 1, bias=False))
    with torch.no_grad():
        model[0].bias -= 4
    return model


def train(model, steps=100):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)  # momentum, and a step length for each parameter
    losses = []
    for _ in range(steps):
        loss = ((model(inputs) - target) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


dead = train(troubled(nn.ReLU()))
predict(
    "The loss after 100 steps?", guess, "same" if dead[-1] == dead[0] else "other",
    "Where every slope is 0, every gradient is 0: such a unit never learns again. It is called dead.",
)  # fmt: skip

# %% [markdown]
# **Find:** `histograms` counts the dead units. **Cure:** a *leaky* ReLU has a small slope, 0.1, for negative inputs,
# so that something always flows back. (Better not to get there: smaller steps, biases that start at 0.)

# %%
print(histograms(troubled(nn.ReLU()), lambda out: ((out - target) ** 2).mean(), inputs))
leaky = train(troubled(nn.LeakyReLU(0.1)))
print(f"loss with ReLU {dead[0]:.2f} -> {dead[-1]:.2f}, with leaky ReLU {leaky[0]:.2f} -> {leaky[-1]:.2f}")
assert dead[-1] == dead[0] and leaky[-1] < 0.5 * leaky[0]

# %% [markdown]
# ## Vanishing gradients
#
# Through 20 layers a cotangent is multiplied by 20 slopes. That of a sigmoid is at most 1/4, and (1/4)²⁰ is 10⁻¹².
# **Find:** the size of the gradient, layer by layer. **Cure:** tanh or ReLU, and first weights of the right size, so
# that on average each factor is near 1. (These sizes have names: Xavier for tanh, Kaiming for ReLU.)


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


cases = {
    "sigmoid": sizes(torch.sigmoid, nn.init.xavier_normal_),
    "tanh, Xavier": sizes(torch.tanh, nn.init.xavier_normal_),
    "ReLU, Kaiming": sizes(torch.relu, lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu")),
}
for name, found in cases.items():
    print(f"{name:14} first layer {found[0]:.1e}, last {found[-1]:.1e}")
assert cases["sigmoid"][0] < 1e-9 * cases["sigmoid"][-1]
assert cases["ReLU, Kaiming"][0] > 1e-2 * cases["ReLU, Kaiming"][-1]

# %%
figure, (left, right) = panels(2)
left.plot(dead, "C3", label="ReLU, all units dead")
left.plot(leaky, "C0", label="leaky ReLU")
left.set(title="loss", xlabel="step", ylim=(0, None))
left.legend(loc="lower left")
for (name, found), style in zip(cases.items(), ("o-", "s-", "^-")):
    right.semilogy(range(1, 21), found, style, ms=4, label=name)
right.set(title="size of the gradient", xlabel="layer", xticks=(1, 5, 10, 15, 20))
right.legend(loc="lower right")
show(figure, "13_numerical_trouble.png")

# %% [markdown]
# ## NaN, and the branch that nobody chose
#
# √x has an infinite slope at 0. Here `where` takes the other branch at x = 0, so the value is fine. But its gradient is
# NaN: the cotangent of the branch that was not chosen is 0, and 0 · ∞ is NaN. `find_nan` names the operation.

# %%
x = torch.tensor([0.0, 4.0], requires_grad=True)


def root_or_zero(x):
    return torch.where(x > 0, x.sqrt(), 0.0).sum()


print("bug:  ", torch.grad(root_or_zero(x), x)[0].tolist())
print(find_nan(root_or_zero, x))


def cured(x):
    safe = torch.where(x > 0, x, 1.0)  # cure: a safe number goes into the root
    return torch.where(x > 0, safe.sqrt(), 0.0).sum()


print("cured:", torch.grad(cured(x), x)[0].tolist())
assert torch.grad(cured(x), x)[0].tolist() == [0.0, 0.25]

# %% [markdown]
# ## Play
#
# The page marks the first value that is not a number, and where it spreads from there.

# %%
page(stepper(root_or_zero, x, path=file("13_numerical_trouble.html")))


# %% [markdown]
# ## A bug to find
#
# The loss of lesson 10, just as in the textbook. For small scores it is right. For large ones it is not: ask `find_nan`
# for each of the two, and it names two different operations.


# %%
def textbook_loss(scores, target):
    """-log of the softmax of the right class, for one example."""
    e = scores.exp()
    return -(e / e.sum())[target].log()


for numbers, target_class in (([1.0, 2.0, 0.0], 1), ([1000.0, 0.0, 0.0], 0), ([0.0, -1000.0, 0.0], 1)):
    scores = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
    print(f"{numbers}: loss {textbook_loss(scores, target_class).item():.4f}")
    print("   find_nan:", find_nan(textbook_loss, scores, target_class))

# %% [markdown]
# ## Exercise
#
# Write the loss so that it is right for all scores. From lesson 10: it equals log Σ exp(s_j) - s_t. And nothing changes
# if the same number is subtracted from all scores; which number makes every exp harmless?


# %% [check]
def check(stable_loss):
    for numbers, t in (
        ([1.0, 2.0, 0.0], 1), ([1000.0, 0.0, 0.0], 0), ([0.0, -1000.0, 0.0], 1), ([-1000.0, -1001.0], 0),
    ):  # fmt: skip
        scores = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        where = f"for scores {numbers} and target {t}"
        found = tensor_from(call(stable_loss, scores, t), where)
        wanted = nn.functional.cross_entropy(scores[None], torch.tensor([t]))
        spread = wanted.item() + numbers[t]
        expect(
            found, wanted.item(), where,
            mistakes={
                "The score of the right class is missing: subtract it.": spread,
                "The largest score was subtracted and not accounted for.": wanted.item() - max(numbers),
                "The sign is wrong: a loss is never negative.": -wanted.item(),
            },
        )  # fmt: skip
        expect(torch.grad(found, scores)[0], torch.grad(wanted, scores)[0].numpy(), f"{where}, its gradient")


HINTS = (
    "What does find_nan name? exp overflows for large scores, and the logarithm of a softmax of 0 is infinite.",
    "Subtract the largest score from all, shifted = scores - scores.max(): then no exp is above 1, and one *is* 1.",
    "Take the logarithm of the sum only: shifted.exp().sum().log() - shifted[target].",
)


# %%
def stable_loss(scores, target):
    """-log of the softmax of the right class: scores is a tensor (classes,), target the number of the right class."""
    raise NotImplementedError


attempt(check, textbook_loss)  # what the check says of the textbook
attempt(check, stable_loss, HINTS)


# %% [solution]
def solution(scores, target):
    shifted = scores - scores.max().detach()
    return shifted.exp().sum().log() - shifted[target]


check(solution)

# %% [markdown]
# **In one sentence:** look at the sizes of values and gradients; what is 0, huge or NaN has a first place, and tools
# find it.
