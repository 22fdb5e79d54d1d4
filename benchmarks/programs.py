"""What is measured: the same short programs for Glassgrad and PyTorch, which share their spelling."""

from __future__ import annotations

import gc
import importlib
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

Step = Callable[[], Any]


def chain(library: str, shape: tuple[int, ...]) -> Step:
    """100 operations forward and backward: alternately times a parameter and plus a constant."""
    torch = importlib.import_module(library)
    w = torch.full(shape, 0.9, requires_grad=True)
    start, ones = torch.full(shape, 0.5), torch.ones(shape)

    def step() -> None:
        w.grad = None
        x = start
        for _ in range(50):
            x = x * w
            x = x + 0.1
        x.backward(ones)

    return step


def smooth_chain(library: str, shape: tuple[int, ...]) -> Step:
    """100 operations forward and backward: in turn tanh, minus a parameter, sin and minus a constant."""
    torch = importlib.import_module(library)
    w = torch.full(shape, 0.9, requires_grad=True)
    start, ones = torch.full(shape, 0.5), torch.ones(shape)

    def step() -> None:
        w.grad = None
        x = start
        for _ in range(25):
            x = torch.tanh(x)
            x = x - w
            x = torch.sin(x)
            x = x - 0.1
        x.backward(ones)

    return step


def deep_chain(library: str, length: int = 1_000_000) -> dict[str, float]:
    """A chain of scalar operations built, run backward and freed: seconds and the peak of memory in bytes."""
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


def page_faults(shape: tuple[int, ...] = (256, 256), steps: int = 50) -> dict[str, float]:
    """Page faults and seconds of one step of our chain, once the allocator has settled."""
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


def classifier(library: str, sizes: tuple[int, int, int], batch: int) -> Step:
    """A training step of a net with one hidden layer, ReLU and cross entropy."""
    torch = importlib.import_module(library)
    inputs, hidden, classes = sizes
    x, y = (torch.tensor(array) for array in _images(inputs, classes, batch))
    linear, relu = torch.nn.Linear, torch.nn.ReLU
    model = torch.nn.Sequential(linear(inputs, hidden), relu(), linear(hidden, classes))
    return _training_step(torch, model, torch.nn.CrossEntropyLoss(), x, y)


def _training_step(torch: Any, model: Any, loss_of: Any, x: Any, y: Any) -> Step:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step() -> None:
        optimizer.zero_grad()
        loss = loss_of(model(x), y)
        loss.backward()
        optimizer.step()

    return step


def _images(inputs: int, classes: int, batch: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.random((batch, inputs), dtype=np.float32), random.integers(0, classes, batch)


def classifier_by_hand(sizes: tuple[int, int, int], batch: int) -> Step:
    """The step of `classifier` as one would write it in NumPy for speed: derived by hand, in place where it can."""
    inputs, hidden, classes = sizes
    x, y = _images(inputs, classes, batch)
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


# -- timing ---------------------------------------------------------------------------------------------


def race(ours: Step, theirs: Step, turns: int = 12, seconds: float = 0.1) -> tuple[float, float, bool]:
    """The best times of two steps that take turns, and whether the machine was quiet enough to believe them.

    A turn outlasts the time for which a library's idle threads go on spinning. Another process hits the two
    unequally: a step on two threads stalls for whole turns where one on a single thread loses nothing. So the
    third best turn of each has to come close to its best; until it does, up to four times the turns are taken.
    Turns that all stall agree as well: the check is weak.
    The objects that the imports made are kept out of the garbage collector's sight.
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
    """The time of one call, in the fastest batch of `calls` calls within a turn of some `seconds`."""
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        began = time.perf_counter()
        for _ in range(calls):
            step()
        now = time.perf_counter()
        best = min(best, (now - began) / calls)
        if now > end:
            return best
