# %% [markdown]
# # Beyond the course: the engine in a hundred lines
#
# A complete small engine on NumPy with the structure of the real one: nodes, primitives with their rules, broadcasting
# undone in one place, and a backward pass in order of age. Each part says what the real engine adds, and both engines
# train the same network.

# %%
import heapq
import inspect
import itertools
import time

import numpy as np
from course import attempt, call, expect, panels, show

import autograd as torch
from autograd.core import backward as backprop

# %% [markdown]
# ## Node and tensor
#
# `autograd/core/graph.py` and `autograd/core/tensor.py`. The real node also has hooks, and frees its saved values.

# %%
age = itertools.count().__next__


class Node:
    """A recorded operation: its rules, its parents, and when it was created."""

    def __init__(self, rules=(), parents=()):
        self.rules, self.parents, self.age, self.grad = rules, parents, age(), None


class Tensor:
    """An array and its node in the graph; None for a constant."""

    __array_ufunc__ = None  # so that NumPy uses our operators

    def __init__(self, array, node=None):
        self.array, self.node = np.asarray(array, float), node

    def __add__(self, other): return add(self, other)  # fmt: skip

    def __sub__(self, other): return sub(self, other)  # fmt: skip

    def __mul__(self, other): return mul(self, other)  # fmt: skip

    def __truediv__(self, other): return div(self, other)  # fmt: skip

    def __matmul__(self, other): return matmul(self, other)  # fmt: skip

    def __rmatmul__(self, other): return matmul(other, self)  # fmt: skip

    __radd__, __rmul__ = __add__, __mul__


def leaf(array):
    return Tensor(array, Node())


# %% [markdown]
# ## Primitives
#
# `autograd/core/primitive.py` and `operation.py`. A forward, and for each argument a rule of (g, out, *inputs). The
# real rules name what they need, so that nothing else is kept, and they take Tensors for higher derivatives.


# %%
def primitive(forward, *rules):
    def function(*args):
        inputs = [arg.array if isinstance(arg, Tensor) else arg for arg in args]
        parents = [arg.node if isinstance(arg, Tensor) else None for arg in args]
        out = forward(*inputs)
        if not any(parents):
            return Tensor(out)
        bound = [lambda g, rule=rule: rule(g, out, *inputs) for rule in rules]
        undone = [lambda g, vjp=vjp, x=x: sum_to(vjp(g), np.shape(x)) for vjp, x in zip(bound, inputs)]
        return Tensor(out, Node(undone, parents))

    return function


def sum_to(g, shape):
    """Undo broadcasting, like `autograd/core/broadcasting.py`."""
    g = np.sum(g, axis=tuple(range(np.ndim(g) - len(shape))))
    return g.sum(axis=tuple(i for i, n in enumerate(shape) if n == 1 != g.shape[i]), keepdims=True) if shape else g


add = primitive(lambda x, y: x + y, lambda g, out, x, y: g, lambda g, out, x, y: g)
sub = primitive(lambda x, y: x - y, lambda g, out, x, y: g, lambda g, out, x, y: -g)
mul = primitive(lambda x, y: x * y, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)
div = primitive(lambda x, y: x / y, lambda g, out, x, y: g / y, lambda g, out, x, y: -g * out / y)
matmul = primitive(lambda x, y: x @ y, lambda g, out, x, y: g @ y.T, lambda g, out, x, y: x.T @ g)
tanh = primitive(np.tanh, lambda g, out, x: g * (1 - out * out))
mean = primitive(np.mean, lambda g, out, x: g * np.ones_like(x) / x.size)

# %% [markdown]
# ## The backward pass
#
# `autograd/core/backward.py`. The newest node comes first, so a cotangent is complete when its node is visited.


# %%
def backward(tensor):
    cotangents = {tensor.node: np.ones_like(tensor.array)}
    heap = [(-tensor.node.age, tensor.node)]
    while heap:
        node = heapq.heappop(heap)[1]
        g = cotangents.pop(node)
        if not node.rules:
            node.grad = g if node.grad is None else node.grad + g
        for parent, vjp in zip(node.parents, node.rules):
            if parent is None:
                continue
            if parent not in cotangents:
                heapq.heappush(heap, (-parent.age, parent))
                cotangents[parent] = vjp(g)
            else:
                cotangents[parent] = cotangents[parent] + vjp(g)


# %% [markdown]
# ## The real backward pass
#
# The real engine has the same loop: take the newest node, call its rules, add the results. Look for the heap, the
# `pop` and the sum. In addition it visits only nodes that lead to the requested leaves, runs hooks, raises an error
# for values that were overwritten, frees saved values, and can record itself.

# %%
print(inspect.getsource(backprop.pull_back))

# %% [markdown]
# ## The same training on both engines
#
# A network learns the sine function from 64 points. The two engines must agree in the loss of every step.

# %%
random = np.random.default_rng(0)
x = np.linspace(-3, 3, 64)[:, None]
target = np.sin(x)
start = [random.standard_normal(shape) * size for shape, size in (((1, 16), 1), (16, 1), ((16, 1), 0.25))]


def train(x, target, make_leaf, tanh, mean, backward, gradient, steps=400):
    """The losses, the duration in seconds, and the final parameters."""
    parameters, losses, began = [p.copy() for p in start], [], time.perf_counter()
    for _ in range(steps):
        w, b, v = leaves = [make_leaf(p) for p in parameters]
        error = tanh(x @ w + b) @ v - target
        loss = mean(error * error)
        backward(loss)
        parameters = [p - 0.1 * gradient(t) for p, t in zip(parameters, leaves)]
        losses.append(float(loss.array))
    return losses, time.perf_counter() - began, parameters


def real_leaf(array):
    return torch.from_numpy(array).requires_grad_()


small, small_seconds, (w, b, v) = train(x, target, leaf, tanh, mean, backward, lambda t: t.node.grad)
real, real_seconds, _ = train(
    torch.from_numpy(x), torch.from_numpy(target), real_leaf,
    torch.tanh, torch.mean, torch.Tensor.backward, lambda t: t.grad.numpy(),
)  # fmt: skip
print(f"loss {small[0]:.4f} -> {small[-1]:.6f}; largest difference {max(abs(a - b) for a, b in zip(small, real)):.0e}")
print(f"a hundred lines {small_seconds:.2f} s, the real engine {real_seconds:.2f} s")
assert np.allclose(small, real, rtol=1e-9) and small[-1] < 0.02

# %%
figure, (left, right) = panels(2)
left.semilogy(small, lw=4, alpha=0.4, label="a hundred lines")
left.semilogy(real, "k--", lw=1, label="the real engine")
left.set(title="loss", xlabel="step")
left.legend()
right.plot(x, target, "k", label="sine")
right.plot(x, np.tanh(x @ w + b) @ v, ".", label="network")
right.legend()
right.set(title="result")
show(figure, "hundred_lines.png")

# %% [markdown]
# ## Exercise
#
# Add `exp` to the small engine, with `primitive`.


# %% [check]
def check(make_exp):
    exp = call(make_exp)
    array = np.array([[0.5, -1.0], [2.0, 0.0]])
    mine, theirs = leaf(array), torch.from_numpy(array).requires_grad_()
    out = call(exp, mine) if callable(exp) else exp
    value = out.array if isinstance(out, Tensor) else out
    expect(value, np.exp(array), "the value of exp")
    backward(mean(exp(mine) * exp(mine)))
    (theirs.exp() * theirs.exp()).mean().backward()
    right = theirs.grad.numpy()
    expect(
        0.0 if mine.node.grad is None else mine.node.grad, right, "the gradient of the mean of exp(x)²",
        mistakes={
            "The rule needs exp(x), which is `out`, not x.": right / np.exp(array) * array,
            "The rule must multiply g by exp(x).": right / np.exp(array),
        },
    )  # fmt: skip


HINTS = (
    "primitive(forward, rule): the forward is np.exp; the rule is a function of g, out and x.",
    "The slope of exp(x) is exp(x), and that is `out`: lambda g, out, x: g * out.",
)


# %%
def make_exp():
    """The primitive exp: a function of a Tensor."""
    raise NotImplementedError


attempt(check, make_exp, HINTS)


# %% [solution]
def solution():
    return primitive(np.exp, lambda g, out, x: g * out)


check(solution)
