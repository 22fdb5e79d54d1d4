"""Adagrad: steps divided by the root of the sum of g²."""

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
