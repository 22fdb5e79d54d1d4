"""Schedules: the learning rate as a function of the number of steps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.tensorflow.tensors import EagerTensor

from ..config import Configured


class LearningRateSchedule(Configured):
    """Base class of schedules: a subclass defines `rate`, the learning rate after a number of steps."""

    def rate(self, step: float) -> float:
        """The learning rate after `step` steps."""
        raise NotImplementedError(f"{type(self).__name__} must define rate(step) or __call__(step)")

    def __call__(self, step: Any) -> Any:
        """The learning rate after `step` steps, as a tensor."""
        return EagerTensor(np.float32(self.rate(float(getattr(step, "array", step)))))


class _Decay(LearningRateSchedule):
    """The arguments of ExponentialDecay and InverseTimeDecay."""

    def __init__(self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool) -> None:
        if decay_steps <= 0:
            raise ValueError(f"Argument `decay_steps` must be > 0. Received: decay_steps={decay_steps}")
        self.initial_learning_rate, self.decay_steps, self.decay_rate = initial_learning_rate, decay_steps, decay_rate
        self.staircase = staircase

    def decays(self, step: float) -> float:
        """step / decay_steps, rounded down if `staircase`."""
        quotient = step / self.decay_steps
        return math.floor(quotient) if self.staircase else quotient


class ExponentialDecay(_Decay):
    """initial · decay_rate^(step / decay_steps); with `staircase` the exponent is rounded down.

    >>> float(ExponentialDecay(1.0, decay_steps=2, decay_rate=0.25)(1))
    0.5
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:  # fmt: skip
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase)

    def rate(self, step: float) -> float:
        return self.initial_learning_rate * self.decay_rate ** self.decays(step)


class InverseTimeDecay(_Decay):
    """initial / (1 + decay_rate · step / decay_steps); with `staircase` the quotient is rounded down."""

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, decay_rate: float, staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:  # fmt: skip
        super().__init__(initial_learning_rate, decay_steps, decay_rate, staircase)

    def rate(self, step: float) -> float:
        return self.initial_learning_rate / (1 + self.decay_rate * self.decays(step))


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[i] up to step boundaries[i], and the last value beyond.

    >>> [float(PiecewiseConstantDecay([2], [1.0, 0.5])(step)) for step in (0, 2, 3)]
    [1.0, 1.0, 0.5]
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:  # fmt: skip
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values. Received: "
                f"boundaries={boundaries} of length {len(boundaries)}, and values={values} of length {len(values)}."
            )
        self.boundaries, self.values = list(boundaries), list(values)

    def rate(self, step: float) -> float:
        return self.values[sum(step > boundary for boundary in self.boundaries)]


class PolynomialDecay(LearningRateSchedule):
    """end + (initial - end) · (1 - step / decay_steps)^power, and end_learning_rate after `decay_steps`.

    With `cycle`, `decay_steps` is instead raised to its next multiple that is not below the step.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, end_learning_rate: float = 0.0001, power: float = 1.0,
        cycle: bool = False, name: str = "PolynomialDecay",
    ) -> None:  # fmt: skip
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power, self.cycle = end_learning_rate, power, cycle

    def rate(self, step: float) -> float:
        steps = self.decay_steps * max(math.ceil(step / self.decay_steps), 1) if self.cycle else self.decay_steps
        remaining = 1 - min(step, steps) / steps
        return (self.initial_learning_rate - self.end_learning_rate) * remaining**self.power + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """Half a cosine from the initial rate to alpha times that rate in `decay_steps`.

    With `warmup_target` the rate first rises linearly to the target, in `warmup_steps`, and then falls from there.
    """

    def __init__(
        self, initial_learning_rate: float, decay_steps: float, alpha: float = 0.0, name: str = "CosineDecay",
        warmup_target: float | None = None, warmup_steps: float = 0,
    ) -> None:  # fmt: skip
        self.initial_learning_rate, self.decay_steps, self.alpha = initial_learning_rate, decay_steps, alpha
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def rate(self, step: float) -> float:
        top = self.initial_learning_rate if self.warmup_target is None else self.warmup_target
        if self.warmup_target is not None:
            if step <= self.warmup_steps:
                share = step / self.warmup_steps
                return self.initial_learning_rate + (self.warmup_target - self.initial_learning_rate) * share
            step -= self.warmup_steps
        share = min(step, self.decay_steps) / self.decay_steps
        cosine = 0.5 * (1 + math.cos(math.pi * share))
        return top * ((1 - self.alpha) * cosine + self.alpha)
