"""The programs of `programs.py` in JAX: the whole step is one jitted function whose buffers are donated.

`compiled.py` runs this file in a process of its own, with the Python of an environment that has JAX, and asks it for
one turn after the other: each line of the input is a number of seconds, each line of the output the best time of a
call in that turn.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from programs import Step, best_of_turn, images

Tree = Any


def training_step(parameters: Tree, loss_of: Callable[..., Any], x: Any, y: Any, update: Any = None) -> Step:
    """A step that takes gradients of `loss_of(parameters, x, y)` and updates the parameters, by default by SGD."""
    update = update or sgd
    state = update(parameters, None, None)

    @functools.partial(jax.jit, donate_argnums=(0, 1))
    def jitted(parameters: Tree, state: Tree, x: Any, y: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(parameters, x, y)
        return *update(parameters, gradients, state), loss

    now = [parameters, state]
    x, y = jnp.asarray(x), jnp.asarray(y)

    def step() -> None:
        *now[:], loss = jitted(*now, x, y)
        jax.block_until_ready((now, loss))

    return step


def sgd(parameters: Tree, gradients: Tree, state: Tree) -> Any:
    """Parameters and state after a step; the first state without gradients."""
    if gradients is None:
        return ()
    return jax.tree.map(lambda p, g: p - 0.01 * g, parameters, gradients), ()


def adam(parameters: Tree, gradients: Tree, state: Tree) -> Any:
    """As `sgd`."""
    if gradients is None:
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        return zeros, jax.tree.map(jnp.zeros_like, parameters), jnp.zeros((), jnp.int32)
    mean, square, count = state
    count = count + 1
    mean = jax.tree.map(lambda m, g: m + 0.1 * (g - m), mean, gradients)
    square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradients)
    rate, scale = 0.01 / (1 - 0.9**count), jnp.sqrt(1 - 0.999**count)
    new = jax.tree.map(lambda p, m, s: p - rate * m / (jnp.sqrt(s) / scale + 1e-8), parameters, mean, square)
    return new, (mean, square, count)


def linear(random: Any, inputs: int, outputs: int) -> Tree:
    """Weights (inputs, outputs) and bias."""
    bound = inputs**-0.5
    weight = random.uniform(-bound, bound, (inputs, outputs)).astype(np.float32)
    return {"w": jnp.asarray(weight), "b": jnp.zeros(outputs, jnp.float32)}


def affine(layer: Tree, x: Any) -> Any:
    """The output of a linear layer."""
    return x @ layer["w"] + layer["b"]


def cross_entropy(scores: Any, y: Any) -> Any:
    """The mean negative log-likelihood of the classes."""
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), y[:, None], 1).mean()


def line() -> Step:
    random = np.random.default_rng(0)
    x, y = (random.normal(size=(10, n)).astype(np.float32) for n in (2, 1))
    return training_step(linear(random, 2, 1), lambda p, x, y: ((affine(p, x) - y) ** 2).mean(), x, y)


def classifier(sizes: tuple[int, ...], batch: int, activation: Any = jax.nn.relu, update: Any = None) -> Step:
    random = np.random.default_rng(0)
    layers = [linear(random, *pair) for pair in itertools.pairwise(sizes)]

    def loss(layers: Tree, x: Any, y: Any) -> Any:
        for layer in layers[:-1]:
            x = activation(affine(layer, x))
        return cross_entropy(affine(layers[-1], x), y)

    x, y = images(sizes[0], sizes[-1], batch)
    return training_step(layers, loss, x, y.astype(np.int32), update)


def lenet(batch: int = 64) -> Step:
    random = np.random.default_rng(0)

    def kernel(outputs: int, inputs: int) -> Tree:
        weight = random.uniform(-0.1, 0.1, (outputs, inputs, 5, 5)).astype(np.float32)
        return {"w": jnp.asarray(weight), "b": jnp.zeros((outputs, 1, 1), jnp.float32)}

    def convolved(layer: Tree, x: Any, padding: int) -> Any:
        out = jax.nn.relu(jax.lax.conv_general_dilated(x, layer["w"], (1, 1), [(padding, padding)] * 2) + layer["b"])
        return jax.lax.reduce_window(out, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

    def loss(p: Tree, x: Any, y: Any) -> Any:
        x = convolved(p["conv2"], convolved(p["conv1"], x, 2), 0).reshape(batch, -1)
        x = jax.nn.relu(affine(p["fc2"], jax.nn.relu(affine(p["fc1"], x))))
        return cross_entropy(affine(p["fc3"], x), y)

    fully = {f"fc{i + 1}": linear(random, *pair) for i, pair in enumerate(((400, 120), (120, 84), (84, 10)))}
    x, y = images(784, 10, batch)
    parameters = {"conv1": kernel(6, 1), "conv2": kernel(16, 6), **fully}
    return training_step(parameters, loss, x.reshape(batch, 1, 28, 28), y.astype(np.int32))


def transformer(batch: int = 32, tokens: int = 16, width: int = 64, heads: int = 4) -> Step:
    random = np.random.default_rng(0)

    def norm(layer: Tree, x: Any) -> Any:
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) * jax.lax.rsqrt(variance + 1e-5) * layer["w"] + layer["b"]

    def attention(p: Tree, x: Any) -> Any:
        split = affine(p["in"], x).reshape(batch, tokens, 3, heads, width // heads)
        q, k, v = (split[:, :, i].transpose(0, 2, 1, 3) for i in range(3))
        weights = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) * (width // heads) ** -0.5)
        return affine(p["out"], (weights @ v).transpose(0, 2, 1, 3).reshape(batch, tokens, width))

    def loss(p: Tree, x: Any, y: Any) -> Any:
        h = x + attention(p, norm(p["norm1"], x))
        h = h + affine(p["down"], jax.nn.gelu(affine(p["up"], norm(p["norm2"], h)), approximate=False))
        return ((h - y) ** 2).mean()

    ones = {"w": jnp.ones(width, jnp.float32), "b": jnp.zeros(width, jnp.float32)}
    parameters = {
        "in": linear(random, width, 3 * width), "out": linear(random, width, width),
        "up": linear(random, width, 4 * width), "down": linear(random, 4 * width, width),
        "norm1": ones, "norm2": jax.tree.map(jnp.copy, ones),
    }  # fmt: skip
    x, y = (random.normal(size=(batch, tokens, width)).astype(np.float32) for _ in range(2))
    return training_step(parameters, loss, x, y)


def lstm(batch: int = 16, steps: int = 20, inputs: int = 32, hidden: int = 64) -> Step:
    random = np.random.default_rng(0)
    parameters = {"x": linear(random, inputs, 4 * hidden), "h": linear(random, hidden, 4 * hidden)}

    def loss(p: Tree, x: Any, y: Any) -> Any:
        given = affine(p["x"], x)

        def cell(state: Any, row: Any) -> Any:
            h, c = state
            i, f, g, o = jnp.split(row + affine(p["h"], h), 4, -1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            h = jax.nn.sigmoid(o) * jnp.tanh(c)
            return (h, c), h

        zeros = jnp.zeros((batch, hidden), jnp.float32)
        return (jax.lax.scan(cell, (zeros, zeros), given)[1] ** 2).mean()

    x = random.normal(size=(steps, batch, inputs)).astype(np.float32)
    return training_step(parameters, loss, x, np.zeros(1, np.float32))


def chain(size: int) -> Step:
    return operations((size, size), 100)


def operations(shape: tuple[int, ...], count: int) -> Step:
    """As many operations forward and backward: in turn times a parameter and plus a constant."""
    w, start = jnp.full(shape, 0.9, jnp.float32), jnp.full(shape, 0.5, jnp.float32)

    @jax.jit
    def gradient(w: Any, x: Any) -> Any:
        def total(w: Any) -> Any:
            out = x
            for _ in range(count // 2):
                out = out * w
                out = out + 0.1
            return out.sum()

        return jax.grad(total)(w)

    return lambda: jax.block_until_ready(gradient(w, start))


def transcendental(size: int = 512) -> Step:
    @jax.jit
    def gradient(x: Any) -> Any:
        def total(x: Any) -> Any:
            y = jnp.exp(jnp.sin(x)) + jnp.log(x * x + 1)
            return (jnp.tanh(y) * jax.nn.sigmoid(x) + jnp.sqrt(y)).sum()

        return jax.grad(total)(x)

    x = jnp.full((size, size), 0.5, jnp.float32)
    return lambda: jax.block_until_ready(gradient(x))


STEPS: dict[str, Callable[[], Step]] = {
    "line": line,
    "64-32-10": lambda: classifier((64, 32, 10), 32),
    "784-100-10": lambda: classifier((784, 100, 10), 64, jax.nn.sigmoid),
    "784-10": lambda: classifier((784, 10), 256),
    "784-256-10": lambda: classifier((784, 256, 10), 256),
    "784-256-128-10": lambda: classifier((784, 256, 128, 10), 256),
    "adam": lambda: classifier((784, 256, 10), 256, update=adam),
    "lenet": lenet,
    "transformer": transformer,
    "lstm": lstm,
    "functions": transcendental,
    **{f"chain {size}": functools.partial(chain, size) for size in (16, 64, 256, 1024)},
}


def main() -> None:
    """Make the step that the command line names, and answer each line of the input."""
    step = STEPS[sys.argv[1]]()
    for _ in range(3):
        step()
    calls = max(1, round(5e-4 / best_of_turn(step, 1, 0.1)))
    print(jax.__version__, flush=True)
    for seconds in sys.stdin:
        print(best_of_turn(step, calls, float(seconds)), flush=True)


if __name__ == "__main__":
    main()
