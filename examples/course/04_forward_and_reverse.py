# %% [markdown]
# # 4. Forward or backward? Count the work
#
# Factors along a path can be multiplied from either end. Why does everybody start at the result? Because of the amount
# of work, and you can count it.

# %%
import numpy as np
from course import attempt, call, expect, file, page, panels, predict, show

import autograd as torch
from autograd.teaching import stepper, steps, walk

# %% [markdown]
# ## Forward: every number carries its slope along
#
# Ask about one input: "how fast does everything move if a moves?" Then every value is a pair: the number, and its slope
# with respect to a, called its **tangent**. Each operation computes both, with the rules that you know already. Such
# pairs are called *dual numbers*.


# %%
class Dual:
    work = 0  # counts operations

    def __init__(self, number, tangent):
        self.number, self.tangent = number, tangent

    def __add__(self, other):
        Dual.work += 1
        return Dual(self.number + other.number, self.tangent + other.tangent)

    def __mul__(self, other):
        Dual.work += 1
        return Dual(self.number * other.number, self.tangent * other.number + self.number * other.tangent)


a, b = Dual(2.0, 1.0), Dual(5.0, 0.0)  # a moves, b does not
y = a * b + a
print(f"y = {y.number}, and its slope with respect to a is {y.tangent}")
assert (y.number, y.tangent) == (12.0, 6.0)

# %% [markdown]
# ## Predict, then run
#
# One forward run answers for *one* input. To get the slopes of y = a·b + a with respect to a *and* b you must run it
# twice. A network has one result, the loss, and, say, 300 inputs. How many forward runs are needed for all slopes?

# %%
guess = ...


def product_sum(values):
    """x₀·x₁ + x₁·x₂ + x₂·x₃ + …"""
    total = values[0] * values[1]
    for i in range(1, len(values) - 1):
        total = total + values[i] * values[i + 1]
    return total


def forward_mode(numbers):
    """All slopes of `product_sum`: one run for each input."""
    runs, slopes = 0, []
    for k in range(len(numbers)):
        runs += 1
        slopes.append(product_sum([Dual(n, float(i == k)) for i, n in enumerate(numbers)]).tangent)
    return slopes, runs


numbers = np.random.default_rng(0).uniform(-1, 1, 300).tolist()
by_forward, runs = forward_mode(numbers)
predict("How many forward runs for 300 inputs?", guess, runs, "One for each input.")

# %% [markdown]
# ## Backward: every number learns how much the result cares about it
#
# Start at the result instead, and go back once. Then each value receives the slope *of the result* with respect to it,
# its cotangent. One backward run answers for *all* inputs. The two ways give the same numbers.

# %%
x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
product_sum(x).backward()
assert np.allclose(by_forward, x.grad.numpy())
print(f"the largest difference is {max(abs(by_forward - x.grad.numpy())):.0e}")

# %% [markdown]
# How much work is it? We count the operations of all forward runs. For the backward run we count those of the program,
# and then each number that is sent back to a parent: that costs a multiplication, or an addition.


# %%
def work_forward(count):
    Dual.work = 0
    forward_mode([1.0] * count)
    return Dual.work


def work_backward(count):
    graph = walk(product_sum([torch.tensor(1.0, requires_grad=True) for _ in range(count)]))
    return (len(graph) - count) + sum(len(step.contributions) for step in steps(graph))


counts = [2, 5, 10, 20, 50, 100]
forward, backward = ([work(count) for count in counts] for work in (work_forward, work_backward))
print(f"for 100 inputs: forward {forward[-1]} operations, backward {backward[-1]}")
figure, axes = panels(size=(5.5, 3))
axes.loglog(counts, forward, "o-", label="forward: a run for each input")
axes.loglog(counts, backward, "s-", label="backward: one run")
axes.set(title="work for all slopes of one result", xlabel="number of inputs", ylabel="operations", ylim=(1, 2e5))
axes.legend(loc="upper left")
show(figure, "04_forward_and_reverse.png")

# %% [markdown]
# The program and its backward run together cost a few times what the program costs alone, here three times. It does not
# matter how many inputs there are. A network with a million parameters and one loss needs one run instead of a million.
# That is why training goes backward. With one input and many results it is the other way round: forward is cheaper.
#
# `torch.func.jvp` is forward mode in this library, `torch.grad` and `.backward()` are reverse mode.

# %%
value, tangent = torch.func.jvp(lambda a, b: a * b + a, (torch.tensor(2.0), torch.tensor(5.0)),
                                (torch.tensor(1.0), torch.tensor(0.0)))  # fmt: skip
print(f"jvp: y = {value.item()}, slope {tangent.item()}")

# %% [markdown]
# ## Play
#
# One backward pass, six leaves: step through it and see all of them receive their slope.

# %%
x0, x1, x2, x3, x4, x5 = (torch.tensor(v, requires_grad=True) for v in (1.0, 2.0, -1.0, 0.5, 3.0, -2.0))
page(stepper(lambda *x: product_sum(x), x0, x1, x2, x3, x4, x5, path=file("04_forward_and_reverse.html")))

# %% [markdown]
# ## Exercise
#
# Teach dual numbers to divide. You need the slope of x / y: with respect to x it is 1 / y, and with respect to y it
# is -x / y².


# %% [check]
def check(divide):
    for x, dx, y, dy in ((6.0, 1.0, 2.0, 0.0), (6.0, 0.0, 2.0, 1.0), (1.5, -0.5, -4.0, 2.0)):
        expect(
            call(divide, x, dx, y, dy), {"the number": x / y, "the tangent": dx / y - x * dy / y**2},
            f"for x, dx, y, dy = {x:g}, {dx:g}, {y:g}, {dy:g}",
            mistakes={
                "The path through y comes with a minus sign.": {"the tangent": dx / y + x * dy / y**2},
                "The path through y is missing.": {"the tangent": dx / y},
                "The slope of a quotient is not the quotient of the slopes.":
                    {"the tangent": dx / dy if dy else np.nan},
                "y moves by dy: its slope must be multiplied by it.": {"the tangent": dx / y - x / y**2},
                "x moves by dx: its slope must be multiplied by it.": {"the tangent": 1 / y - x * dy / y**2},
            },
        )  # fmt: skip


HINTS = (
    "Two paths lead to the tangent: through x, and through y. Each is a slope times a tangent, and they add.",
    "Through x: (1 / y) · dx. Through y: (-x / y²) · dy.",
)


# %%
def divide(x, dx, y, dy):
    """The number x / y and its tangent, as two numbers; dx and dy are the tangents of x and y."""
    raise NotImplementedError


attempt(check, divide, HINTS)


# %% [solution]
def solution(x, dx, y, dy):
    return x / y, dx / y - x * dy / y**2


check(solution)

# %% [markdown]
# **In one sentence:** forward costs a run for each input, backward a run for each result, and training has one result.
