# %% [markdown]
# # 15. Through time: a recurrent network, and attention
#
# A sentence is a row of words, and a network sees each word as a list of numbers. To understand the last word, it must
# still know the first. There are two ways to bring the first word there: step by step through all words in between, or
# directly. The gradient goes the same way back. How much of it arrives?

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show, tensor_from

import autograd as torch
from autograd.teaching import stepper

# %% [markdown]
# ## A recurrent network
#
# It reads one word after the other, and remembers them in a *state* h. In the simplest case the words and the state are
# single numbers, and each step is
#
#     new h = w · old h + next word
#
# with the *same* w in every step. (So w is used many times, and its gradient is a sum over the steps: lesson 3.)
#
# ## Predict, then run
#
# After the first word there are 10 more steps. What is the slope of the last h with respect to the first word, for
# w = 0.5, 1 and 1.5? A rough guess will do: think of the chain rule, and of one factor for each step.

# %%
guess = ...  # for w = 0.5, 1 and 1.5


def slope_of_first(w, steps=10):
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    h = x
    for _ in range(steps):
        h = w * h + 0.1  # all other words are 0.1
    (slope,) = torch.grad(h, x)
    return slope.item()


predict(
    "What is the slope for the first word, for w = 0.5, 1, 1.5?", guess, [slope_of_first(w) for w in (0.5, 1.0, 1.5)],
    "w¹⁰: each of the ten steps is a factor w.",
)  # fmt: skip

# %% [markdown]
# With w = 0.5 the first word is almost forgotten; with w = 1.5 it counts 58 times as much as the last. Only very near
# to 1 does the slope neither vanish nor explode. It is lesson 13 again, a chain of many factors: there it was one for
# each layer, here it is one for each word.
#
# ## Attention: a weighted mean
#
# The other way: the last word looks at *all* words at once, and takes a mean of what they say, in which some count more
# than others. If word j says the number v_j and has the weight a_j, and the weights add up to 1, then
#
#     result = a_1 · v_1 + a_2 · v_2 + … + a_n · v_n
#
# The slope of the result with respect to v_j is a_j: a single factor, however far away the word is.
#
# The weights come from *scores*, numbers that say how well each word fits. A softmax (lesson 10) makes positive numbers
# of them that add up to 1:

# %%
scores = torch.tensor([2.0, 0.0, 1.0])
values = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)  # what three words say
a = torch.softmax(scores, 0)
result = a @ values
(slope,) = torch.grad(result, values)
print(f"weights {a.numpy().round(2)}, result {result.item():.1f}, slopes {slope.numpy().round(2)}")

# %% [markdown]
# ## Where the scores come from
#
# From the words themselves. Each word x, a vector now, makes three vectors with three matrices, which are learnt:
#
# - a **query** q = x @ Wq: what am I looking for?
# - a **key** k = x @ Wk: what do I offer?
# - a **value** v = x @ Wv: what do I say to a word that looks at me?
#
# Word i gives word j the score q_i · k_j / √d, where d is the length of the vectors. The product of two vectors is
# large if they point the same way: the query finds the keys that fit it. It is a sum of d products, which for random
# vectors grows like √d. Divided by √d, the scores stay moderate, and no word gets all the weight by chance.
#
# One matrix product gives all scores: row i of q @ k.T holds those of word i.
#
# ## Do not look ahead
#
# A network that learns to guess the next word must not see it. So word i may look only at words 1 to i. The scores of
# all later words are set to -∞ before the softmax; since exp(-∞) = 0, their weights are exactly 0.


# %%
def attend(x, Wq, Wk, Wv):
    """The result of attention for each of the words x (T, d), and the weights (T, T)."""
    q, k, v = x @ Wq, x @ Wk, x @ Wv
    T, d = x.shape
    later = torch.ones(T, T, dtype=torch.bool).triu(1)  # True above the diagonal
    scores = (q @ k.T / d**0.5).masked_fill(later, -torch.inf)
    weights = torch.softmax(scores, 1)
    return weights @ v, weights


# %% [markdown]
# ## Which way does the gradient get through?
#
# Twelve words of eight random numbers go through attention, and through a recurrent network whose state is a vector:
# new h = tanh(old h @ U + word). We differentiate the last result of each, entry by entry, and measure the gradient
# that arrives at each word by its length.

# %%
torch.manual_seed(3)
T, d = 12, 8
words = torch.randn(T, d, dtype=torch.float64, requires_grad=True)
Wq, Wk, Wv = (torch.randn(d, d, dtype=torch.float64) / d**0.5 for _ in range(3))
U = torch.randn(d, d, dtype=torch.float64) / d**0.5 * 0.7  # so that h does not saturate


def recur(x):
    """The last state of a recurrent network."""
    h = torch.zeros(d, dtype=torch.float64)
    for word in x:
        h = torch.tanh(h @ U + word)
    return h


def arriving(last):
    """The length of the gradient at each word, as a mean over the entries of the last result."""
    lengths = []
    for entry in last:
        (g,) = torch.grad(entry, words, retain_graph=True)
        lengths.append(np.linalg.norm(g.numpy(), axis=1))
    return np.mean(lengths, axis=0)


results, weights = attend(words, Wq, Wk, Wv)
by_attention, by_recurrence = arriving(results[-1]), arriving(recur(words))
print(f"at the first of {T} words: attention {by_attention[0]:.3f}, recurrent {by_recurrence[0]:.0e}")
assert by_recurrence[0] < 0.05 * by_attention[0]

# %%
figure, (left, right) = panels(2, width_ratios=(3, 2))
left.semilogy(range(1, T + 1), by_attention, "o-", label="attention")
left.semilogy(range(1, T + 1), by_recurrence, "s-", label="recurrent")
left.set(title="gradient that arrives from the last word", xlabel="word")
left.legend()
right.imshow(weights.detach().numpy(), cmap="Blues")
right.set(title="weights of attention", xlabel="looks at word", ylabel="word", xticks=[], yticks=[])
show(figure, "15_memory_over_time.png")

# %% [markdown]
# On the left: through the recurrent network the gradient gets smaller with every step back. With attention every word
# is *one* step away, and the distance does not matter. On the right: row i shows where word i looks; above the
# diagonal, in the future, all weights are 0.
#
# Attention has a price: each word is compared with each other word, so twice as many words are four times the work.
#
# ## Play
#
# Attention on three words of two numbers. In the backward pass, look at the gradient of the masked scores: it is 0.
# Then change an entry of v, and see which rows of the result it reaches.

# %%
q, k, v = (torch.randn(3, 2, requires_grad=True) for _ in range(3))
hidden = torch.ones(3, 3, dtype=torch.bool).triu(1)


def head(q, k, v):
    scores = (q @ k.T / 2**0.5).masked_fill(hidden, -torch.inf)
    a = torch.softmax(scores, 1)
    result = a @ v
    return (result**2).sum()


page(stepper(head, q, k, v, path=file("15_memory_over_time.html")))

# %% [markdown]
# ## Exercise
#
# Write attention that does not look ahead, with operations on tensors, so that gradients flow.


# %% [check]
def check(attention):
    torch.manual_seed(0)
    for T, d, n in ((1, 2, 2), (3, 2, 4), (5, 4, 3)):
        q, k, v = (torch.randn(T, m, dtype=torch.float64, requires_grad=True) for m in (d, d, n))
        where = f"for {T} word{'s' * (T > 1)}, d = {d}"
        future = torch.ones(T, T, dtype=torch.bool).triu(1)
        scores, root = q @ k.T, d**0.5

        def mixed(scores, mask=future, dim=1, fill=-torch.inf, v=v):
            return torch.softmax(scores.masked_fill(mask, fill), dim) @ v

        wanted = mixed(scores / root)
        found = tensor_from(call(attention, q, k, v), where)
        expect(
            found, wanted.detach().numpy(), where,
            mistakes={
                "The scores must be divided by √d.": mixed(scores),
                "Divide by the *root* of d.": mixed(scores / d),
                "It looks ahead: set the scores above the diagonal to -inf.": torch.softmax(scores / root, 1) @ v,
                "A masked score must be -inf: exp(0) is 1, not 0.": mixed(scores / root, fill=0.0),
                "Mask the scores, before the softmax: after it the rows no longer add up to 1.":
                    torch.softmax(scores / root, 1).masked_fill(future, 0.0) @ v,
                "Each *row* of weights must add up to 1: softmax over dim 1.": mixed(scores / root, dim=0),
                "A word must see itself: mask above the diagonal, triu(1).":
                    mixed(scores / root, torch.ones(T, T, dtype=torch.bool).triu(0)),
                "It sees the future and not the past: the mask is on the wrong side.": mixed(scores / root, future.T),
                "q and k are exchanged: row i is the query of word i.": mixed(scores.T / root),
            } if T > 1 else {},
        )  # fmt: skip
        for name, of in (("q", q), ("k", k), ("v", v)):
            (right,) = torch.grad(wanted.square().sum(), of, retain_graph=True)
            (yours,) = torch.grad(found.square().sum(), of, retain_graph=True, allow_unused=True)
            if yours is None:
                expect("no gradient", "a gradient", f"{where}, for {name}",
                       {f"Nothing flows back to {name}: was it detached?": "no gradient"})  # fmt: skip
            expect(yours, right.numpy(), f"{where}, the gradient of {name}")


HINTS = (
    "Scores: q @ k.T / d**0.5, an array (T, T). Row i belongs to the query of word i.",
    "The mask: torch.ones(T, T, dtype=torch.bool).triu(1) is True above the diagonal. Then "
    "scores.masked_fill(mask, -torch.inf).",
    "Then softmax over dim 1, and times v.",
)


# %%
def attention(q, k, v):
    """Causal attention: q, k (T, d) and v (T, n) give a tensor (T, n); word i sees the words 0 … i."""
    raise NotImplementedError


attempt(check, attention, HINTS)


# %% [solution]
def solution(q, k, v):
    T, d = q.shape
    future = torch.ones(T, T, dtype=torch.bool).triu(1)
    scores = (q @ k.T / d**0.5).masked_fill(future, -torch.inf)
    return torch.softmax(scores, 1) @ v


check(solution)

# %% [markdown]
# **In one sentence:** through time a gradient is multiplied at each step; attention gives it a direct path.
