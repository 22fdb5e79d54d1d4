"""The usual optimizers: how gradients move variables, with Keras' constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Array, Optimizer


class SGD(Optimizer):
    """w ← w - lr g, or with momentum v ← momentum v - lr g and w ← w + v.

    Args:
        learning_rate: how far a step goes.
        momentum: how much of the last step is kept.
        nesterov: look ahead along the momentum: w ← w + momentum v - lr g.

    >>> from autograd.tensorflow import Variable
    >>> w = Variable([1.0])
    >>> _ = SGD(0.1).apply_gradients([(np.array([2.0], "float32"), w)])
    >>> w.numpy()
    array([0.8], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        if not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be a float between [0, 1], but got {momentum}")
        self.momentum, self.nesterov = momentum, nesterov

    def new_memory(self, value: Array) -> list[Array]:
        """The last step, if there is momentum."""
        return [np.zeros_like(value)] if self.momentum else []

    def step(self, value: Array, g: Array, memory: list[Array], learning_rate: Any) -> Array:
        """The new value."""
        if not memory:
            return value - learning_rate * g
        (last,) = memory
        last *= self.momentum
        last -= learning_rate * g
        return value + self.momentum * last - learning_rate * g if self.nesterov else value + last


class RMSprop(Optimizer):
    """w ← w - lr g / √(v + epsilon), where v is a running mean of g² (Hinton, 2012).

    Args:
        learning_rate: how far a step goes.
        rho: how much of the last v is kept.
        momentum: how much of the last step is kept.
        epsilon: keeps the denominator from 0.
        centered: subtract the square of the running mean of g from v.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def new_memory(self, value: Array) -> list[Array]:
        """The mean of g², and if asked for the last step and the mean of g."""
        return [np.zeros_like(value) for _ in range(1 + (self.momentum > 0) + self.centered)]

    def step(self, value: Array, g: Array, memory: list[Array], learning_rate: Any) -> Array:
        """The new value."""
        square = memory[0]
        square *= self.rho
        square += (1 - self.rho) * (g * g)
        spread = square
        if self.centered:
            mean = memory[-1]
            mean *= self.rho
            mean += (1 - self.rho) * g
            spread = square - mean * mean
        move = learning_rate * g / np.sqrt(spread + self.epsilon)
        if self.momentum > 0:
            last = memory[1]
            last *= self.momentum
            last += move
            move = last
        return value - move


class Adam(Optimizer):
    """w ← w - lr m̂ / (√v̂ + epsilon), where m and v are running means of g and g² (Kingma and Ba, 2015).

    Args:
        learning_rate: how far a step goes.
        beta_1, beta_2: how much of the last m and of the last v is kept.
        epsilon: keeps the denominator from 0.
        amsgrad: use the largest v so far.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def new_memory(self, value: Array) -> list[Array]:
        """The means of g and g², and if asked for the largest of the latter."""
        return [np.zeros_like(value) for _ in range(2 + self.amsgrad)]

    def step(self, value: Array, g: Array, memory: list[Array], learning_rate: Any) -> Array:
        """The new value."""
        mean, square = memory[:2]
        # In single precision, as the powers of Keras: in the first steps that shows.
        kept_1, kept_2 = np.float32(self.beta_1) ** self.steps, np.float32(self.beta_2) ** self.steps
        rate = learning_rate * np.sqrt(1 - kept_2) / (1 - kept_1)
        work = g - mean
        work *= 1 - self.beta_1
        mean += work
        np.multiply(g, g, out=work)
        work -= square
        work *= 1 - self.beta_2
        square += work
        if self.amsgrad:
            square = np.maximum(memory[2], square, out=memory[2])
        np.sqrt(square, out=work)
        work += self.epsilon
        np.divide(mean, work, out=work)
        work *= rate
        return np.subtract(value, work, out=work)


class Adagrad(Optimizer):
    """w ← w - lr g / √(v + epsilon), where v is the sum of all g² so far (Duchi, 2011).

    Args:
        learning_rate: how far a step goes.
        initial_accumulator_value: what v begins with.
        epsilon: keeps the denominator from 0.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.memories = (initial_accumulator_value,)
        self.epsilon = epsilon

    def step(self, value: Array, g: Array, memory: list[Array], learning_rate: Any) -> Array:
        """The new value."""
        (total,) = memory
        total += g * g
        return value - learning_rate * g / np.sqrt(total + self.epsilon)
