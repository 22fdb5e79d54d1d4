"""Training steps whose compiled programs are read, executed and saved by tests.

Each function makes a step anew, with the same parameters every time, and returns it with the arguments of its calls.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd as torch
from autograd import Tensor, nn

F = nn.functional

Step = tuple[Callable[..., Any], list[tuple[Tensor, ...]]]


def floats(*shape: int) -> Tensor:
    """Standard normal numbers, from NumPy's seeded generator, so that the engine's own is left alone."""
    return torch.tensor(np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32))


def classes(count: int, n: int) -> Tensor:
    """Numbers of classes."""
    return torch.tensor(np.random.default_rng(count).integers(0, n, count))


def mlp() -> Step:
    """64-32-10 with cross-entropy and SGD, from layers that have names."""
    torch.manual_seed(0)
    fc1, fc2 = nn.Linear(64, 32), nn.Linear(32, 10)
    optimizer = torch.optim.SGD([*fc1.parameters(), *fc2.parameters()], lr=0.1)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        h = torch.relu(fc1(x))
        scores = fc2(h)
        loss = F.cross_entropy(scores, y)
        loss.backward()
        optimizer.step()
        return loss

    return step, [(floats(32, 64), classes(32, 10))] * 5


def attention() -> Step:
    """One head of causal self-attention, by hand."""
    torch.manual_seed(0)
    Wq, Wk, Wv, Wo = (torch.randn(4, 4, requires_grad=True) for _ in range(4))
    future = torch.ones(3, 3).triu(1).bool()
    optimizer = torch.optim.SGD([Wq, Wk, Wv, Wo], lr=0.1)

    def step(x: Tensor, y: Tensor) -> Tensor:
        q, k, v = x @ Wq, x @ Wk, x @ Wv
        scores = (q @ k.T / 2).masked_fill(future, -torch.inf)
        a = torch.softmax(scores, dim=1)
        out = a @ v @ Wo
        loss = ((out - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return step, [(floats(3, 4), floats(3, 4, 1).reshape(3, 4))] * 5


def convnet() -> Step:
    """Convolution, batch normalization, pooling, and Adam."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4),
        nn.AvgPool2d(2), nn.Flatten(), nn.Linear(16, 5),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    def step(images: Tensor, labels: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step, [(floats(4, 1, 12, 12), classes(4, 5))] * 5


def recurrent() -> Step:
    """An LSTM over three steps of time."""
    torch.manual_seed(0)
    lstm = nn.LSTM(4, 5)
    optimizer = torch.optim.SGD(lstm.parameters(), lr=0.1, momentum=0.9)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        out, _ = lstm(x)
        loss = F.mse_loss(out, y)
        loss.backward()
        optimizer.step()
        return loss

    return step, [(floats(3, 2, 4), floats(3, 2, 5))] * 5


def by_hand() -> Step:
    """Linear regression with a descent that is written out."""
    torch.manual_seed(0)
    W, b = torch.randn(4, 2, requires_grad=True), torch.zeros(2, requires_grad=True)

    def step(x: Tensor, y: Tensor) -> Tensor:
        loss = ((x @ W + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            W.sub_(0.1 * W.grad)
            b.sub_(0.1 * b.grad)
            W.grad.zero_()
            b.grad.zero_()
        return loss

    return step, [(floats(8, 4), floats(8, 2))] * 5


def normalized() -> Step:
    """LayerNorm and GELU, whose long chains of elementwise work are written as few lines."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.GELU(), nn.Linear(6, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)

    def step(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        optimizer.zero_grad()
        out = model(x)
        loss = F.mse_loss(out, y)
        loss.backward()
        optimizer.step()
        return loss, out

    return step, [(floats(8, 4), floats(8, 2))] * 5


def dropped() -> Step:
    """Dropout, which draws new numbers in every call."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Dropout(0.5), nn.Linear(6, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def step(x: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return step, [(floats(8, 4), floats(8, 2))] * 5


def transformer() -> Step:
    """A transformer block, whose sums and maxima are over matrices of more than 2048 elements."""
    torch.manual_seed(0)
    block = nn.TransformerEncoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=True)
    optimizer = torch.optim.SGD(block.parameters(), lr=0.1)

    def step(x: Tensor, y: Tensor) -> tuple[Tensor, ...]:
        optimizer.zero_grad()
        loss = F.mse_loss(block(x), y)
        loss.backward()
        optimizer.step()
        return loss, block.linear1.weight.grad

    return step, [(floats(32, 9, 8), floats(32, 9, 8))] * 5


#: All of them, by name.
STEPS = {
    make.__name__: make for make in (mlp, attention, convnet, recurrent, by_hand, normalized, dropped, transformer)
}


def compiled(make: Any, calls: int = 3) -> tuple[Any, list[tuple[Tensor, ...]]]:
    """A step after its first calls, with the arguments of the next ones."""
    step, arguments = make()
    step = torch.compile(step, fullgraph=True)
    for args in arguments[:calls]:
        step(*args)
    return step, arguments[calls:]


def arrays_of(result: Any) -> list[Any]:
    """Copies of the arrays of a step's result."""
    return [t.detach().numpy().copy() for t in (result if isinstance(result, tuple) else (result,))]


def space_of(text: Any) -> dict[str, Any]:
    """What the names of a text stand for, with copies of what a run changes."""
    kinds = (np.ndarray, np.random.Generator, torch.Generator)
    return {name: copy.deepcopy(x) if isinstance(x, kinds) else x for name, x in text.space.items()}
