"""Optimizer: the variables that gradients move, the learning rate, and what is remembered of each variable."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd.core.tensor import Tensor, wrap
from autograd.tensorflow.variable import Variable

from ..config import Configured
from ..naming import automatic_name, snake_case
from .schedules import LearningRateSchedule

Array = np.ndarray


class Optimizer(Configured):
    """Base of the optimizers: a subclass says in `step` by how much one variable moves.

    Args:
        learning_rate: how far a step goes: a number, or a schedule of the count of steps.
        clipnorm: the norm that each gradient has at most.
        clipvalue: what each element of a gradient is at most, and at least when negated.
        global_clipnorm: the norm that all gradients together have at most.
        name: how it is called.
        weight_decay: by what share of the learning rate the weights shrink in every step.

    Attributes:
        learning_rate: a Variable; assigning a number changes its value.
        iterations: a Variable that counts the steps.
        built: whether it knows its variables.
    """

    #: How many arrays of its shape are remembered of a variable, and what they begin with.
    memories: tuple[float, ...] = ()

    def __init__(
        self,
        learning_rate: Any,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
        weight_decay: float | None = None,
    ) -> None:
        if sum(clip is not None for clip in (clipnorm, clipvalue, global_clipnorm)) > 1:
            raise ValueError(
                "Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: "
                f"clipnorm={clipnorm}, clipvalue={clipvalue}, global_clipnorm={global_clipnorm}"
            )
        self.name = name or automatic_name(snake_case(type(self).__name__))
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.iterations = Variable(np.int64(0), trainable=False, name="iteration")
        self.weight_decay = weight_decay
        self._schedule = learning_rate if isinstance(learning_rate, LearningRateSchedule) else None
        first = learning_rate if self._schedule is None else self._schedule(0)
        first = np.float32(first.array if isinstance(first, Tensor) else first)
        self._learning_rate = Variable(first, trainable=False, name="learning_rate")
        self._memory: dict[int, list[Array]] = {}
        self._trained: list[Variable] = []

    @property
    def learning_rate(self) -> Variable:
        """How far a step goes."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if self._schedule is not None:
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object as its `learning_rate`: the rate "
                "cannot be set. Make it with a number instead"
            )
        self._learning_rate.assign(np.float32(value.array if isinstance(value, Tensor) else value))

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes an optimizer like this one from: its arguments, its name and the learning rate."""
        rate = self._schedule or float(self._learning_rate.array)
        return {**super().get_config(), "name": self.name, "learning_rate": rate}

    @property
    def built(self) -> bool:
        """Whether it knows its variables."""
        return bool(self._trained)

    @property
    def variables(self) -> list[Any]:
        """The count of steps, the learning rate, and what is remembered of each variable."""
        remembered = [array for variable in self._trained for array in self._memory[id(variable)]]
        return [self.iterations, self.learning_rate, *map(wrap, remembered)]

    def build(self, variables: Sequence[Variable]) -> None:
        """Make what is remembered of the variables that will be trained."""
        self._trained = list(variables)
        self._memory = {id(v): self.new_memory(v.array) for v in self._trained}

    def new_memory(self, value: Array) -> list[Array]:
        """What is remembered of a variable before its first step."""
        return [np.full(value.shape, first, value.dtype) for first in self.memories]

    def step(self, value: Array, g: Array, memory: list[Array], learning_rate: Any) -> Array:
        """The new value of a variable.

        Args:
            value: the value now, which must not be written to.
            g: the gradient.
            memory: what is remembered of the variable; it is written to.
            learning_rate: how far the step goes.
        """
        raise NotImplementedError(f"{type(self).__name__} must say in step() how a variable moves")

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Variable]]) -> Variable:
        """Move every variable along its gradient; one whose gradient is None stays.

        Returns:
            the count of steps.

        Raises:
            ValueError: no variable has a gradient, a gradient has another shape than its variable, or a variable is not
                among those that the optimizer was built with.
        """
        pairs = list(grads_and_vars)
        return self.apply([g for g, _ in pairs], [variable for _, variable in pairs])

    def apply(self, grads: Sequence[Any], trainable_variables: Sequence[Variable] | None = None) -> Variable:
        """As `apply_gradients`, for gradients and variables apart."""
        variables = self._trained if trainable_variables is None else list(trainable_variables)
        if len(grads) != len(variables):
            raise ValueError(f"apply: got {len(grads)} gradients for {len(variables)} variables: pass one for each")
        if not self.built:
            self.build(variables)
        given = [(g, variable) for g, variable in zip(grads, variables) if g is not None]
        if not given:
            raise ValueError(
                "No gradients provided for any variable: the loss does not depend on them, or it was computed outside "
                "of the tape"
            )
        self._check(given)
        arrays = self._clipped([np.asarray(g.array if isinstance(g, Tensor) else g) for g, _ in given])
        self.iterations.assign(self.iterations.array + 1)
        rate = self._learning_rate.array
        for g, (_, variable) in zip(arrays, given):
            if self.weight_decay:
                variable.array = variable.array - variable.array * np.float32(self.weight_decay) * rate
            variable.array = self.step(variable.array, g, self._memory[id(variable)], rate)
            constraint = getattr(variable, "constraint", None)
            if constraint is not None:
                variable.assign(constraint(variable))
        if self._schedule is not None:
            following = self._schedule(self.iterations)
            self._learning_rate.assign(np.float32(following.array if isinstance(following, Tensor) else following))
        return self.iterations

    def _check(self, given: list[tuple[Any, Variable]]) -> None:
        for g, variable in given:
            if id(variable) not in self._memory:
                raise ValueError(
                    f"Unknown variable: {variable!r:.120}. This optimizer can only be called for the variables it was "
                    "originally built with. For a new set of variables make a new optimizer"
                )
            if tuple(np.shape(g.array if isinstance(g, Tensor) else g)) != tuple(variable.array.shape):
                raise ValueError(
                    f"The gradient of {variable.name!r} has shape {tuple(np.shape(g))}, but the variable has shape "
                    f"{tuple(variable.array.shape)}: are gradients and variables in the same order?"
                )

    def _clipped(self, grads: list[Array]) -> list[Array]:
        if self.clipvalue is not None:
            return [np.clip(g, -self.clipvalue, self.clipvalue) for g in grads]
        if self.clipnorm is not None:
            return [_shortened(g, _norm([g]), self.clipnorm) for g in grads]
        if self.global_clipnorm is not None:
            norm = _norm(grads)
            return [_shortened(g, norm, self.global_clipnorm) for g in grads]
        return grads

    @property
    def steps(self) -> int:
        """How many steps there were, the one that is being taken included."""
        return int(self.iterations.array)


def _norm(grads: list[Array]) -> float:
    return math.sqrt(sum(float(np.vdot(g, g)) for g in grads))


def _shortened(g: Array, norm: float, most: float) -> Array:
    """`g` scaled down so that `norm` is `most`, if it is more."""
    return g * g.dtype.type(most / norm) if norm > most else g
