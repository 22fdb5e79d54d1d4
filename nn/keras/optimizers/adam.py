"""Adam and its variants: AdamW, Adamax and Nadam."""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Array, Optimizer


class Adam(Optimizer):
    """w ← w - lr m̂ / (√v̂ + epsilon), where m and v are running means of g and g² (Kingma and Ba, 2015).

    Args:
        beta_1, beta_2: the decay rates of m and v.
        epsilon: keeps the denominator from 0.
        amsgrad: use the largest v so far.
    """

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        amsgrad: bool = False, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def new_slots(self, value: Array) -> list[Array]:
        """The means of g and g²; with amsgrad also the largest mean of g²."""
        return [np.zeros_like(value) for _ in range(2 + self.amsgrad)]

    def step(self, value: Array, g: Array, slots: list[Array], learning_rate: Any) -> Array:
        mean, square = slots[:2]
        # The powers are computed in float32, as in Keras: in the first steps the difference to float64 is visible.
        decay_1, decay_2 = (np.power(np.float32(beta), self.steps) for beta in (self.beta_1, self.beta_2))
        rate = learning_rate * np.sqrt(1 - decay_2) / (1 - decay_1)
        work = g - mean
        work *= 1 - self.beta_1
        mean += work
        np.multiply(g, g, out=work)
        work -= square
        work *= 1 - self.beta_2
        square += work
        if self.amsgrad:
            square = np.maximum(slots[2], square, out=slots[2])
        np.sqrt(square, out=work)
        work += self.epsilon
        np.divide(mean, work, out=work)
        work *= rate
        return np.subtract(value, work, out=work)


class AdamW(Adam):
    """Adam with decoupled weight decay: weights also shrink by lr · weight_decay (Loshchilov and Hutter, 2019)."""

    def __init__(
        self, learning_rate: Any = 0.001, weight_decay: float = 0.004, beta_1: float = 0.9, beta_2: float = 0.999,
        epsilon: float = 1e-7, amsgrad: bool = False, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, name: str | None = None,
    ) -> None:  # fmt: skip
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float. Received: weight_decay=None")
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm, name
        )


class _Moments(Optimizer):
    """The arguments of Adamax and Nadam, with slots for a running mean of g and one of its magnitude."""

    slots = (0.0, 0.0)

    def __init__(
        self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon


class Adamax(_Moments):
    """Adam with a decaying maximum of |g| in place of the mean of g² (Kingma and Ba, 2015)."""

    def step(self, value: Array, g: Array, slots: list[Array], learning_rate: Any) -> Array:
        mean, largest = slots
        mean += (g - mean) * (1 - self.beta_1)
        np.maximum(self.beta_2 * largest, np.abs(g), out=largest)
        decay = np.power(np.float32(self.beta_1), self.steps)
        return value - learning_rate * mean / ((1 - decay) * (largest + self.epsilon))


class Nadam(_Moments):
    """Adam with Nesterov's momentum (Dozat, 2016)."""

    def step(self, value: Array, g: Array, slots: list[Array], learning_rate: Any) -> Array:
        mean, square = slots
        mean += (g - mean) * (1 - self.beta_1)
        square += (g * g - square) * (1 - self.beta_2)
        count = self.steps
        product = np.prod([self._momentum(t) for t in range(1, count + 1)], dtype=np.float32)
        current, following = self._momentum(count), self._momentum(count + 1)
        lookahead = following * mean / (1 - product * following) + (1 - current) * g / (1 - product)
        variance = square / (1 - np.float32(self.beta_2) ** count)
        return value - learning_rate * lookahead / (np.sqrt(variance) + self.epsilon)

    def _momentum(self, step: int) -> np.float32:
        """The momentum of a step, which grows towards beta_1 over the first steps."""
        return np.float32(self.beta_1 * (1 - 0.5 * 0.96**step))
