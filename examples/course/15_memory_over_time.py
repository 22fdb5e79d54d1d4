# %% [markdown]
# # 15. Through time: a recurrent network, and attention
#
# A sentence comes word by word. How can the last word depend on the first, and how does a gradient find the way back?
# Two answers: step by step through every word between them, or directly.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show, tensor_from

import autograd as torch
from autograd.teaching import stepper

# %% [markdown]
# ## A recurrent network
#
# It carries a state h along. At each step it takes one more input: h = w·h + x. The *same* w is used at each step, and
# so its gradient is a sum over the steps. The first input has a long way: it is multiplied by w at each step.
#
# ## Predict, then run
#
# After the first input there are 10 more steps. What is the slope of the last h with respect to the first input, for
# w = 0.5, 1 and 1.5? Roughly will do: for example, is 0.5¹⁰ nearer to 0.1 or to 0.001?

# %%
guess = ...  # for w = 0.5, 1 and 1.5


def slope_of_first(w, steps=10):
    x = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    h = x
    for _ in range(steps):
        h = w * h + 0.1
    (slope,) = torch.grad(h, x)
    return slope.item()


predict(
    "What arrives at the first input, for w = 0.5, 1, 1.5?", guess, [slope_of_first(w) for w in (0.5, 1.0, 1.5)],
    "w¹⁰: the gradient vanishes or explodes, unless w is very near 1.",
)  # fmt: skip

# %% [markdown]
# This is lesson 13's vanishing gradient again, now through time: the graph, unrolled, is a network with one layer for
# each step.
#
# ## Attention
#
# Another way: let each word *look* at the words before it. Each makes three vectors from itself: a **query** q (what am
# I looking for?), a **key** k (what do I offer?) and a **value** v (what do I say?). The score of word i for word j is
# q_i · k_j / √d, where d is the length of the vectors. A softmax over j turns the scores into weights, and the result
# is the weighted mean of the values. Words that come later must not be seen: their score becomes -∞, and exp(-∞) is 0.

# %%
torch.manual_seed(3)
T, d = 12, 8
words = torch.randn(T, d, dtype=torch.float64, requires_grad=True)
Wq, Wk, Wv = (torch.randn(d, d, dtype=torch.float64) / d**0.5 for _ in range(3))
U = torch.randn(d, d, dtype=torch.float64) / d**0.5 * 0.7  # so that h does not saturate
later = torch.ones(T, T, dtype=torch.bool).triu(1)


def attend(words):
    """The results of attention, and its weights."""
    q, k, v = words @ Wq, words @ Wk, words @ Wv
    scores = (q @ k.T / d**0.5).masked_fill(later, -torch.inf)
    weights = torch.softmax(scores, 1)
    return weights @ v, weights


def recur(words):
    """The states of a recurrent network."""
    h, states = torch.zeros(d, dtype=torch.float64), []
    for word in words:
        h = torch.tanh(h @ U + word)
        states.append(h)
    return torch.stack(states)


def reach(results):
    """How much of a gradient arrives at each word from the last result: the length of it, on average."""
    total = np.zeros(T)
    for entry in results[-1]:
        (g,) = torch.grad(entry, words, retain_graph=True)
        total += np.linalg.norm(g.numpy(), axis=1) / d
    return total


results, weights = attend(words)
by_attention, by_recurrence = reach(results), reach(recur(words))
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
# On the right: row i shows where word i looks. Above the diagonal, in the future, all weights are 0. On the left: for
# attention every word is *one* step away, for the recurrent network the distance counts. The price: attention compares
# each word with each other, so its work grows with the square of the length.
#
# ## Play
#
# One head of attention on three words: see the masked scores, whose gradient is 0.

# %%
q, k, v = (torch.randn(3, 2, requires_grad=True) for _ in range(3))
hidden = torch.ones(3, 3, dtype=torch.bool).triu(1)


def head(q, k, v):
    scores = (q @ k.T / 2**0.5).masked_fill(hidden, -torch.inf)
    a = torch.softmax(scores, 1)
    return ((a @ v) ** 2).sum()


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
