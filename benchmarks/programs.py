"""The programs that are measured, the same for Glassgrad and PyTorch, and how they are timed."""

from __future__ import annotations

import gc
import importlib
import itertools
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[], Any]


def chain(library: str, shape: tuple[int, ...]) -> Step:
    """100 operations forward and backward: in turn times a parameter and plus a constant."""

    def forward(torch: Any, x: Any, w: Any) -> Any:
        for _ in range(50):
            x = x * w
            x = x + 0.1
        return x

    return _forward_and_backward(library, shape, forward)


def smooth_chain(library: str, shape: tuple[int, ...]) -> Step:
    """100 operations forward and backward: in turn tanh, minus a parameter, sin and minus a constant."""

    def forward(torch: Any, x: Any, w: Any) -> Any:
        for _ in range(25):
            x = torch.tanh(x)
            x = x - w
            x = torch.sin(x)
            x = x - 0.1
        return x

    return _forward_and_backward(library, shape, forward)


def _forward_and_backward(library: str, shape: tuple[int, ...], forward: Callable[[Any, Any, Any], Any]) -> Step:
    torch = importlib.import_module(library)
    w = torch.full(shape, 0.9, requires_grad=True)
    start, ones = torch.full(shape, 0.5), torch.ones(shape)

    def step() -> None:
        w.grad = None
        forward(torch, start, w).backward(ones)

    return step


def deep_chain(library: str, length: int = 1_000_000) -> dict[str, float]:
    """Build a chain of scalar operations, run it backward and free it: the seconds, and the peak memory in bytes."""
    torch = importlib.import_module(library)
    w = torch.tensor(0.9, requires_grad=True)
    x = torch.tensor(0.5)
    began = time.perf_counter()
    for _ in range(length // 2):
        x = x * w
        x = x + 0.1
    x.backward()
    del x
    seconds = time.perf_counter() - began
    assert w.grad is not None
    return {"seconds": seconds, "bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def fan_out(x: Any, nodes: int) -> Any:
    """`nodes` results of one value, added up."""
    total = x
    for i in range(nodes // 2):
        total = total + x * (1.0 / (i + 1))
    return total


def tree(x: Any, nodes: int) -> Any:
    """A balanced binary tree: every value is the sum of two others; one that is left over is dropped."""
    level = [x * 1.0 for _ in range(nodes // 2)]
    while len(level) > 1:
        level = [a + b for a, b in zip(level[::2], level[1::2])]
    return level[0]


def ladder(x: Any, nodes: int) -> Any:
    """Two values, each computed from both of the step before: 2 to the power of the steps paths."""
    a, b = x * 1.0, x * 2.0
    for _ in range(nodes // 4):
        a, b = (a + b) * 0.5, (a - b) * 0.5
    return a + b


def diamonds(x: Any, nodes: int) -> Any:
    """A chain of values that are each used twice and joined again."""
    for _ in range(nodes // 3):
        x = x * 0.5 + x * 0.5
    return x


def graph(library: str, shape: str, nodes: int) -> dict[str, float]:
    """Build a graph of one shape, run it backward and free it: the seconds, and the bytes in addition to the import."""
    torch = importlib.import_module(library)
    x = torch.tensor(0.9, requires_grad=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    globals()[shape](x, nodes).backward()
    seconds = time.perf_counter() - began
    assert x.grad is not None
    return {"seconds": seconds, "bytes": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024}


def page_faults(shape: tuple[int, ...] = (256, 256), steps: int = 50) -> dict[str, float]:
    """Page faults and seconds per step of Glassgrad's chain, after some warm-up steps."""
    step = chain("autograd", shape)
    for _ in range(5):
        step()
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, time.perf_counter()
    for _ in range(steps):
        step()
    seconds = time.perf_counter() - began
    return {
        "faults": (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / steps,
        "seconds": seconds / steps,
    }


def line(library: str, batch: int = 10) -> Step:
    """A training step of Linear(2, 1) with the mean squared error."""
    torch = importlib.import_module(library)
    random = np.random.default_rng(0)
    x = torch.tensor(random.normal(size=(batch, 2)).astype(np.float32))
    y = torch.tensor(random.normal(size=(batch, 1)).astype(np.float32))
    return _training_step(torch, torch.nn.Linear(2, 1), torch.nn.MSELoss(), x, y)


def classifier(library: str, sizes: tuple[int, ...], batch: int) -> Step:
    """A training step of a network with hidden layers, ReLU and cross entropy."""
    torch = importlib.import_module(library)
    x, y = (torch.tensor(array) for array in images(sizes[0], sizes[-1], batch))
    layers = [torch.nn.Linear(*pair) for pair in itertools.pairwise(sizes)]
    hidden = [module for layer in layers[:-1] for module in (layer, torch.nn.ReLU())]
    return _training_step(torch, torch.nn.Sequential(*hidden, layers[-1]), torch.nn.CrossEntropyLoss(), x, y)


def softmax(library: str, batch: int = 256) -> Step:
    """A training step of softmax regression, 784-10."""
    torch = importlib.import_module(library)
    x, y = (torch.tensor(array) for array in images(784, 10, batch))
    return _training_step(torch, torch.nn.Linear(784, 10), torch.nn.CrossEntropyLoss(), x, y)


def sigmoid(library: str, batch: int = 64) -> Step:
    """A training step of 784-100-10 with a sigmoid and cross entropy."""
    torch = importlib.import_module(library)
    nn = torch.nn
    x, y = (torch.tensor(array) for array in images(784, 10, batch))
    model = nn.Sequential(nn.Linear(784, 100), nn.Sigmoid(), nn.Linear(100, 10))
    return _training_step(torch, model, nn.CrossEntropyLoss(), x, y)


def _training_step(torch: Any, model: Any, loss_of: Any, x: Any, y: Any, optimizer_class: Any = None) -> Step:
    optimizer = (optimizer_class or torch.optim.SGD)(model.parameters(), lr=0.01)

    def step() -> None:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()

    return step


def images(inputs: int, classes: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """A batch of random images and their classes."""
    random = np.random.default_rng(0)
    return random.random((batch, inputs), dtype=np.float32), random.integers(0, classes, batch)


def classifier_by_hand(sizes: tuple[int, int, int], batch: int) -> Step:
    """The step of `classifier` hand-written in NumPy for speed: derivatives by hand, in place where possible."""
    inputs, hidden, classes = sizes
    x, y = images(inputs, classes, batch)
    random = np.random.default_rng(0)
    w1 = random.uniform(-1, 1, (hidden, inputs)).astype(np.float32) / np.float32(inputs**0.5)
    w2 = random.uniform(-1, 1, (classes, hidden)).astype(np.float32) / np.float32(hidden**0.5)
    b1, b2 = np.zeros(hidden, np.float32), np.zeros(classes, np.float32)
    rows = np.arange(batch)

    def step() -> np.floating:
        h = x @ w1.T
        h += b1
        np.maximum(h, 0, out=h)
        p = h @ w2.T
        p += b2
        p -= p.max(1, keepdims=True)
        log_likelihood = p[rows, y]
        np.exp(p, out=p)
        total = p.sum(1, keepdims=True)
        loss = (np.log(total[:, 0]) - log_likelihood).mean()

        p /= total
        p[rows, y] -= 1
        p /= batch
        gw2, gb2 = p.T @ h, p.sum(0)
        gh = p @ w2
        gh *= h > 0
        gw1, gb1 = gh.T @ x, gh.sum(0)

        for weights, gradient in ((w1, gw1), (b1, gb1), (w2, gw2), (b2, gb2)):
            np.multiply(gradient, 0.01, out=gradient)
            np.subtract(weights, gradient, out=weights)
        return loss

    return step


def classifier_in_buffers(sizes: tuple[int, int, int], batch: int) -> Step:
    """The step of `classifier_by_hand` with all memory made once and used again in each call."""
    inputs, hidden, classes = sizes
    x, y = images(inputs, classes, batch)
    random = np.random.default_rng(0)
    w1 = random.uniform(-1, 1, (hidden, inputs)).astype(np.float32) / np.float32(inputs**0.5)
    w2 = random.uniform(-1, 1, (classes, hidden)).astype(np.float32) / np.float32(hidden**0.5)
    b1, b2 = np.zeros(hidden, np.float32), np.zeros(classes, np.float32)
    rows = np.arange(batch)
    h, gh = np.empty((2, batch, hidden), np.float32)
    p, e = np.empty((2, batch, classes), np.float32)
    largest, total = np.empty((2, batch, 1), np.float32)
    positive = np.empty((batch, hidden), bool)
    gw1, gw2, gb1, gb2 = np.empty_like(w1), np.empty_like(w2), np.empty_like(b1), np.empty_like(b2)
    w1_T, w2_T, p_T, gh_T = w1.T, w2.T, p.T, gh.T

    def step() -> np.floating:
        np.dot(x, w1_T, out=h)
        np.add(h, b1, out=h)
        np.maximum(h, 0, out=h)
        np.dot(h, w2_T, out=p)
        np.add(p, b2, out=p)
        np.max(p, 1, out=largest, keepdims=True)
        np.subtract(p, largest, out=p)
        np.exp(p, out=e)
        np.sum(e, 1, out=total, keepdims=True)
        loss = (np.log(total[:, 0]) - p[rows, y]).mean()

        np.divide(e, total, out=p)
        p[rows, y] -= 1
        np.divide(p, batch, out=p)
        np.dot(p_T, h, out=gw2)
        np.sum(p, 0, out=gb2)
        np.dot(p, w2, out=gh)
        np.greater(h, 0, out=positive)
        np.multiply(gh, positive, out=gh)
        np.dot(gh_T, x, out=gw1)
        np.sum(gh, 0, out=gb1)

        for weights, gradient in ((w1, gw1), (b1, gb1), (w2, gw2), (b2, gb2)):
            np.multiply(gradient, 0.01, out=gradient)
            np.subtract(weights, gradient, out=weights)
        return loss

    return step


def adam(library: str, sizes: tuple[int, int, int], batch: int) -> Step:
    """The step of `classifier`, taken by Adam."""
    torch = importlib.import_module(library)
    x, y = (torch.tensor(array) for array in images(sizes[0], sizes[2], batch))
    linear, relu = torch.nn.Linear, torch.nn.ReLU
    model = torch.nn.Sequential(linear(sizes[0], sizes[1]), relu(), linear(*sizes[1:]))
    return _training_step(torch, model, torch.nn.CrossEntropyLoss(), x, y, torch.optim.Adam)


def regression(library: str) -> Step:
    """Two matrix products, a ReLU and the squared error without layers, 1000-100-10, updated in place by hand."""
    torch = importlib.import_module(library)
    random = np.random.default_rng(0)
    x, y, w1, w2 = (
        torch.tensor(random.normal(size=shape).astype(np.float32))
        for shape in ((64, 1000), (64, 10), (1000, 100), (100, 10))
    )
    weights = w1.requires_grad_(), w2.requires_grad_()

    def step() -> None:
        loss = ((x @ w1).clamp(min=0) @ w2 - y).pow(2).sum()
        loss.backward()
        with torch.no_grad():
            for w in weights:
                w.sub_(w.grad * 1e-9)
                w.grad = None

    return step


def transcendental(library: str, shape: tuple[int, ...]) -> Step:
    """Functions of single elements, forward and backward: exp, sin, log, tanh, sigmoid and sqrt."""
    torch = importlib.import_module(library)
    x = torch.full(shape, 0.5, requires_grad=True)

    def step() -> None:
        x.grad = None
        y = torch.exp(torch.sin(x)) + torch.log(x * x + 1)
        (torch.tanh(y) * torch.sigmoid(x) + torch.sqrt(y)).sum().backward()

    return step


def lenet(library: str, batch: int = 64) -> Step:
    """A training step of LeNet on images of 28 x 28 pixels."""
    torch = importlib.import_module(library)
    nn = torch.nn
    model = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
        *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
    )
    x, y = images(784, 10, batch)
    return _training_step(
        torch, model, nn.CrossEntropyLoss(), torch.tensor(x.reshape(batch, 1, 28, 28)), torch.tensor(y)
    )


def transformer(library: str, batch: int = 32, tokens: int = 16, width: int = 64) -> Step:
    """A training step of a transformer block with 4 heads: attention and a network with GELU, each after a norm."""
    torch = importlib.import_module(library)
    nn = torch.nn
    block = nn.TransformerEncoderLayer(width, 4, 4 * width, 0.0, "gelu", batch_first=True, norm_first=True)
    random = np.random.default_rng(0)
    x, y = (torch.tensor(random.normal(size=(batch, tokens, width)).astype(np.float32)) for _ in range(2))
    return _training_step(torch, block, nn.MSELoss(), x, y)


def lstm(library: str, batch: int = 16, steps: int = 20) -> Step:
    """A training step of LSTM(32, 64)."""
    torch = importlib.import_module(library)
    model = torch.nn.LSTM(32, 64)
    x = torch.tensor(np.random.default_rng(0).normal(size=(steps, batch, 32)).astype(np.float32))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step() -> None:
        optimizer.zero_grad()
        (model(x)[0] ** 2).mean().backward()
        optimizer.step()

    return step


def scalars(library: str, nodes: int) -> Step:
    """A chain of scalar operations, forward and backward."""
    torch = importlib.import_module(library)
    w, start = torch.tensor(0.9, requires_grad=True), torch.tensor(0.5)

    def step() -> None:
        w.grad = None
        x = start
        for _ in range(nodes // 2):
            x = x * w
            x = x + 0.1
        x.backward()

    return step


def hessian_vector_product(library: str, size: int = 1000) -> Step:
    """The product of the Hessian of Rosenbrock's function with a vector, by differentiating twice."""
    torch = importlib.import_module(library)
    x = torch.full((size,), 0.5, requires_grad=True)
    v = torch.ones(size)

    def step() -> None:
        y = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        (g,) = torch.autograd.grad(y, x, create_graph=True)
        torch.autograd.grad(g, x, v)

    return step


def large_graph(library: str, nodes: int = 100_000) -> Step:
    """Build a graph of scalars that join in pairs at every step, run it backward and free it."""
    torch = importlib.import_module(library)
    x = torch.tensor(0.9, requires_grad=True)

    def step() -> None:
        x.grad = None
        diamonds(x, nodes).backward()

    return step


# -- timing ---------------------------------------------------------------------------------------------


def race(ours: Step, theirs: Step, turns: int = 12, seconds: float = 0.1) -> tuple[float, float, bool]:
    """Time two steps in alternating turns: their best times, and whether the machine was quiet enough to trust them.

    A turn is longer than the time for which a library's idle threads keep spinning. Another process affects the
    two steps differently: a step on two threads can stall for whole turns while one on a single thread loses
    nothing. So the third best turn of each step must be within 10 % of its best; otherwise up to four times as
    many turns are taken. The check is weak: turns that all stall agree as well.
    Objects created by the imports are hidden from the garbage collector.
    """
    gc.collect()
    gc.freeze()
    steps = (ours, theirs)
    calls = [max(1, round(5e-4 / best_of_turn(step, 1, seconds))) for step in steps]
    times: tuple[list[float], list[float]] = ([], [])
    quiet = False
    while len(times[0]) < turns or (not quiet and len(times[0]) < 4 * turns):
        for step, batch, taken in zip(steps, calls, times, strict=True):
            time.sleep(0.02)
            taken.append(best_of_turn(step, batch, seconds))
            taken.sort()
        quiet = all(taken[min(2, len(taken) - 1)] <= 1.1 * taken[0] for taken in times)
    gc.unfreeze()
    return times[0][0], times[1][0], quiet


def best_of_turn(step: Step, calls: int, seconds: float) -> float:
    """The time of one call, from the fastest batch of `calls` calls in a turn of about `seconds`."""
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        began = time.perf_counter()
        for _ in range(calls):
            step()
        now = time.perf_counter()
        best = min(best, (now - began) / calls)
        if now > end:
            return best
