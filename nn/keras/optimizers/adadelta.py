"""Adadelta: Adagrad with running means, of the gradients and of the steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Array, Optimizer


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
        square *= self.rho
        square += (1 - self.rho) * (g * g)
        move = np.sqrt(moved + self.epsilon) / np.sqrt(square + self.epsilon) * g
        moved *= self.rho
        moved += (1 - self.rho) * (move * move)
        return value - learning_rate * move
