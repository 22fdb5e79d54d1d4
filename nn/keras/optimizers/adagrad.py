"""Adagrad, RMSprop and Adadelta: steps divided by the root of the sum, or of a running mean, of g²."""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Array, Optimizer


class Adagrad(Optimizer):
    """w ← w - lr g / √(v + epsilon), where v is the sum of `initial_accumulator_value` and all g² (Duchi, 2011)."""

    def __init__(
        self, learning_rate: Any = 0.001, initial_accumulator_value: float = 0.1, epsilon: float = 1e-7,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.slots = (initial_accumulator_value,)
        self.epsilon = epsilon

    def step(self, value: Array, g: Array, slots: list[Array], learning_rate: Any) -> Array:
        (total,) = slots
        total += g * g
        return value - learning_rate * g / np.sqrt(total + self.epsilon)


class RMSprop(Optimizer):
    """w ← w - lr g / √(v + epsilon), where v is a running mean of g² (Hinton, 2012).

    Args:
        rho: the decay rate of v.
        momentum: the share of the last step that is kept.
        centered: subtract the square of the running mean of g from v.
    """

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.9, momentum: float = 0.0, epsilon: float = 1e-7,
        centered: bool = False, weight_decay: float | None = None, clipnorm: float | None = None,
        clipvalue: float | None = None, global_clipnorm: float | None = None, name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered

    def new_slots(self, value: Array) -> list[Array]:
        """The mean of g²; with momentum the last step; if centered the mean of g."""
        return [np.zeros_like(value) for _ in range(1 + (self.momentum > 0) + self.centered)]

    def step(self, value: Array, g: Array, slots: list[Array], learning_rate: Any) -> Array:
        square = slots[0]
        _update_mean(square, self.rho, g * g)
        variance = square
        if self.centered:
            mean = slots[-1]
            _update_mean(mean, self.rho, g)
            variance = square - mean * mean
        move = learning_rate * g / np.sqrt(variance + self.epsilon)
        if self.momentum > 0:
            last = slots[1]
            last *= self.momentum
            last += move
            move = last
        return value - move


class Adadelta(Optimizer):
    """w ← w - lr g √(d + epsilon) / √(v + epsilon): v and d are running means of g² and of moves² (Zeiler, 2012)."""

    slots = (0.0, 0.0)

    def __init__(
        self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, weight_decay: float | None = None,
        clipnorm: float | None = None, clipvalue: float | None = None, global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        self.rho, self.epsilon = rho, epsilon

    def step(self, value: Array, g: Array, slots: list[Array], learning_rate: Any) -> Array:
        square, moved = slots
        _update_mean(square, self.rho, g * g)
        move = np.sqrt(moved + self.epsilon) / np.sqrt(square + self.epsilon) * g
        _update_mean(moved, self.rho, move * move)
        return value - learning_rate * move


def _update_mean(mean: Array, rate: float, value: Array) -> None:
    """Move a running mean in place: mean ← rate · mean + (1 - rate) · value."""
    mean *= rate
    mean += (1 - rate) * value
