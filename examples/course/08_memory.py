# %% [markdown]
# # 8. What is kept, and what it costs
#
# The rule of a·b multiplies the cotangent by b. But the backward pass comes *later*: so b must still be there. What is
# kept for the backward pass is the price of backpropagation, and it is paid in memory.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd import nn
from autograd.teaching import stepper

# %% [markdown]
# ## Who keeps what?
#
# `saved_tensors_hooks` calls a function of ours for each array that an operation keeps. We add up the bytes.


# %%
def kept(program, *args, parameters=()):
    """The bytes that program(*args) keeps for the backward pass, each array once; parameters don't count."""
    arrays, known = {}, {p.data_ptr() for p in parameters}

    def note(tensor):
        if tensor.data_ptr() not in known:
            arrays[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        result = program(*args)  # held until the count is done
    del result
    return sum(arrays.values())


x = torch.randn(1000, requires_grad=True)  # 1000 numbers of 4 bytes each
y = torch.randn(1000, requires_grad=True)

# %% [markdown]
# ## Predict, then run
#
# x and y have 4000 bytes each. The rules: of x + y, both get g. Of x · y, they get g·y and g·x. Of exp(x), x gets
# g·exp(x). What does each of the three have to keep, in bytes?

# %%
guess = ...  # for x + y, x * y, exp(x): for example [4000, 4000, 4000]

truth = [kept(lambda: x + y), kept(lambda: x * y), kept(lambda: x.exp())]
predict(
    "How many bytes do x + y, x * y and exp(x) keep?", guess, truth,
    "A sum needs nothing, a product both factors, and exp its own result.",
)  # fmt: skip
for name, operation in (("sin", torch.sin), ("tanh", torch.tanh), ("relu", torch.relu), ("sum", torch.sum)):
    print(f"{name:5} keeps {kept(operation, x):5} bytes")

# %% [markdown]
# ## A deep network
#
# Each tanh keeps its result until the backward pass has gone by (and the next layer keeps the same array, as its
# input). So memory grows with the number of layers, and with the number of examples: here each array has 64 examples ·
# 32 numbers · 4 bytes. Without a backward pass nothing has to be kept: say so with `no_grad`.

# %%
depths = [1, 2, 4, 8, 16]
batch = torch.randn(64, 32)
recorded, unrecorded = [], []
for depth in depths:
    model = nn.Sequential(*(layer for _ in range(depth) for layer in (nn.Linear(32, 32), nn.Tanh())))
    recorded.append(kept(model, batch, parameters=model.parameters()))
    with torch.no_grad():
        unrecorded.append(kept(model, batch, parameters=model.parameters()))
for depth, with_graph, without in zip(depths, recorded, unrecorded):
    print(f"{depth:3} layers keep {with_graph:7} bytes, under no_grad {without}")
assert not any(unrecorded)

# %%
figure, (left, right) = panels(2)
names = ("x + y", "x · y", "exp", "sum", "relu")
programs = (lambda: x + y, lambda: x * y, x.exp, x.sum, x.relu)
left.barh(names[::-1], [kept(program) / 1000 for program in programs][::-1])
left.set(title="kept by one operation", xlabel="kB (x and y have 4 each)")
right.plot(depths, [n / 1000 for n in recorded], "o-", label="recorded")
right.plot(depths, [n / 1000 for n in unrecorded], "s-", label="under no_grad")
right.set(title="kept by a network", xlabel="layers", ylabel="kB")
right.legend()
show(figure, "08_memory.png")

# %% [markdown]
# ## Three ways to stop recording
#
# - `with torch.no_grad():` records nothing inside. For using a network that has learnt.
# - `x.detach()` is the same number without its history. Nothing flows back through it.
# - `x.item()` is a plain Python number. The graph behind x can be freed.

# %%
a = torch.tensor(3.0, requires_grad=True)
(a * a).backward()
with_both = a.grad.item()
a.grad = None
(a * a.detach()).backward()  # the second factor counts as a plain 3
print(f"a·a has the slope {with_both}, a·a.detach() the slope {a.grad.item()}")
assert (with_both, a.grad.item()) == (6.0, 3.0)

# %% [markdown]
# ## Play
#
# On the page look at an operation's rule: every name in it that is not g is something that was kept.

# %%
a, b = torch.tensor(1.5, requires_grad=True), torch.tensor(-0.5, requires_grad=True)


def program(a, b):
    product = a * b
    t = torch.tanh(product)
    e = b.exp()
    return t + e


page(stepper(program, a, b, path=file("08_memory.html")))

# %% [markdown]
# ## Exercise
#
# A common leak: someone adds up losses to print their average, `total = total + loss`. Each loss is a tensor with its
# graph, so the total holds *all* graphs, and memory grows from batch to batch. Write it without the leak.


# %% [check]
def check(average_loss):
    w = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
    batches = [torch.tensor(row) for row in ([1.0, 2.0, 3.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 2.0], [4.0, 1.0, 1.0])]
    alive = []

    def model(batch):
        loss = ((w * batch).sum() - 1) ** 2
        alive.append(loss.grad_fn is not None)
        return loss

    found = call(average_loss, model, batches)
    with torch.no_grad():
        losses = [model(batch).item() for batch in batches]
    if isinstance(found, torch.Tensor):
        held = "and hangs on the graphs of all batches" if found.requires_grad else "without a graph"
        expect(
            f"a tensor {held}", "a Python number", "for four batches",
            {"Use .item() on each loss.": f"a tensor {held}"},
        )  # fmt: skip
    expect(
        found, float(np.mean(losses)), "for four batches", tolerance=1e-6,
        mistakes={
            "Divide by the number of batches.": sum(losses),
            "That is the last loss.": losses[-1],
            "That is the first loss: is the `return` inside the loop?": losses[0],
            "Was the first divided too? `return` seems to stand inside the loop.": losses[0] / len(losses),
        },
    )  # fmt: skip


HINTS = (
    "A Python number has no graph. Which method makes one of a tensor?",
    "`total += model(batch).item()`; or the whole loop under `with torch.no_grad():`, which records nothing at all.",
)


# %%
def average_loss(model, batches):
    """The mean of the losses over all batches, as a Python number; `model(batch)` is the loss of a batch."""
    raise NotImplementedError


attempt(check, average_loss, HINTS)


# %% [solution]
def solution(model, batches):
    total = 0.0
    with torch.no_grad():
        for batch in batches:
            total += model(batch).item()
    return total / len(batches)


check(solution)

# %% [markdown]
# **In one sentence:** what a rule needs is kept until the backward pass, so record only what you will differentiate.
