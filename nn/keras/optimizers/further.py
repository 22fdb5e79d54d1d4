"""Optimizers beyond the usual ones: relatives of Adam, and one without a learning rate of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Array, Optimizer
from .sgd import Adam


class AdamW(Adam):
    """Adam whose weights also shrink by lr · weight_decay in every step (Loshchilov and Hutter, 2019)."""

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm, name
        )


class _Moments(Optimizer):
    """Remembers a running mean of g, and one of its size."""

    memories = (0.0, 0.0)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon


class Adamax(_Moments):
    """Adam with the largest |g| so far, which decays, in place of the mean square (Kingma and Ba, 2015)."""

    def step(self, value: Array, g: Array, memory: list[Array], learning_rate: Any) -> Array:
        """The new value."""
        mean, largest = memory
        mean += (g - mean) * (1 - self.beta_1)
        np.maximum(self.beta_2 * largest, np.abs(g), out=largest)
        kept = np.float32(self.beta_1) ** self.steps
        return value - learning_rate * mean / ((1 - kept) * (largest + self.epsilon))


class Nadam(_Moments):
    """Adam that looks ahead along its momentum, as Nesterov's (Dozat, 2016)."""

    def step(self, value: Array, g: Array, memory: list[Array], learning_rate: Any) -> Array:
        """The new value."""
        mean, square = memory
        mean += (g - mean) * (1 - self.beta_1)
        square += (g * g - square) * (1 - self.beta_2)
        count = self.steps
        so_far = np.prod([self._momentum(t) for t in range(1, count + 1)], dtype=np.float32)
        now, following = self._momentum(count), self._momentum(count + 1)
        ahead = following * mean / (1 - so_far * following) + (1 - now) * g / (1 - so_far)
        spread = square / (1 - np.float32(self.beta_2) ** count)
        return value - learning_rate * ahead / (np.sqrt(spread) + self.epsilon)

    def _momentum(self, step: int) -> np.float32:
        """How much momentum a step has: less in the first ones."""
        return np.float32(self.beta_1 * (1 - 0.5 * 0.96**step))


class Adadelta(Optimizer):
    """w ← w - lr g √(d + epsilon) / √(v + epsilon): v and d are running means of g² and of moves² (Zeiler, 2012)."""

    memories = (0.0, 0.0)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.rho, self.epsilon = rho, epsilon

    def step(self, value: Array, g: Array, memory: list[Array], learning_rate: Any) -> Array:
        """The new value."""
        square, moved = memory
        square *= self.rho
        square += (1 - self.rho) * (g * g)
        move = np.sqrt(moved + self.epsilon) / np.sqrt(square + self.epsilon) * g
        moved *= self.rho
        moved += (1 - self.rho) * (move * move)
        return value - learning_rate * move
