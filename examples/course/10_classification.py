# %% [markdown]
# # 10. Yes or no: softmax minus one-hot
#
# A classifier gives each class a *score*. Softmax turns scores into probabilities, and the loss is how surprised the
# classifier is by the right answer. Behind it is the most beautiful gradient of all: what it said minus what is true.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import stepper

# %% [markdown]
# ## From scores to a loss
#
# **Softmax**: exp of each score, divided by their sum. All are positive, and together 1. The **cross-entropy** loss is
# -log of the probability of the right class, with the natural logarithm: 0 if it was certain, large if it thought that
# impossible.


# %%
def softmax(scores):
    e = np.exp(scores - scores.max(-1, keepdims=True))  # minus the largest: the same result, without overflow
    return e / e.sum(-1, keepdims=True)


scores = np.array([2.0, 1.0, -1.0])
p = softmax(scores)
print("scores", scores, " probabilities", p.round(3), f" loss if class 1 is right: {-np.log(p[1]):.3f}")

# %% [markdown]
# ## Predict, then run
#
# If the right class is 1: which scores should go up, and which down, to make the loss smaller? The gradient has the
# opposite signs. Write a sign, +1 or -1, for the gradient of each of the three scores.

# %%
guess = ...  # for example [+1, +1, +1]

s = torch.tensor(scores, requires_grad=True)
loss = torch.nn.functional.cross_entropy(s[None], torch.tensor([1]))
loss.backward()
predict("What are the signs of the gradient?", guess, np.sign(s.grad.numpy()).tolist(),
        "Only the score of the right class should grow.")  # fmt: skip
print("gradient             ", s.grad.numpy().round(3))
print("softmax - one-hot    ", (p - np.array([0, 1, 0])).round(3))
assert np.allclose(s.grad.numpy(), p - np.array([0, 1, 0]))

# %% [markdown]
# ## Why
#
# With s for the scores and t for the right class, the loss is -log(exp(s_t) / Σ exp(s_j)) = **-s_t + log Σ exp(s_j)**.
#
# - The slope of -s_t with respect to s_t is -1, and 0 for the other scores. As a row of numbers: minus the **one-hot**
#   vector, which has a 1 at the right class.
# - The slope of log Σ exp(s_j) with respect to s_k: of log it is 1/Σ, of the sum 1, of exp(s_k) it is exp(s_k). The
#   factors multiply to exp(s_k)/Σ, and that is the softmax.
#
# So: softmax - one-hot. If the classifier says 24 % and the truth is 100 %, then -0.76 comes back.
#
# ## Logistic regression
#
# Two classes need one score only. The probability is then σ(s) = 1/(1 + exp(-s)), the softmax of s and 0, and the
# gradient is again σ(s) - y. Here the score is w₁·x₁ + w₂·x₂ + b, and the line where it is 0 divides the plane.

# %%
random = np.random.default_rng(1)
labels = np.arange(80) % 2
points = random.standard_normal((80, 2)) * 0.7 + np.where(labels[:, None], [1.0, 0.6], [-1.0, -0.6])
X, Y = torch.from_numpy(points), torch.from_numpy(labels.astype(float))
w, b = torch.zeros(2, dtype=torch.float64, requires_grad=True), torch.zeros(1, dtype=torch.float64, requires_grad=True)
losses = []
for _ in range(100):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(X @ w + b, Y)
    w.grad = b.grad = None
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
        b -= 0.5 * b.grad
    losses.append(loss.item())
right = (((X @ w + b) > 0).numpy() == labels).mean()
print(f"loss {losses[0]:.3f} -> {losses[-1]:.3f}, {right:.0%} on the right side")
assert right > 0.9

# %%
figure, (left, plane) = panels(2)
left.bar(np.arange(3) - 0.2, p, 0.4, label="softmax")
left.bar(np.arange(3) + 0.2, p - [0, 1, 0], 0.4, label="softmax - one-hot")
left.axhline(0, color="k", lw=0.8)
left.set(title="what it says, and the gradient", xlabel="class (1 is right)", xticks=range(3))
left.legend()
for label, marker in enumerate("os"):
    plane.plot(*points[labels == label].T, marker, ms=4)
ends = np.array([-3.0, 3.0])
weights, bias = w.detach().numpy(), b.item()
plane.plot(ends, -(weights[0] * ends + bias) / weights[1], "k", lw=2)
plane.set(title="the line where the score is 0", xlim=(-3, 3), ylim=(-2.6, 2.6))
show(figure, "10_classification.png")

# %% [markdown]
# ## Play
#
# Train on the page, and watch the boundary turn into place.

# %%
w0, b0 = torch.zeros(2, requires_grad=True), torch.zeros(1, requires_grad=True)
few, answers = X[:20].float(), Y[:20].float()


def logistic(w, b):
    scores = few @ w + b
    return torch.nn.functional.binary_cross_entropy_with_logits(scores, answers)


page(stepper(logistic, w0, b0, path=file("10_classification.html")))

# %% [markdown]
# ## Exercise
#
# Write the gradient of the mean cross-entropy of n examples, with NumPy. `scores` has the shape (n, classes), and
# `targets` the n right classes. You may use `softmax` from above. Don't forget what a mean does.


# %% [check]
def check(gradient_of_scores):
    random = np.random.default_rng(0)
    for n, classes in ((1, 3), (4, 3), (5, 2)):
        scores, targets = random.standard_normal((n, classes)) * 2, random.integers(0, classes, n)
        t = torch.tensor(scores, requires_grad=True)
        torch.nn.functional.cross_entropy(t, torch.from_numpy(targets)).backward()
        p, truth = softmax(scores), np.eye(classes)[targets]
        over_batch = np.exp(scores) / np.exp(scores).sum(0)
        expect(
            call(gradient_of_scores, scores, targets), t.grad.numpy(), f"{n} examples of {classes} classes",
            mistakes={
                "The sign is wrong: it is what it said minus what is true.": (truth - p) / n,
                "The one-hot vectors are missing.": p / n,
                "Softmax must add up to 1 over the classes of each example, not over the examples.":
                    (over_batch - truth) / n,
            } | ({
                "A mean over n divides each by n.": p - truth,
                "A mean over n divides each by n, and the one-hot vectors are missing.": p,
                "Divide by the number of examples, not by the number of entries.": (p - truth) / scores.size,
            } if n > 1 else {}),
        )  # fmt: skip


HINTS = (
    "For one example it is softmax(scores) minus a vector with a 1 at the right class. `np.eye(classes)[targets]` has "
    "these vectors as rows.",
    "The loss is the mean over n examples, so each of them counts 1/n.",
)


# %%
def gradient_of_scores(scores, targets):
    """The gradient of the mean cross-entropy, an array of the shape of the scores."""
    raise NotImplementedError


attempt(check, gradient_of_scores, HINTS)


# %% [solution]
def solution(scores, targets):
    one_hot = np.eye(scores.shape[1])[targets]
    return (softmax(scores) - one_hot) / len(scores)


check(solution)

# %% [markdown]
# **In one sentence:** what comes back from the loss is what the classifier said minus what is true.
