"""SGD: stochastic gradient descent, with momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from .base import Array, Optimizer


class SGD(Optimizer):
    """w ← w - lr g, or with momentum v ← momentum v - lr g and w ← w + v.

    Args:
        momentum: the share of the last step that is kept.
        nesterov: use Nesterov's momentum: w ← w + momentum v - lr g.

    Raises:
        ValueError: the momentum is not in [0, 1].

    >>> from autograd.tensorflow import Variable
    >>> w = Variable([1.0])
    >>> _ = SGD(0.1).apply_gradients([(np.array([2.0], "float32"), w)])
    >>> w.numpy()
    array([0.8], dtype=float32)
    """

    def __init__(
        self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False,
        weight_decay: float | None = None, clipnorm: float | None = None, clipvalue: float | None = None,
        global_clipnorm: float | None = None, name: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(learning_rate, clipnorm, clipvalue, global_clipnorm, name, weight_decay)
        if not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be a float between [0, 1], but got {momentum}")
        self.momentum, self.nesterov = momentum, nesterov

    def new_slots(self, value: Array) -> list[Array]:
        """The last step, if there is momentum."""
        return [np.zeros_like(value)] if self.momentum else []

    def step(self, value: Array, g: Array, slots: list[Array], learning_rate: Any) -> Array:
        if not slots:
            return value - learning_rate * g
        (last,) = slots
        last *= self.momentum
        last -= learning_rate * g
        return value + self.momentum * last - learning_rate * g if self.nesterov else value + last
